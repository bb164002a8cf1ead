#include "base/slab.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

/* Chunks have 2, 2, 4, 8, … 64 slots, and then 128 each: who has one account should not pay for
 * a hundred, and who has a million should not look for chunks. */
enum { CHUNK_SLOTS = 128, SMALL_CHUNKS = 7 };

struct slot {
    uint32_t generation; /* odd while taken */
    uint32_t next_free;  /* index + 1 */
    _Alignas(8) unsigned char element[];
};

struct slab_chunk {
    _Alignas(8) unsigned char slots[1];
};

void slab_init(struct slab *slab, size_t element_size) {
    HF_ASSERT(element_size > 0 && element_size < UINT32_MAX - 64);
    *slab = (struct slab){.element_size =
                              (uint32_t)((element_size + sizeof(struct slot) + 7) & ~(size_t)7)};
}

void slab_release(struct slab *slab) {
    for (uint32_t i = 0; i < slab->chunk_count; i++)
        free(slab->chunks[i]);
    free(slab->chunks);
    slab->chunks = NULL;
    slab->chunk_count = slab->used = slab->count = slab->free_index = 0;
}

static struct slot *slot_at(const struct slab *slab, uint32_t index) {
    uint32_t chunk, offset;

    if (__builtin_expect(index >= CHUNK_SLOTS, 1)) {
        chunk = index / CHUNK_SLOTS + SMALL_CHUNKS - 1;
        offset = index % CHUNK_SLOTS;
    } else {
        chunk = index < 2 ? 0 : 31 - (uint32_t)__builtin_clz(index);
        offset = index < 2 ? index : index - (1u << chunk);
    }
    unsigned char *slots = (unsigned char *)slab->chunks[chunk];

    return (struct slot *)(void *)(slots + (size_t)offset * slab->element_size);
}

/* The slots of so many chunks. */
static uint32_t capacity_of(uint32_t chunks) {
    if (chunks <= SMALL_CHUNKS)
        return chunks == 0 ? 0 : 1u << chunks;
    return (chunks - SMALL_CHUNKS + 1) * CHUNK_SLOTS;
}

static bool grow(struct slab *slab) {
    uint32_t count = slab->chunk_count;

    if ((count & (count - 1)) == 0) {
        size_t capacity = count == 0 ? 1 : (size_t)count * 2;
        struct slab_chunk **chunks = realloc(slab->chunks, capacity * sizeof *chunks);

        if (!chunks)
            return false;
        slab->chunks = chunks;
    }
    struct slab_chunk *chunk =
        calloc(capacity_of(count + 1) - capacity_of(count), slab->element_size);
    if (!chunk)
        return false;
    slab->chunks[slab->chunk_count++] = chunk;
    return true;
}

void *slab_take(struct slab *slab, uint64_t *ret_handle) {
    uint32_t index;

    if (slab->free_index != 0) {
        index = slab->free_index - 1;
        slab->free_index = slot_at(slab, index)->next_free;
    } else {
        if (slab->used == capacity_of(slab->chunk_count) && !grow(slab))
            return NULL;
        index = slab->used++;
    }
    struct slot *slot = slot_at(slab, index);

    slot->generation++;
    HF_ASSERT(slot->generation & 1);
    memset(slot->element, 0, slab->element_size - sizeof *slot);
    slab->count++;
    *ret_handle = (uint64_t)slot->generation << 32 | (index + 1);
    return slot->element;
}

static struct slot *slot_of(const struct slab *slab, uint64_t handle) {
    uint32_t index = (uint32_t)handle - 1;

    if (index >= slab->used)
        return NULL;
    struct slot *slot = slot_at(slab, index);

    return slot->generation == handle >> 32 && slot->generation & 1 ? slot : NULL;
}

void *slab_get(const struct slab *slab, uint64_t handle) {
    struct slot *slot = slot_of(slab, handle);

    return slot ? slot->element : NULL;
}

void slab_give(struct slab *slab, uint64_t handle) {
    struct slot *slot = slot_of(slab, handle);

    HF_ASSERT(slot);
    slot->generation++;
    slot->next_free = slab->free_index;
    slab->free_index = (uint32_t)handle;
    slab->count--;
}

void *slab_next(const struct slab *slab, uint32_t *cursor, uint64_t *ret_handle) {
    while (*cursor < slab->used) {
        uint32_t index = (*cursor)++;
        struct slot *slot = slot_at(slab, index);

        if (slot->generation & 1) {
            *ret_handle = (uint64_t)slot->generation << 32 | (index + 1);
            return slot->element;
        }
    }
    return NULL;
}
