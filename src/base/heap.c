#include "base/heap.h"

#include "base/assert.h"

static bool comes_before(const struct heap_node *a, const struct heap_node *b) {
    return a->key < b->key || (a->key == b->key && a->order < b->order);
}

/* Makes one tree of two roots; either may be NULL. */
static struct heap_node *join(struct heap_node *a, struct heap_node *b) {
    if (!a || !b)
        return a ? a : b;
    if (comes_before(b, a)) {
        struct heap_node *swap = a;

        a = b;
        b = swap;
    }
    b->previous = a;
    b->next = a->child;
    if (b->next)
        b->next->previous = b;
    a->child = b;
    return a;
}

static struct heap_node *alone(struct heap_node *node) {
    node->next = node->previous = NULL;
    return node;
}

/* Siblings become one tree: pairs from the left, then their trees from the right. */
static struct heap_node *join_all(struct heap_node *first) {
    struct heap_node *pairs = NULL, *root = NULL;

    while (first) {
        struct heap_node *a = first, *b = a->next;

        first = b ? b->next : NULL;
        struct heap_node *pair = join(alone(a), b ? alone(b) : NULL);

        pair->next = pairs;
        pairs = pair;
    }
    while (pairs) {
        struct heap_node *pair = pairs;

        pairs = pair->next;
        root = join(root, alone(pair));
    }
    return root;
}

void heap_add(struct heap *heap, struct heap_node *node, uint64_t key) {
    HF_ASSERT(!heap_is_queued(node));
    *node = (struct heap_node){.key = key, .order = ++heap->order};
    heap->root = join(heap->root, node);
    heap->count++;
}

static void cut_out(struct heap_node *node) {
    if (node->previous->child == node)
        node->previous->child = node->next;
    else
        node->previous->next = node->next;
    if (node->next)
        node->next->previous = node->previous;
    alone(node);
}

void heap_remove(struct heap *heap, struct heap_node *node) {
    if (!heap_is_queued(node))
        return;
    struct heap_node *rest = join_all(node->child);

    if (node == heap->root) {
        heap->root = rest;
    } else {
        cut_out(node);
        heap->root = join(heap->root, rest);
    }
    node->child = NULL;
    node->order = 0;
    heap->count--;
}
