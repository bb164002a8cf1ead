#include "daemon/account_list.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/slice.h"

void account_list_init(struct account_list *list, const uint64_t key[2]) {
    *list = (struct account_list){.key = {{key[0], key[1]}}};
    slab_init(&list->entries, sizeof(struct account_entry));
    map_init(&list->by_name);
    map_init(&list->sources);
}

static void release_sources(struct map *sources) {
    for (size_t i = 0; i < sources->bucket_count; i++) {
        struct map_node *next = NULL;

        for (struct map_node *n = sources->buckets[i]; n; n = next) {
            struct account_source *source = CONTAINER_OF(n, struct account_source, node);

            next = n->next;
            free(source->path);
            free(source);
        }
    }
    map_release(sources);
}

void account_list_release(struct account_list *list) {
    struct account_entry *entry;
    uint32_t cursor = 0;
    uint64_t tag;

    while ((entry = account_list_next(list, &cursor, &tag)))
        free(entry->name);
    map_release(&list->by_name);
    slab_release(&list->entries);
    release_sources(&list->sources);
    *list = (struct account_list){0};
}

int account_list_source(struct account_list *list, const char *path, uint32_t *ret) {
    uint64_t hash = hash_bytes(&list->key, path, strlen(path));
    struct account_source *source;

    for (struct map_node *n = map_first(&list->sources, hash); n; n = map_next(n)) {
        source = CONTAINER_OF(n, struct account_source, node);
        *ret = source->number;
        if (strcmp(source->path, path) == 0)
            return 0;
    }
    source = calloc(1, sizeof(*source));
    if (!source)
        return HF_ERROR_MEMORY;
    source->path = strdup(path);
    source->number = list->source_count;
    if (!source->path || map_insert(&list->sources, &source->node, hash) != 0) {
        free(source->path);
        free(source);
        return HF_ERROR_MEMORY;
    }
    *ret = list->source_count++;
    return 0;
}

struct account_entry *account_list_find(const struct account_list *list, struct hf_slice name) {
    uint64_t hash = hash_bytes(&list->key, name.ptr, name.len);

    for (struct map_node *n = map_first(&list->by_name, hash); n; n = map_next(n)) {
        struct account_entry *entry = CONTAINER_OF(n, struct account_entry, node);

        if (slice_equal(slice_from(entry->name), name))
            return entry;
    }
    return NULL;
}

struct account_entry *account_list_get(const struct account_list *list, uint64_t tag) {
    return slab_get(&list->entries, tag);
}

struct account_entry *account_list_add(struct account_list *list, const char *name,
                                       uint64_t *ret_tag) {
    struct account_entry *entry = slab_take(&list->entries, ret_tag);
    uint64_t hash = hash_bytes(&list->key, name, strlen(name));

    HF_ASSERT(!account_list_find(list, slice_from(name)));
    if (!entry)
        return NULL;
    entry->name = strdup(name);
    if (!entry->name || map_insert(&list->by_name, &entry->node, hash) != 0) {
        free(entry->name);
        slab_give(&list->entries, *ret_tag);
        return NULL;
    }
    return entry;
}

void account_list_remove(struct account_list *list, uint64_t tag) {
    struct account_entry *entry = account_list_get(list, tag);

    HF_ASSERT(entry);
    map_remove(&list->by_name, &entry->node);
    free(entry->name);
    slab_give(&list->entries, tag);
}

struct account_entry *account_list_next(const struct account_list *list, uint32_t *cursor,
                                        uint64_t *ret_tag) {
    return slab_next(&list->entries, cursor, ret_tag);
}
