#include "sim/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool make_room(struct page *page, size_t more) {
    size_t capacity = (page->capacity + more + 64) * 2;
    char *grown;

    if (page->no_memory)
        return false;
    if (page->capacity - page->length > more)
        return true;
    grown = realloc(page->bytes, capacity);
    if (!grown) {
        page->no_memory = true;
        return false;
    }
    page->bytes = grown;
    page->capacity = capacity;
    return true;
}

void page_put(struct page *page, struct hf_slice text) {
    if (!make_room(page, text.len))
        return;
    if (text.len > 0)
        memcpy(page->bytes + page->length, text.ptr, text.len);
    page->length += text.len;
    page->bytes[page->length] = '\0';
}

void page_print(struct page *page, const char *format, ...) {
    va_list arguments, again;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0 && make_room(page, (size_t)length)) {
        vsnprintf(page->bytes + page->length, (size_t)length + 1, format, again);
        page->length += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

/* How many bytes the character at the beginning has; 0 when it is no UTF-8. */
static size_t character(struct hf_slice text) {
    unsigned char lead = (unsigned char)text.ptr[0];
    size_t length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

    if (length == 0 || length > text.len || lead > 0xf4)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (((unsigned char)text.ptr[i] & 0xc0) != 0x80)
            return 0;
    }
    if (length == 3 && ((lead == 0xe0 && (unsigned char)text.ptr[1] < 0xa0) ||
                        (lead == 0xed && (unsigned char)text.ptr[1] >= 0xa0)))
        return 0; /* too long, or half of a surrogate pair */
    if (length == 4 && ((lead == 0xf0 && (unsigned char)text.ptr[1] < 0x90) ||
                        (lead == 0xf4 && (unsigned char)text.ptr[1] >= 0x90)))
        return 0;
    return length;
}

/* What YAML takes for the end of a line although it is none in JSON (NEL, LS, PS, BOM). */
static bool is_odd(struct hf_slice text) {
    return (text.len >= 2 && memcmp(text.ptr, "\xc2\x85", 2) == 0) ||
           (text.len >= 3 &&
            (memcmp(text.ptr, "\xe2\x80\xa8", 3) == 0 || memcmp(text.ptr, "\xe2\x80\xa9", 3) == 0 ||
             memcmp(text.ptr, "\xef\xbb\xbf", 3) == 0));
}

void page_put_quoted(struct page *page, struct hf_slice text) {
    page_put(page, SLICE("\""));
    while (text.len > 0) {
        size_t length = character(text);
        unsigned char c = (unsigned char)text.ptr[0];

        if (length == 0)
            page_put(page, SLICE("\\ufffd"));
        else if (c == '"' || c == '\\')
            page_print(page, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            page_print(page, "\\u%04x", c);
        else if (is_odd(text))
            page_put(page, c == 0xc2                            ? SLICE("\\u0085")
                           : c == 0xef                          ? SLICE("\\ufeff")
                           : (unsigned char)text.ptr[2] == 0xa8 ? SLICE("\\u2028")
                                                                : SLICE("\\u2029"));
        else
            page_put(page, slice_of(text.ptr, length));
        text = slice_from_index(text, length ? length : 1);
    }
    page_put(page, SLICE("\""));
}

void page_put_escaped(struct page *page, struct hf_slice text) {
    while (text.len > 0) {
        size_t length = character(text);
        char c = text.ptr[0];

        if (c == '<')
            page_put(page, SLICE("&lt;"));
        else if (c == '>')
            page_put(page, SLICE("&gt;"));
        else if (c == '&')
            page_put(page, SLICE("&amp;"));
        else if (c == '"')
            page_put(page, SLICE("&quot;"));
        else if (length == 0)
            page_put(page, SLICE("?"));
        else if ((unsigned char)c >= ' ' && c != 0x7f)
            page_put(page, slice_of(text.ptr, length));
        text = slice_from_index(text, length ? length : 1);
    }
}

char *page_take(struct page *page) {
    char *bytes;

    if (page->no_memory || !make_room(page, 0)) {
        page_release(page);
        return NULL;
    }
    page->bytes[page->length] = '\0';
    bytes = page->bytes;
    *page = (struct page){0};
    return bytes;
}

void page_release(struct page *page) {
    free(page->bytes);
    *page = (struct page){0};
}
