/* The keys and values of a phone's file in order, copied as UTF-8. */
#ifndef SETTINGS_ENTRIES_H
#define SETTINGS_ENTRIES_H

#include "base/slice.h"

struct entry {
    uint32_t key_at;
    uint32_t key_length;
    uint32_t value_at;
    uint32_t value_length;
    unsigned line;
    bool converted; /* the value was not UTF-8 and was taken for Latin-1 */
};

struct entries {
    struct entry *list;
    size_t count;
    size_t capacity;
    char *bytes;
    size_t used;
    size_t bytes_capacity;
};

static inline void entries_init(struct entries *entries) {
    *entries = (struct entries){0};
}

void entries_release(struct entries *entries);

/* HF_ERROR_MEMORY, HF_ERROR_LIMIT. */
int entries_add(struct entries *entries, struct hf_slice key, struct hf_slice value, unsigned line);

/* Good until more is added. */
struct hf_slice entries_key(const struct entries *entries, size_t index);
struct hf_slice entries_value(const struct entries *entries, size_t index);

/* Whether these bytes are UTF-8 (RFC 3629). */
bool utf8_is_valid(struct hf_slice bytes);

/* One line without its end (LF, CR LF or CR); false when nothing is left. */
bool take_line(struct hf_slice *rest, struct hf_slice *ret);

#endif
