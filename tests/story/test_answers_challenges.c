/* Stories of docs/answers.md: challenges, and what they must not lead to. */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "story_test.h"

static void start_again(void) {
    world_release(&w);
    world_init(&w);
}

/* The next `count` answers (0: all) are this status with these header lines. */
static void inject(const char *status, const char *headers, unsigned count) {
    snprintf(w.inject, sizeof w.inject, "SIP/2.0 %s\r\n%%s%s\r\n", status, headers);
    w.inject_count = count;
}

static hf_account_id add(const char *setting) {
    return world_add(&w, world_settings("generic", "expires=200", "retry=20", setting, NULL));
}

/* However the challenge is spelled, the next request answers it. */
static void test_report_29__every_401_is_followed_by_credentials(void **state) {
    static const char *const spellings[] = {
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\r\n",
        "WWW-Authenticate: Digest realm=\"r\",nonce=\"n\"\r\n",
        "www-authenticate:digest Nonce = \"n\" , REALM = \"r\" ,qop=auth\r\n",
        "WWW-Authenticate: DIGEST realm=\"r\", nonce=\"n\", algorithm=\"md5\", stale=FALSE\r\n",
        "WWW-AUTHENTICATE: Digest\r\n\trealm=\"r\",\r\n\tnonce=\"n\",\r\n "
        "qop=\"auth,auth-int\"\r\n",
        "WWW-Authenticate: Digest realm=r, nonce=n, algorithm=MD5\r\n",
        "WWW-Authenticate: Digest realm=\"a \\\"b\\\", c=d\", nonce=\"n,=\", opaque=\"\"\r\n",
        "WWW-Authenticate: Digest realm=\"r\", domain=\"sip:x\", nonce=\"n\", charset=UTF-8, "
        "x=y\r\n",
        "WWW-Authenticate: Basic realm=\"r\", Digest realm=\"r\", nonce=\"n\"\r\n",
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=AES, Digest realm=\"r\", "
        "nonce=\"n\", algorithm=MD5\r\n",
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf,auth\", stale=true\r\n",
        "WWW-Authenticate: Digest ,, realm=\"r\",, nonce=\"n\",\r\n",
        "WWW-Authenticate: Digest realm=\"\", nonce=\"n\"\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        inject("401 Unauthorized", spellings[i], 1);
        add("retry=20");
        if (!strstr(w.last_request, "\r\nAuthorization: Digest "))
            fail_msg("not answered: %s", spellings[i]);
        assert_int_equal(w.servers[0].registers, 2); /* and refused: the realm was made up */
        start_again();
    }
}

static void test_report_49__the_strongest_of_several_challenges_is_answered(void **state) {
    static const char *const orders[] = {
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"s\", algorithm=SHA-256, qop=\"auth\"\r\n"
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"m\", algorithm=MD5, qop=\"auth\"\r\n",
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"m\", algorithm=MD5, qop=\"auth\"\r\n"
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"s\", algorithm=SHA-256, qop=\"auth\"\r\n",
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"m\", qop=\"auth\", Digest realm=\"r\", "
        "nonce=\"s\", algorithm=SHA-256, qop=\"auth\"\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        server_does(&w, 0, REGISTRAR_SILENT); /* to what follows */
        inject("401 Unauthorized", orders[i], 1);
        add("retry=20");
        assert_non_null(strstr(w.last_request, "nonce=\"s\""));
        start_again();
        /* A server that cannot check what it offers first gets the other one. */
        server_does(&w, 0, REGISTRAR_SILENT);
        inject("401 Unauthorized", orders[i], 2);
        add("retry=20");
        assert_non_null(strstr(w.last_request, "nonce=\"m\""));
        start_again();
    }
}

static void test_report_49__stale_at_once_is_answered_all_the_same(void **state) {
    (void)state;
    inject("401 Unauthorized",
           "WWW-Authenticate: Digest realm=\"holdfast\", nonce=\"old\", stale=true\r\n", 2);
    hf_account_id a = add("retry=20");

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(w.servers[0].registers, 4);
}

static void test_challenge__that_cannot_be_answered_is_a_rejection(void **state) {
    static const char *const challenges[] = {
        "",
        "WWW-Authenticate: Basic realm=\"r\"\r\n",
        "WWW-Authenticate: Bearer authz_server=\"https://example.com\", scope=\"sip\"\r\n",
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=AKAv1-MD5\r\n",
        "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf\"\r\n",
        "WWW-Authenticate: Digest realm=\"r\"\r\n",
        "WWW-Authenticate: Digest nonce=\"n\"\r\n",
        "WWW-Authenticate: Digest realm=\"r, nonce=\"n\r\n",
        "WWW-Authenticate:\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof challenges / sizeof challenges[0]; i++) {
        inject("401 Unauthorized", challenges[i], 0);
        hf_account_id a = add("rejected_retry=1200");

        if (state_of(&w, a) != HF_STATE_REJECTED)
            fail_msg("not rejected: %s", challenges[i]);
        run_for(&w, 1199 * HF_SECOND);
        assert_int_equal(w.servers[0].registers, 1);
        w.inject[0] = '\0';
        run_for(&w, 2 * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        start_again();
    }
    hf_account_id a = add("password=");

    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[0].registers, 1);
}

static void test_challenge__with_the_same_nonce_is_a_rejection(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_SAME_NONCE);
    hf_account_id a = add("rejected_retry=1200");

    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[0].registers, 2);
}

static void test_challenge__with_another_realm_each_time_is_a_rejection(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_NEW_REALMS);
    hf_account_id a = add("rejected_retry=1200");

    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[0].registers, 2);
}

/* 401 for ever makes two requests in each attempt, however long it lasts. */
static void test_report_47__a_wrong_password_makes_no_burst(void **state) {
    hf_account_id a = add("password=wrong");

    (void)state;
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[0].registers, 2);
    run_for(&w, 86400 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 2 * (1 + 86400 / 1200));
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
}

/* A server that never says stale is answered when its nonce has ended, and not for ever. */
static void test_report_46__a_new_nonce_without_stale_is_answered_once(void **state) {
    hf_account_id a;

    (void)state;
    server_does(&w, 0, REGISTRAR_ONE_USE_NONCES);
    a = add("rejected_retry=1200");
    for (int i = 0; i < 100; i++) {
        run_for(&w, 200 * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(status_of(&w, a).failures, 0);
    }
    /* the password is changed on the server: the remembered one is refused, and one more */
    assert_int_equal(registrar_add_user(w.servers[0].registrar, "alice", "new"), 0);
    unsigned before = w.servers[0].registers;

    run_for(&w, 1000 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[0].registers, before + 2);
}

static void test_report_34__a_removal_is_repeated_with_the_fresh_nonce(void **state) {
    static const char *const proxy =
        "Proxy-Authenticate: Digest realm=\"p\", nonce=\"p\", qop=\"auth\"\r\n";
    hf_account_id a;

    (void)state;
    server_does(&w, 0, REGISTRAR_ONE_USE_NONCES);
    a = add("retry=20");
    assert_int_equal(bindings_at(&w, 0), 1);
    run_for(&w, 5 * HF_SECOND);
    inject("407 Proxy Authentication Required", proxy, 1);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 0);
    assert_int_equal(state_of(&w, a), HF_STATE_UNREGISTERED);
    assert_non_null(strstr(w.last_request, "Proxy-Authorization: "));
    assert_non_null(strstr(w.last_request, "Expires: 0\r\n"));
    assert_int_equal(w.servers[0].registers, 5); /* 401, 200; 407, 401, 200 */
}

/* A lock-out is not fed, and a password that was put right is tried at once. */
static void test_report_48__403_is_left_alone_until_the_password_changes(void **state) {
    (void)state;
    server_answers(&w, 0, 403, "", 0);
    hf_account_id a = add("rejected_retry=0");
    hf_account_id b = add("rejected_retry=1200");

    run_for(&w, 1199 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 2); /* one each */
    run_for(&w, 10 * 86400 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 2 + (10 * 86400 + 1199) / 1200);
    server_does(&w, 0, REGISTRAR_WORKS);
    run_for(&w, 1200 * HF_SECOND);
    assert_int_equal(state_of(&w, b), HF_STATE_REGISTERED);
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    struct hf_settings *other =
        world_settings("generic", "expires=200", "rejected_retry=0", "display_name=A", NULL);

    assert_int_equal(hf_agent_change_account(w.agent, a, other, w.now), 0);
    hf_settings_free(other);
    run_for(&w, HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_report_29__every_401_is_followed_by_credentials),
        STORY(test_report_49__the_strongest_of_several_challenges_is_answered),
        STORY(test_report_49__stale_at_once_is_answered_all_the_same),
        STORY(test_challenge__that_cannot_be_answered_is_a_rejection),
        STORY(test_challenge__with_the_same_nonce_is_a_rejection),
        STORY(test_challenge__with_another_realm_each_time_is_a_rejection),
        STORY(test_report_47__a_wrong_password_makes_no_burst),
        STORY(test_report_46__a_new_nonce_without_stale_is_answered_once),
        STORY(test_report_34__a_removal_is_repeated_with_the_fresh_nonce),
        STORY(test_report_48__403_is_left_alone_until_the_password_changes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
