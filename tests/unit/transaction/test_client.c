#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "transaction/client.h"

/* One table and what is around it, in virtual time. */
struct bench {
    struct timer_wheel wheel;
    struct random random;
    struct client_transactions table;
    struct outbox outbox;
    struct list_node path;
    hf_time now;
    char branch[BRANCH_TEXT_MAX];
};

static struct bench b;

static int setup(void **state) {
    const uint64_t seed[4] = {3};

    (void)state;
    b.now = 5 * HF_SECOND;
    timer_wheel_init(&b.wheel, b.now);
    random_init(&b.random, seed);
    client_transactions_init(&b.table, &b.wheel, 9, &b.random);
    outbox_init(&b.outbox);
    list_init(&b.path);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    client_transactions_release(&b.table);
    outbox_release(&b.outbox);
    assert_int_equal(b.wheel.count, 0);
    return 0;
}

static uint64_t start(unsigned resends_max, bool reliable) {
    const struct client_params params = {
        .owner = 77,
        .owner_kind = 1,
        .method = SIP_METHOD_REGISTER,
        .cseq = 12,
        .path = 4,
        .path_transactions = &b.path,
        .reliable = reliable,
        .timing = {.t1 = 500 * HF_MILLISECOND,
                   .t2 = 4 * HF_SECOND,
                   .t4 = 5 * HF_SECOND,
                   .timer_f = 32 * HF_SECOND,
                   .resends_max = resends_max},
    };
    uint64_t transaction = client_transaction_new(&b.table, &params, b.branch);

    assert_true(transaction != 0);
    assert_int_equal(
        client_transaction_send(&b.table, transaction, SLICE("REQUEST"), &b.outbox, b.now), 0);
    return transaction;
}

static unsigned take_sends(void) {
    struct hf_output output;
    unsigned count = 0;

    while (outbox_next(&b.outbox, &output)) {
        assert_int_equal(output.kind, HF_OUTPUT_SEND);
        assert_true(slice_equal(output.send.bytes, SLICE("REQUEST")));
        count++;
    }
    return count;
}

/* Turns the clock on until a timer fires; true when it brought an outcome. */
static bool step(struct client_outcome *outcome) {
    bool fired = false, ended = false;

    while (!fired) {
        b.now = timer_wheel_deadline(&b.wheel);
        assert_true(b.now != HF_NEVER);
        for (struct timer *t; (t = timer_wheel_next_due(&b.wheel, b.now)) != NULL; fired = true) {
            assert_int_equal(t->kind, 9);
            if (client_transactions_expire(&b.table, t, &b.outbox, outcome, b.now))
                ended |= outcome->kind == CLIENT_TIMEOUT;
        }
    }
    client_transactions_check(&b.table);
    return ended;
}

/* At which milliseconds it sends, and when it gives up. */
static void assert_schedule(unsigned resends_max, bool reliable, const unsigned *sends_ms,
                            size_t count, unsigned end_ms) {
    struct client_outcome outcome;
    hf_time begin = b.now;
    size_t seen = 1;

    start(resends_max, reliable);
    assert_int_equal(take_sends(), 1);
    while (!step(&outcome)) {
        unsigned sent = take_sends();

        if (sent == 0)
            continue;
        assert_true(seen < count);
        assert_int_equal((b.now - begin) / HF_MILLISECOND, sends_ms[seen]);
        seen += sent;
    }
    assert_int_equal(seen, count);
    assert_int_equal(outcome.kind, CLIENT_TIMEOUT);
    assert_int_equal(outcome.owner, 77);
    assert_int_equal((b.now - begin) / HF_MILLISECOND, end_ms);
    assert_true(list_is_empty(&b.path));
}

static void test_client__retransmits_as_table_4_says(void **state) {
    static const unsigned ms[] = {0,     500,   1500,  3500,  7500, 11500,
                                  15500, 19500, 23500, 27500, 31500};

    (void)state;
    assert_schedule(RESENDS_NO_LIMIT, false, ms, 11, 32000);
}

static void test_client__gives_up_after_the_configured_resends(void **state) {
    static const unsigned ms[] = {0,     500,   1500,  3500,  7500, 11500,
                                  15500, 19500, 23500, 27500, 31500};
    static const unsigned end[] = {500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500};

    (void)state;
    for (unsigned resends = 0; resends < 10; resends++)
        assert_schedule(resends, false, ms, resends + 1, end[resends]);
    assert_schedule(20, false, ms, 11, 32000); /* Timer F comes first */
}

static void test_client__sends_once_over_a_reliable_path(void **state) {
    static const unsigned ms[] = {0};

    (void)state;
    assert_schedule(3, true, ms, 1, 32000);
}

static struct sip_message response;

static void parse_response(unsigned status, const char *branch, const char *cseq) {
    static char text[512];

    snprintf(text, sizeof text, "SIP/2.0 %u X\r\nVia: SIP/2.0/UDP h;branch=%s\r\nCSeq: %s\r\n\r\n",
             status, branch, cseq);
    assert_int_equal(sip_message_parse(&response, slice_from(text)), SIP_PARSED);
}

static bool receive(unsigned status, const char *branch, const char *cseq,
                    struct client_outcome *outcome) {
    struct via via;

    parse_response(status, branch, cseq);
    assert_true(sip_top_via_read(&response, &via));
    bool matched = client_transactions_receive(&b.table, &response, &via, outcome, b.now);

    client_transactions_check(&b.table);
    return matched;
}

static void test_client__takes_one_final_answer_and_absorbs_its_copies(void **state) {
    struct client_outcome outcome;

    (void)state;
    start(RESENDS_NO_LIMIT, false);
    assert_true(receive(401, b.branch, "12 REGISTER", &outcome));
    assert_int_equal(outcome.kind, CLIENT_FINAL);
    assert_int_equal(outcome.owner_kind, 1);
    assert_false(receive(401, b.branch, "12 REGISTER", &outcome));
    assert_false(receive(200, b.branch, "12 REGISTER", &outcome));
    take_sends();
    hf_time answered = b.now;

    assert_false(step(&outcome)); /* Timer K */
    assert_int_equal(b.now - answered, 5 * HF_SECOND);
    assert_int_equal(b.table.slab.count, 0);
    assert_int_equal(take_sends(), 0);
    assert_false(receive(401, b.branch, "12 REGISTER", &outcome));
}

static void test_client__slows_down_to_t2_after_a_provisional_answer(void **state) {
    struct client_outcome outcome;
    hf_time begin = b.now;

    (void)state;
    start(RESENDS_NO_LIMIT, false);
    assert_true(receive(100, b.branch, "12 REGISTER", &outcome));
    assert_int_equal(outcome.kind, CLIENT_PROVISIONAL);
    take_sends();
    assert_false(step(&outcome)); /* the one that was planned already */
    assert_int_equal((b.now - begin) / HF_MILLISECOND, 500);
    assert_false(step(&outcome));
    while (take_sends() == 0)
        assert_false(step(&outcome));
    assert_true(b.now - begin >= 4500 * HF_MILLISECOND);
}

static void test_client__ignores_what_is_not_its_answer(void **state) {
    char forged[BRANCH_TEXT_MAX];
    struct client_outcome outcome;

    (void)state;
    start(RESENDS_NO_LIMIT, false);
    assert_false(receive(200, b.branch, "13 REGISTER", &outcome));
    assert_false(receive(200, b.branch, "12 OPTIONS", &outcome));
    assert_false(receive(200, "z9hG4bKnotyours", "12 REGISTER", &outcome));
    assert_false(receive(200, "1", "12 REGISTER", &outcome));
    memcpy(forged, b.branch, sizeof forged);
    forged[strlen(forged) - 1] ^= 1; /* the slot is right, the secret is not */
    assert_false(receive(200, forged, "12 REGISTER", &outcome));
    memcpy(forged, b.branch, sizeof forged);
    strcat(forged, "0");
    assert_false(receive(200, forged, "12 REGISTER", &outcome));
    assert_true(receive(200, b.branch, "12 REGISTER", &outcome));
}

static void test_client__ends_all_transactions_of_a_broken_path(void **state) {
    struct client_outcome outcome;
    unsigned ended = 0;

    (void)state;
    for (int i = 0; i < 100; i++)
        start(RESENDS_NO_LIMIT, false);
    assert_true(receive(200, b.branch, "12 REGISTER", &outcome)); /* this one has its answer */
    while (client_transactions_fail_path(&b.table, &b.path, &outcome)) {
        assert_int_equal(outcome.kind, CLIENT_PATH_FAILED);
        ended++;
    }
    assert_int_equal(ended, 99);
}

static void test_client__forgets_what_is_abandoned(void **state) {
    struct client_outcome outcome;
    uint64_t transaction = start(RESENDS_NO_LIMIT, false);

    (void)state;
    client_transaction_abandon(&b.table, transaction);
    client_transaction_abandon(&b.table, transaction);
    assert_false(receive(200, b.branch, "12 REGISTER", &outcome));
    assert_true(timer_wheel_deadline(&b.wheel) == HF_NEVER);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_client__retransmits_as_table_4_says),
        TEST(test_client__gives_up_after_the_configured_resends),
        TEST(test_client__sends_once_over_a_reliable_path),
        TEST(test_client__takes_one_final_answer_and_absorbs_its_copies),
        TEST(test_client__slows_down_to_t2_after_a_provisional_answer),
        TEST(test_client__ignores_what_is_not_its_answer),
        TEST(test_client__ends_all_transactions_of_a_broken_path),
        TEST(test_client__forgets_what_is_abandoned),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
