/* Stories of servers that answer a REGISTER when nobody waits for that any more. */
#include <stdio.h>
#include <string.h>

#include "base/writer.h"
#include "story_test.h"

/* Its answers come so much later. */
static void server_answers_after(unsigned server, hf_time span) {
    const struct sim_fault fault = {.kind = SIM_SERVER_DELAY, .server = server, .span = span};

    assert_int_equal(sim_apply(w.sim, &fault), 0);
}

/* What goes to it comes so much later, and its answers too. */
static void server_works_after(unsigned server, hf_time span) {
    const struct sim_fault fault = {
        .kind = SIM_LINK, .server = server, .process = w.process, .link = {.latency = span}};

    assert_int_equal(sim_apply(w.sim, &fault), 0);
}

static hf_account_id registered(const char *more, const char *another) {
    hf_account_id a =
        world_add(&w, world_settings("generic", "domain=example.com", "expires=600",
                                     "failback=stay", "retry=30", more, another, NULL));

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 0);
    return a;
}

/* Its second server takes over while the first one answers late. */
static hf_account_id moved_on(hf_time span) {
    hf_account_id a = registered("servers[2].address=192.0.2.2", "health=per-account");

    server_answers_after(0, span);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 10 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(bindings_at(&w, 0), 1);
    return a;
}

static void test_slow_server__renews_with_its_late_answers(void **state) {
    (void)state;
    hf_account_id a = registered("expires=120", NULL);

    server_answers_after(0, 36 * HF_SECOND);
    run_for(&w, 290 * HF_SECOND); /* while the nonce is good */
    expect_registered_at(&w, a, 0);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 3);
}

static void test_slow_server__registers_who_has_no_binding(void **state) {
    (void)state;
    hf_account_id a = registered(NULL, NULL);

    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    server_answers_after(0, 40 * HF_SECOND);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 39 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    run_for(&w, 2 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 0), 1);
}

/* Nobody is called at a server that the account has left. */
static void test_moved_on__removes_what_the_first_server_bound_late(void **state) {
    (void)state;
    hf_account_id a = moved_on(18 * HF_SECOND);

    run_for(&w, 60 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(bindings_at(&w, 0), 0);
    assert_int_equal(bindings_at(&w, 1), 1);
}

/* It took the REGISTER late as well, so that its binding ends later than that of the second. */
static void test_moved_on__removes_what_was_bound_when_it_had_moved(void **state) {
    (void)state;
    hf_account_id a = registered("servers[2].address=192.0.2.2", "health=per-account");

    server_works_after(0, 9 * HF_SECOND);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 80 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(bindings_at(&w, 0), 0);
    assert_int_equal(bindings_at(&w, 1), 1);
}

/* With one list of bindings the late answer tells of the very binding that the account has. */
static void test_servers_that_share_bindings__keep_it_after_a_late_answer(void **state) {
    (void)state;
    sim_join_server(w.sim, 1, 0);
    hf_account_id a = moved_on(18 * HF_SECOND);

    for (unsigned i = 0; i < 1000; i++) {
        run_for(&w, HF_SECOND / 10);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_in_range(bindings_at(&w, 0), 1, 2);
    }
}

static void test_servers_that_share_bindings__keep_it_after_late_work(void **state) {
    (void)state;
    sim_join_server(w.sim, 1, 0);
    hf_account_id a = registered("servers[2].address=192.0.2.2", "health=per-account");

    server_works_after(0, 9 * HF_SECOND);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    for (unsigned i = 0; i < 1000; i++) {
        run_for(&w, HF_SECOND / 10);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_in_range(bindings_at(&w, 0), 1, 2);
    }
    expect_registered_at(&w, a, 1);
}

static void test_unregistered_meanwhile__is_so_at_the_slow_server_too(void **state) {
    (void)state;
    hf_account_id a = moved_on(18 * HF_SECOND);

    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_UNREGISTERED);
    assert_int_equal(bindings_at(&w, 0), 0);
    assert_int_equal(bindings_at(&w, 1), 0);
}

/* Another account's answers show that the connection lives: it is kept, and brings the late one. */
static void test_shared_path__brings_the_late_answer_too(void **state) {
    (void)state;
    hf_account_id b = world_add(&w, world_settings("generic", "user=bob", "password=pw-bob",
                                                   "domain=example.com", "expires=600", NULL));
    hf_account_id a = registered("servers[2].address=192.0.2.2", "health=per-account");

    server_answers_after(0, 10 * HF_SECOND);
    assert_int_equal(hf_agent_register(w.agent, b, w.now), 0);
    run_for(&w, 3 * HF_SECOND);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 8 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    run_for(&w, 40 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(bindings_at(&w, 1), 1);
    assert_int_equal(bindings_at(&w, 0), 1); /* that of the other account */
}

/* Each connection has a Contact of its own, of which a registrar takes only so many. */
static void test_lost_connections__do_not_pile_up_contacts(void **state) {
    (void)state;
    hf_account_id a = registered("retry=5", NULL);

    server_answers_after(0, 100 * HF_SECOND);
    for (unsigned i = 0; i < 7; i++) {
        assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
        run_for(&w, 40 * HF_SECOND);
        assert_in_range(bindings_at(&w, 0), 1, 3);
    }
    server_answers_after(0, 0);
    run_for(&w, 60 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 0), 1);
}

/* The line of the last request that begins so, with its end. */
static struct hf_slice line_of(const char *request, const char *name) {
    const char *line = strstr(request, name);

    assert_non_null(line);
    return slice_of(line, (size_t)(strstr(line, "\r\n") + 2 - line));
}

/* As a server would, but for the address and the number in CSeq. */
static void forge_answer(const char *request, struct hf_address from, const char *cseq) {
    static const char *const names[] = {"Via: ", "From: ", "To: ", "Call-ID: ", "Contact: "};
    char answer[4096];
    struct writer writer = writer_of(answer, sizeof answer);

    writer_put_literal(&writer, "SIP/2.0 200 OK\r\n");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        writer_put_slice(&writer, line_of(request, names[i]));
    writer_put_slice(&writer, cseq ? slice_from(cseq) : line_of(request, "CSeq: "));
    writer_put_literal(&writer, "Expires: 600\r\nContent-Length: 0\r\n\r\n");
    assert_false(writer.full);
    for (hf_path_id id = 1; id < 10; id++)
        (void)hf_agent_receive(w.agent, id, &from, answer, writer_length(&writer), w.now);
    run_for(&w, HF_SECOND / 100);
}

/* Whoever has seen the REGISTER can make us do what it was sent for, and that once. */
static void test_forged_late_answers__have_no_effect_or_one(void **state) {
    const struct hf_address server = world_address(
        (struct hf_address){HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}, .port = world_port()});
    struct hf_address other = server;
    char request[sizeof w.last_request];

    (void)state;
    hf_account_id a = registered("servers[2].address=192.0.2.2", "health=per-account");

    server_down(&w, 0);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 5 * HF_SECOND);
    memcpy(request, w.last_request, sizeof request);
    run_for(&w, 5 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    const unsigned first = w.servers[0].registers, second = w.servers[1].registers;

    other.port++;
    forge_answer(request, other, NULL);
    forge_answer(request, server, "CSeq: 4711 REGISTER\r\n");
    forge_answer(request, server, "CSeq: 4 OPTIONS\r\n");
    run_for(&w, 20 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, first);
    assert_int_equal(w.servers[1].registers, second);
    for (unsigned i = 0; i < 10; i++)
        forge_answer(request, server, NULL);
    run_for(&w, 30 * HF_SECOND);
    assert_int_equal(w.servers[1].registers, second + 1); /* renewed, to be told apart */
    assert_in_range(w.servers[0].registers, first + 1, first + 4);
    expect_registered_at(&w, a, 1);
}

/* A later REGISTER has been answered since: the registrar holds what that was granted. */
static void test_late_answer__to_the_one_before_the_last_does_not_count(void **state) {
    const struct hf_address server = world_address(
        (struct hf_address){HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}, .port = world_port()});
    char request[sizeof w.last_request];

    (void)state;
    hf_account_id a = registered("expires=100", NULL);

    server_down(&w, 0);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 5 * HF_SECOND);
    memcpy(request, w.last_request, sizeof request);
    run_for(&w, 35 * HF_SECOND);
    server_up(&w, 0);
    run_for(&w, 30 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    const hf_time ends_at = status_of(&w, a).binding_expires_at;

    forge_answer(request, server, NULL);
    assert_true(status_of(&w, a).binding_expires_at == ends_at);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_slow_server__renews_with_its_late_answers),
        STORY(test_slow_server__registers_who_has_no_binding),
        STORY(test_moved_on__removes_what_the_first_server_bound_late),
        STORY(test_moved_on__removes_what_was_bound_when_it_had_moved),
        STORY(test_servers_that_share_bindings__keep_it_after_a_late_answer),
        STORY(test_servers_that_share_bindings__keep_it_after_late_work),
        STORY(test_unregistered_meanwhile__is_so_at_the_slow_server_too),
        STORY(test_shared_path__brings_the_late_answer_too),
        STORY(test_lost_connections__do_not_pile_up_contacts),
        STORY(test_forged_late_answers__have_no_effect_or_one),
        STORY(test_late_answer__to_the_one_before_the_last_does_not_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
