/* A writer that cannot overrun: bytes go into a buffer of the caller's; once one put did not fit,
 * the writer is `full`, keeps what it had and ignores the rest. Check once, at the end. */
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include "base/slice.h"

struct writer {
    char *start;
    char *at;  /* next byte to write */
    char *end; /* one past the buffer */
    bool full; /* something did not fit: the content is not to be used */
};

static inline struct writer writer_of(char *buffer, size_t size) {
    return (struct writer){.start = buffer, .at = buffer, .end = buffer + size};
}

static inline size_t writer_length(const struct writer *w) {
    return (size_t)(w->at - w->start);
}

/* What is written so far; empty when the writer is full. */
static inline struct hf_slice writer_slice(const struct writer *w) {
    return w->full ? SLICE_NONE : slice_of(w->start, writer_length(w));
}

static inline void writer_put(struct writer *w, const char *bytes, size_t len) {
    if (__builtin_expect((size_t)(w->end - w->at) < len || w->full, 0)) {
        w->full = true;
        return;
    }
    if (len > 0)
        memcpy(w->at, bytes, len);
    w->at += len;
}

static inline void writer_put_slice(struct writer *w, struct hf_slice s) {
    writer_put(w, s.ptr, s.len);
}

#define writer_put_literal(w, literal) writer_put((w), "" literal, sizeof(literal) - 1)

static inline void writer_put_char(struct writer *w, char c) {
    writer_put(w, &c, 1);
}

/* Decimal. */
void writer_put_number(struct writer *w, uint64_t value);
/* Lower-case hexadecimal, exactly `digits` (1 to 16) of them. */
void writer_put_hex(struct writer *w, uint64_t value, unsigned digits);
/* Lower-case hexadecimal of a run of bytes. */
void writer_put_hex_bytes(struct writer *w, const uint8_t *bytes, size_t len);

/* Ends the text with a NUL that does not count to its length. False when it did not fit; the
 * buffer is then terminated all the same, as long as it has a byte at all. */
bool writer_terminate(struct writer *w);

#endif
