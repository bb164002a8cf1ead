/* A queue by urgency (a pairing heap) whose nodes sit in the elements: adding costs nothing,
 * taking the first or removing any about log n. Elements of equal keys come in the order in which
 * they were added. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include "holdfast/types.h"

struct heap_node {
    uint64_t key;
    uint64_t order; /* in which it was added; 0: it is in no heap */
    struct heap_node *child, *next;
    struct heap_node *previous; /* of the siblings; the parent for the first of them */
};

/* All zero: empty. */
struct heap {
    struct heap_node *root;
    uint64_t order;
    size_t count;
};

static inline bool heap_is_queued(const struct heap_node *node) {
    return node->order != 0;
}

/* The node must not be in a heap. */
void heap_add(struct heap *heap, struct heap_node *node, uint64_t key);

/* The one with the smallest key; NULL when it is empty. It stays. */
static inline struct heap_node *heap_first(const struct heap *heap) {
    return heap->root;
}

/* Harmless for a node that is in no heap. */
void heap_remove(struct heap *heap, struct heap_node *node);

#endif
