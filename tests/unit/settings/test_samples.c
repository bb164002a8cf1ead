/* The files in tests/files: provisioning files as they are found in the field. */
#include "file_helper.h"

#include "daemon/config_files.h"

static struct config_files read_path(const char *name) {
    struct settings_read_options how = {0};
    struct config_files files;
    char path[300];
    const char *const paths[] = {path};

    snprintf(path, sizeof(path), "%s/%s", TEST_FILES, name);
    assert_int_equal(config_files_read(&files, paths, 1, &how), 0);
    return files;
}

static void test_samples__are_read_without_a_false_error(void **state) {
    struct config_files files = read_path("");

    (void)state;
    assert_int_equal(files.count, 8);
    assert_int_equal(files.errors, 0);
    assert_int_equal(files.accounts, 15);
    /* Hundreds of keys that do not concern us, and hardly a warning. */
    assert_true(files.warnings <= 6);
    for (size_t i = 0; i < files.count; i++) {
        for (size_t a = 0; a < files.list[i].account_count; a++)
            assert_int_equal(files.list[i].accounts[a].errors, 0);
    }
    config_files_release(&files);
}

static void test_samples__are_the_same_after_conversion(void **state) {
    struct config_files files = read_path("");

    (void)state;
    for (size_t i = 0; i < files.count; i++) {
        const struct settings_file *before = &files.list[i];
        struct settings_file after;
        char *text = NULL;

        assert_int_equal(settings_native_write(before, &text), 0);
        after = read_text("converted.yaml", text);
        assert_int_equal(after.errors, 0);
        assert_int_equal(after.family, before->family);
        assert_int_equal(after.account_count, before->account_count);
        for (size_t a = 0; a < before->account_count; a++) {
            assert_string_equal(after.accounts[a].name, before->accounts[a].name);
            if (!hf_settings_equal(after.accounts[a].settings, before->accounts[a].settings))
                fail_msg("%s: %s differs:\n%s", before->name, before->accounts[a].name, text);
        }
        settings_file_release(&after);
        free(text);
    }
    config_files_release(&files);
}

static void test_samples__the_long_yealink_file_says_what_it_says(void **state) {
    struct config_files files = read_path("yealink-00156574a1b2.cfg");
    const struct settings_file *file = &files.list[0];

    (void)state;
    assert_true(file->unknown > 500);
    assert_int_equal(file->account_count, 2);
    assert_value(file, 0, "user", "2101");
    assert_value(file, 0, "password", "k7#Vx!=pq");
    assert_value(file, 0, "servers[2].transport", "tcp");
    assert_value(file, 0, "servers[1].failback", "dns-ttl");
    assert_value(file, 0, "redundancy", "successive");
    assert_value(file, 0, "start.spread", "20");
    assert_value(file, 1, "password", "pa ss=wo#rd");
    assert_value(file, 1, "redundancy", "concurrent");
    assert_value(file, 1, "expires", "180");
    config_files_release(&files);
}

static void test_samples__of_grandstream_say_what_they_say(void **state) {
    struct config_files grp = read_path("grandstream-grp2614.xml");
    struct config_files gxv = read_path("grandstream-gxv3370.xml");
    struct config_files gxp = read_path("grandstream-gxp2170.txt");

    (void)state;
    assert_int_equal(grp.list[0].family, FAMILY_GRP);
    assert_value(&grp.list[0], 0, "password", "p<w>\"1");
    assert_value(&grp.list[0], 0, "expires", "300");
    assert_value(&grp.list[0], 0, "failback", "duration");
    assert_value(&grp.list[0], 0, "keep_alive.max_tries", "10");
    assert_value(&grp.list[0], 0, "nat.keep_alive_interval", "30");
    assert_value(&grp.list[0], 1, "proxies[1].port", "5070");
    assert_int_equal(gxv.list[0].family, FAMILY_GXV3370);
    assert_value(&gxv.list[0], 0, "display_name", "Küche");
    assert_value(&gxv.list[0], 0, "auth.on_reregister", "no");
    assert_value(&gxv.list[0], 0, "unregister_on_start", "all");
    assert_value(&gxv.list[0], 1, "servers[1].address", "2001:db8::5");
    assert_value(&gxv.list[0], 1, "servers[1].port", "5080");
    assert_value(&gxp.list[0], 1, "servers[1].port", "5090");
    assert_value(&gxp.list[0], 1, "reregister_before", "10");
    config_files_release(&grp);
    config_files_release(&gxv);
    config_files_release(&gxp);
}

/* Each mistake of the file: its line, how grave it is, and a part of what is said. */
static const struct {
    int line;
    enum settings_severity severity;
    const char *part;
} mistakes[] = {
    {3, SEVERITY_ERROR, "account.1.enable: '2' is not permitted (permitted: 0 or 1)"},
    {6, SEVERITY_ERROR, "'pbx one.example.com' is not a host name"},
    {7, SEVERITY_ERROR, "'70000' is out of range (permitted: 0 to 65535)"},
    {8, SEVERITY_ERROR, "transport_type: '4' is not permitted (permitted: 0, 1, 2 or 3)"},
    {9, SEVERITY_ERROR, "expires: '29' is out of range (permitted: 30 to 2147483647 s)"},
    {10, SEVERITY_ERROR, "retry_counts: '21' is out of range (permitted: 0 to 20)"},
    {11, SEVERITY_ERROR, "invite_retry_counts: '0' is out of range (permitted: 1 to 10)"},
    {12, SEVERITY_ERROR, "failback_mode: '5' is not permitted"},
    {13, SEVERITY_WARNING, "failback_timeout: '59' is too small, the smallest is used"},
    {14, SEVERITY_ERROR, "register_on_enable: 'yes' is not permitted"},
    {15, SEVERITY_ERROR, "failback_timeout: '65536' is out of range"},
    {16, SEVERITY_ERROR, "outbound_proxy.1.retry_counts: '-2' is out of range"},
    {17, SEVERITY_ERROR, "outbound_proxy.1.address: '192.0.2.300' is not a host name"},
    {18, SEVERITY_ERROR, "redundancy_type: '2' is not permitted"},
    {19, SEVERITY_ERROR, "fallback.timeout: '9' is out of range"},
    {20, SEVERITY_ERROR, "reg_fail_retry_interval: '1801' is out of range"},
    {21, SEVERITY_ERROR, "reg_failed_retry_min_time: 'soon' is not a time"},
    {22, SEVERITY_ERROR, "register_expires_overlap: '0' is out of range"},
    {23, SEVERITY_ERROR, "udp_update_time: '14' is out of range"},
    {24, SEVERITY_ERROR, "udp_update_enable: '4' is not permitted"},
    {25, SEVERITY_ERROR, "stun_port: '0' is out of range"},
    {26, SEVERITY_ERROR, "dns_cache_type: '3' is not permitted"},
    {27, SEVERITY_ERROR, "dns_cache_a.1.ip: 'not-an-address' is not an IP address"},
    {28, SEVERITY_WARNING, "no account, server or record of this number"},
    {29, SEVERITY_ERROR, "dns_query_timeout: '10' is out of range"},
    {30, SEVERITY_WARNING, "account.17.enable"},
    {31, SEVERITY_ERROR, "sip_listen_port: '80' is out of range"},
    {32, SEVERITY_ERROR, "reg_surge_prevention: '61' is out of range"},
    {33, SEVERITY_ERROR, "timer_t1: '-1' is negative"},
    {34, SEVERITY_WARNING, "account's number is missing"},
    {35, SEVERITY_WARNING, "is not 'key = value'"},
    {36, SEVERITY_WARNING, "is account.1.user_name meant?"},
    {37, SEVERITY_ERROR, "naptr_build: '0x1' is not permitted"},
    {44, SEVERITY_WARNING, "a phone would ignore it"},
    {45, SEVERITY_WARNING, "needs register_on_enable"},
    {46, SEVERITY_WARNING, "same as an earlier server"},
    {47, SEVERITY_WARNING, "needs a failback"},
    {48, SEVERITY_WARNING, "not shorter than expires"},
    {49, SEVERITY_WARNING, "reg_failed_retry_max_time has no effect"},
    {51, SEVERITY_WARNING, "line 50 does not count"},
    {52, SEVERITY_WARNING, "outbound proxies are not enabled"},
    {54, SEVERITY_ERROR, "account 3 has no server"},
    {58, SEVERITY_ERROR, "account 4 has no user"},
    {58, SEVERITY_WARNING, "account 4 has no password"},
};

static void test_samples__every_mistake_is_named_at_its_line(void **state) {
    struct config_files files = read_path("bad/thirty-mistakes.cfg");
    const struct settings_file *file = &files.list[0];
    size_t count = sizeof(mistakes) / sizeof(mistakes[0]);

    (void)state;
    for (size_t i = 0; i < count; i++)
        assert_said(file, mistakes[i].line, mistakes[i].severity, mistakes[i].part);
    assert_int_equal(file->errors + file->warnings, count);
    assert_int_equal(files.accounts, 2);
    for (size_t i = 0; i < file->diagnostic_count; i++)
        assert_null(strstr(file->diagnostics[i].message, "top-secret"));
    config_files_release(&files);
}

static void test_samples__a_file_that_is_not_there_is_an_error_of_its_own(void **state) {
    struct config_files files = read_path("no-such-file.cfg");

    (void)state;
    assert_int_equal(files.count, 1);
    assert_int_equal(files.errors, 1);
    assert_said(&files.list[0], 0, SEVERITY_ERROR, "cannot be read");
    config_files_release(&files);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples__are_read_without_a_false_error),
        cmocka_unit_test(test_samples__are_the_same_after_conversion),
        cmocka_unit_test(test_samples__the_long_yealink_file_says_what_it_says),
        cmocka_unit_test(test_samples__of_grandstream_say_what_they_say),
        cmocka_unit_test(test_samples__every_mistake_is_named_at_its_line),
        cmocka_unit_test(test_samples__a_file_that_is_not_there_is_an_error_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
