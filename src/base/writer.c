#include "base/writer.h"

#include <endian.h>

#include "base/assert.h"

void writer_put_number(struct writer *w, uint64_t value) {
    char digits[20];
    size_t i = sizeof digits;

    do {
        digits[--i] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    writer_put(w, digits + i, sizeof digits - i);
}

typedef uint8_t hex_digits __attribute__((vector_size(16)));

/* Sixteen digits at a time: a byte's two halves become two bytes, and what is above 9 a letter. */
static inline hex_digits hex_of(uint64_t value) {
    const uint64_t first_byte_first = htobe64(value);
    hex_digits bytes = {0};

    memcpy(&bytes, &first_byte_first, sizeof first_byte_first);
    const hex_digits halves = __builtin_shufflevector(bytes >> 4, bytes & 15, 0, 16, 1, 17, 2, 18,
                                                      3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const hex_digits letters = (hex_digits)(halves > 9) & ('a' - '0' - 10);

    return halves + '0' + letters;
}

void writer_put_hex(struct writer *w, uint64_t value, unsigned digits) {
    const hex_digits all = hex_of(value);

    HF_ASSERT(digits >= 1 && digits <= sizeof all);
    if (digits == sizeof all)
        writer_put(w, (const char *)&all, sizeof all);
    else
        writer_put(w, (const char *)&all + sizeof all - digits, digits);
}

void writer_put_hex_bytes(struct writer *w, const uint8_t *bytes, size_t len) {
    for (; len >= 8; len -= 8, bytes += 8) {
        uint64_t word;

        memcpy(&word, bytes, sizeof word);
        writer_put_hex(w, be64toh(word), 16);
    }
    for (size_t i = 0; i < len; i++)
        writer_put_hex(w, bytes[i], 2);
}

bool writer_terminate(struct writer *w) {
    if (w->start == w->end)
        return false;
    if (w->at == w->end) {
        w->full = true;
        w->at--;
    }
    *w->at = '\0';
    return !w->full;
}
