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

/* Every mode at every hop, with every period, retry wait and end of the records, at several times.
 */
static const enum failback_mode modes[] = {
    FAILBACK_MODE_NEW_REQUESTS, FAILBACK_MODE_DNS_TTL, FAILBACK_MODE_REGISTRATION,
    FAILBACK_MODE_DURATION,     FAILBACK_MODE_STAY,    FAILBACK_MODE_PROBE,
};
static const hf_time spans[] = {
    0, 1, HF_SECOND - 1, HF_SECOND, 30 * HF_SECOND, 3600 * HF_SECOND, 2147483647 * HF_SECOND};

enum { MODES = sizeof modes / sizeof modes[0], SPANS = sizeof spans / sizeof spans[0], HOPS = 16 };

/* The table of docs/failover.md. */
static hf_time home_at(enum failback_mode mode, hf_time period, hf_time retry, hf_time since,
                       hf_time records) {
    hf_time soonest = since + (retry > HF_SECOND ? retry : HF_SECOND);

    if (mode == FAILBACK_MODE_DNS_TTL && records != HF_NEVER)
        return records > soonest ? records : soonest;
    if ((mode == FAILBACK_MODE_DURATION || mode == FAILBACK_MODE_PROBE) && period > 0)
        return since + period;
    return HF_NEVER;
}

static void check_times(const struct failback_policy *policy, unsigned hop) {
    for (size_t s = 0; s < SPANS; s++) {
        for (size_t r = 0; r <= SPANS; r++) {
            hf_time since = spans[s], records = r < SPANS ? spans[r] : HF_NEVER;
            hf_time wanted =
                hop == 0 ? HF_NEVER
                         : home_at(policy->mode, policy->period, policy->retry, since, records);
            hf_time at = failback_at(policy, hop, since, records);

            assert_true(at == wanted);
            assert_true(at > since); /* never at once: it would be tried for ever */
        }
    }
}

static void test_failback__every_mode_hop_and_time(void **state) {
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        for (size_t i = 0; i < SPANS * SPANS; i++) {
            const struct failback_policy policy = {
                .mode = modes[m], .period = spans[i % SPANS], .retry = spans[i / SPANS]};

            for (unsigned hop = 0; hop < HOPS; hop++)
                check_times(&policy, hop);
        }
    }
}

static void test_failback__a_renewal_begins_at_the_best_hop_or_stays(void **state) {
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        for (unsigned hop = 0; hop < 64; hop++) {
            const struct failback_policy policy = {.mode = modes[m], .period = HF_SECOND};
            bool home =
                modes[m] == FAILBACK_MODE_NEW_REQUESTS || modes[m] == FAILBACK_MODE_REGISTRATION;

            assert_int_equal(failback_first_hop(&policy, hop), home ? 0 : hop);
        }
    }
}

/* A mode that renews where it is and has no time for the way home never moves; `stay` alone is
 * that, or what 0 makes of the others. */
static void test_failback__only_stay_never_goes_home(void **state) {
    (void)state;
    for (size_t m = 0; m < MODES; m++) {
        const struct failback_policy policy = {
            .mode = modes[m], .period = 60 * HF_SECOND, .retry = 30 * HF_SECOND};
        bool moves = failback_first_hop(&policy, 1) == 0 ||
                     failback_at(&policy, 1, 0, 90 * HF_SECOND) != HF_NEVER;

        assert_int_equal(moves, modes[m] != FAILBACK_MODE_STAY);
    }
}

/* Goes back as soon as it may, looking every `step` for so many hours; the moves. */
static unsigned moves_in(unsigned per_hour, unsigned hours, hf_time step) {
    struct failback_brake brake = {0};
    unsigned moves = 0;

    for (hf_time now = 0; now < hours * 3600 * HF_SECOND; now += step) {
        if (failback_brake_free_at(&brake, per_hour) <= now) {
            failback_brake_count(&brake, per_hour, now);
            moves++;
        }
    }
    return moves;
}

static void test_brake__lets_so_many_an_hour_and_two_at_once(void **state) {
    static const unsigned rates[] = {1, 2, 3, 6, 7, 60, 359};
    static const unsigned hours[] = {1, 2, 5, 24};

    (void)state;
    for (size_t r = 0; r < sizeof rates / sizeof rates[0]; r++) {
        for (size_t h = 0; h < sizeof hours / sizeof hours[0]; h++) {
            unsigned moves = moves_in(rates[r], hours[h], HF_SECOND);

            assert_in_range(moves, rates[r] * hours[h] * 9 / 10, rates[r] * hours[h] + 1);
        }
    }
    assert_int_equal(moves_in(0, 1, HF_SECOND), 3600); /* no bound */
    assert_int_equal(moves_in(3600, 1, HF_SECOND), 3600);
}

static void test_brake__is_free_exactly_when_it_says(void **state) {
    (void)state;
    for (unsigned per_hour = 1; per_hour <= 3600; per_hour++) {
        const hf_time share = 3600 * HF_SECOND / per_hour, now = 5000 * HF_SECOND;
        struct failback_brake brake = {0};

        assert_true(failback_brake_free_at(&brake, per_hour) == 0);
        failback_brake_count(&brake, per_hour, now);
        assert_true(failback_brake_free_at(&brake, per_hour) == now); /* a second one at once */
        failback_brake_count(&brake, per_hour, now);
        assert_true(failback_brake_free_at(&brake, per_hour) == now + share);
        failback_brake_count(&brake, per_hour, now + share);
        assert_true(failback_brake_free_at(&brake, per_hour) == now + 2 * share);
        /* what was not used for long is not saved up: again two, not more */
        failback_brake_count(&brake, per_hour, now + 20000 * HF_SECOND);
        failback_brake_count(&brake, per_hour, now + 20000 * HF_SECOND);
        assert_true(failback_brake_free_at(&brake, per_hour) == now + 20000 * HF_SECOND + share);
    }
}

static void test_brake__without_a_bound_counts_nothing(void **state) {
    struct failback_brake brake = {0};

    (void)state;
    for (int i = 0; i < 100; i++)
        failback_brake_count(&brake, 0, 1000 * HF_SECOND);
    assert_true(failback_brake_free_at(&brake, 0) == 0);
    assert_true(failback_brake_free_at(&brake, 6) == 0); /* nor does a bound that comes later */
}

int main(void) {
    const uint64_t seed[4] = {11};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry__backs_off_as_rfc_5626_says),
        cmocka_unit_test(test_failback__each_mode_goes_back_when_it_says),
        cmocka_unit_test(test_failback__by_ttl_is_never_faster_than_the_retry_wait),
        cmocka_unit_test(test_failback__duration_zero_stays),
        cmocka_unit_test(test_failback__every_mode_hop_and_time),
        cmocka_unit_test(test_failback__a_renewal_begins_at_the_best_hop_or_stays),
        cmocka_unit_test(test_failback__only_stay_never_goes_home),
        cmocka_unit_test(test_brake__lets_so_many_an_hour_and_two_at_once),
        cmocka_unit_test(test_brake__is_free_exactly_when_it_says),
        cmocka_unit_test(test_brake__without_a_bound_counts_nothing),
    };

    random_init(&rng, seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
