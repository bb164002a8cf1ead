#include "base/slab.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

/* Chunks have 2, 2, 4, 8, … 64 slots, and then 128 each: who has one account should not pay for
 * a hundred, and who has a million should not look for chunks. */
enum { CHUNK_SLOTS = 128, SMALL_CHUNKS = 7 };

/* So many chunks without an element keep their memory: what comes and goes in ordinary life
 * allocates nothing. */
enum { KEPT_EMPTY = 2 };

struct slot {
    uint32_t generation; /* odd while taken */
    uint32_t next_free;  /* offset in the chunk + 1 */
    _Alignas(8) unsigned char element[];
};

void slab_init(struct slab *slab, size_t element_size) {
    HF_ASSERT(element_size > 0 && element_size < UINT32_MAX - 64);
    *slab = (struct slab){.element_size =
                              (uint32_t)((element_size + sizeof(struct slot) + 7) & ~(size_t)7)};
}

void slab_release(struct slab *slab) {
    for (uint32_t i = 0; i < slab->chunk_count; i++)
        free(slab->chunks[i].slots);
    free(slab->chunks);
    slab_init(slab, slab->element_size - sizeof(struct slot));
}

/* The slots of a chunk, and of all before it. */
static uint32_t slots_of(uint32_t chunk) {
    if (chunk >= SMALL_CHUNKS)
        return CHUNK_SLOTS;
    return chunk == 0 ? 2 : 1u << chunk;
}

static uint32_t slots_before(uint32_t chunk) {
    if (chunk >= SMALL_CHUNKS)
        return (chunk - SMALL_CHUNKS + 1) * CHUNK_SLOTS;
    return chunk == 0 ? 0 : 1u << chunk;
}

/* Where a slot is. */
struct place {
    uint32_t chunk, offset;
};

static struct place place_of(uint32_t index) {
    if (__builtin_expect(index >= CHUNK_SLOTS, 1))
        return (struct place){index / CHUNK_SLOTS + SMALL_CHUNKS - 1, index % CHUNK_SLOTS};
    const uint32_t chunk = index < 2 ? 0 : 31 - (uint32_t)__builtin_clz(index);

    return (struct place){chunk, index - slots_before(chunk)};
}

static struct slot *slot_at(const struct slab *slab, const struct slab_chunk *chunk,
                            uint32_t offset) {
    return (struct slot *)(void *)(chunk->slots + (size_t)offset * slab->element_size);
}

/* The taken slot that the handle names, or NULL. */
static struct slot *find(const struct slab *slab, uint64_t handle, struct place place) {
    if (place.chunk >= slab->chunk_count || !slab->chunks[place.chunk].slots)
        return NULL;
    struct slot *slot = slot_at(slab, &slab->chunks[place.chunk], place.offset);

    return slot->generation == handle >> 32 && slot->generation & 1 ? slot : NULL;
}

static bool append_chunk(struct slab *slab) {
    if (slab->chunk_count == slab->chunk_capacity) {
        uint32_t capacity = slab->chunk_capacity == 0 ? 1 : slab->chunk_capacity * 2;
        struct slab_chunk *chunks = realloc(slab->chunks, capacity * sizeof *chunks);

        if (!chunks)
            return false;
        slab->chunks = chunks;
        slab->chunk_capacity = capacity;
    }
    slab->chunks[slab->chunk_count++] = (struct slab_chunk){0};
    return true;
}

static bool has_room(const struct slab *slab, uint32_t chunk) {
    return slab->chunks[chunk].taken < slots_of(chunk);
}

/* Elements are cleared when they are taken; that a slot is not taken must be seen at once. */
static bool give_memory(const struct slab *slab, struct slab_chunk *chunk, uint32_t slots) {
    chunk->slots = malloc((size_t)slots * slab->element_size);
    if (!chunk->slots)
        return false;
    for (uint32_t offset = 0; offset < slots; offset++)
        *slot_at(slab, chunk, offset) = (struct slot){0};
    chunk->free_offset = chunk->used = 0;
    return true;
}

/* The first chunk that has room, with memory; NULL when there is none. */
static struct slab_chunk *chunk_with_room(struct slab *slab) {
    while (slab->first_room < slab->chunk_count && !has_room(slab, slab->first_room))
        slab->first_room++;
    if (slab->first_room == slab->chunk_count && !append_chunk(slab))
        return NULL;
    struct slab_chunk *chunk = &slab->chunks[slab->first_room];

    if (!chunk->slots) {
        if (!give_memory(slab, chunk, slots_of(slab->first_room)))
            return NULL;
        slab->empty++;
    }
    return chunk;
}

void *slab_take(struct slab *slab, uint64_t *ret_handle) {
    struct slab_chunk *chunk = chunk_with_room(slab);
    uint32_t offset;

    if (!chunk)
        return NULL;
    if (chunk->free_offset != 0) {
        offset = chunk->free_offset - 1u;
        chunk->free_offset = (uint8_t)slot_at(slab, chunk, offset)->next_free;
    } else {
        offset = chunk->used++;
        slot_at(slab, chunk, offset)->generation = chunk->generation;
    }
    struct slot *slot = slot_at(slab, chunk, offset);

    slot->generation++;
    HF_ASSERT(slot->generation & 1);
    memset(slot->element, 0, slab->element_size - sizeof *slot);
    slab->empty -= chunk->taken++ == 0;
    slab->count++;
    *ret_handle = (uint64_t)slot->generation << 32 | (slots_before(slab->first_room) + offset + 1);
    return slot->element;
}

void *slab_get(const struct slab *slab, uint64_t handle) {
    struct slot *slot = find(slab, handle, place_of((uint32_t)handle - 1));

    return slot ? slot->element : NULL;
}

/* No slot of the chunk is taken. Handles of the slots that it gets again are none that were. */
static void give_memory_back(struct slab *slab, struct slab_chunk *chunk) {
    for (uint32_t i = 0; i < chunk->used; i++) {
        const uint32_t generation = slot_at(slab, chunk, i)->generation;

        chunk->generation = generation > chunk->generation ? generation : chunk->generation;
    }
    free(chunk->slots);
    chunk->slots = NULL;
    slab->empty--;
}

void slab_give(struct slab *slab, uint64_t handle) {
    const struct place place = place_of((uint32_t)handle - 1);
    struct slot *slot = find(slab, handle, place);

    HF_ASSERT(slot);
    struct slab_chunk *chunk = &slab->chunks[place.chunk];

    slot->generation++;
    slot->next_free = chunk->free_offset;
    chunk->free_offset = (uint8_t)(place.offset + 1);
    slab->count--;
    slab->first_room = place.chunk < slab->first_room ? place.chunk : slab->first_room;
    if (--chunk->taken == 0 && ++slab->empty > KEPT_EMPTY)
        give_memory_back(slab, chunk);
}

void *slab_next(const struct slab *slab, uint32_t *cursor, uint64_t *ret_handle) {
    for (uint32_t at = place_of(*cursor).chunk; at < slab->chunk_count; at++) {
        const struct slab_chunk *chunk = &slab->chunks[at];
        const uint32_t begin = slots_before(at), end = begin + (chunk->slots ? chunk->used : 0);

        for (*cursor = *cursor > begin ? *cursor : begin; *cursor < end;) {
            const uint32_t index = (*cursor)++;
            struct slot *slot = slot_at(slab, chunk, index - begin);

            if (slot->generation & 1) {
                *ret_handle = (uint64_t)slot->generation << 32 | (index + 1);
                return slot->element;
            }
        }
    }
    return NULL;
}
