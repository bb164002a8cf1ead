#include "daemon/text.h"

static bool is_continuation(unsigned char c) {
    return (c & 0xC0) == 0x80;
}

/* The second byte decides about overlong forms, surrogates and what is above U+10FFFF. */
static bool second_byte_fits(unsigned char first, unsigned char second) {
    switch (first) {
    case 0xE0:
        return second >= 0xA0;
    case 0xED:
        return second <= 0x9F;
    case 0xF0:
        return second >= 0x90;
    case 0xF4:
        return second <= 0x8F;
    default:
        return true;
    }
}

size_t utf8_sequence(struct hf_slice s) {
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t len;

    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        len = 2;
    else if (p[0] >= 0xE0 && p[0] <= 0xEF)
        len = 3;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        len = 4;
    else
        return 0;
    if (s.len < len || !second_byte_fits(p[0], p[1]))
        return 0;
    for (size_t i = 1; i < len; i++) {
        if (!is_continuation(p[i]))
            return 0;
    }
    return len;
}

size_t text_columns(struct hf_slice s) {
    size_t columns = 0;

    for (size_t i = 0; i < s.len; i++)
        columns += !is_continuation((unsigned char)s.ptr[i]);
    return columns;
}

/* C0, DEL, and C1 as UTF-8 writes it (U+0080 to U+009F). */
static bool is_control(const char *p, size_t len) {
    unsigned char first = (unsigned char)p[0];

    return first < 0x20 || first == 0x7F ||
           (len == 2 && first == 0xC2 && (unsigned char)p[1] < 0xA0);
}

void text_write_clean(struct writer *w, struct hf_slice s) {
    while (s.len > 0) {
        size_t len = utf8_sequence(s);

        if (len == 0)
            writer_put_literal(w, "\xEF\xBF\xBD");
        else if (is_control(s.ptr, len))
            writer_put_char(w, '.');
        else
            writer_put(w, s.ptr, len);
        s = slice_from_index(s, len ? len : 1);
    }
}

void text_write_span(struct writer *w, uint64_t milliseconds) {
    uint64_t tenths = milliseconds / 100;
    uint64_t seconds = milliseconds / 1000;

    if (tenths < 100) {
        writer_put_number(w, tenths / 10);
        writer_put_char(w, '.');
        writer_put_number(w, tenths % 10);
        writer_put_literal(w, " s");
    } else if (seconds < 120) {
        writer_put_number(w, seconds);
        writer_put_literal(w, " s");
    } else if (seconds < 120 * 60) {
        writer_put_number(w, seconds / 60);
        writer_put_literal(w, " min");
    } else if (seconds < 48 * 3600) {
        writer_put_number(w, seconds / 3600);
        writer_put_literal(w, " h");
    } else {
        writer_put_number(w, seconds / (24 * 3600));
        writer_put_literal(w, " d");
    }
}
