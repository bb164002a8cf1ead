#include "../cmocka_all.h"

#include "daemon/near_name.h"

static void test_near_name__a_slip_of_the_finger_is_near(void **state) {
    (void)state;
    assert_int_equal(near_name_distance(SLICE("office/1"), SLICE("office/2")), 1);
    assert_int_equal(near_name_distance(SLICE("ofice/1"), SLICE("office/1")), 1);
    assert_int_equal(near_name_distance(SLICE("OFFICE/1"), SLICE("office/1")), 0);
    assert_int_equal(near_name_distance(SLICE("office"), SLICE("office/1")), 1);
    assert_int_equal(near_name_distance(SLICE("lobby"), SLICE("floor3/lobby")), 1);
}

static void test_near_name__another_name_is_far(void **state) {
    (void)state;
    assert_int_equal(near_name_distance(SLICE("office/1"), SLICE("kitchen/1")),
                     NEAR_NAME_DISTANCE_FAR);
    assert_int_equal(near_name_distance(SLICE("a"), SLICE("xyz")), NEAR_NAME_DISTANCE_FAR);
    assert_int_equal(near_name_distance(SLICE_NONE, SLICE("a")), NEAR_NAME_DISTANCE_FAR);
    assert_int_equal(
        near_name_distance(SLICE("0123456789012345678901234567890123456789012345678901234567890123"
                                 "4"),
                           SLICE("0123456789")),
        NEAR_NAME_DISTANCE_FAR);
}

static void test_near_name__the_nearest_three_are_kept_in_order(void **state) {
    struct near_names near;

    (void)state;
    near_names_init(&near, SLICE("phone/11"));
    near_names_offer(&near, SLICE("phone/22"));
    near_names_offer(&near, SLICE("phone/12"));
    near_names_offer(&near, SLICE("elsewhere"));
    near_names_offer(&near, SLICE("phone/13"));
    near_names_offer(&near, SLICE("phone/14"));
    assert_int_equal(near.count, 3);
    assert_true(slice_equal(near.names[0], SLICE("phone/12")));
    assert_true(slice_equal(near.names[1], SLICE("phone/13")));
    assert_true(slice_equal(near.names[2], SLICE("phone/14")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near_name__a_slip_of_the_finger_is_near),
        cmocka_unit_test(test_near_name__another_name_is_far),
        cmocka_unit_test(test_near_name__the_nearest_three_are_kept_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
