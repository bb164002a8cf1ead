/* A slab of equal elements that never move, each named by a handle with a generation: a handle
 * kept for too long is noticed, not followed. Elements are zeroed when taken. After a rush the
 * memory that it took is given back. */
#ifndef BASE_SLAB_H
#define BASE_SLAB_H

#include "holdfast/types.h"

/* Elements are taken from the first chunk that has room, so that the last ones become empty. */
struct slab_chunk {
    unsigned char *slots; /* NULL: the memory was given back */
    uint32_t generation;  /* at which its slots begin; no handle has had a later one */
    uint8_t free_offset;  /* of the first slot that was given back + 1; 0 = none */
    uint8_t used;         /* slots ever used, of this memory */
    uint8_t taken;
};

struct slab {
    struct slab_chunk *chunks;
    uint32_t chunk_count;
    uint32_t chunk_capacity;
    uint32_t element_size; /* with the slot's own header */
    uint32_t first_room;   /* no chunk before this one has room */
    uint32_t empty;        /* chunks that have memory, and no element in it */
    uint32_t count;        /* elements taken now */
};

/* Elements of `element_size` bytes, aligned to 8. Allocates nothing yet. */
void slab_init(struct slab *slab, size_t element_size);

/* Frees everything, taken or not. */
void slab_release(struct slab *slab);

/* A zeroed element and its handle (never 0); NULL when there is no memory. */
void *slab_take(struct slab *slab, uint64_t *ret_handle);

/* The element, or NULL when the handle is not, or no longer, valid. Any number may be handed in. */
void *slab_get(const struct slab *slab, uint64_t handle);

/* Gives an element back; the handle must be valid. */
void slab_give(struct slab *slab, uint64_t handle);

/* Walks over the elements in order of their slots: start with *cursor = 0; NULL at the end. */
void *slab_next(const struct slab *slab, uint32_t *cursor, uint64_t *ret_handle);

#endif
