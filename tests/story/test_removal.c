/* Stories of the binding that a move leaves behind: it is removed, but never the one that took its
 * place where the servers share what they have bound. */
#include <string.h>

#include "base/slice.h"
#include "story_test.h"

static struct hf_dns_record srv(uint16_t priority, const char *target) {
    return (struct hf_dns_record){
        .type = HF_DNS_SRV,
        .ttl = 3600,
        .srv = {
            .priority = priority, .weight = 1, .port = world_port(), .target = slice_from(target)}};
}

/* Two targets of one server, and an account that is at the second. */
static hf_account_id at_second_target(const char *health, const char *failback,
                                      const char *timeout) {
    const struct hf_dns_record services[] = {srv(10, "a.example"), srv(20, "b.example")};
    struct hf_dns_record host = {
        .type = HF_DNS_A, .ttl = 3600, .address = {HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}}};

    assert_int_equal(world_dns_set(w.sim, world_service(), services, 2), 0);
    assert_int_equal(world_dns_set(w.sim, "a.example", &host, 1), 0);
    host.address.ip[3] = 2;
    assert_int_equal(world_dns_set(w.sim, "b.example", &host, 1), 0);
    server_refuses(&w, 0);
    hf_account_id a = world_add(&w, world_settings("generic", "servers[1].address=example",
                                                   "expires=600", health, failback, timeout, NULL));

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    return a;
}

static void expect_bound_at_every_moment(hf_account_id a, unsigned seconds) {
    for (unsigned i = 0; i < seconds * 10; i++) {
        run_for(&w, HF_SECOND / 10);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_in_range(bindings_at(&w, 0), 1, 2);
    }
}

static void test_servers_that_share_bindings__keep_the_new_one_after_a_move(void **state) {
    (void)state;
    sim_join_server(w.sim, 1, 0);
    hf_account_id a =
        at_second_target("health=per-account", "failback=duration", "failback.timeout=100");

    expect_bound_at_every_moment(a, 300);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 0), 1);
}

/* Both bindings would end at about the same time: nobody can tell them apart. */
static void test_servers_that_share_bindings__keep_it_where_both_would_end_together(void **state) {
    (void)state;
    sim_join_server(w.sim, 1, 0);
    hf_account_id a = at_second_target("health=per-account", "failback=new-requests", NULL);

    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    expect_bound_at_every_moment(a, 20);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 0), 1);
}

/* Two addresses that are configured as two servers may be one cluster as well. */
static void test_servers_that_share_bindings__need_not_be_of_one_name(void **state) {
    (void)state;
    sim_join_server(w.sim, 1, 0);
    server_refuses(&w, 0);
    hf_account_id a =
        world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2",
                                     "domain=example.com", "expires=600", "health=per-account",
                                     "fallback.failback=probe", "fallback.timeout=60", NULL));

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    expect_bound_at_every_moment(a, 100);
    expect_registered_at(&w, a, 0);
}

/* What goes to that server comes so much later. */
static void server_is_far(unsigned server, hf_time latency) {
    const struct sim_fault fault = {
        .kind = SIM_LINK, .server = server, .process = w.process, .link = {.latency = latency}};

    assert_int_equal(sim_apply(w.sim, &fault), 0);
}

static struct hf_settings *two_servers(const char *more) {
    return world_settings("generic", "servers[2].address=192.0.2.2", "domain=example.com",
                          "expires=600", "health=per-account", "failback=stay", more, NULL);
}

/* Its settings change while it is at the second: the old binding is left to a removal of its own,
 * which comes to the shared list after the new binding. */
static void test_servers_that_share_bindings__keep_the_new_one_after_a_reload(void **state) {
    (void)state;
    sim_join_server(w.sim, 1, 0);
    server_refuses(&w, 0);
    hf_account_id a = world_add(&w, two_servers(NULL));

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    server_is_far(1, 800 * HF_MILLISECOND);
    run_for(&w, 100 * HF_SECOND); /* the first one's rest is over */
    struct hf_settings *settings = two_servers("contact.params=;x=1");

    assert_int_equal(hf_agent_change_account(w.agent, a, settings, w.now), 0);
    hf_settings_free(settings);
    run_for(&w, HF_SECOND / 2);
    expect_registered_at(&w, a, 0);
    expect_bound_at_every_moment(a, 30);
}

/* A file is renamed: its accounts come under other names, and the former ones go. */
static void test_renamed_account__keeps_its_binding(void **state) {
    (void)state;
    const hf_account_id before = world_add(&w, world_settings("generic", "expires=600", NULL));

    run_for(&w, 30 * HF_SECOND);
    const hf_account_id a = world_add(&w, world_settings("generic", "expires=600", NULL));

    assert_int_equal(hf_agent_remove_account(w.agent, before, w.now), 0);
    expect_bound_at_every_moment(a, 30);
    assert_int_equal(bindings_at(&w, 0), 1);
}

/* The program ends while the former one still waits for the new one: it waits no more. */
static void test_renamed_account__leaves_nothing_behind_at_the_end(void **state) {
    (void)state;
    const hf_account_id before = world_add(&w, world_settings("generic", "expires=600", NULL));

    server_is_far(0, HF_SECOND);
    (void)world_add(&w, world_settings("generic", "expires=600", NULL));
    assert_int_equal(hf_agent_remove_account(w.agent, before, w.now), 0);
    run_for(&w, HF_SECOND / 2);
    hf_agent_stop(w.agent, w.now);
    assert_false(hf_agent_stopped(w.agent));
    run_for(&w, 10 * HF_SECOND);
    assert_true(hf_agent_stopped(w.agent));
    assert_int_equal(bindings_at(&w, 0), 0);
}

static void test_servers_that_share_nothing__lose_the_former_binding(void **state) {
    (void)state;
    hf_account_id a =
        at_second_target("health=per-account", "failback=duration", "failback.timeout=100");

    assert_int_equal(bindings_at(&w, 1), 1);
    run_for(&w, 110 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bindings_at(&w, 1), 0);
}

/* What has ended needs no removal: nobody is shown as registered with it meanwhile. */
static void test_removal__that_is_not_answered_ends_with_the_binding(void **state) {
    (void)state;
    const hf_account_id a = world_add(&w, world_settings("generic", "expires=60", NULL));

    run_for(&w, HF_SECOND);
    server_down(&w, 0);
    run_for(&w, 54 * HF_SECOND);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, 4 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
    run_for(&w, 2 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_UNREGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 1);
    const unsigned received = w.servers[0].received;

    run_for(&w, 100 * HF_SECOND);
    assert_int_equal(w.servers[0].received, received);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_servers_that_share_bindings__keep_the_new_one_after_a_move),
        STORY(test_servers_that_share_bindings__keep_it_where_both_would_end_together),
        STORY(test_servers_that_share_bindings__need_not_be_of_one_name),
        STORY(test_servers_that_share_bindings__keep_the_new_one_after_a_reload),
        STORY(test_renamed_account__keeps_its_binding),
        STORY(test_renamed_account__leaves_nothing_behind_at_the_end),
        STORY(test_servers_that_share_nothing__lose_the_former_binding),
        STORY(test_removal__that_is_not_answered_ends_with_the_binding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
