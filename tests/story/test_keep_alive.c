/* Stories of keep-alives between two REGISTERs, in virtual time. */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

/* An account that asks every 30 s, gives up after 3, and holds its binding for an hour. */
static hf_account_id add_asking(const char *more) {
    return world_add(&w, world_settings("generic", "expires=3600", "keep_alive.method=options",
                                        "keep_alive.interval=30", "keep_alive.max_tries=3", more,
                                        NULL));
}

static unsigned others_at(unsigned server) {
    return w.servers[server].received - w.servers[server].registers;
}

/* Runs until the server has received one more request that is no REGISTER. */
static void run_until_asked(unsigned server) {
    unsigned before = others_at(server);

    for (int i = 0; others_at(server) == before; i++) {
        assert_true(i < 100000);
        run_for(&w, 10 * HF_MILLISECOND);
    }
}

static bool last_request_has(const char *text) {
    return strstr(w.last_request, text) != NULL;
}

static void give_always(const char *status_line) {
    snprintf(w.inject, sizeof w.inject, "%s\r\n%%sContent-Length: 0\r\n\r\n", status_line);
    w.inject_count = 0;
}

static void be_deaf_to_options(unsigned server) {
    const struct registrar_fault fault = {.kind = REGISTRAR_SILENT, .method = SLICE("OPTIONS")};

    registrar_set_fault(w.servers[server].registrar, &fault);
}

static void test_options__are_sent_once_an_interval_to_where_the_binding_is(void **state) {
    hf_account_id a = add_asking(NULL);

    (void)state;
    run_for(&w, 3000 * HF_SECOND);
    assert_in_range(others_at(0), 3000 / 30, 3000 / 27 + 1);
    assert_true(last_request_has("OPTIONS sip:192.0.2.1 SIP/2.0\r\n"));
    assert_true(last_request_has("\r\nTo: <sip:192.0.2.1>\r\n"));
    assert_true(last_request_has("\r\nAccept: application/sdp\r\n"));
    assert_int_equal(w.servers[0].registers, 2);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 0);
}

static void test_options__are_off_unless_asked_for(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", NULL));
    run_for(&w, 3000 * HF_SECOND);
    assert_int_equal(others_at(0), 0);
}

static void test_notify__is_sent_where_the_settings_say_so(void **state) {
    (void)state;
    add_asking("keep_alive.method=notify");
    run_until_asked(0);
    assert_true(last_request_has("NOTIFY sip:192.0.2.1 SIP/2.0\r\n"));
    assert_true(last_request_has("\r\nEvent: keep-alive\r\n"));
    assert_true(last_request_has("\r\nSubscription-State: active\r\n"));
    run_for(&w, 600 * HF_SECOND); /* the registrar answers 405 */
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 0);
}

/* The text of a header field of the last request. */
static void copy_field(char *to, size_t size, const char *name) {
    const char *at = strstr(w.last_request, name);

    assert_non_null(at);
    snprintf(to, size, "%.*s", (int)strcspn(at, "\r"), at);
}

static void test_options__have_a_call_id_of_their_own_and_a_cseq_that_rises(void **state) {
    char first[100], other[100];
    unsigned cseq, last = 0;

    (void)state;
    add_asking(NULL);
    copy_field(first, sizeof first, "Call-ID: ");
    run_until_asked(0);
    copy_field(other, sizeof other, "Call-ID: ");
    assert_string_not_equal(first, other);
    for (int i = 0; i < 5; i++) {
        copy_field(first, sizeof first, "Call-ID: ");
        assert_string_equal(first, other);
        assert_int_equal(sscanf(strstr(w.last_request, "\r\nCSeq: "), "\r\nCSeq: %u", &cseq), 1);
        assert_int_equal(cseq, last + 1);
        last = cseq;
        run_until_asked(0);
    }
}

static void test_any_answer__counts_as_alive(void **state) {
    static const char *const lines[] = {"SIP/2.0 401 Unauthorized",
                                        "SIP/2.0 403 Forbidden",
                                        "SIP/2.0 404 Not Found",
                                        "SIP/2.0 405 Method Not Allowed",
                                        "SIP/2.0 407 Proxy Auth",
                                        "SIP/2.0 483 Too Many Hops",
                                        "SIP/2.0 500 Error",
                                        "SIP/2.0 501 Not Implemented",
                                        "SIP/2.0 503 Service Unavailable",
                                        "SIP/2.0 603 Decline"};

    (void)state;
    add_asking(NULL);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        give_always(lines[i]);
        run_for(&w, 150 * HF_SECOND);
    }
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 0);
    assert_int_equal(w.servers[0].registers, 2);
    assert_in_range(others_at(0), 1500 / 30, 1500 / 27 + 1); /* no resends either */
}

static void test_a_provisional_answer__counts_as_alive(void **state) {
    (void)state;
    add_asking(NULL);
    give_always("SIP/2.0 100 Trying");
    run_for(&w, 900 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 0);
    assert_int_equal(w.servers[0].registers, 2);
}

static void test_silence__is_lost_after_the_last_try_and_not_before(void **state) {
    hf_account_id a = add_asking(NULL);

    (void)state;
    run_until_asked(0);
    run_for(&w, HF_SECOND);
    server_down(&w, 0);
    run_until_asked(0); /* the first without an answer */
    run_for(&w, 80 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 0);
    run_for(&w, 11 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 1);
    assert_int_equal(w.events[w.event_count - 1].kind, HF_EVENT_KEEPALIVE_LOST);
    assert_int_equal(w.events[w.event_count - 1].target.ip[3], 1);
    assert_true(w.servers[0].registers > 2); /* at once, at the same target */
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_an_answer_in_between__starts_the_count_anew(void **state) {
    (void)state;
    add_asking(NULL);
    run_until_asked(0);
    for (int round = 0; round < 10; round++) {
        server_down(&w, 0);
        run_for(&w, 70 * HF_SECOND); /* two or three go unanswered in this time */
        server_up(&w, 0);
        run_for(&w, 5 * HF_SECOND); /* a resend of the last one is answered */
        run_until_asked(0);
    }
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 0);
}

static void test_lost__registers_with_the_next_server_when_that_one_is_dead(void **state) {
    hf_account_id a = add_asking("servers[2].address=192.0.2.2");

    (void)state;
    run_until_asked(0);
    server_down(&w, 0);
    run_for(&w, 160 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 1);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
    assert_int_equal(bindings_at(&w, 1), 1);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(status_of(&w, a).target.ip[3], 2);
}

/* "REGISTER fails over but OPTIONS/keep-alive and calls go to another SRV target". */
static void test_report__keep_alives_follow_the_registration_to_another_server(void **state) {
    (void)state;
    add_asking("servers[2].address=192.0.2.2");
    run_until_asked(0);
    server_down(&w, 0);
    run_for(&w, 160 * HF_SECOND);
    unsigned at_the_dead_one = others_at(0), at_the_other = others_at(1);

    run_for(&w, 300 * HF_SECOND);
    assert_int_equal(others_at(0), at_the_dead_one);
    assert_in_range(others_at(1) - at_the_other, 10, 12);
}

/* "Keep-alives continue after an unregister". */
static void test_report__keep_alives_end_with_an_unregister(void **state) {
    hf_account_id a = add_asking(NULL);

    (void)state;
    run_until_asked(0);
    server_down(&w, 0);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    unsigned before = others_at(0);

    run_for(&w, 300 * HF_SECOND); /* neither while it is being removed nor after */
    assert_int_equal(others_at(0), before);
    server_up(&w, 0);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 300 * HF_SECOND);
    assert_in_range(others_at(0) - before, 9, 12);
}

static void test_keep_alives__end_with_the_binding_and_when_the_program_stops(void **state) {
    (void)state;
    add_asking("expires=120");
    run_until_asked(0);
    server_down(&w, 0);
    run_for(&w, 400 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 1);
    unsigned before = others_at(0);

    run_for(&w, 400 * HF_SECOND);
    assert_int_equal(others_at(0), before);
    server_up(&w, 0);
    run_for(&w, 60 * HF_SECOND);
    assert_true(others_at(0) > before);
    hf_agent_stop(w.agent, w.now);
    before = others_at(0);
    run_for(&w, 400 * HF_SECOND);
    assert_int_equal(others_at(0), before);
}

static void test_refused__is_a_try_without_an_answer(void **state) {
    (void)state;
    add_asking(NULL);
    run_until_asked(0);
    server_refuses(&w, 0);
    run_until_asked(0);
    run_until_asked(0);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 0);
    run_until_asked(0);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 1);
    server_up(&w, 0);
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 1);
}

static void test_lost__asks_nothing_until_a_register_has_succeeded(void **state) {
    (void)state;
    add_asking(NULL);
    run_until_asked(0);
    server_down(&w, 0);
    run_for(&w, 130 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 1);
    unsigned before = others_at(0);

    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(others_at(0), before);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 1);
    server_up(&w, 0);
    run_for(&w, 90 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 1);
    assert_true(others_at(0) > before);
}

/* A server that never answers OPTIONS costs one REGISTER after each third of them, no more. */
static void test_a_server_deaf_to_options__is_not_stormed(void **state) {
    hf_account_id a = add_asking("keep_alive.interval=1");

    (void)state;
    be_deaf_to_options(0);
    run_for(&w, 300 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_in_range(w.servers[0].registers, 300 / 5, 300 / 2);
}

static void test_a_wait_after_a_failure__is_kept_whatever_the_keep_alive_finds(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", "expires=600", "keep_alive.method=options",
                                 "keep_alive.interval=5", NULL));
    give_always("SIP/2.0 403 Forbidden");
    run_for(&w, 540 * HF_SECOND); /* the refresh is rejected: 1200 s */
    unsigned registers = w.servers[0].registers;

    assert_int_equal(registers, 4); /* the refresh, and once more without credentials */
    server_down(&w, 0);
    run_for(&w, 50 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 1);
    assert_int_equal(w.servers[0].registers, registers);
}

static void test_lost__registers_where_the_binding_is_even_if_renewals_go_home(void **state) {
    (void)state;
    server_down(&w, 0);
    world_add(&w, world_settings("generic", "expires=3600", "keep_alive.method=options",
                                 "servers[2].address=192.0.2.2", "fallback.failback=registration",
                                 NULL));
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), 1);
    unsigned at_home = w.servers[0].registers, registers = w.servers[1].registers;

    be_deaf_to_options(1);
    for (int i = 0; i < 400 && count_events(&w, HF_EVENT_KEEPALIVE_LOST) == 0; i++)
        run_for(&w, HF_SECOND);
    assert_int_equal(w.servers[1].registers, registers + 1);
    assert_int_equal(w.servers[0].registers, at_home);
}

/* freeswitch#1132: "OPTIONS pings all at once". */
static void test_report_55__keep_alives_of_a_fleet_are_spread_over_the_interval(void **state) {
    enum { FLEET = 100, INTERVAL = 30 };
    unsigned in_second[INTERVAL * 4] = {0}, most = 0;

    (void)state;
    for (int i = 0; i < FLEET; i++) {
        char user[32], password[32];

        snprintf(user, sizeof user, "user=u%d", i);
        snprintf(password, sizeof password, "password=pw-u%d", i);
        world_add(&w, world_settings("generic", "expires=3600", "keep_alive.method=options", user,
                                     password, NULL));
    }
    for (int second = 0; second < INTERVAL * 4; second++) {
        unsigned before = others_at(0);

        run_for(&w, HF_SECOND);
        in_second[second] = others_at(0) - before;
        if (in_second[second] > most)
            most = in_second[second];
    }
    assert_true(most <= FLEET / 8);
}

/* The clock jumps by ten minutes, as after a suspended machine wakes up, some time after a request
 * that is still open. */
static void sleep_after(const char *interval, hf_time since_asked) {
    world_add(&w, world_settings("generic", "expires=3600", "keep_alive.method=options",
                                 "keep_alive.max_tries=1", interval, NULL));
    run_until_asked(0);
    server_down(&w, 0);
    run_until_asked(0);
    run_for(&w, since_asked);
    server_up(&w, 0);
    unsigned before = others_at(0);

    w.now += 600 * HF_SECOND;
    run_for(&w, 0);
    assert_in_range(others_at(0) - before, 1, 2); /* and perhaps a resend of the open one */
    run_for(&w, 800 * HF_MILLISECOND);
    assert_in_range(others_at(0) - before, 1, 2);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 0);
}

static void test_a_machine_that_slept__sends_one_and_counts_nothing(void **state) {
    (void)state;
    sleep_after("keep_alive.interval=30", 0);
    world_release(&w);
    world_init(&w);
    sleep_after("keep_alive.interval=1", 700 * HF_MILLISECOND);
}

static void test_new_settings__are_followed_at_once(void **state) {
    hf_account_id a = add_asking(NULL);

    (void)state;
    run_until_asked(0);
    struct hf_settings *off = world_settings("generic", "expires=3600", NULL);

    assert_int_equal(hf_agent_change_account(w.agent, a, off, w.now), 0);
    hf_settings_free(off);
    unsigned before = others_at(0);

    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(others_at(0), before);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_options__are_sent_once_an_interval_to_where_the_binding_is),
        STORY(test_options__are_off_unless_asked_for),
        STORY(test_notify__is_sent_where_the_settings_say_so),
        STORY(test_options__have_a_call_id_of_their_own_and_a_cseq_that_rises),
        STORY(test_any_answer__counts_as_alive),
        STORY(test_a_provisional_answer__counts_as_alive),
        STORY(test_silence__is_lost_after_the_last_try_and_not_before),
        STORY(test_an_answer_in_between__starts_the_count_anew),
        STORY(test_lost__registers_with_the_next_server_when_that_one_is_dead),
        STORY(test_report__keep_alives_follow_the_registration_to_another_server),
        STORY(test_report__keep_alives_end_with_an_unregister),
        STORY(test_keep_alives__end_with_the_binding_and_when_the_program_stops),
        STORY(test_refused__is_a_try_without_an_answer),
        STORY(test_lost__asks_nothing_until_a_register_has_succeeded),
        STORY(test_a_server_deaf_to_options__is_not_stormed),
        STORY(test_a_wait_after_a_failure__is_kept_whatever_the_keep_alive_finds),
        STORY(test_lost__registers_where_the_binding_is_even_if_renewals_go_home),
        STORY(test_report_55__keep_alives_of_a_fleet_are_spread_over_the_interval),
        STORY(test_a_machine_that_slept__sends_one_and_counts_nothing),
        STORY(test_new_settings__are_followed_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
