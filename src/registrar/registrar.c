#include "registrar/registrar.h"

#include <stdlib.h>

#include "base/assert.h"
#include "registrar/internal.h"
#include "sip/response.h"
#include "sip/stun.h"
#include "sip/validate.h"
#include "sip/via.h"

enum { TRANSACTIONS_MAX = 1 << 20 };

void registrar_options_init(struct registrar_options *options) {
    *options = (struct registrar_options){
        .realm = "holdfast",
        .password_prefix = "pw-",
        .nonce_lifetime = 300,
        .expires_min = 60,
        .expires_max = 3600,
        .expires_default = 3600,
        .contacts_max = 10,
    };
}

static int init(struct registrar *r, const struct registrar_options *options, hf_time now) {
    struct random random;

    random_init(&random, options->seed);
    timer_wheel_init(&r->wheel, now);
    server_transactions_init(&r->servers, &r->wheel, REGISTRAR_TIMER_TRANSACTION, TRANSACTIONS_MAX,
                             &random);
    map_init(&r->users);
    map_init(&r->records);
    slab_init(&r->bindings, sizeof(struct bound));
    r->nonce_key = (struct hash_key){{random_next(&random), random_next(&random)}};
    r->table_key = (struct hash_key){{random_next(&random), random_next(&random)}};
    r->options = *options;
    if (r->options.offer_count == 0) {
        r->options.offers[0] = DIGEST_MD5;
        r->options.offer_count = 1;
    }
    r->realm = strdup(options->realm);
    r->password_prefix = options->password_prefix ? strdup(options->password_prefix) : NULL;
    r->service_route = options->service_route ? strdup(options->service_route) : NULL;
    r->digest = digest_context_create();
    return r->realm && r->digest && (r->password_prefix || !options->password_prefix) &&
                   (r->service_route || !options->service_route)
               ? 0
               : HF_ERROR_MEMORY;
}

int registrar_create(const struct registrar_options *options, struct registrar **ret, hf_time now) {
    struct registrar *registrar = calloc(1, sizeof *registrar);

    HF_ASSERT(options->realm && options->offer_count <= REGISTRAR_OFFERS_MAX);
    if (!registrar)
        return HF_ERROR_MEMORY;
    if (init(registrar, options, now)) {
        registrar_free(registrar);
        return HF_ERROR_MEMORY;
    }
    *ret = registrar;
    return 0;
}

static void free_users(struct map *users) {
    for (size_t i = 0; i < users->bucket_count; i++) {
        while (users->buckets[i]) {
            struct user *user = CONTAINER_OF(users->buckets[i], struct user, by_name);

            map_remove(users, &user->by_name);
            free(user->name);
            free(user->password);
            free(user);
        }
    }
    map_release(users);
}

static void free_records(struct registrar *registrar) {
    struct map *records = &registrar->records;

    for (size_t i = 0; i < records->bucket_count; i++)
        while (records->buckets[i])
            record_free(registrar, CONTAINER_OF(records->buckets[i], struct record, by_aor));
    map_release(records);
}

void registrar_forget_bindings(struct registrar *registrar) {
    struct bound *bound;
    uint32_t cursor = 0;
    uint64_t handle;

    while ((bound = slab_next(&registrar->bindings, &cursor, &handle)) != NULL)
        bound_remove(registrar, bound);
    free_records(registrar);
}

void registrar_free(struct registrar *registrar) {
    if (!registrar)
        return;
    registrar_forget_bindings(registrar);
    free_users(&registrar->users);
    slab_release(&registrar->bindings);
    server_transactions_release(&registrar->servers);
    digest_context_free(registrar->digest);
    free(registrar->changes.bytes);
    free(registrar->realm);
    free(registrar->password_prefix);
    free(registrar->service_route);
    free(registrar);
}

int registrar_add_user(struct registrar *registrar, const char *name, const char *password) {
    struct user *user = registrar_find_user(registrar, slice_from(name));
    char *copy = strdup(password);

    if (user && copy) {
        free(user->password);
        user->password = copy;
        return 0;
    }
    user = calloc(1, sizeof *user);
    if (user)
        user->name = strdup(name);
    if (!copy || !user || !user->name ||
        map_insert(&registrar->users, &user->by_name,
                   hash_bytes(&registrar->table_key, name, strlen(name)))) {
        free(copy);
        if (user)
            free(user->name);
        free(user);
        return HF_ERROR_MEMORY;
    }
    user->password = copy;
    return 0;
}

void registrar_set_limits(struct registrar *registrar, uint32_t expires_min, uint32_t expires_max) {
    registrar->options.expires_min = expires_min;
    registrar->options.expires_max = expires_max;
}

void registrar_set_flow_timer(struct registrar *registrar, uint32_t seconds) {
    registrar->options.flow_timer = seconds;
}

void registrar_set_keep(struct registrar *registrar, bool keeps, uint32_t seconds) {
    registrar->options.keeps = keeps;
    registrar->options.keep_seconds = seconds;
}

static struct hf_slice copy_text(char *buffer, size_t size, struct hf_slice text) {
    HF_ASSERT(text.len < size);
    if (text.len > 0)
        memcpy(buffer, text.ptr, text.len);
    return slice_of(buffer, text.len);
}

void registrar_set_fault(struct registrar *registrar, const struct registrar_fault *fault) {
    registrar->fault = *fault;
    registrar->fault.method =
        copy_text(registrar->fault_method, sizeof registrar->fault_method, fault->method);
    registrar->fault.headers =
        copy_text(registrar->fault_headers, sizeof registrar->fault_headers, fault->headers);
    registrar->fault.option =
        copy_text(registrar->fault_option, sizeof registrar->fault_option, fault->option);
}

static void write_tag(const struct registrar *registrar, struct writer *w,
                      const struct sip_message *message) {
    struct hf_slice call_id = sip_value(message, SIP_HEADER_CALL_ID);

    writer_put_hex(w, hash_bytes(&registrar->table_key, call_id.ptr, call_id.len), 16);
}

void registrar_answer(struct registrar *registrar, const struct registrar_request *request,
                      unsigned status, struct hf_slice extra) {
    static const struct hf_slice name = {"holdfast-registrar", 18};
    char buffer[16384], tag[16];
    struct writer w = writer_of(buffer, sizeof buffer);
    struct writer wt = writer_of(tag, sizeof tag);

    write_tag(registrar, &wt, request->message);
    response_begin_keeping(&w, request->message, status, SLICE_NONE, writer_slice(&wt),
                           request->from,
                           registrar->options.keeps ? &registrar->options.keep_seconds : NULL);
    writer_put_slice(&w, extra);
    header_write(&w, SIP_HEADER_SERVER, name);
    response_end(&w, SLICE_NONE);
    if (w.full)
        return;
    if (status >= 300)
        registrar->counters.refused++;
    if (request->transaction != 0)
        server_transaction_respond(&registrar->servers, request->transaction, status,
                                   writer_slice(&w), request->outbox, request->now);
    /* A transaction never sends a 408 (RFC 4320), but there are servers that do. */
    if (request->transaction == 0 || status == 408)
        outbox_send(request->outbox, request->path, request->from, writer_slice(&w));
}

/* What is wrong right now with a request of this method. */
static enum registrar_fault_kind fault_of(const struct registrar *registrar,
                                          struct hf_slice method) {
    const struct registrar_fault *fault = &registrar->fault;

    if (fault->method.len > 0 && !slice_equal(fault->method, method))
        return REGISTRAR_WORKS;
    return fault->kind;
}

bool registrar_serves(const struct registrar *registrar, struct hf_slice method) {
    enum registrar_fault_kind fault = fault_of(registrar, method);

    return fault != REGISTRAR_SILENT && fault != REGISTRAR_ANSWERS && fault != REGISTRAR_TRYING;
}

static void use_fault_up(struct registrar *registrar) {
    struct registrar_fault *fault = &registrar->fault;

    if (fault->count > 0 && --fault->count == 0)
        fault->kind = REGISTRAR_WORKS;
}

static void serve(struct registrar *registrar, const struct registrar_request *request) {
    switch (request->message->method) {
    case SIP_METHOD_REGISTER:
        answer_register(registrar, request);
        break;
    case SIP_METHOD_OPTIONS:
        registrar_answer(registrar, request, 200, SLICE("Allow: OPTIONS, REGISTER\r\n"));
        break;
    case SIP_METHOD_ACK:
        break;
    case SIP_METHOD_BYE:
    case SIP_METHOD_CANCEL:
    case SIP_METHOD_INFO:
    case SIP_METHOD_INVITE:
    case SIP_METHOD_MESSAGE:
    case SIP_METHOD_NOTIFY:
    case SIP_METHOD_PRACK:
    case SIP_METHOD_PUBLISH:
    case SIP_METHOD_REFER:
    case SIP_METHOD_SUBSCRIBE:
    case SIP_METHOD_UPDATE:
        registrar_answer(registrar, request, 405, SLICE("Allow: OPTIONS, REGISTER\r\n"));
        break;
    case SIP_METHOD_OTHER:
        registrar_answer(registrar, request, 501, SLICE_NONE);
        break;
    }
}

static void serve_unless_bad(struct registrar *registrar, const struct registrar_request *request,
                             unsigned bad) {
    if (bad != 0)
        registrar_answer(registrar, request, bad, SLICE_NONE);
    else
        serve(registrar, request);
}

/* 421 with Require, or 420 with Unsupported. */
static void answer_about_option(struct registrar *registrar,
                                const struct registrar_request *request, unsigned status) {
    char extra[64];
    struct writer w = writer_of(extra, sizeof extra);

    header_write(&w, status == 421 ? SIP_HEADER_REQUIRE : SIP_HEADER_UNSUPPORTED,
                 registrar->fault.option);
    registrar_answer(registrar, request, status, writer_slice(&w));
}

/* `bad`: the status for a request that nobody could serve, or 0. */
static void serve_or_fail(struct registrar *registrar, const struct registrar_request *request,
                          unsigned bad) {
    bool supports = sip_has_option(request->message, SIP_HEADER_SUPPORTED, registrar->fault.option);

    switch (request->fault) {
    case REGISTRAR_ANSWERS:
        registrar_answer(registrar, request, registrar->fault.status, registrar->fault.headers);
        break;
    case REGISTRAR_TRYING:
        registrar_answer(registrar, request, 100, SLICE_NONE);
        break;
    case REGISTRAR_REQUIRES:
        if (!supports)
            answer_about_option(registrar, request, 421);
        else
            serve_unless_bad(registrar, request, bad);
        break;
    case REGISTRAR_REFUSES:
        if (supports)
            answer_about_option(registrar, request, 420);
        else
            serve_unless_bad(registrar, request, bad);
        break;
    case REGISTRAR_BABBLES:
        babble(request);
        serve_unless_bad(registrar, request, bad);
        break;
    case REGISTRAR_TWO_ANSWERS:
        serve_unless_bad(registrar, request, bad);
        contradict(request);
        break;
    case REGISTRAR_WORKS:
    case REGISTRAR_SILENT:
    case REGISTRAR_STALE:
    case REGISTRAR_FOREIGN_CONTACT:
    case REGISTRAR_NO_CONTACT:
    case REGISTRAR_ZERO_EXPIRES:
    case REGISTRAR_CONTACT_TWICE:
    case REGISTRAR_CONTACT_MOVED:
    case REGISTRAR_ABSURD_EXPIRES:
    case REGISTRAR_GRANTS_LESS:
    case REGISTRAR_TOO_BRIEF:
    case REGISTRAR_NEW_REALMS:
    case REGISTRAR_SAME_NONCE:
    case REGISTRAR_ONE_USE_NONCES:
    case REGISTRAR_IGNORES_OUTBOUND:
    case REGISTRAR_LACKS_OUTBOUND:
        serve_unless_bad(registrar, request, bad);
        break;
    }
    if (request->fault != REGISTRAR_WORKS)
        use_fault_up(registrar);
}

static void answer_stun(struct registrar *registrar, hf_path_id path, const struct hf_address *from,
                        struct hf_slice bytes, struct outbox *outbox) {
    const struct registrar_fault *fault = &registrar->fault;
    char buffer[STUN_RESPONSE_MAX];
    const struct hf_slice answer = stun_answer(bytes, from, buffer);

    if (answer.len > 0 && (fault->kind != REGISTRAR_SILENT || fault->method.len > 0))
        outbox_send(outbox, path, from, answer);
}

void registrar_receive(struct registrar *registrar, hf_path_id path, const struct hf_address *from,
                       bool reliable, struct hf_slice bytes, struct outbox *outbox, hf_time now) {
    struct sip_message message;
    enum sip_parse_result result = sip_message_parse(&message, bytes);
    struct via via;

    if (!reliable && stun_is_it(bytes))
        answer_stun(registrar, path, from, bytes, outbox);
    if (!sip_parse_is_usable(result) || !message.is_request || !sip_top_via_read(&message, &via))
        return;
    registrar->counters.requests++;
    struct registrar_request request = {.message = &message,
                                        .from = from,
                                        .path = path,
                                        .outbox = outbox,
                                        .fault = fault_of(registrar, message.method_name),
                                        .now = now};

    if (request.fault == REGISTRAR_SILENT)
        use_fault_up(registrar);
    else if (message.method == SIP_METHOD_INVITE || message.method == SIP_METHOD_ACK ||
             server_transactions_receive(&registrar->servers, &message, path, from, reliable,
                                         outbox, &request.transaction, now) != SERVER_RETRANSMITTED)
        serve_or_fail(registrar, &request, sip_request_fault(&message, result));
}

hf_time registrar_deadline(const struct registrar *registrar) {
    return timer_wheel_deadline(&registrar->wheel);
}

void registrar_expire(struct registrar *registrar, hf_time now) {
    for (struct timer *timer; (timer = timer_wheel_next_due(&registrar->wheel, now)) != NULL;) {
        struct bound *bound;

        switch ((enum registrar_timer)timer->kind) {
        case REGISTRAR_TIMER_BINDING:
            bound = CONTAINER_OF(timer, struct bound, timer);
            struct record *record = bound->record;

            bound_remove(registrar, bound);
            record_free_if_empty(registrar, record, now);
            break;
        case REGISTRAR_TIMER_RECORD:
            record_free_if_empty(registrar, CONTAINER_OF(timer, struct record, timer), now);
            break;
        case REGISTRAR_TIMER_TRANSACTION:
            server_transactions_expire(&registrar->servers, timer, now);
            break;
        }
    }
}

void registrar_count(const struct registrar *registrar, struct registrar_counters *ret) {
    *ret = registrar->counters;
    ret->bindings = registrar->bindings.count;
}
