#include "../cmocka_all.h"

#include <string.h>

#include "cli/command.h"

enum { OPTION_FLAG, OPTION_SET, OPTION_LOUD };

static const struct cli_option options[] = {
    {"flag", NULL, "a flag", 'f'},
    {"set", "KEY=VALUE", "a value", 's'},
    {"loud", NULL, "without a letter", 0},
    {0},
};

static const struct cli_command command = {.name = "test", .options = options};

static struct cli_arguments arguments_of(char **argv) {
    struct cli_arguments arguments;
    int argc = 0;

    while (argv[argc])
        argc++;
    cli_arguments_init(&arguments, &command, argc, argv);
    return arguments;
}

#define ARGV(...)                                                                                  \
    (char *[]) {                                                                                   \
        __VA_ARGS__, NULL                                                                          \
    }

static void test_arguments__options_and_operands_come_in_any_order(void **state) {
    char one[] = "one", flag[] = "--flag", two[] = "two", set[] = "--set", value[] = "a=b";
    struct cli_arguments a = arguments_of(ARGV(one, flag, two, set, value));

    (void)state;
    assert_int_equal(cli_next(&a), CLI_NEXT_OPERAND);
    assert_string_equal(a.value, "one");
    assert_int_equal(cli_next(&a), OPTION_FLAG);
    assert_int_equal(cli_next(&a), CLI_NEXT_OPERAND);
    assert_string_equal(a.value, "two");
    assert_int_equal(cli_next(&a), OPTION_SET);
    assert_string_equal(a.value, "a=b");
    assert_int_equal(cli_next(&a), CLI_NEXT_END);
    assert_int_equal(cli_next(&a), CLI_NEXT_END);
}

static void test_arguments__a_value_may_follow_an_equals_sign_and_hold_another(void **state) {
    char set[] = "--set=retry=5", empty[] = "--set=";
    struct cli_arguments a = arguments_of(ARGV(set, empty));

    (void)state;
    assert_int_equal(cli_next(&a), OPTION_SET);
    assert_string_equal(a.value, "retry=5");
    assert_int_equal(cli_next(&a), OPTION_SET);
    assert_string_equal(a.value, "");
}

static void test_arguments__letters_may_be_grouped_and_hold_their_value(void **state) {
    char group[] = "-ffsx", apart[] = "-s", value[] = "-y";
    struct cli_arguments a = arguments_of(ARGV(group, apart, value));

    (void)state;
    assert_int_equal(cli_next(&a), OPTION_FLAG);
    assert_int_equal(cli_next(&a), OPTION_FLAG);
    assert_int_equal(cli_next(&a), OPTION_SET);
    assert_string_equal(a.value, "x");
    assert_int_equal(cli_next(&a), OPTION_SET);
    assert_string_equal(a.value, "-y");
    assert_int_equal(cli_next(&a), CLI_NEXT_END);
}

static void test_arguments__two_dashes_end_the_options(void **state) {
    char dashes[] = "--", flag[] = "--flag", dash[] = "-";
    struct cli_arguments a = arguments_of(ARGV(dash, dashes, flag, dashes));

    (void)state;
    assert_int_equal(cli_next(&a), CLI_NEXT_OPERAND);
    assert_string_equal(a.value, "-");
    assert_int_equal(cli_next(&a), CLI_NEXT_OPERAND);
    assert_string_equal(a.value, "--flag");
    assert_int_equal(cli_next(&a), CLI_NEXT_OPERAND);
    assert_string_equal(a.value, "--");
    assert_int_equal(cli_next(&a), CLI_NEXT_END);
}

static void test_arguments__wrong_usage_is_told_apart(void **state) {
    static char *const wrong[] = {(char *)"--nothing", (char *)"--flag=1", (char *)"--set",
                                  (char *)"-s",        (char *)"-x",       (char *)"--fla",
                                  (char *)"--flags",   (char *)"-",        NULL};

    (void)state;
    for (size_t i = 0; strcmp(wrong[i], "-") != 0; i++) {
        struct cli_arguments a = arguments_of(ARGV(wrong[i]));

        assert_int_equal(cli_next(&a), CLI_NEXT_WRONG);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arguments__options_and_operands_come_in_any_order),
        cmocka_unit_test(test_arguments__a_value_may_follow_an_equals_sign_and_hold_another),
        cmocka_unit_test(test_arguments__letters_may_be_grouped_and_hold_their_value),
        cmocka_unit_test(test_arguments__two_dashes_end_the_options),
        cmocka_unit_test(test_arguments__wrong_usage_is_told_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
