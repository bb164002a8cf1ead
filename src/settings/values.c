#include "settings/values.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/hash.h"
#include "settings/table.h"

/* A text is a value with this bit, its place in the block's bytes and its length. No number of
 * any setting comes near. */
#define TEXT_BIT ((int64_t)1 << 62)
enum { TEXT_LENGTH_BITS = 24 };

const uint16_t settings_first_slot[SETTING_COUNT] = {
#define ROW(id, ...) [SETTING_##id] = SLOT_##id,
#include "settings/table.def"
#undef ROW
};

static const int64_t *values_of(const struct value_set *set) {
    return (const int64_t *)(set->data + set->words);
}

static const char *text_of(const struct value_set *set) {
    return (const char *)(set->data + set->words + set->count);
}

static bool has(const struct value_set *set, unsigned slot) {
    return set && slot / 64 < set->words && set->data[slot / 64] >> slot % 64 & 1;
}

/* Few are: this is less than what a processor without an instruction for it takes. */
static unsigned count_bits(uint64_t bits) {
    unsigned n = 0;

    for (; bits; bits &= bits - 1)
        n++;
    return n;
}

/* How many slots before this one are set. */
static unsigned rank(const struct value_set *set, unsigned slot) {
    unsigned n = 0;

    for (unsigned i = 0; i < slot / 64; i++)
        n += count_bits(set->data[i]);
    return n + count_bits(set->data[slot / 64] & (((uint64_t)1 << slot % 64) - 1));
}

bool values_find(const struct value_set *set, unsigned slot, int64_t *ret) {
    if (!has(set, slot))
        return false;
    *ret = values_of(set)[rank(set, slot)];
    return true;
}

static struct hf_slice text_at(const struct value_set *set, int64_t value) {
    HF_ASSERT(value & TEXT_BIT);
    return slice_of(text_of(set) + ((value & ~TEXT_BIT) >> TEXT_LENGTH_BITS),
                    (size_t)value & ((1 << TEXT_LENGTH_BITS) - 1));
}

bool values_find_text(const struct value_set *set, unsigned slot, struct hf_slice *ret) {
    int64_t value;

    if (!values_find(set, slot, &value))
        return false;
    *ret = text_at(set, value);
    return true;
}

/* One value to put while a block is copied: present, number or text. */
struct change {
    unsigned slot;
    bool present;
    bool is_text;
    int64_t value;
    struct hf_slice text;
};

static int64_t append_text(struct value_set *to, struct hf_slice text) {
    int64_t value = TEXT_BIT | (int64_t)to->text_bytes << TEXT_LENGTH_BITS | (int64_t)text.len;

    if (text.len > 0)
        memcpy((char *)text_of(to) + to->text_bytes, text.ptr, text.len);
    to->text_bytes += (uint32_t)text.len;
    return value;
}

/* Writes the value of a slot into `to`, whose bits are complete and whose texts grow. */
static void copy_slot(struct value_set *to, unsigned at, const struct value_set *from,
                      const struct change *change, unsigned slot) {
    int64_t *values = (int64_t *)(to->data + to->words);
    int64_t value = 0;

    if (slot == change->slot) {
        values[at] = change->is_text ? append_text(to, change->text) : change->value;
        return;
    }
    HF_ASSERT(values_find(from, slot, &value));
    values[at] = value & TEXT_BIT ? append_text(to, text_at(from, value)) : value;
}

static struct value_set *new_set(const struct value_set *from, unsigned words,
                                 const struct change *change) {
    unsigned count = (from ? from->count : 0u) - has(from, change->slot) + change->present;
    size_t text = (from ? from->text_bytes : 0) + (change->is_text ? change->text.len : 0);
    size_t size = sizeof(struct value_set) + (words + count) * sizeof(uint64_t) + text;
    struct value_set *to = calloc(1, size);

    if (!to)
        return NULL;
    atomic_init(&to->references, 1);
    to->words = (uint16_t)words;
    to->count = (uint16_t)count;
    if (from)
        memcpy(to->data, from->data, from->words * sizeof(uint64_t));
    to->data[change->slot / 64] &= ~((uint64_t)1 << change->slot % 64);
    if (change->present)
        to->data[change->slot / 64] |= (uint64_t)1 << change->slot % 64;
    return to;
}

static int apply(struct value_set **set, unsigned slots, const struct change *change) {
    unsigned words = (slots + 63) / 64;
    unsigned at = 0;
    struct value_set *to;

    HF_ASSERT(change->slot < slots);
    to = new_set(*set, words, change);
    if (!to)
        return HF_ERROR_MEMORY;
    for (unsigned word = 0; word < words; word++) {
        for (uint64_t bits = to->data[word]; bits; bits &= bits - 1)
            copy_slot(to, at++, *set, change, word * 64 + (unsigned)__builtin_ctzll(bits));
    }
    HF_ASSERT(at == to->count);
    values_release(*set);
    *set = to;
    return 0;
}

int values_put(struct value_set **set, unsigned slots, unsigned slot, int64_t value) {
    HF_ASSERT(!(value > 0 && value & TEXT_BIT));
    return apply(set, slots, &(struct change){.slot = slot, .present = true, .value = value});
}

int values_put_text(struct value_set **set, unsigned slots, unsigned slot, struct hf_slice text) {
    HF_ASSERT(text.len < 1 << TEXT_LENGTH_BITS);
    return apply(set, slots,
                 &(struct change){.slot = slot, .present = true, .is_text = true, .text = text});
}

int values_remove(struct value_set **set, unsigned slots, unsigned slot) {
    if (!has(*set, slot))
        return 0;
    return apply(set, slots, &(struct change){.slot = slot});
}

struct value_set *values_share(const struct value_set *set) {
    struct value_set *shared = (struct value_set *)set;

    if (shared)
        atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void values_release(struct value_set *set) {
    if (!set || atomic_fetch_sub_explicit(&set->references, 1, memory_order_acq_rel) != 1)
        return;
    free(set->resolved);
    free(set);
}

static size_t data_bytes(const struct value_set *set) {
    return (set->words + set->count) * sizeof(uint64_t) + set->text_bytes;
}

size_t values_bytes(const struct value_set *set) {
    return set ? sizeof *set + data_bytes(set) : 0;
}

struct value_set *values_copy_into(void *room, const struct value_set *set) {
    struct value_set *copy = room;

    if (!set)
        return NULL;
    memcpy(room, set, values_bytes(set));
    atomic_init(&copy->references, 1);
    copy->resolved = NULL;
    return copy;
}

struct value_set *values_copy(const struct value_set *set) {
    void *room = set ? malloc(values_bytes(set)) : NULL;

    return room ? values_copy_into(room, set) : NULL;
}

void values_set_resolved(struct value_set *set, struct resolved *resolved) {
    HF_ASSERT(!set->resolved);
    set->resolved = resolved;
}

bool values_equal(const struct value_set *a, const struct value_set *b) {
    unsigned a_count = a ? a->count : 0;
    unsigned b_count = b ? b->count : 0;

    if (a == b || (a_count == 0 && b_count == 0))
        return true;
    return a_count == b_count && a->words == b->words && a->text_bytes == b->text_bytes &&
           memcmp(a->data, b->data, data_bytes(a)) == 0;
}

uint64_t values_hash(const struct value_set *set) {
    static const struct hash_key key = {{0x686f6c6466617374, 0x73657474696e6773}};

    if (!set || set->count == 0)
        return 0;
    return hash_bytes(&key, set->data, data_bytes(set));
}
