/* The counts of accounts by place. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/writer.h"
#include "daemon/summary.h"

static const struct wall_clock wall = {.now = 100 * HF_SECOND, .unix_at_now = 1700000000000000};

static struct hf_account_status status_at(const char *server, uint8_t host) {
    return (struct hf_account_status){
        .state = HF_STATE_REGISTERED,
        .place = HF_PLACE_BEST,
        .server = {server, strlen(server)},
        .target = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, host}},
        .next_attempt_at = HF_NEVER,
    };
}

static void test_summary__counts_accounts_of_one_place_together(void **state) {
    struct hf_account_status status = status_at("pbx", 1);
    static const unsigned waits[] = {0, 10, 11, 60, 61, 600, 601, 3600, 3601};
    char text[8192];
    struct writer w = writer_of(text, sizeof text - 1);
    struct summary summary;

    (void)state;
    summary_init(&summary);
    summary_add(&summary, &status, &wall); /* without a next attempt */
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        status.next_attempt_at = wall.now + waits[i] * HF_SECOND;
        status.failures = (unsigned)i % 2;
        summary_add(&summary, &status, &wall);
    }
    status.place = HF_PLACE_LESSER_SERVER;
    summary_add(&summary, &status, &wall);
    summary_write(&summary, &w);
    *w.at = '\0';
    assert_string_equal(
        text, "{\"state\": \"registered\", \"server\": \"pbx\", \"target\": \"192.0.2.1:5060\", "
              "\"transport\": \"udp\", \"place\": \"best\", \"accounts\": 10, \"failing\": 4, "
              "\"due_10_s\": 2, \"due_1_min\": 2, \"due_10_min\": 2, \"due_1_h\": 2, "
              "\"due_later\": 1}\n"
              "{\"state\": \"registered\", \"server\": \"pbx\", \"target\": \"192.0.2.1:5060\", "
              "\"transport\": \"udp\", \"place\": \"lesser server\", \"accounts\": 1, "
              "\"failing\": 0, \"due_10_s\": 0, \"due_1_min\": 0, \"due_10_min\": 0, "
              "\"due_1_h\": 0, \"due_later\": 1}\n");
}

static void test_summary__keeps_apart_what_differs(void **state) {
    struct hf_account_status cases[5];
    struct summary summary;

    (void)state;
    summary_init(&summary);
    for (int i = 0; i < 5; i++)
        cases[i] = status_at("pbx", 1);
    cases[1].state = HF_STATE_WAITING;
    cases[2].server = (struct hf_slice){"pbx2", 4};
    cases[3].target.port = 5062;
    cases[4].transport = HF_TRANSPORT_TCP;
    for (int i = 0; i < 10; i++)
        summary_add(&summary, &cases[i % 5], &wall);
    assert_int_equal(summary.count, 5);
    for (int i = 0; i < 5; i++)
        assert_int_equal(summary.groups[i].accounts, 2);
}

static void test_summary__fits_its_buffer_at_its_worst(void **state) {
    char server[2 * SUMMARY_SERVER_BYTES + 1];
    static char text[SUMMARY_GROUPS_MAX * SUMMARY_GROUP_BYTES_MAX];
    struct writer w = writer_of(text, sizeof text);
    struct summary summary;

    (void)state;
    summary_init(&summary);
    for (unsigned i = 0; !summary_is_full(&summary); i++) {
        struct hf_account_status status;

        memset(server, 1, sizeof server - 1); /* six bytes each in JSON */
        server[sizeof server - 1] = '\0';
        server[0] = (char)('a' + i);
        status = status_at(server, (uint8_t)i);
        status.place = HF_PLACE_LESSER_TARGET;
        summary_add(&summary, &status, &wall);
        summary.groups[i].accounts = summary.groups[i].failing = UINT64_MAX;
        for (int due = 0; due < SUMMARY_DUE_COUNT; due++)
            summary.groups[i].due[due] = UINT64_MAX;
    }
    summary_write(&summary, &w);
    assert_false(w.full);
    assert_int_equal(summary.count, SUMMARY_GROUPS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_summary__counts_accounts_of_one_place_together),
        cmocka_unit_test(test_summary__keeps_apart_what_differs),
        cmocka_unit_test(test_summary__fits_its_buffer_at_its_worst),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
