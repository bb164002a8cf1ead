#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/load.h"

/* A real engine without a network: what it is told shows in its events. */
struct fixture {
    char folder[32];
    char paths[2][64];
    const char *path_list[2];
    struct load_sources sources;
    struct hf_agent *agent;
    struct account_list list;
    struct load_result result;
    size_t errors;
    hf_time now;
};

static void write_file(struct fixture *f, int index, const char *text) {
    FILE *out = fopen(f->paths[index], "w");

    assert_non_null(out);
    fputs(text, out);
    assert_int_equal(fclose(out), 0);
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof(*f));
    const struct hf_agent_options options = {.seed = {1, 2, 3, 4}};
    const uint64_t key[2] = {5, 6};

    char folder[sizeof(f->folder)]; /* gcc with its sanitizers sees an overlap in f itself */

    snprintf(folder, sizeof(folder), "/tmp/holdfast-load-%d", (int)getpid());
    memcpy(f->folder, folder, sizeof(folder));
    assert_int_equal(mkdir(folder, 0700), 0);
    for (int i = 0; i < 2; i++) {
        snprintf(f->paths[i], sizeof(f->paths[i]), "%s/%c.yaml", folder, "ab"[i]);
        f->path_list[i] = f->paths[i];
    }
    f->sources = (struct load_sources){.paths = f->path_list, .path_count = 2};
    f->now = HF_SECOND;
    assert_int_equal(hf_agent_create(&options, &f->agent, f->now), 0);
    account_list_init(&f->list, key);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;

    for (int i = 0; i < 2; i++)
        unlink(f->paths[i]);
    rmdir(f->folder);
    hf_agent_free(f->agent);
    account_list_release(&f->list);
    free(f);
    return 0;
}

static int read_files(const struct fixture *f, struct config_files *files) {
    const struct account_list *const lists[] = {&f->list};
    const struct load_known known = {.lists = lists, .parts = 1};

    return load_read(&f->sources, NULL, &known, files);
}

/* Loads, and counts the accounts that the engine takes for changed. */
static size_t load(struct fixture *f) {
    const struct load_memory memory = {0};
    struct load load;
    struct config_files files = {0};
    struct hf_output output;
    size_t changed = 0;

    f->now += HF_SECOND;
    f->errors = 0;
    assert_int_equal(read_files(f, &files), 0);
    load_begin(&load, &f->list, f->agent, &files, &memory);
    assert_int_equal(load_apply(&load, f->now), 0);
    f->result = load.result;
    while (hf_agent_next_output(f->agent, &output)) {
        if (output.kind == HF_OUTPUT_EVENT && output.event.kind == HF_EVENT_CONFIG_CHANGED)
            changed++;
    }
    for (size_t i = 0; i < files.count; i++)
        f->errors += files.list[i].errors;
    config_files_release(&files);
    return changed;
}

#define TWO_ACCOUNTS(password)                                                                     \
    "accounts:\n"                                                                                  \
    "  - {name: one, user: one, password: x, server: 192.0.2.1}\n"                                 \
    "  - {name: two, user: two, password: " password ", server: 192.0.2.1}\n"
#define THREE "accounts:\n  - {name: three, user: three, password: x, server: 192.0.2.1}\n"

static void begin(struct fixture *f) {
    write_file(f, 0, TWO_ACCOUNTS("x"));
    write_file(f, 1, THREE);
    assert_int_equal(load(f), 0);
    assert_int_equal(f->result.added, 3);
}

static void assert_result(const struct fixture *f, size_t added, size_t kept, size_t removed) {
    assert_int_equal(f->result.added, added);
    assert_int_equal(f->result.kept, kept);
    assert_int_equal(f->result.removed, removed);
}

static void test_load__the_same_files_touch_nobody(void **state) {
    struct fixture *f = *state;

    begin(f);
    assert_int_equal(load(f), 0);
    assert_result(f, 0, 3, 0);
}

static void test_load__only_the_account_that_changed_is_touched(void **state) {
    struct fixture *f = *state;
    hf_account_id id;

    begin(f);
    id = account_list_find(&f->list, SLICE("two"))->id;
    write_file(f, 0, TWO_ACCOUNTS("y"));
    assert_int_equal(load(f), 1);
    assert_result(f, 0, 3, 0);
    assert_int_equal(account_list_find(&f->list, SLICE("two"))->id, id);
}

static void test_load__what_is_gone_is_removed_and_what_is_new_is_added(void **state) {
    struct fixture *f = *state;

    begin(f);
    write_file(f, 1, "accounts:\n  - {name: four, user: u, password: x, server: 192.0.2.1}\n");
    assert_int_equal(load(f), 0);
    assert_result(f, 1, 2, 1);
    assert_null(account_list_find(&f->list, SLICE("three")));
    assert_non_null(account_list_find(&f->list, SLICE("four")));
}

static void test_load__an_account_may_move_to_another_file(void **state) {
    struct fixture *f = *state;

    begin(f);
    write_file(f, 0, "accounts: []\n");
    write_file(f, 1, TWO_ACCOUNTS("x"));
    assert_int_equal(load(f), 0);
    assert_non_null(account_list_find(&f->list, SLICE("one")));
    assert_non_null(account_list_find(&f->list, SLICE("two")));
}

static void test_load__a_file_with_an_error_takes_nobody_off_the_air(void **state) {
    struct fixture *f = *state;

    begin(f);
    write_file(f, 0, "accounts:\n  - {name: one, user: one, passw");
    write_file(f, 1, THREE "  - {name: five, user: u, password: x, server: 192.0.2.1}\n");
    assert_int_equal(load(f), 0);
    assert_true(f->errors > 0);
    assert_result(f, 1, 3, 0);
    assert_non_null(account_list_find(&f->list, SLICE("one")));
    assert_non_null(account_list_find(&f->list, SLICE("two")));
}

static void test_load__a_file_that_cannot_be_read_takes_nobody_off_the_air(void **state) {
    struct fixture *f = *state;

    begin(f);
    unlink(f->paths[1]);
    assert_int_equal(load(f), 0);
    assert_true(f->errors > 0);
    assert_result(f, 0, 3, 0);
}

static void test_load__an_account_with_an_error_goes_on_as_it_was(void **state) {
    struct fixture *f = *state;

    begin(f);
    write_file(f, 0,
               "accounts:\n"
               "  - {name: one, user: one, password: new, server: 192.0.2.1}\n"
               "  - {name: two, user: two, password: x, server: 192.0.2.1, expires: -3}\n");
    assert_int_equal(load(f), 1);
    assert_true(f->errors > 0);
    assert_result(f, 0, 3, 0);
}

static void test_load__set_counts_for_all_accounts(void **state) {
    static const char *const sets[] = {"expires=77"};
    static const char *const wrong[] = {"expires", "=3", "no.such.key=1", "expires=soon"};
    struct fixture *f = *state;
    struct hf_settings_error error;

    begin(f);
    f->sources.sets = sets;
    f->sources.set_count = 1;
    assert_true(load_check_sets(&f->sources, &error));
    assert_int_equal(load(f), 3);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        f->sources.sets = &wrong[i];
        assert_false(load_check_sets(&f->sources, &error));
        assert_true(error.message[0] != '\0');
    }
}

static void test_load__no_settings_are_kept_of_accounts_that_are_as_they_were(void **state) {
    struct fixture *f = *state;
    struct config_files files = {0};
    const struct settings_account *accounts;

    begin(f);
    write_file(f, 0, TWO_ACCOUNTS("y"));
    assert_int_equal(read_files(f, &files), 0);
    accounts = files.list[0].accounts;
    assert_null(accounts[0].settings);
    assert_non_null(accounts[1].settings);
    assert_false(accounts[1].own_left_out);
    config_files_release(&files);
}

static struct hf_slice text_of(const struct fixture *f, const char *account, enum setting id) {
    const struct account_entry *entry = account_list_find(&f->list, slice_from(account));

    return settings_text(hf_agent_settings(f->agent, entry->id), id, 0);
}

static void assert_text(struct hf_slice text, const char *expected) {
    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.ptr, expected, text.len);
}

static void test_load__what_is_the_accounts_own_stays_where_all_else_is_new(void **state) {
    struct fixture *f = *state;
    struct config_files files = {0};

    begin(f);
    write_file(f, 1, "accounts:\n  - {name: three, user: three, password: x, server: 192.0.2.2}\n");
    assert_int_equal(read_files(f, &files), 0);
    assert_true(files.list[1].accounts[0].own_left_out);
    config_files_release(&files);

    assert_int_equal(load(f), 1);
    assert_result(f, 0, 3, 0);
    assert_text(text_of(f, "three", SETTING_SERVER_ADDRESS), "192.0.2.2");
    assert_text(text_of(f, "three", SETTING_USER), "three");
    assert_text(text_of(f, "three", SETTING_PASSWORD), "x");
    assert_int_equal(load(f), 0);
    write_file(f, 1, THREE);
    assert_int_equal(load(f), 1);
    assert_text(text_of(f, "three", SETTING_SERVER_ADDRESS), "192.0.2.1");
}

/* The first one is what it was, and no settings are kept of it. */
static void test_load__a_name_twice_is_an_error_though_its_account_runs(void **state) {
    struct fixture *f = *state;

    begin(f);
    write_file(f, 1,
               THREE "  - {name: three, user: other, password: x, server: 192.0.2.1}\n"
                     "  - {name: three, user: three, password: x, server: 192.0.2.1}\n");
    assert_int_equal(load(f), 0);
    assert_int_equal(f->errors, 2);
    assert_result(f, 0, 3, 0);
    assert_text(text_of(f, "three", SETTING_USER), "three");
}

int main(void) {
#define LOAD_TEST(name) cmocka_unit_test_setup_teardown(test_load__##name, setup, teardown)
    const struct CMUnitTest tests[] = {
        LOAD_TEST(the_same_files_touch_nobody),
        LOAD_TEST(only_the_account_that_changed_is_touched),
        LOAD_TEST(what_is_gone_is_removed_and_what_is_new_is_added),
        LOAD_TEST(an_account_may_move_to_another_file),
        LOAD_TEST(a_file_with_an_error_takes_nobody_off_the_air),
        LOAD_TEST(a_file_that_cannot_be_read_takes_nobody_off_the_air),
        LOAD_TEST(an_account_with_an_error_goes_on_as_it_was),
        LOAD_TEST(set_counts_for_all_accounts),
        LOAD_TEST(no_settings_are_kept_of_accounts_that_are_as_they_were),
        LOAD_TEST(what_is_the_accounts_own_stays_where_all_else_is_new),
        LOAD_TEST(a_name_twice_is_an_error_though_its_account_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
