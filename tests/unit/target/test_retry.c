/* The waits after a failure: every rule with every number of failures, for the smallest and the
 * largest draw. */
#include "../cmocka_all.h"

#include "target/retry.h"

enum { LOW, HIGH, DRAWS };

static struct random draws[DRAWS]; /* whose next number is 0, and the largest */

static int make_draws(void **state) {
    uint64_t x = UINT64_MAX * 0x8e38e38e38e38e39u; /* xoshiro256** backwards: 1/9, 1/5 */

    (void)state;
    x = (x >> 7 | x << 57) * 0xcccccccccccccccdu;
    draws[LOW] = (struct random){.state = {1, 0, 2, 3}};
    draws[HIGH] = (struct random){.state = {1, x, 2, 3}};
    for (int i = 0; i < DRAWS; i++) {
        struct random copy = draws[i];

        assert_true(random_next(&copy) == (i == LOW ? 0 : UINT64_MAX));
    }
    return 0;
}

static hf_time wait_of(const struct retry_policy *policy, uint32_t failures, hf_time retry_after,
                       int draw) {
    struct random random = draws[draw];

    return retry_wait(policy, failures, retry_after, &random);
}

/* Every power of two and its neighbours: what a counter can stumble over. */
static uint32_t failures_at(unsigned step) {
    uint32_t power = step / 3 < 32 ? UINT32_C(1) << step / 3 : UINT32_MAX;

    return step % 3 == 0   ? power
           : step % 3 == 1 ? power - (power > 1)
                           : power + (power < UINT32_MAX);
}

enum { FAILURE_STEPS = 99 };

static void test_fixed__is_the_manuals_interval_whatever_happened_before(void **state) {
    static const uint32_t intervals[] = {1, 20, 30, 40, 300, 1800, 3600, INT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof intervals / sizeof intervals[0]; i++) {
        /* The largest wait alone, as Yealink's default 0 and 60 are, makes nothing grow. */
        for (hf_time max = 0; max <= 60 * HF_SECOND; max += 60 * HF_SECOND) {
            const struct retry_policy policy = {.interval = intervals[i] * HF_SECOND,
                                                .backoff_max = max};

            for (unsigned step = 0; step < FAILURE_STEPS; step++)
                for (int draw = 0; draw < DRAWS; draw++)
                    assert_true(wait_of(&policy, failures_at(step), 0, draw) == policy.interval);
        }
    }
}

static hf_time upper_end(hf_time base, hf_time max, uint32_t failures) {
    long double wait = (long double)base;

    for (uint32_t i = 0; i < failures && i < 80; i++)
        wait *= 2;
    return wait < (long double)max ? (hf_time)wait : max;
}

static hf_time at_least_a_second(hf_time wait) {
    return wait > HF_SECOND ? wait : HF_SECOND;
}

static void
test_report_30__growing_wait_has_both_ends_of_rfc_5626_and_never_overflows(void **state) {
    static const uint32_t bases[] = {1, 2, 10, 30, 60, 120, 1800, 86400, INT32_MAX};
    static const uint32_t maxima[] = {1, 5, 60, 300, 1800, 86400, INT32_MAX};

    (void)state;
    for (size_t b = 0; b < sizeof bases / sizeof bases[0]; b++)
        for (size_t m = 0; m < sizeof maxima / sizeof maxima[0]; m++) {
            const struct retry_policy policy = {.interval = 20 * HF_SECOND,
                                                .backoff_base = bases[b] * HF_SECOND,
                                                .backoff_max = maxima[m] * HF_SECOND};

            for (unsigned step = 0; step < FAILURE_STEPS; step++) {
                uint32_t failures = failures_at(step);
                hf_time upper = upper_end(policy.backoff_base, policy.backoff_max, failures);

                assert_true(wait_of(&policy, failures, 0, LOW) == at_least_a_second(upper / 2));
                assert_true(wait_of(&policy, failures, 0, HIGH) == at_least_a_second(upper));
            }
        }
}

static void test_growing__never_shrinks_with_more_failures(void **state) {
    const struct retry_policy policy = {.backoff_base = 7 * HF_SECOND,
                                        .backoff_max = 1000 * HF_SECOND};

    (void)state;
    for (int draw = 0; draw < DRAWS; draw++)
        for (uint32_t failures = 1; failures < 40; failures++)
            assert_true(wait_of(&policy, failures, 0, draw) <=
                        wait_of(&policy, failures + 1, 0, draw));
}

static void test_growing__without_an_end_is_the_fixed_interval(void **state) {
    const struct retry_policy policy = {.interval = 30 * HF_SECOND, .backoff_base = 10 * HF_SECOND};

    (void)state;
    assert_true(wait_of(&policy, 5, 0, HIGH) == 30 * HF_SECOND);
}

static void test_random__has_both_ends(void **state) {
    static const struct {
        uint32_t min, max, low, high;
    } cases[] = {
        {60, 600, 60, 600}, /* Grandstream HT P60097, P60098 */
        {60, 60, 60, 60},
        {0, 0, 20, 20}, /* off */
        {0, 5, 1, 5},
        {600, 60, 600, 600}, /* the wrong way round: never earlier */
        {1, INT32_MAX, 1, INT32_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct retry_policy policy = {.interval = 20 * HF_SECOND,
                                            .random_min = cases[i].min * HF_SECOND,
                                            .random_max = cases[i].max * HF_SECOND};

        for (unsigned step = 0; step < FAILURE_STEPS; step++) {
            assert_true(wait_of(&policy, failures_at(step), 0, LOW) == cases[i].low * HF_SECOND);
            assert_true(wait_of(&policy, failures_at(step), 0, HIGH) == cases[i].high * HF_SECOND);
        }
    }
}

static void test_growing_wait__goes_before_a_random_one(void **state) {
    const struct retry_policy policy = {.interval = 20 * HF_SECOND,
                                        .backoff_base = 10 * HF_SECOND,
                                        .backoff_max = 300 * HF_SECOND,
                                        .random_min = 1000 * HF_SECOND,
                                        .random_max = 2000 * HF_SECOND};

    (void)state;
    assert_true(wait_of(&policy, 1, 0, HIGH) == 20 * HF_SECOND);
}

static const uint64_t day = 24 * 3600;

static void test_retry_after__is_never_undercut_and_believed_up_to_a_day(void **state) {
    static const uint64_t asked[] = {0, 1, 19, 20, 21, 300, 86399, 86400, 86401, UINT32_MAX};
    const struct retry_policy policies[] = {
        {.interval = 20 * HF_SECOND},
        {.interval = INT32_MAX * HF_SECOND},
        {.backoff_base = 10 * HF_SECOND, .backoff_max = 100 * HF_SECOND},
        {.random_min = 10 * HF_SECOND, .random_max = 1000 * HF_SECOND},
        {0},
    };

    (void)state;
    for (size_t p = 0; p < sizeof policies / sizeof policies[0]; p++)
        for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++)
            for (int draw = 0; draw < DRAWS; draw++) {
                hf_time believed = (asked[i] < day ? asked[i] : day) * HF_SECOND;
                hf_time own = wait_of(&policies[p], 3, 0, draw);
                hf_time wait = wait_of(&policies[p], 3, asked[i] * HF_SECOND, draw);

                assert_true(retry_after_bounded(asked[i] * HF_SECOND) == believed);
                assert_true(wait == (own > believed ? own : believed));
                assert_true(wait >= HF_SECOND);
            }
}

static void test_rejection__waits_as_configured_or_for_ever(void **state) {
    static const struct {
        uint64_t configured, asked, wait; /* seconds; a wait of 0: for ever */
    } cases[] = {
        {1200, 0, 1200},
        {1200, 60, 1200},
        {1200, 3600, 3600},
        {1200, UINT32_MAX, 86400},
        {20, 0, 20},
        {30, 0, 30},
        {300, 0, 300},
        {0, 0, 0},
        {0, 60, 0},
        {0, UINT32_MAX, 0},
        {INT32_MAX, 60, INT32_MAX},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_true(rejection_wait(cases[i].configured * HF_SECOND, cases[i].asked * HF_SECOND) ==
                    (cases[i].wait == 0 ? HF_NEVER : cases[i].wait * HF_SECOND));
    assert_true(rejection_wait(1, 0) == HF_SECOND); /* a microsecond was configured */
}

static hf_time start_of(hf_time spread, hf_time running, hf_time left, int draw) {
    struct random random = draws[draw];

    return start_wait(spread, running, left, &random);
}

static void test_start__turns_come_from_the_whole_spread_and_no_later(void **state) {
    static const struct {
        uint64_t spread, running, left, latest; /* seconds; left 0xffff: no binding */
    } cases[] = {
        {0, 0, 0xffff, 0},       {60, 0, 0xffff, 60}, {60, 20, 0xffff, 40}, {60, 60, 0xffff, 0},
        {60, 61, 0xffff, 0},     {60, 0, 0, 0},       {60, 0, 10, 10},      {60, 20, 10, 10},
        {60, 0, 60, 60},         {60, 0, 3600, 60},   {60, 55, 10, 5},      {0, 0, 10, 0},
        {3600, 0, 0xffff, 3600},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_time left = cases[i].left == 0xffff ? HF_NEVER : cases[i].left * HF_SECOND;
        hf_time spread = cases[i].spread * HF_SECOND, running = cases[i].running * HF_SECOND;

        assert_true(start_of(spread, running, left, LOW) == 0);
        assert_true(start_of(spread, running, left, HIGH) == cases[i].latest * HF_SECOND);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed__is_the_manuals_interval_whatever_happened_before),
        cmocka_unit_test(
            test_report_30__growing_wait_has_both_ends_of_rfc_5626_and_never_overflows),
        cmocka_unit_test(test_growing__never_shrinks_with_more_failures),
        cmocka_unit_test(test_growing__without_an_end_is_the_fixed_interval),
        cmocka_unit_test(test_random__has_both_ends),
        cmocka_unit_test(test_growing_wait__goes_before_a_random_one),
        cmocka_unit_test(test_retry_after__is_never_undercut_and_believed_up_to_a_day),
        cmocka_unit_test(test_rejection__waits_as_configured_or_for_ever),
        cmocka_unit_test(test_start__turns_come_from_the_whole_spread_and_no_later),
    };

    return cmocka_run_group_tests(tests, make_draws, NULL);
}
