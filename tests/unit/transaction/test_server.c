#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "transaction/server.h"

enum { COUNT_MAX = 8 };

static struct timer_wheel wheel;
static struct server_transactions table;
static struct outbox outbox;
static hf_time now;
static const struct hf_address peer = {
    .family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}};

static int setup(void **state) {
    const uint64_t seed[4] = {5};
    struct random random;

    (void)state;
    now = HF_SECOND;
    random_init(&random, seed);
    timer_wheel_init(&wheel, now);
    server_transactions_init(&table, &wheel, 2, COUNT_MAX, &random);
    outbox_init(&outbox);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    server_transactions_release(&table);
    outbox_release(&outbox);
    return 0;
}

static enum server_receipt receive(const char *method, const char *branch, const char *rest,
                                   uint64_t *transaction) {
    static struct sip_message request;
    static char text[512];

    snprintf(text, sizeof text,
             "%s sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=%s\r\nCSeq: 1 %s\r\n%s\r\n", method,
             branch, method, rest);
    assert_int_equal(sip_message_parse(&request, slice_from(text)), SIP_PARSED);
    enum server_receipt receipt =
        server_transactions_receive(&table, &request, 3, &peer, false, &outbox, transaction, now);

    server_transactions_check(&table);
    return receipt;
}

static unsigned take_sends(void) {
    struct hf_output output;
    unsigned count = 0;

    while (outbox_next(&outbox, &output)) {
        assert_true(slice_equal(output.send.bytes, SLICE("ANSWER")));
        count++;
    }
    return count;
}

static void expire_until(hf_time at) {
    now = at;
    for (struct timer *t; (t = timer_wheel_next_due(&wheel, now)) != NULL;)
        server_transactions_expire(&table, t, now);
    server_transactions_check(&table);
}

static void test_server__answers_a_copy_with_the_same_answer(void **state) {
    uint64_t t, other;

    (void)state;
    assert_int_equal(receive("OPTIONS", "z9hG4bK1", "", &t), SERVER_NEW);
    assert_int_equal(receive("OPTIONS", "z9hG4bK1", "", &other), SERVER_RETRANSMITTED);
    assert_int_equal(take_sends(), 0); /* there is no answer yet */
    server_transaction_respond(&table, t, 200, SLICE("ANSWER"), &outbox, now);
    assert_int_equal(receive("OPTIONS", "z9hG4bK1", "", &other), SERVER_RETRANSMITTED);
    assert_int_equal(take_sends(), 2);
    server_transaction_respond(&table, t, 500, SLICE("OTHER"), &outbox, now); /* too late */
    assert_int_equal(take_sends(), 0);
    assert_int_equal(receive("MESSAGE", "z9hG4bK1", "", &other), SERVER_NEW);
}

static void test_server__forgets_after_timer_j(void **state) {
    uint64_t t;

    (void)state;
    assert_int_equal(receive("OPTIONS", "z9hG4bK1", "", &t), SERVER_NEW);
    server_transaction_respond(&table, t, 200, SLICE("ANSWER"), &outbox, now);
    expire_until(now + 31 * HF_SECOND);
    assert_int_equal(receive("OPTIONS", "z9hG4bK1", "", &t), SERVER_RETRANSMITTED);
    expire_until(now + 2 * HF_SECOND);
    assert_int_equal(receive("OPTIONS", "z9hG4bK1", "", &t), SERVER_NEW);
}

static void test_server__never_sends_a_408(void **state) {
    uint64_t t;

    (void)state;
    assert_int_equal(receive("OPTIONS", "z9hG4bK1", "", &t), SERVER_NEW);
    server_transaction_respond(&table, t, 408, SLICE("ANSWER"), &outbox, now);
    assert_int_equal(take_sends(), 0);
    assert_int_equal(table.slab.count, 0);
}

static void test_server__tells_old_requests_apart_by_their_headers(void **state) {
    uint64_t t;

    (void)state;
    assert_int_equal(receive("OPTIONS", "1", "Call-ID: a\r\n", &t), SERVER_NEW);
    assert_int_equal(receive("OPTIONS", "1", "Call-ID: b\r\n", &t), SERVER_NEW);
    assert_int_equal(receive("OPTIONS", "1", "Call-ID: a\r\n", &t), SERVER_RETRANSMITTED);
}

static void test_server__stays_bounded_under_a_flood(void **state) {
    uint64_t t;
    char branch[32];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(branch, sizeof branch, "z9hG4bK%d", i);
        assert_int_equal(receive("OPTIONS", branch, "", &t), SERVER_NEW);
        server_transaction_respond(&table, t, 200, SLICE("ANSWER"), &outbox, now);
        assert_true(table.slab.count <= COUNT_MAX);
        take_sends();
    }
    assert_int_equal(receive("OPTIONS", branch, "", &t), SERVER_RETRANSMITTED);
    for (int i = 0; i < COUNT_MAX; i++) { /* none of these is answered */
        snprintf(branch, sizeof branch, "z9hG4bKu%d", i);
        assert_int_equal(receive("OPTIONS", branch, "", &t), SERVER_NEW);
    }
    assert_int_equal(receive("OPTIONS", "z9hG4bKlast", "", &t), SERVER_REFUSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_server__answers_a_copy_with_the_same_answer),
        TEST(test_server__forgets_after_timer_j),
        TEST(test_server__never_sends_a_408),
        TEST(test_server__tells_old_requests_apart_by_their_headers),
        TEST(test_server__stays_bounded_under_a_flood),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
