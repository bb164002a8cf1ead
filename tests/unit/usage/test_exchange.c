/* One exchange fed with answers by hand: what no registrar of ours can be brought to say. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "usage/exchange.h"

static struct hf_settings *settings;
static struct digest_context *digest;
static struct registration registration;
static struct exchange exchange;
static struct random random_source;
static struct exchange_place place;
static char request_text[LIMIT_REQUEST_BYTES + 1];

static int setup(void **state) {
    const uint64_t seed[4] = {1};
    struct hf_settings_error error;

    (void)state;
    random_init(&random_source, seed);
    assert_int_equal(hf_settings_create("generic", &settings), 0);
    assert_int_equal(hf_settings_set(settings, "user", "alice", &error), 0);
    assert_int_equal(hf_settings_set(settings, "password", "secret", &error), 0);
    digest = digest_context_create();
    assert_non_null(digest);
    registration_init(&registration, settings, &random_source);
    place = (struct exchange_place){
        .settings = settings,
        .server_host = SLICE("example.com"),
        .transport = HF_TRANSPORT_UDP,
        .local = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 9}},
    };
    exchange_begin(&exchange, EXCHANGE_BIND);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    exchange_release(&exchange);
    registration_release(&registration);
    digest_context_free(digest);
    hf_settings_free(settings);
    return 0;
}

static void ask(void) {
    (void)exchange_next_cseq(&registration);
    struct hf_slice request = exchange_request(&exchange, &registration, &place, "z9hG4bKx", digest,
                                               request_text, sizeof request_text - 1);

    assert_true(request.len > 0);
    request_text[request.len] = '\0';
}

static struct exchange_answer answer;

/* The next request, and this answer to it. */
static enum exchange_verdict get(const char *status, const char *headers) {
    static char text[4096];
    static struct sip_message response;

    ask();
    snprintf(text, sizeof text, "SIP/2.0 %s\r\n%s\r\n", status, headers);
    assert_int_equal(sip_message_parse(&response, slice_from(text)), SIP_PARSED);
    return exchange_answer(&exchange, &registration, &place, digest, &random_source, &response,
                           &answer);
}

static enum exchange_verdict get_stale(bool by_proxy, int nonce) {
    char header[200];

    snprintf(header, sizeof header,
             "%s-Authenticate: Digest realm=\"r\", nonce=\"%d\", stale=true\r\n",
             by_proxy ? "Proxy" : "WWW", nonce);
    return get(by_proxy ? "407 No" : "401 No", header);
}

static void test_challenge__without_end_is_a_rejection(void **state) {
    (void)state;
    for (int i = 0; i < 6; i++)
        assert_int_equal(get_stale(i % 2 == 0, i), EXCHANGE_AGAIN);
    assert_int_equal(get_stale(true, 6), EXCHANGE_REJECTED);
    assert_true(answer.reason.len > 0);
}

static enum exchange_verdict get_challenge(int nonce) {
    char header[200];

    snprintf(header, sizeof header, "WWW-Authenticate: Digest realm=\"r\", nonce=\"%d\"\r\n",
             nonce);
    return get("401 No", header);
}

/* There are servers that give each nonce once and never say stale. */
static void test_challenge__after_a_423_is_answered_once_more(void **state) {
    (void)state;
    assert_int_equal(get_challenge(1), EXCHANGE_AGAIN);
    assert_int_equal(get("423 No", "Min-Expires: 4000\r\n"), EXCHANGE_AGAIN);
    assert_int_equal(get_challenge(2), EXCHANGE_AGAIN);
    assert_non_null(strstr(request_text, "nonce=\"1\""));
    assert_int_equal(get_challenge(3), EXCHANGE_REJECTED);
    assert_non_null(strstr(request_text, "nonce=\"2\""));
}

static void test_407_then_401__then_another_407_is_answered_once_more(void **state) {
    (void)state;
    assert_int_equal(get("407 No", "Proxy-Authenticate: Digest realm=\"p\", nonce=\"p1\"\r\n"),
                     EXCHANGE_AGAIN);
    assert_int_equal(get_challenge(1), EXCHANGE_AGAIN);
    assert_int_equal(get("407 No", "Proxy-Authenticate: Digest realm=\"p\", nonce=\"p2\"\r\n"),
                     EXCHANGE_AGAIN);
    assert_int_equal(get("407 No", "Proxy-Authenticate: Digest realm=\"p\", nonce=\"p3\"\r\n"),
                     EXCHANGE_REJECTED);
    assert_non_null(strstr(request_text, "nonce=\"p2\""));
    assert_non_null(strstr(request_text, "nonce=\"1\""));
}

static void test_challenge__after_a_423_with_the_same_nonce_is_a_rejection(void **state) {
    (void)state;
    assert_int_equal(get_challenge(1), EXCHANGE_AGAIN);
    assert_int_equal(get("423 No", "Min-Expires: 4000\r\n"), EXCHANGE_AGAIN);
    assert_int_equal(get_challenge(1), EXCHANGE_REJECTED);
}

static void test_403__is_asked_again_only_where_credentials_were_remembered(void **state) {
    (void)state;
    assert_int_equal(get("401 No", "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\"\r\n"),
                     EXCHANGE_AGAIN);
    assert_int_equal(get("403 No", ""), EXCHANGE_REJECTED);
    exchange_release(&exchange);
    exchange_begin(&exchange, EXCHANGE_BIND);
    assert_int_equal(get("401 No", "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\"\r\n"),
                     EXCHANGE_AGAIN);
    assert_int_equal(get("200 OK", ""), EXCHANGE_BOUND);
    exchange_release(&exchange);
    exchange_begin(&exchange, EXCHANGE_BIND);
    assert_int_equal(get("403 No", ""), EXCHANGE_AGAIN);
    assert_non_null(strstr(request_text, "\r\nAuthorization: "));
    assert_int_equal(get("403 No", ""), EXCHANGE_REJECTED);
    assert_null(strstr(request_text, "\r\nAuthorization: "));
}

static void test_420_and_421__do_not_go_round(void **state) {
    int again = 0;

    (void)state;
    while (get(again % 2 ? "421 No" : "420 No",
               again % 2 ? "Require: path\r\n" : "Unsupported: path\r\n") == EXCHANGE_AGAIN)
        assert_true(++again < 10);
    assert_int_equal(again, 2);
}

/* What the account says of itself stays the same (report 50): From with its tag, Call-ID, and a
 * CSeq that rises by one. */
static void test_report_50__every_request_has_the_same_from_tag_and_call_id(void **state) {
    char identity[300] = "", cseq[32];

    (void)state;
    for (unsigned i = 1; i < 20; i++) {
        if (i % 3 == 0)
            assert_int_equal(get("423 No", "Min-Expires: 4000\r\n"),
                             i == 3 ? EXCHANGE_AGAIN : EXCHANGE_ANSWERED);
        else
            ask();
        const char *from = strstr(request_text, "From: ");
        const char *end = strstr(request_text, "\r\nCSeq: ");

        assert_non_null(from);
        assert_non_null(end);
        assert_non_null(strstr(from, ">;tag="));
        if (i == 1)
            snprintf(identity, sizeof identity, "%.*s", (int)(end - from), from);
        assert_int_equal(strlen(identity), end - from);
        assert_memory_equal(identity, from, strlen(identity));
        snprintf(cseq, sizeof cseq, "\r\nCSeq: %u REGISTER\r\n", i);
        assert_memory_equal(end, cseq, strlen(cseq));
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_challenge__without_end_is_a_rejection),
        TEST(test_challenge__after_a_423_is_answered_once_more),
        TEST(test_407_then_401__then_another_407_is_answered_once_more),
        TEST(test_challenge__after_a_423_with_the_same_nonce_is_a_rejection),
        TEST(test_403__is_asked_again_only_where_credentials_were_remembered),
        TEST(test_420_and_421__do_not_go_round),
        TEST(test_report_50__every_request_has_the_same_from_tag_and_call_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
