#include "base/writer.h"

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

static const char hex_digits[16] = "0123456789abcdef";

void writer_put_hex(struct writer *w, uint64_t value, unsigned digits) {
    char text[16];

    HF_ASSERT(digits >= 1 && digits <= sizeof text);
    for (unsigned i = digits; i-- > 0; value >>= 4)
        text[i] = hex_digits[value & 15];
    writer_put(w, text, digits);
}

void writer_put_hex_bytes(struct writer *w, const uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len; i++) {
        char pair[2] = {hex_digits[bytes[i] >> 4], hex_digits[bytes[i] & 15]};
        writer_put(w, pair, sizeof pair);
    }
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
