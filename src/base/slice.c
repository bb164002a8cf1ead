#include "base/slice.h"

bool slice_equal_nocase(struct hf_slice a, struct hf_slice b) {
    return a.len == b.len && slice_starts_with_nocase(a, b);
}

bool slice_starts_with_nocase(struct hf_slice s, struct hf_slice prefix) {
    if (s.len < prefix.len)
        return false;
    for (size_t i = 0; i < prefix.len; i++)
        if (ascii_lower(s.ptr[i]) != ascii_lower(prefix.ptr[i]))
            return false;
    return true;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct hf_slice slice_trim(struct hf_slice s) {
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s.ptr++;
        s.len--;
    }
    while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

struct hf_slice slice_from_index(struct hf_slice s, size_t start) {
    return start < s.len ? slice_of(s.ptr + start, s.len - start) : SLICE_NONE;
}

size_t slice_index(struct hf_slice s, char c) {
    const char *found = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;
    return found ? (size_t)(found - s.ptr) : s.len;
}

struct hf_slice slice_split(struct hf_slice *rest, char c) {
    size_t at = slice_index(*rest, c);
    struct hf_slice head = slice_of(rest->ptr, at);

    *rest = slice_from_index(*rest, at + 1);
    return head;
}

bool slice_to_number(struct hf_slice s, uint64_t *ret) {
    uint64_t value = 0;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (!ascii_is_digit(s.ptr[i]) || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.ptr[i] - '0'), &value))
            return false;
    }
    *ret = value;
    return true;
}
