#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "bench.h"

static void test_bindings__are_stored_listed_and_end(void **state) {
    struct registrar_binding binding;
    uint32_t cursor = 0;

    (void)state;
    assert_int_equal(ask_register("Contact: <sip:alice@10.0.0.1:5060>\r\nExpires: 120\r\n"), 200);
    assert_answered(SIP_HEADER_CONTACT, "<sip:alice@10.0.0.1:5060>;expires=120");
    assert_non_null(strstr(answered(SIP_HEADER_VIA), "received=192.0.2.77"));
    assert_non_null(strstr(answered(SIP_HEADER_VIA), "rport=5062"));
    assert_true(registrar_next_binding(bench.registrar, &cursor, &binding));
    assert_true(slice_equal(binding.aor, SLICE("alice@example.com")));
    assert_true(slice_equal(binding.contact, SLICE("sip:alice@10.0.0.1:5060")));
    assert_true(slice_equal(binding.call_id, SLICE("c1")));
    assert_int_equal(binding.cseq, 1);
    assert_int_equal(binding.received.port, 5062);
    assert_true(binding.ends_at == bench.now + 120 * HF_SECOND);
    wait_seconds(119);
    assert_int_equal(ask_register(""), 200); /* no Contact: only asks */
    assert_answered(SIP_HEADER_CONTACT, "<sip:alice@10.0.0.1:5060>;expires=1");
    wait_seconds(1);
    assert_int_equal(bindings(), 0);
    assert_int_equal(ask_register(""), 200);
    assert_answered(SIP_HEADER_CONTACT, "");
}

static void test_bindings__last_as_long_as_the_limits_allow(void **state) {
    static const struct {
        const char *lines;
        unsigned status;
        const char *contact;
    } table[] = {
        {"Contact: <sip:a@h>\r\n", 200, "<sip:a@h>;expires=3600"},
        {"Contact: <sip:a@h>\r\nExpires: 7200\r\n", 200, "<sip:a@h>;expires=3600"},
        {"Contact: <sip:a@h>;expires=90\r\nExpires: 7200\r\n", 200, "<sip:a@h>;expires=90"},
        {"Contact: <sip:a@h>;expires=9999999999\r\n", 200, "<sip:a@h>;expires=3600"},
        {"Contact: <sip:a@h>;expires=60\r\n", 200, "<sip:a@h>;expires=60"},
        {"Contact: <sip:a@h>;expires=59\r\n", 423, ""},
        {"Contact: <sip:a@h>\r\nExpires: 1\r\n", 423, ""},
        {"Contact: <sip:a@h>;expires=0\r\n", 200, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_int_equal(ask_register(table[i].lines), table[i].status);
        assert_answered(SIP_HEADER_CONTACT, table[i].contact);
        assert_answered(SIP_HEADER_MIN_EXPIRES, table[i].status == 423 ? "60" : "");
    }
    registrar_set_limits(bench.registrar, 1, 30);
    assert_int_equal(ask_register("Contact: <sip:a@h>;expires=600\r\n"), 200);
    assert_answered(SIP_HEADER_CONTACT, "<sip:a@h>;expires=30");
}

static void test_bindings__of_one_uri_are_one(void **state) {
    (void)state;
    assert_int_equal(ask_register("Contact: <sip:al%69ce@Host.example;transport=udp>\r\n"), 200);
    assert_int_equal(ask_register("Contact: <sip:alice@host.EXAMPLE;Transport=UDP>\r\n"), 200);
    assert_int_equal(bindings(), 1);
    assert_int_equal(ask_register("Contact: <sip:alice@host.example>\r\n"), 200);
    assert_int_equal(bindings(), 2); /* transport given or not makes two */
}

static void test_bindings__succeed_or_fail_whole(void **state) {
    (void)state;
    assert_int_equal(ask_register("Contact: <sip:1@h>, <sip:2@h>;expires=59\r\n"), 423);
    assert_int_equal(ask_register("Contact: <sip:1@h>\r\nContact: nonsense <\r\n"), 400);
    assert_int_equal(ask_register("m: <sip:1@h>, <sip:2@h>, <sip:3@h>, <sip:4@h>\r\n"), 403);
    assert_int_equal(bindings(), 0);
    assert_int_equal(ask_register("m: <sip:1@h>, <sip:2@h>\r\n"), 200);
    assert_int_equal(ask_register("m: <sip:3@h>, <sip:4@h>\r\n"), 403);
    assert_int_equal(bindings(), 2);
    assert_int_equal(ask_register("m: <sip:2@h>;expires=0, <sip:3@h>\r\n"), 200);
    assert_answered(SIP_HEADER_CONTACT, "<sip:1@h>;expires=3600, <sip:3@h>;expires=3600");
}

static void test_bindings__all_go_by_a_lone_star_with_expires_0(void **state) {
    (void)state;
    assert_int_equal(ask_register("Contact: <sip:1@h>, <sip:2@h>\r\n"), 200);
    assert_int_equal(ask_register("Contact: *\r\n"), 400);
    assert_int_equal(ask_register("Contact: *\r\nExpires: 60\r\n"), 400);
    assert_int_equal(ask_register("Contact: *, <sip:1@h>\r\nExpires: 0\r\n"), 400);
    assert_int_equal(ask_register("Contact: <sip:1@h>, *\r\nExpires: 0\r\n"), 400);
    assert_int_equal(bindings(), 2);
    assert_int_equal(ask_register("Contact: *\r\nExpires: 0\r\n"), 200);
    assert_int_equal(bindings(), 0);
}

static void test_bindings__are_not_changed_out_of_order(void **state) {
    (void)state;
    bench.call_id = "other";
    assert_int_equal(ask_register("Contact: <sip:1@h>\r\n"), 200);
    bench.call_id = "c1";
    bench.cseq = 9;
    assert_int_equal(ask_register("Contact: <sip:2@h>\r\n"), 200);
    bench.cseq = 9; /* the same number, another request */
    assert_int_equal(ask_register("Contact: <sip:2@h>;expires=60\r\n"), 500);
    bench.cseq = 5;
    assert_int_equal(ask_register("Contact: *\r\nExpires: 0\r\n"), 500);
    assert_int_equal(bindings(), 2); /* not even the one of the other Call-ID went */
    bench.call_id = "after a restart";
    bench.cseq = 0;
    assert_int_equal(ask_register("Contact: <sip:2@h>;expires=60\r\n"), 200);
    assert_answered(SIP_HEADER_CONTACT, "<sip:1@h>;expires=3600, <sip:2@h>;expires=60");
}

static void test_bindings__keep_the_path_and_give_back_the_one_of_the_request(void **state) {
    static const char lines[] = "Path: <sip:p1;lr>, <sip:p2;lr>\r\nPath: <sip:p3;lr>\r\n";
    struct registrar_binding binding;
    uint32_t cursor = 0;
    char text[2600];

    (void)state;
    snprintf(text, sizeof text, "Contact: <sip:1@h>\r\nSupported: path\r\n%s", lines);
    assert_int_equal(ask_register(text), 200);
    assert_answered(SIP_HEADER_PATH, "<sip:p1;lr>, <sip:p2;lr>, <sip:p3;lr>");
    assert_true(registrar_next_binding(bench.registrar, &cursor, &binding));
    assert_true(slice_equal(binding.path, SLICE("<sip:p1;lr>, <sip:p2;lr>, <sip:p3;lr>")));
    snprintf(text, sizeof text, "Contact: <sip:2@h>\r\n%s", lines);
    assert_int_equal(ask_register(text), 200);
    assert_answered(SIP_HEADER_PATH, ""); /* it does not know what a Path is */
    assert_int_equal(ask_register("Contact: <sip:2@h>\r\nSupported: path\r\n"), 200);
    assert_answered(SIP_HEADER_PATH, ""); /* that of the other Contact is not its own */
    snprintf(text, sizeof text, "Contact: <sip:2@h>\r\nPath: <sip:%02100d>\r\n", 0);
    assert_int_equal(ask_register(text), 400); /* more than is kept */
}

static void test_bindings__are_answered_with_the_service_route(void **state) {
    struct registrar_options options = bench_options();

    bench_teardown(state);
    options.service_route = "<sip:proxy.example.com;lr>";
    bench_open(&options);
    assert_int_equal(ask_register("Contact: <sip:1@h>\r\n"), 200);
    assert_answered(SIP_HEADER_SERVICE_ROUTE, "<sip:proxy.example.com;lr>");
}

static void test_bindings__scale_and_are_forgotten_by_a_restart(void **state) {
    char user[16], text[64];

    (void)state;
    bench.user = user;
    for (unsigned i = 0; i < 3000; i++) {
        snprintf(user, sizeof user, "u%u", i);
        snprintf(text, sizeof text, "Contact: <sip:u@h%u>\r\n", i);
        assert_int_equal(ask_register(text), 200);
    }
    assert_int_equal(bindings(), 3000);
    registrar_forget_bindings(bench.registrar);
    assert_int_equal(bindings(), 0);
    assert_int_equal(ask_register(text), 200);
    assert_int_equal(bindings(), 1);
    wait_seconds(3600);
    assert_true(registrar_deadline(bench.registrar) == HF_NEVER); /* nothing is left over */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_bindings__are_stored_listed_and_end),
        TEST(test_bindings__last_as_long_as_the_limits_allow),
        TEST(test_bindings__of_one_uri_are_one),
        TEST(test_bindings__succeed_or_fail_whole),
        TEST(test_bindings__all_go_by_a_lone_star_with_expires_0),
        TEST(test_bindings__are_not_changed_out_of_order),
        TEST(test_bindings__keep_the_path_and_give_back_the_one_of_the_request),
        TEST(test_bindings__are_answered_with_the_service_route),
        TEST(test_bindings__scale_and_are_forgotten_by_a_restart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
