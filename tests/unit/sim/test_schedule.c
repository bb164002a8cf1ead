/* The heap of what is due: by instant, and in the order of planning among equal ones. */
#include "../cmocka_all.h"

#include "base/random.h"
#include "sim/schedule.h"

enum { COUNT = 500, ROUNDS = 20000 };

static void test_equal_instants__come_in_the_order_of_planning(void **state) {
    struct schedule schedule = {0};
    struct scheduled things[COUNT] = {0};

    (void)state;
    for (int i = 0; i < COUNT; i++)
        schedule_set(&schedule, &things[i], 7);
    for (int i = 0; i < COUNT; i++)
        assert_ptr_equal(schedule_take(&schedule), &things[i]);
    schedule_release(&schedule);
}

static void test_planning_anew__for_the_same_instant_keeps_the_turn(void **state) {
    struct schedule schedule = {0};
    struct scheduled first = {0}, second = {0};

    (void)state;
    schedule_set(&schedule, &first, 7);
    schedule_set(&schedule, &second, 7);
    schedule_set(&schedule, &first, 7);
    assert_ptr_equal(schedule_take(&schedule), &first);
    schedule_set(&schedule, &first, 9);
    schedule_set(&schedule, &second, 10);
    schedule_set(&schedule, &first, 11);
    assert_ptr_equal(schedule_take(&schedule), &second);
    schedule_cancel(&schedule, &first);
    schedule_cancel(&schedule, &first);
    assert_true(schedule_next_at(&schedule) == HF_NEVER);
    schedule_release(&schedule);
}

static hf_time earliest(const hf_time at[COUNT]) {
    hf_time first = HF_NEVER;

    for (int i = 0; i < COUNT; i++)
        first = at[i] < first ? at[i] : first;
    return first;
}

static void test_anything__planned_moved_and_cancelled_is_taken_in_its_time(void **state) {
    const uint64_t seed[4] = {11};
    struct schedule schedule = {0};
    struct scheduled things[COUNT] = {0};
    struct random random;
    hf_time at[COUNT];

    (void)state;
    random_init(&random, seed);
    for (int i = 0; i < COUNT; i++)
        at[i] = HF_NEVER;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t i = random_below(&random, COUNT);

        at[i] = random_below(&random, 10) < 3 ? HF_NEVER : random_below(&random, 1000);
        schedule_set(&schedule, &things[i], at[i]);
        assert_true(schedule_next_at(&schedule) == earliest(at));
        if (schedule.count > 0 && random_below(&random, 2) == 0) {
            struct scheduled *taken = schedule_take(&schedule);

            assert_true(at[taken - things] == earliest(at));
            at[taken - things] = HF_NEVER;
        }
    }
    schedule_release(&schedule);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_instants__come_in_the_order_of_planning),
        cmocka_unit_test(test_planning_anew__for_the_same_instant_keeps_the_turn),
        cmocka_unit_test(test_anything__planned_moved_and_cancelled_is_taken_in_its_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
