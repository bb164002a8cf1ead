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

static inline bool slice_equal(struct hf_slice a, struct hf_slice b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline char ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

static inline bool ascii_is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* ASCII case folded. */
bool slice_equal_nocase(struct hf_slice a, struct hf_slice b);
bool slice_starts_with_nocase(struct hf_slice s, struct hf_slice prefix);

/* Without blanks (SP, HTAB, CR, LF) at both ends. */
struct hf_slice slice_trim(struct hf_slice s);

/* From `start` to the end; `start` beyond the end gives an empty slice. */
struct hf_slice slice_from_index(struct hf_slice s, size_t start);

/* Index of the first `c`, or s.len. */
size_t slice_index(struct hf_slice s, char c);

/* Splits at the first `c`: returns what is before it and leaves in `*rest` what follows.
 * Without `c` returns all and leaves `*rest` empty. */
struct hf_slice slice_split(struct hf_slice *rest, char c);

/* The whole slice as an unsigned decimal number. False (and *ret untouched) when it is empty, has
 * anything but digits, or exceeds UINT64_MAX. */
bool slice_to_number(struct hf_slice s, uint64_t *ret);

#endif
