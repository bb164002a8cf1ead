/* Retry waits and failback: pure functions, enumerated. */
#include "../cmocka_all.h"

#include "target/failback.h"
#include "target/retry.h"

static struct random rng;

static void test_retry__backs_off_as_rfc_5626_says(void **state) {
    const struct retry_policy policy = {
        .interval = 20 * HF_SECOND, .backoff_base = 10 * HF_SECOND, .backoff_max = 300 * HF_SECOND};
    static const unsigned upper[] = {20, 40, 80, 160, 300, 300};

    (void)state;
    for (unsigned failures = 1; failures <= 6; failures++) {
        hf_time most = upper[failures - 1] * HF_SECOND, low = HF_NEVER, high = 0;

        for (int i = 0; i < 2000; i++) {
            hf_time wait = retry_wait(&policy, failures, 0, &rng);

            assert_true(wait >= most / 2 && wait <= most);
            low = wait < low ? wait : low;
            high = wait > high ? wait : high;
        }
        assert_true(low < most * 55 / 100 && high > most * 95 / 100); /* all of the range */
    }
    assert_true(retry_wait(&policy, UINT32_MAX, 0, &rng) <= 300 * HF_SECOND);
}

struct failback_case {
    enum failback_mode mode;
    unsigned first_hop; /* of a renewal while working at hop 2 */
    hf_time at;         /* of a failback while working at hop 2 since t = 1000 s */
};

static void test_failback__each_mode_goes_back_when_it_says(void **state) {
    static const struct failback_case cases[] = {
        {FAILBACK_MODE_NEW_REQUESTS, 0, HF_NEVER}, {FAILBACK_MODE_DNS_TTL, 2, 1300 * HF_SECOND},
        {FAILBACK_MODE_REGISTRATION, 0, HF_NEVER}, {FAILBACK_MODE_DURATION, 2, 1600 * HF_SECOND},
        {FAILBACK_MODE_STAY, 2, HF_NEVER},         {FAILBACK_MODE_PROBE, 2, 1600 * HF_SECOND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct failback_policy policy = {
            .mode = cases[i].mode, .period = 600 * HF_SECOND, .retry = 30 * HF_SECOND};

        assert_int_equal(failback_first_hop(&policy, 2), cases[i].first_hop);
        assert_true(failback_at(&policy, 2, 1000 * HF_SECOND, 1300 * HF_SECOND) == cases[i].at);
        /* at the best hop there is nothing to go back to */
        assert_int_equal(failback_first_hop(&policy, 0), 0);
        assert_true(failback_at(&policy, 0, 1000 * HF_SECOND, 1300 * HF_SECOND) == HF_NEVER);
    }
}

static void test_failback__by_ttl_is_never_faster_than_the_retry_wait(void **state) {
    const struct failback_policy policy = {.mode = FAILBACK_MODE_DNS_TTL, .retry = 30 * HF_SECOND};
    const struct failback_policy hasty = {.mode = FAILBACK_MODE_DNS_TTL};

    (void)state;
    assert_true(failback_at(&policy, 1, 1000 * HF_SECOND, 1000 * HF_SECOND) == 1030 * HF_SECOND);
    assert_true(failback_at(&hasty, 1, 1000 * HF_SECOND, 1000 * HF_SECOND) == 1001 * HF_SECOND);
    assert_true(failback_at(&policy, 1, 1000 * HF_SECOND, HF_NEVER) == HF_NEVER);
}

static void test_failback__duration_zero_stays(void **state) {
    const struct failback_policy policy = {.mode = FAILBACK_MODE_DURATION};

    (void)state;
    assert_true(failback_at(&policy, 1, 0, HF_NEVER) == HF_NEVER);
}

int main(void) {
    const uint64_t seed[4] = {11};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry__backs_off_as_rfc_5626_says),
        cmocka_unit_test(test_failback__each_mode_goes_back_when_it_says),
        cmocka_unit_test(test_failback__by_ttl_is_never_faster_than_the_retry_wait),
        cmocka_unit_test(test_failback__duration_zero_stays),
    };

    random_init(&rng, seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
