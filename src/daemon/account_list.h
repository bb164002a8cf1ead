/* The accounts of a running daemon, by name and by the tag that the engine hands back. */
#ifndef DAEMON_ACCOUNT_LIST_H
#define DAEMON_ACCOUNT_LIST_H

#include "base/hash.h"
#include "base/map.h"
#include "base/slab.h"
#include "holdfast/event.h"
#include "settings/press.h"

struct account_entry {
    struct map_node node;
    hf_account_id id;
    char *name;
    uint32_t source;             /* number of the file that it came from (account_list_source) */
    uint32_t generation;         /* of the last load that had it */
    hf_time failing_since_at;    /* tally.h */
    struct settings_print print; /* of the settings that it was last given */
};

/* A file that accounts came from. */
struct account_source {
    struct map_node node;
    char *path;
    uint32_t number;
};

struct account_list {
    struct slab entries;
    struct map by_name;
    struct hash_key key;
    struct map sources; /* account_source */
    uint32_t source_count;
    uint32_t generation; /* counts loads */
};

void account_list_init(struct account_list *list, const uint64_t key[2]);
void account_list_release(struct account_list *list);

/* The number of a file's path, a new one if it has none yet. HF_ERROR_MEMORY. */
int account_list_source(struct account_list *list, const char *path, uint32_t *ret);

struct account_entry *account_list_find(const struct account_list *list, struct hf_slice name);
struct account_entry *account_list_get(const struct account_list *list, uint64_t tag);

/* A new entry; the name must not be in the list. NULL when there is no memory. */
struct account_entry *account_list_add(struct account_list *list, const char *name,
                                       uint64_t *ret_tag);
void account_list_remove(struct account_list *list, uint64_t tag);

/* All in their order: *cursor = 0 to begin; NULL at the end. Entries may be added and removed on
 * the way. */
struct account_entry *account_list_next(const struct account_list *list, uint32_t *cursor,
                                        uint64_t *ret_tag);

#endif
