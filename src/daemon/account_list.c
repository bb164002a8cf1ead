#include "daemon/account_list.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/slice.h"

void account_list_init(struct account_list *list, const uint64_t key[2]) {
    *list = (struct account_list){.key = {{key[0], key[1]}}};
    slab_init(&list->entries, sizeof(struct account_entry));
    map_init(&list->by_name);
}

void account_list_release(struct account_list *list) {
    struct account_entry *entry;
    uint32_t cursor = 0;
    uint64_t tag;

    while ((entry = account_list_next(list, &cursor, &tag)))
        free(entry->name);
    map_release(&list->by_name);
    slab_release(&list->entries);
    for (uint32_t i = 0; i < list->source_count; i++)
        free(list->sources[i]);
    free(list->sources);
    *list = (struct account_list){0};
}

int account_list_source(struct account_list *list, const char *path, uint32_t *ret) {
    char **sources;

    for (uint32_t i = 0; i < list->source_count; i++) {
        if (strcmp(list->sources[i], path) == 0) {
            *ret = i;
            return 0;
        }
    }
    sources = reallocarray(list->sources, list->source_count + 1, sizeof(*sources));
    if (!sources)
        return HF_ERROR_MEMORY;
    list->sources = sources;
    sources[list->source_count] = strdup(path);
    if (!sources[list->source_count])
        return HF_ERROR_MEMORY;
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
