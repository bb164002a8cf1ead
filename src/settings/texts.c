#include "settings/texts.h"

#include <stdlib.h>

enum { FIRST_BYTES = 64, BYTES_MOST = 65536 };

struct text_block {
    struct text_block *before;
    size_t size, used;
    char bytes[];
};

/* Each is twice as large as the one before: a file may have one account, or a million. */
static struct text_block *add_block(struct text_block *before, size_t least) {
    size_t size = before ? before->size * 2 : FIRST_BYTES;
    struct text_block *block;

    size = size < BYTES_MOST ? size : BYTES_MOST;
    size = size > least ? size : least;
    block = malloc(sizeof *block + size);
    if (block)
        *block = (struct text_block){.before = before, .size = size};
    return block;
}

const char *texts_keep(struct text_block **texts, struct hf_slice text) {
    struct text_block *block = *texts;
    char *copy;

    if (!block || block->size - block->used <= text.len)
        block = add_block(block, text.len + 1);
    if (!block)
        return NULL;
    *texts = block;
    copy = block->bytes + block->used;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    block->used += text.len + 1;
    return copy;
}

void texts_free(struct text_block *texts) {
    while (texts) {
        struct text_block *before = texts->before;

        free(texts);
        texts = before;
    }
}
