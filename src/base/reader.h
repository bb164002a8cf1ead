/* A cursor over bytes that cannot run past their end: every read checks, and a read that fails
 * leaves the cursor where it was. */
#ifndef BASE_READER_H
#define BASE_READER_H

#include "base/slice.h"

struct reader {
    const char *at;
    const char *end;
};

static inline struct reader reader_of(struct hf_slice s) {
    const char *start = s.ptr ? s.ptr : ""; /* offsets from NULL are undefined even if 0 */

    return (struct reader){.at = start, .end = start + s.len};
}

static inline size_t reader_left(const struct reader *r) {
    return (size_t)(r->end - r->at);
}

static inline bool reader_at_end(const struct reader *r) {
    return r->at == r->end;
}

/* The next byte without taking it; -1 at the end. */
static inline int reader_peek(const struct reader *r) {
    return r->at < r->end ? (unsigned char)*r->at : -1;
}

/* Takes the next byte if it is `c`. */
static inline bool reader_take_char(struct reader *r, char c) {
    if (r->at == r->end || *r->at != c)
        return false;
    r->at++;
    return true;
}

/* Takes as many bytes as are in the class: `table` has 256 entries, 1 = in the class, 0 = not. */
static inline struct hf_slice reader_take_class(struct reader *r, const uint8_t table[256]) {
    const char *at = r->at;
    const char *const from = at, *const end = r->end;

    /* four at a time: texts are long, and this is where parsing spends its time */
    while (end - at >= 4 && (table[(unsigned char)at[0]] & table[(unsigned char)at[1]] &
                             table[(unsigned char)at[2]] & table[(unsigned char)at[3]]))
        at += 4;
    while (at < end && table[(unsigned char)*at])
        at++;
    r->at = at;
    return slice_of(from, (size_t)(at - from));
}

/* The rest, all taken. */
static inline struct hf_slice reader_take_rest(struct reader *r) {
    struct hf_slice rest = slice_of(r->at, reader_left(r));

    r->at = r->end;
    return rest;
}

#endif
