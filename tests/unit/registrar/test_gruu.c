/* GRUUs as the registrar gives them out (RFC 5627 section 5.4). */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "bench.h"

#define URN "urn:uuid:00000000-0000-1000-8000-000a95a0e128"
#define CONTACT "Contact: <sip:alice@10.0.0.1:5060>;+sip.instance=\"<" URN ">\"\r\n"

/* The value of a parameter of the answer's Contact, without its quotes; "" when it has none. */
static const char *given(const char *name) {
    static char texts[4][200];
    static unsigned turn;
    char *text = texts[turn++ % 4];
    const char *at = strstr(answered(SIP_HEADER_CONTACT), name);

    text[0] = '\0';
    if (at)
        (void)sscanf(at + strlen(name), "=\"%199[^\"]", text);
    return text;
}

static bool leads(const char *gruu, const char *contact) {
    struct hf_slice found;

    return registrar_find_gruu(bench.registrar, slice_from(gruu), &found) &&
           slice_equal(found, slice_from(contact));
}

static bool leads_nowhere(const char *gruu) {
    struct hf_slice found;

    return !registrar_find_gruu(bench.registrar, slice_from(gruu), &found);
}

static void test_gruus__are_for_those_who_support_them_and_have_an_instance(void **state) {
    (void)state;
    assert_int_equal(ask_register(CONTACT), 200);
    assert_string_equal(given("pub-gruu"), "");
    assert_int_equal(ask_register("Supported: gruu\r\nContact: <sip:alice@10.0.0.1:5060>\r\n"),
                     200);
    assert_string_equal(given("pub-gruu"), "");
    assert_int_equal(ask_register("Supported: path, gruu\r\n" CONTACT), 200);
    assert_string_equal(given("pub-gruu"), "sip:alice@example.com;gr=" URN);
    assert_non_null(strstr(given("temp-gruu"), "@example.com;gr"));
    assert_true(leads(given("pub-gruu"), "sip:alice@10.0.0.1:5060"));
    assert_true(leads(given("temp-gruu"), "sip:alice@10.0.0.1:5060"));
    assert_true(leads_nowhere("sip:alice@example.com;gr=urn:uuid:other"));
    assert_true(leads_nowhere("sip:tgruu.0123456789abcdef@example.com;gr"));
}

static void test_temporary__is_new_each_time_and_good_while_the_call_id_stays(void **state) {
    char first[200], second[200];

    (void)state;
    assert_int_equal(ask_register("Supported: gruu\r\n" CONTACT), 200);
    snprintf(first, sizeof first, "%s", given("temp-gruu"));
    assert_int_equal(ask_register("Supported: gruu\r\n" CONTACT), 200);
    snprintf(second, sizeof second, "%s", given("temp-gruu"));
    assert_string_not_equal(first, second);
    assert_true(leads(first, "sip:alice@10.0.0.1:5060"));
    assert_true(leads(second, "sip:alice@10.0.0.1:5060"));
    bench.call_id = "c2";
    assert_int_equal(ask_register("Supported: gruu\r\n" CONTACT), 200);
    assert_true(leads_nowhere(first));
    assert_true(leads_nowhere(second));
    assert_true(leads(given("temp-gruu"), "sip:alice@10.0.0.1:5060"));
    assert_true(leads(given("pub-gruu"), "sip:alice@10.0.0.1:5060"));
}

static void test_gruus__end_with_the_binding(void **state) {
    char pub[200];

    (void)state;
    assert_int_equal(ask_register("Supported: gruu\r\nExpires: 100\r\n" CONTACT), 200);
    snprintf(pub, sizeof pub, "%s", given("pub-gruu"));
    wait_seconds(101);
    assert_true(leads_nowhere(pub));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_gruus__are_for_those_who_support_them_and_have_an_instance, bench_setup,
            bench_teardown),
        cmocka_unit_test_setup_teardown(
            test_temporary__is_new_each_time_and_good_while_the_call_id_stays, bench_setup,
            bench_teardown),
        cmocka_unit_test_setup_teardown(test_gruus__end_with_the_binding, bench_setup,
                                        bench_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
