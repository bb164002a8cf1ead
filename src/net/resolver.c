#include "net/resolver.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/list.h"
#include "net/rdata.h"
#include "net/upstream.h"

enum { CLASS_IN = 1, RCODE_NXDOMAIN = 3, NEGATIVE_TTL = 60, SCOPED_TTL = 30, RECORDS_MAX = 4096 };

static const hf_time default_timeout = 8 * HF_SECOND;
static const char no_name[] = "this is no name that the DNS could know";

/* Tells whether a file is still what it was. */
struct file_mark {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct resolver {
    uv_loop_t *loop;
    char *server;
    struct upstream *upstream;
    struct file_mark mark; /* of the file that `server` names */
    resolver_answered *answered;
    void *user;
    uint64_t timeout_ms;
    struct list_node questions;
};

struct question {
    struct resolver *resolver;
    struct upstream *upstream; /* which was asked */
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
    struct upstream *upstream = question->upstream;

    if (--upstream->questions == 0 && upstream != question->resolver->upstream)
        upstream_close(upstream);
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

static size_t count_records(const struct ub_result *result) {
    size_t count = 0;

    while (count < RECORDS_MAX && result->data[count])
        count++;
    return count;
}

/* All that fit into an answer: which of them are kept is decided where they are known. */
static void answer_records(struct question *question, const struct ub_result *result) {
    const size_t count = count_records(result);
    struct hf_dns_record *records = calloc(count + 1, sizeof *records);
    struct rdata_texts *texts = calloc(count + 1, sizeof *texts);
    struct hf_dns_answer answer = {.records = records};

    for (size_t i = 0; records && texts && i < count; i++) {
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
    free(texts);
    free(records);
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
        (void)ub_cancel(question->upstream->context, question->async_id);
    answer_failed(question, HF_DNS_UNANSWERED, "no DNS server answered in time");
}

static struct file_mark mark_of(const char *path) {
    struct file_mark mark;
    struct stat status;

    memset(&mark, 0, sizeof mark); /* it is compared byte by byte */
    if (strchr(path, '/') && stat(path, &status) == 0) {
        mark.device = status.st_dev;
        mark.inode = status.st_ino;
        mark.size = status.st_size;
        mark.changed = status.st_mtim;
    }
    return mark;
}

/* A machine that moves to another network gets other DNS servers. What was asked of the former
 * ones is still awaited from them. */
static void follow_file(struct resolver *resolver) {
    const struct file_mark mark = mark_of(resolver->server);
    struct upstream *former = resolver->upstream;
    const char *error;

    /* a file that is gone or empty is being replaced */
    if (mark.size == 0 || memcmp(&mark, &resolver->mark, sizeof mark) == 0)
        return;
    resolver->mark = mark;
    if (upstream_create(resolver->loop, resolver->server, &resolver->upstream, &error))
        return;
    if (former->questions == 0)
        upstream_close(former);
}

int resolver_create(uv_loop_t *loop, const char *server, hf_time timeout,
                    resolver_answered *answered, void *user, struct resolver **ret,
                    const char **ret_error) {
    struct resolver *resolver = calloc(1, sizeof *resolver);

    *ret_error = "out of memory";
    if (!resolver)
        return -1;
    if (server && strchr(server, '/') && mark_of(server).size == 0) {
        *ret_error = "the file of DNS servers is empty or not there";
        free(resolver);
        return -1;
    }
    resolver->loop = loop;
    resolver->answered = answered;
    resolver->user = user;
    resolver->timeout_ms = (timeout > 0 ? timeout : default_timeout) / HF_MILLISECOND;
    list_init(&resolver->questions);
    resolver->server = strdup(server ? server : "/etc/resolv.conf");
    if (resolver->server)
        resolver->mark = mark_of(resolver->server);
    if (!resolver->server ||
        upstream_create(loop, resolver->server, &resolver->upstream, ret_error)) {
        free(resolver->server);
        free(resolver);
        return -1;
    }
    *ret = resolver;
    return 0;
}

/* "fe80::1%eth0" is no matter of the DNS. Interfaces come and go, with other numbers. */
static void answer_scoped(struct resolver *resolver, hf_query_id query, enum hf_dns_type type,
                          struct hf_slice text) {
    const struct hf_slice bare = address_without_zone(text);
    struct hf_dns_record record = {.type = HF_DNS_AAAA, .ttl = SCOPED_TTL};
    struct hf_dns_answer answer = {.result = HF_DNS_OK, .records = &record, .count = 1};
    char zone[IF_NAMESIZE] = "";
    size_t len = 0;

    for (size_t i = slice_index(text, '%') + 1;
         i < text.len && text.ptr[i] != ']' && len + 1 < sizeof zone; i++)
        zone[len++] = text.ptr[i];
    if (type != HF_DNS_AAAA)
        answer = (struct hf_dns_answer){.result = HF_DNS_NO_RECORD, .negative_ttl = SCOPED_TTL};
    else if (!address_parse(bare, &record.address) ||
             (record.address.scope_id = if_nametoindex(zone)) == 0)
        answer = (struct hf_dns_answer){.result = HF_DNS_FAILED,
                                        .detail = "this machine has no interface of that name"};
    resolver->answered(resolver->user, query, &answer);
}

void resolver_ask(struct resolver *resolver, hf_query_id query, enum hf_dns_type type,
                  struct hf_slice name) {
    char text[LIMIT_NAME_BYTES + 1];
    const struct hf_dns_answer failed = {.result = HF_DNS_FAILED, .detail = "out of memory"};

    if (address_has_zone(name)) {
        answer_scoped(resolver, query, type, name);
        return;
    }
    struct question *question = calloc(1, sizeof *question);

    if (!question) {
        resolver->answered(resolver->user, query, &failed);
        return;
    }
    follow_file(resolver);
    question->resolver = resolver;
    question->upstream = resolver->upstream;
    question->upstream->questions++;
    question->query = query;
    question->type = type;
    question->timer.data = question;
    list_append(&resolver->questions, &question->in_all);
    (void)uv_timer_init(resolver->loop, &question->timer);
    uv_update_time(resolver->loop); /* else time spent since the loop's last turn counts too */
    (void)uv_timer_start(&question->timer, on_timeout, resolver->timeout_ms, 0);
    if (name.len == 0 || name.len > LIMIT_NAME_BYTES || memchr(name.ptr, '\0', name.len)) {
        answer_failed(question, HF_DNS_INVALID_NAME, no_name);
        return;
    }
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    int error = ub_resolve_async(question->upstream->context, text, (int)type, CLASS_IN, question,
                                 on_result, &question->async_id);

    if (error != 0)
        answer_error(question, error);
}

void resolver_close(struct resolver *resolver) {
    if (!resolver)
        return;
    for (struct list_node *n; (n = list_first(&resolver->questions)) != NULL;) {
        struct question *question = CONTAINER_OF(n, struct question, in_all);

        if (question->async_id != 0)
            (void)ub_cancel(question->upstream->context, question->async_id);
        question_end(question);
    }
    upstream_close(resolver->upstream);
    free(resolver->server);
    free(resolver);
}
