/* The state file: what accounts remember from one run of the program to the next, in an SQLite
 * database that people may read (docs/operating.md). A row an account, by its name; one more for
 * each registration that it has at the same time as its first.
 *
 * Whatever is wrong with the file is told and stops no account: the program goes on without it.
 * A file that is damaged is moved aside and a new one begun; one that is not ours, or is of a
 * newer version, is left alone. Each call may block on the disk. Calls may come from several
 * threads: one at a time is served. */
#ifndef DAEMON_STORE_H
#define DAEMON_STORE_H

#include "daemon/store_batch.h"

enum store_problem {
    STORE_OK,
    STORE_IN_USE,       /* another process has it: it will be tried again */
    STORE_LOCKED,       /* somebody reads or writes it for too long: the same */
    STORE_READ_ONLY,    /* the file, or its folder, may not be written */
    STORE_FULL,         /* no room on the disk, or a limit */
    STORE_NO_DIRECTORY, /* the folder does not exist */
    STORE_NOT_OURS,     /* something else: not touched */
    STORE_NEWER,        /* written by a newer version of this program: not touched */
    STORE_DAMAGED,      /* moved aside where that was possible */
    STORE_FAILED,       /* any other error of the disk or of SQLite */
};

enum { STORE_TEXT_BYTES = 512 };

/* What happened, for people. `text` is empty when there is nothing to say; it may say something
 * of success as well (a damaged file that was moved aside). */
struct store_report {
    enum store_problem problem;
    char text[STORE_TEXT_BYTES];
};

struct store;

/* A store that is not open yet: everything below does nothing then. NULL without memory. */
struct store *store_create(const char *path);

/* NULL is ignored. */
void store_free(struct store *store);

/* Opens the file, makes it where it is missing; closes it before if it was open. Fails as the
 * report says: HF_ERROR_STATE when it makes sense to try again, HF_ERROR_INVALID when somebody
 * must mend it first. */
int store_open(struct store *store, struct store_report *report);

/* Writes all or nothing, and has it on the disk when it returns. HF_ERROR_STATE: nothing was
 * written. After STORE_DAMAGED it is closed; opening it again moves the file aside. */
int store_write(struct store *store, const struct store_batch *batch, struct store_report *report);

enum store_recalled {
    STORE_RECALLED,
    STORE_RECALLED_NOTHING,  /* there is no row */
    STORE_RECALLED_NONSENSE, /* there is one, but it is not what this program writes */
};

/* The row of an account's registration, 0 being its first or only one: what it remembers, its times
 * being of `clock`'s monotonic side. */
enum store_recalled store_recall(struct store *store, const char *account, uint32_t leg,
                                 const struct wall_clock *clock, struct hf_remembered *ret);

/* The instance of an account (RFC 5626): the one that is stored, else `wanted`, which is stored
 * from now on. Only between store_begin and store_commit. False: it could not be stored, and urn is
 * `wanted` all the same. */
bool store_instance(struct store *store, const char *account, const char *wanted,
                    char urn[STORE_INSTANCE_BYTES]);

/* What is asked and written between them is one transaction, which is many times faster than many;
 * other threads wait. Not around store_open, store_write and store_keep_port. */
void store_begin(struct store *store);
void store_commit(struct store *store);

/* The UDP port that was last got when none was asked for, on this local address; 0: none. `part`:
 * which of several engines it was, each of which has a socket of its own. */
uint16_t store_port(struct store *store, const struct hf_address *local, uint8_t dscp,
                    unsigned part);

/* Remembers it; on the disk when it returns. */
int store_keep_port(struct store *store, const struct hf_address *local, uint8_t dscp,
                    unsigned part, uint16_t port, struct store_report *report);

/* The accounts are about to use numbers beyond those that are stored: no later run may use them
 * too, even if this one ends before it writes. What is recalled afterwards is beyond them as well.
 * Between store_begin and store_commit. */
void store_reserve(struct store *store);

/* Deletes the rows of accounts that nobody has had for so long. */
void store_forget_older(struct store *store, int64_t unix_milliseconds);

#endif
