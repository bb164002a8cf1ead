#include "target/static_records.h"

#include "../cmocka_all.h"
#include "base/limits.h"
#include "base/slice.h"

/* Addresses at even places, an SRV record at the odd ones; every third place is empty. */
static bool read(const void *table, enum hf_dns_type type, unsigned n, struct static_record *ret) {
    const unsigned *count = table;

    *ret = (struct static_record){0};
    if (n >= *count)
        return false;
    if (n % 3 == 2)
        return true;
    ret->name = SLICE("Host.Example.");
    ret->record = (struct hf_dns_record){.type = n % 2 ? HF_DNS_SRV : HF_DNS_A, .ttl = 10 + n};
    if (n % 2 == 0)
        ret->record.address =
            (struct hf_address){.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, (uint8_t)n}};
    (void)type;
    return true;
}

static void test_static_records__are_those_of_the_name_and_type(void **state) {
    const unsigned count = 7;
    const struct static_records records = {STATIC_BACKUP, read, &count};
    struct name_records *found =
        static_records_find(&records, SLICE("host.example"), HF_DNS_A, HF_SECOND);

    (void)state;
    assert_non_null(found);
    assert_int_equal(found->count, 3); /* 0, 4 and 6 */
    assert_int_equal(found->list[2].address.ip[3], 6);
    assert_int_equal(found->expires_at, 11 * HF_SECOND); /* the shortest counts */
    name_records_let_go(found);
    assert_null(static_records_find(&records, SLICE("host.example"), HF_DNS_AAAA, 0));
    assert_null(static_records_find(&records, SLICE("host"), HF_DNS_A, 0));
    assert_null(static_records_find(&records, SLICE_NONE, HF_DNS_A, 0));
}

static void test_static_records__of_a_table_without_end_are_bounded(void **state) {
    const unsigned count = 100000;
    const struct static_records records = {STATIC_PREFERRED, read, &count};
    struct name_records *found = static_records_find(&records, SLICE("host.example"), HF_DNS_A, 0);

    (void)state;
    assert_non_null(found);
    assert_int_equal(found->count, LIMIT_STATIC_RECORDS);
    name_records_let_go(found);
}

static void test_static_records__lead_to_their_addresses(void **state) {
    const unsigned count = 7;
    struct static_records records = {STATIC_BACKUP, read, &count};
    struct hf_address address = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 4}};

    (void)state;
    assert_true(static_records_lead_to(&records, &address));
    address.ip[3] = 2; /* an empty place */
    assert_false(static_records_lead_to(&records, &address));
    address.ip[3] = 4;
    records.use = STATIC_OFF;
    assert_false(static_records_lead_to(&records, &address));
    assert_null(static_records_find(&records, SLICE("host.example"), HF_DNS_A, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_static_records__are_those_of_the_name_and_type),
        cmocka_unit_test(test_static_records__of_a_table_without_end_are_bounded),
        cmocka_unit_test(test_static_records__lead_to_their_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
