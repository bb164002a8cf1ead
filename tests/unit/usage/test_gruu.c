/* The GRUUs of a 200 to REGISTER: what is taken from it, and what is not. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "usage/gruu.h"

#define URN "urn:uuid:00000000-0000-1000-8000-000a95a0e128"

static const struct own_contact own = {
    .uri = {"sip:alice@198.51.100.1:40000;line=12345678", 42},
    .instance = {"\"<" URN ">\"", sizeof URN + 3},
    .line = 0x12345678,
};

static struct gruus *learn(const char *contacts) {
    static struct sip_message message;
    static char text[16384];

    snprintf(text, sizeof text, "SIP/2.0 200 OK\r\nContact: %s\r\n\r\n", contacts);
    assert_int_equal(sip_message_parse(&message, slice_from(text)), SIP_PARSED);
    return gruus_learn(&message, &own);
}

static void expect(const char *contacts, const char *pub, const char *temporary) {
    struct gruus *gruus = learn(contacts);

    assert_true(slice_equal(gruus_public(gruus), slice_from(pub)));
    assert_true(slice_equal(gruus_temporary(gruus), slice_from(temporary)));
    free(gruus);
}

#define OURS "<sip:alice@198.51.100.1:40000;line=12345678>"

static void test_gruus__are_those_of_our_contact(void **state) {
    (void)state;
    expect(OURS ";pub-gruu=\"sip:alice@example.com;gr=" URN "\""
                ";temp-gruu=\"sip:tgruu.7hs==@example.com;gr\";expires=60",
           "sip:alice@example.com;gr=" URN, "sip:tgruu.7hs==@example.com;gr");
    expect("<sip:alice@192.0.2.9>;pub-gruu=\"sip:alice@example.com;gr=other\", " OURS
           ";temp-gruu=\"sips:t@example.com;gr\"",
           "", "sips:t@example.com;gr");
    expect("<sip:alice@192.0.2.9>;+sip.instance=\"<" URN
           ">\";pub-gruu=\"sip:alice@example.com;gr=x\"",
           "sip:alice@example.com;gr=x", "");
    expect("<sip:alice@192.0.2.9>;pub-gruu=\"sip:alice@example.com;gr=other\"", "", "");
    expect(OURS, "", "");
}

static void test_gruus__that_are_no_sip_uris_with_gr_are_left_aside(void **state) {
    static const char *const wrong[] = {
        "\"sip:alice@example.com\"",
        "\"tel:+4930;gr\"",
        "\"sip:alice@;gr=x\"",
        "sip:alice@example.com;gr=x",
        "\"\"",
        "\"sip:alice@example.com;gr=x?Route=y\"",
        "\"sip:alice@example.com;gr=x>\"",
        "\"sip:alice@example.com;gr=x y\"",
        "\"sip:alice@example.com;gr=\\\"x\"",
        "\"sip:alice@example.com;gr=\x1b[2J\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char contacts[300];
        struct gruus *gruus;

        snprintf(contacts, sizeof contacts, OURS ";pub-gruu=%s", wrong[i]);
        gruus = learn(contacts);
        if (gruus)
            fail_msg("%s was taken", wrong[i]);
    }
}

static void test_gruus__are_bounded(void **state) {
    char uri[GRUU_BYTES_MAX + 2] = "sip:alice@example.com;gr=";
    struct gruus *gruus;

    (void)state;
    for (size_t n = strlen(uri); n < GRUU_BYTES_MAX; n++)
        uri[n] = 'x';
    gruus = gruus_make(slice_from(uri), SLICE_NONE);
    assert_int_equal(gruus_public(gruus).len, GRUU_BYTES_MAX);
    free(gruus);
    uri[GRUU_BYTES_MAX] = 'x';
    assert_null(gruus_make(slice_from(uri), SLICE_NONE));
}

static void test_contact__is_the_public_one_if_there_is_one(void **state) {
    struct gruus *gruus = gruus_make(SLICE("sip:a@b;gr=c"), SLICE("sip:t@b;gr"));

    (void)state;
    assert_true(slice_equal(gruus_contact(gruus), SLICE("sip:a@b;gr=c")));
    gruus_end_temporary(gruus);
    assert_int_equal(gruus_temporary(gruus).len, 0);
    free(gruus);
    gruus = gruus_make(SLICE_NONE, SLICE("sip:t@b;gr"));
    assert_true(slice_equal(gruus_contact(gruus), SLICE("sip:t@b;gr")));
    free(gruus);
    assert_int_equal(gruus_contact(NULL).len, 0);
    gruus_end_temporary(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gruus__are_those_of_our_contact),
        cmocka_unit_test(test_gruus__that_are_no_sip_uris_with_gr_are_left_aside),
        cmocka_unit_test(test_gruus__are_bounded),
        cmocka_unit_test(test_contact__is_the_public_one_if_there_is_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
