/* Settings and the readers of files without memory: HF_ERROR_MEMORY and nothing changed, or the
 * same result as with memory. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/cmocka_all.h"
#include "famine.h"
#include "settings/file.h"

static const char *const files[] = {
    "flx.yaml",    "grandstream-gsc3516.xml", "grandstream-gxp2170.txt", "grandstream-grp2614.xml",
    "native.yaml", "yealink-two.cfg",         "bad/thirty-mistakes.cfg",
};

enum { FILES = sizeof files / sizeof files[0] };

static const char *current;
static char content[65536];
static size_t content_len;
static struct settings_file expected;

static void load(const char *name) {
    char path[512];

    snprintf(path, sizeof path, "%s/%s", TEST_FILES, name);
    FILE *in = fopen(path, "rb");

    assert_non_null(in);
    content_len = fread(content, 1, sizeof content, in);
    assert_true(content_len > 0 && content_len < sizeof content);
    fclose(in);
    current = name;
}

static int read_content(struct settings_file *file) {
    const struct settings_read_options how = {0};

    return settings_file_read(file, current, slice_of(content, content_len), &how);
}

static void assert_same(const struct settings_file *file) {
    for (size_t i = 0; i < file->diagnostic_count && file->errors > expected.errors; i++)
        print_error("%s:%u: %s\n", current, file->diagnostics[i].line,
                    file->diagnostics[i].message);
    assert_int_equal(file->account_count, expected.account_count);
    assert_int_equal(file->diagnostic_count, expected.diagnostic_count);
    assert_int_equal(file->errors, expected.errors);
    assert_int_equal(file->warnings, expected.warnings);
    for (size_t i = 0; i < file->account_count; i++) {
        assert_string_equal(file->accounts[i].name, expected.accounts[i].name);
        assert_true(hf_settings_equal(file->accounts[i].settings, expected.accounts[i].settings));
    }
    for (size_t i = 0; i < file->diagnostic_count; i++)
        assert_string_equal(file->diagnostics[i].message, expected.diagnostics[i].message);
}

static void read_and_write(void) {
    struct settings_file file;
    char *text = NULL;

    famine_arm();
    int error = read_content(&file);

    famine_disarm();
    assert_true(error == 0 || error == HF_ERROR_MEMORY);
    if (error == 0) {
        assert_same(&file);
        famine_arm();
        error = settings_check_names(&file, 1);
        if (error == 0)
            error = settings_native_write(&file, &text);
        famine_disarm();
        assert_true(error == 0 || error == HF_ERROR_MEMORY);
        assert_true(error == 0 || famine_failures() > 0);
    }
    free(text);
    settings_file_release(&file);
}

static void test_readers__no_memory_is_said_and_nothing_is_left_out(void **state) {
    (void)state;
    for (unsigned i = 0; i < FILES; i++) {
        load(files[i]);
        assert_int_equal(read_content(&expected), 0);
        famine_sweep(read_and_write, 29, 20);
        settings_file_release(&expected);
    }
}

/* Sets a key without memory: done, or as before. */
static void set(struct hf_settings *settings, const char *key, const char *value) {
    char before[256], after[256];

    assert_int_equal(hf_settings_get(settings, key, before, sizeof before), 0);
    famine_arm();
    int error = hf_settings_set(settings, key, value, NULL);

    famine_disarm();
    assert_int_equal(hf_settings_get(settings, key, after, sizeof after), 0);
    if (error == 0)
        return;
    assert_int_equal(error, HF_ERROR_MEMORY);
    assert_string_equal(after, before);
}

static void set_all(void) {
    static const char *const pairs[][2] = {
        {"user", "alice"}, {"servers[1].address", "sip.example.com:5070"},
        {"expires", "60"}, {"servers[2].expires", "61"},
        {"user", "bob"},   {"proxies[1].address", "192.0.2.1"},
        {"user", ""},      {"keep_alive.interval", "30"},
        {"expires", NULL}, {"display_name", "a rather long name that is not short"},
    };
    struct hf_settings *settings = NULL, *copy = NULL;

    famine_arm();
    int error = hf_settings_create("yealink", &settings);

    famine_disarm();
    assert_true(error == 0 || (error == HF_ERROR_MEMORY && !settings));
    if (error)
        return;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        set(settings, pairs[i][0], pairs[i][1]);
    famine_arm();
    error = hf_settings_copy(settings, &copy);
    famine_disarm();
    assert_true(error == 0 ? hf_settings_equal(settings, copy) : error == HF_ERROR_MEMORY);
    hf_settings_free(copy);
    hf_settings_free(settings);
}

static void test_settings__no_memory_changes_nothing(void **state) {
    (void)state;
    famine_sweep(set_all, 1, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_settings__no_memory_changes_nothing, famine_say),
        cmocka_unit_test_teardown(test_readers__no_memory_is_said_and_nothing_is_left_out,
                                  famine_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
