/* TLS paths: which certificates are accepted, what is said of those that are not, and that nothing
 * is sent to whoever shows them. CERTIFICATES is what tests/make-certificates made. */
#include "stream_bench.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void assert_refused(enum hf_path_failure failure, const char *detail) {
    assert_int_equal(bench.opened, 0);
    assert_int_equal(bench.failed, 1);
    assert_string_equal(bench.detail, detail);
    assert_int_equal(bench.failure, failure);
    bench_run_for(20);
    assert_int_equal(bench.server_received, 0);
}

/* Connects to a server with this certificate. */
static void meet(const char *certificate, const struct hf_tls_options *options) {
    bench_serve("127.0.0.1", 0, certificate, NULL);
    bench_try(1, options);
}

static void meet_and_refuse(const char *certificate, const char *detail) {
    struct hf_tls_options options = bench_options();

    meet(certificate, &options);
    assert_refused(HF_PATH_TLS_CERTIFICATE, detail);
}

static void meet_and_accept(const char *certificate) {
    struct hf_tls_options options = bench_options();

    bench.echoes = true;
    meet(certificate, &options);
    assert_string_equal(bench.detail, "");
    assert_int_equal(bench.opened, 1);
    bench_send(1, "REGISTER sip:pbx.example.com SIP/2.0\r\n");
    bench_await_bytes(&bench.received, 38);
    assert_string_equal(bench.text, "REGISTER sip:pbx.example.com SIP/2.0\r\n");
}

static void test_tls__speaks_with_the_server_that_has_the_right_certificate(void **state) {
    (void)state;
    meet_and_accept("good");
}

static void test_tls__accepts_the_uri_of_the_domain(void **state) {
    (void)state;
    meet_and_accept("uri");
}

static void test_tls__accepts_a_common_name_where_there_is_no_other(void **state) {
    (void)state;
    meet_and_accept("cn");
}

static void test_tls__accepts_a_chain_over_another_issuer(void **state) {
    (void)state;
    meet_and_accept("inter");
}

static void test_tls__refuses_an_expired_certificate(void **state) {
    (void)state;
    meet_and_refuse("expired", "certificate of pbx.example.com has expired on 2026-01-01");
}

static void test_tls__refuses_a_certificate_of_the_future(void **state) {
    (void)state;
    meet_and_refuse("future", "certificate of pbx.example.com is not valid before 2095-01-01");
}

static void test_tls__refuses_a_certificate_for_another_name(void **state) {
    (void)state;
    meet_and_refuse("other", "certificate is for other.example.com, not pbx.example.com");
}

static void test_tls__refuses_a_wildcard(void **state) {
    (void)state;
    meet_and_refuse("wild", "certificate is for *.example.com, not pbx.example.com");
}

static void test_tls__refuses_a_self_signed_certificate(void **state) {
    (void)state;
    meet_and_refuse("self", "self-signed certificate of pbx.example.com is not trusted");
}

static void test_tls__refuses_an_unknown_issuer(void **state) {
    (void)state;
    meet_and_refuse("stranger-good",
                    "certificate of pbx.example.com: its issuer Strange CA is not trusted");
}

static void test_tls__refuses_a_certificate_that_is_not_for_servers(void **state) {
    (void)state;
    meet_and_refuse("client", "certificate of pbx.example.com: unsuitable certificate purpose");
}

static void test_tls__trusts_the_system_where_nothing_else_is_said(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    options.ca = SLICE_NONE;
    meet("good", &options);
    assert_refused(HF_PATH_TLS_CERTIFICATE,
                   "certificate of pbx.example.com: its issuer Test CA is not trusted");
}

static void test_tls__takes_an_address_for_a_name(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    options.server_name = SLICE("127.0.0.1");
    meet("good", &options);
    assert_int_equal(bench.opened, 1);
    options.server_name = SLICE("127.0.0.2");
    bench_try(2, &options);
    assert_string_equal(bench.detail,
                        "certificate is for pbx.example.com, 127.0.0.1, not 127.0.0.2");
}

static void test_tls__ignores_case_and_the_dot_at_the_end(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    options.server_name = SLICE("PBX.Example.COM.");
    meet("good", &options);
    assert_int_equal(bench.opened, 1);
}

/* The domain that was configured decides, not the name or the address that SRV led to. */
static void test_report_58__the_name_is_the_configured_one(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    options.server_name = SLICE("example.com");
    meet("good", &options);
    assert_refused(HF_PATH_TLS_CERTIFICATE,
                   "certificate is for pbx.example.com, 127.0.0.1, not example.com");
}

static void test_tls__believes_anybody_only_when_told_and_says_so(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    options.verify = false;
    meet("self", &options);
    assert_int_equal(bench.opened, 1);
    assert_int_equal(bench.warned, 1);
    assert_non_null(strstr(bench.warning, "pbx.example.com"));
    assert_non_null(strstr(bench.warning, "NOT VERIFIED"));
    bench_try(2, &options);
    assert_int_equal(bench.warned, 1);
    options.verify = true; /* no session of the unverified one is resumed */
    bench_try(3, &options);
    assert_int_equal(bench.failed, 1);
}

/* The pin of a PEM file, by the tool that everybody has. */
static struct hf_slice pin_of(const char *name) {
    static char pin[80];
    char command[600];

    snprintf(command, sizeof command,
             "openssl x509 -in '%s' -pubkey -noout | openssl pkey -pubin -outform der |"
             " openssl dgst -sha256 -binary | base64",
             bench_file(name, "pem"));
    FILE *out = popen(command, "re");

    assert_non_null(out);
    memcpy(pin, "sha256/", 7);
    assert_non_null(fgets(pin + 7, sizeof pin - 7, out));
    pclose(out);
    return slice_trim(slice_from(pin));
}

static void test_tls__wants_the_pinned_key(void **state) {
    struct hf_tls_options options = bench_options();
    char pins[200];
    char expected[200];

    (void)state;
    options.pin = pin_of("other");
    meet("good", &options);
    snprintf(expected, sizeof expected,
             "certificate of pbx.example.com has the public key %.*s, which is not pinned",
             SLICE_ARGS(pin_of("good")));
    assert_refused(HF_PATH_TLS_CERTIFICATE, expected);
    snprintf(pins, sizeof pins, "sha256/AAAA  %.*s", SLICE_ARGS(pin_of("good")));
    options.pin = slice_from(pins);
    bench_try(2, &options);
    assert_string_equal(bench.detail, expected);
    assert_int_equal(bench.opened, 1);
}

static void test_tls__a_pin_alone_is_enough_when_nothing_is_verified(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    options.verify = false;
    options.pin = pin_of("self");
    meet("self", &options);
    assert_int_equal(bench.opened, 1);
    assert_int_equal(bench.warned, 0);
    options.pin = SLICE("sha256/AAAA");
    bench_try(2, &options);
    assert_int_equal(bench.failed, 1);
    assert_int_equal(bench.failure, HF_PATH_TLS_CERTIFICATE);
}

static void test_tls__shows_its_own_certificate(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    options.certificate = slice_from(bench_file("client", "pem"));
    options.key = slice_from(bench_file("client", "key"));
    bench_serve("127.0.0.1", 0, "good", bench_file("ca", "pem"));
    bench_try(1, &options);
    assert_int_equal(bench.opened, 1);
    bench_await(&bench.server_opened, 1);
    assert_int_equal(bench.failed, 0);
}

/* With TLS 1.3 the server says so when the client is through already (RFC 8446 section 4.4.2.4). */
static void test_tls__is_told_that_its_own_certificate_is_refused(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    options.certificate = slice_from(bench_file("client-stranger", "pem"));
    options.key = slice_from(bench_file("client-stranger", "key"));
    bench_serve("127.0.0.1", 0, "good", bench_file("ca", "pem"));
    bench_try(1, &options);
    bench_await(&bench.failed, 1);
    assert_int_equal(bench.failure, HF_PATH_TLS_HANDSHAKE);
    assert_string_equal(bench.detail, "the peer refused TLS with us: tlsv1 alert unknown ca");
}

static void test_tls__names_the_file_that_is_wrong(void **state) {
    struct hf_tls_options options = bench_options();
    char expected[300];

    (void)state;
    options.ca = SLICE("/no/such/file.pem");
    meet("good", &options);
    assert_refused(HF_PATH_TLS_CERTIFICATE,
                   "cannot read /no/such/file.pem: No such file or directory");
    options = bench_options();
    options.certificate = slice_from(bench_file("client", "pem"));
    options.key = slice_from(bench_file("good", "key"));
    bench_try(2, &options);
    snprintf(expected, sizeof expected, "the key in %s is not that of the certificate in %s",
             bench_file("good", "key"), bench_file("client", "pem"));
    assert_string_equal(bench.detail, expected);
    options.ca = slice_from(bench_file("good", "key"));
    bench_try(3, &options);
    snprintf(expected, sizeof expected, "cannot read %s: no certificate or crl found",
             bench_file("good", "key"));
    assert_string_equal(bench.detail, expected);
}

static void test_tls__knows_its_ciphers_and_versions(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    options.ciphers = SLICE("NONSENSE");
    meet("good", &options);
    assert_refused(HF_PATH_TLS_CERTIFICATE, "no TLS cipher is known of \"NONSENSE\"");
    options.ciphers = SLICE("TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256");
    bench_try(2, &options);
    assert_int_equal(bench.opened, 1);
    assert_int_equal(SSL_CTX_set_max_proto_version(bench.server, TLS1_2_VERSION), 1);
    bench_try(3, &options);
    assert_int_equal(bench.opened, 2);
    options.version_min = HF_TLS_1_3;
    bench_try(4, &options);
    assert_int_equal(bench.failed, 2);
    assert_int_equal(bench.failure, HF_PATH_TLS_HANDSHAKE);
    assert_string_equal(bench.detail, "the peer refused TLS with us: tlsv1 alert protocol version");
}

static void test_tls__says_when_the_peer_speaks_none(void **state) {
    struct hf_tls_options options = bench_options();
    struct hf_output_open open;

    (void)state;
    bench.echoes = true; /* of plain TCP */
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open = bench_request(1, &options);
    bench_open(&open);
    bench_await(&bench.failed, 1);
    assert_int_equal(bench.failure, HF_PATH_TLS_HANDSHAKE);
}

static void test_tls__says_when_the_peer_closes(void **state) {
    struct hf_tls_options options = bench_options();

    (void)state;
    bench.closes = true;
    meet("good", &options);
    assert_refused(HF_PATH_TLS_HANDSHAKE,
                   "the peer has closed the connection during the TLS handshake");
}

static void test_tls__gives_up_a_peer_that_says_nothing(void **state) {
    struct hf_tls_options options = bench_options();
    struct hf_output_open open;

    (void)state;
    bench.silent = true;
    bench_serve("127.0.0.1", 0, "good", NULL);
    open = bench_request(1, &options);
    open.connect_timeout = HF_SECOND;
    bench_open(&open);
    bench_run_for(700);
    assert_int_equal(bench.failed, 0);
    bench_await(&bench.failed, 1);
    assert_refused(HF_PATH_TIMEOUT, "the TLS handshake was not done after 1 s");
}

static void resume(int version) {
    struct hf_tls_options options = bench_options();

    bench_serve("127.0.0.1", 0, "good", NULL);
    assert_int_equal(SSL_CTX_set_max_proto_version(bench.server, version), 1);
    for (hf_path_id path = 1; path <= 4; path++) {
        bench_try(path, &options);
        bench_run_for(10); /* tickets come later */
        bench_close(path);
    }
    assert_int_equal(bench.opened, 4);
    assert_int_equal(bench.resumed, 3);
    options.server_name = SLICE("127.0.0.1"); /* what was accepted for another name is no good */
    bench_try(5, &options);
    assert_int_equal(bench.opened, 5);
    assert_int_equal(bench.resumed, 3);
}

static void test_tls__resumes_sessions_of_tls_1_3(void **state) {
    (void)state;
    resume(TLS1_3_VERSION);
}

static void test_tls__resumes_sessions_of_tls_1_2(void **state) {
    (void)state;
    resume(TLS1_2_VERSION);
}

static void copy(const char *from, const char *to) {
    char command[2000];

    snprintf(command, sizeof command, "cp '%s' '%s.new' && mv '%s.new' '%s'", from, to, to, to);
    assert_int_equal(system(command), 0);
}

/* A renewed certificate or CA is used from the next connection on; the living ones do not notice,
 * and a file that is broken for a while changes nothing. */
static void test_report_59__certificates_are_read_again_when_they_change(void **state) {
    struct hf_tls_options options = bench_options();
    char ca[200], certificate[200], key[200];

    (void)state;
    snprintf(ca, sizeof ca, "%s", bench_file("now-ca", "pem"));
    snprintf(certificate, sizeof certificate, "%s", bench_file("now", "pem"));
    snprintf(key, sizeof key, "%s", bench_file("now", "key"));
    copy(bench_file("ca", "pem"), ca);
    copy(bench_file("client-stranger", "pem"), certificate);
    copy(bench_file("client-stranger", "key"), key);
    options.ca = slice_from(ca);
    options.certificate = slice_from(certificate);
    options.key = slice_from(key);
    bench.echoes = true;
    bench_serve("127.0.0.1", 0, "good", NULL);
    bench_try(1, &options);
    assert_int_equal(bench.opened, 1);

    copy(bench_file("stranger", "pem"), ca); /* the CA is another */
    bench_run_for(1100);
    bench_try(2, &options);
    assert_string_equal(bench.detail,
                        "certificate of pbx.example.com: its issuer Test CA is not trusted");
    copy(bench_file("ca", "pem"), ca); /* and back */
    bench_run_for(1100);
    bench_try(3, &options);
    assert_int_equal(bench.opened, 2);

    copy(bench_file("client", "pem"), certificate); /* half of the renewal */
    bench_run_for(1100);
    bench_try(4, &options);
    assert_int_equal(bench.opened, 3);
    assert_int_equal(bench.warned, 1);
    assert_non_null(strstr(bench.warning, "what was read before is still used: the key in"));
    copy(bench_file("client", "key"), key); /* all of it */
    bench_run_for(1100);
    bench_try(5, &options);
    assert_int_equal(bench.opened, 4);
    assert_int_equal(bench.warned, 1);

    bench_send(1, "hello");
    bench_await_bytes(&bench.received, 5);
    assert_int_equal(bench.failed, 1);
}

/* A folder of plain files. */
static void test_tls__trusts_what_is_in_a_folder(void **state) {
    struct hf_tls_options options = bench_options();
    char folder[200], file[220];

    (void)state;
    snprintf(folder, sizeof folder, "%s", bench_file("folder", "d"));
    snprintf(file, sizeof file, "%s/one.crt", folder);
    (void)mkdir(folder, 0700);
    copy(bench_file("stranger", "pem"), file);
    options.ca = slice_from(folder);
    meet("good", &options);
    assert_int_equal(bench.failed, 1);
    snprintf(file, sizeof file, "%s/two.pem", folder);
    copy(bench_file("ca", "pem"), file);
    bench_run_for(1100);
    bench_try(2, &options);
    assert_int_equal(bench.opened, 1);
    assert_int_equal(unlink(file), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_tls__speaks_with_the_server_that_has_the_right_certificate),
        TEST(test_tls__accepts_the_uri_of_the_domain),
        TEST(test_tls__accepts_a_common_name_where_there_is_no_other),
        TEST(test_tls__accepts_a_chain_over_another_issuer),
        TEST(test_tls__refuses_an_expired_certificate),
        TEST(test_tls__refuses_a_certificate_of_the_future),
        TEST(test_tls__refuses_a_certificate_for_another_name),
        TEST(test_tls__refuses_a_wildcard),
        TEST(test_tls__refuses_a_self_signed_certificate),
        TEST(test_tls__refuses_an_unknown_issuer),
        TEST(test_tls__refuses_a_certificate_that_is_not_for_servers),
        TEST(test_tls__trusts_the_system_where_nothing_else_is_said),
        TEST(test_tls__takes_an_address_for_a_name),
        TEST(test_tls__ignores_case_and_the_dot_at_the_end),
        TEST(test_report_58__the_name_is_the_configured_one),
        TEST(test_tls__believes_anybody_only_when_told_and_says_so),
        TEST(test_tls__wants_the_pinned_key),
        TEST(test_tls__a_pin_alone_is_enough_when_nothing_is_verified),
        TEST(test_tls__shows_its_own_certificate),
        TEST(test_tls__is_told_that_its_own_certificate_is_refused),
        TEST(test_tls__names_the_file_that_is_wrong),
        TEST(test_tls__knows_its_ciphers_and_versions),
        TEST(test_tls__says_when_the_peer_speaks_none),
        TEST(test_tls__says_when_the_peer_closes),
        TEST(test_tls__gives_up_a_peer_that_says_nothing),
        TEST(test_tls__resumes_sessions_of_tls_1_3),
        TEST(test_tls__resumes_sessions_of_tls_1_2),
        TEST(test_report_59__certificates_are_read_again_when_they_change),
        TEST(test_tls__trusts_what_is_in_a_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
