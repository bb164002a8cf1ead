/* Rows on their way to the state file: collected by the thread of the engine, written by another.
 * Compact, for there may be a hundred thousand of them. */
#ifndef DAEMON_STORE_BATCH_H
#define DAEMON_STORE_BATCH_H

#include "daemon/wall_clock.h"
#include "holdfast/remember.h"

enum { STORE_INSTANCE_BYTES = 48 };

/* Texts are terminated. */
struct store_binding {
    const char *contact; /* empty: there is none */
    struct hf_address target;
    struct hf_address local;
    uint32_t hop;
    uint32_t endpoint;
    uint8_t transport;
    int64_t ends; /* Unix milliseconds, WALL_UNKNOWN: not known */
};

struct store_row {
    const char *account;
    uint32_t leg; /* which of its registrations at the same time; the row of 0 takes away all
                     others, which follow it */
    bool gone;    /* delete it; nothing else is set */
    uint32_t cseq;
    uint32_t nonce_count;
    uint32_t nonce_server;
    const char *call_id;
    const char *pub_gruu;
    const char *temp_gruu;
    const char *realm;
    const char *nonce;
    const char *opaque;
    const char *algorithm;
    const char *qop;
    struct store_binding bindings[HF_REMEMBERED_BINDINGS];
};

struct store_text_block;

struct store_batch {
    struct store_row *rows;
    size_t count;
    size_t capacity;
    struct store_text_block *blocks; /* where the texts are */
};

/* HF_ERROR_MEMORY: nothing was added. The legs of an account stand in their order, 0 first. */
int store_batch_add(struct store_batch *batch, const char *account, uint32_t leg,
                    const struct hf_remembered *remembered, const struct wall_clock *clock);
int store_batch_remove(struct store_batch *batch, const char *account);

/* Empty again; {0} is empty. */
void store_batch_release(struct store_batch *batch);

#endif
