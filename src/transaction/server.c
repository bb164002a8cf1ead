#include "transaction/server.h"

#include <stdlib.h>

#include "base/assert.h"
#include "sip/via.h"

static const hf_time timer_j = 64 * 500 * HF_MILLISECOND; /* 64 * T1, RFC 3261 table 4 */
/* A request that is never answered by the user of this table must not stay for ever. */
static const hf_time answer_max = 2 * 64 * 500 * HF_MILLISECOND;

enum { IDENTITY_MAX = 1024 };

struct server_transaction {
    uint64_t handle;
    struct map_node by_identity;
    struct list_node in_completed;
    struct timer timer;
    struct hf_address from;
    hf_path_id path;
    bool reliable;
    char *identity; /* what it is matched by */
    size_t identity_len;
    char *response; /* NULL until there is one */
    size_t response_len;
};

void server_transactions_init(struct server_transactions *table, struct timer_wheel *wheel,
                              uint8_t timer_kind, uint32_t count_max, struct random *random) {
    *table = (struct server_transactions){
        .key = {{random_next(random), random_next(random)}},
        .wheel = wheel,
        .timer_kind = timer_kind,
        .count_max = count_max,
    };
    slab_init(&table->slab, sizeof(struct server_transaction));
    map_init(&table->map);
    list_init(&table->completed);
}

static void forget(struct server_transactions *table, struct server_transaction *t) {
    timer_wheel_cancel(table->wheel, &t->timer);
    map_remove(&table->map, &t->by_identity);
    list_remove(&t->in_completed);
    free(t->identity);
    free(t->response);
    slab_give(&table->slab, t->handle);
}

void server_transactions_clear(struct server_transactions *table) {
    struct server_transaction *t;
    uint32_t cursor = 0;
    uint64_t handle;

    while ((t = slab_next(&table->slab, &cursor, &handle)) != NULL)
        forget(table, t);
}

void server_transactions_release(struct server_transactions *table) {
    server_transactions_clear(table);
    map_release(&table->map);
    slab_release(&table->slab);
}

static void put_part(struct writer *w, struct hf_slice part) {
    writer_put_slice(w, part);
    writer_put_char(w, '\n'); /* in no part: so that no two identities run together */
}

/* Section 17.2.3: branch, sent-by and method; for requests of RFC 2543 what is the same in every
 * retransmission. Empty when it cannot be told. */
static struct hf_slice identity_of(const struct sip_message *request, const struct hf_address *from,
                                   char *buffer, size_t size) {
    struct writer w = writer_of(buffer, size);
    struct via via;

    if (!sip_top_via_read(request, &via))
        return SLICE_NONE;
    writer_put(&w, (const char *)from, sizeof *from);
    put_part(&w, request->method_name);
    put_part(&w, via.host);
    writer_put_number(&w, via.port);
    put_part(&w, via.branch);
    if (!is_rfc3261_branch(via.branch)) {
        put_part(&w, request->request_uri);
        put_part(&w, sip_value(request, SIP_HEADER_FROM));
        put_part(&w, sip_value(request, SIP_HEADER_TO));
        put_part(&w, sip_value(request, SIP_HEADER_CALL_ID));
        put_part(&w, sip_value(request, SIP_HEADER_CSEQ));
    }
    return writer_slice(&w);
}

static struct server_transaction *find(const struct server_transactions *table,
                                       struct hf_slice identity, uint64_t hash) {
    for (struct map_node *n = map_first(&table->map, hash); n; n = map_next(n)) {
        struct server_transaction *t = CONTAINER_OF(n, struct server_transaction, by_identity);

        if (slice_equal(slice_of(t->identity, t->identity_len), identity))
            return t;
    }
    return NULL;
}

static struct server_transaction *add(struct server_transactions *table, struct hf_slice identity,
                                      uint64_t hash) {
    uint64_t handle;
    struct server_transaction *t = slab_take(&table->slab, &handle);

    if (!t)
        return NULL;
    t->handle = handle;
    t->identity = malloc(identity.len);
    timer_init(&t->timer, table->timer_kind);
    list_init(&t->in_completed);
    if (!t->identity || map_insert(&table->map, &t->by_identity, hash)) {
        free(t->identity);
        slab_give(&table->slab, handle);
        return NULL;
    }
    memcpy(t->identity, identity.ptr, identity.len);
    t->identity_len = identity.len;
    return t;
}

/* Room for one more: those that are answered go first, oldest first. */
static bool make_room(struct server_transactions *table) {
    if (table->slab.count < table->count_max)
        return true;
    struct list_node *oldest = list_first(&table->completed);

    if (!oldest)
        return false;
    forget(table, CONTAINER_OF(oldest, struct server_transaction, in_completed));
    return true;
}

enum server_receipt server_transactions_receive(struct server_transactions *table,
                                                const struct sip_message *request, hf_path_id path,
                                                const struct hf_address *from, bool reliable,
                                                struct outbox *outbox, uint64_t *ret_transaction,
                                                hf_time now) {
    char buffer[IDENTITY_MAX];
    struct hf_slice identity = identity_of(request, from, buffer, sizeof buffer);

    HF_ASSERT(request->is_request);
    if (identity.len == 0)
        return SERVER_REFUSED;
    uint64_t hash = hash_bytes(&table->key, identity.ptr, identity.len);
    struct server_transaction *t = find(table, identity, hash);

    if (t) {
        if (t->response)
            outbox_send(outbox, t->path, &t->from, slice_of(t->response, t->response_len));
        return SERVER_RETRANSMITTED;
    }
    t = make_room(table) ? add(table, identity, hash) : NULL;
    if (!t)
        return SERVER_REFUSED;
    t->path = path;
    t->from = *from;
    t->reliable = reliable;
    timer_wheel_set(table->wheel, &t->timer, now + answer_max);
    *ret_transaction = t->handle;
    return SERVER_NEW;
}

/* RFC 4320 section 4: a 408 is never sent (it would come too late to be of use), and a
 * provisional answer to a non-INVITE only makes the client slower. */
void server_transaction_respond(struct server_transactions *table, uint64_t handle, unsigned status,
                                struct hf_slice response, struct outbox *outbox, hf_time now) {
    struct server_transaction *t = slab_get(&table->slab, handle);

    if (!t || t->response)
        return;
    if (status == 408) {
        forget(table, t);
        return;
    }
    outbox_send(outbox, t->path, &t->from, response);
    if (status < 200)
        return;
    if (t->reliable || !(t->response = malloc(response.len))) {
        forget(table, t); /* without a copy a retransmission is a new request: no harm */
        return;
    }
    memcpy(t->response, response.ptr, response.len);
    t->response_len = response.len;
    list_append(&table->completed, &t->in_completed);
    timer_wheel_set(table->wheel, &t->timer, now + timer_j);
}

void server_transactions_expire(struct server_transactions *table, struct timer *timer,
                                hf_time now) {
    (void)now;
    forget(table, CONTAINER_OF(timer, struct server_transaction, timer));
}

void server_transactions_check(const struct server_transactions *table) {
    struct server_transaction *t;
    uint32_t cursor = 0;
    uint64_t handle;
    size_t count = 0;

    for (; (t = slab_next(&table->slab, &cursor, &handle)) != NULL; count++) {
        HF_ASSERT(t->handle == handle && timer_is_set(&t->timer));
        HF_ASSERT((t->response != NULL) == list_is_linked(&t->in_completed));
    }
    HF_ASSERT(count == table->map.count && count <= table->count_max);
}
