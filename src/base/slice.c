#include "base/slice.h"

/* Letters differ from their other case in one bit. */
bool bytes_equal_nocase(const char *a, const char *b, size_t len) {
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
    size_t safe = s.len < DIGITS_THAT_FIT ? s.len : DIGITS_THAT_FIT, i = 0;
    uint64_t value = 0;

    for (; i < safe && ascii_is_digit(s.ptr[i]); i++)
        value = value * 10 + (uint64_t)(s.ptr[i] - '0');
    for (; i < s.len && ascii_is_digit(s.ptr[i]); i++)
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value))
            return false;
    if (i < s.len || i == 0)
        return false;
    *ret = value;
    return true;
}
