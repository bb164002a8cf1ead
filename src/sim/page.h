/* Text that grows. What did not fit is remembered until the end. */
#ifndef SIM_PAGE_H
#define SIM_PAGE_H

#include "base/slice.h"

struct page {
    char *bytes; /* terminated; NULL while empty */
    size_t length;
    size_t capacity;
    bool no_memory;
};

void page_put(struct page *page, struct hf_slice text);
void page_print(struct page *page, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As a JSON or YAML string with its quotes; bytes that are not UTF-8 become U+FFFD. */
void page_put_quoted(struct page *page, struct hf_slice text);
/* For XML: escaped; control characters are left out. */
void page_put_escaped(struct page *page, struct hf_slice text);

/* The text, to be freed; NULL when there was no memory (the page is released then). */
char *page_take(struct page *page);
void page_release(struct page *page);

#endif
