#include "base/map.h"

#include <stdlib.h>

#include "base/assert.h"

void map_release(struct map *map) {
    free(map->buckets);
    map_init(map);
}

static struct map_node **bucket_of(const struct map *map, uint64_t hash) {
    return &map->buckets[hash & (map->bucket_count - 1)];
}

static bool grow(struct map *map) {
    size_t old_count = map->bucket_count;
    struct map_node **old = map->buckets;
    size_t count = old_count == 0 ? 16 : old_count * 2;
    struct map_node **buckets = calloc(count, sizeof(struct map_node *));

    if (!buckets)
        return false;
    map->buckets = buckets;
    map->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        for (struct map_node *node = old[i], *next; node; node = next) {
            struct map_node **bucket = bucket_of(map, node->hash);

            next = node->next;
            node->next = *bucket;
            *bucket = node;
        }
    }
    free(old);
    return true;
}

int map_insert(struct map *map, struct map_node *node, uint64_t hash) {
    if (map->count >= map->bucket_count && !grow(map) && map->bucket_count == 0)
        return HF_ERROR_MEMORY;
    struct map_node **bucket = bucket_of(map, hash);

    node->hash = hash;
    node->next = *bucket;
    *bucket = node;
    map->count++;
    return 0;
}

void map_remove(struct map *map, struct map_node *node) {
    struct map_node **link = bucket_of(map, node->hash);

    while (*link != node) {
        HF_ASSERT(*link);
        link = &(*link)->next;
    }
    *link = node->next;
    map->count--;
}

struct map_node *map_first(const struct map *map, uint64_t hash) {
    if (map->bucket_count == 0)
        return NULL;
    struct map_node *node = *bucket_of(map, hash);

    while (node && node->hash != hash)
        node = node->next;
    return node;
}

struct map_node *map_next(const struct map_node *node) {
    uint64_t hash = node->hash;

    do
        node = node->next;
    while (node && node->hash != hash);
    return (struct map_node *)node;
}
