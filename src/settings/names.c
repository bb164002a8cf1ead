#include "base/hash.h"
#include "settings/account_table.h"
#include "settings/draft.h"

static const struct hash_key name_key = {{0x6e616d6573206f66, 0x206163636f756e74}};

static bool have_one_name(const struct settings_account *a, const struct settings_account *b) {
    return strcmp(a->name, b->name) == 0;
}

static int check_name(struct account_table *table, struct settings_file *file,
                      struct settings_account *account) {
    const uint64_t hash = hash_bytes(&name_key, account->name, strlen(account->name));
    const struct settings_account *other = account_table_meet(table, account, hash, have_one_name);

    if (!other)
        return 0;
    account->errors++;
    return file_report(file, SEVERITY_ERROR, account->line,
                       "the account of %s:%u is called '%s' already",
                       account_table_file(table, other), other->line, account->name);
}

int settings_check_names(struct settings_file *files, size_t count) {
    struct account_table table;
    int result = account_table_init(&table, files, count);

    for (size_t f = 0; f < count; f++) {
        for (size_t i = 0; result == 0 && i < files[f].account_count; i++) {
            files[f].source = files[f].accounts[i].source;
            result = check_name(&table, &files[f], &files[f].accounts[i]);
        }
        files[f].source = NULL;
    }
    account_table_release(&table);
    return result;
}
