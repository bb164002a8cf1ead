#include "account/tried.h"

#include "../cmocka_all.h"

static struct target number(unsigned i) {
    return (struct target){
        .address = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, (uint8_t)i}}};
}

static void test_tried__knows_each_of_as_many_as_there_is_room_for(void **state) {
    struct tried tried = {0};
    unsigned count = 0;

    (void)state;
    for (; tried_make_room(&tried); count++) {
        const struct target target = number(count);

        assert_false(tried_has(&tried, &target));
        tried_add(&tried, &target);
        for (unsigned i = 0; i <= count; i++) {
            const struct target former = number(i);

            assert_true(tried_has(&tried, &former));
        }
    }
    assert_int_equal(count, TRIED_MAX);
    tried_release(&tried);
}

static void test_tried__forgets_one_that_is_taken_back(void **state) {
    struct tried tried = {0};
    const struct target last = number(TRIED_FEW), other = number(TRIED_FEW + 1);

    (void)state;
    for (unsigned i = 0; i <= TRIED_FEW; i++) {
        const struct target target = number(i);

        assert_true(tried_make_room(&tried));
        tried_add(&tried, &target);
    }
    tried_take_back(&tried);
    assert_false(tried_has(&tried, &last));
    assert_true(tried_make_room(&tried));
    tried_add(&tried, &other);
    assert_true(tried_has(&tried, &other));
    assert_false(tried_has(&tried, &last));
    tried_release(&tried);
    tried_release(&tried);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tried__knows_each_of_as_many_as_there_is_room_for),
        cmocka_unit_test(test_tried__forgets_one_that_is_taken_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
