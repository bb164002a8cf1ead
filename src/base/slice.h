/* Slices: bytes that somebody else owns (see struct hf_slice). No allocation, no locale: ASCII
 * rules as SIP (RFC 3261 section 25) and the provisioning files want them. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <string.h>

#include "holdfast/types.h"

/* A slice of a string literal, length known at compile time. */
#define SLICE(literal) ((struct hf_slice){.ptr = "" literal, .len = sizeof(literal) - 1})
#define SLICE_NONE ((struct hf_slice){0})

/* For printf: "%.*s", SLICE_ARGS(s) */
#define SLICE_ARGS(s) (int)(s).len, (s).ptr ? (s).ptr : ""

static inline struct hf_slice slice_of(const char *ptr, size_t len) {
    return (struct hf_slice){.ptr = ptr, .len = len};
}

static inline struct hf_slice slice_from(const char *text) {
    return text ? slice_of(text, strlen(text)) : SLICE_NONE;
}

static inline bool slice_is_empty(struct hf_slice s) {
    return s.len == 0;
}

static inline char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool ascii_is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Short texts of one length, compared without a call: words, the last one overlapping. */
static inline bool bytes_equal(const char *a, const char *b, size_t len) {
    uint64_t x = 0, y = 0;

    if (len < 8) {
        if (len >= 4) {
            uint32_t first_a, first_b, last_a, last_b;

            memcpy(&first_a, a, 4);
            memcpy(&first_b, b, 4);
            memcpy(&last_a, a + len - 4, 4);
            memcpy(&last_b, b + len - 4, 4);
            return first_a == first_b && last_a == last_b;
        }
        while (len > 0 && a[len - 1] == b[len - 1])
            len--;
        return len == 0;
    }
    for (size_t at = 0; at + 8 < len; at += 8) {
        memcpy(&x, a + at, 8);
        memcpy(&y, b + at, 8);
        if (x != y)
            return false;
    }
    memcpy(&x, a + len - 8, 8);
    memcpy(&y, b + len - 8, 8);
    return x == y;
}

static inline bool slice_equal(struct hf_slice a, struct hf_slice b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The first `len` bytes, ASCII case folded. */
bool bytes_equal_nocase(const char *a, const char *b, size_t len);

/* ASCII case folded; mostly both are written the same way. */
static inline bool slice_equal_nocase(struct hf_slice a, struct hf_slice b) {
    return a.len == b.len &&
           (bytes_equal(a.ptr, b.ptr, a.len) || bytes_equal_nocase(a.ptr, b.ptr, a.len));
}

bool slice_starts_with_nocase(struct hf_slice s, struct hf_slice prefix);

static inline bool ascii_is_blank(char c) {
    return (unsigned char)c <= ' ' && (c == ' ' || c == '\t' || c == '\r' || c == '\n');
}

/* Without blanks (SP, HTAB, CR, LF) at both ends. */
static inline struct hf_slice slice_trim(struct hf_slice s) {
    while (s.len > 0 && ascii_is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && ascii_is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* From `start` to the end; `start` beyond the end gives an empty slice. */
static inline struct hf_slice slice_from_index(struct hf_slice s, size_t start) {
    return start < s.len ? slice_of(s.ptr + start, s.len - start) : SLICE_NONE;
}

/* Index of the first `c`, or s.len. */
static inline size_t slice_index(struct hf_slice s, char c) {
    const char *found = s.len > 0 ? (const char *)memchr(s.ptr, c, s.len) : NULL;

    return found ? (size_t)(found - s.ptr) : s.len;
}

/* Splits at the first `c`: returns what is before it and leaves in `*rest` what follows.
 * Without `c` returns all and leaves `*rest` empty. */
struct hf_slice slice_split(struct hf_slice *rest, char c);

/* The whole slice as an unsigned decimal number. False (and *ret untouched) when it is empty, has
 * anything but digits, or exceeds UINT64_MAX. */
bool slice_to_number(struct hf_slice s, uint64_t *ret);

#endif
