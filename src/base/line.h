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
/* Looks through whole blocks of 16 bytes; returns where it stopped: at the line end, or before the
 * last bytes that make no block. */
static inline const char *line_skip_blocks(const char *at, const char *end, const char **colon) {
    const __m128i newlines = _mm_set1_epi8('\n'), colons = _mm_set1_epi8(':');

    for (; end - at >= 16; at += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)at);
        unsigned newline = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, newlines));
        unsigned found = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(block, colons));

        if (!*colon && found != 0)
            *colon = at + __builtin_ctz(found);
        if (newline != 0)
            return at + __builtin_ctz(newline);
    }
    return at;
}
#else
static inline const char *line_skip_blocks(const char *at, const char *end, const char **colon) {
    (void)end;
    (void)colon;
    return at;
}
#endif

/* Takes a line; false when no line end is left. */
static inline bool line_take(struct reader *r, struct line *ret) {
    const char *colon = NULL;
    const char *at = line_skip_blocks(r->at, r->end, &colon);

    for (; at < r->end && *at != '\n'; at++)
        if (*at == ':' && !colon)
            colon = at;
    if (at == r->end)
        return false;
    ret->text = slice_of(r->at, (size_t)(at - r->at));
    if (ret->text.len > 0 && at[-1] == '\r')
        ret->text.len--;
    ret->colon = colon && colon < at ? (size_t)(colon - r->at) : ret->text.len;
    r->at = at + 1;
    return true;
}

#endif
