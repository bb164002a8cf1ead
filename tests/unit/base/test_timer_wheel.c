#include "../cmocka_all.h"

#include "base/random.h"
#include "base/timer_wheel.h"

enum { TIMERS = 500 };

static void test_timer_wheel__never_fires_early_and_at_most_a_tick_late(void **state) {
    static struct timer timers[TIMERS];
    struct timer_wheel wheel;
    struct random random;
    const uint64_t seed[4] = {42};
    hf_time now = 123456789, due[TIMERS];
    unsigned fired = 0;

    (void)state;
    random_init(&random, seed);
    timer_wheel_init(&wheel, now);
    for (int i = 0; i < TIMERS; i++) {
        /* from microseconds to 45 days */
        hf_time span = random_below(&random, HF_SECOND) << random_below(&random, 23);

        timer_init(&timers[i], (uint8_t)(i % 7));
        due[i] = now + span;
        timer_wheel_set(&wheel, &timers[i], due[i]);
    }
    timer_wheel_check(&wheel);
    while (wheel.count > 0) {
        hf_time deadline = timer_wheel_deadline(&wheel);

        assert_true(deadline != HF_NEVER);
        if (deadline > now)
            now = deadline;
        for (struct timer *t; (t = timer_wheel_next_due(&wheel, now)) != NULL; fired++) {
            hf_time at = due[t - timers];

            assert_true(at <= now);
            assert_true(now - at <= HF_MILLISECOND);
            assert_false(timer_is_set(t));
        }
        assert_true(timer_wheel_deadline(&wheel) > now);
        timer_wheel_check(&wheel);
    }
    assert_int_equal(fired, TIMERS);
}

static void test_timer_wheel__moves_and_cancels(void **state) {
    struct timer_wheel wheel;
    struct timer a, b;

    (void)state;
    timer_wheel_init(&wheel, 0);
    timer_init(&a, 1);
    timer_init(&b, 2);
    timer_wheel_set(&wheel, &a, HF_SECOND);
    timer_wheel_set(&wheel, &b, 2 * HF_SECOND);
    timer_wheel_set(&wheel, &a, 3 * HF_SECOND);
    timer_wheel_cancel(&wheel, &b);
    timer_wheel_cancel(&wheel, &b);
    timer_wheel_set(&wheel, &b, HF_NEVER);
    timer_wheel_check(&wheel);
    assert_null(timer_wheel_next_due(&wheel, 2 * HF_SECOND));
    timer_wheel_check(&wheel);
    assert_ptr_equal(timer_wheel_next_due(&wheel, 3 * HF_SECOND), &a);
    assert_true(timer_wheel_deadline(&wheel) == HF_NEVER);
}

static void test_timer_wheel__takes_past_instants_as_due_at_once(void **state) {
    struct timer_wheel wheel;
    struct timer a;

    (void)state;
    timer_wheel_init(&wheel, 0);
    timer_init(&a, 1);
    assert_null(timer_wheel_next_due(&wheel, 100 * HF_SECOND));
    timer_wheel_set(&wheel, &a, 5);
    assert_true(timer_wheel_deadline(&wheel) <= 100 * HF_SECOND);
    assert_ptr_equal(timer_wheel_next_due(&wheel, 100 * HF_SECOND), &a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timer_wheel__never_fires_early_and_at_most_a_tick_late),
        cmocka_unit_test(test_timer_wheel__moves_and_cancels),
        cmocka_unit_test(test_timer_wheel__takes_past_instants_as_due_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
