#include "../cmocka_all.h"

#include <string.h>

#include "net/rdata.h"

static struct rdata_texts texts;
static struct hf_dns_record record;

#define BYTES(literal) slice_of(literal, sizeof(literal) - 1)
#define assert_slice(slice, text) assert_true(slice_equal(slice, slice_from(text)))

static void test_rdata__reads_addresses_of_the_right_length_only(void **state) {
    (void)state;
    assert_true(rdata_parse(HF_DNS_A, BYTES("\x7f\x00\x00\x01"), &texts, &record));
    assert_int_equal(record.address.family, HF_FAMILY_IPV4);
    assert_int_equal(record.address.ip[0], 127);
    assert_false(rdata_parse(HF_DNS_A, BYTES("\x7f\x00\x00"), &texts, &record));
    assert_false(rdata_parse(HF_DNS_A, BYTES("\x7f\x00\x00\x01\x02"), &texts, &record));
    assert_false(rdata_parse(HF_DNS_AAAA, BYTES("\x7f\x00\x00\x01"), &texts, &record));
}

static void test_rdata__reads_srv(void **state) {
    const struct hf_slice good = BYTES("\x00\x0a\x00\x14\x13\xc4\x03sip\x07"
                                       "example\x00");

    (void)state;
    assert_true(rdata_parse(HF_DNS_SRV, good, &texts, &record));
    assert_int_equal(record.srv.priority, 10);
    assert_int_equal(record.srv.weight, 20);
    assert_int_equal(record.srv.port, 5060);
    assert_slice(record.srv.target, "sip.example");
    for (size_t len = 0; len < good.len; len++)
        assert_false(rdata_parse(HF_DNS_SRV, slice_of(good.ptr, len), &texts, &record));
    /* a compression pointer, a label with a blank, bytes after the name */
    assert_false(rdata_parse(HF_DNS_SRV, BYTES("\0\0\0\0\0\1\xc0\x0c"), &texts, &record));
    assert_false(rdata_parse(HF_DNS_SRV, BYTES("\0\0\0\0\0\1\x02 a\0"), &texts, &record));
    assert_false(rdata_parse(HF_DNS_SRV,
                             BYTES("\0\0\0\0\0\1\x01"
                                   "a\0z"),
                             &texts, &record));
}

static void test_rdata__reads_naptr(void **state) {
    const struct hf_slice good = BYTES("\x00\x01\x00\x02\x01s\x07SIP+D2U\x00\x04_sip\x04_udp\x01"
                                       "x\x00");

    (void)state;
    assert_true(rdata_parse(HF_DNS_NAPTR, good, &texts, &record));
    assert_int_equal(record.naptr.order, 1);
    assert_int_equal(record.naptr.preference, 2);
    assert_slice(record.naptr.flags, "s");
    assert_slice(record.naptr.service, "SIP+D2U");
    assert_slice(record.naptr.replacement, "_sip._udp.x");
    for (size_t len = 0; len < good.len; len++)
        assert_false(rdata_parse(HF_DNS_NAPTR, slice_of(good.ptr, len), &texts, &record));
}

static void test_rdata__bounds_names(void **state) {
    char bytes[6 + 6 * 64];

    (void)state;
    memset(bytes, 'a', sizeof bytes);
    for (size_t i = 6; i < sizeof bytes; i += 64)
        bytes[i] = 63;
    assert_false(rdata_parse(HF_DNS_SRV, slice_of(bytes, sizeof bytes), &texts, &record));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rdata__reads_addresses_of_the_right_length_only),
        cmocka_unit_test(test_rdata__reads_srv),
        cmocka_unit_test(test_rdata__reads_naptr),
        cmocka_unit_test(test_rdata__bounds_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
