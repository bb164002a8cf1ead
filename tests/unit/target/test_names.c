#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/slice.h"
#include "target/names.h"

static struct names names;
static struct outbox outbox;
static struct random rng;

static int setup(void **state) {
    const uint64_t seed[4] = {13};

    (void)state;
    random_init(&rng, seed);
    names_init(&names, &rng);
    outbox_init(&outbox);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    names_release(&names);
    outbox_release(&outbox);
    return 0;
}

/* The query that is waiting to be asked; 0 when there is none. */
static hf_query_id take_query(enum hf_dns_type type) {
    struct hf_output output;
    hf_query_id query = 0;

    while (outbox_next(&outbox, &output)) {
        assert_int_equal(output.kind, HF_OUTPUT_RESOLVE);
        if (output.resolve.type == type)
            query = output.resolve.query;
    }
    return query;
}

static unsigned answer_a(hf_query_id query, uint8_t last_byte, uint32_t ttl, hf_time now) {
    const struct hf_dns_record record = {
        .type = HF_DNS_A,
        .ttl = ttl,
        .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, last_byte}}};
    const struct hf_dns_answer answer = {.records = &record, .count = 1};
    struct list_node woken;
    unsigned count = 0;

    list_init(&woken);
    assert_int_equal(names_resolved(&names, query, &answer, &woken, now), 0);
    while (list_take_first(&woken))
        count++;
    return count;
}

static void answer_bad(hf_query_id query, enum hf_dns_result result, uint32_t ttl, hf_time now) {
    const struct hf_dns_answer answer = {
        .result = result, .negative_ttl = ttl, .detail = "as the test says"};
    struct list_node woken;

    list_init(&woken);
    assert_int_equal(names_resolved(&names, query, &answer, &woken, now), 0);
    while (list_take_first(&woken))
        continue;
}

static enum names_result look_up(hf_time now, struct names_answer *answer) {
    return names_lookup(&names, SLICE("sip.example"), HF_DNS_A, NULL, &outbox, answer, now);
}

static void test_names__asks_once_however_many_wait(void **state) {
    struct list_node waiters[100];
    struct names_answer answer;

    (void)state;
    for (int i = 0; i < 100; i++) {
        list_init(&waiters[i]);
        assert_int_equal(names_lookup(&names, i % 2 ? SLICE("SIP.Example") : SLICE("sip.example"),
                                      HF_DNS_A, &waiters[i], &outbox, &answer, 0),
                         NAMES_WAITING);
    }
    hf_query_id query = take_query(HF_DNS_A);

    assert_int_equal(query, 1);
    list_remove(&waiters[7]); /* one has lost interest */
    assert_int_equal(answer_a(query, 1, 60, 0), 99);
    assert_int_equal(names_resolved(&names, query, &(struct hf_dns_answer){0}, &waiters[0], 0),
                     HF_ERROR_UNKNOWN);
}

static void test_names__keeps_an_answer_for_its_ttl(void **state) {
    struct names_answer answer;

    (void)state;
    assert_int_equal(look_up(0, &answer), NAMES_WAITING);
    answer_a(take_query(HF_DNS_A), 1, 60, 0);
    assert_int_equal(look_up(60 * HF_SECOND, &answer), NAMES_KNOWN);
    assert_int_equal(take_query(HF_DNS_A), 0);
    assert_int_equal(look_up(61 * HF_SECOND, &answer), NAMES_WAITING);
    assert_int_not_equal(take_query(HF_DNS_A), 0);
}

static void test_names__uses_ttl_zero_once(void **state) {
    struct names_answer answer;

    (void)state;
    look_up(0, &answer);
    answer_a(take_query(HF_DNS_A), 1, 0, HF_SECOND);
    assert_int_equal(look_up(HF_SECOND, &answer), NAMES_KNOWN); /* those who waited */
    assert_int_equal(look_up(HF_SECOND + 1, &answer), NAMES_WAITING);
}

static void test_names__keeps_the_last_good_answer_while_the_dns_fails(void **state) {
    static const enum hf_dns_result failures[] = {HF_DNS_FAILED, HF_DNS_UNANSWERED};
    struct names_answer answer;
    hf_time now = 0;

    (void)state;
    look_up(now, &answer);
    answer_a(take_query(HF_DNS_A), 1, 60, now);
    for (int i = 0; i < 2; i++) {
        now += 100 * HF_SECOND;
        assert_int_equal(look_up(now, &answer), NAMES_WAITING);
        answer_bad(take_query(HF_DNS_A), failures[i], 0, now);
        assert_int_equal(look_up(now, &answer), NAMES_KNOWN);
        assert_true(answer.stale && answer.records->count == 1);
    }
    now += 100 * HF_SECOND;
    look_up(now, &answer);
    answer_a(take_query(HF_DNS_A), 2, 60, now);
    assert_int_equal(look_up(now, &answer), NAMES_KNOWN);
    assert_false(answer.stale);
    assert_int_equal(answer.records->list[0].address.ip[3], 2);
}

static void test_names__believes_that_a_name_is_gone(void **state) {
    struct names_answer answer;

    (void)state;
    look_up(0, &answer);
    answer_a(take_query(HF_DNS_A), 1, 1, 0);
    look_up(2 * HF_SECOND, &answer);
    answer_bad(take_query(HF_DNS_A), HF_DNS_NO_NAME, 86400, 2 * HF_SECOND);
    assert_int_equal(look_up(3 * HF_SECOND, &answer), NAMES_EMPTY);
    assert_true(slice_equal(answer.detail, SLICE("as the test says")));
    assert_int_equal(look_up(303 * HF_SECOND, &answer), NAMES_WAITING); /* at most 300 s */
}

static void test_names__leaves_a_failing_dns_alone_for_a_while(void **state) {
    struct names_answer answer;

    (void)state;
    look_up(0, &answer);
    answer_bad(take_query(HF_DNS_A), HF_DNS_FAILED, 0, 0);
    assert_int_equal(look_up(4 * HF_SECOND, &answer), NAMES_FAILED);
    assert_int_equal(take_query(HF_DNS_A), 0);
    assert_int_equal(look_up(6 * HF_SECOND, &answer), NAMES_WAITING);
}

static void test_names__copies_srv_and_naptr_texts(void **state) {
    char target[] = "a.example", flags[] = "s", service[] = "SIP+D2U";
    const struct hf_dns_record records[] = {
        {.type = HF_DNS_NAPTR,
         .ttl = 9,
         .naptr = {.order = 1,
                   .flags = {flags, 1},
                   .service = {service, 7},
                   .replacement = {target, 9}}},
        {.type = HF_DNS_A, .ttl = 1}, /* of another type: ignored, its TTL too */
    };
    const struct hf_dns_answer answer = {.records = records, .count = 2};
    struct names_answer got;
    struct list_node woken;

    (void)state;
    list_init(&woken);
    names_lookup(&names, SLICE("x"), HF_DNS_NAPTR, NULL, &outbox, &got, 0);
    assert_int_equal(names_resolved(&names, take_query(HF_DNS_NAPTR), &answer, &woken, 0), 0);
    memset(target, 'z', 9);
    memset(service, 'z', 7);
    assert_int_equal(
        names_lookup(&names, SLICE("x"), HF_DNS_NAPTR, NULL, &outbox, &got, 9 * HF_SECOND),
        NAMES_KNOWN);
    assert_int_equal(got.records->count, 1);
    assert_true(slice_equal(got.records->list[0].naptr.replacement, SLICE("a.example")));
    assert_true(slice_equal(got.records->list[0].naptr.service, SLICE("SIP+D2U")));
}

/* The best of the records of one name are kept, wherever in the answer they stand. */
static void test_names__keeps_the_best_of_thousands_of_records(void **state) {
    enum { MANY = 4000 };
    static struct hf_dns_record records[2 * MANY];
    const struct hf_dns_answer answer = {.records = records, .count = 2 * MANY};
    struct names_answer got;
    struct list_node woken;

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        records[i] = (struct hf_dns_record){.type = HF_DNS_SRV,
                                            .ttl = i < MANY - 1 ? 1 : 60,
                                            .srv = {.priority = (uint16_t)(MANY - i),
                                                    .weight = 65535,
                                                    .target = SLICE("a.example")}};
        records[MANY + i] = (struct hf_dns_record){
            .type = HF_DNS_NAPTR,
            .ttl = 60,
            .naptr = {.order = (uint16_t)(i % 100),
                      .preference = (uint16_t)(i / 100),
                      .flags = SLICE("s"),
                      .service = i == 3999 ? SLICE("SIP+D2U") : SLICE("E2U+sip"),
                      .replacement = SLICE("b.example")}};
    }
    records[0].srv.priority = 0;
    records[0].srv.target = SLICE("."); /* says nothing among others */
    records[0].ttl = 1;
    list_init(&woken);
    names_lookup(&names, SLICE("x"), HF_DNS_SRV, NULL, &outbox, &got, 0);
    assert_int_equal(names_resolved(&names, take_query(HF_DNS_SRV), &answer, &woken, 0), 0);
    assert_int_equal(names_lookup(&names, SLICE("x"), HF_DNS_SRV, NULL, &outbox, &got, 0),
                     NAMES_KNOWN);
    assert_int_equal(got.records->count, LIMIT_ADDRESSES);
    for (unsigned i = 0; i < LIMIT_ADDRESSES; i++)
        assert_int_equal(got.records->list[i].srv.priority, i + 1);
    names_lookup(&names, SLICE("x"), HF_DNS_NAPTR, NULL, &outbox, &got, 0);
    assert_int_equal(names_resolved(&names, take_query(HF_DNS_NAPTR), &answer, &woken, 0), 0);
    assert_int_equal(names_lookup(&names, SLICE("x"), HF_DNS_NAPTR, NULL, &outbox, &got, 0),
                     NAMES_KNOWN);
    assert_int_equal(got.records->count, LIMIT_ADDRESSES);
    assert_true(slice_equal(got.records->list[0].naptr.service, SLICE("SIP+D2U")));
}

/* Addresses are kept in the order in which the DNS gave them. */
static void test_names__keeps_the_first_of_many_addresses(void **state) {
    struct hf_dns_record records[100];
    const struct hf_dns_answer answer = {.records = records, .count = 100};
    struct names_answer got;
    struct list_node woken;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        records[i] = (struct hf_dns_record){
            .type = HF_DNS_A,
            .ttl = 60,
            .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, (uint8_t)i}}};
    list_init(&woken);
    look_up(0, &got);
    assert_int_equal(names_resolved(&names, take_query(HF_DNS_A), &answer, &woken, 0), 0);
    assert_int_equal(look_up(0, &got), NAMES_KNOWN);
    assert_int_equal(got.records->count, LIMIT_ADDRESSES);
    for (unsigned i = 0; i < LIMIT_ADDRESSES; i++)
        assert_int_equal(got.records->list[i].address.ip[3], i);
}

/* A good answer without a record of the type that was asked for is a failure, not a "no". */
static void test_names__an_answer_of_another_type_changes_nothing(void **state) {
    const struct hf_dns_record lie = {
        .type = HF_DNS_SRV, .ttl = 60, .srv = {.target = SLICE("liar.example")}};
    const struct hf_dns_answer answer = {.records = &lie, .count = 1};
    struct names_answer got;
    struct list_node woken;

    (void)state;
    look_up(0, &got);
    answer_a(take_query(HF_DNS_A), 1, 1, 0);
    list_init(&woken);
    assert_int_equal(look_up(2 * HF_SECOND, &got), NAMES_WAITING);
    assert_int_equal(names_resolved(&names, take_query(HF_DNS_A), &answer, &woken, 2 * HF_SECOND),
                     0);
    assert_int_equal(look_up(2 * HF_SECOND, &got), NAMES_KNOWN);
    assert_true(got.stale);
    assert_int_equal(got.records->list[0].address.ip[3], 1);
}

static void test_names__bounds_what_it_asks_for(void **state) {
    char text[LIMIT_NAME_BYTES + 1];
    struct names_answer got;

    (void)state;
    memset(text, 'a', sizeof text);
    assert_int_equal(names_lookup(&names, slice_of(text, LIMIT_NAME_BYTES + 1), HF_DNS_A, NULL,
                                  &outbox, &got, 0),
                     NAMES_FAILED);
    assert_int_equal(names_lookup(&names, SLICE_NONE, HF_DNS_A, NULL, &outbox, &got, 0),
                     NAMES_FAILED);
    assert_int_equal(take_query(HF_DNS_A), 0);
    assert_int_equal(
        names_lookup(&names, slice_of(text, LIMIT_NAME_BYTES), HF_DNS_A, NULL, &outbox, &got, 0),
        NAMES_WAITING);
    answer_a(take_query(HF_DNS_A), 7, 60, 0);
    assert_int_equal(
        names_lookup(&names, slice_of(text, LIMIT_NAME_BYTES), HF_DNS_A, NULL, &outbox, &got, 0),
        NAMES_KNOWN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_names__asks_once_however_many_wait),
        TEST(test_names__keeps_an_answer_for_its_ttl),
        TEST(test_names__uses_ttl_zero_once),
        TEST(test_names__keeps_the_last_good_answer_while_the_dns_fails),
        TEST(test_names__believes_that_a_name_is_gone),
        TEST(test_names__leaves_a_failing_dns_alone_for_a_while),
        TEST(test_names__copies_srv_and_naptr_texts),
        TEST(test_names__keeps_the_best_of_thousands_of_records),
        TEST(test_names__keeps_the_first_of_many_addresses),
        TEST(test_names__an_answer_of_another_type_changes_nothing),
        TEST(test_names__bounds_what_it_asks_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
