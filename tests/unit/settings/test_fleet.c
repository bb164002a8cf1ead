#include "file_helper.h"

#include "settings/csv.h"
#include "settings/pattern.h"

static const char *credentials;

static char *read_credentials(const char *path, size_t *ret_length, const char **ret_why) {
    if (strcmp(path, "dir/phones.csv") != 0) {
        *ret_why = "it is gone";
        return NULL;
    }
    *ret_length = strlen(credentials);
    return strdup(credentials);
}

static struct settings_file read_fleet(const char *yaml, const char *csv) {
    struct settings_read_options how = {.read = read_credentials};
    struct settings_file file;

    credentials = csv;
    assert_int_equal(settings_file_read(&file, "dir/fleet.yaml", slice_from(yaml), &how), 0);
    return file;
}

static void test_fleet__a_count_fills_in_the_template(void **state) {
    struct settings_file file = read_fleet("expires: 600\n"
                                           "servers: [a.example, b.example]\n"
                                           "fleet:\n"
                                           "  count: 1000\n"
                                           "  first: 7\n"
                                           "  template:\n"
                                           "    name: \"desk/%05n\"\n"
                                           "    user: \"1%04n\"\n"
                                           "    password: \"%%pw-%n%\"\n",
                                           "");

    (void)state;
    assert_no_complaint(&file);
    assert_int_equal(file.account_count, 1000);
    assert_string_equal(file.accounts[0].name, "desk/00007");
    assert_string_equal(file.accounts[999].name, "desk/01006");
    assert_value(&file, 999, "user", "11006");
    assert_value(&file, 999, "password", "%pw-1006%");
    assert_value(&file, 999, "expires", "600");
    assert_value(&file, 999, "servers[2].address", "b.example");
    assert_int_equal(file.accounts[500].line, 4);
    settings_file_release(&file);
}

static void test_fleet__ranges_and_accounts_stand_beside_each_other(void **state) {
    struct settings_file file = read_fleet("accounts:\n"
                                           "  - {user: boss, password: p, server: a.example}\n"
                                           "fleet:\n"
                                           "  - ranges: 2000-2002, 4000\n"
                                           "    template: {user: \"%n\", password: p%n, "
                                           "server: pbx%n.example}\n"
                                           "  - ranges: [1-2, \"8\"]\n"
                                           "    template: {user: \"u%n\", password: p, "
                                           "server: a.example}\n",
                                           "");

    (void)state;
    assert_no_complaint(&file);
    assert_int_equal(file.account_count, 8);
    assert_string_equal(file.accounts[0].name, "fleet/1");
    assert_string_equal(file.accounts[4].name, "fleet/4000");
    assert_value(&file, 4, "servers[1].address", "pbx4000.example");
    assert_string_equal(file.accounts[7].name, "fleet/u8");
    settings_file_release(&file);
}

static void test_fleet__credentials_come_from_a_file_beside_it(void **state) {
    struct settings_file file =
        read_fleet("servers: [a.example]\n"
                   "fleet:\n"
                   "  credentials: phones.csv\n"
                   "  template: {expires: 600, display_name: \"Nobody\"}\n",
                   "\xef\xbb\xbfUser,password,AUTH_USER,name,display_name,expires\r\n"
                   "1,\"a,\"\"b\"\"\",x1,reception,\"two\nlines\",\r\n"
                   "\r\n"
                   "2,p,,,,30\n");

    (void)state;
    assert_said(&file, 2, SEVERITY_ERROR, "display_name");
    assert_int_equal(file.account_count, 2);
    assert_string_equal(file.accounts[0].name, "reception");
    assert_value(&file, 0, "password", "a,\"b\"");
    assert_value(&file, 0, "auth_name", "x1");
    assert_value(&file, 0, "expires", "600");
    assert_string_equal(file.accounts[1].name, "fleet/2");
    assert_value(&file, 1, "display_name", "Nobody");
    assert_value(&file, 1, "expires", "30");
    assert_int_equal(file.accounts[1].line, 5);
    assert_string_equal(file.accounts[1].source, "dir/phones.csv");
    settings_file_release(&file);
}

static void test_fleet__a_file_of_another_encoding_is_told_so(void **state) {
    struct settings_file file = read_fleet("servers: [a.example]\n"
                                           "fleet: {credentials: phones.csv}\n",
                                           "user,password,display_name\n"
                                           "1,p,M\xfcller\n"
                                           "2,p,M\xc3\xbcller\n");

    (void)state;
    assert_said(&file, 2, SEVERITY_ERROR, "the row is not in UTF-8");
    assert_int_equal(file.account_count, 1);
    assert_value(&file, 0, "display_name", "M\xc3\xbcller");
    settings_file_release(&file);
    file = read_fleet("servers: [a.example]\nfleet: {credentials: phones.csv}\n",
                      "\xff\xfeu,password\n1,p\n");
    assert_said(&file, 1, SEVERITY_ERROR, "this is UTF-16, UTF-8 is wanted");
    assert_int_equal(file.account_count, 0);
    settings_file_release(&file);
}

/* What is left of an export that failed must not remove a fleet. */
static void test_fleet__credentials_without_rows_are_an_error(void **state) {
    struct settings_file file = read_fleet("servers: [a.example]\n"
                                           "fleet: {credentials: phones.csv}\n",
                                           "user,password\n\n");

    (void)state;
    assert_said(&file, 1, SEVERITY_ERROR, "there is nothing below the header line");
    assert_int_equal(file.errors, 1);
    settings_file_release(&file);
}

static void test_fleet__each_mistake_of_a_row_has_its_line(void **state) {
    struct settings_file file = read_fleet("servers: [a.example]\n"
                                           "fleet: {credentials: phones.csv}\n",
                                           "user;password;expires\n"
                                           "1;p;soon\n"
                                           "2;p\n"
                                           ";p;\n"
                                           "4;\"p\"x;60\n"
                                           "5;p;60\n"
                                           "6;\"p;60\n");

    (void)state;
    assert_said(&file, 2, SEVERITY_ERROR, "expires");
    assert_said(&file, 3, SEVERITY_ERROR, "the row has 2 cells, the header 3");
    assert_said(&file, 4, SEVERITY_ERROR, "has no user");
    assert_said(&file, 5, SEVERITY_ERROR, "after a quote's end");
    assert_said(&file, 7, SEVERITY_ERROR, "does not end");
    assert_int_equal(file.errors, 5);
    for (size_t i = 0; i < file.diagnostic_count; i++)
        assert_string_equal(file.diagnostics[i].source, "dir/phones.csv");
    assert_int_equal(file.account_count, 3);
    assert_int_equal(file.accounts[2].errors, 0);
    assert_value(&file, 2, "user", "5");
    settings_file_release(&file);
}

static void test_fleet__a_wrong_column_is_told_with_what_may_be_meant(void **state) {
    struct settings_file file =
        read_fleet("fleet: {credentials: phones.csv}\n", "user,pasword,user\n"
                                                         "1,p,2\n");

    (void)state;
    assert_said(&file, 1, SEVERITY_ERROR, "'pasword'; is password meant?");
    assert_said(&file, 1, SEVERITY_ERROR, "column 'user' is there twice");
    assert_int_equal(file.account_count, 0);
    settings_file_release(&file);
}

/* The fleet's YAML, line, what is said. */
static void assert_refused(const char *yaml, int line, const char *said) {
    struct settings_file file = read_fleet(yaml, "user\n");

    assert_said(&file, line, SEVERITY_ERROR, said);
    assert_int_equal(file.account_count, 0);
    settings_file_release(&file);
}

static void test_fleet__what_is_wrong_with_a_template_is_said_once(void **state) {
    (void)state;
    assert_refused("server: a\nfleet:\n  count: 50\n  template:\n    user: u%n\n    expires: x\n",
                   6, "expires");
    assert_refused("fleet:\n  count: 50\n  template: {user: u%n, password: p}\n", 2,
                   "has no server");
    assert_refused("fleet:\n  count: 50\n  expires: 60\n  template: {user: u%n}\n", 3,
                   "'expires' is none of count");
    assert_refused("fleet:\n  count: many\n  template: {user: u%n}\n", 2, "a number is wanted");
    assert_refused("fleet:\n  count: 5\n", 2, "a fleet has a 'template:'");
    assert_refused("fleet:\n  template: {user: u}\n", 2, "'count:', 'ranges:' or 'credentials:'");
    assert_refused("fleet:\n  ranges: 9-3\n  template: {user: u}\n", 2, "'FIRST-LAST' is wanted");
    assert_refused("fleet:\n  credentials: other.csv\n", 2,
                   "dir/other.csv cannot be read: it is gone");
    assert_refused("fleet: 7\n", 1, "a fleet is a list");
    assert_refused("server: a\nfleet: {count: 3000000, template: {user: u%n, password: p}}\n", 2,
                   "2000000 accounts at the most");
    assert_refused("server: a\nfleet:\n  count: 5\n  template: {user: u%n, password: p, expires: "
                   "1%0010n}\n",
                   4, "expires");
}

static void test_fleet__a_user_twice_at_a_server_is_reported(void **state) {
    struct settings_file file = read_fleet("servers: [a.example]\n"
                                           "fleet: {credentials: phones.csv}\n",
                                           "name,user,password,server\n"
                                           "a,1,p,\n"
                                           "b,1,p,b.example\n"
                                           "c,1,p,A.Example\n"
                                           "d,2,p,\n");

    (void)state;
    assert_no_complaint(&file);
    assert_int_equal(settings_check_identities(&file, 1), 0);
    assert_int_equal(file.warnings, 1);
    assert_said(&file, 4, SEVERITY_WARNING, "'c' registers the user that 'a'");
    assert_said(&file, 4, SEVERITY_WARNING, "(dir/phones.csv:2) does, at the same server");
    settings_file_release(&file);
}

static void test_fleet__patterns_leave_other_percent_signs(void **state) {
    char text[64];
    struct writer w = writer_of(text, sizeof text);

    (void)state;
    assert_true(pattern_varies(SLICE("a%5n")));
    assert_true(pattern_varies(SLICE("100%%")));
    assert_false(pattern_varies(SLICE("50% of %x %")));
    pattern_write(&w, SLICE("%n %3n %03n %% %x %"), 42);
    assert_true(writer_terminate(&w));
    assert_string_equal(text, "42 042 042 % %x %");
}

static void test_fleet__a_row_has_its_limits(void **state) {
    static struct csv_row row;
    char many[200], wide[CSV_ROW_BYTES_MAX + 200];
    struct csv csv;

    (void)state;
    memset(many, ',', sizeof many);
    memset(wide, 'x', sizeof wide);
    csv = csv_of(slice_of(many, sizeof many));
    assert_int_equal(csv_next(&csv, &row), CSV_TOO_LARGE);
    assert_int_equal(csv_next(&csv, &row), CSV_END);
    csv = csv_of(slice_of(wide, sizeof wide));
    assert_int_equal(csv_next(&csv, &row), CSV_TOO_LARGE);
    assert_int_equal(csv_next(&csv, &row), CSV_END);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fleet__a_count_fills_in_the_template),
        cmocka_unit_test(test_fleet__ranges_and_accounts_stand_beside_each_other),
        cmocka_unit_test(test_fleet__credentials_come_from_a_file_beside_it),
        cmocka_unit_test(test_fleet__a_file_of_another_encoding_is_told_so),
        cmocka_unit_test(test_fleet__credentials_without_rows_are_an_error),
        cmocka_unit_test(test_fleet__each_mistake_of_a_row_has_its_line),
        cmocka_unit_test(test_fleet__a_wrong_column_is_told_with_what_may_be_meant),
        cmocka_unit_test(test_fleet__what_is_wrong_with_a_template_is_said_once),
        cmocka_unit_test(test_fleet__a_user_twice_at_a_server_is_reported),
        cmocka_unit_test(test_fleet__patterns_leave_other_percent_signs),
        cmocka_unit_test(test_fleet__a_row_has_its_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
