#include "../cmocka_all.h"

#include <string.h>

#include "bench.h"

static const char contact[] = "Contact: <sip:1@h>\r\n";

static void set(struct registrar_fault fault) {
    registrar_set_fault(bench.registrar, &fault);
}

static void test_faults__leave_good_answers_to_other_methods(void **state) {
    (void)state;
    assert_int_equal(ask("OPTIONS", ""), 200);
    assert_answered(SIP_HEADER_ALLOW, "OPTIONS, REGISTER");
    assert_int_equal(ask("SUBSCRIBE", ""), 405);
    assert_answered(SIP_HEADER_ALLOW, "OPTIONS, REGISTER");
    assert_int_equal(ask("NONSENSE", ""), 501);
    assert_int_equal(ask_register("Require: path\r\n"), 200);
    assert_int_equal(ask_register("Require: sec-agree, path, answermode\r\n"), 420);
    assert_answered(SIP_HEADER_UNSUPPORTED, "sec-agree, answermode");
    assert_int_equal(ask_again(), 420); /* a copy gets the same */
}

static void test_faults__silence_the_next_requests_of_a_method(void **state) {
    (void)state;
    set((struct registrar_fault){
        .kind = REGISTRAR_SILENT, .method = SLICE("REGISTER"), .count = 2});
    assert_int_equal(ask("OPTIONS", ""), 200);
    assert_int_equal(ask_register(contact), 0);
    assert_int_equal(ask_again(), 0); /* each datagram that is lost counts */
    assert_int_equal(bindings(), 0);
    assert_int_equal(ask_again(), 200);
}

static void test_faults__answer_what_they_are_told(void **state) {
    (void)state;
    set((struct registrar_fault){.kind = REGISTRAR_ANSWERS,
                                 .count = 1,
                                 .status = 503,
                                 .headers = SLICE("Retry-After: 5\r\n")});
    assert_int_equal(ask_register(contact), 503);
    assert_answered(SIP_HEADER_RETRY_AFTER, "5");
    assert_int_equal(ask_again(), 503); /* a copy is the same request */
    assert_int_equal(ask_register(contact), 200);
    set((struct registrar_fault){.kind = REGISTRAR_ANSWERS, .count = 2, .status = 408});
    assert_int_equal(ask_register(contact), 408);
    assert_int_equal(ask_again(), 408);
    assert_int_equal(ask_register(contact), 200);
    set((struct registrar_fault){.kind = REGISTRAR_TRYING, .count = 1});
    assert_int_equal(ask_register(contact), 100);
    assert_int_equal(ask_again(), 0);
    assert_int_equal(ask_register(contact), 200);
}

static void test_faults__spoil_the_contacts_of_a_200(void **state) {
    static const struct {
        enum registrar_fault_kind kind;
        const char *contact;
    } table[] = {
        {REGISTRAR_WORKS, "<sip:1@h>;expires=3600"},
        {REGISTRAR_FOREIGN_CONTACT, "<sip:somebody@192.0.2.99:5099>;expires=7200"},
        {REGISTRAR_NO_CONTACT, ""},
        {REGISTRAR_ZERO_EXPIRES, "<sip:1@h>;expires=0"},
        {REGISTRAR_CONTACT_TWICE,
         "<sip:1@h>;expires=0, <sip:1@h>;expires=3600, <sip:1@h>;expires=0"},
        {REGISTRAR_CONTACT_MOVED, "<sip:1@203.0.113.5:61000>;expires=3600"},
        {REGISTRAR_ABSURD_EXPIRES, "<sip:1@h>;expires=36893488147419103232"},
        {REGISTRAR_GRANTS_LESS, "<sip:1@h>;expires=3599"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        set((struct registrar_fault){.kind = table[i].kind});
        assert_int_equal(ask_register(contact), 200);
        assert_answered(SIP_HEADER_CONTACT, table[i].contact);
        set((struct registrar_fault){.kind = table[i].kind, .method = SLICE("OPTIONS")});
        assert_int_equal(ask_register(contact), 200);
        assert_answered(SIP_HEADER_CONTACT, "<sip:1@h>;expires=3600");
    }
}

static void test_faults__call_every_nonce_stale(void **state) {
    (void)state;
    set((struct registrar_fault){.kind = REGISTRAR_STALE, .method = SLICE("OPTIONS")});
    assert_int_equal(ask_register(contact), 200);
    set((struct registrar_fault){.kind = REGISTRAR_STALE});
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask_register(contact), 401);
        assert_non_null(strstr(answered(SIP_HEADER_WWW_AUTHENTICATE), "stale=true"));
    }
}

static void test_faults__find_every_lifetime_too_brief(void **state) {
    (void)state;
    set((struct registrar_fault){.kind = REGISTRAR_TOO_BRIEF});
    assert_int_equal(ask_register("Contact: <sip:1@h>\r\nExpires: 900\r\n"), 423);
    assert_answered(SIP_HEADER_MIN_EXPIRES, "901");
    assert_int_equal(ask_register("Contact: <sip:1@h>\r\nExpires: 9999999999\r\n"), 423);
    assert_answered(SIP_HEADER_MIN_EXPIRES, "4294967295");
    assert_int_equal(ask_register("Contact: <sip:1@h>\r\nExpires: 0\r\n"), 200);
}

static void test_faults__babble_before_the_right_answer(void **state) {
    (void)state;
    bench.talks = true;
    set((struct registrar_fault){.kind = REGISTRAR_BABBLES, .count = 1});
    assert_int_equal(ask_register(contact), 200); /* the last one */
    assert_true(bench.answers > 15);
    assert_true(bench.unreadable > 10);
    assert_int_equal(bindings(), 1);
    bench.talks = false;
    assert_int_equal(ask_register(contact), 200);
}

static void test_faults__contradict_themselves(void **state) {
    (void)state;
    bench.talks = true;
    set((struct registrar_fault){.kind = REGISTRAR_TWO_ANSWERS});
    assert_int_equal(ask_register(contact), 500);
    assert_int_equal(bench.answers, 2);
    assert_int_equal(bindings(), 1);
}

static void test_faults__refuse_what_a_phone_supports(void **state) {
    (void)state;
    set((struct registrar_fault){.kind = REGISTRAR_REFUSES, .option = SLICE("path")});
    assert_int_equal(ask_register("Supported: path\r\nContact: <sip:1@h>\r\n"), 420);
    assert_answered(SIP_HEADER_UNSUPPORTED, "path");
    assert_int_equal(ask_register(contact), 200);
}

static void test_faults__require_what_a_phone_must_support(void **state) {
    (void)state;
    set((struct registrar_fault){.kind = REGISTRAR_REQUIRES, .option = SLICE("outbound")});
    assert_int_equal(ask_register(contact), 421);
    assert_answered(SIP_HEADER_REQUIRE, "outbound");
    assert_int_equal(ask_register("k: path, Outbound\r\nContact: <sip:1@h>\r\n"), 200);
    assert_int_equal(bindings(), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_faults__leave_good_answers_to_other_methods),
        TEST(test_faults__silence_the_next_requests_of_a_method),
        TEST(test_faults__answer_what_they_are_told),
        TEST(test_faults__spoil_the_contacts_of_a_200),
        TEST(test_faults__call_every_nonce_stale),
        TEST(test_faults__find_every_lifetime_too_brief),
        TEST(test_faults__babble_before_the_right_answer),
        TEST(test_faults__contradict_themselves),
        TEST(test_faults__refuse_what_a_phone_supports),
        TEST(test_faults__require_what_a_phone_must_support),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
