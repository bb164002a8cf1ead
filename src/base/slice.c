#include "base/slice.h"

/* Mostly both are written the same way; letters differ from their other case in one bit. */
bool bytes_equal_nocase(const char *a, const char *b, size_t len) {
    if (bytes_equal(a, b, len))
        return true;
    for (size_t i = 0; i < len; i++)
        if (a[i] != b[i] && ((a[i] ^ b[i]) != 0x20 || ascii_lower(a[i]) != ascii_lower(b[i])))
            return false;
    return true;
}

bool slice_starts_with_nocase(struct hf_slice s, struct hf_slice prefix) {
    return s.len >= prefix.len && bytes_equal_nocase(s.ptr, prefix.ptr, prefix.len);
}

struct hf_slice slice_split(struct hf_slice *rest, char c) {
    size_t at = slice_index(*rest, c);
    struct hf_slice head = slice_of(rest->ptr, at);

    *rest = slice_from_index(*rest, at + 1);
    return head;
}

bool slice_to_number(struct hf_slice s, uint64_t *ret) {
    enum { DIGITS_THAT_FIT = 19 };
    uint64_t value = 0;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i]))
            return false;
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');

        if (i < DIGITS_THAT_FIT)
            value = value * 10 + digit;
        else if (__builtin_mul_overflow(value, 10, &value) ||
                 __builtin_add_overflow(value, digit, &value))
            return false;
    }
    *ret = value;
    return true;
}
