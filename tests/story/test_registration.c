/* Stories of one account's registration, in virtual time. */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

static void test_account__registers_and_stays_registered_for_a_day(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=600", NULL));

    (void)state;
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(w.servers[0].registers, 2); /* challenge and answer */
    for (int hour = 0; hour < 24 * 6; hour++) {
        run_for(&w, 600 * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(bindings_at(&w, 0), 1);
    }
    assert_int_equal(count_events(&w, HF_EVENT_REGISTERED), 1);
    assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 0);
}

static void test_refresh__carries_the_known_nonce_unless_told_otherwise(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", "expires=200", NULL));
    unsigned before = w.servers[0].registers;

    run_for(&w, 140 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, before + 1);
    assert_non_null(strstr(w.last_request, "nc=00000002"));
    world_release(&w);
    world_init(&w);
    world_add(&w, world_settings("generic", "expires=200", "auth.on_reregister=no", NULL));
    before = w.servers[0].registers;
    run_for(&w, 140 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, before + 2); /* challenged again */
    assert_non_null(strstr(w.last_request, "nc=00000001"));
}

static void test_nonce__gone_stale_is_answered_anew(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=1200", NULL));

    (void)state;
    run_for(&w, 1200 * HF_SECOND); /* the registrar's nonces live 300 s */
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 1);
    assert_int_equal(w.servers[0].registers, 4);
}

static void test_wrong_password__is_rejected_after_one_answer_and_not_stormed(void **state) {
    hf_account_id a =
        world_add(&w, world_settings("generic", "password=wrong", "rejected_retry=1200", NULL));

    (void)state;
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[0].registers, 2);
    run_for(&w, 1199 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 2);
    run_for(&w, 2 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 4);
    assert_int_equal(status_of(&w, a).last_status, 401);
}

static void
test_rejection__is_for_ever_when_so_configured_until_the_password_changes(void **state) {
    struct hf_settings *right;
    hf_account_id a =
        world_add(&w, world_settings("generic", "password=wrong", "rejected_retry=0", NULL));

    (void)state;
    run_for(&w, 24 * 3600 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 2);
    right = world_settings("generic", "rejected_retry=0", NULL);
    assert_int_equal(hf_agent_change_account(w.agent, a, right, w.now), 0);
    hf_settings_free(right);
    run_for(&w, 0);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_stale_for_ever__ends_in_rejection(void **state) {
    const struct registrar_fault fault = {.kind = REGISTRAR_STALE};

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &fault);
    hf_account_id a = world_add(&w, world_settings("generic", NULL));

    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[0].registers, 5); /* first, its answer, three stale ones */
}

static const char challenge_407[] =
    "SIP/2.0 407 Proxy Authentication Required\r\n%s"
    "Proxy-Authenticate: Digest realm=\"edge\", nonce=\"n1\", qop=\"auth\"\r\n"
    "Content-Length: 0\r\n\r\n";

static void test_407_then_401__are_both_answered_in_one_request(void **state) {
    hf_account_id a;

    (void)state;
    snprintf(w.inject, sizeof w.inject, "%s", challenge_407);
    w.inject_count = 1;
    a = world_add(&w, world_settings("generic", NULL));
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(w.servers[0].registers, 3);
    assert_non_null(strstr(w.last_request, "\r\nProxy-Authorization: Digest username=\"alice\", "
                                           "realm=\"edge\", nonce=\"n1\""));
    assert_non_null(strstr(w.last_request, "\r\nAuthorization: Digest username=\"alice\", "
                                           "realm=\"holdfast\""));
}

static void test_407_with_the_same_nonce_again__is_a_rejection(void **state) {
    hf_account_id a;

    (void)state;
    snprintf(w.inject, sizeof w.inject, "%s", challenge_407);
    a = world_add(&w, world_settings("generic", NULL));
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[0].registers, 2);
    assert_int_equal(status_of(&w, a).last_status, 407);
}

static void test_423__is_answered_with_what_the_server_asks(void **state) {
    (void)state;
    registrar_set_limits(w.servers[0].registrar, 1800, 3600);
    hf_account_id a = world_add(&w, world_settings("generic", "expires=60", NULL));

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_non_null(strstr(w.last_request, "Expires: 1800\r\n"));
    assert_true(status_of(&w, a).binding_expires_at == w.now + 1800 * HF_SECOND);
}

static void test_423__absurd_is_not_followed(void **state) {
    hf_account_id a;

    (void)state;
    snprintf(w.inject, sizeof w.inject,
             "SIP/2.0 423 Too Brief\r\n%%sMin-Expires: 4294967295\r\nContent-Length: 0\r\n\r\n");
    a = world_add(&w, world_settings("generic", "retry=30", NULL));
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(w.servers[0].registers, 1);
    run_for(&w, 31 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 2);
}

static void test_granted_lifetime__wins_over_what_was_asked(void **state) {
    (void)state;
    registrar_set_limits(w.servers[0].registrar, 1, 90);
    hf_account_id a = world_add(&w, world_settings("generic", "expires=3600", NULL));

    assert_true(status_of(&w, a).binding_expires_at == w.now + 90 * HF_SECOND);
    run_for(&w, 3600 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

static void test_grant_of_a_second__makes_no_storm(void **state) {
    (void)state;
    registrar_set_limits(w.servers[0].registrar, 1, 1);
    world_add(&w, world_settings("generic", NULL));
    unsigned before = w.servers[0].registers;

    run_for(&w, 100 * HF_SECOND);
    assert_in_range(w.servers[0].registers - before, 90, 110);
}

static void test_silence__is_retransmitted_as_the_rfc_says_then_retried(void **state) {
    hf_account_id a;

    (void)state;
    server_down(&w, 0);
    a = world_add(&w, world_settings("generic", "retry=20", NULL));
    assert_int_equal(w.servers[0].received, 1);
    run_for(&w, 499 * HF_MILLISECOND);
    assert_int_equal(w.servers[0].received, 1);
    run_for(&w, 2 * HF_MILLISECOND);
    assert_int_equal(w.servers[0].received, 2);
    run_for(&w, 32 * HF_SECOND);
    assert_int_equal(w.servers[0].received, 11); /* 0 .5 1.5 3.5 7.5 11.5 ... 31.5 s */
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    server_up(&w, 0);
    run_for(&w, 20 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_failed_refresh__is_not_an_unregistration(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=600", "retry=20", NULL));

    (void)state;
    run_for(&w, 400 * HF_SECOND);
    server_down(&w, 0);
    run_for(&w, 190 * HF_SECOND); /* the refresh is due after 482 to 536 s */
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(status_of(&w, a).failures > 0);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
    run_for(&w, 11 * HF_SECOND);
    assert_int_not_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 1);
    server_up(&w, 0);
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_retry_after__is_waited_for(void **state) {
    const struct registrar_fault fault = {.kind = REGISTRAR_ANSWERS,
                                          .status = 503,
                                          .count = 1,
                                          .headers = {"Retry-After: 300\r\n", 18}};

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &fault);
    hf_account_id a = world_add(&w, world_settings("generic", "retry=20", NULL));

    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    run_for(&w, 299 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 1);
    run_for(&w, 2 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_unregister__removes_the_binding_and_rests(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", NULL));

    (void)state;
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, 0);
    assert_int_equal(state_of(&w, a), HF_STATE_UNREGISTERED);
    assert_int_equal(bindings_at(&w, 0), 0);
    run_for(&w, 86400 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 0);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 0);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_stop__removes_bindings_where_so_configured(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", "unregister_at_exit=yes", NULL));
    world_add(&w, world_settings("generic", "user=bob", "password=pw-bob", "unregister_at_exit=no",
                                 NULL));
    assert_int_equal(bindings_at(&w, 0), 2);
    hf_agent_stop(w.agent, w.now);
    run_for(&w, HF_SECOND);
    assert_true(hf_agent_stopped(w.agent));
    assert_int_equal(bindings_at(&w, 0), 1);
    unsigned before = w.servers[0].received;

    run_for(&w, 86400 * HF_SECOND);
    assert_int_equal(w.servers[0].received, before);
}

static void test_remove__during_the_first_register_leaves_nothing_behind(void **state) {
    hf_account_id a;

    (void)state;
    server_down(&w, 0);
    a = world_add(&w, world_settings("generic", NULL));
    assert_int_equal(hf_agent_remove_account(w.agent, a, w.now), 0);
    struct hf_account_status status;

    assert_int_equal(hf_agent_account_status(w.agent, a, &status, w.now), HF_ERROR_UNKNOWN);
    server_up(&w, 0);
    run_for(&w, 60 * HF_SECOND);
    assert_true(hf_agent_stopped(w.agent));
    assert_int_equal(bindings_at(&w, 0), 0);
}

static void test_change_of_server__removes_the_old_binding(void **state) {
    struct hf_settings *other = world_settings("generic", "servers[1].address=192.0.2.2", NULL);
    hf_account_id a = world_add(&w, world_settings("generic", NULL));

    (void)state;
    assert_int_equal(hf_agent_change_account(w.agent, a, other, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 0);
    assert_int_equal(bindings_at(&w, 1), 1);
    assert_int_equal(hf_agent_change_account(w.agent, a, other, w.now), 0);
    unsigned before = w.servers[1].received;

    run_for(&w, HF_SECOND);
    assert_int_equal(w.servers[1].received, before); /* equal settings: nothing is done */
    hf_settings_free(other);
}

static void test_name__is_looked_up_and_its_failures_are_survived(void **state) {
    hf_account_id a;

    (void)state;
    w.names[0] = (struct world_name){.name = "sip.example.com",
                                     .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}},
                                     .ttl = 60};
    a = world_add(
        &w, world_settings("generic", "servers[1].address=sip.example.com", "expires=300", NULL));
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    w.names[0].failure = HF_DNS_FAILED;
    run_for(&w, 3600 * HF_SECOND); /* the last good answer stays in use */
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
    w.names[0].failure = HF_DNS_OK;
    w.names[0].address.ip[3] = 2; /* the server moves */
    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), 1);
    assert_int_equal(bindings_at(&w, 0), 0); /* make before break */
}

static void test_name_without_address__waits_and_tells(void **state) {
    hf_account_id a;

    (void)state;
    a = world_add(
        &w, world_settings("generic", "servers[1].address=nowhere.example.com", "retry=20", NULL));
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(count_events(&w, HF_EVENT_DNS_FAILED), 1);
}

static void test_silent_dns__hurts_no_other_account(void **state) {
    hf_account_id a, b;

    (void)state;
    w.names[0] = (struct world_name){.name = "slow.example.com", .silent = true};
    a = world_add(&w, world_settings("generic", "servers[1].address=slow.example.com", NULL));
    b = world_add(&w, world_settings("generic", NULL));
    assert_int_equal(state_of(&w, a), HF_STATE_RESOLVING);
    assert_int_equal(state_of(&w, b), HF_STATE_REGISTERED);
}

/* Somebody is impatient: nothing is begun anew, and nothing that is under way is thrown away. */
static void test_register__asked_for_again_joins_the_attempt_under_way(void **state) {
    const struct sim_fault slow = {.kind = SIM_SERVER_DELAY, .span = 2 * HF_SECOND};

    (void)state;
    assert_int_equal(sim_apply(w.sim, &slow), 0);
    hf_account_id a = world_add(&w, world_settings("generic", "timer.t1=30", NULL));

    for (unsigned i = 0; i < 5; i++) {
        run_for(&w, HF_SECOND);
        assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    }
    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_in_range(w.servers[0].registers, 2, 4); /* with and without credentials; a renewal */
}

/* Each of its characters is three in a URI. */
static void test_long_user__is_found_again_in_the_answer(void **state) {
    char user[300] = "user=", password[300] = "password=pw-";

    (void)state;
    memset(user + 5, '#', 230);
    memset(password + 12, '#', 230);
    const hf_account_id a = world_add(&w, world_settings("generic", user, password, NULL));

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(slice_equal(status_of(&w, a).last_reason, SLICE("OK"))); /* nothing is assumed */
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_account__registers_and_stays_registered_for_a_day),
        STORY(test_refresh__carries_the_known_nonce_unless_told_otherwise),
        STORY(test_nonce__gone_stale_is_answered_anew),
        STORY(test_wrong_password__is_rejected_after_one_answer_and_not_stormed),
        STORY(test_rejection__is_for_ever_when_so_configured_until_the_password_changes),
        STORY(test_stale_for_ever__ends_in_rejection),
        STORY(test_407_then_401__are_both_answered_in_one_request),
        STORY(test_407_with_the_same_nonce_again__is_a_rejection),
        STORY(test_423__is_answered_with_what_the_server_asks),
        STORY(test_423__absurd_is_not_followed),
        STORY(test_granted_lifetime__wins_over_what_was_asked),
        STORY(test_grant_of_a_second__makes_no_storm),
        STORY(test_silence__is_retransmitted_as_the_rfc_says_then_retried),
        STORY(test_failed_refresh__is_not_an_unregistration),
        STORY(test_retry_after__is_waited_for),
        STORY(test_unregister__removes_the_binding_and_rests),
        STORY(test_stop__removes_bindings_where_so_configured),
        STORY(test_remove__during_the_first_register_leaves_nothing_behind),
        STORY(test_change_of_server__removes_the_old_binding),
        STORY(test_name__is_looked_up_and_its_failures_are_survived),
        STORY(test_name_without_address__waits_and_tells),
        STORY(test_silent_dns__hurts_no_other_account),
        STORY(test_register__asked_for_again_joins_the_attempt_under_way),
        STORY(test_long_user__is_found_again_in_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
