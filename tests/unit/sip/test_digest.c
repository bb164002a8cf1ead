#include "../cmocka_all.h"

#include <string.h>

#include "sip/digest.h"

#define assert_slice(slice, text) assert_true(slice_equal(slice, slice_from(text)))

static struct sip_message message;

static void parse_401(const char *headers) {
    static char text[4096];
    struct writer w = writer_of(text, sizeof text);

    writer_put_literal(&w, "SIP/2.0 401 Unauthorized\r\n");
    writer_put_slice(&w, slice_from(headers));
    writer_put_literal(&w, "\r\n");
    assert_int_equal(sip_message_parse(&message, writer_slice(&w)), SIP_PARSED);
}

struct known_answer {
    enum digest_algorithm algorithm;
    enum digest_qop qop;
    const char *user, *realm, *password, *nonce, *cnonce, *method, *uri, *body, *response;
};

/* RFC 2617 section 3.5; RFC 2069 section 2.4 with its erratum 749; RFC 7616 section 3.9.1. */
static const struct known_answer known_answers[] = {
    {DIGEST_MD5, DIGEST_QOP_AUTH, "Mufasa", "testrealm@host.com", "Circle Of Life",
     "dcd98b7102dd2f0e8b11d0f600bfb0c093", "0a4f113b", "GET", "/dir/index.html", "",
     "6629fae49393a05397450978507c4ef1"},
    {DIGEST_MD5, DIGEST_QOP_NONE, "Mufasa", "testrealm@host.com", "CircleOfLife",
     "dcd98b7102dd2f0e8b11d0f600bfb0c093", "", "GET", "/dir/index.html", "",
     "1949323746fe6a43ef61f9606e7febea"},
    {DIGEST_MD5, DIGEST_QOP_AUTH, "Mufasa", "http-auth@example.org", "Circle of Life",
     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
     "GET", "/dir/index.html", "", "8ca523f5e9506fed4657c9700eebdbec"},
    {DIGEST_SHA_256, DIGEST_QOP_AUTH, "Mufasa", "http-auth@example.org", "Circle of Life",
     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
     "GET", "/dir/index.html", "",
     "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
    /* No RFC has these with a user name in the clear: from the formulas of RFC 7616 section 3.4,
     * reckoned by another implementation that gives the answers above. */
    {DIGEST_SHA_512_256, DIGEST_QOP_AUTH, "Mufasa", "http-auth@example.org", "Circle of Life",
     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
     "GET", "/dir/index.html", "",
     "430d05014cecc49cab6fbe03176d41a1da86cbfe24a16580e22aaad928d960d0"},
    {DIGEST_MD5_SESS, DIGEST_QOP_AUTH, "Mufasa", "http-auth@example.org", "Circle of Life",
     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
     "GET", "/dir/index.html", "", "e783283f46242139c486a698fec7211d"},
    {DIGEST_SHA_256_SESS, DIGEST_QOP_AUTH, "Mufasa", "http-auth@example.org", "Circle of Life",
     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
     "GET", "/dir/index.html", "",
     "2fd51b3a77ad75bad6afad6003e818d767133c46d9e2749e7f5232ae1ea3efd7"},
    {DIGEST_SHA_512_256_SESS, DIGEST_QOP_AUTH, "Mufasa", "http-auth@example.org", "Circle of Life",
     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
     "GET", "/dir/index.html", "",
     "3f2a34f923c38b0fb26dce2fdfc2ce326c23cecf86fbb1444f3e51fbbc2cb92e"},
    {DIGEST_SHA_256, DIGEST_QOP_AUTH_INT, "Mufasa", "http-auth@example.org", "Circle of Life",
     "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
     "GET", "/dir/index.html", "v=0",
     "b3a4a0111e74e28223bac4af55ade12af037f6c8a019923135a0dca0d384407f"},
};

static void test_digest__gives_the_known_answers(void **state) {
    struct digest_context *context = digest_context_create();

    (void)state;
    for (size_t i = 0; i < sizeof known_answers / sizeof known_answers[0]; i++) {
        const struct known_answer *k = &known_answers[i];
        struct digest_hex ha1, response;

        assert_true(digest_ha1(context, k->algorithm, slice_from(k->user), slice_from(k->realm),
                               slice_from(k->password), &ha1));
        const struct digest_input input = {.algorithm = k->algorithm,
                                           .qop = k->qop,
                                           .ha1 = &ha1,
                                           .nonce = slice_from(k->nonce),
                                           .cnonce = slice_from(k->cnonce),
                                           .nc = 1,
                                           .method = slice_from(k->method),
                                           .uri = slice_from(k->uri),
                                           .body = slice_from(k->body)};

        assert_true(digest_response(context, &input, &response));
        assert_slice(digest_hex_slice(&response), k->response);
        assert_true(digest_equal(&response, slice_from(k->response)));
        assert_false(digest_equal(&response, slice_from(k->cnonce)));
    }
    digest_context_free(context);
}

static void test_digest__hashes_texts_of_any_length(void **state) {
    struct digest_context *context = digest_context_create();
    struct digest_hex ha1;
    char realm[600];

    (void)state;
    memset(realm, 'x', sizeof realm);
    assert_true(digest_ha1(context, DIGEST_MD5, SLICE("user"), slice_of(realm, sizeof realm),
                           SLICE("secret"), &ha1));
    assert_slice(digest_hex_slice(&ha1), "8930153ecbafc0252ea4c16926acd946");
    digest_context_free(context);
}

/* The hash of method and URI is kept from one response to the next. */
static void test_digest__does_not_take_one_uri_for_another(void **state) {
    static const char *const asked[][2] = {
        {"REGISTER", "sip:a"}, {"REGISTER", "sip:a"}, {"REGISTER", "sip:b"},
        {"REGISTERs", "ip:b"}, {"OPTIONS", "sip:b"},  {"REGISTER", "sip:a"},
    };
    struct digest_context *kept = digest_context_create();

    (void)state;
    for (size_t i = 0; i < sizeof asked / sizeof asked[0] * 2; i++) {
        struct digest_context *fresh = digest_context_create();
        const char *const *pair = asked[i / 2];
        struct digest_hex ha1 = {.len = 32}, a, b;
        const struct digest_input input = {.algorithm = i % 2 ? DIGEST_SHA_256 : DIGEST_MD5,
                                           .qop = DIGEST_QOP_AUTH,
                                           .ha1 = &ha1,
                                           .method = slice_from(pair[0]),
                                           .uri = slice_from(pair[1])};

        memset(ha1.text, '0', sizeof ha1.text);
        assert_true(digest_response(kept, &input, &a));
        assert_true(digest_response(fresh, &input, &b));
        assert_true(digest_equal(&a, digest_hex_slice(&b)));
        digest_context_free(fresh);
    }
    digest_context_free(kept);
}

static void test_challenges__are_told_apart_in_one_line_and_in_several(void **state) {
    struct challenge c;

    (void)state;
    parse_401("WWW-Authenticate: Basic realm=\"x\", Digest realm=\"a, b\", nonce=\"1\", "
              "qop=\"auth,auth-int\" , algorithm = SHA-256, Digest nonce=\"2\", realm=\"a\"\r\n"
              "WWW-Authenticate: Digest realm=\"c\", nonce=\"3\", stale=TRUE, opaque=\"\", "
              "algorithm=\"MD5\", qop=\"token\"\r\n");
    struct challenges all = sip_challenges(&message, SIP_HEADER_WWW_AUTHENTICATE);

    assert_true(sip_challenges_next(&all, &c));
    assert_slice(c.realm, "\"a, b\"");
    assert_slice(c.nonce, "\"1\"");
    assert_true(c.qop_auth && c.qop_auth_int && c.algorithm == DIGEST_SHA_256 && !c.stale);
    assert_true(sip_challenges_next(&all, &c));
    assert_slice(c.nonce, "\"2\"");
    assert_true(!c.qop_given && c.algorithm == DIGEST_MD5);
    assert_true(sip_challenges_next(&all, &c));
    assert_true(c.stale && c.qop_given && !c.qop_auth);
    assert_slice(c.opaque, "\"\"");
    assert_false(sip_challenges_next(&all, &c));
}

static void test_digest__chooses_the_strongest_it_knows(void **state) {
    struct digest_context *context = digest_context_create();
    struct challenge c;

    (void)state;
    parse_401("WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", algorithm=MD5\r\n"
              "WWW-Authenticate: Digest realm=\"a\", nonce=\"2\", algorithm=SHA-256\r\n"
              "WWW-Authenticate: Digest realm=\"a\", nonce=\"3\", algorithm=SHA3-512\r\n"
              "WWW-Authenticate: Digest realm=\"a\", nonce=\"4\", algorithm=SHA-256\r\n");
    assert_true(digest_choose(context, &message, SIP_HEADER_WWW_AUTHENTICATE, &c));
    assert_slice(c.nonce, "\"2\"");
    assert_true(digest_choose_weaker(context, &message, SIP_HEADER_WWW_AUTHENTICATE,
                                     DIGEST_SHA_256_SESS, &c));
    assert_slice(c.nonce, "\"1\"");
    assert_false(
        digest_choose_weaker(context, &message, SIP_HEADER_WWW_AUTHENTICATE, DIGEST_MD5, &c));
    parse_401("WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", algorithm=AKAv1-MD5\r\n"
              "WWW-Authenticate: Bearer realm=\"a\"\r\n");
    assert_false(digest_choose(context, &message, SIP_HEADER_WWW_AUTHENTICATE, &c));
    digest_context_free(context);
}

static void test_digest__passes_over_what_nobody_could_check(void **state) {
    struct digest_context *context = digest_context_create();
    struct challenge c;

    (void)state;
    /* The -sess form needs a cnonce, and without qop none is sent. */
    parse_401("WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", algorithm=MD5-sess\r\n"
              "WWW-Authenticate: Digest realm=\"a\", nonce=\"2\", algorithm=MD5\r\n");
    assert_true(digest_choose(context, &message, SIP_HEADER_WWW_AUTHENTICATE, &c));
    assert_slice(c.nonce, "\"2\"");
    parse_401("WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", algorithm=SHA-256-sess\r\n");
    assert_false(digest_choose(context, &message, SIP_HEADER_WWW_AUTHENTICATE, &c));
    parse_401("WWW-Authenticate: Digest realm=\"a\", nonce=\"1\", algorithm=SHA-256-sess, "
              "qop=\"auth\"\r\n");
    assert_true(digest_choose(context, &message, SIP_HEADER_WWW_AUTHENTICATE, &c));
    digest_context_free(context);
}

static void test_authorization__quotes_what_must_be_quoted(void **state) {
    char buffer[512];
    struct writer w = writer_of(buffer, sizeof buffer);
    struct digest_hex response = {.len = 4, .text = "abcd"};
    struct credentials c;
    const struct authorization a = {.username = SLICE("o\"dd\\us\xc3\xa9r"),
                                    .realm = SLICE("\"r \\\"x\\\"\""),
                                    .nonce = SLICE("\"n\""),
                                    .opaque = SLICE("\"\""),
                                    .algorithm = SLICE("MD5"),
                                    .uri = SLICE("sip:h"),
                                    .cnonce = SLICE("c"),
                                    .qop = DIGEST_QOP_AUTH,
                                    .nc = 0x1f,
                                    .response = &response};

    (void)state;
    authorization_write(&w, &a);
    assert_true(credentials_parse(writer_slice(&w), &c));
    assert_slice(c.username, "\"o\\\"dd\\\\us\xc3\xa9r\"");
    assert_slice(c.realm, "\"r \\\"x\\\"\"");
    assert_slice(c.response, "abcd");
    assert_int_equal(c.nc, 0x1f);
    assert_int_equal(c.qop, DIGEST_QOP_AUTH);
    assert_true(writer_terminate(&w));
    assert_non_null(strstr(buffer, ", algorithm=MD5, "));
    assert_non_null(strstr(buffer, ", qop=auth, nc=0000001f"));
}

static void test_credentials__are_refused_when_something_is_missing(void **state) {
    struct credentials c;

    (void)state;
    assert_false(credentials_parse(SLICE("Basic abc"), &c));
    assert_false(credentials_parse(SLICE("Digest"), &c));
    assert_false(credentials_parse(SLICE("Digest username=\"a\", realm=\"b\", nonce=\"c\", "
                                         "uri=\"d\", response=\"e\", qop=auth"),
                                   &c));
    assert_true(credentials_parse(
        SLICE("Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"d\", response=\"e\""), &c));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digest__gives_the_known_answers),
        cmocka_unit_test(test_digest__hashes_texts_of_any_length),
        cmocka_unit_test(test_digest__does_not_take_one_uri_for_another),
        cmocka_unit_test(test_challenges__are_told_apart_in_one_line_and_in_several),
        cmocka_unit_test(test_digest__chooses_the_strongest_it_knows),
        cmocka_unit_test(test_digest__passes_over_what_nobody_could_check),
        cmocka_unit_test(test_authorization__quotes_what_must_be_quoted),
        cmocka_unit_test(test_credentials__are_refused_when_something_is_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
