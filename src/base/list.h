/* Doubly linked lists whose links sit in the elements. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
    struct list_node *next;
    struct list_node *prev;
};

/* The struct of `type` whose member `member` is at `pointer`. */
#define CONTAINER_OF(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static inline void list_init(struct list_node *head) {
    head->next = head->prev = head;
}

static inline bool list_is_empty(const struct list_node *head) {
    return head->next == head;
}

/* Whether a node that was initialised with list_init is in some list. */
static inline bool list_is_linked(const struct list_node *node) {
    return node->next != node;
}

static inline void list_append(struct list_node *head, struct list_node *node) {
    node->prev = head->prev;
    node->next = head;
    head->prev->next = node;
    head->prev = node;
}

/* The node is a list of its own afterwards; removing it twice does no harm. */
static inline void list_remove(struct list_node *node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

static inline struct list_node *list_first(const struct list_node *head) {
    return list_is_empty(head) ? NULL : head->next;
}

static inline struct list_node *list_take_first(struct list_node *head) {
    struct list_node *node = list_first(head);

    if (node)
        list_remove(node);
    return node;
}

#endif
