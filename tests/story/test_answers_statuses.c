/* Stories of docs/answers.md: what each status leads to. */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "story_test.h"
#include "usage/answers.h"

static void start_again(void) {
    world_release(&w);
    world_init(&w);
}

/* Two servers, retries every 20 s. */
static hf_account_id add(void) {
    return world_add(&w,
                     world_settings("generic", "servers[2].address=192.0.2.2", "retry=20", NULL));
}

static void test_1xx__is_waited_on_and_is_no_answer(void **state) {
    static const unsigned statuses[] = {100, 101, 180, 183, 199};

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        server_answers(&w, 0, statuses[i], "", 0);
        hf_account_id a = world_add(&w, world_settings("generic", "retry=20", NULL));

        run_for(&w, 31900 * HF_MILLISECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERING);
        assert_int_equal(w.servers[0].registers, 9); /* at 0, 0.5, 4.5, 8.5 … 28.5 s */
        run_for(&w, HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
        server_does(&w, 0, REGISTRAR_WORKS);
        run_for(&w, 21 * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        start_again();
    }
}

static void test_2xx__of_any_number_is_a_success(void **state) {
    (void)state;
    for (unsigned status = 200; status < 300; status++) {
        server_answers(&w, 0, status, "Expires: 100\r\n", 0);
        hf_account_id a = add();

        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(status_of(&w, a).last_status, status);
        run_for(&w, 95 * HF_SECOND);
        assert_in_range(w.servers[0].registers, 2, 3);
        start_again();
    }
}

/* No other server is asked, whatever it says; and as soon as it says something else, all is well.
 */
static void assert_waits(unsigned status) {
    server_answers(&w, 0, status, "Contact: <sip:192.0.2.2>;q=0.5, <sip:192.0.2.3>\r\n", 0);
    hf_account_id a = add();

    run_for(&w, 70 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(status_of(&w, a).last_status, status);
    assert_int_equal(w.servers[0].registers, 4); /* at 0, 20, 40, 60 s */
    assert_int_equal(w.servers[1].received + w.servers[2].received, 0);
    server_does(&w, 0, REGISTRAR_WORKS);
    run_for(&w, 11 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    start_again();
}

static void assert_waits_for_each(enum answer_class class) {
    unsigned count = 0;

    for (unsigned status = 300; status <= 699; status++) {
        if (answer_class(status) != class)
            continue;
        assert_waits(status);
        count++;
    }
    assert_true(count > 90);
}

static void test_refusal__waits_and_tries_again(void **state) {
    (void)state;
    assert_waits_for_each(ANSWER_REFUSAL);
}

static void test_redirection__is_an_answer(void **state) {
    (void)state;
    assert_waits_for_each(ANSWER_REDIRECTION);
}

static void test_refusal_of_a_refresh__leaves_the_binding(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=600", "retry=20", NULL));

    (void)state;
    server_answers(&w, 0, 404, "", 0);
    run_for(&w, 590 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(status_of(&w, a).last_status, 404);
    run_for(&w, 11 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 1);
}

static void test_target_failed__goes_to_the_next_server(void **state) {
    (void)state;
    for (unsigned status = 300; status <= 699; status++) {
        if (answer_class(status) != ANSWER_TARGET_FAILED)
            continue;
        server_answers(&w, 0, status, "", 0);
        hf_account_id a = add();

        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(w.servers[0].registers, 1);
        assert_int_equal(bindings_at(&w, 1), 1);
        assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
        start_again();
    }
}

static void test_403__to_a_remembered_nonce_is_asked_once_without(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=200", NULL));

    (void)state;
    server_answers(&w, 0, 403, "", 1);
    run_for(&w, 140 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 5); /* 2, then 403, 401, 200 */
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(status_of(&w, a).failures, 0);
    server_answers(&w, 0, 403, "", 0);
    run_for(&w, 140 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 7); /* with, without, and that was it */
    run_for(&w, 100 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[0].registers, 7);
}

static void test_420__is_asked_again_without_what_is_not_taken(void **state) {
    (void)state;
    server_minds(&w, 0, REGISTRAR_REFUSES, "path");
    hf_account_id a = world_add(&w, world_settings("generic", "expires=200", NULL));

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(w.servers[0].registers, 3);
    assert_null(strstr(w.last_request, "path"));
    run_for(&w, 140 * HF_SECOND); /* it is remembered */
    assert_int_equal(w.servers[0].registers, 4);
    start_again();
    server_answers(&w, 0, 420, "", 1); /* it does not say what it means */
    a = add();
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    start_again();
    server_answers(&w, 0, 420, "Unsupported: 100rel, timer\r\n", 0); /* which nobody offered */
    a = add();
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(w.servers[0].registers, 1);
    start_again();
    server_answers(&w, 0, 420, "Unsupported: path\r\n", 0); /* and it stays so */
    a = add();
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(w.servers[0].registers, 2);
}

static void test_421__cannot_be_had_unless_it_was_left_out(void **state) {
    (void)state;
    server_minds(&w, 0, REGISTRAR_REQUIRES, "sec-agree");
    hf_account_id a = add();

    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(w.servers[0].registers, 1);
    server_minds(&w, 0, REGISTRAR_REFUSES, "path");
    run_for(&w, 21 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_null(strstr(w.last_request, "path"));
    server_minds(&w, 0, REGISTRAR_REQUIRES, "path");
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_non_null(strstr(w.last_request, "path"));
}

static void test_report_27__439_is_asked_again_without_the_instance(void **state) {
    (void)state;
    server_answers(&w, 0, 439, "", 1);
    hf_account_id a = world_add(
        &w, world_settings("generic", "expires=200", "contact.instance=yes",
                           "instance=urn:uuid:00000000-0000-1000-8000-000a95a0e128", NULL));

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_null(strstr(w.last_request, "+sip.instance"));
    assert_int_equal(w.servers[0].registers, 3);
    run_for(&w, 140 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 4); /* it is remembered */
    start_again();
    assert_waits(439); /* and where there is nothing to leave out, it does not end either */
}

static void test_423__for_ever_is_asked_three_times_in_an_attempt(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_TOO_BRIEF);
    hf_account_id a = add();

    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    run_for(&w, 19 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 4); /* challenge, and three 423 */
    assert_int_equal(w.servers[1].registers, 0);
    run_for(&w, 3600 * HF_SECOND);
    assert_in_range(w.servers[0].registers, 4, 4 * 182);
    server_does(&w, 0, REGISTRAR_WORKS);
    run_for(&w, 21 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_423__without_a_usable_min_expires_waits(void **state) {
    static const char *const headers[] = {
        "",
        "Min-Expires: \r\n",
        "Min-Expires: soon\r\n",
        "Min-Expires: -1\r\n",
        "Min-Expires: 0\r\n",
        "Min-Expires: 3600\r\n", /* no more than was asked for */
        "Min-Expires: 4294967295\r\n",
        "Min-Expires: 99999999999999999999\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        server_answers(&w, 0, 423, headers[i], 0);
        hf_account_id a = add();

        assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
        assert_int_equal(w.servers[0].registers, 1);
        server_does(&w, 0, REGISTRAR_WORKS);
        run_for(&w, 21 * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        start_again();
    }
}

static void test_423__before_and_after_the_challenge(void **state) {
    (void)state;
    server_answers(&w, 0, 423, "Min-Expires: 5000\r\n", 1); /* before it is challenged */
    registrar_set_limits(w.servers[0].registrar, 7200, 7200);
    hf_account_id a = add();

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(w.servers[0].registers, 4); /* 423, 401, 423, 200 */
    assert_non_null(strstr(w.last_request, "Expires: 7200\r\n"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_1xx__is_waited_on_and_is_no_answer),
        STORY(test_2xx__of_any_number_is_a_success),
        STORY(test_refusal__waits_and_tries_again),
        STORY(test_redirection__is_an_answer),
        STORY(test_refusal_of_a_refresh__leaves_the_binding),
        STORY(test_target_failed__goes_to_the_next_server),
        STORY(test_403__to_a_remembered_nonce_is_asked_once_without),
        STORY(test_420__is_asked_again_without_what_is_not_taken),
        STORY(test_421__cannot_be_had_unless_it_was_left_out),
        STORY(test_report_27__439_is_asked_again_without_the_instance),
        STORY(test_423__for_ever_is_asked_three_times_in_an_attempt),
        STORY(test_423__without_a_usable_min_expires_waits),
        STORY(test_423__before_and_after_the_challenge),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
