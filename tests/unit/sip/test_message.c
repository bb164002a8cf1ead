#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "sip/message.h"
#include "sip/name_addr.h"
#include "sip/response.h"
#include "sip/via.h"

static struct sip_message message;

static enum sip_parse_result parse(const char *text) {
    return sip_message_parse(&message, slice_from(text));
}

#define assert_slice(slice, text) assert_true(slice_equal(slice, slice_from(text)))

static const char register_200[] =
    "SIP/2.0 200 OK\r\n"
    "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;rport=5060;received=10.0.0.9\r\n"
    "v: SIP/2.0/UDP 10.0.0.2, SIP/2.0/TCP [::1]:5070 ; branch = z9hG4bK2\r\n"
    "From: \"A, \\\"B\\\"\" <sip:a@example.com>;tag=1\r\n"
    "t: sip:a@example.com;tag=2\r\n"
    "i: 77@x\r\n"
    "CSEQ:  12\r\n   REGISTER\r\n"
    "Contact: <sip:a@10.0.0.1>;expires=60, \"x,y\" <sip:b@10.0.0.1>;q=0.5\r\n"
    "m: <sip:c@10.0.0.1;line=7>;expires=99999999999;+sip.instance=\"<urn:uuid:1>\"\r\n"
    "Retry-After: 18 (in a, meeting);duration=3\r\n"
    "Supported: path, outbound\r\n"
    "l: 3\r\n"
    "\r\n"
    "abcdef";

static void test_message__is_cut_into_fields_of_every_form(void **state) {
    struct sip_cseq cseq;
    struct hf_slice value, tag;
    uint32_t seconds;

    (void)state;
    assert_int_equal(parse(register_200), SIP_PARSED);
    assert_false(message.is_request);
    assert_int_equal(message.status, 200);
    assert_slice(message.reason, "OK");
    assert_slice(message.body, "abc");
    assert_true(sip_cseq_read(&message, &cseq));
    assert_int_equal(cseq.number, 12);
    assert_int_equal(cseq.method, SIP_METHOD_REGISTER);
    assert_slice(sip_value(&message, SIP_HEADER_CALL_ID), "77@x");
    assert_true(sip_tag_read(&message, SIP_HEADER_FROM, &tag));
    assert_slice(tag, "1");
    assert_true(sip_tag_read(&message, SIP_HEADER_TO, &tag));
    assert_slice(tag, "2");
    assert_true(sip_retry_after_read(&message, &seconds));
    assert_int_equal(seconds, 18);
    assert_true(sip_has_option(&message, SIP_HEADER_SUPPORTED, SLICE("Outbound")));
    assert_false(sip_has_option(&message, SIP_HEADER_SUPPORTED, SLICE("gruu")));

    struct sip_values values = sip_values(&message, SIP_HEADER_VIA);
    struct via via;
    unsigned count = 0;

    for (; sip_values_next(&values, &value); count++)
        assert_true(via_parse(value, &via));
    assert_int_equal(count, 3);
    assert_slice(via.host, "[::1]");
    assert_int_equal(via.port, 5070);
    assert_slice(via.branch, "z9hG4bK2");
}

static void test_message__gives_contacts_from_several_lines(void **state) {
    struct hf_slice value;
    struct contact contact;

    (void)state;
    assert_int_equal(parse(register_200), SIP_PARSED);
    struct sip_values values = sip_values(&message, SIP_HEADER_CONTACT);

    assert_true(sip_values_next(&values, &value) && contact_parse(value, &contact));
    assert_true(contact.has_expires && contact.expires == 60);
    assert_true(sip_values_next(&values, &value) && contact_parse(value, &contact));
    assert_slice(contact.address.display, "\"x,y\"");
    assert_false(contact.has_expires);
    assert_true(sip_values_next(&values, &value) && contact_parse(value, &contact));
    assert_int_equal(contact.expires, UINT32_MAX);
    assert_slice(contact.instance, "\"<urn:uuid:1>\"");
    assert_false(sip_values_next(&values, &value));
}

static void test_message__is_never_accepted_cut_short(void **state) {
    const size_t whole = sizeof register_200 - 1 - 3; /* without what is beyond Content-Length */

    (void)state;
    for (size_t len = 0; len < whole; len++) {
        char *copy = malloc(len + 1); /* exact size, for the address sanitizer */

        memcpy(copy, register_200, len);
        enum sip_parse_result result = sip_message_parse(&message, slice_of(copy, len));
        assert_int_not_equal(result, SIP_PARSED);
        free(copy);
    }
}

static void test_message__refuses_what_is_not_sip(void **state) {
    (void)state;
    assert_int_equal(parse(""), SIP_PARSE_NOT_SIP);
    assert_int_equal(parse("\r\n\r\n"), SIP_PARSE_NOT_SIP);
    assert_int_equal(parse("HTTP/1.1 200 OK\r\n\r\n"), SIP_PARSE_NOT_SIP);
    assert_int_equal(parse("SIP/2.0 99 No\r\n\r\n"), SIP_PARSE_STATUS_LINE);
    assert_int_equal(parse("SIP/2.0 2000 No\r\n\r\n"), SIP_PARSE_STATUS_LINE);
    assert_int_equal(parse("OPTIONS sip:a SIP/7.0\r\n\r\n"), SIP_PARSE_VERSION);
    assert_int_equal(parse("OPTIONS  sip:a SIP/2.0\r\n\r\n"), SIP_PARSE_REQUEST_LINE);
    assert_int_equal(parse("OPTIONS sip:a SIP/2.0\r\nnonsense\r\n\r\n"), SIP_PARSE_HEADER);
    assert_int_equal(parse("OPTIONS sip:a SIP/2.0\r\n folded\r\n\r\n"), SIP_PARSE_HEADER);
    assert_int_equal(parse("OPTIONS sip:a SIP/2.0\r\nl: -1\r\n\r\n"), SIP_PARSE_CONTENT_LENGTH);
    assert_int_equal(parse("OPTIONS sip:a SIP/2.0\r\nl: 0\r\nl: 1\r\n\r\nx"),
                     SIP_PARSE_CONTENT_LENGTH);
}

static void test_message__has_a_limit_on_header_fields(void **state) {
    static char bomb[LIMIT_MESSAGE_HEADERS * 8 + 100];
    struct writer w = writer_of(bomb, sizeof bomb);

    (void)state;
    writer_put_literal(&w, "OPTIONS sip:a SIP/2.0\r\n");
    for (int i = 0; i <= LIMIT_MESSAGE_HEADERS; i++)
        writer_put_literal(&w, "X: y\r\n");
    writer_put_literal(&w, "\r\n");
    assert_int_equal(sip_message_parse(&message, writer_slice(&w)), SIP_PARSE_TOO_MANY);
}

static void test_response__copies_what_the_rfc_says(void **state) {
    char buffer[1024];
    struct writer w = writer_of(buffer, sizeof buffer);
    struct hf_address from = {.family = HF_FAMILY_IPV4, .port = 4711, .ip = {127, 0, 0, 9}};

    (void)state;
    assert_int_equal(parse("OPTIONS sip:a SIP/2.0\r\n"
                           "Via: SIP/2.0/UDP host.invalid;rport;branch=z9hG4bKx\r\n"
                           "Via: SIP/2.0/UDP other\r\n"
                           "From: <sip:b@c>;tag=f\r\nTo: <sip:a@b>\r\n"
                           "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n"),
                     SIP_PARSED);
    response_begin(&w, &message, 200, SLICE_NONE, SLICE("t"), &from);
    header_write(&w, SIP_HEADER_ALLOW, SLICE("OPTIONS"));
    response_end(&w, SLICE_NONE);
    assert_true(writer_terminate(&w));
    assert_string_equal(buffer, "SIP/2.0 200 OK\r\n"
                                "Via: SIP/2.0/UDP host.invalid;rport=4711;branch=z9hG4bKx;"
                                "received=127.0.0.9\r\n"
                                "Via: SIP/2.0/UDP other\r\n"
                                "From: <sip:b@c>;tag=f\r\nTo: <sip:a@b>;tag=t\r\n"
                                "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nAllow: OPTIONS\r\n"
                                "Content-Length: 0\r\n\r\n");
}

static void test_via__keep_is_a_flag_in_requests_and_a_number_in_answers(void **state) {
    static const struct {
        const char *value;
        bool has, told;
        uint32_t seconds;
    } table[] = {
        {"SIP/2.0/UDP h;branch=z9hG4bK1", false, false, 0},
        {"SIP/2.0/UDP h;branch=z9hG4bK1;keep", true, false, 0},
        {"SIP/2.0/UDP h;keep=30;branch=z9hG4bK1", true, true, 30},
        {"SIP/2.0/UDP h;KEEP=0", true, true, 0},
        {"SIP/2.0/UDP h;keep=often", true, false, 0},
        {"SIP/2.0/UDP h;keep=9999999999", true, true, UINT32_MAX},
    };
    const struct hf_address from = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}};
    char text[200];
    struct writer w = writer_of(text, sizeof text);
    struct via via;

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        assert_true(via_parse(slice_from(table[i].value), &via));
        assert_int_equal(via.has_keep, table[i].has);
        assert_int_equal(via.keep_told, table[i].told);
        assert_int_equal(via.keep, table[i].seconds);
    }
    via_write_keeping(&w, SLICE("SIP/2.0/UDP 192.0.2.1;keep;branch=z9hG4bK1"), &from, 25);
    assert_slice(writer_slice(&w), "SIP/2.0/UDP 192.0.2.1;keep=25;branch=z9hG4bK1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_via__keep_is_a_flag_in_requests_and_a_number_in_answers),
        cmocka_unit_test(test_message__is_cut_into_fields_of_every_form),
        cmocka_unit_test(test_message__gives_contacts_from_several_lines),
        cmocka_unit_test(test_message__is_never_accepted_cut_short),
        cmocka_unit_test(test_message__refuses_what_is_not_sip),
        cmocka_unit_test(test_message__has_a_limit_on_header_fields),
        cmocka_unit_test(test_response__copies_what_the_rfc_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
