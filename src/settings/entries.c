#include "settings/entries.h"

#include <stdlib.h>

#include "base/limits.h"

void entries_release(struct entries *entries) {
    free(entries->list);
    free(entries->bytes);
    entries_init(entries);
}

/* Bytes after the lead byte of a sequence, and the range of the first of them, which keeps out
 * overlong forms, surrogates and what is beyond U+10FFFF. */
static int continuation(unsigned char lead, unsigned char *low, unsigned char *high) {
    *low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    *high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (lead < 0x80)
        return 0;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 1;
    if (lead >= 0xe0 && lead <= 0xef)
        return 2;
    return lead >= 0xf0 && lead <= 0xf4 ? 3 : -1;
}

bool utf8_is_valid(struct hf_slice bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char low;
        unsigned char high;
        int more = continuation((unsigned char)bytes.ptr[i], &low, &high);

        if (more < 0 || (size_t)more >= bytes.len - i)
            return false;
        for (; more > 0; more--) {
            unsigned char c = (unsigned char)bytes.ptr[++i];

            if (c < low || c > high)
                return false;
            low = 0x80;
            high = 0xbf;
        }
    }
    return true;
}

static bool reserve(struct entries *entries, size_t more) {
    size_t capacity = entries->bytes_capacity ? entries->bytes_capacity : 4096;
    char *grown;

    while (capacity - entries->used < more)
        capacity *= 2;
    if (capacity == entries->bytes_capacity)
        return true;
    grown = realloc(entries->bytes, capacity);
    if (!grown)
        return false;
    entries->bytes = grown;
    entries->bytes_capacity = capacity;
    return true;
}

static void append(struct entries *entries, struct hf_slice text, bool latin1) {
    char *to = entries->bytes + entries->used;

    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];

        if (latin1 && c >= 0x80) {
            *to++ = (char)(0xc0 | c >> 6);
            *to++ = (char)(0x80 | (c & 0x3f));
        } else {
            *to++ = (char)c;
        }
    }
    entries->used = (size_t)(to - entries->bytes);
}

int entries_add(struct entries *entries, struct hf_slice key, struct hf_slice value,
                unsigned line) {
    struct entry *entry;

    if (entries->used + 2 * (key.len + value.len) > (size_t)4 * LIMIT_FILE_BYTES)
        return HF_ERROR_LIMIT;
    if (entries->count == entries->capacity) {
        size_t capacity = entries->capacity ? entries->capacity * 2 : 64;
        struct entry *grown = realloc(entries->list, capacity * sizeof(*grown));

        if (!grown)
            return HF_ERROR_MEMORY;
        entries->list = grown;
        entries->capacity = capacity;
    }
    if (!reserve(entries, 2 * (key.len + value.len)))
        return HF_ERROR_MEMORY;
    entry = &entries->list[entries->count++];
    *entry = (struct entry){.line = line, .key_at = (uint32_t)entries->used};
    append(entries, key, !utf8_is_valid(key));
    entry->value_at = (uint32_t)entries->used;
    entry->key_length = entry->value_at - entry->key_at;
    entry->converted = !utf8_is_valid(value);
    append(entries, value, entry->converted);
    entry->value_length = (uint32_t)entries->used - entry->value_at;
    return 0;
}

struct hf_slice entries_key(const struct entries *entries, size_t index) {
    const struct entry *entry = &entries->list[index];

    return slice_of(entries->bytes + entry->key_at, entry->key_length);
}

struct hf_slice entries_value(const struct entries *entries, size_t index) {
    const struct entry *entry = &entries->list[index];

    return slice_of(entries->bytes + entry->value_at, entry->value_length);
}

bool take_line(struct hf_slice *rest, struct hf_slice *ret) {
    size_t lf = slice_index(*rest, '\n');
    size_t cr = slice_index(slice_of(rest->ptr, lf), '\r');
    size_t end = cr < lf ? cr : lf;

    if (rest->len == 0)
        return false;
    *ret = slice_of(rest->ptr, end);
    if (end < rest->len && end + 1 < rest->len && rest->ptr[end] == '\r' &&
        rest->ptr[end + 1] == '\n')
        end++;
    *rest = slice_from_index(*rest, end + 1);
    return true;
}
