#include "net/resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unbound.h>

#include "base/address.h"
#include "base/assert.h"
#include "base/limits.h"
#include "base/list.h"
#include "net/rdata.h"

enum { CLASS_IN = 1, RCODE_NXDOMAIN = 3, NEGATIVE_TTL = 60, RECORDS_MAX = LIMIT_ADDRESSES };

static const hf_time default_timeout = 8 * HF_SECOND;
static const char no_name[] = "this is no name that the DNS could know";

struct resolver {
    struct ub_ctx *context;
    uv_poll_t poll;
    resolver_answered *answered;
    void *user;
    uint64_t timeout_ms;
    struct list_node questions;
};

struct question {
    struct resolver *resolver;
    struct list_node in_all;
    uv_timer_t timer;
    hf_query_id query;
    enum hf_dns_type type;
    int async_id;
};

static void on_question_closed(uv_handle_t *handle) {
    free(handle->data);
}

static void question_end(struct question *question) {
    list_remove(&question->in_all);
    uv_close((uv_handle_t *)&question->timer, on_question_closed);
}

static void answer_with(struct question *question, const struct hf_dns_answer *answer) {
    struct resolver *resolver = question->resolver;
    hf_query_id query = question->query;

    question_end(question);
    resolver->answered(resolver->user, query, answer);
}

static void answer_failed(struct question *question, enum hf_dns_result result,
                          const char *detail) {
    const struct hf_dns_answer answer = {
        .result = result, .negative_ttl = NEGATIVE_TTL, .detail = detail};

    answer_with(question, &answer);
}

static const char *rcode_text(int rcode) {
    switch (rcode) {
    case 1:
        return "the DNS server found the question malformed (FORMERR)";
    case 2:
        return "no DNS server gave a usable answer (SERVFAIL)"; /* also when it refused */
    case 4:
        return "the DNS server does not implement the question (NOTIMP)";
    case 5:
        return "the DNS server refused the question (REFUSED)";
    default:
        return "the DNS server answered with an error";
    }
}

static void answer_records(struct question *question, const struct ub_result *result) {
    struct hf_dns_record records[RECORDS_MAX];
    struct rdata_texts texts[RECORDS_MAX];
    struct hf_dns_answer answer = {.records = records};

    for (int i = 0; result->data[i] && answer.count < RECORDS_MAX; i++) {
        struct hf_dns_record *record = &records[answer.count];

        if (!rdata_parse(question->type, slice_of(result->data[i], (size_t)result->len[i]),
                         &texts[answer.count], record))
            continue;
        record->ttl = result->ttl > 0 ? (uint32_t)result->ttl : 0;
        answer.count++;
    }
    if (answer.count == 0)
        answer_failed(question, HF_DNS_FAILED, "the DNS answer holds no usable record");
    else
        answer_with(question, &answer);
}

/* How long the answer's "no" may be believed (RFC 2308): libunbound takes it from the SOA and
 * counts it down; without one it says 0. */
static void answer_no(struct question *question, const struct ub_result *result,
                      enum hf_dns_result no, const char *detail) {
    const struct hf_dns_answer answer = {
        .result = no,
        .negative_ttl = result->ttl > 0 ? (uint32_t)result->ttl : NEGATIVE_TTL,
        .detail = detail,
    };

    answer_with(question, &answer);
}

static void answer_error(struct question *question, int error) {
    if (error == UB_SYNTAX)
        answer_failed(question, HF_DNS_INVALID_NAME, no_name);
    else
        answer_failed(question, HF_DNS_FAILED, ub_strerror(error));
}

static void on_result(void *user, int error, struct ub_result *result) {
    struct question *question = user;

    question->async_id = 0;
    if (error != 0)
        answer_error(question, error);
    else if (result->bogus)
        answer_failed(question, HF_DNS_FAILED, "the DNS answer failed validation");
    else if (result->havedata)
        answer_records(question, result);
    else if (result->nxdomain || result->rcode == RCODE_NXDOMAIN)
        answer_no(question, result, HF_DNS_NO_NAME, "no such name (NXDOMAIN)");
    else if (result->rcode == 0)
        answer_no(question, result, HF_DNS_NO_RECORD, "the name has no record of this type");
    else
        answer_failed(question, HF_DNS_FAILED, rcode_text(result->rcode));
    ub_resolve_free(result);
}

static void on_timeout(uv_timer_t *timer) {
    struct question *question = timer->data;

    if (question->async_id != 0)
        (void)ub_cancel(question->resolver->context, question->async_id);
    answer_failed(question, HF_DNS_UNANSWERED, "no DNS server answered in time");
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct resolver *resolver = poll->data;

    (void)events;
    if (status == 0)
        (void)ub_process(resolver->context);
}

/* "127.0.0.1:5353" as libunbound writes it: "127.0.0.1@5353". */
static int set_server(struct ub_ctx *context, const char *server) {
    char text[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);
    struct hf_slice all = slice_from(server), host = all, port = SLICE_NONE;
    struct hf_address address;
    size_t colon = all.len;

    while (colon > 0 && all.ptr[colon - 1] != ':' && all.ptr[colon - 1] != ']')
        colon--;
    if (!address_parse(all, &address) && colon > 0 && all.ptr[colon - 1] == ':') {
        host = slice_of(all.ptr, colon - 1);
        port = slice_from_index(all, colon);
    }
    uint64_t number = 53;

    if (!address_parse(host, &address) ||
        (port.len > 0 && (!slice_to_number(port, &number) || number == 0 || number > UINT16_MAX)))
        return -1;
    address_write_host(&w, &address, false);
    writer_put_char(&w, '@');
    writer_put_number(&w, number);
    return writer_terminate(&w) && ub_ctx_set_fwd(context, text) == 0 ? 0 : -1;
}

static void set_options(struct ub_ctx *context) {
    /* a DNS server on this very machine is as good as any other */
    (void)ub_ctx_set_option(context, "do-not-query-localhost:", "no");
    /* a server that was dead a moment ago is asked again soon */
    (void)ub_ctx_set_option(context, "infra-host-ttl:", "5");
    (void)ub_ctx_set_option(context, "infra-keep-probing:", "yes");
    (void)ub_ctx_set_option(context, "cache-max-negative-ttl:", "60");
    (void)ub_ctx_hosts(context, NULL);
    (void)ub_ctx_async(context, 1);
}

/* libunbound answers for these itself that they do not exist; but a lab and a home network may well
 * have them in their DNS server (RFC 6761 section 6.2, RFC 8375). Ends the time of options. */
static void ask_for_private_zones(struct ub_ctx *context) {
    static const char *const zones[] = {"test.", "home.arpa."};

    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        (void)ub_ctx_zone_remove(context, zones[i]);
}

int resolver_create(uv_loop_t *loop, const char *server, hf_time timeout,
                    resolver_answered *answered, void *user, struct resolver **ret,
                    const char **ret_error) {
    struct resolver *resolver = calloc(1, sizeof *resolver);

    *ret_error = "out of memory";
    if (!resolver)
        return -1;
    resolver->context = ub_ctx_create();
    if (!resolver->context) {
        free(resolver);
        return -1;
    }
    resolver->answered = answered;
    resolver->user = user;
    resolver->timeout_ms = (timeout > 0 ? timeout : default_timeout) / HF_MILLISECOND;
    list_init(&resolver->questions);
    set_options(resolver->context);
    if (server && set_server(resolver->context, server)) {
        *ret_error = "the DNS server must be ADDRESS or ADDRESS:PORT";
        ub_ctx_delete(resolver->context);
        free(resolver);
        return -1;
    }
    if (!server)
        (void)ub_ctx_resolvconf(resolver->context, NULL);
    ask_for_private_zones(resolver->context);
    if (uv_poll_init(loop, &resolver->poll, ub_fd(resolver->context))) {
        *ret_error = "the resolver's descriptor cannot be watched";
        ub_ctx_delete(resolver->context);
        free(resolver);
        return -1;
    }
    resolver->poll.data = resolver;
    (void)uv_poll_start(&resolver->poll, UV_READABLE, on_poll);
    *ret = resolver;
    return 0;
}

void resolver_ask(struct resolver *resolver, hf_query_id query, enum hf_dns_type type,
                  struct hf_slice name) {
    char text[LIMIT_NAME_BYTES + 1];
    struct question *question = calloc(1, sizeof *question);
    const struct hf_dns_answer failed = {.result = HF_DNS_FAILED, .detail = "out of memory"};

    if (!question) {
        resolver->answered(resolver->user, query, &failed);
        return;
    }
    question->resolver = resolver;
    question->query = query;
    question->type = type;
    question->timer.data = question;
    list_append(&resolver->questions, &question->in_all);
    (void)uv_timer_init(resolver->poll.loop, &question->timer);
    uv_update_time(resolver->poll.loop); /* else time spent since the loop's last turn counts too */
    (void)uv_timer_start(&question->timer, on_timeout, resolver->timeout_ms, 0);
    if (name.len == 0 || name.len > LIMIT_NAME_BYTES || memchr(name.ptr, '\0', name.len)) {
        answer_failed(question, HF_DNS_INVALID_NAME, no_name);
        return;
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    int error = ub_resolve_async(resolver->context, text, (int)type, CLASS_IN, question, on_result,
                                 &question->async_id);

    if (error != 0)
        answer_error(question, error);
}

static void on_resolver_closed(uv_handle_t *handle) {
    struct resolver *resolver = handle->data;

    ub_ctx_delete(resolver->context);
    free(resolver);
}

void resolver_close(struct resolver *resolver) {
    if (!resolver)
        return;
    for (struct list_node *n; (n = list_first(&resolver->questions)) != NULL;) {
        struct question *question = CONTAINER_OF(n, struct question, in_all);

        if (question->async_id != 0)
            (void)ub_cancel(resolver->context, question->async_id);
        question_end(question);
    }
    uv_close((uv_handle_t *)&resolver->poll, on_resolver_closed);
}
