#include "../cmocka_all.h"

#include "base/slice.h"
#include "base/writer.h"

static void test_slice__trims_blanks_at_both_ends(void **state) {
    (void)state;
    assert_true(slice_equal(slice_trim(SLICE(" \t a b\r\n")), SLICE("a b")));
    assert_true(slice_is_empty(slice_trim(SLICE(" \t"))));
}

static void test_slice__splits_at_the_first_separator(void **state) {
    struct hf_slice rest = SLICE("a,b,c");

    (void)state;
    assert_true(slice_equal(slice_split(&rest, ','), SLICE("a")));
    assert_true(slice_equal(rest, SLICE("b,c")));
    assert_true(slice_equal(slice_split(&rest, ';'), SLICE("b,c")));
    assert_true(slice_is_empty(rest));
}

static void test_slice__refuses_numbers_that_do_not_fit(void **state) {
    uint64_t value = 7;

    (void)state;
    assert_true(slice_to_number(SLICE("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_false(slice_to_number(SLICE("18446744073709551616"), &value));
    assert_false(slice_to_number(SLICE("-1"), &value));
    assert_false(slice_to_number(SLICE(""), &value));
    assert_true(value == UINT64_MAX);
}

static void test_writer__never_overruns_and_says_so(void **state) {
    char buffer[8];
    struct writer w = writer_of(buffer, sizeof buffer);

    (void)state;
    writer_put_literal(&w, "12345");
    writer_put_number(&w, 678);
    assert_false(w.full);
    assert_true(slice_equal(writer_slice(&w), SLICE("12345678")));
    writer_put_char(&w, 'x');
    assert_true(w.full);
    assert_true(slice_is_empty(writer_slice(&w)));
    assert_false(writer_terminate(&w));
    assert_string_equal(buffer, "1234567");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice__trims_blanks_at_both_ends),
        cmocka_unit_test(test_slice__splits_at_the_first_separator),
        cmocka_unit_test(test_slice__refuses_numbers_that_do_not_fit),
        cmocka_unit_test(test_writer__never_overruns_and_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
