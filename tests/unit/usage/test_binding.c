/* Whose Contact it is in the 200, and what lifetime follows: what other stacks got wrong, each by
 * the number that the report has with them. */
#include "../cmocka_all.h"

#include <stdio.h>

#include "usage/binding.h"

static const struct own_contact own = {
    .uri = {"sip:alice@192.0.2.7:5062;transport=tls;line=0badcafe", 52},
    .instance = {"\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\"", 49},
    .line = 0x0badcafe,
};

static struct grant grant(const char *headers) {
    static struct sip_message message;
    static char text[2048];

    snprintf(text, sizeof text, "SIP/2.0 200 OK\r\n%s\r\n", headers);
    assert_int_equal(sip_message_parse(&message, slice_from(text)), SIP_PARSED);
    return binding_grant(&message, &own, 3600);
}

static void assert_grant(const char *headers, enum grant_kind kind, uint32_t seconds) {
    struct grant g = grant(headers);

    assert_int_equal(g.kind, kind);
    assert_int_equal(g.seconds, seconds);
}

#define OURS "<sip:alice@192.0.2.7:5062;transport=tls;line=0badcafe>"

static void test_report_36_and_41__the_servers_word_wins(void **state) {
    (void)state;
    assert_grant("Contact: " OURS ";expires=120\r\n", GRANT_OWN, 120);
    assert_grant("Contact: " OURS ";expires=120\r\nExpires: 600\r\n", GRANT_OWN, 120);
    assert_grant("Contact: " OURS "\r\nExpires: 600\r\n", GRANT_OWN, 600);
    assert_grant("Contact: " OURS "\r\n", GRANT_OWN, 3600);
}

static void test_report_37__somebody_elses_contact_never_counts(void **state) {
    (void)state;
    assert_grant("Contact: <sip:alice@198.51.100.1>;expires=7200, " OURS ";expires=60\r\n",
                 GRANT_OWN, 60);
    assert_grant("Contact: <sip:alice@198.51.100.1>;expires=7200\r\nExpires: 300\r\n",
                 GRANT_ASSUMED, 300);
    assert_grant("Contact: <sip:alice@198.51.100.1>;expires=0\r\n", GRANT_ASSUMED, 3600);
    assert_grant(
        "Contact: <sip:alice@198.51.100.1>;expires=9, <sip:alice@198.51.100.2>;expires=9\r\n",
        GRANT_ASSUMED, 3600);
    assert_grant("Contact: <sip:bob@198.51.100.1>;expires=9\r\n", GRANT_ASSUMED, 3600);
}

static void test_report_36__a_contact_alone_is_ours_if_it_is_shorter(void **state) {
    (void)state;
    assert_grant("Contact: <sip:alice@198.51.100.1:61000>;expires=120\r\n", GRANT_ASSUMED, 120);
    assert_grant("Contact: <sip:alice@198.51.100.1>\r\nExpires: 200\r\n", GRANT_ASSUMED, 200);
}

static void test_report_38__an_old_binding_and_absurd_values_do_no_harm(void **state) {
    (void)state;
    assert_grant("Contact: <sip:alice@10.0.0.1>;expires=0;"
                 "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>\", " OURS
                 ";expires=600000000\r\n",
                 GRANT_OWN, LIMIT_GRANTED_SECONDS);
    assert_grant("Contact: " OURS ";expires=999999999999999\r\n", GRANT_OWN, LIMIT_GRANTED_SECONDS);
}

static void test_report_39__our_old_contact_with_0_is_not_our_new_one(void **state) {
    (void)state;
    assert_grant("Contact: <sip:alice@192.0.2.7:5000;transport=tls;line=0badcafe>;expires=0, " OURS
                 ";expires=90\r\n",
                 GRANT_OWN, 90);
    assert_grant("Contact: " OURS ";expires=90, "
                 "<sip:alice@192.0.2.7:5000;transport=tls;line=0badcafe>;expires=0\r\n",
                 GRANT_OWN, 90);
}

static void test_report_40__contacts_are_compared_as_the_rfc_says(void **state) {
    (void)state;
    assert_grant("Contact: <sip:%61lice@192.0.2.7:5062;line=0badcafe;TRANSPORT=TLS>;expires=75\r\n",
                 GRANT_OWN, 75);
    /* rewritten on the way: known again by the instance, or by our own parameter */
    assert_grant("Contact: <sip:alice@203.0.113.5:61000>;expires=80;"
                 "+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000a95a0e128>\"\r\n",
                 GRANT_OWN, 80);
    assert_grant("Contact: <sip:alice@203.0.113.5:61000;line=0badcafe>;expires=85\r\n", GRANT_OWN,
                 85);
}

static void test_report_45_and_31__a_bad_contact_wedges_nothing(void **state) {
    (void)state;
    assert_grant("Contact: \"unended <sip:x>\r\nContact: " OURS ";expires=30\r\n", GRANT_OWN, 30);
    assert_grant("Contact: " OURS ";expires=soon\r\nExpires: 40\r\n", GRANT_OWN, 40);
    assert_grant("", GRANT_ASSUMED, 3600);
    assert_grant("Contact: *\r\n", GRANT_ASSUMED, 3600);
}

static void test_a_lifetime_of_0_is_no_binding(void **state) {
    (void)state;
    assert_int_equal(grant("Contact: " OURS ";expires=0\r\n").kind, GRANT_NONE);
    assert_int_equal(grant("Contact: " OURS "\r\nExpires: 0\r\n").kind, GRANT_NONE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_36_and_41__the_servers_word_wins),
        cmocka_unit_test(test_report_37__somebody_elses_contact_never_counts),
        cmocka_unit_test(test_report_36__a_contact_alone_is_ours_if_it_is_shorter),
        cmocka_unit_test(test_report_38__an_old_binding_and_absurd_values_do_no_harm),
        cmocka_unit_test(test_report_39__our_old_contact_with_0_is_not_our_new_one),
        cmocka_unit_test(test_report_40__contacts_are_compared_as_the_rfc_says),
        cmocka_unit_test(test_report_45_and_31__a_bad_contact_wedges_nothing),
        cmocka_unit_test(test_a_lifetime_of_0_is_no_binding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
