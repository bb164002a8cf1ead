#include "../cmocka_all.h"

#include <stdlib.h>

#include "daemon/status_table.h"

static const struct text_column columns[] = {
    {"NAME", false, 3},
    {"COUNT", true, 1},
    {"WHY", false, 2},
};

static void fill(struct text_table *table) {
    text_table_init(table, columns, 3);
    assert_int_equal(text_table_add_row(table), 0);
    text_table_set(table, 0, SLICE("küche"));
    text_table_set(table, 1, SLICE("7"));
    text_table_set(table, 2, SLICE("a\tb"));
    assert_int_equal(text_table_add_row(table), 0);
    text_table_set(table, 0, SLICE("x"));
    text_table_set(table, 1, SLICE("1234567"));
}

static void assert_table(const struct text_table *table, size_t width, const char *expected) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    text_table_write(table, out, width);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static void test_text_table__columns_are_as_wide_as_their_widest_cell(void **state) {
    struct text_table table;

    (void)state;
    fill(&table);
    assert_table(&table, 0,
                 "NAME     COUNT  WHY\n"
                 "küche        7  a.b\n"
                 "x      1234567  \n");
    text_table_release(&table);
}

static void test_text_table__the_least_important_columns_go_first(void **state) {
    struct text_table table;

    (void)state;
    fill(&table);
    assert_table(&table, 18, "NAME   WHY\nküche  a.b\nx      \n");
    assert_table(&table, 7, "NAME\nküche\nx\n");
    assert_table(&table, 1, "NAME\nküche\nx\n");
    text_table_release(&table);
}

static void test_text_table__a_status_is_one_readable_row(void **state) {
    const struct status_view view = {
        .account = SLICE("office/1"),
        .state = SLICE("registered"),
        .server = SLICE("sip.example.com"),
        .target = SLICE("192.0.2.1:5060"),
        .transport = SLICE("udp"),
        .registered_since = 1000000,
        .binding_expires_in = 58000,
        .next_attempt_in = WALL_UNKNOWN,
        .last_status = 200,
        .last_reason = SLICE("OK"),
    };
    struct text_table table;

    (void)state;
    status_table_init(&table);
    assert_int_equal(status_table_add(&table, &view, 1600000), 0);
    assert_table(&table, 0,
                 "ACCOUNT   STATE       SERVER           TARGET                   SINCE  EXPIRES  "
                 "NEXT  FAILED  LAST ANSWER\n"
                 "office/1  registered  sip.example.com  192.0.2.1:5060/udp  10 min ago  in 58 s  "
                 "           0  200 OK\n");
    text_table_release(&table);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_table__columns_are_as_wide_as_their_widest_cell),
        cmocka_unit_test(test_text_table__the_least_important_columns_go_first),
        cmocka_unit_test(test_text_table__a_status_is_one_readable_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
