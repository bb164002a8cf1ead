#include "settings/pattern.h"

#include <stdio.h>

enum { WIDTH_MAX = 10 };

/* How long the "%05n" is that the text begins with, and its width; 0 when there is none. */
static size_t number_at(struct hf_slice text, int *ret_width) {
    size_t at = 1;
    int width = 0;

    while (at < text.len && ascii_is_digit(text.ptr[at]) && width < WIDTH_MAX)
        width = width * 10 + (text.ptr[at++] - '0');
    if (at >= text.len || text.ptr[at] != 'n' || width > WIDTH_MAX)
        return 0;
    *ret_width = width;
    return at + 1;
}

bool pattern_varies(struct hf_slice pattern) {
    int width;

    for (;;) {
        size_t at = slice_index(pattern, '%');

        if (at == pattern.len)
            return false;
        pattern = slice_from_index(pattern, at);
        if (number_at(pattern, &width) > 0 || (pattern.len > 1 && pattern.ptr[1] == '%'))
            return true;
        pattern = slice_from_index(pattern, 1);
    }
}

void pattern_write(struct writer *w, struct hf_slice pattern, uint32_t number) {
    while (pattern.len > 0) {
        size_t at = slice_index(pattern, '%');
        char digits[16];
        int width = 0;
        size_t len;

        writer_put_slice(w, slice_of(pattern.ptr, at));
        if (at == pattern.len)
            return;
        pattern = slice_from_index(pattern, at);
        len = number_at(pattern, &width);
        if (len > 0) {
            snprintf(digits, sizeof digits, "%0*u", width, number);
            writer_put_slice(w, slice_from(digits));
        } else {
            writer_put_char(w, '%');
            len = pattern.len > 1 && pattern.ptr[1] == '%' ? 2 : 1;
        }
        pattern = slice_from_index(pattern, len);
    }
}
