#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"
#include "settings/draft.h"

static const struct hash_key name_key = {{0x6e616d6573206f66, 0x206163636f756e74}};

struct named {
    struct map_node node;
    const struct settings_file *file;
    const struct settings_account *account;
};

static int check_name(struct settings_file *file, struct settings_account *account, struct map *map,
                      struct named *named) {
    struct hf_slice name = slice_from(account->name);
    uint64_t hash = hash_bytes(&name_key, name.ptr, name.len);

    *named = (struct named){.file = file, .account = account};
    for (struct map_node *n = map_first(map, hash); n; n = map_next(n)) {
        const struct named *other = CONTAINER_OF(n, struct named, node);

        if (!slice_equal(name, slice_from(other->account->name)))
            continue;
        account->errors++;
        return file_report(file, SEVERITY_ERROR, account->line,
                           "the account of %s:%u is called '%s' already",
                           settings_source_name(other->file, other->account->source),
                           other->account->line, account->name);
    }
    return map_insert(map, &named->node, hash);
}

int settings_check_names(struct settings_file *files, size_t count) {
    size_t accounts = 0;
    size_t at = 0;
    int result = 0;
    struct named *named;
    struct map map;

    for (size_t f = 0; f < count; f++)
        accounts += files[f].account_count;
    named = calloc(accounts + 1, sizeof *named);
    if (!named)
        return HF_ERROR_MEMORY;
    map_init(&map);
    for (size_t f = 0; f < count; f++) {
        for (size_t i = 0; result == 0 && i < files[f].account_count; i++) {
            files[f].source = files[f].accounts[i].source;
            result = check_name(&files[f], &files[f].accounts[i], &map, &named[at++]);
        }
        files[f].source = NULL;
    }
    map_release(&map);
    free(named);
    return result;
}
