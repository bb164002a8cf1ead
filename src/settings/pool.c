#include <stdlib.h>

#include "base/assert.h"
#include "base/map.h"
#include "settings/resolved.h"

/* A table of what is in force in a profile is worth its kilobytes where so many accounts use it,
 * and where there are so few profiles that it does not matter. */
enum { USERS_WORTH_A_TABLE = 16, PROFILES_ALL_WITH_TABLES = 8 };

/* One profile and how many settings of this pool use it. */
struct pool_entry {
    struct map_node node;
    struct value_set *profile;
    size_t users;
};

struct settings_pool {
    struct map map;
    /* What came last, and its entry: of the accounts of a fleet most come one after the other from
     * one profile. Held, so that its address means no other. */
    struct value_set *last;
    struct pool_entry *entry_of_last; /* NULL: nothing came, or the entry is gone */
};

int settings_pool_create(struct settings_pool **ret) {
    struct settings_pool *pool = malloc(sizeof *pool);

    if (!pool)
        return HF_ERROR_MEMORY;
    map_init(&pool->map);
    pool->last = NULL;
    pool->entry_of_last = NULL;
    *ret = pool;
    return 0;
}

static void entry_free(struct pool_entry *entry) {
    values_release(entry->profile);
    free(entry);
}

void settings_pool_free(struct settings_pool *pool) {
    if (!pool)
        return;
    for (size_t i = 0; i < pool->map.bucket_count; i++) {
        struct map_node *node = pool->map.buckets[i];

        while (node) {
            struct map_node *next = node->next;

            entry_free(CONTAINER_OF(node, struct pool_entry, node));
            node = next;
        }
    }
    map_release(&pool->map);
    values_release(pool->last);
    free(pool);
}

static struct pool_entry *find(const struct settings_pool *pool, const struct value_set *profile,
                               uint64_t hash) {
    for (struct map_node *n = map_first(&pool->map, hash); n; n = map_next(n)) {
        struct pool_entry *entry = CONTAINER_OF(n, struct pool_entry, node);

        if (values_equal(entry->profile, profile))
            return entry;
    }
    return NULL;
}

static void note_last(struct settings_pool *pool, const struct value_set *profile,
                      struct pool_entry *entry) {
    struct value_set *held = values_share(profile);

    values_release(pool->last);
    pool->last = held;
    pool->entry_of_last = entry;
}

/* The entry of settings that were taken from the pool. */
static struct pool_entry *entry_of(const struct settings_pool *pool,
                                   const struct value_set *profile) {
    if (pool->entry_of_last && pool->entry_of_last->profile == profile)
        return pool->entry_of_last;
    return find(pool, profile, values_hash(profile));
}

static struct pool_entry *find_or_add(struct settings_pool *pool, const struct value_set *profile) {
    uint64_t hash = values_hash(profile);
    struct pool_entry *entry = find(pool, profile, hash);

    if (entry)
        return entry;
    entry = calloc(1, sizeof *entry);
    if (!entry)
        return NULL;
    /* a copy that no other thread sees, since the pool will write to it */
    entry->profile = values_copy(profile);
    if (profile && !entry->profile) {
        free(entry);
        return NULL;
    }
    if (map_insert(&pool->map, &entry->node, hash) != 0) {
        entry_free(entry);
        return NULL;
    }
    return entry;
}

static void leave(struct settings_pool *pool, struct pool_entry *entry) {
    HF_ASSERT(entry && entry->users > 0);
    if (--entry->users > 0)
        return;
    map_remove(&pool->map, &entry->node);
    if (entry == pool->entry_of_last)
        pool->entry_of_last = NULL;
    entry_free(entry);
}

static bool worth_a_table(const struct settings_pool *pool, const struct pool_entry *entry) {
    return entry->profile && !values_resolved(entry->profile) &&
           (entry->users >= USERS_WORTH_A_TABLE || pool->map.count <= PROFILES_ALL_WITH_TABLES);
}

int settings_pool_take(struct settings_pool *pool, const struct hf_settings *settings,
                       struct hf_settings **ret) {
    const bool again = pool->entry_of_last && settings->profile == pool->last;
    struct pool_entry *entry = again ? pool->entry_of_last : find_or_add(pool, settings->profile);

    if (!entry)
        return HF_ERROR_MEMORY;
    if (!again)
        note_last(pool, settings->profile, entry);
    entry->users++;
    *ret = settings_pack(settings, entry->profile);
    if (!*ret) {
        leave(pool, entry);
        return HF_ERROR_MEMORY;
    }
    if (worth_a_table(pool, entry))
        values_set_resolved(entry->profile, resolved_create(*ret));
    return 0;
}

void settings_pool_give(struct settings_pool *pool, struct hf_settings *settings) {
    if (!settings)
        return;
    leave(pool, entry_of(pool, settings->profile));
    hf_settings_free(settings);
}

size_t settings_pool_count(const struct settings_pool *pool) {
    return pool->map.count;
}
