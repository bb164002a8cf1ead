/* When answers are left to gather. */
#include "net/gathering.h"

#include "../cmocka_all.h"

static void test_gathering__turns_in_quick_succession_wait_for_more(void **state) {
    struct gathering gathering = {0};

    (void)state;
    gathering_note(&gathering, 2);
    assert_int_equal(gathering_end_turn(&gathering, HF_SECOND), 0);
    gathering_note(&gathering, 2);
    assert_in_range(gathering_end_turn(&gathering, HF_SECOND + 100), 1, HF_MILLISECOND);
}

static void test_gathering__a_single_answer_waits_for_nobody(void **state) {
    struct gathering gathering = {0};

    (void)state;
    for (hf_time now = HF_SECOND; now < 2 * HF_SECOND; now += 10 * HF_MILLISECOND) {
        gathering_note(&gathering, 1);
        assert_int_equal(gathering_end_turn(&gathering, now), 0);
    }
}

static void test_gathering__a_turn_that_got_many_need_not_wait(void **state) {
    struct gathering gathering = {0};

    (void)state;
    gathering_note(&gathering, 1);
    (void)gathering_end_turn(&gathering, HF_SECOND);
    gathering_note(&gathering, 50);
    gathering_note(&gathering, 50);
    assert_int_equal(gathering_end_turn(&gathering, HF_SECOND + 100), 0);
}

static void test_gathering__a_turn_that_only_sent_does_not_wait(void **state) {
    struct gathering gathering = {0};

    (void)state;
    gathering_note(&gathering, 1);
    (void)gathering_end_turn(&gathering, HF_SECOND);
    assert_int_equal(gathering_end_turn(&gathering, HF_SECOND + 100), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gathering__turns_in_quick_succession_wait_for_more),
        cmocka_unit_test(test_gathering__a_single_answer_waits_for_nobody),
        cmocka_unit_test(test_gathering__a_turn_that_got_many_need_not_wait),
        cmocka_unit_test(test_gathering__a_turn_that_only_sent_does_not_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
