#include "daemon/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include "daemon/store_internal.h"

enum { BUSY_MILLISECONDS = 2000, MAGIC_BYTES = 16, PATH_BYTES = 4096 };

void store_say(struct store_report *report, enum store_problem problem, const char *path,
               const char *detail) {
    static const char *const texts[] = {
        [STORE_OK] = "works",
        [STORE_IN_USE] = "is in use by another process",
        [STORE_LOCKED] = "is locked",
        [STORE_READ_ONLY] = "cannot be written",
        [STORE_FULL] = "cannot grow: the disk is full, or a limit is reached",
        [STORE_NO_DIRECTORY] = "is in a folder that does not exist",
        [STORE_NOT_OURS] = "is not a state file of holdfast, and is left alone",
        [STORE_NEWER] = "was written by a newer holdfast, and is left alone",
        [STORE_DAMAGED] = "is damaged",
        [STORE_FAILED] = "cannot be used",
    };

    report->problem = problem;
    snprintf(report->text, sizeof report->text, "the state file %.160s %s%s%.200s", path,
             texts[problem], detail ? ": " : "", detail ? detail : "");
}

static enum store_problem problem_of_errno(int error) {
    switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return STORE_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return STORE_READ_ONLY;
    case ENOENT:
    case ENOTDIR:
        return STORE_NO_DIRECTORY;
    default:
        return STORE_FAILED;
    }
}

/* What a code of SQLite, and errno, mean for us. */
static enum store_problem problem_of(int code) {
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return STORE_LOCKED;
    case SQLITE_READONLY:
    case SQLITE_PERM:
        return STORE_READ_ONLY;
    case SQLITE_FULL:
        return STORE_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return STORE_DAMAGED;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN: {
        /* sqlite3_system_errno knows nothing of a write that failed in the log */
        enum store_problem problem = problem_of_errno(errno);

        return problem == STORE_NO_DIRECTORY ? STORE_FAILED : problem;
    }
    default:
        return STORE_FAILED;
    }
}

enum store_problem store_run(sqlite3_stmt *statement) {
    errno = 0;
    int code = sqlite3_step(statement);
    enum store_problem problem =
        code == SQLITE_DONE || code == SQLITE_ROW ? STORE_OK : problem_of(code);

    (void)sqlite3_reset(statement); /* takes errno away */
    return problem;
}

/* One process at a time: its lock goes with it, however it ends. */
static enum store_problem take_lock(const char *path, int *ret) {
    char name[PATH_BYTES];

    if (snprintf(name, sizeof name, "%s.lock", path) >= (int)sizeof name)
        return STORE_FAILED;
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0)
        return problem_of_errno(errno);
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        int error = errno;

        close(fd);
        return error == EWOULDBLOCK ? STORE_IN_USE : problem_of_errno(error);
    }
    *ret = fd;
    return STORE_OK;
}

/* Whoever gives the wrong name for the file must not lose what is there. A file of zeros is what
 * a power cut can leave of one of ours. */
static enum store_problem look_at_head(const char *path) {
    static const char magic[MAGIC_BYTES] = "SQLite format 3", zeros[MAGIC_BYTES];
    char head[MAGIC_BYTES] = {0};
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* it holds nonces */

    if (fd < 0)
        return problem_of_errno(errno);
    ssize_t len = pread(fd, head, sizeof head, 0);
    int error = errno;

    close(fd);
    if (len < 0)
        return problem_of_errno(error);
    if (len == 0 || memcmp(head, magic, sizeof head) == 0)
        return STORE_OK;
    return memcmp(head, zeros, sizeof head) == 0 ? STORE_DAMAGED : STORE_NOT_OURS;
}

/* The first number of the first row; -1 when that cannot be had. */
static int64_t ask_number(sqlite3 *database, const char *sql, int *ret_code) {
    sqlite3_stmt *statement = NULL;
    int64_t number = -1;
    int code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        number = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    *ret_code = code == SQLITE_ROW ? SQLITE_OK : code;
    return number;
}

static enum store_problem check_whole(sqlite3 *database) {
    sqlite3_stmt *statement = NULL;
    enum store_problem problem = STORE_OK;
    int code = sqlite3_prepare_v2(database, "PRAGMA quick_check(1)", -1, &statement, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code != SQLITE_ROW)
        problem = problem_of(code);
    else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
        problem = STORE_DAMAGED;
    (void)sqlite3_finalize(statement);
    return problem;
}

static enum store_problem check_version(sqlite3 *database) {
    int code;
    int64_t version = ask_number(database, "PRAGMA user_version", &code);
    int64_t application = 0, tables = 0;

    if (code == SQLITE_OK)
        application = ask_number(database, "PRAGMA application_id", &code);
    if (code == SQLITE_OK)
        tables = ask_number(database, "SELECT count(*) FROM sqlite_schema", &code);
    if (code != SQLITE_OK)
        return problem_of(code);
    if (application == 0 && version == 0 && tables == 0) {
        code = sqlite3_exec(database, store_schema, NULL, NULL, NULL);
        return code == SQLITE_OK ? STORE_OK : problem_of(code);
    }
    if (application != STORE_APPLICATION)
        return STORE_NOT_OURS;
    return version > STORE_VERSION ? STORE_NEWER : STORE_OK;
}

/* SQLITE_ERROR: it is there already. */
static int add_columns(sqlite3 *database) {
    int code = SQLITE_OK;

    for (size_t i = 0; store_columns_added[i] && code == SQLITE_OK; i++) {
        code = sqlite3_exec(database, store_columns_added[i], NULL, NULL, NULL);
        if (code == SQLITE_ERROR)
            code = SQLITE_OK;
    }
    return code;
}

static enum store_problem prepare(struct store *store) {
    for (int i = 0; i < STATEMENTS; i++) {
        int code = sqlite3_prepare_v3(store->database, store_sql((enum store_statement)i), -1,
                                      SQLITE_PREPARE_PERSISTENT, &store->statements[i], NULL);

        if (code == SQLITE_ERROR)
            return STORE_DAMAGED; /* its tables are not what its version says */
        if (code != SQLITE_OK)
            return problem_of(code);
    }
    return STORE_OK;
}

static void close_database(struct store *store) {
    for (int i = 0; i < STATEMENTS; i++) {
        (void)sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    (void)sqlite3_close(store->database);
    store->database = NULL;
}

static enum store_problem open_database(struct store *store) {
    /* The log is synced with each commit: what is written survives a power cut too. */
    static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                  "PRAGMA foreign_keys = OFF; PRAGMA trusted_schema = OFF";
    enum store_problem problem = look_at_head(store->path);

    if (problem != STORE_OK)
        return problem;
    int code = sqlite3_open_v2(store->path, &store->database,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(store->database, BUSY_MILLISECONDS);
    if (code != SQLITE_OK)
        return problem_of(code);
    problem = check_whole(store->database);
    if (problem == STORE_OK)
        problem = check_version(store->database);
    if (problem != STORE_OK)
        return problem;
    code = sqlite3_exec(store->database, pragmas, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(store->database, store_schema_legs, NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = add_columns(store->database);
    return code == SQLITE_OK ? prepare(store) : problem_of(code);
}

/* FILE, FILE-wal and FILE-shm become FILE.damaged-TIME and so on. */
static bool move_aside(const char *path, char *moved, size_t size) {
    static const char *const tails[] = {"", "-wal", "-shm"};
    const struct wall_clock clock = wall_clock_at(0);
    char stamp[40], from[PATH_BYTES], to[PATH_BYTES];
    struct writer w = writer_of(stamp, sizeof stamp);
    bool done = true;

    wall_clock_write(&w, wall_clock_unix(&clock, 0));
    (void)writer_terminate(&w);
    if (snprintf(moved, size, "%s.damaged-%s", path, stamp) >= (int)size)
        return false;
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        if (snprintf(from, sizeof from, "%s%s", path, tails[i]) >= (int)sizeof from ||
            snprintf(to, sizeof to, "%s%s", moved, tails[i]) >= (int)sizeof to)
            return false;
        if (rename(from, to) && errno != ENOENT)
            done = false;
    }
    return done;
}

static enum store_problem open_or_replace(struct store *store, struct store_report *report) {
    char moved[PATH_BYTES], detail[STORE_TEXT_BYTES];
    enum store_problem problem = open_database(store);

    *report = (struct store_report){.problem = problem};
    if (problem != STORE_OK)
        store_say(report, problem, store->path,
                  store->database ? sqlite3_errmsg(store->database) : NULL);
    if (problem != STORE_DAMAGED)
        return problem;
    close_database(store);
    if (!move_aside(store->path, moved, sizeof moved)) {
        store_say(report, problem, store->path, "and cannot be moved aside");
        return problem;
    }
    snprintf(detail, sizeof detail, "moved to %.160s, and a new one begun", moved);
    problem = open_database(store);
    if (problem == STORE_OK)
        store_say(report, STORE_DAMAGED, store->path, detail);
    else
        store_say(report, problem, store->path,
                  store->database ? sqlite3_errmsg(store->database) : NULL);
    report->problem = problem;
    return problem;
}

static int error_of(enum store_problem problem) {
    switch (problem) {
    case STORE_OK:
        return 0;
    case STORE_IN_USE:
    case STORE_LOCKED:
    case STORE_FULL:
    case STORE_READ_ONLY:
    case STORE_FAILED:
    case STORE_NO_DIRECTORY:
        return HF_ERROR_STATE;
    case STORE_NOT_OURS:
    case STORE_NEWER:
    case STORE_DAMAGED:
        return HF_ERROR_INVALID;
    }
    return HF_ERROR_INVALID;
}

struct store *store_create(const char *path) {
    struct store *store = calloc(1, sizeof *store);
    pthread_mutexattr_t recursive;

    if (!store)
        return NULL;
    store->lock = -1;
    store->path = strdup(path);
    if (!store->path) {
        free(store);
        return NULL;
    }
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE); /* between begin and commit */
    pthread_mutex_init(&store->mutex, &recursive);
    pthread_mutexattr_destroy(&recursive);
    return store;
}

void store_shut(struct store *store) {
    close_database(store);
    if (store->lock >= 0)
        close(store->lock);
    store->lock = -1;
}

void store_free(struct store *store) {
    if (!store)
        return;
    store_shut(store);
    pthread_mutex_destroy(&store->mutex);
    free(store->path);
    free(store);
}

int store_open(struct store *store, struct store_report *report) {
    *report = (struct store_report){0};
    pthread_mutex_lock(&store->mutex);
    store_shut(store);
    enum store_problem problem = take_lock(store->path, &store->lock);

    if (problem != STORE_OK)
        store_say(report, problem, store->path, NULL);
    else
        problem = open_or_replace(store, report);
    if (problem != STORE_OK)
        store_shut(store);
    pthread_mutex_unlock(&store->mutex);
    return error_of(problem);
}
