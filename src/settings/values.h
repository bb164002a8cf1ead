/* A set of values, packed in one block that never changes: setting a value makes a new block.
 * Blocks are shared by counting references, so equal settings cost nothing twice.
 *
 * A value has a slot: a number for each setting and place (a server's setting has one slot for
 * all servers and one for each). NULL is the empty set. */
#ifndef SETTINGS_VALUES_H
#define SETTINGS_VALUES_H

#include <stdatomic.h>

#include "base/limits.h"
#include "base/slice.h"
#include "settings/ids.h"

enum settings_slots {
    SLOTS_GLOBAL = 1,
    SLOTS_IDENTITY = 1,
    SLOTS_ACCOUNT = 1,
    SLOTS_SERVER = 1 + LIMIT_SERVERS, /* the first: all servers */
    SLOTS_PROXY = LIMIT_PROXIES,
    SLOTS_DNS_A = LIMIT_STATIC_RECORDS,
    SLOTS_DNS_SRV = LIMIT_STATIC_RECORDS,
    SLOTS_DNS_NAPTR = LIMIT_STATIC_RECORDS,
};

enum settings_slot {
#define ROW(id, row_name, row_scope, ...)                                                          \
    SLOT_##id, SLOT_##id##_LAST = SLOT_##id + SLOTS_##row_scope - 1,
#include "settings/table.def"
#undef ROW
    SLOT_COUNT,
    SLOT_PROFILE = SLOT_SERVER_ADDRESS, /* slots before this one are the account's own */
};

_Static_assert((int)SLOT_PROFILE <= 64, "an account's own values fit one word of bits");

/* The first slot of each row. */
extern const uint16_t settings_first_slot[SETTING_COUNT];

/* Read by values.c, but for values_resolved. */
struct value_set {
    atomic_uint references;
    uint16_t words;
    uint16_t count;
    uint32_t text_bytes;
    uint32_t reserved;
    struct resolved *resolved; /* of a pool's profile; else NULL */
    uint64_t data[];           /* `words` of bits, `count` values, the bytes of the texts */
};

/* True when the slot is in the set; text has its own function. */
bool values_find(const struct value_set *set, unsigned slot, int64_t *ret);
bool values_find_text(const struct value_set *set, unsigned slot, struct hf_slice *ret);

/* Replace *set by one with the slot set, or without it. `slots` is how many slots the set can
 * have. HF_ERROR_MEMORY, and *set is as before. */
int values_put(struct value_set **set, unsigned slots, unsigned slot, int64_t value);
int values_put_text(struct value_set **set, unsigned slots, unsigned slot, struct hf_slice text);
int values_remove(struct value_set **set, unsigned slots, unsigned slot);

struct value_set *values_share(const struct value_set *set);
void values_release(struct value_set *set);

/* What a set takes, and a copy of it in so much room, aligned to 8, that the caller owns: it is
 * not to be shared or released. NULL when there is nothing to copy. */
size_t values_bytes(const struct value_set *set);
struct value_set *values_copy_into(void *room, const struct value_set *set);

/* A copy that shares nothing; NULL when there is no memory (or nothing to copy). */
struct value_set *values_copy(const struct value_set *set);

/* What resolved.h worked out for a profile goes and comes with the block that it was made for; the
 * block takes it over and frees it. Not for a block that other threads can see. */
void values_set_resolved(struct value_set *set, struct resolved *resolved);
static inline const struct resolved *values_resolved(const struct value_set *set) {
    return set ? set->resolved : NULL;
}

bool values_equal(const struct value_set *a, const struct value_set *b);
uint64_t values_hash(const struct value_set *set);

#endif
