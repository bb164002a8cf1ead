#include "target/srv.h"

#include "../cmocka_all.h"
#include "base/slice.h"
#include "target/naptr.h"

static struct hf_dns_record srv(uint16_t priority, uint16_t weight, const char *target) {
    return (struct hf_dns_record){
        .type = HF_DNS_SRV,
        .srv = {
            .priority = priority, .weight = weight, .port = 5060, .target = slice_from(target)}};
}

static struct random seeded(uint64_t seed) {
    const uint64_t key[4] = {seed, 1, 2, 3};
    struct random random;

    random_init(&random, key);
    return random;
}

static void test_srv__low_priorities_come_first_and_levels_count_them(void **state) {
    (void)state;
    const struct hf_dns_record records[] = {srv(30, 0, "c"), srv(10, 5, "a"), srv(20, 0, "b"),
                                            srv(10, 5, "a2")};
    struct random random = seeded(1);
    struct srv_order order;

    srv_order(records, 4, &random, &order);
    assert_int_equal(order.count, 4);
    assert_int_equal(order.level[0], 0);
    assert_int_equal(order.level[1], 0);
    assert_int_equal(order.level[2], 1);
    assert_int_equal(order.level[3], 2);
    assert_int_equal(order.index[2], 2);
    assert_int_equal(order.index[3], 0);
}

/* Two of weight 60 and 20 and one of 10: the first place goes to each as its weight says. */
static void test_srv__the_first_place_is_given_by_weight(void **state) {
    (void)state;
    const struct hf_dns_record records[] = {srv(1, 60, "a"), srv(1, 20, "b"), srv(1, 10, "c")};
    struct random random = seeded(2);
    struct srv_order order;
    unsigned first[3] = {0}, runs = 90000;

    for (unsigned i = 0; i < runs; i++) {
        srv_order(records, 3, &random, &order);
        first[order.index[0]]++;
        assert_int_equal(order.index[0] + order.index[1] + order.index[2], 3);
    }
    assert_in_range(first[0], 58500, 61500);
    assert_in_range(first[1], 19000, 21000);
    assert_in_range(first[2], 9000, 11000);
}

static void test_srv__weight_zero_has_a_small_chance_beside_others(void **state) {
    (void)state;
    const struct hf_dns_record records[] = {srv(1, 99, "a"), srv(1, 0, "b")};
    struct random random = seeded(3);
    struct srv_order order;
    unsigned zero_first = 0;

    for (unsigned i = 0; i < 10000; i++) {
        srv_order(records, 2, &random, &order);
        zero_first += order.index[0] == 1;
    }
    assert_in_range(zero_first, 50, 200); /* 1 in 100 */
}

static void test_srv__a_root_target_means_no_service(void **state) {
    (void)state;
    const struct hf_dns_record records[] = {srv(0, 0, ".")};
    struct random random = seeded(4);
    struct srv_order order;

    srv_order(records, 1, &random, &order);
    assert_int_equal(order.count, 0);
}

static struct hf_dns_record naptr(uint16_t ord, uint16_t preference, const char *flags,
                                  const char *service, const char *replacement) {
    return (struct hf_dns_record){.type = HF_DNS_NAPTR,
                                  .naptr = {.order = ord,
                                            .preference = preference,
                                            .flags = slice_from(flags),
                                            .service = slice_from(service),
                                            .replacement = slice_from(replacement)}};
}

enum { ANY = 1 << HF_TRANSPORT_UDP | 1 << HF_TRANSPORT_TCP | 1 << HF_TRANSPORT_TLS };

static void test_naptr__order_counts_before_preference(void **state) {
    (void)state;
    const struct hf_dns_record records[] = {
        naptr(20, 1, "s", "SIP+D2U", "udp"), naptr(10, 50, "S", "sip+d2t", "tcp"),
        naptr(10, 20, "s", "SIPS+D2T", "tls"), naptr(5, 5, "u", "E2U+sip", "enum")};
    struct naptr_step steps[LIMIT_ADDRESSES];

    assert_int_equal(naptr_order(records, 4, ANY, steps), 3);
    assert_true(slice_equal(steps[0].name, SLICE("tls")));
    assert_int_equal(steps[0].transport, HF_TRANSPORT_TLS);
    assert_true(slice_equal(steps[1].name, SLICE("tcp")));
    assert_true(slice_equal(steps[2].name, SLICE("udp")));
}

static void test_naptr__only_what_is_permitted_and_leads_somewhere(void **state) {
    (void)state;
    const struct hf_dns_record records[] = {
        naptr(1, 1, "s", "SIP+D2T", "tcp"), naptr(2, 1, "u", "SIP+D2U", "x"),
        naptr(3, 1, "s", "SIP+D2U", "."), naptr(4, 1, "a", "SIP+D2U", "host"),
        naptr(5, 1, "", "SIP+D2U", "elsewhere")};
    struct naptr_step steps[LIMIT_ADDRESSES];

    assert_int_equal(naptr_order(records, 5, 1 << HF_TRANSPORT_UDP, steps), 2);
    assert_int_equal(steps[0].next, NAPTR_TO_ADDRESSES);
    assert_int_equal(steps[1].next, NAPTR_TO_NAPTR);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_srv__low_priorities_come_first_and_levels_count_them),
        cmocka_unit_test(test_srv__the_first_place_is_given_by_weight),
        cmocka_unit_test(test_srv__weight_zero_has_a_small_chance_beside_others),
        cmocka_unit_test(test_srv__a_root_target_means_no_service),
        cmocka_unit_test(test_naptr__order_counts_before_preference),
        cmocka_unit_test(test_naptr__only_what_is_permitted_and_leads_somewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
