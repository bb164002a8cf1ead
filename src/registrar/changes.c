/* Which addresses of record have changed, for a host that asks for it: the simulator need not look
 * at all of them after each request. */
#include <stdlib.h>

#include "base/assert.h"
#include "registrar/internal.h"

enum { CHANGES_BYTES_MAX = 1 << 20 }; /* then nobody takes them */

void registrar_follow_changes(struct registrar *registrar) {
    registrar->changes.followed = true;
}

static bool make_room(struct changes *changes, size_t len) {
    if (changes->taken == changes->used)
        changes->taken = changes->used = 0;
    if (changes->capacity - changes->used >= len)
        return true;
    size_t capacity = (changes->used + len) * 2;
    char *bytes = capacity <= CHANGES_BYTES_MAX ? realloc(changes->bytes, capacity) : NULL;

    if (!bytes)
        return false;
    changes->bytes = bytes;
    changes->capacity = capacity;
    return true;
}

/* Each change is a length of two bytes, and the text. */
void record_changed(struct registrar *registrar, const struct record *record) {
    struct changes *changes = &registrar->changes;
    uint16_t len = (uint16_t)record->aor_len;

    if (!changes->followed)
        return;
    HF_ASSERT(record->aor_len <= UINT16_MAX);
    if (!make_room(changes, sizeof len + len)) {
        changes->taken = changes->used = 0;
        changes->lost = true;
        return;
    }
    memcpy(changes->bytes + changes->used, &len, sizeof len);
    memcpy(changes->bytes + changes->used + sizeof len, record->aor, len);
    changes->used += sizeof len + len;
}

bool registrar_next_change(struct registrar *registrar, struct hf_slice *ret_aor) {
    struct changes *changes = &registrar->changes;
    uint16_t len;

    if (changes->lost) {
        changes->lost = false;
        *ret_aor = SLICE_NONE;
        return true;
    }
    if (changes->taken == changes->used)
        return false;
    memcpy(&len, changes->bytes + changes->taken, sizeof len);
    *ret_aor = slice_of(changes->bytes + changes->taken + sizeof len, len);
    changes->taken += sizeof len + len;
    return true;
}
