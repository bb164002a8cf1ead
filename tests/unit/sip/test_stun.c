/* STUN as RFC 5769 has it in its test vectors, and as it should not be. */
#include "../cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "sip/stun.h"

/* RFC 5769 section 2.2: 192.0.2.1 port 32853, without the attributes that protect it. */
static const char ipv4[] =
    "\x01\x01\x00\x1c\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87"
    "\xdf\xae\x80\x22\x00\x0b\x74\x65\x73\x74\x20\x76\x65\x63\x74\x6f\x72\x20"
    "\x00\x20\x00\x08\x00\x01\xa1\x47\xe1\x12\xa6\x43";
/* Section 2.3: 2001:db8:1234:5678:11:2233:4455:6677 port 32853. */
static const char ipv6[] =
    "\x01\x01\x00\x18\x21\x12\xa4\x42\xb7\xe7\xa7\x01\xbc\x34\xd6\x86\xfa\x87"
    "\xdf\xae\x00\x20\x00\x14\x00\x02\xa1\x47\x01\x13\xa9\xfa\xa5\xd3\xf1\x79"
    "\xbc\x25\xf4\xb5\xbe\xd2\xb9\xd9";

#define PACKET(text) slice_of(text, sizeof text - 1)

static void id_of(struct hf_slice packet, uint64_t id[2]) {
    id[1] = 0;
    memcpy(&id[0], packet.ptr + 8, 8);
    memcpy(&id[1], packet.ptr + 16, 4);
}

static void expect_address(struct hf_slice packet, const char *text) {
    struct hf_address address, wanted;
    uint64_t id[2];

    id_of(packet, id);
    assert_true(stun_response_read(packet, id, &address));
    assert_true(address_parse(slice_from(text), &wanted));
    wanted.port = 32853;
    assert_true(address_equal(&address, &wanted));
}

static void test_response__gives_the_address_of_the_vectors(void **state) {
    (void)state;
    expect_address(PACKET(ipv4), "192.0.2.1");
    expect_address(PACKET(ipv6), "2001:db8:1234:5678:11:2233:4455:6677");
}

static void test_response__of_another_transaction_is_none(void **state) {
    struct hf_address address;
    uint64_t id[2];

    (void)state;
    id_of(PACKET(ipv4), id);
    id[1] ^= 1;
    assert_false(stun_response_read(PACKET(ipv4), id, &address));
}

/* Every prefix, and every byte changed to each of some values: nothing is read beyond the end. */
static void test_response__cut_or_spoilt_harms_nobody(void **state) {
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
    struct hf_address address;
    uint64_t id[2];

    (void)state;
    id_of(PACKET(ipv4), id);
    for (size_t len = 0; len < sizeof ipv4 - 1; len++) {
        char *copy = malloc(len + 1);

        memcpy(copy, ipv4, len);
        assert_false(stun_response_read(slice_of(copy, len), id, &address));
        free(copy);
    }
    for (size_t at = 0; at < sizeof ipv4 - 1; at++) {
        for (size_t v = 0; v < sizeof values; v++) {
            char copy[sizeof ipv4];

            memcpy(copy, ipv4, sizeof ipv4);
            copy[at] = (char)values[v];
            (void)stun_response_read(slice_of(copy, sizeof ipv4 - 1), id, &address);
        }
    }
}

static void test_request__is_told_from_sip_and_has_no_attributes(void **state) {
    const uint64_t id[2] = {0x0102030405060708, 0x090a0b0c};
    char request[STUN_REQUEST_BYTES];

    (void)state;
    stun_request_write(request, id);
    assert_true(stun_is_it(slice_of(request, sizeof request)));
    assert_memory_equal(request, "\x00\x01\x00\x00\x21\x12\xa4\x42", 8);
    assert_memory_equal(request + 8, &id[0], 8);
    assert_memory_equal(request + 16, &id[1], 4);
    assert_false(stun_is_it(SLICE("OPTIONS sip:a@b SIP/2.0\r\n")));
    assert_false(stun_is_it(SLICE("")));
}

static void expect_own_answer(const char *text) {
    const uint64_t id[2] = {0x0102030405060708, 0x090a0b0c};
    char request[STUN_REQUEST_BYTES], answer[STUN_RESPONSE_MAX];
    struct hf_address from, told;

    assert_true(address_parse(slice_from(text), &from));
    from.port = 20001;
    stun_request_write(request, id);
    assert_true(stun_response_read(stun_answer(slice_of(request, sizeof request), &from, answer),
                                   id, &told));
    assert_true(address_equal(&from, &told));
}

static void test_answer__tells_where_the_request_came_from(void **state) {
    const struct hf_address from = {.family = HF_FAMILY_IPV4, .port = 1};
    char answer[STUN_RESPONSE_MAX];

    (void)state;
    expect_own_answer("203.0.113.1");
    expect_own_answer("2001:db8::1");
    assert_int_equal(stun_answer(PACKET(ipv4), &from, answer).len, 0); /* itself an answer */
    assert_int_equal(stun_answer(SLICE("\r\n\r\n"), &from, answer).len, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_response__gives_the_address_of_the_vectors),
        cmocka_unit_test(test_response__of_another_transaction_is_none),
        cmocka_unit_test(test_response__cut_or_spoilt_harms_nobody),
        cmocka_unit_test(test_answer__tells_where_the_request_came_from),
        cmocka_unit_test(test_request__is_told_from_sip_and_has_no_attributes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
