#include "../cmocka_all.h"

#include <string.h>

#include "daemon/instance.h"

static void test_instance__is_stable_and_tells_machines_and_accounts_apart(void **state) {
    char a[INSTANCE_URN_MAX], again[INSTANCE_URN_MAX], other[INSTANCE_URN_MAX];

    (void)state;
    instance_urn(SLICE("machine"), SLICE("office/1"), a);
    instance_urn(SLICE("machine"), SLICE("office/1"), again);
    assert_string_equal(a, again);
    assert_int_equal(strlen(a), strlen("urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"));
    assert_int_equal(a[23], '8'); /* the version */
    assert_non_null(strchr("89ab", a[28]));
    instance_urn(SLICE("machine"), SLICE("office/2"), other);
    assert_string_not_equal(a, other);
    instance_urn(SLICE("another"), SLICE("office/1"), other);
    assert_string_not_equal(a, other);
}

static void assert_instance(const char *family, const char *given, bool supplied) {
    struct hf_settings *settings;
    char value[128];

    assert_int_equal(hf_settings_create(family, &settings), 0);
    assert_int_equal(hf_settings_set(settings, "instance", given, NULL), 0);
    assert_int_equal(instance_supply(settings, SLICE("machine"), SLICE("a")), 0);
    assert_int_equal(hf_settings_get(settings, "instance", value, sizeof value), 0);
    assert_int_equal(strncmp(value, "urn:uuid:", 9) == 0 && strcmp(value, given) != 0, supplied);
    hf_settings_free(settings);
}

static void test_instance__is_supplied_where_it_is_wanted_and_missing(void **state) {
    (void)state;
    assert_instance("generic", "", true);
    assert_instance("generic", "urn:uuid:0", false);
    assert_instance("yealink", "", false); /* whose phones send none */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instance__is_stable_and_tells_machines_and_accounts_apart),
        cmocka_unit_test(test_instance__is_supplied_where_it_is_wanted_and_missing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
