#include "file_helper.h"

/* An account that is complete; tests add to it. */
#define ACCOUNT                                                                                    \
    "#!version:1.0.0.1\n"                                                                          \
    "account.1.enable = 1\naccount.1.user_name = 7\naccount.1.password = p\n"                      \
    "account.1.sip_server.1.address = pbx.example.com\n"

static void test_yealink__reads_two_accounts_by_their_numbers(void **state) {
    struct settings_file file =
        read_text("/prov/0015651234.cfg", ACCOUNT "account.3.enable = 1\naccount.3.user_name = 9\n"
                                                  "account.3.password = q\n"
                                                  "account.3.sip_server.1.address = b.example\n"
                                                  "account.3.sip_server.1.expires = 120\n");

    (void)state;
    assert_no_complaint(&file);
    assert_int_equal(file.format, FORMAT_YEALINK);
    assert_int_equal(file.account_count, 2);
    assert_string_equal(file.accounts[0].name, "0015651234/1");
    assert_string_equal(file.accounts[1].name, "0015651234/3");
    assert_value(&file, 0, "expires", "3600");
    assert_value(&file, 1, "expires", "120");
    assert_value(&file, 0, "auth_name", "7");
    settings_file_release(&file);
}

static void test_yealink__reads_what_editors_and_templates_make_of_a_file(void **state) {
    static const char text[] = "\xef\xbb\xbf#!version:1.0.0.1\r\n"
                               "## Zur\xfc"
                               "ck\r\n"
                               "\t account.1.enable=1\r\n"
                               "account.1.user_name=7\r\n"
                               "account.1.password = a=b #c\r\n"
                               "account.1.display_name = M\xfcller\r\n"
                               "account.1.sip_server.1.address =pbx\r\n";
    struct settings_file file = read_as("a.cfg", text, sizeof(text) - 1);

    (void)state;
    assert_int_equal(file.errors, 0);
    assert_said(&file, 6, SEVERITY_WARNING, "Latin-1");
    assert_value(&file, 0, "password", "a=b #c");
    assert_value(&file, 0, "display_name", "M\xc3\xbcller");
    settings_file_release(&file);
}

static void test_yealink__the_later_line_counts_an_empty_one_too(void **state) {
    struct settings_file file =
        read_text("a.cfg", ACCOUNT "account.1.sip_server.1.expires = 60\n"
                                   "account.1.sip_server.1.expires = 90\n"
                                   "account.1.fallback.redundancy_type = 1\n"
                                   "account.1.fallback.redundancy_type =\n"
                                   "account.1.reg_fail_retry_interval = 99\n"
                                   "account.1.reg_fail_retry_interval = %NULL%\n"
                                   "account.1.enable = 1\n");

    (void)state;
    assert_said(&file, 7, SEVERITY_WARNING, "overrides line 6");
    assert_said(&file, 9, SEVERITY_WARNING, "line 8 does not count");
    assert_said(&file, 11, SEVERITY_WARNING, "line 10 does not count");
    assert_said(&file, 12, SEVERITY_NOTE, "repeats line 2");
    assert_int_equal(file.errors, 0);
    assert_value(&file, 0, "expires", "90");
    assert_value(&file, 0, "redundancy", "concurrent");
    assert_value(&file, 0, "retry", "30");
    settings_file_release(&file);
}

static void test_yealink__a_wrong_value_gives_way_to_a_right_one_after_it(void **state) {
    struct settings_file file = read_text("a.cfg", ACCOUNT "account.1.sip_server.1.expires = 5\n"
                                                           "account.1.sip_server.1.expires = 90\n");

    (void)state;
    assert_said(&file, 6, SEVERITY_ERROR, "30 to 2147483647");
    assert_int_equal(file.accounts[0].errors, 0);
    assert_value(&file, 0, "expires", "90");
    settings_file_release(&file);
}

static void test_yealink__an_old_name_left_empty_takes_nothing_away(void **state) {
    struct settings_file file = read_text("a.cfg", ACCOUNT "account.1.sip_server_host =\n"
                                                           "account.1.sip_server_port =\n");

    (void)state;
    assert_no_complaint(&file);
    assert_value(&file, 0, "servers[1].address", "pbx.example.com");
    settings_file_release(&file);
}

static void test_yealink__lines_of_templates_that_went_wrong_are_warnings(void **state) {
    struct settings_file file = read_text("a.cfg", ACCOUNT "features.x\n"
                                                           "account.X.enable = 1\n"
                                                           "account.1.pasword = secret\n"
                                                           "account.17.enable = 1\n"
                                                           "sip.listen_mode= sip.trust_ctrl = 1\n"
                                                           "account.1.codec.1.enable = 1\n"
                                                           "features.dnd.enable = 0\n"
                                                           "account.1.password hidden-word\n");

    (void)state;
    assert_int_equal(file.errors, 0);
    assert_int_equal(file.accounts[0].errors, 0);
    assert_said(&file, 6, SEVERITY_WARNING, "not 'key = value'");
    assert_said(&file, 7, SEVERITY_WARNING, "account's number is missing");
    assert_said(&file, 8, SEVERITY_WARNING, "is account.1.password meant?");
    assert_said(&file, 9, SEVERITY_WARNING, "no account");
    assert_said(&file, 10, SEVERITY_WARNING, "two assignments");
    assert_said(&file, 11, SEVERITY_NOTE, "does not concern");
    assert_said(&file, 12, SEVERITY_NOTE, "does not concern");
    assert_int_equal(count_said(&file, -1, SEVERITY_WARNING, "hidden-word"), 0);
    assert_value(&file, 0, "accept.server_only", "yes");
    settings_file_release(&file);
}

static void test_yealink__clamps_only_what_the_manual_clamps(void **state) {
    struct settings_file file =
        read_text("a.cfg", ACCOUNT "account.1.sip_server.1.failback_mode = 3\n"
                                   "account.1.sip_server.1.failback_timeout = 1\n"
                                   "account.1.sip_server.2.failback_timeout = 0\n");

    (void)state;
    assert_said(&file, 7, SEVERITY_WARNING, "the smallest is used");
    assert_value(&file, 0, "servers[1].failback.timeout", "60");
    assert_value(&file, 0, "servers[2].failback.timeout", "0");
    assert_int_equal(file.errors, 0);
    settings_file_release(&file);
}

static void test_yealink__listens_at_5060_unless_the_file_says_another(void **state) {
    struct settings_file file =
        read_text("t21.cfg", "#!version:1.0.0.1\naccount.1.enable = 1\naccount.1.user_name = u\n"
                             "account.1.sip_server.1.address = a\naccount.2.enable = 1\n"
                             "account.2.user_name = v\naccount.2.sip_server.1.address = a\n"
                             "account.2.sip_listen_port = 5071\n");

    (void)state;
    assert_int_equal(file.account_count, 2);
    assert_value(&file, 0, "local_port", "5060");
    assert_value(&file, 0, "local_port_if_taken", "any");
    assert_value(&file, 1, "local_port", "5071");
    assert_value(&file, 1, "local_port_if_taken", "wait");
    settings_file_release(&file);
}

static void test_yealink__maps_its_failback_modes(void **state) {
    static const struct {
        const char *mode, *timeout, *expected;
    } cases[] = {{"0", "3600", "new-requests"},
                 {"1", "3600", "dns-ttl"},
                 {"2", "3600", "registration"},
                 {"3", "600", "duration"},
                 {"3", "0", "stay"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[400];
        struct settings_file file;

        snprintf(text, sizeof(text),
                 ACCOUNT "account.1.sip_server.1.failback_mode = %s\n"
                         "account.1.sip_server.1.failback_timeout = %s\n",
                 cases[i].mode, cases[i].timeout);
        file = read_text("a.cfg", text);
        assert_no_complaint(&file);
        assert_value(&file, 0, "failback", cases[i].expected);
        settings_file_release(&file);
    }
}

static void test_yealink__a_proxy_says_minus_one_for_as_its_server(void **state) {
    struct settings_file file =
        read_text("a.cfg", ACCOUNT "account.1.sip_server.1.retry_counts = 5\n"
                                   "account.1.sip_server.1.register_on_enable = 1\n"
                                   "account.1.outbound_proxy_enable = 1\n"
                                   "account.1.outbound_proxy.1.address = edge.example.com\n"
                                   "account.1.outbound_proxy.1.retry_counts = -1\n"
                                   "account.1.outbound_proxy.1.register_on_enable = -1\n"
                                   "account.1.outbound_proxy.1.failback_mode = -1\n"
                                   "account.1.outbound_proxy.1.invite_retry_counts =\n");

    (void)state;
    assert_no_complaint(&file);
    assert_value(&file, 0, "proxies[1].retry_counts", "5");
    assert_value(&file, 0, "proxies[1].register_on_enable", "yes");
    assert_value(&file, 0, "proxies[1].failback", "new-requests");
    assert_value(&file, 0, "proxies[1].invite_retry_counts", "3");
    settings_file_release(&file);
}

static void test_yealink__uses_proxies_only_when_told_to(void **state) {
    struct settings_file off =
        read_text("a.cfg", ACCOUNT "account.1.outbound_proxy.1.address = edge\n");
    struct settings_file server =
        read_text("a.cfg", ACCOUNT "account.1.outbound_proxy.1.address = edge\n"
                                   "account.1.sip_server.2.address = two\n"
                                   "account.1.sip_server.2.outbound_proxy_enable = 1\n");

    (void)state;
    assert_said(&off, 6, SEVERITY_WARNING, "not enabled");
    assert_value(&off, 0, "proxy.enabled", "no");
    assert_value(&server, 0, "proxy.enabled", "yes");
    assert_value(&server, 0, "servers[1].use_proxy", "no");
    assert_value(&server, 0, "servers[2].use_proxy", "yes");
    settings_file_release(&off);
    settings_file_release(&server);
}

static void test_yealink__leaves_out_accounts_that_are_not_in_use(void **state) {
    struct settings_file file = read_text(
        "a.cfg", ACCOUNT "account.2.enable = 0\naccount.2.user_name =\naccount.2.password =\n"
                         "account.2.sip_server.1.address = pbx\n"
                         "account.3.enable = 0\naccount.3.user_name = 8\naccount.3.password = x\n"
                         "account.3.sip_server.1.address = pbx\n"
                         "account.4.label =\naccount.4.codec.1.enable = 1\n"
                         "account.5.user_name = 5\naccount.5.password = x\n"
                         "account.5.sip_server.1.address = pbx\n");

    (void)state;
    assert_int_equal(file.account_count, 3);
    assert_value(&file, 1, "enabled", "no");
    assert_string_equal(file.accounts[2].name, "a/5");
    assert_value(&file, 2, "enabled", "yes");
    assert_said(&file, -1, SEVERITY_WARNING, "account.5.enable is not in the file");
    settings_file_release(&file);
}

static void test_yealink__a_bad_account_does_not_stop_the_good_ones(void **state) {
    struct settings_file file = read_text(
        "a.cfg", ACCOUNT "sip.timer_t1 = fast\n"
                         "account.2.enable = 1\naccount.2.user_name = 8\naccount.2.password = x\n"
                         "account.2.sip_server.1.address = pbx\n"
                         "account.2.sip_server.1.transport_type = 7\n");

    (void)state;
    assert_int_equal(file.errors, 2);
    assert_int_equal(file.accounts[0].errors, 0);
    assert_int_equal(file.accounts[1].errors, 1);
    settings_file_release(&file);
}

static void test_yealink__static_records_without_a_name_are_left_out(void **state) {
    struct settings_file file =
        read_text("a.cfg", ACCOUNT "account.1.dns_cache_a.1.name =\n"
                                   "account.1.dns_cache_a.1.ttl = 300\n"
                                   "account.1.dns_cache_a.4.name = pbx\n"
                                   "account.1.dns_cache_a.4.ip = 192.0.2.1\n"
                                   "account.1.dns_cache_a.4.ttl = 60\n");

    (void)state;
    assert_no_complaint(&file);
    assert_value(&file, 0, "dns_a[1].name", "pbx");
    assert_value(&file, 0, "dns_a[1].ip", "192.0.2.1");
    assert_value(&file, 0, "dns_a[1].ttl", "60");
    assert_value(&file, 0, "dns_a[2].name", "");
    assert_value(&file, 0, "dns_a[5].name", "");
    settings_file_release(&file);
}

static void test_yealink__what_is_for_all_gives_way_to_what_is_for_one(void **state) {
    struct settings_file file =
        read_text("a.cfg", ACCOUNT "account.1.sip_server.2.address = b.example\n"
                                   "account.1.sip_server.2.transport_type = 2\n"
                                   "account.1.transport = 1\n"
                                   "account.1.advanced.timer_t1 = 1\n"
                                   "sip.timer_t1 = 0.25\n"
                                   "account.1.nat.stun_server = own.example\n"
                                   "static.sip.nat_stun.server = stun.example\n"
                                   "static.sip.nat_stun.port = 3479\n");

    (void)state;
    assert_int_equal(file.errors, 0);
    assert_value(&file, 0, "servers[1].transport", "tcp");
    assert_value(&file, 0, "servers[2].transport", "tls");
    assert_value(&file, 0, "timer.t1", "1");
    assert_value(&file, 0, "nat.stun_server", "own.example");
    assert_value(&file, 0, "nat.stun_port", "3479");
    settings_file_release(&file);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_yealink__reads_two_accounts_by_their_numbers),
        cmocka_unit_test(test_yealink__reads_what_editors_and_templates_make_of_a_file),
        cmocka_unit_test(test_yealink__the_later_line_counts_an_empty_one_too),
        cmocka_unit_test(test_yealink__a_wrong_value_gives_way_to_a_right_one_after_it),
        cmocka_unit_test(test_yealink__an_old_name_left_empty_takes_nothing_away),
        cmocka_unit_test(test_yealink__lines_of_templates_that_went_wrong_are_warnings),
        cmocka_unit_test(test_yealink__clamps_only_what_the_manual_clamps),
        cmocka_unit_test(test_yealink__listens_at_5060_unless_the_file_says_another),
        cmocka_unit_test(test_yealink__maps_its_failback_modes),
        cmocka_unit_test(test_yealink__a_proxy_says_minus_one_for_as_its_server),
        cmocka_unit_test(test_yealink__uses_proxies_only_when_told_to),
        cmocka_unit_test(test_yealink__leaves_out_accounts_that_are_not_in_use),
        cmocka_unit_test(test_yealink__a_bad_account_does_not_stop_the_good_ones),
        cmocka_unit_test(test_yealink__static_records_without_a_name_are_left_out),
        cmocka_unit_test(test_yealink__what_is_for_all_gives_way_to_what_is_for_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
