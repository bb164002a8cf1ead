/* The open state file; shared by the files of the store. */
#ifndef DAEMON_STORE_INTERNAL_H
#define DAEMON_STORE_INTERNAL_H

#include <pthread.h>
#include <sqlite3.h>

#include "daemon/store.h"

enum store_statement {
    STATEMENT_BEGIN,
    STATEMENT_COMMIT,
    STATEMENT_ROLLBACK,
    STATEMENT_WRITE,
    STATEMENT_WRITE_LEG,
    STATEMENT_DELETE,
    STATEMENT_DELETE_LEGS,
    STATEMENT_RECALL,
    STATEMENT_RECALL_LEG,
    STATEMENT_INSTANCE_GET,
    STATEMENT_INSTANCE_PUT,
    STATEMENT_PORT_GET,
    STATEMENT_PORT_PUT,
    STATEMENT_FORGET,
    STATEMENT_FORGET_LEGS,
    STATEMENT_RESERVE,
    STATEMENT_RESERVE_LEGS,
    STATEMENTS
};

struct store {
    sqlite3 *database; /* NULL: not open */
    pthread_mutex_t mutex;
    int lock; /* descriptor of the lock file */
    char *path;
    sqlite3_stmt *statements[STATEMENTS];
};

/* The SQL of a statement; static. */
const char *store_sql(enum store_statement statement);

/* The SQL that makes an empty file a state file of version STORE_VERSION. */
extern const char *const store_schema;

/* A table that files of the first days do not have yet; one who does not know it can do without. */
extern const char *const store_schema_legs;

/* Columns that they do not have either; NULL ends the list. Each fails where it is there. */
extern const char *const store_columns_added[];

enum { STORE_VERSION = 1, STORE_APPLICATION = 0x68666c64 }; /* "hfld" */

/* Closes the file and gives the lock back; the mutex is held, or nobody else is there. */
void store_shut(struct store *store);

/* Says what is wrong, with SQLite's own words. */
void store_say(struct store_report *report, enum store_problem problem, const char *path,
               const char *detail);

/* Runs a statement that gives no rows, and resets it. */
enum store_problem store_run(sqlite3_stmt *statement);

#endif
