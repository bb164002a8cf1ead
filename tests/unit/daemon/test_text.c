#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/text.h"
#include "daemon/trace.h"

static void assert_span(uint64_t milliseconds, const char *expected) {
    char buffer[32];
    struct writer w = writer_of(buffer, sizeof(buffer));

    text_write_span(&w, milliseconds);
    assert_true(writer_terminate(&w));
    assert_string_equal(buffer, expected);
}

static void test_text__spans_have_two_digits_or_so(void **state) {
    (void)state;
    assert_span(0, "0.0 s");
    assert_span(350, "0.3 s");
    assert_span(9999, "9.9 s");
    assert_span(10000, "10 s");
    assert_span(119999, "119 s");
    assert_span(120000, "2 min");
    assert_span(7200000, "2 h");
    assert_span(48 * 3600000, "2 d");
}

static void test_text__only_well_formed_utf8_is_a_sequence(void **state) {
    (void)state;
    assert_int_equal(utf8_sequence(SLICE("a")), 1);
    assert_int_equal(utf8_sequence(SLICE("ü")), 2);
    assert_int_equal(utf8_sequence(SLICE("€")), 3);
    assert_int_equal(utf8_sequence(SLICE("😀")), 4);
    assert_int_equal(utf8_sequence(SLICE("\x80")), 0);
    assert_int_equal(utf8_sequence(SLICE("\xC0\x80")), 0);         /* overlong */
    assert_int_equal(utf8_sequence(SLICE("\xE0\x80\x80")), 0);     /* overlong */
    assert_int_equal(utf8_sequence(SLICE("\xED\xA0\x80")), 0);     /* surrogate */
    assert_int_equal(utf8_sequence(SLICE("\xF4\x90\x80\x80")), 0); /* above U+10FFFF */
    assert_int_equal(utf8_sequence(SLICE("\xE2\x82")), 0);         /* cut off */
}

static void test_text__a_trace_masks_credentials_and_what_continues_them(void **state) {
    static const char message[] = "REGISTER sip:example.com SIP/2.0\r\n"
                                  "authorization : Digest username=\"alice\",\r\n"
                                  " response=\"0123456789abcdef\"\r\n"
                                  "Proxy-Authorization: Digest response=\"fedcba\"\r\n"
                                  "CSeq: 1 REGISTER\r\n\r\n";
    const struct hf_address peer = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    trace_message(out, true, &peer, SLICE_NONE);
    trace_message(out, true, &peer, slice_from(message));
    fclose(out);
    assert_non_null(strstr(text, "-> to 192.0.2.1:5060"));
    assert_non_null(strstr(text, "CSeq: 1 REGISTER"));
    assert_null(strstr(text, "alice"));
    assert_null(strstr(text, "0123456789abcdef"));
    assert_null(strstr(text, "fedcba"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text__spans_have_two_digits_or_so),
        cmocka_unit_test(test_text__only_well_formed_utf8_is_a_sequence),
        cmocka_unit_test(test_text__a_trace_masks_credentials_and_what_continues_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
