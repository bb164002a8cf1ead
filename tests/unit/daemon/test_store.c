#include "../cmocka_all.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "daemon/store.h"
#include "faulty_vfs.h"

struct fixture { /* a folder of its own for each test */
    char folder[64];
    char path[96];
    struct store *store;
    struct store_report report;
};

static const struct wall_clock clock_then = {.now = 1000 * HF_SECOND,
                                             .unix_at_now = 1800000000000000};

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof *f);

    snprintf(f->folder, sizeof f->folder, "%s/holdfast-store-XXXXXX", P_tmpdir);
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/state.db", f->folder);
    f->store = store_create(f->path);
    assert_non_null(f->store);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    char command[128];

    store_free(f->store);
    snprintf(command, sizeof command, "rm -rf %s", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static void open_store(struct fixture *f) {
    if (store_open(f->store, &f->report))
        fail_msg("%s", f->report.text);
}

static struct hf_remembered memory(uint32_t cseq) {
    struct hf_remembered r = {
        .call_id = "0123456789abcdef0123456789abcdef",
        .cseq = cseq,
        .bindings =
            {{.contact = "sip:alice@198.51.100.1:40000;line=f716c4c2",
              .target = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}},
              .local = {.family = HF_FAMILY_IPV4, .port = 40000, .ip = {198, 51, 100, 1}},
              .transport = HF_TRANSPORT_UDP,
              .hop = 1,
              .endpoint = 4000000001},
             {.contact = "sip:alice@[2001:db8::1]:40000",
              .target = {.family = HF_FAMILY_IPV6, .port = 5061, .ip = {0x20, 1, 0xd, 0xb8}},
              .transport = HF_TRANSPORT_TLS}},
        .temp_gruu = "sip:tgruu.1@example.com;gr",
        .challenge = {.realm = "\"office\"",
                      .nonce = "\"abc\\\"def\"",
                      .opaque = "\"\"",
                      .algorithm = "SHA-256",
                      .qop = "auth",
                      .nonce_count = 7,
                      .server = 1},
    };

    r.bindings[0].ends_at = clock_then.now + 600 * HF_SECOND;
    r.bindings[1].ends_at = HF_NEVER;
    return r;
}

static int write_one(struct store *store, const char *account, uint32_t cseq,
                     struct store_report *report) {
    const struct hf_remembered r = memory(cseq);
    struct store_batch batch = {0};

    assert_int_equal(store_batch_add(&batch, account, 0, &r, &clock_then), 0);
    int result = store_write(store, &batch, report);

    store_batch_release(&batch);
    return result;
}

static uint32_t cseq_of(struct store *store, const char *account) {
    struct hf_remembered r;

    return store_recall(store, account, 0, &clock_then, &r) == STORE_RECALLED ? r.cseq : 0;
}

static void sql(const struct fixture *f, const char *text) {
    sqlite3 *database;
    char *error = NULL;

    assert_int_equal(sqlite3_open(f->path, &database), SQLITE_OK);
    if (sqlite3_exec(database, text, NULL, NULL, &error))
        fail_msg("%s", error);
    sqlite3_close(database);
}

static unsigned count_files(const struct fixture *f, const char *tail) {
    char pattern[160];
    glob_t found;

    snprintf(pattern, sizeof pattern, "%s%s", f->path, tail);
    unsigned count = glob(pattern, 0, NULL, &found) == 0 ? (unsigned)found.gl_pathc : 0;

    globfree(&found);
    return count;
}

static void test_row__comes_back_as_it_was_on_another_clock(void **state) {
    struct fixture *f = *state;
    struct hf_remembered written = memory(42), read;
    const struct wall_clock later = {.now = 5 * HF_SECOND,
                                     .unix_at_now = clock_then.unix_at_now + 60 * 1000000};

    open_store(f);
    assert_int_equal(write_one(f->store, "office/1", 42, &f->report), 0);
    store_free(f->store);
    f->store = store_create(f->path);
    open_store(f);
    assert_string_equal(f->report.text, "");
    assert_int_equal(store_recall(f->store, "office/1", 0, &later, &read), STORE_RECALLED);
    assert_true(read.bindings[0].ends_at == 545 * HF_SECOND);
    assert_true(read.bindings[1].ends_at == HF_NEVER);
    written.bindings[0].ends_at = read.bindings[0].ends_at;
    assert_memory_equal(&written, &read, sizeof read);
    assert_int_equal(store_recall(f->store, "office/2", 0, &later, &read), STORE_RECALLED_NOTHING);
}

static void test_clock__that_jumped_gives_times_that_are_over_or_far_away(void **state) {
    struct fixture *f = *state;
    struct hf_remembered read;
    struct wall_clock jumped = {.now = 5 * HF_SECOND, .unix_at_now = INT64_MAX};

    open_store(f);
    assert_int_equal(write_one(f->store, "a", 1, &f->report), 0);
    assert_int_equal(store_recall(f->store, "a", 0, &jumped, &read), STORE_RECALLED);
    assert_true(read.bindings[0].ends_at == 0);
    jumped.unix_at_now = -1;
    assert_int_equal(store_recall(f->store, "a", 0, &jumped, &read), STORE_RECALLED);
    assert_true(read.bindings[0].ends_at > 1000000 * HF_SECOND);
}

static void test_file__is_for_its_owner_only(void **state) {
    struct fixture *f = *state;
    struct stat s;

    open_store(f);
    assert_int_equal(stat(f->path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
}

static void test_folder__that_is_missing_is_told(void **state) {
    struct fixture *f = *state;
    struct store *store = store_create(P_tmpdir "/holdfast-no-such-folder/state.db");

    assert_int_equal(store_open(store, &f->report), HF_ERROR_STATE);
    assert_int_equal(f->report.problem, STORE_NO_DIRECTORY);
    assert_non_null(strstr(f->report.text, P_tmpdir "/holdfast-no-such-folder/state.db"));
    assert_int_equal(write_one(store, "a", 1, &f->report), HF_ERROR_STATE);
    assert_int_equal(cseq_of(store, "a"), 0);
    store_free(store);
}

static void overwrite(const struct fixture *f, off_t at, const char *bytes, size_t len) {
    int fd = open(f->path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, bytes, len, at), len);
    close(fd);
}

static void test_file__that_is_damaged_is_moved_aside_and_a_new_one_begun(void **state) {
    static const off_t places[] = {0, 100, 4096, 8192 + 40};
    static const char rubbish[4096];

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct fixture *f = *state;

        open_store(f);
        for (uint32_t k = 0; k < 100; k++) {
            char name[16];

            snprintf(name, sizeof name, "a%u", k);
            assert_int_equal(write_one(f->store, name, k + 1, &f->report), 0);
        }
        store_free(f->store);
        overwrite(f, places[i], rubbish, sizeof rubbish);
        f->store = store_create(f->path);
        assert_int_equal(store_open(f->store, &f->report), 0);
        assert_non_null(strstr(f->report.text, "is damaged: moved to"));
        assert_int_equal(count_files(f, ".damaged-*Z"), 1);
        assert_int_equal(cseq_of(f->store, "a1"), 0);
        assert_int_equal(write_one(f->store, "a", 5, &f->report), 0);
        assert_int_equal(cseq_of(f->store, "a"), 5);
        teardown(state);
        setup(state);
    }
}

static void test_file__that_is_not_ours_is_left_alone(void **state) {
    static const char text[] = "accounts:\n  - user: alice\n    password: secret\n";
    struct fixture *f = *state;
    char again[sizeof text] = "";

    overwrite(f, 0, text, sizeof text - 1);
    assert_int_equal(store_open(f->store, &f->report), HF_ERROR_INVALID);
    assert_int_equal(f->report.problem, STORE_NOT_OURS);
    int fd = open(f->path, O_RDONLY);

    assert_int_equal(read(fd, again, sizeof again), sizeof text - 1);
    close(fd);
    assert_string_equal(again, text);
    assert_int_equal(count_files(f, ".damaged-*"), 0);
    unlink(f->path);
    sql(f, "CREATE TABLE other (x); INSERT INTO other VALUES (1)");
    assert_int_equal(store_open(f->store, &f->report), HF_ERROR_INVALID);
    assert_int_equal(f->report.problem, STORE_NOT_OURS);
    sql(f, "SELECT x FROM other");
}

static void test_file__of_a_newer_version_is_left_alone(void **state) {
    struct fixture *f = *state;

    open_store(f);
    assert_int_equal(write_one(f->store, "a", 7, &f->report), 0);
    store_free(f->store);
    sql(f, "PRAGMA user_version = 2");
    f->store = store_create(f->path);
    assert_int_equal(store_open(f->store, &f->report), HF_ERROR_INVALID);
    assert_int_equal(f->report.problem, STORE_NEWER);
    sql(f, "PRAGMA user_version = 1");
    open_store(f);
    assert_int_equal(cseq_of(f->store, "a"), 7);
}

static void test_file__of_an_older_program_gets_the_columns_that_it_lacks(void **state) {
    struct fixture *f = *state;

    open_store(f);
    assert_int_equal(write_one(f->store, "a", 7, &f->report), 0);
    store_free(f->store);
    sql(f, "ALTER TABLE accounts DROP COLUMN pub_gruu; ALTER TABLE legs DROP COLUMN temp_gruu");
    f->store = store_create(f->path);
    open_store(f);
    assert_int_equal(cseq_of(f->store, "a"), 7);
}

static void test_file__in_use_is_told_to_the_second(void **state) {
    struct fixture *f = *state;
    struct store *second = store_create(f->path);

    open_store(f);
    assert_int_equal(store_open(second, &f->report), HF_ERROR_STATE);
    assert_int_equal(f->report.problem, STORE_IN_USE);
    store_free(f->store);
    f->store = NULL;
    assert_int_equal(store_open(second, &f->report), 0);
    store_free(second);
}

static void test_file__that_is_locked_can_be_written_later(void **state) {
    struct fixture *f = *state;
    sqlite3 *other;

    open_store(f);
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(write_one(f->store, "a", 1, &f->report), HF_ERROR_STATE);
    assert_int_equal(f->report.problem, STORE_LOCKED);
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(write_one(f->store, "a", 1, &f->report), 0);
    sqlite3_close(other);
}

static void test_file__that_may_not_grow_keeps_what_it_has(void **state) {
    struct fixture *f = *state;
    struct rlimit old, limit;
    uint32_t written = 0;

    open_store(f);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    limit = old;
    limit.rlim_cur = 65536;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    while (write_one(f->store, "a", written + 1, &f->report) == 0 && written < 10000)
        written++;
    int problem = f->report.problem;

    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_true(written > 0 && written < 10000);
    assert_int_equal(problem, STORE_FULL);
    assert_int_equal(cseq_of(f->store, "a"), written);
    assert_int_equal(write_one(f->store, "a", written + 5, &f->report), 0);
    assert_int_equal(cseq_of(f->store, "a"), written + 5);
}

static void test_row__that_makes_no_sense_is_not_believed(void **state) {
    static const char *const changes[] = {
        "cseq = -1",
        "cseq = 1e30",
        "call_id = hex(zeroblob(1000))",
        "target = 'nowhere'",
        "target = 5",
        "local = 'x:y'",
        "ends = '2026-02-31T00:00:00.000Z'",
        "ends = 'tomorrow'",
        "ends = 12345",
        "hop = -7",
        "nonce = hex(zeroblob(1000))",
        "contact = hex(zeroblob(1000))",
        "nc = 1e15",
        "nonce_server = -1",
    };
    struct fixture *f = *state;
    char statement[160];
    struct hf_remembered r;

    open_store(f);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        assert_int_equal(write_one(f->store, "a", 1, &f->report), 0);
        snprintf(statement, sizeof statement, "UPDATE accounts SET %s", changes[i]);
        sql(f, statement);
        if (store_recall(f->store, "a", 0, &clock_then, &r) != STORE_RECALLED_NONSENSE)
            fail_msg("believed: %s", changes[i]);
    }
}

static void test_instance__that_is_stored_wins(void **state) {
    struct fixture *f = *state;
    char urn[STORE_INSTANCE_BYTES];

    open_store(f);
    store_begin(f->store);
    assert_true(store_instance(f->store, "a", "urn:uuid:1", urn));
    assert_string_equal(urn, "urn:uuid:1");
    store_commit(f->store);
    assert_int_equal(write_one(f->store, "a", 1, &f->report), 0);
    store_begin(f->store);
    assert_true(store_instance(f->store, "a", "urn:uuid:2", urn));
    store_commit(f->store);
    assert_string_equal(urn, "urn:uuid:1");
    assert_int_equal(cseq_of(f->store, "a"), 1);
}

static void test_start__takes_its_numbers_before_it_uses_them(void **state) {
    struct fixture *f = *state;

    open_store(f);
    assert_int_equal(write_one(f->store, "a", 5, &f->report), 0);
    assert_int_equal(write_one(f->store, "b", INT32_MAX, &f->report), 0);
    store_begin(f->store);
    assert_int_equal(cseq_of(f->store, "a"), 5);
    store_reserve(f->store);
    store_commit(f->store);
    assert_int_equal(cseq_of(f->store, "a"), 1005);
    assert_int_equal(cseq_of(f->store, "b"), INT32_MAX);
}

static void test_port__is_kept_for_each_address(void **state) {
    const struct hf_address any = {.family = HF_FAMILY_IPV4},
                            other = {.family = HF_FAMILY_IPV4, .ip = {127, 0, 0, 1}};
    struct fixture *f = *state;

    open_store(f);
    assert_int_equal(store_port(f->store, &any, 0, 0), 0);
    assert_int_equal(store_keep_port(f->store, &any, 0, 0, 40000, &f->report), 0);
    assert_int_equal(store_keep_port(f->store, &other, 26, 0, 50000, &f->report), 0);
    assert_int_equal(store_port(f->store, &any, 0, 0), 40000);
    assert_int_equal(store_port(f->store, &other, 26, 0), 50000);
    assert_int_equal(store_port(f->store, &other, 0, 0), 0);
    assert_int_equal(store_port(f->store, &any, 0, 1), 0);
    assert_int_equal(store_keep_port(f->store, &any, 0, 1, 41000, &f->report), 0);
    assert_int_equal(store_port(f->store, &any, 0, 1), 41000);
    assert_int_equal(store_port(f->store, &any, 0, 0), 40000);
    sql(f, "UPDATE ports SET port = 70000");
    assert_int_equal(store_port(f->store, &any, 0, 0), 0);
}

static void test_rows__of_accounts_that_are_gone_go_too(void **state) {
    struct fixture *f = *state;
    struct store_batch batch = {0};

    open_store(f);
    assert_int_equal(write_one(f->store, "a", 1, &f->report), 0);
    assert_int_equal(write_one(f->store, "b", 1, &f->report), 0);
    assert_int_equal(write_one(f->store, "c", 1, &f->report), 0);
    assert_int_equal(store_batch_remove(&batch, "a"), 0);
    assert_int_equal(store_write(f->store, &batch, &f->report), 0);
    store_batch_release(&batch);
    sql(f, "UPDATE accounts SET updated = '2020-01-01T00:00:00.000Z' WHERE account = 'b'");
    store_forget_older(f->store, 1700000000000);
    assert_int_equal(cseq_of(f->store, "a"), 0);
    assert_int_equal(cseq_of(f->store, "b"), 0);
    assert_int_equal(cseq_of(f->store, "c"), 1);
}

static int write_legs(struct store *store, const char *account, uint32_t count,
                      struct store_report *report) {
    struct store_batch batch = {0};

    for (uint32_t leg = 0; leg < count; leg++) {
        const struct hf_remembered r = memory(10 + leg);

        assert_int_equal(store_batch_add(&batch, account, leg, &r, &clock_then), 0);
    }
    int result = store_write(store, &batch, report);

    store_batch_release(&batch);
    return result;
}

static uint32_t cseq_of_leg(struct store *store, const char *account, uint32_t leg) {
    struct hf_remembered r;

    return store_recall(store, account, leg, &clock_then, &r) == STORE_RECALLED ? r.cseq : 0;
}

static void test_legs__have_a_row_each_for_as_long_as_the_account_has_them(void **state) {
    struct fixture *f = *state;
    struct store_batch batch = {0};

    open_store(f);
    assert_int_equal(write_legs(f->store, "a", 3, &f->report), 0);
    assert_int_equal(write_legs(f->store, "b", 2, &f->report), 0);
    store_begin(f->store);
    store_reserve(f->store);
    store_commit(f->store);
    assert_int_equal(cseq_of_leg(f->store, "a", 0), 1010);
    assert_int_equal(cseq_of_leg(f->store, "a", 2), 1012);
    assert_int_equal(cseq_of_leg(f->store, "a", 3), 0);
    assert_int_equal(write_legs(f->store, "a", 2, &f->report), 0);
    assert_int_equal(cseq_of_leg(f->store, "a", 1), 11);
    assert_int_equal(cseq_of_leg(f->store, "a", 2), 0);
    assert_int_equal(cseq_of_leg(f->store, "b", 1), 1011);
    assert_int_equal(store_batch_remove(&batch, "a"), 0);
    assert_int_equal(store_write(f->store, &batch, &f->report), 0);
    store_batch_release(&batch);
    assert_int_equal(cseq_of_leg(f->store, "a", 1), 0);
    sql(f, "UPDATE legs SET updated = '2020-01-01T00:00:00.000Z'");
    store_forget_older(f->store, 1700000000000);
    assert_int_equal(cseq_of_leg(f->store, "b", 0), 1010);
    assert_int_equal(cseq_of_leg(f->store, "b", 1), 0);
}

static void test_legs__find_room_in_a_file_that_knows_none(void **state) {
    struct fixture *f = *state;

    open_store(f);
    assert_int_equal(write_one(f->store, "a", 7, &f->report), 0);
    store_free(f->store);
    sql(f, "DROP TABLE legs");
    f->store = store_create(f->path);
    open_store(f);
    assert_int_equal(cseq_of(f->store, "a"), 7);
    assert_int_equal(write_legs(f->store, "a", 2, &f->report), 0);
    assert_int_equal(cseq_of_leg(f->store, "a", 1), 11);
}

/* Two rows in one transaction: both are there or none. */
static int write_pair(struct store *store, uint32_t cseq, struct store_report *report) {
    const struct hf_remembered r = memory(cseq);
    struct store_batch batch = {0};

    assert_int_equal(store_batch_add(&batch, "a", 0, &r, &clock_then), 0);
    assert_int_equal(store_batch_add(&batch, "b", 0, &r, &clock_then), 0);
    int result = store_write(store, &batch, report);

    store_batch_release(&batch);
    return result;
}

static void test_write__that_fails_anywhere_leaves_the_old_rows_or_the_new(void **state) {
    static const int codes[] = {SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_READONLY};
    struct fixture *f = *state;
    uint32_t last = 1;

    open_store(f);
    assert_int_equal(write_pair(f->store, last, &f->report), 0);
    for (long n = 0; n < 60; n++) {
        faulty_vfs.code = codes[n % 3];
        faulty_vfs.writes_left = n / 3;
        int result = write_pair(f->store, last + 1, &f->report);

        faulty_vfs.writes_left = -1;
        if (result == 0)
            last++;
        else
            assert_int_not_equal(f->report.problem, STORE_DAMAGED);
        uint32_t a = cseq_of(f->store, "a");

        assert_int_equal(a, cseq_of(f->store, "b"));
        assert_true(a == last || (result != 0 && a == last + 1));
        last = a;
        if (n % 7 == 0) {
            store_free(f->store);
            f->store = store_create(f->path);
            open_store(f);
            assert_string_equal(f->report.text, "");
            assert_int_equal(cseq_of(f->store, "a"), last);
        }
    }
    assert_true(last > 5);
}

/* Writes for ever, and says after each transaction how far it is. */
static void write_until_killed(const char *path, int out) {
    struct store *store = store_create(path);
    struct store_report report;

    if (!store || store_open(store, &report))
        _exit(1);
    for (uint32_t cseq = cseq_of(store, "a") + 1;; cseq++)
        if (write_pair(store, cseq, &report) || write(out, &cseq, sizeof cseq) != sizeof cseq)
            _exit(1);
}

static void test_kill__at_any_moment_loses_nothing_that_was_written(void **state) {
    struct fixture *f = *state;
    struct random random;
    uint32_t acknowledged = 0, cseq;
    int ends[2];

    random_init(&random, (const uint64_t[4]){99});
    for (int round = 0; round < 20; round++) {
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();

        if (child == 0) {
            close(ends[0]);
            write_until_killed(f->path, ends[1]);
        }
        close(ends[1]);
        for (uint64_t some = random_below(&random, 5); some > 0; some--)
            assert_true(read(ends[0], &acknowledged, sizeof cseq) == sizeof cseq);
        usleep((useconds_t)random_below(&random, 30000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        while (read(ends[0], &cseq, sizeof cseq) == sizeof cseq)
            acknowledged = cseq;
        close(ends[0]);
        open_store(f);
        assert_string_equal(f->report.text, ""); /* not damaged */
        cseq = cseq_of(f->store, "a");
        assert_int_equal(cseq, cseq_of(f->store, "b"));
        assert_true(cseq >= acknowledged && cseq <= acknowledged + 1);
        acknowledged = cseq;
        store_free(f->store);
        f->store = store_create(f->path);
    }
    assert_true(acknowledged > 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_row__comes_back_as_it_was_on_another_clock),
        TEST(test_clock__that_jumped_gives_times_that_are_over_or_far_away),
        TEST(test_file__is_for_its_owner_only),
        TEST(test_folder__that_is_missing_is_told),
        TEST(test_file__that_is_damaged_is_moved_aside_and_a_new_one_begun),
        TEST(test_file__that_is_not_ours_is_left_alone),
        TEST(test_file__of_a_newer_version_is_left_alone),
        TEST(test_file__of_an_older_program_gets_the_columns_that_it_lacks),
        TEST(test_file__in_use_is_told_to_the_second),
        TEST(test_file__that_is_locked_can_be_written_later),
        TEST(test_file__that_may_not_grow_keeps_what_it_has),
        TEST(test_row__that_makes_no_sense_is_not_believed),
        TEST(test_instance__that_is_stored_wins),
        TEST(test_start__takes_its_numbers_before_it_uses_them),
        TEST(test_port__is_kept_for_each_address),
        TEST(test_rows__of_accounts_that_are_gone_go_too),
        TEST(test_legs__have_a_row_each_for_as_long_as_the_account_has_them),
        TEST(test_legs__find_room_in_a_file_that_knows_none),
        TEST(test_write__that_fails_anywhere_leaves_the_old_rows_or_the_new),
        TEST(test_kill__at_any_moment_loses_nothing_that_was_written),
#undef TEST
    };

    faulty_vfs_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
