/* When a binding is refreshed: every grant from a second to 45 days, every "Re-register before
 * Expiration" of the manuals, every T1 that can be configured, for the same draw. */
#include "../cmocka_all.h"

#include <stdlib.h>

#include "base/limits.h"
#include "usage/lifetime.h"

enum { BEFORE_MAX = 64800, DRAWS = 5 };

static struct random draws[DRAWS];

/* A generator whose next number is `number`: xoshiro256** read backwards. */
static struct random random_that_draws(uint64_t number) {
    uint64_t x = number * 0x8e38e38e38e38e39u; /* 1/9 */

    x = (x >> 7 | x << 57) * 0xcccccccccccccccdu; /* 1/5 */
    return (struct random){.state = {1, x, 2, 3}};
}

static int make_draws(void **state) {
    const uint64_t numbers[DRAWS] = {0, UINT64_MAX / 3, UINT64_MAX / 2, UINT64_MAX / 10 * 9,
                                     UINT64_MAX};

    (void)state;
    for (int i = 0; i < DRAWS; i++) {
        draws[i] = random_that_draws(numbers[i]);
        struct random copy = draws[i];

        assert_true(random_next(&copy) == numbers[i]);
    }
    return 0;
}

static hf_time refresh(hf_time before, hf_time t1, uint32_t granted, int draw) {
    const struct refresh_policy policy = {.before = before, .transaction = 64 * t1};
    struct random random = draws[draw];

    return refresh_after(&policy, granted, &random);
}

/* What must hold for one grant, and against the next shorter one. */
static hf_time checked(hf_time before, hf_time t1, uint32_t granted, int draw, hf_time shorter) {
    hf_time lifetime = granted * HF_SECOND, after = refresh(before, t1, granted, draw);

    assert_true(after >= shorter);                      /* grows with the grant */
    assert_true(after >= HF_SECOND);                    /* no storm */
    assert_true(after < lifetime || granted == 1);      /* in time, where that is possible */
    assert_true(lifetime - after <= lifetime * 7 / 10); /* sane: not over and over */
    if (before > 0 && 2 * lifetime >= 3 * before && lifetime - before >= HF_SECOND)
        assert_true(after == lifetime - before); /* as configured */
    return after;
}

static void test_report_44__every_grant_up_to_45_days(void **state) {
    static const uint32_t befores[] = {0, 30, 3600, BEFORE_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof befores / sizeof befores[0]; i++) {
        for (int draw = 0; draw < DRAWS; draw += 2) {
            hf_time after = 0;

            for (uint32_t granted = 1; granted <= LIMIT_GRANTED_SECONDS; granted++)
                after = checked(befores[i] * HF_SECOND, 500 * HF_MILLISECOND, granted, draw, after);
        }
    }
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

enum { AROUND = 2, GRANTS_MAX = 80 };

static size_t put_around(uint32_t *grants, size_t count, uint64_t middle) {
    for (uint64_t grant = middle > AROUND ? middle - AROUND : 1; grant <= middle + AROUND; grant++)
        if (grant <= LIMIT_GRANTED_SECONDS)
            grants[count++] = (uint32_t)grant;
    return count;
}

/* The grants at which a rule for `before` and T1 can jump, and some between, rising. */
static size_t telling_grants(uint32_t before, hf_time t1, uint32_t grants[GRANTS_MAX]) {
    uint64_t margin = 128 * t1 / HF_SECOND;
    const uint64_t middles[] = {1,
                                before / 2,
                                before,
                                3ull * before / 2,
                                2ull * before,
                                3ull * before,
                                60,
                                margin,
                                2 * margin,
                                3600,
                                86400,
                                1000000,
                                LIMIT_GRANTED_SECONDS};
    size_t count = 0;

    for (size_t i = 0; i < sizeof middles / sizeof middles[0]; i++)
        count = put_around(grants, count, middles[i]);
    assert_true(count <= GRANTS_MAX);
    qsort(grants, count, sizeof grants[0], by_size);
    return count;
}

static const hf_time t1s[] = {10 * HF_MILLISECOND, 500 * HF_MILLISECOND, HF_SECOND,
                              2 * HF_SECOND,       4 * HF_SECOND,        8 * HF_SECOND,
                              60 * HF_SECOND};

static void test_report_44__every_before_and_every_t1(void **state) {
    (void)state;
    for (uint32_t before = 0; before <= BEFORE_MAX; before++) {
        hf_time t1 = t1s[before % (sizeof t1s / sizeof t1s[0])];
        uint32_t grants[GRANTS_MAX];
        size_t count = telling_grants(before, t1, grants);

        for (int draw = 0; draw < DRAWS; draw += DRAWS - 1) {
            hf_time after = 0;

            for (size_t i = 0; i < count; i++)
                after = checked(before * HF_SECOND, t1, grants[i], draw, after);
        }
    }
}

/* Short lives, where every rule is at work at once: all of them with all of them. */
static void test_report_44__short_grants_with_every_short_before_and_every_t1(void **state) {
    (void)state;
    for (size_t t = 0; t < sizeof t1s / sizeof t1s[0]; t++)
        for (uint32_t before = 0; before <= 200; before++)
            for (int draw = 0; draw < DRAWS; draw++) {
                hf_time after = 0;

                for (uint32_t granted = 1; granted <= 400; granted++)
                    after = checked(before * HF_SECOND, t1s[t], granted, draw, after);
            }
}

static void test_own_choice__leaves_room_for_two_transactions_or_half_the_life(void **state) {
    (void)state;
    for (size_t t = 0; t < sizeof t1s / sizeof t1s[0]; t++)
        for (int draw = 0; draw < DRAWS; draw++)
            for (uint32_t granted = 2; granted <= LIMIT_GRANTED_SECONDS;
                 granted += 1 + granted / 50) {
                hf_time lifetime = granted * HF_SECOND, two = 2 * 64 * t1s[t];
                hf_time margin = two < lifetime / 2 ? two : lifetime / 2;
                hf_time after = refresh(0, t1s[t], granted, draw);

                assert_true(lifetime - after >= margin);
                assert_true(after >= (lifetime - margin) * 9 / 10);
            }
}

static void test_own_choice__has_known_ends(void **state) {
    static const struct {
        uint32_t granted;
        hf_time latest; /* with T1 = 0.5 s */
    } cases[] = {
        {1, 1000 * HF_MILLISECOND},
        {2, 1000 * HF_MILLISECOND},
        {3, 1500 * HF_MILLISECOND},
        {10, 5 * HF_SECOND},
        {11, 5500 * HF_MILLISECOND},
        {55, 27500 * HF_MILLISECOND}, /* FLX */
        {60, 30 * HF_SECOND},
        {128, 64 * HF_SECOND},
        {129, 65 * HF_SECOND},
        {3600, 3536 * HF_SECOND},
        {LIMIT_GRANTED_SECONDS, (LIMIT_GRANTED_SECONDS - 64) * HF_SECOND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_time latest = cases[i].latest, earliest = latest - latest / 10;

        assert_true(refresh(0, 500 * HF_MILLISECOND, cases[i].granted, 0) == latest);
        assert_true(refresh(0, 500 * HF_MILLISECOND, cases[i].granted, DRAWS - 1) ==
                    (earliest > HF_SECOND ? earliest : HF_SECOND));
    }
}

static void test_before__counts_to_the_second_and_falls_back_to_half(void **state) {
    static const struct {
        uint32_t granted, before;
        hf_time latest, earliest;
    } cases[] = {
        {120, 30, 90 * HF_SECOND, 90 * HF_SECOND}, /* Yealink T5 guide p. 173 */
        {120, 80, 40 * HF_SECOND, 40 * HF_SECOND}, /* two thirds */
        {120, 81, 40500 * HF_MILLISECOND, 39 * HF_SECOND},
        {120, 119, 59500 * HF_MILLISECOND, 53550 * HF_MILLISECOND},
        {120, 120, 60 * HF_SECOND, 54 * HF_SECOND},
        {120, 64800, 60 * HF_SECOND, 54 * HF_SECOND},
        {3600, 1, 3599 * HF_SECOND, 3599 * HF_SECOND},
        {2, 1, HF_SECOND, HF_SECOND},
        {1, 1, HF_SECOND, HF_SECOND},
        {1, 64800, HF_SECOND, HF_SECOND},
        {LIMIT_GRANTED_SECONDS, 64800, (LIMIT_GRANTED_SECONDS - 64800) * HF_SECOND,
         (LIMIT_GRANTED_SECONDS - 64800) * HF_SECOND},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hf_time before = cases[i].before * HF_SECOND;

        assert_true(refresh(before, 500 * HF_MILLISECOND, cases[i].granted, 0) == cases[i].latest);
        assert_true(refresh(before, 500 * HF_MILLISECOND, cases[i].granted, DRAWS - 1) ==
                    cases[i].earliest);
    }
}

/* One after the other, a fleet that was registered in one instant. */
enum { FLEET = 10000, PARTS = 100 };

static unsigned most_in_one_part(const hf_time *at, hf_time from, hf_time width) {
    unsigned parts[PARTS] = {0}, most = 0;

    for (unsigned i = 0; i < FLEET; i++) {
        assert_true(at[i] >= from && at[i] <= from + width);
        hf_time part = (at[i] - from) * PARTS / (width + 1);

        parts[part]++;
    }
    for (unsigned i = 0; i < PARTS; i++)
        most = parts[i] > most ? parts[i] : most;
    return most;
}

static int by_time(const void *a, const void *b) {
    hf_time x = *(const hf_time *)a, y = *(const hf_time *)b;

    return (x > y) - (x < y);
}

static hf_time width_of_the_middle_half(hf_time *at) {
    qsort(at, FLEET, sizeof at[0], by_time);
    return at[FLEET * 3 / 4] - at[FLEET / 4];
}

static void test_fleet__registered_in_one_instant_does_not_march_in_step(void **state) {
    const struct refresh_policy policy = {.transaction = 32 * HF_SECOND};
    const uint64_t seed[4] = {44};
    static hf_time at[FLEET];
    struct random random;
    hf_time width = 0;

    (void)state;
    random_init(&random, seed);
    for (int round = 1; round <= 10; round++) {
        for (int i = 0; i < FLEET; i++)
            at[i] += refresh_after(&policy, 3600, &random);
        if (round == 1) {
            hf_time latest = 3536 * HF_SECOND, window = latest / 10;

            /* Even: no hundredth of the window has much more than a hundredth of the fleet. */
            assert_in_range(most_in_one_part(at, latest - window, window), FLEET / PARTS,
                            FLEET / PARTS * 3 / 2);
        }
        hf_time wider = width_of_the_middle_half(at);

        assert_true(wider > width);
        width = wider;
    }
    assert_true(width > 400 * HF_SECOND); /* of ten lifetimes' windows of 353 s each */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_report_44__every_grant_up_to_45_days),
        cmocka_unit_test(test_report_44__every_before_and_every_t1),
        cmocka_unit_test(test_report_44__short_grants_with_every_short_before_and_every_t1),
        cmocka_unit_test(test_own_choice__leaves_room_for_two_transactions_or_half_the_life),
        cmocka_unit_test(test_own_choice__has_known_ends),
        cmocka_unit_test(test_before__counts_to_the_second_and_falls_back_to_half),
        cmocka_unit_test(test_fleet__registered_in_one_instant_does_not_march_in_step),
    };

    return cmocka_run_group_tests(tests, make_draws, NULL);
}
