/* Accounts of any number of files, met one after another: is one like an earlier one? A table of
 * pointers and nothing else, since a fleet may have a million. */
#ifndef SETTINGS_ACCOUNT_TABLE_H
#define SETTINGS_ACCOUNT_TABLE_H

#include "settings/file.h"

struct account_table {
    const struct settings_file *files;
    size_t file_count;
    const struct settings_account **slots; /* by hash, the next free one where it is taken */
    size_t mask;
};

/* Room for all accounts of the files, which must not move meanwhile. HF_ERROR_MEMORY. */
int account_table_init(struct account_table *table, const struct settings_file *files,
                       size_t file_count);
void account_table_release(struct account_table *table);

/* The first that was met and is the same; NULL: none, and it is in the table from now on. Those
 * that are the same have the same hash. */
const struct settings_account *account_table_meet(
    struct account_table *table, const struct settings_account *account, uint64_t hash,
    bool (*same)(const struct settings_account *a, const struct settings_account *b));

/* The file that an account of the table stands in, as messages name it. */
const char *account_table_file(const struct account_table *table,
                               const struct settings_account *account);

#endif
