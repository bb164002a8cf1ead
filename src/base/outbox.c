#include "base/outbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/slice.h"

/* Room that stays when it is empty: more than a turn of the loop fills in ordinary life. */
enum { KEPT_ENTRIES = 4096, KEPT_BYTES = 4 << 20 };

/* While an entry waits, its slices hold offsets into `bytes` (which may move) as pointers. */
static struct hf_slice packed(size_t offset, size_t len) {
    return (struct hf_slice){.ptr = (const char *)(uintptr_t)offset, .len = len};
}

static void unpack(const struct outbox *outbox, struct hf_slice *slice) {
    slice->ptr = slice->len == 0 ? NULL : outbox->bytes + (uintptr_t)slice->ptr;
}

void outbox_init(struct outbox *outbox) {
    *outbox = (struct outbox){0};
}

void outbox_release(struct outbox *outbox) {
    free(outbox->entries);
    free(outbox->bytes);
    outbox_init(outbox);
}

/* It is empty, and may have been large: thousands lose their path at the same instant. */
static void shrink(struct outbox *outbox) {
    void *smaller;

    if (outbox->capacity > KEPT_ENTRIES &&
        (smaller = realloc(outbox->entries, KEPT_ENTRIES * sizeof *outbox->entries))) {
        outbox->entries = smaller;
        outbox->capacity = KEPT_ENTRIES;
    }
    if (outbox->bytes_capacity > KEPT_BYTES && (smaller = realloc(outbox->bytes, KEPT_BYTES))) {
        outbox->bytes = smaller;
        outbox->bytes_capacity = KEPT_BYTES;
    }
}

static bool make_room(struct outbox *outbox, size_t len) {
    if (outbox->taken == outbox->count) {
        outbox->taken = outbox->count = outbox->bytes_used = 0;
        shrink(outbox);
    }
    if (outbox->count == outbox->capacity) {
        size_t capacity = outbox->capacity == 0 ? 32 : outbox->capacity * 2;
        struct hf_output *entries = realloc(outbox->entries, capacity * sizeof *entries);

        if (!entries)
            return false;
        outbox->entries = entries;
        outbox->capacity = capacity;
    }
    if (outbox->bytes_capacity - outbox->bytes_used < len) {
        size_t capacity = (outbox->bytes_capacity + len) * 2;
        char *bytes = realloc(outbox->bytes, capacity);

        if (!bytes)
            return false;
        outbox->bytes = bytes;
        outbox->bytes_capacity = capacity;
    }
    return true;
}

static struct hf_slice keep(struct outbox *outbox, struct hf_slice slice) {
    size_t offset = outbox->bytes_used;

    if (slice.len > 0)
        memcpy(outbox->bytes + offset, slice.ptr, slice.len);
    outbox->bytes_used += slice.len;
    return packed(offset, slice.len);
}

static struct hf_output *add(struct outbox *outbox, enum hf_output_kind kind, size_t len) {
    if (!make_room(outbox, len)) {
        outbox->lost++;
        return NULL;
    }
    struct hf_output *entry = &outbox->entries[outbox->count++];

    entry->kind = kind;
    return entry;
}

void outbox_send(struct outbox *outbox, hf_path_id path, const struct hf_address *to,
                 struct hf_slice bytes) {
    struct hf_output *entry = add(outbox, HF_OUTPUT_SEND, bytes.len);

    if (!entry)
        return;
    entry->send.path = path;
    entry->send.to = *to;
    entry->send.bytes = keep(outbox, bytes);
}

enum { TLS_TEXTS = 6 };

static void tls_texts(struct hf_tls_options *tls, struct hf_slice *ret[TLS_TEXTS]) {
    struct hf_slice *texts[TLS_TEXTS] = {&tls->server_name, &tls->ca,  &tls->certificate,
                                         &tls->key,         &tls->pin, &tls->ciphers};

    memcpy(ret, texts, sizeof texts);
}

/* The options, packed, stand before their texts. */
static const struct hf_tls_options *keep_tls(struct outbox *outbox,
                                             const struct hf_tls_options *options) {
    struct hf_tls_options tls = *options;
    struct hf_slice *texts[TLS_TEXTS];
    size_t offset = outbox->bytes_used;

    outbox->bytes_used += sizeof tls;
    tls_texts(&tls, texts);
    for (int i = 0; i < TLS_TEXTS; i++)
        *texts[i] = keep(outbox, *texts[i]);
    memcpy(outbox->bytes + offset, &tls, sizeof tls);
    return (const struct hf_tls_options *)(uintptr_t)(offset + 1); /* not NULL */
}

static const struct hf_tls_options *unpack_tls(struct outbox *outbox,
                                               const struct hf_tls_options *packed_options) {
    struct hf_slice *texts[TLS_TEXTS];

    memcpy(&outbox->tls, outbox->bytes + (uintptr_t)packed_options - 1, sizeof outbox->tls);
    tls_texts(&outbox->tls, texts);
    for (int i = 0; i < TLS_TEXTS; i++)
        unpack(outbox, texts[i]);
    return &outbox->tls;
}

static size_t tls_length(const struct hf_tls_options *tls) {
    if (!tls)
        return 0;
    return sizeof *tls + tls->server_name.len + tls->ca.len + tls->certificate.len + tls->key.len +
           tls->pin.len + tls->ciphers.len;
}

int outbox_open(struct outbox *outbox, const struct hf_output_open *open) {
    struct hf_output *entry = add(outbox, HF_OUTPUT_OPEN, tls_length(open->tls));

    if (!entry)
        return HF_ERROR_MEMORY;
    entry->open = *open;
    if (open->tls)
        entry->open.tls = keep_tls(outbox, open->tls);
    return 0;
}

int outbox_resolve(struct outbox *outbox, hf_query_id query, enum hf_dns_type type,
                   struct hf_slice name) {
    struct hf_output *entry = add(outbox, HF_OUTPUT_RESOLVE, name.len);

    if (!entry)
        return HF_ERROR_MEMORY;
    entry->resolve.query = query;
    entry->resolve.type = type;
    entry->resolve.name = keep(outbox, name);
    return 0;
}

int outbox_close(struct outbox *outbox, hf_path_id path) {
    struct hf_output *entry = add(outbox, HF_OUTPUT_CLOSE, 0);

    if (!entry)
        return HF_ERROR_MEMORY;
    entry->close = path;
    return 0;
}

void outbox_event(struct outbox *outbox, const struct hf_event *event) {
    struct hf_output *entry = add(outbox, HF_OUTPUT_EVENT, event->server.len + event->reason.len);

    if (!entry)
        return;
    entry->event = *event;
    entry->event.server = keep(outbox, event->server);
    entry->event.reason = keep(outbox, event->reason);
}

bool outbox_next(struct outbox *outbox, struct hf_output *ret) {
    if (outbox->taken == outbox->count)
        return false;
    *ret = outbox->entries[outbox->taken++];
    switch (ret->kind) {
    case HF_OUTPUT_SEND:
        unpack(outbox, &ret->send.bytes);
        break;
    case HF_OUTPUT_RESOLVE:
        unpack(outbox, &ret->resolve.name);
        break;
    case HF_OUTPUT_EVENT:
        unpack(outbox, &ret->event.server);
        unpack(outbox, &ret->event.reason);
        break;
    case HF_OUTPUT_OPEN:
        if (ret->open.tls)
            ret->open.tls = unpack_tls(outbox, ret->open.tls);
        break;
    case HF_OUTPUT_CLOSE:
        break;
    }
    return true;
}
