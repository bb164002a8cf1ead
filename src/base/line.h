/* Cutting text into lines, the one place where parsing a message is bound by reading bytes: sixteen
 * at a time where the machine can. */
#ifndef BASE_LINE_H
#define BASE_LINE_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/reader.h"

struct line {
    struct hf_slice text; /* without its CR LF or LF */
    size_t colon;         /* index of the first ":" in it, text.len when there is none */
};

#ifdef __SSE2__
enum { LINE_BLOCK = 16 };

/* Bit by bit, which of the next 16 bytes are `c`. */
static inline unsigned line_block(const char *at, char c) {
    const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);

    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, _mm_set1_epi8(c)));
}

/* Looks through whole blocks; returns where it stopped: at the line end, or before the last bytes
 * that make no block. */
static inline const char *line_skip_blocks(const char *at, const char *end) {
    for (; end - at >= LINE_BLOCK; at += LINE_BLOCK) {
        const unsigned newlines = line_block(at, '\n');

        if (newlines != 0)
            return at + __builtin_ctz(newlines);
    }
    return at;
}

/* Names of fields are short: mostly it is in the first block. `end` is that of all there is. */
static inline size_t line_colon(struct hf_slice text, const char *end) {
    if (end - text.ptr < LINE_BLOCK)
        return slice_index(text, ':');
    const unsigned colons = line_block(text.ptr, ':');

    if (colons == 0)
        return slice_index(text, ':');
    const size_t colon = (unsigned)__builtin_ctz(colons);

    return colon < text.len ? colon : text.len;
}
#else
static inline const char *line_skip_blocks(const char *at, const char *end) {
    (void)end;
    return at;
}

static inline size_t line_colon(struct hf_slice text, const char *end) {
    (void)end;
    return slice_index(text, ':');
}
#endif

/* Takes a line; false when no line end is left. */
static inline bool line_take(struct reader *r, struct line *ret) {
    const char *at = line_skip_blocks(r->at, r->end);

    while (at < r->end && *at != '\n')
        at++;
    if (at == r->end)
        return false;
    ret->text = slice_of(r->at, (size_t)(at - r->at));
    if (ret->text.len > 0 && at[-1] == '\r')
        ret->text.len--;
    ret->colon = line_colon(ret->text, r->end);
    r->at = at + 1;
    return true;
}

#endif
