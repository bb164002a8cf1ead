#include "../cmocka_all.h"

#include <string.h>

#include "sip/uri.h"

#define assert_slice(slice, text) assert_true(slice_equal(slice, slice_from(text)))

static bool parses(const char *text) {
    struct sip_uri uri;

    return uri_parse(slice_from(text), &uri);
}

static bool equal(const char *a, const char *b) {
    struct sip_uri x, y;

    assert_true(uri_parse(slice_from(a), &x));
    assert_true(uri_parse(slice_from(b), &y));
    assert_true(uri_equal(&x, &y) == uri_equal(&y, &x));
    return uri_equal(&x, &y);
}

static void test_uri__is_cut_into_its_parts(void **state) {
    struct sip_uri uri;
    struct hf_slice value;

    (void)state;
    assert_true(uri_parse(
        SLICE("sips:al%69ce;day=t:pw@[2001:db8::1]:5071;transport=TCP;lr?subject=a&to=b"), &uri));
    assert_int_equal(uri.scheme, URI_SIPS);
    assert_slice(uri.user, "al%69ce;day=t");
    assert_slice(uri.password, "pw");
    assert_slice(uri.host, "[2001:db8::1]");
    assert_int_equal(uri.port, 5071);
    assert_slice(uri.headers, "subject=a&to=b");
    assert_true(uri_parameter(&uri, SLICE("transport"), &value));
    assert_slice(value, "TCP");
    assert_true(uri_parameter(&uri, SLICE("LR"), &value));
    assert_false(uri_parameter(&uri, SLICE("l"), &value));
    assert_true(uri_parse(SLICE("tel:+1-201-555-0123;phone-context=example.com"), &uri));
    assert_int_equal(uri.scheme, URI_TEL);
}

static void test_uri__refuses_what_is_none(void **state) {
    (void)state;
    assert_false(parses(""));
    assert_false(parses("sip:"));
    assert_false(parses("sip:@host"));
    assert_false(parses("sip:a@"));
    assert_false(parses("sip:a@b:0"));
    assert_false(parses("sip:a@b:65536"));
    assert_false(parses("sip:a@[::1"));
    assert_false(parses("sip:a@[zz]"));
    assert_false(parses("sip:a%4@b"));
    assert_false(parses("sip:a b@c"));
    assert_false(parses("sip:a@b;=c"));
    assert_false(parses("sip:a@b?"));
    assert_false(parses("alice@example.com"));
    assert_false(parses("1sip:a@b"));
    assert_true(parses("sip:b"));
    assert_true(parses("mailto:x@y"));
}

/* The examples of RFC 3261 section 19.1.4. */
static void test_uri__is_compared_as_the_rfc_says(void **state) {
    (void)state;
    assert_true(
        equal("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
    assert_true(equal("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
    assert_true(equal("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"));
    assert_true(equal("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"));
    assert_true(equal("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                      "sip:alice@atlanta.com?priority=urgent&subject=project%20x"));
    assert_false(
        equal("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
    assert_false(equal("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
    assert_false(equal("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
    assert_false(equal("sip:bob@biloxi.com:6000;transport=tcp", "sip:bob@biloxi.com"));
    assert_false(equal("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
    assert_false(equal("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
    assert_false(equal("sip:a@b", "sips:a@b"));
    assert_false(equal("sip:b", "sip:a@b"));
}

static void test_uri__escapes_users(void **state) {
    char buffer[64];
    struct writer w = writer_of(buffer, sizeof buffer);

    (void)state;
    write_escaped_user(&w, SLICE("a b@\"c\"#1\xc3\xa9"));
    assert_true(writer_terminate(&w));
    assert_string_equal(buffer, "a%20b%40%22c%22%231%C3%A9");
    w = writer_of(buffer, sizeof buffer);
    write_unescaped(&w, SLICE("a%20b%4"));
    assert_true(writer_terminate(&w));
    assert_string_equal(buffer, "a b%4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uri__is_cut_into_its_parts),
        cmocka_unit_test(test_uri__refuses_what_is_none),
        cmocka_unit_test(test_uri__is_compared_as_the_rfc_says),
        cmocka_unit_test(test_uri__escapes_users),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
