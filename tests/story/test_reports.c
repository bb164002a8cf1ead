/* What users of other programs reported, told again here: docs/reports.md has the list. */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "story_test.h"

static void start_again(void) {
    world_release(&w);
    world_init(&w);
}

static hf_account_id add(const char *setting) {
    return world_add(&w, world_settings("generic", "expires=300", "retry=20", setting, NULL));
}

static void inject(const char *answer) {
    snprintf(w.inject, sizeof w.inject, "%s", answer);
    w.inject_count = 0;
}

static void test_wrong_answers__of_every_kind_are_not_believed(void **state) {
    struct hf_agent_counters counters;

    (void)state;
    server_does(&w, 0, REGISTRAR_BABBLES);
    hf_account_id a = add("retry=20");

    for (int i = 0; i < 20; i++) {
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(status_of(&w, a).failures, 0);
        run_for(&w, 300 * HF_SECOND);
    }
    hf_agent_count(w.agent, &counters);
    assert_true(counters.rubbish_received > 20 * 10);
    assert_true(counters.strays_received >= 20 * 3);
}

static void test_two_final_answers__the_first_counts(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_TWO_ANSWERS);
    hf_account_id a = add("servers[2].address=192.0.2.2");

    for (int i = 0; i < 20; i++) {
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(status_of(&w, a).failures, 0);
        run_for(&w, 300 * HF_SECOND);
    }
    assert_int_equal(w.servers[1].received, 0);
}

/* Whatever a server does for an hour, the account is back soon after it has stopped. */
static void assert_got_over(const char *what, hf_account_id a) {
    run_for(&w, 3600 * HF_SECOND);
    server_does(&w, 0, REGISTRAR_WORKS);
    server_up(&w, 0);
    w.inject[0] = '\0';
    run_for(&w, 54 * HF_SECOND); /* a transaction that is under way, and a wait */
    if (state_of(&w, a) != HF_STATE_REGISTERED || bindings_at(&w, 0) != 1)
        fail_msg("it does not come back after: %s", what);
    start_again();
}

static void test_report_22__nothing_a_server_does_stops_an_account_for_good(void **state) {
    static const char *const answers[] = {
        "SIP/2.0 200 OK\r\n%sContact: *\r\nExpires: 0\r\n\r\n",
        "SIP/2.0 401 Unauthorized\r\n%s\r\n",
        "SIP/2.0 407 No\r\n%sProxy-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n\r\n",
        "SIP/2.0 302 Moved\r\n%sContact: <sip:alice@192.0.2.1>\r\n\r\n",
        "SIP/2.0 420 Bad\r\n%sUnsupported: path\r\n\r\n",
        "SIP/2.0 423 Brief\r\n%sMin-Expires: 10000\r\n\r\n",
        "SIP/2.0 503 Busy\r\n%sRetry-After: 1\r\n\r\n",
        "SIP/2.0 999 What\r\n%s\r\n",
        "%s",
    };
    char text[32];

    (void)state;
    for (int kind = REGISTRAR_SILENT; kind <= REGISTRAR_TWO_ANSWERS; kind++) {
        if (kind == REGISTRAR_ABSURD_EXPIRES)
            continue; /* its word is believed for 45 days */
        for (int before = 0; before < 2; before++) {
            hf_account_id a = 0;

            if (!before)
                a = add("rejected_retry=20");
            if (kind == REGISTRAR_ANSWERS)
                server_answers(&w, 0, 500, "", 0);
            else
                server_does(&w, 0, (enum registrar_fault_kind)kind);
            if (before)
                a = add("rejected_retry=20");
            snprintf(text, sizeof text, "fault %d", kind);
            assert_got_over(text, a);
        }
    }
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        hf_account_id a = add("rejected_retry=20");

        inject(answers[i]);
        assert_got_over(answers[i], a);
        inject(answers[i]);
        a = add("rejected_retry=20");
        assert_got_over(answers[i], a);
    }
    hf_account_id a = add("rejected_retry=20");

    server_refuses(&w, 0);
    assert_got_over("refusal", a);
}

/* The answer to a challenge is lost, or the one to a refresh: the transaction ends by itself. */
static void test_report_24__an_answer_that_is_lost_leaves_nothing_under_way(void **state) {
    (void)state;
    inject("SIP/2.0 401 Unauthorized\r\n"
           "%sWWW-Authenticate: Digest realm=\"holdfast\", nonce=\"n\", stale=true\r\n\r\n");
    w.inject_count = 1;
    server_does(&w, 0, REGISTRAR_SILENT);
    hf_account_id a = add("retry=20");

    run_for(&w, 31 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERING);
    run_for(&w, 2 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    server_does(&w, 0, REGISTRAR_WORKS);
    run_for(&w, 20 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    for (int i = 0; i < 10; i++) {
        server_does(&w, 0, REGISTRAR_SILENT);
        run_for(&w, 400 * HF_SECOND);
        assert_int_not_equal(state_of(&w, a), HF_STATE_REGISTERED);
        server_does(&w, 0, REGISTRAR_WORKS);
        run_for(&w, 54 * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    }
}

static void test_report_25__no_number_of_attempts_is_the_last(void **state) {
    hf_account_id a = add("retry=20");

    (void)state;
    server_down(&w, 0);
    for (int day = 0; day < 10; day++) {
        run_for(&w, 86400 * HF_SECOND);
        w.event_count = 0;
    }
    assert_true(status_of(&w, a).failures > 10 * 86400 / 60);
    server_up(&w, 0);
    run_for(&w, 54 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(status_of(&w, a).failures, 0);
}

/* One account that fails in every way is no trouble for those beside it. */
static void test_report_28__a_failing_account_harms_no_other(void **state) {
    hf_account_id good = add("retry=20");

    (void)state;
    server_down(&w, 1);
    server_refuses(&w, 2);
    world_add(&w, world_settings("generic", "user=bad1", "password=wrong", NULL));
    world_add(&w, world_settings("generic", "user=bad2", "servers[1].address=192.0.2.2", NULL));
    world_add(&w, world_settings("generic", "user=bad3", "servers[1].address=192.0.2.3", NULL));
    world_add(&w, world_settings("generic", "user=bad4", "servers[1].address=nowhere.test", NULL));
    for (int i = 0; i < 200; i++) {
        run_for(&w, 60 * HF_SECOND);
        assert_int_equal(state_of(&w, good), HF_STATE_REGISTERED);
        assert_int_equal(status_of(&w, good).failures, 0);
    }
}

/* The wait does not grow with the number of failures beyond what is configured, and is told. */
static void test_report_30__the_next_attempt_is_told_and_does_not_drift_away(void **state) {
    char text[4096];
    hf_account_id a;

    (void)state;
    server_answers(&w, 0, 503, "", 0);
    a = world_add(&w, world_settings("generic", "retry.min=30", "retry.max=600", NULL));
    for (int i = 0; i < 500; i++) {
        hf_time next = status_of(&w, a).next_attempt_at;
        unsigned registers = w.servers[0].registers;

        assert_true(next > w.now && next <= w.now + 600 * HF_SECOND);
        assert_true(hf_agent_explain(w.agent, a, text, sizeof text, w.now) > 0);
        assert_non_null(strstr(text, "next: REGISTER in "));
        run_for(&w, next - w.now - HF_MILLISECOND);
        assert_int_equal(w.servers[0].registers, registers);
        run_for(&w, 2 * HF_MILLISECOND);
        assert_int_equal(w.servers[0].registers, registers + 1);
        w.event_count = 0;
    }
}

/* A refresh that fails leaves the binding, and the account registered, until its time ends. */
static void test_report_35__a_failed_refresh_does_not_tear_the_binding_down(void **state) {
    (void)state;
    registrar_set_limits(w.servers[0].registrar, 1, 300);
    hf_account_id a = add("expires=3600"); /* 300 granted */
    hf_time ends_at = status_of(&w, a).binding_expires_at;

    assert_true(ends_at == w.now + 300 * HF_SECOND);
    server_answers(&w, 0, 500, "", 1); /* the first refresh */
    while (status_of(&w, a).failures == 0)
        run_for(&w, HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(status_of(&w, a).binding_expires_at == ends_at);
    run_for(&w, 20 * HF_SECOND);
    assert_int_equal(status_of(&w, a).failures, 0);
    assert_true(status_of(&w, a).binding_expires_at > ends_at);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

static void test_report_61__retry_after_is_waited_for_and_not_for_ever(void **state) {
    static const unsigned statuses[] = {404, 413, 480, 486, 500, 503, 600, 603};

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        server_answers(&w, 0, statuses[i], "Retry-After: 300 (busy);duration=60\r\n", 1);
        hf_account_id a = add("retry=20");

        run_for(&w, 299 * HF_SECOND);
        assert_int_equal(w.servers[0].registers, 1);
        run_for(&w, 2 * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        start_again();
    }
    server_answers(&w, 0, 503,
                   "Retry-After: Sat, 21 Nov 2026 09:00:00 GMT\r\n"
                   "Date: Sat, 21 Nov 2026 08:50:00 GMT\r\n",
                   1);
    hf_account_id a = add("retry=20");

    run_for(&w, 599 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 1);
    run_for(&w, 2 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    start_again();
    server_answers(&w, 0, 503, "Retry-After: 4294967295\r\n", 1);
    a = add("retry=20");
    run_for(&w, 86401 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    start_again();
    server_answers(&w, 0, 403, "Retry-After: 4294967295\r\n", 1);
    a = add("rejected_retry=20");
    run_for(&w, 86401 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_wrong_answers__of_every_kind_are_not_believed),
        STORY(test_two_final_answers__the_first_counts),
        STORY(test_report_22__nothing_a_server_does_stops_an_account_for_good),
        STORY(test_report_24__an_answer_that_is_lost_leaves_nothing_under_way),
        STORY(test_report_25__no_number_of_attempts_is_the_last),
        STORY(test_report_28__a_failing_account_harms_no_other),
        STORY(test_report_30__the_next_attempt_is_told_and_does_not_drift_away),
        STORY(test_report_35__a_failed_refresh_does_not_tear_the_binding_down),
        STORY(test_report_61__retry_after_is_waited_for_and_not_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
