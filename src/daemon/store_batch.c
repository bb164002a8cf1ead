#include "daemon/store_batch.h"

#include <stdlib.h>

enum { BLOCK_BYTES = 65536, ROWS_FIRST = 64 };

struct store_text_block {
    struct store_text_block *next;
    size_t used;
    char bytes[BLOCK_BYTES];
};

/* A copy of the text, or NULL. No text is longer than a remembered one or a name. */
static const char *keep(struct store_batch *batch, const char *text) {
    size_t size = strlen(text) + 1;
    struct store_text_block *block = batch->blocks;

    if (size == 1)
        return "";
    if (size > BLOCK_BYTES)
        return NULL;
    if (!block || BLOCK_BYTES - block->used < size) {
        block = malloc(sizeof *block);
        if (!block)
            return NULL;
        block->next = batch->blocks;
        block->used = 0;
        batch->blocks = block;
    }
    char *copy = block->bytes + block->used;

    memcpy(copy, text, size);
    block->used += size;
    return copy;
}

static struct store_row *next_row(struct store_batch *batch) {
    if (batch->count == batch->capacity) {
        size_t capacity = batch->capacity > 0 ? 2 * batch->capacity : ROWS_FIRST;
        struct store_row *rows = reallocarray(batch->rows, capacity, sizeof *rows);

        if (!rows)
            return NULL;
        batch->rows = rows;
        batch->capacity = capacity;
    }
    struct store_row *row = &batch->rows[batch->count];

    *row = (struct store_row){0};
    return row;
}

static bool keep_binding(struct store_batch *batch, const struct hf_remembered_binding *from,
                         const struct wall_clock *clock, struct store_binding *ret) {
    *ret = (struct store_binding){.contact = keep(batch, from->contact),
                                  .target = from->target,
                                  .local = from->local,
                                  .hop = from->hop,
                                  .endpoint = from->endpoint,
                                  .transport = from->transport,
                                  .ends = wall_clock_unix(clock, from->ends_at)};
    return ret->contact != NULL;
}

int store_batch_add(struct store_batch *batch, const char *account, uint32_t leg,
                    const struct hf_remembered *remembered, const struct wall_clock *clock) {
    const struct hf_remembered_challenge *challenge = &remembered->challenge;
    struct store_row *row = next_row(batch);

    if (!row)
        return HF_ERROR_MEMORY;
    *row = (struct store_row){.account = keep(batch, account),
                              .leg = leg,
                              .cseq = remembered->cseq,
                              .nonce_count = challenge->nonce_count,
                              .nonce_server = challenge->server,
                              .call_id = keep(batch, remembered->call_id),
                              .pub_gruu = keep(batch, remembered->pub_gruu),
                              .temp_gruu = keep(batch, remembered->temp_gruu),
                              .realm = keep(batch, challenge->realm),
                              .nonce = keep(batch, challenge->nonce),
                              .opaque = keep(batch, challenge->opaque),
                              .algorithm = keep(batch, challenge->algorithm),
                              .qop = keep(batch, challenge->qop)};
    for (size_t i = 0; i < HF_REMEMBERED_BINDINGS; i++)
        if (!keep_binding(batch, &remembered->bindings[i], clock, &row->bindings[i]))
            return HF_ERROR_MEMORY;
    if (!row->account || !row->call_id || !row->realm || !row->nonce || !row->opaque ||
        !row->algorithm || !row->qop || !row->pub_gruu || !row->temp_gruu)
        return HF_ERROR_MEMORY;
    batch->count++;
    return 0;
}

int store_batch_remove(struct store_batch *batch, const char *account) {
    struct store_row *row = next_row(batch);

    if (!row)
        return HF_ERROR_MEMORY;
    row->account = keep(batch, account);
    row->gone = true;
    if (!row->account)
        return HF_ERROR_MEMORY;
    batch->count++;
    return 0;
}

void store_batch_release(struct store_batch *batch) {
    while (batch->blocks) {
        struct store_text_block *block = batch->blocks;

        batch->blocks = block->next;
        free(block);
    }
    free(batch->rows);
    *batch = (struct store_batch){0};
}
