#include "../cmocka_all.h"

#include "settings/settings.h"

static struct hf_settings *make(const char *family) {
    struct hf_settings *settings = NULL;

    assert_int_equal(hf_settings_create(family, &settings), 0);
    return settings;
}

static void set(struct hf_settings *settings, const char *key, const char *value) {
    struct hf_settings_error error;
    int result = hf_settings_set(settings, key, value, &error);

    if (result != 0)
        fail_msg("%s: %s", key, error.message);
}

static void check(const struct hf_settings *settings, const char *key, const char *expected) {
    char buffer[200];

    assert_int_equal(hf_settings_get(settings, key, buffer, sizeof(buffer)), 0);
    assert_string_equal(buffer, expected);
}

static void refuse(const char *key, const char *value, int code, const char *part) {
    struct hf_settings *settings = make("generic");
    struct hf_settings *before = NULL;
    struct hf_settings_error error;

    assert_int_equal(hf_settings_copy(settings, &before), 0);
    assert_int_equal(hf_settings_set(settings, key, value, &error), code);
    if (!strstr(error.message, part))
        fail_msg("'%s' does not say '%s'", error.message, part);
    assert_true(hf_settings_equal(settings, before));
    hf_settings_free(before);
    hf_settings_free(settings);
}

static void test_settings__have_the_defaults_of_their_family(void **state) {
    static const struct {
        const char *family, *key, *value;
    } cases[] = {
        {"generic", "expires", "3600"},
        {"generic", "rejected_retry", "1200"},
        {"generic", "health", "shared"},
        {"yealink", "retry", "30"},
        {"yealink", "rejected_retry", "30"},
        {"yealink", "retry.max", "60"},
        {"yealink", "health", "per-account"},
        {"grandstream-gxv3370", "retry", "20"},
        {"grandstream-gxv3370", "unregister_on_start", "instance"},
        {"grandstream-grp", "unregister_on_start", "no"},
        {"grandstream-grp", "tls.scheme", "sips"},
        {"grandstream-gsc35xx", "tls.scheme", "sip"},
        {"flx", "expires", "55"},
        {"flx", "retry", "300"},
        {"flx", "fallback.timeout", "300"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hf_settings *settings = make(cases[i].family);

        check(settings, cases[i].key, cases[i].value);
        hf_settings_free(settings);
    }
}

static void test_settings__read_times_with_and_without_units(void **state) {
    struct hf_settings *settings = make(NULL);

    (void)state;
    set(settings, "expires", "10 min");
    assert_int_equal(settings_duration(settings, SETTING_EXPIRES, 0), 600 * HF_SECOND);
    set(settings, "expires", "1.5h");
    assert_int_equal(settings_duration(settings, SETTING_EXPIRES, 3), 5400 * HF_SECOND);
    set(settings, "timer.t1", "0.25");
    assert_int_equal(settings_duration(settings, SETTING_T1, 0), 250 * HF_MILLISECOND);
    set(settings, "timer.t1", "750ms");
    check(settings, "timer.t1", "0.75");
    hf_settings_free(settings);
}

static void test_settings__of_all_servers_give_way_to_those_of_one(void **state) {
    struct hf_settings *settings = make(NULL);

    (void)state;
    set(settings, "servers[2].expires", "60");
    assert_true(settings_is_set(settings, SETTING_EXPIRES, 1));
    assert_false(settings_is_set(settings, SETTING_EXPIRES, 0));
    check(settings, "servers[1].expires", "3600");
    set(settings, "expires", "120");
    check(settings, "servers[1].expires", "120");
    check(settings, "servers[2].expires", "120");
    set(settings, "servers[2].expires", "60");
    check(settings, "servers[1].expires", "120");
    check(settings, "servers[2].expires", "60");
    set(settings, "servers[2].expires", "");
    check(settings, "servers[2].expires", "120");
    hf_settings_free(settings);
}

static void test_settings__of_a_proxy_are_those_of_the_server_of_the_same_number(void **state) {
    struct hf_settings *settings = make("yealink");

    (void)state;
    set(settings, "servers[2].retry_counts", "7");
    check(settings, "proxies[2].retry_counts", "7");
    check(settings, "proxies[1].retry_counts", "3");
    set(settings, "proxies[2].retry_counts", "0");
    check(settings, "proxies[2].retry_counts", "0");
    check(settings, "servers[2].retry_counts", "7");
    hf_settings_free(settings);
}

static void test_settings__read_a_server_with_its_port(void **state) {
    struct hf_settings *settings = make(NULL);

    (void)state;
    set(settings, "servers[1].address", "[2001:db8::1]:5062");
    set(settings, "servers[3].address", "sip:pbx.example.com;transport=tcp");
    set(settings, "proxies[1].address", "192.0.2.1:5090;lr");
    assert_int_equal(settings_server_count(settings), 3);
    assert_int_equal(settings_proxy_count(settings), 1);
    check(settings, "servers[1].address", "2001:db8::1");
    set(settings, "servers[2].address", "[fe80::1%eth0.5]:5063");
    check(settings, "servers[2].address", "fe80::1%eth0.5");
    set(settings, "servers[2].address", "fe80::1%wlan-0");
    check(settings, "servers[2].address", "fe80::1%wlan-0");
    check(settings, "servers[1].port", "5062");
    check(settings, "servers[3].transport", "tcp");
    check(settings, "servers[1].transport", "udp");
    check(settings, "proxies[1].port", "5090");
    hf_settings_free(settings);
}

static void test_settings__refuse_what_is_wrong_and_stay_as_they_are(void **state) {
    (void)state;
    refuse("expire", "60", HF_ERROR_UNKNOWN, "no setting 'expire'");
    refuse("address", "pbx", HF_ERROR_UNKNOWN, "servers[1].address");
    refuse("servers[0].address", "pbx", HF_ERROR_UNKNOWN, "servers[0]");
    refuse("servers[9].address", "pbx", HF_ERROR_UNKNOWN, "servers[9]");
    refuse("expires", "0", HF_ERROR_RANGE, "1 to 2147483647 s");
    refuse("expires", "soon", HF_ERROR_INVALID, "expires: 'soon' is not a time");
    refuse("expires", "-5", HF_ERROR_INVALID, "negative");
    refuse("expires", "99999999999999", HF_ERROR_INVALID, "not a time");
    refuse("transport", "sctp", HF_ERROR_RANGE, "udp, tcp, tls or dns");
    refuse("register", "maybe", HF_ERROR_RANGE, "yes or no");
    refuse("dscp", "64", HF_ERROR_RANGE, "0 to 63");
    refuse("servers[1].address", "fe80::1%", HF_ERROR_INVALID, "not a host name");
    refuse("servers[1].address", "fe80::1%eth 0", HF_ERROR_INVALID, "not a host name");
    refuse("servers[1].address", "pbx%eth0", HF_ERROR_INVALID, "not a host name");
    refuse("servers[1].address", "192.0.2.400", HF_ERROR_INVALID, "not a host name");
    refuse("servers[1].address", "pbx:99999", HF_ERROR_INVALID, "port");
    refuse("bind.address", "eth0", HF_ERROR_INVALID, "IP address");
    refuse("user", "a\r\nX: y", HF_ERROR_INVALID, "control character");
}

static void test_settings__never_show_a_password_in_a_message(void **state) {
    struct hf_settings *settings = make(NULL);
    struct hf_settings_error error;

    (void)state;
    assert_int_equal(hf_settings_set(settings, "password", "geheim\n", &error), HF_ERROR_INVALID);
    assert_null(strstr(error.message, "geheim"));
    hf_settings_free(settings);
}

static void test_settings__copies_are_independent(void **state) {
    struct hf_settings *a = make("flx");
    struct hf_settings *b = NULL;

    (void)state;
    set(a, "user", "2001");
    set(a, "servers[1].address", "pbx");
    assert_int_equal(hf_settings_copy(a, &b), 0);
    assert_true(hf_settings_equal(a, b));
    set(b, "user", "2002");
    set(b, "expires", "60");
    check(a, "user", "2001");
    check(a, "expires", "55");
    assert_false(hf_settings_equal(a, b));
    hf_settings_free(a);
    check(b, "servers[1].address", "pbx");
    hf_settings_free(b);
}

static void test_pool__keeps_equal_profiles_once(void **state) {
    struct settings_pool *pool = NULL;
    struct hf_settings *taken[3];

    (void)state;
    assert_int_equal(settings_pool_create(&pool), 0);
    for (size_t i = 0; i < 3; i++) {
        struct hf_settings *settings = make("yealink");

        set(settings, "user", i == 0 ? "1" : i == 1 ? "2" : "3");
        set(settings, "servers[1].address", i == 2 ? "other" : "pbx");
        assert_int_equal(settings_pool_take(pool, settings, &taken[i]), 0);
        assert_true(hf_settings_equal(settings, taken[i]));
        hf_settings_free(settings);
    }
    assert_int_equal(settings_pool_count(pool), 2);
    check(taken[0], "user", "1");
    check(taken[1], "user", "2");
    settings_pool_give(pool, taken[2]);
    assert_int_equal(settings_pool_count(pool), 1);
    settings_pool_give(pool, taken[0]);
    settings_pool_give(pool, taken[1]);
    assert_int_equal(settings_pool_count(pool), 0);
    settings_pool_free(pool);
}

/* They stand in a SIP message as they are: what would break it is no value (found by fuzzing). */
static void test_settings__refuses_texts_that_would_break_a_request(void **state) {
    static const char *const good[][2] = {
        {"domain", "example.com"},
        {"domain", "192.0.2.1"},
        {"domain", "[2001:db8::1]"},
        {"domain", "2001:db8::1"},
        {"contact.params", ";a"},
        {"contact.params", ";a=b;c;+sip.x=\"<urn:a:b>\";q=0.5"},
        {"instance", "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
        {"user_agent", "any text (what it is)"},
    };
    static const char *const bad[][2] = {
        {"domain", "example.com>"},      {"domain", "two words"},
        {"domain", "sip:example.com"},   {"domain", "example.com:5060"},
        {"domain", "\xc3\xa4.example"},  {"contact.params", "a=b"},
        {"contact.params", ";a=\"b"},    {"contact.params", ";a=\"b\"c"},
        {"contact.params", ";a b"},      {"contact.params", ";a;;b"},
        {"contact.params", ";"},         {"contact.params", ";a=b, <sip:x@y>"},
        {"contact.params", ";a=\"\\\""}, {"contact.params", ";a="},
        {"instance", "urn:x\">"},        {"instance", "urn: x"},
    };
    struct hf_settings *settings;

    (void)state;
    assert_int_equal(hf_settings_create("generic", &settings), 0);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_int_equal(hf_settings_set(settings, good[i][0], good[i][1], NULL), 0);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(hf_settings_set(settings, bad[i][0], bad[i][1], NULL), HF_ERROR_INVALID);
    hf_settings_free(settings);
}

int main(void) {
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_settings__have_the_defaults_of_their_family),
        cmocka_unit_test(test_settings__read_times_with_and_without_units),
        cmocka_unit_test(test_settings__of_all_servers_give_way_to_those_of_one),
        cmocka_unit_test(test_settings__of_a_proxy_are_those_of_the_server_of_the_same_number),
        cmocka_unit_test(test_settings__read_a_server_with_its_port),
        cmocka_unit_test(test_settings__refuse_what_is_wrong_and_stay_as_they_are),
        cmocka_unit_test(test_settings__never_show_a_password_in_a_message),
        cmocka_unit_test(test_settings__copies_are_independent),
        cmocka_unit_test(test_settings__refuses_texts_that_would_break_a_request),
        cmocka_unit_test(test_pool__keeps_equal_profiles_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
