/* What an engine wants its owner to do, in order (struct hf_output). Lower floors write into an
 * outbox that is handed in; hf_agent_next_output reads it. Bytes and texts are copied into the
 * outbox, so nothing else has to stay alive. */
#ifndef BASE_OUTBOX_H
#define BASE_OUTBOX_H

#include "holdfast/agent.h"

struct outbox {
    struct hf_output *entries;
    size_t taken; /* entries handed out already */
    size_t count;
    size_t capacity;
    char *bytes;
    size_t bytes_used;
    size_t bytes_capacity;
    uint64_t lost;             /* what had to be dropped because there was no memory */
    struct hf_tls_options tls; /* of the last output taken, where it has some */
};

void outbox_init(struct outbox *outbox);
void outbox_release(struct outbox *outbox);

/* A send that is dropped for lack of memory is a lost packet to the engine: it retransmits. */
void outbox_send(struct outbox *outbox, hf_path_id path, const struct hf_address *to,
                 struct hf_slice bytes);

/* These report HF_ERROR_MEMORY, for the caller to treat as a failure of what was asked for. Once
 * everything was taken out there is room for one more without any memory. */
int outbox_open(struct outbox *outbox, const struct hf_output_open *open);
int outbox_resolve(struct outbox *outbox, hf_query_id query, enum hf_dns_type type,
                   struct hf_slice name);
int outbox_close(struct outbox *outbox, hf_path_id path);

/* An event that is dropped for lack of memory is missed; status tells what it would have. */
void outbox_event(struct outbox *outbox, const struct hf_event *event);

/* The oldest output not yet taken. What it points to is good until the next outbox_… call that
 * adds something. */
bool outbox_next(struct outbox *outbox, struct hf_output *ret);

#endif
