/* Stories of an account that registers with all its servers at the same time. */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "story_test.h"

static hf_account_id add_with(const char *more, const char *another) {
    return world_add(&w, world_settings("generic", "redundancy=concurrent",
                                        "servers[2].address=192.0.2.2", "expires=600", "retry=30",
                                        "retry_counts=1", "timer.f=4", more, another, NULL));
}

static hf_account_id add(void) {
    return add_with(NULL, NULL);
}

static struct hf_account_status leg_of(hf_account_id account, unsigned leg) {
    struct hf_account_status status;

    assert_int_equal(hf_agent_leg_status(w.agent, account, leg, &status, w.now), 0);
    return status;
}

static void expect_bindings(unsigned first, unsigned second) {
    assert_int_equal(bindings_at(&w, 0), first);
    assert_int_equal(bindings_at(&w, 1), second);
}

static void test_concurrent__both_servers_are_registered_with_at_once(void **state) {
    struct hf_agent_counters counters;
    hf_account_id a = add();

    (void)state;
    expect_bindings(1, 1);
    expect_registered_at(&w, a, 0);
    assert_int_equal(status_of(&w, a).legs, 2);
    assert_int_equal(leg_of(a, 0).place, HF_PLACE_BEST);
    assert_int_equal(leg_of(a, 1).target.ip[3], 2);
    assert_int_equal(leg_of(a, 1).place, HF_PLACE_LESSER_SERVER);
    hf_agent_count(w.agent, &counters);
    assert_int_equal(counters.accounts, 1);
    assert_int_equal(counters.registered, 1);
    assert_int_equal(count_events(&w, HF_EVENT_REGISTERED), 2);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 0);
    for (unsigned i = 0; i < w.event_count; i++)
        assert_true(w.events[i].account == a);
}

/* A request from outside, and a registrar that two names lead to, tell them apart. */
static void test_contact__of_each_server_is_its_own(void **state) {
    char first[256];
    hf_account_id a = add();

    (void)state;
    snprintf(first, sizeof first, "%.*s", SLICE_ARGS(leg_of(a, 0).contact));
    const struct hf_slice second = leg_of(a, 1).contact;

    assert_true(second.len > 0);
    assert_false(slice_equal(slice_from(first), second));
}

/* Two names of one server: it has two bindings, and each lives and goes by itself. */
static void test_two_names_of_one_server__are_two_bindings(void **state) {
    (void)state;
    for (unsigned i = 0; i < 2; i++)
        w.names[i] =
            (struct world_name){.name = i == 0 ? "a.example" : "b.example",
                                .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}},
                                .ttl = 300};
    hf_account_id a = world_add(
        &w, world_settings("generic", "redundancy=concurrent", "servers[1].address=a.example",
                           "servers[2].address=b.example", "expires=60", NULL));

    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 2);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 0);
}

static void test_phones__register_with_both_unless_their_file_says_otherwise(void **state) {
    static const char *const families[] = {"yealink", "grandstream-grp"};

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        world_release(&w);
        world_init(&w);
        world_add(&w, world_settings(families[i], "servers[2].address=192.0.2.2", NULL));
        expect_bindings(1, 1);
        world_release(&w);
        world_init(&w);
        world_add(&w, world_settings(families[i], "servers[2].address=192.0.2.2",
                                     "redundancy=successive", NULL));
        expect_bindings(1, 0);
    }
}

/* Guides for phones advise to configure the same server twice; nobody wants two bindings there. */
static void test_server_configured_twice__is_registered_with_once(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", "redundancy=concurrent", "servers[2].address=192.0.2.1",
                                 NULL));
    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
}

static void test_dead_server__leaves_the_other_and_comes_back_by_its_own_wait(void **state) {
    hf_account_id a = add();

    (void)state;
    server_down(&w, 0);
    registrar_forget_bindings(w.servers[0].registrar);
    for (unsigned i = 0; i < 1200; i++) {
        run_for(&w, HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(bindings_at(&w, 1), 1);
    }
    expect_registered_at(&w, a, 1);
    assert_true(leg_of(a, 0).failures > 0);
    assert_int_equal(leg_of(a, 1).failures, 0);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
    server_up(&w, 0);
    run_for(&w, 35 * HF_SECOND); /* the retry wait, and what is left of a transaction */
    expect_registered_at(&w, a, 0);
    expect_bindings(1, 1);
    assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 1);
}

static void test_dead_at_the_start__is_a_failover_once_it_has_failed(void **state) {
    (void)state;
    server_down(&w, 0);
    hf_account_id a = add();

    expect_registered_at(&w, a, 1);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 0);
    run_for(&w, 5 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
    assert_int_equal(w.servers[1].registers, 2); /* nobody went there a second time */
}

static void test_lifetimes__of_each_server_count_by_themselves(void **state) {
    hf_account_id a = add_with("servers[1].expires=100", "servers[2].expires=1000");

    (void)state;
    const unsigned first = w.servers[0].registers, second = w.servers[1].registers;

    assert_true(leg_of(a, 0).binding_expires_at == w.now + 100 * HF_SECOND);
    assert_true(leg_of(a, 1).binding_expires_at == w.now + 1000 * HF_SECOND);
    run_for(&w, 450 * HF_SECOND);
    assert_true(w.servers[0].registers >= first + 5);
    assert_int_equal(w.servers[1].registers, second);
    expect_bindings(1, 1);
}

static void test_rejected_at_one__is_registered_at_the_other(void **state) {
    const struct registrar_fault refuses = {.kind = REGISTRAR_ANSWERS, .status = 403};

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &refuses);
    hf_account_id a = add();

    expect_registered_at(&w, a, 1);
    assert_int_equal(leg_of(a, 0).state, HF_STATE_REJECTED);
    assert_int_equal(leg_of(a, 0).last_status, 403);
    run_for(&w, 1100 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 1); /* rejected_retry is 1200 s */
    expect_bindings(0, 1);
}

static void test_stop__removes_both_bindings(void **state) {
    add_with("unregister_at_exit=true", NULL);
    (void)state;
    hf_agent_stop(w.agent, w.now);
    run_for(&w, HF_SECOND);
    assert_true(hf_agent_stopped(w.agent));
    expect_bindings(0, 0);
}

static void test_unregister__removes_both_and_register_brings_both_back(void **state) {
    hf_account_id a = add();

    (void)state;
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    expect_bindings(0, 0);
    assert_int_equal(state_of(&w, a), HF_STATE_UNREGISTERED);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    expect_bindings(1, 1);
}

static void test_remove__of_an_account_removes_both_though_one_server_is_dead(void **state) {
    struct hf_agent_counters counters;
    hf_account_id a = add();

    (void)state;
    server_down(&w, 0);
    assert_int_equal(hf_agent_remove_account(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), 0);
    run_for(&w, 60 * HF_SECOND);
    hf_agent_count(w.agent, &counters);
    assert_int_equal(counters.accounts, 0);
    assert_int_equal(counters.registered, 0);
}

static void change(hf_account_id a, struct hf_settings *settings) {
    assert_int_equal(hf_agent_change_account(w.agent, a, settings, w.now), 0);
    hf_settings_free(settings);
    run_for(&w, HF_SECOND);
}

static void test_change__to_one_at_a_time_and_back_keeps_the_first_binding(void **state) {
    struct hf_settings *one = world_settings("generic", "servers[2].address=192.0.2.2",
                                             "redundancy=successive", "expires=600", NULL);
    hf_account_id a = add();
    struct hf_remembered before = world_remember(&w, a);
    struct hf_remembered after;

    (void)state;
    change(a, one);
    after = world_remember(&w, a);
    expect_bindings(1, 0);
    assert_int_equal(status_of(&w, a).legs, 1);
    assert_string_equal(after.call_id, before.call_id);
    change(a, world_settings("generic", "servers[2].address=192.0.2.2", "redundancy=concurrent",
                             "expires=600", NULL));
    after = world_remember(&w, a);
    expect_bindings(1, 1);
    assert_int_equal(status_of(&w, a).legs, 2);
    assert_string_equal(after.call_id, before.call_id);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
    assert_int_equal(count_events(&w, HF_EVENT_CONFIG_CHANGED), 2);
}

/* It was bound at the backup: that binding goes, and each server gets its own. */
static void test_change__while_at_the_backup_leaves_one_binding_at_each(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2",
                                                   "expires=600", "retry_counts=0", NULL));

    (void)state;
    server_refuses(&w, 0);
    registrar_forget_bindings(w.servers[0].registrar);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    change(a, world_settings("generic", "servers[2].address=192.0.2.2", "redundancy=concurrent",
                             "expires=600", NULL));
    expect_bindings(1, 1);
    expect_registered_at(&w, a, 0);
}

static void test_change__of_the_second_server_leaves_the_first_alone(void **state) {
    hf_account_id a = add();
    const struct hf_remembered before = world_remember(&w, a);

    (void)state;
    change(a, world_settings("generic", "redundancy=concurrent", "servers[2].address=192.0.2.3",
                             "expires=600", NULL));
    expect_bindings(1, 0);
    assert_int_equal(bindings_at(&w, 2), 1);
    assert_string_equal(world_remember(&w, a).call_id, before.call_id);
    assert_int_equal(status_of(&w, a).legs, 2);
}

static void test_change__of_a_password_is_tried_at_both(void **state) {
    hf_account_id a = add_with("password=wrong", NULL);

    (void)state;
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    change(a, world_settings("generic", "redundancy=concurrent", "servers[2].address=192.0.2.2",
                             NULL));
    expect_bindings(1, 1);
}

static void test_change__to_equal_settings_does_nothing(void **state) {
    hf_account_id a = add();
    const unsigned registers = w.servers[0].registers + w.servers[1].registers;

    (void)state;
    change(a, world_settings("generic", "redundancy=concurrent", "servers[2].address=192.0.2.2",
                             "expires=600", "retry=30", "retry_counts=1", "timer.f=4", NULL));
    assert_int_equal(w.servers[0].registers + w.servers[1].registers, registers);
    assert_int_equal(count_events(&w, HF_EVENT_CONFIG_CHANGED), 0);
}

static void test_restart__goes_on_with_the_binding_at_each_server(void **state) {
    struct hf_remembered remembered[2];
    struct hf_settings *settings = world_settings(
        "generic", "redundancy=concurrent", "servers[2].address=192.0.2.2", "expires=600", NULL);
    hf_account_id a = add();

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(hf_agent_remember_leg(w.agent, a, i, &remembered[i]), 0);
    assert_int_equal(hf_agent_remember_leg(w.agent, a, 2, &remembered[0]), HF_ERROR_UNKNOWN);
    assert_int_equal(remembered[1].bindings[0].target.ip[3], 2);
    const unsigned first = w.servers[0].registers, second = w.servers[1].registers;

    world_restart(&w);
    assert_int_equal(hf_agent_restore_legs(w.agent, settings, 1, remembered, 2, &a, w.now), 0);
    hf_settings_free(settings);
    run_for(&w, HF_SECOND);
    expect_bindings(1, 1);
    assert_int_equal(w.servers[0].registers, first + 1); /* the nonces still hold */
    assert_int_equal(w.servers[1].registers, second + 1);
}

static void test_changed__is_told_of_the_account_whichever_leg_it_was(void **state) {
    hf_account_id a = add(), id;
    uint64_t tag;

    (void)state;
    while (hf_agent_next_changed(w.agent, &id, &tag))
        assert_true(id == a);
    server_down(&w, 0);
    run_for(&w, 590 * HF_SECOND);
    assert_true(hf_agent_next_changed(w.agent, &id, &tag));
    assert_true(id == a);
    assert_false(hf_agent_next_changed(w.agent, &id, &tag));
}

static void test_keep_alive__of_each_server_is_its_own(void **state) {
    hf_account_id a = add_with("keep_alive.method=options", "keep_alive.interval=10");

    (void)state;
    run_for(&w, 60 * HF_SECOND);
    server_down(&w, 1);
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 1);
    expect_registered_at(&w, a, 0);
    assert_int_equal(leg_of(a, 0).failures, 0);
    assert_true(leg_of(a, 1).failures > 0);
}

static void test_rate__gives_each_registration_its_turn(void **state) {
    add_with("rate.agent=1", NULL);
    (void)state;
    expect_bindings(1, 0);
    run_for(&w, 3 * HF_SECOND);
    expect_bindings(1, 1);
}

/* baresip 1008: with the first server dead at the start, nobody could be called though the second
 * one lived. */
static void test_report_14__the_second_server_serves_while_the_first_is_dead(void **state) {
    (void)state;
    server_down(&w, 0);
    hf_account_id a = add();

    expect_registered_at(&w, a, 1);
    expect_bindings(0, 1);
    run_for(&w, 7200 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    expect_bindings(0, 1);
}

/* baresip 1557: after all servers were away it believed itself registered at the first one, and
 * never took the second when that came back. */
static void test_report_16__after_an_outage_of_all_the_one_that_is_back_is_taken(void **state) {
    hf_account_id a = add();

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        server_down(&w, i);
        registrar_forget_bindings(w.servers[i].registrar);
    }
    run_for(&w, 1300 * HF_SECOND);
    assert_int_not_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 2);
    server_up(&w, 1);
    run_for(&w, 35 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    expect_bindings(0, 1);
}

/* baresip PR 1462: when one of several accounts with the same priority failed, others were
 * unregistered. */
static void test_report_18__a_failure_unregisters_nobody_else(void **state) {
    const struct registrar_fault refuses = {.kind = REGISTRAR_ANSWERS, .status = 403};
    hf_account_id a = add(), b = add_with("user=bob", "password=pw-bob");

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &refuses);
    run_for(&w, 1300 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), 2);
    expect_registered_at(&w, a, 1);
    expect_registered_at(&w, b, 1);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 2); /* those of the first server */
}

/* usecallmanagernz/tftpboot 2: stuck on the secondary. */
static void test_report_19__nobody_is_stuck_on_the_second_server(void **state) {
    hf_account_id a = add();

    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        server_down(&w, 0);
        registrar_forget_bindings(w.servers[0].registrar);
        run_for(&w, 900 * HF_SECOND);
        expect_registered_at(&w, a, 1);
        server_up(&w, 0);
        run_for(&w, 35 * HF_SECOND);
        expect_registered_at(&w, a, 0);
    }
    expect_bindings(1, 1);
    assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_concurrent__both_servers_are_registered_with_at_once),
        STORY(test_contact__of_each_server_is_its_own),
        STORY(test_two_names_of_one_server__are_two_bindings),
        STORY(test_phones__register_with_both_unless_their_file_says_otherwise),
        STORY(test_server_configured_twice__is_registered_with_once),
        STORY(test_dead_server__leaves_the_other_and_comes_back_by_its_own_wait),
        STORY(test_dead_at_the_start__is_a_failover_once_it_has_failed),
        STORY(test_lifetimes__of_each_server_count_by_themselves),
        STORY(test_rejected_at_one__is_registered_at_the_other),
        STORY(test_stop__removes_both_bindings),
        STORY(test_unregister__removes_both_and_register_brings_both_back),
        STORY(test_remove__of_an_account_removes_both_though_one_server_is_dead),
        STORY(test_change__to_one_at_a_time_and_back_keeps_the_first_binding),
        STORY(test_change__while_at_the_backup_leaves_one_binding_at_each),
        STORY(test_change__of_the_second_server_leaves_the_first_alone),
        STORY(test_change__of_a_password_is_tried_at_both),
        STORY(test_change__to_equal_settings_does_nothing),
        STORY(test_restart__goes_on_with_the_binding_at_each_server),
        STORY(test_changed__is_told_of_the_account_whichever_leg_it_was),
        STORY(test_keep_alive__of_each_server_is_its_own),
        STORY(test_rate__gives_each_registration_its_turn),
        STORY(test_report_14__the_second_server_serves_while_the_first_is_dead),
        STORY(test_report_16__after_an_outage_of_all_the_one_that_is_back_is_taken),
        STORY(test_report_18__a_failure_unregisters_nobody_else),
        STORY(test_report_19__nobody_is_stuck_on_the_second_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
