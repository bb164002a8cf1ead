#include "file_helper.h"

static void test_native__reads_accounts_with_what_they_have_in_common(void **state) {
    struct settings_file file =
        read_text("fleet.yaml", "family: yealink\n"
                                "expires: 10 min\n"
                                "keep_alive: {method: options, interval: 15}\n"
                                "accounts:\n"
                                "  - user: 2001\n"
                                "    password: \"a\"\n"
                                "    server: pbx.example.com\n"
                                "  - name: desk\n"
                                "    user: 0123\n"
                                "    password: ~\n"
                                "    expires: 60\n"
                                "    servers: [a.example, 'b.example:5070']\n");

    (void)state;
    assert_int_equal(file.errors, 0);
    assert_int_equal(file.account_count, 2);
    assert_string_equal(file.accounts[0].name, "fleet/1");
    assert_string_equal(file.accounts[1].name, "desk");
    assert_value(&file, 0, "expires", "600");
    assert_value(&file, 0, "keep_alive.interval", "15");
    assert_value(&file, 0, "retry", "30");
    assert_value(&file, 1, "user", "0123");
    assert_value(&file, 1, "expires", "60");
    assert_value(&file, 1, "servers[2].port", "5070");
    assert_said(&file, 8, SEVERITY_WARNING, "no password");
    settings_file_release(&file);
}

static void test_native__a_list_of_an_account_replaces_the_common_one(void **state) {
    struct settings_file file =
        read_text("a.yaml", "servers: [a.example, b.example, c.example]\n"
                            "accounts:\n"
                            "  - {user: u, password: p}\n"
                            "  - {user: v, password: p, server: d.example}\n");

    (void)state;
    assert_no_complaint(&file);
    assert_int_equal(settings_server_count(file.accounts[0].settings), 3);
    assert_int_equal(settings_server_count(file.accounts[1].settings), 1);
    settings_file_release(&file);
}

static void test_native__a_servers_own_setting_wins_wherever_it_stands(void **state) {
    struct settings_file file =
        read_text("a.yaml", "accounts:\n"
                            "  - user: u\n"
                            "    password: p\n"
                            "    servers:\n"
                            "      - {address: a.example, transport: tls, failback: {timeout: 9}}\n"
                            "      - b.example\n"
                            "    transport: tcp\n");

    (void)state;
    assert_no_complaint(&file);
    assert_value(&file, 0, "servers[1].transport", "tls");
    assert_value(&file, 0, "servers[1].failback.timeout", "9");
    assert_value(&file, 0, "servers[2].transport", "tcp");
    settings_file_release(&file);
}

static void test_native__takes_over_anchors_and_lets_them_be_overridden(void **state) {
    struct settings_file file = read_text("a.yaml", "x-line: &line {password: p, expires: 60}\n"
                                                    "accounts:\n"
                                                    "  - <<: *line\n"
                                                    "    user: u\n"
                                                    "    server: pbx\n"
                                                    "    expires: 90\n");

    (void)state;
    assert_no_complaint(&file);
    assert_value(&file, 0, "password", "p");
    assert_value(&file, 0, "expires", "90");
    settings_file_release(&file);
}

static void test_native__errors_name_line_key_value_and_range(void **state) {
    struct settings_file file = read_text("a.yaml", "accounts:\n"
                                                    "  - user: u\n"
                                                    "    password: p\n"
                                                    "    server: pbx\n"
                                                    "    expirse: 60\n"
                                                    "    dscp: 64\n"
                                                    "    transport: [udp]\n"
                                                    "    keep_alive:\n"
                                                    "      intervall: 3\n"
                                                    "    servers[1].port: 99999\n"
                                                    "  - user: v\n"
                                                    "    password: p\n"
                                                    "    server: pbx\n"
                                                    "  - just text\n"
                                                    "  - name: \"\"\n"
                                                    "    family: nokia\n"
                                                    "    user: w\n"
                                                    "    server: pbx\n");

    (void)state;
    assert_said(&file, 5, SEVERITY_ERROR, "'expirse'; is expires meant?");
    assert_said(&file, 6, SEVERITY_ERROR, "dscp: '64' is out of range (permitted: 0 to 63)");
    assert_said(&file, 7, SEVERITY_ERROR, "takes one value");
    assert_said(&file, 9, SEVERITY_ERROR, "is keep_alive.interval meant?");
    assert_said(&file, 10, SEVERITY_ERROR, "servers[1].port: '99999'");
    assert_said(&file, 14, SEVERITY_ERROR, "an account is a list");
    assert_said(&file, 15, SEVERITY_ERROR, "is no name");
    assert_said(&file, 16, SEVERITY_ERROR, "'nokia' is unknown");
    assert_int_equal(file.account_count, 4);
    assert_int_equal(file.accounts[1].errors, 0);
    assert_true(file.accounts[0].errors > 0);
    assert_true(file.accounts[2].errors > 0);
    assert_true(file.accounts[3].errors > 0);
    settings_file_release(&file);
}

static void test_native__an_error_in_what_is_common_stops_all_accounts(void **state) {
    struct settings_file file = read_text("a.yaml", "transport: tsl\n"
                                                    "accounts: [{user: u, server: pbx}]\n");

    (void)state;
    assert_said(&file, 1, SEVERITY_ERROR, "'tsl'");
    assert_true(file.accounts[0].errors > 0);
    settings_file_release(&file);
}

static void test_native__what_is_not_yaml_is_reported_with_its_line(void **state) {
    struct settings_file broken = read_text("a.yaml", "accounts:\n  - user: \"x\n");
    struct settings_file empty = read_text("a.yaml", "");
    struct settings_file list = read_text("a.yaml", "- user: x\n");

    (void)state;
    assert_said(&broken, -1, SEVERITY_ERROR, "not valid YAML");
    assert_said(&empty, -1, SEVERITY_ERROR, "accounts");
    assert_said(&list, 1, SEVERITY_ERROR, "accounts");
    settings_file_release(&broken);
    settings_file_release(&empty);
    settings_file_release(&list);
}

static void test_native__aliases_cannot_make_a_small_file_large(void **state) {
    size_t size = 400000;
    char *text = calloc(1, size);
    struct settings_file file;
    size_t at;

    (void)state;
    at = (size_t)snprintf(text, size, "x-a: &a {");
    for (int i = 0; i < 2000; i++)
        at += (size_t)snprintf(text + at, size - at, "x-%d: 1,", i);
    at += (size_t)snprintf(text + at, size - at, "}\naccounts:\n");
    for (int i = 0; i < 20000; i++)
        at += (size_t)snprintf(text + at, size - at, "  - *a\n");
    file = read_text("a.yaml", text);
    assert_said(&file, -1, SEVERITY_ERROR, "aliases make the file larger");
    assert_true(file.account_count < 1000);
    settings_file_release(&file);
    free(text);
}

static void test_native__names_the_fields_of_the_flx_page(void **state) {
    struct settings_file file =
        read_text("a.yaml", "family: flx\n"
                            "accounts:\n"
                            "  - Registrar: one.example\n"
                            "    Backup Registrar: two.example:5070\n"
                            "    Use Proxy for Registration: no\n"
                            "    Outbound Proxy: p.example;lr, q.example:5090\n"
                            "    Username: board\n"
                            "    Password: p\n"
                            "    Registration Timeout: 0\n"
                            "    auto_re_registration_retry_interval: 60\n"
                            "  - {registrar: one.example, id: line, username: b, password: p}\n");

    (void)state;
    assert_no_complaint(&file);
    assert_value(&file, 0, "user", "board");
    assert_value(&file, 0, "auth_name", "board");
    assert_value(&file, 0, "display_name", "board");
    assert_value(&file, 0, "expires", "55");
    assert_value(&file, 0, "retry", "60");
    assert_value(&file, 0, "fallback.timeout", "60");
    assert_value(&file, 0, "fallback.failback", "probe");
    assert_value(&file, 0, "servers[2].port", "5070");
    assert_value(&file, 0, "proxies[2].port", "5090");
    assert_value(&file, 0, "proxy.for_registration", "no");
    assert_value(&file, 1, "user", "line");
    assert_value(&file, 1, "auth_name", "b");
    settings_file_release(&file);
}

static void test_native__two_accounts_may_not_have_one_name(void **state) {
    struct settings_file files[2] = {
        read_text("a.yaml", "accounts:\n  - {name: x, user: u, password: p, server: s}\n"),
        read_text("b.yaml", "accounts:\n  - {name: y, user: u, password: p, server: s}\n"
                            "  - {name: x, user: u, password: p, server: s}\n")};

    (void)state;
    assert_int_equal(settings_check_names(files, 2), 0);
    assert_int_equal(files[0].accounts[0].errors, 0);
    assert_int_equal(files[1].accounts[0].errors, 0);
    assert_int_equal(files[1].accounts[1].errors, 1);
    assert_said(&files[1], 3, SEVERITY_ERROR, "a.yaml:2 is called 'x' already");
    settings_file_release(&files[0]);
    settings_file_release(&files[1]);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_native__reads_accounts_with_what_they_have_in_common),
        cmocka_unit_test(test_native__a_list_of_an_account_replaces_the_common_one),
        cmocka_unit_test(test_native__a_servers_own_setting_wins_wherever_it_stands),
        cmocka_unit_test(test_native__takes_over_anchors_and_lets_them_be_overridden),
        cmocka_unit_test(test_native__errors_name_line_key_value_and_range),
        cmocka_unit_test(test_native__an_error_in_what_is_common_stops_all_accounts),
        cmocka_unit_test(test_native__what_is_not_yaml_is_reported_with_its_line),
        cmocka_unit_test(test_native__aliases_cannot_make_a_small_file_large),
        cmocka_unit_test(test_native__names_the_fields_of_the_flx_page),
        cmocka_unit_test(test_native__two_accounts_may_not_have_one_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
