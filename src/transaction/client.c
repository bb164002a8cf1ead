#include "transaction/client.h"

#include <stdlib.h>

#include "base/assert.h"

enum { COOKIE_LENGTH = 7, HANDLE_DIGITS = 16, SECRET_DIGITS = 16 };

struct client_transaction {
    uint64_t handle;
    uint64_t owner;
    uint64_t secret; /* the random half of the branch */
    hf_time sent_at;
    hf_time resend_at;  /* Timer E; HF_NEVER when nothing is resent */
    hf_time give_up_at; /* Timer F */
    hf_time interval;   /* what Timer E waits next */
    struct timer timer;
    struct list_node on_path;
    struct transaction_timing timing;
    struct hf_address to;
    hf_path_id path;
    uint32_t cseq;
    uint16_t owner_kind;
    uint16_t resends;
    uint8_t method; /* enum sip_method */
    uint8_t state;  /* enum client_state */
    bool reliable;
    char *request; /* while it may have to be resent */
    size_t request_len;
};

void client_transactions_init(struct client_transactions *table, struct timer_wheel *wheel,
                              uint8_t timer_kind, struct random *random) {
    *table = (struct client_transactions){
        .wheel = wheel, .timer_kind = timer_kind, .random = random_child(random)};
    slab_init(&table->slab, sizeof(struct client_transaction));
}

void client_transactions_release(struct client_transactions *table) {
    struct client_transaction *transaction;
    uint32_t cursor = 0;
    uint64_t handle;

    while ((transaction = slab_next(&table->slab, &cursor, &handle)) != NULL)
        client_transaction_abandon(table, handle);
    slab_release(&table->slab);
}

static void set_state(struct client_transaction *t, enum client_state state) {
    HF_ASSERT(state > t->state); /* Trying -> Proceeding -> Completed, never back */
    t->state = (uint8_t)state;
}

static void forget_request(struct client_transaction *t) {
    free(t->request);
    t->request = NULL;
    t->request_len = 0;
}

void client_transaction_abandon(struct client_transactions *table, uint64_t handle) {
    struct client_transaction *t = slab_get(&table->slab, handle);

    if (!t)
        return;
    timer_wheel_cancel(table->wheel, &t->timer);
    list_remove(&t->on_path);
    forget_request(t);
    slab_give(&table->slab, handle);
}

static void write_branch(char branch[BRANCH_TEXT_MAX], uint64_t handle, uint64_t secret) {
    struct writer w = writer_of(branch, BRANCH_TEXT_MAX);

    writer_put_literal(&w, "z9hG4bK");
    writer_put_hex(&w, handle, HANDLE_DIGITS);
    writer_put_hex(&w, secret, SECRET_DIGITS);
    HF_ASSERT(writer_terminate(&w));
}

uint64_t client_transaction_new(struct client_transactions *table,
                                const struct client_params *params, char branch[BRANCH_TEXT_MAX]) {
    uint64_t handle;
    struct client_transaction *t = slab_take(&table->slab, &handle);

    if (!t)
        return 0;
    t->handle = handle;
    t->owner = params->owner;
    t->owner_kind = params->owner_kind;
    t->secret = random_next(&table->random);
    t->timing = params->timing;
    t->to = params->to;
    t->path = params->path;
    t->cseq = params->cseq;
    t->method = (uint8_t)params->method;
    t->reliable = params->reliable;
    t->state = CLIENT_TRYING;
    timer_init(&t->timer, table->timer_kind);
    list_init(&t->on_path);
    list_append(params->path_transactions, &t->on_path);
    write_branch(branch, handle, t->secret);
    return handle;
}

static void arm(struct client_transactions *table, struct client_transaction *t) {
    hf_time at = t->resend_at < t->give_up_at ? t->resend_at : t->give_up_at;

    timer_wheel_set(table->wheel, &t->timer, at);
}

int client_transaction_send(struct client_transactions *table, uint64_t handle,
                            struct hf_slice request, struct outbox *outbox, hf_time now) {
    struct client_transaction *t = slab_get(&table->slab, handle);

    HF_ASSERT(t && t->state == CLIENT_TRYING && !t->request && request.len > 0);
    t->resend_at = HF_NEVER;
    if (!t->reliable) {
        t->request = malloc(request.len);
        if (!t->request) {
            client_transaction_abandon(table, handle);
            return HF_ERROR_MEMORY;
        }
        memcpy(t->request, request.ptr, request.len);
        t->request_len = request.len;
        t->interval = t->timing.t1;
        t->resend_at = now + t->interval;
    }
    t->sent_at = now;
    t->give_up_at = now + t->timing.timer_f;
    outbox_send(outbox, t->path, &t->to, request);
    arm(table, t);
    return 0;
}

#define NO_DIGIT 0x80

/* Lower case only, as write_branch has them. */
static const uint8_t digit_values[256] = {
    [0 ... '0' - 1] = NO_DIGIT,
    ['0'] = 0,
    ['1'] = 1,
    ['2'] = 2,
    ['3'] = 3,
    ['4'] = 4,
    ['5'] = 5,
    ['6'] = 6,
    ['7'] = 7,
    ['8'] = 8,
    ['9'] = 9,
    ['9' + 1 ... 'a' - 1] = NO_DIGIT,
    ['a'] = 10,
    ['b'] = 11,
    ['c'] = 12,
    ['d'] = 13,
    ['e'] = 14,
    ['f'] = 15,
    ['f' + 1 ... 255] = NO_DIGIT,
};

static bool read_hex(struct hf_slice digits, uint64_t *ret) {
    uint64_t value = 0;
    unsigned seen = 0;

    for (size_t i = 0; i < digits.len; i++) {
        const uint8_t digit = digit_values[(unsigned char)digits.ptr[i]];

        seen |= digit;
        value = value << 4 | digit;
    }
    *ret = value;
    return !(seen & NO_DIGIT);
}

bool client_branch_secret(struct hf_slice branch, uint64_t *ret) {
    return branch.len == COOKIE_LENGTH + HANDLE_DIGITS + SECRET_DIGITS &&
           is_rfc3261_branch(branch) &&
           read_hex(slice_from_index(branch, COOKIE_LENGTH + HANDLE_DIGITS), ret);
}

uint64_t client_transaction_secret(const struct client_transactions *table, uint64_t handle) {
    const struct client_transaction *t = slab_get(&table->slab, handle);

    HF_ASSERT(t);
    return t->secret;
}

static struct client_transaction *find(const struct client_transactions *table,
                                       struct hf_slice branch) {
    uint64_t handle, secret;

    if (!client_branch_secret(branch, &secret) ||
        !read_hex(slice_of(branch.ptr + COOKIE_LENGTH, HANDLE_DIGITS), &handle))
        return NULL;
    struct client_transaction *t = slab_get(&table->slab, handle);

    return t && t->secret == secret ? t : NULL;
}

static struct client_outcome outcome_of(const struct client_transaction *t,
                                        enum client_outcome_kind kind) {
    return (struct client_outcome){.kind = kind,
                                   .owner_kind = t->owner_kind,
                                   .owner = t->owner,
                                   .transaction = t->handle,
                                   .sent_at = t->sent_at};
}

/* Nothing is resent any more, and the bytes are not needed. Timer K only absorbs the answer's
 * retransmissions, and those carry nothing that would be missed when it ends. */
static void complete(struct client_transactions *table, struct client_transaction *t, hf_time now) {
    set_state(t, CLIENT_COMPLETED);
    forget_request(t);
    list_remove(&t->on_path);
    t->resend_at = HF_NEVER;
    t->give_up_at = now + (t->reliable ? 0 : t->timing.t4);
    if (t->reliable)
        client_transaction_abandon(table, t->handle);
    else
        arm(table, t);
}

bool client_transactions_receive(struct client_transactions *table,
                                 const struct sip_message *response, const struct via *via,
                                 struct client_outcome *ret, hf_time now) {
    struct sip_cseq cseq;

    HF_ASSERT(!response->is_request);
    if (!sip_cseq_read(response, &cseq))
        return false;
    struct client_transaction *t = find(table, via->branch);

    if (!t || cseq.number != t->cseq || cseq.method != (enum sip_method)t->method)
        return false;
    switch ((enum client_state)t->state) {
    case CLIENT_TRYING:
    case CLIENT_PROCEEDING:
        break;
    case CLIENT_COMPLETED:
        return false;
    }
    if (response->status < 200) {
        if (t->state == CLIENT_TRYING)
            set_state(t, CLIENT_PROCEEDING);
        *ret = outcome_of(t, CLIENT_PROVISIONAL);
        ret->via = via;
        return true;
    }
    *ret = outcome_of(t, CLIENT_FINAL);
    ret->via = via;
    complete(table, t, now);
    return true;
}

/* Timer E (section 17.1.2.2): doubles up to T2 while Trying, is T2 in Proceeding. */
static hf_time next_interval(const struct client_transaction *t, hf_time interval) {
    hf_time doubled = interval * 2;

    return t->state == CLIENT_PROCEEDING || doubled > t->timing.t2 ? t->timing.t2 : doubled;
}

hf_time client_transaction_gives_up_at(const struct client_transactions *table, uint64_t handle) {
    const struct client_transaction *t = slab_get(&table->slab, handle);

    if (!t || t->state == CLIENT_COMPLETED)
        return HF_NEVER;
    hf_time at = t->resend_at, interval = t->interval;

    if (at == HF_NEVER || t->timing.resends_max == RESENDS_NO_LIMIT)
        return t->give_up_at;
    for (unsigned resends = t->resends; resends < t->timing.resends_max && at < t->give_up_at;
         resends++) {
        interval = next_interval(t, interval);
        at += interval;
    }
    return at < t->give_up_at ? at : t->give_up_at;
}

static void resend(struct client_transactions *table, struct client_transaction *t,
                   struct outbox *outbox, hf_time now) {
    t->resends++;
    table->retransmissions++;
    outbox_send(outbox, t->path, &t->to, slice_of(t->request, t->request_len));
    t->interval = next_interval(t, t->interval);
    t->resend_at = now + t->interval;
    arm(table, t);
}

bool client_transactions_expire(struct client_transactions *table, struct timer *timer,
                                struct outbox *outbox, struct client_outcome *ret, hf_time now) {
    struct client_transaction *t = CONTAINER_OF(timer, struct client_transaction, timer);

    if (t->state == CLIENT_COMPLETED) {
        client_transaction_abandon(table, t->handle);
        return false;
    }
    bool used_up = t->timing.resends_max != RESENDS_NO_LIMIT &&
                   t->resends >= t->timing.resends_max && t->resend_at <= now;

    if (t->give_up_at <= now || used_up) {
        *ret = outcome_of(t, CLIENT_TIMEOUT);
        client_transaction_abandon(table, t->handle);
        return true;
    }
    resend(table, t, outbox, now);
    *ret = outcome_of(t, CLIENT_RESENT);
    return true;
}

bool client_transactions_fail_path(struct client_transactions *table,
                                   struct list_node *path_transactions,
                                   struct client_outcome *ret) {
    struct list_node *node = list_first(path_transactions);

    if (!node)
        return false;
    struct client_transaction *t = CONTAINER_OF(node, struct client_transaction, on_path);

    *ret = outcome_of(t, CLIENT_PATH_FAILED);
    client_transaction_abandon(table, t->handle);
    return true;
}

void client_transactions_check(const struct client_transactions *table) {
    struct client_transaction *t;
    uint32_t cursor = 0;
    uint64_t handle;

    while ((t = slab_next(&table->slab, &cursor, &handle)) != NULL) {
        HF_ASSERT(t->handle == handle && t->state <= CLIENT_COMPLETED);
        HF_ASSERT(timer_is_set(&t->timer));
        HF_ASSERT(t->state == CLIENT_COMPLETED ? !t->request && !list_is_linked(&t->on_path)
                                               : list_is_linked(&t->on_path));
        HF_ASSERT(t->state == CLIENT_COMPLETED || t->reliable == !t->request);
    }
}
