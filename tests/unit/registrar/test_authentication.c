#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "sip/digest.h"
#include "sip/token.h"

static struct digest_context *digest;
static char nonce[128]; /* with its quotes */

/* What the phone puts into its credentials. */
struct answer {
    enum digest_algorithm algorithm;
    enum digest_qop qop;
    unsigned nc;
    const char *username;
    const char *password;
};

static const struct answer right = {.algorithm = DIGEST_MD5,
                                    .qop = DIGEST_QOP_AUTH,
                                    .nc = 1,
                                    .username = "alice",
                                    .password = "pw-alice"};

static void open_with(struct registrar_options options) {
    options.open = false;
    bench_open(&options);
    digest = digest_context_create();
    assert_non_null(digest);
}

static int setup(void **state) {
    (void)state;
    open_with(bench_options());
    return 0;
}

static int teardown(void **state) {
    digest_context_free(digest);
    return bench_teardown(state);
}

static void reopen_with(struct registrar_options options) {
    teardown(NULL);
    open_with(options);
}

static void keep_nonce(void) {
    struct challenges challenges = sip_challenges(&bench.message, SIP_HEADER_WWW_AUTHENTICATE);
    struct challenge challenge;

    assert_true(sip_challenges_next(&challenges, &challenge));
    assert_true(challenge.nonce.len < sizeof nonce);
    memcpy(nonce, challenge.nonce.ptr, challenge.nonce.len);
    nonce[challenge.nonce.len] = '\0';
}

/* 401 to a request without credentials; its nonce is kept. */
static void be_challenged(void) {
    assert_int_equal(ask_register("Contact: <sip:1@h>\r\n"), 401);
    assert_null(strstr(answered(SIP_HEADER_WWW_AUTHENTICATE), "stale"));
    keep_nonce();
}

static unsigned register_with(struct answer answer) {
    char lines[2048];
    struct writer w = writer_of(lines, sizeof lines);
    struct digest_hex ha1, response;
    const struct digest_input input = {
        .algorithm = answer.algorithm,
        .qop = answer.qop,
        .ha1 = &ha1,
        .nonce = slice_of(nonce + 1, strlen(nonce) - 2),
        .cnonce = SLICE("c0ffee"),
        .nc = answer.nc,
        .method = SLICE("REGISTER"),
        .uri = SLICE("sip:example.com"),
        .body = SLICE_NONE,
    };
    const struct authorization authorization = {
        .username = slice_from(answer.username),
        .realm = SLICE("\"holdfast\""),
        .nonce = slice_from(nonce),
        .algorithm = digest_algorithm_name(answer.algorithm),
        .uri = input.uri,
        .cnonce = input.cnonce,
        .qop = answer.qop,
        .nc = answer.nc,
        .response = &response,
    };

    assert_true(digest_ha1(digest, answer.algorithm, authorization.username, SLICE("holdfast"),
                           slice_from(answer.password), &ha1));
    assert_true(digest_response(digest, &input, &response));
    writer_put_literal(&w, "Contact: <sip:1@h>\r\nAuthorization: ");
    authorization_write(&w, &authorization);
    writer_put_literal(&w, "\r\n");
    assert_true(writer_terminate(&w));
    return ask_register(lines);
}

static bool says_stale(void) {
    return strstr(answered(SIP_HEADER_WWW_AUTHENTICATE), "stale=true") != NULL;
}

static void test_authentication__accepts_every_algorithm_and_qop_it_offers(void **state) {
    static const enum digest_algorithm algorithms[] = {DIGEST_SHA_512_256, DIGEST_SHA_256,
                                                       DIGEST_MD5};
    struct registrar_options options = bench_options();

    (void)state;
    memcpy(options.offers, algorithms, sizeof algorithms);
    options.offer_count = 3;
    options.qop = REGISTRAR_QOP_BOTH;
    reopen_with(options);
    for (unsigned i = 0; i < 3; i++) {
        for (int qop = DIGEST_QOP_NONE; qop <= DIGEST_QOP_AUTH_INT; qop++) {
            struct answer answer = right;

            answer.algorithm = algorithms[i];
            answer.qop = (enum digest_qop)qop;
            wait_seconds(1);
            be_challenged();
            assert_int_equal(register_with(answer), 200);
        }
    }
}

static void test_authentication__offers_in_the_order_of_the_options(void **state) {
    struct registrar_options options = bench_options();
    struct challenge challenge;

    (void)state;
    options.offers[0] = DIGEST_SHA_256;
    options.offers[1] = DIGEST_MD5;
    options.offer_count = 2;
    options.qop = REGISTRAR_QOP_AUTH_INT;
    reopen_with(options);
    be_challenged();
    struct challenges challenges = sip_challenges(&bench.message, SIP_HEADER_WWW_AUTHENTICATE);

    assert_true(sip_challenges_next(&challenges, &challenge));
    assert_int_equal(challenge.algorithm, DIGEST_SHA_256);
    assert_true(challenge.qop_auth_int && !challenge.qop_auth);
    assert_true(sip_challenges_next(&challenges, &challenge));
    assert_int_equal(challenge.algorithm, DIGEST_MD5);
    assert_false(sip_challenges_next(&challenges, &challenge));
    struct answer answer = right;

    answer.algorithm = DIGEST_SHA_512_256; /* not offered */
    assert_int_equal(register_with(answer), 401);
}

static void test_authentication__refuses_what_is_wrong(void **state) {
    struct answer answer = right;

    (void)state;
    be_challenged();
    answer.password = "pw-alicf";
    assert_int_equal(register_with(answer), 401);
    assert_false(says_stale());
    answer = right;
    answer.username = "bob"; /* rightly bob, but this is alice's address */
    answer.password = "pw-bob";
    assert_int_equal(register_with(answer), 403);
    assert_int_equal(bindings(), 0);
    assert_int_equal(register_with(right), 200);
}

static void test_authentication__knows_the_users_of_its_table(void **state) {
    struct registrar_options options = bench_options();
    struct answer answer = right;

    (void)state;
    options.password_prefix = NULL;
    reopen_with(options);
    be_challenged();
    assert_int_equal(register_with(right), 401);
    assert_int_equal(registrar_add_user(bench.registrar, "alice", "first"), 0);
    assert_int_equal(registrar_add_user(bench.registrar, "alice", "se\"cond"), 0);
    answer.password = "first";
    assert_int_equal(register_with(answer), 401);
    answer.password = "se\"cond";
    assert_int_equal(register_with(answer), 200);
}

static void test_authentication__takes_each_nonce_count_once(void **state) {
    struct answer answer = right;

    (void)state;
    be_challenged();
    assert_int_equal(register_with(answer), 200);
    assert_int_equal(register_with(answer), 401); /* a replay */
    assert_true(says_stale());
    answer.nc = 7; /* gaps are lost requests */
    assert_int_equal(register_with(answer), 200);
    answer.nc = 6;
    assert_int_equal(register_with(answer), 401);
    keep_nonce();
    wait_seconds(1);
    be_challenged();
    assert_int_equal(register_with(right), 200); /* a new nonce counts from 1 */
}

static void test_authentication__a_removed_binding_does_not_reopen_its_nonce(void **state) {
    struct answer answer = right;

    (void)state;
    registrar_set_limits(bench.registrar, 1, 10); /* ends before the nonce does */
    be_challenged();
    assert_int_equal(register_with(answer), 200);
    wait_seconds(20);
    assert_int_equal(bindings(), 0);
    assert_int_equal(register_with(answer), 401);
    assert_true(says_stale());
    wait_seconds(60); /* the server transactions are over, the nonce is not */
    assert_true(registrar_deadline(bench.registrar) != HF_NEVER);
    wait_seconds(240); /* the nonce is over, and with it what was remembered of it */
    assert_true(registrar_deadline(bench.registrar) == HF_NEVER);
}

static void test_authentication__ends_nonces_with_their_lifetime(void **state) {
    struct answer answer = right;

    (void)state;
    be_challenged();
    assert_int_equal(register_with(answer), 200);
    wait_seconds(299);
    answer.nc = 2;
    assert_int_equal(register_with(answer), 200);
    wait_seconds(1);
    answer.nc = 3;
    assert_int_equal(register_with(answer), 401);
    assert_true(says_stale());
    strcpy(nonce, "\"00000000000000000123456789abcdef\""); /* nobody's */
    assert_int_equal(register_with(answer), 401);
    strcpy(nonce, "\"short\"");
    assert_int_equal(register_with(answer), 401);
}

static void set_fault(enum registrar_fault_kind kind) {
    registrar_set_fault(bench.registrar, &(struct registrar_fault){.kind = kind});
}

static void test_faults__of_challenges(void **state) {
    struct answer second = right;

    (void)state;
    second.nc = 2;
    set_fault(REGISTRAR_ONE_USE_NONCES);
    be_challenged();
    assert_int_equal(register_with(right), 200);
    assert_int_equal(register_with(second), 401);
    assert_false(says_stale());
    set_fault(REGISTRAR_SAME_NONCE);
    be_challenged();
    for (int i = 0; i < 3; i++) {
        char before[sizeof nonce];

        memcpy(before, nonce, sizeof nonce);
        wait_seconds(1);
        assert_int_equal(register_with(right), 401);
        keep_nonce();
        assert_string_equal(before, nonce);
    }
    set_fault(REGISTRAR_NEW_REALMS);
    be_challenged();
    assert_non_null(strstr(answered(SIP_HEADER_WWW_AUTHENTICATE), "realm=\"holdfast"));
    assert_null(strstr(answered(SIP_HEADER_WWW_AUTHENTICATE), "realm=\"holdfast\""));
    assert_int_equal(register_with(right), 401);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_authentication__accepts_every_algorithm_and_qop_it_offers),
        TEST(test_authentication__offers_in_the_order_of_the_options),
        TEST(test_authentication__refuses_what_is_wrong),
        TEST(test_authentication__knows_the_users_of_its_table),
        TEST(test_authentication__takes_each_nonce_count_once),
        TEST(test_authentication__a_removed_binding_does_not_reopen_its_nonce),
        TEST(test_authentication__ends_nonces_with_their_lifetime),
        TEST(test_faults__of_challenges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
