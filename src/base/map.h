/* A hash map whose links sit in the elements. The map knows only hashes: the owner hashes (with
 * hash.h where the key comes from the network) and compares, which keeps one map for all types.
 *
 *   for (struct map_node *n = map_first(&m, hash); n; n = map_next(n))
 *       if (CONTAINER_OF(n, struct thing, node)->key == key) ...
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/list.h"
#include "holdfast/types.h"

struct map_node {
    struct map_node *next;
    uint64_t hash;
};

struct map {
    struct map_node **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
};

static inline void map_init(struct map *map) {
    *map = (struct map){0};
}

/* Frees the map's own memory; the elements are the owner's. */
void map_release(struct map *map);

/* HF_ERROR_MEMORY only when the very first table cannot be had; a map that cannot grow later gets
 * slower, not wrong. */
int map_insert(struct map *map, struct map_node *node, uint64_t hash);

/* The node must be in the map. */
void map_remove(struct map *map, struct map_node *node);

/* The first, and each further, node with this hash; NULL at the end. */
struct map_node *map_first(const struct map *map, uint64_t hash);
struct map_node *map_next(const struct map_node *node);

#endif
