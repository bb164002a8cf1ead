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

/* Eight digits at a time: the nibbles are spread to a byte each, the first in the highest; what is
 * above 9 is a letter. */
static inline uint64_t hex_of(uint32_t value) {
    uint64_t x = value;

    x = (x | x << 16) & 0x0000ffff0000ffff;
    x = (x | x << 8) & 0x00ff00ff00ff00ff;
    x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
    const uint64_t letters = (x + 0x0606060606060606) >> 4 & 0x0101010101010101;

    return htobe64(x + 0x3030303030303030 + letters * ('a' - '0' - 10));
}

void writer_put_hex(struct writer *w, uint64_t value, unsigned digits) {
    const uint64_t halves[2] = {hex_of((uint32_t)(value >> 32)), hex_of((uint32_t)value)};

    HF_ASSERT(digits >= 1 && digits <= sizeof halves);
    writer_put(w, (const char *)halves + sizeof halves - digits, digits);
}

void writer_put_hex_bytes(struct writer *w, const uint8_t *bytes, size_t len) {
    for (; len >= 4; len -= 4, bytes += 4) {
        uint32_t word;

        memcpy(&word, bytes, sizeof word);
        const uint64_t digits = hex_of(be32toh(word));

        writer_put(w, (const char *)&digits, sizeof digits);
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
