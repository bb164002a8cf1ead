#include "settings/account_table.h"

#include <stdlib.h>

#include "base/assert.h"

int account_table_init(struct account_table *table, const struct settings_file *files,
                       size_t file_count) {
    size_t accounts = 0, slots = 16;

    for (size_t i = 0; i < file_count; i++)
        accounts += files[i].account_count;
    while (slots < accounts + accounts / 2)
        slots *= 2;
    *table = (struct account_table){
        .files = files,
        .file_count = file_count,
        .slots = calloc(slots, sizeof *table->slots),
        .mask = slots - 1,
    };
    return table->slots ? 0 : HF_ERROR_MEMORY;
}

void account_table_release(struct account_table *table) {
    free(table->slots);
    *table = (struct account_table){0};
}

const struct settings_account *account_table_meet(
    struct account_table *table, const struct settings_account *account, uint64_t hash,
    bool (*same)(const struct settings_account *a, const struct settings_account *b)) {
    size_t at = hash & table->mask;

    for (; table->slots[at]; at = (at + 1) & table->mask) {
        if (same(table->slots[at], account))
            return table->slots[at];
    }
    table->slots[at] = account;
    return NULL;
}

const char *account_table_file(const struct account_table *table,
                               const struct settings_account *account) {
    for (size_t i = 0; i < table->file_count; i++) {
        const struct settings_file *file = &table->files[i];

        if (account >= file->accounts && account < file->accounts + file->account_count)
            return settings_source_name(file, account->source);
    }
    HF_UNREACHABLE();
}
