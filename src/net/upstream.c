#include "net/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/address.h"

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct upstream *upstream = poll->data;

    (void)events;
    if (status == 0)
        (void)ub_process(upstream->context);
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

/* Questions under way, each on a descriptor of its own: the library's 16 would let sixteen silent
 * names hold up all others. Three quarters of the descriptors are left to the rest. */
static void allow_many_questions(struct ub_ctx *context) {
    enum { AT_LEAST = 16, AT_MOST = 4096 };
    struct rlimit limit = {.rlim_cur = AT_LEAST};
    char text[16];

    (void)getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t count = limit.rlim_cur / 4;

    count = count < AT_LEAST ? AT_LEAST : count > AT_MOST ? AT_MOST : count;
    snprintf(text, sizeof text, "%u", (unsigned)count);
    (void)ub_ctx_set_option(context, "outgoing-range:", text);
    (void)ub_ctx_set_option(context, "num-queries-per-thread:", text);
}

static void set_options(struct ub_ctx *context) {
    /* a DNS server on this very machine is as good as any other */
    (void)ub_ctx_set_option(context, "do-not-query-localhost:", "no");
    /* a server that was dead a moment ago is asked again soon */
    (void)ub_ctx_set_option(context, "infra-host-ttl:", "5");
    (void)ub_ctx_set_option(context, "infra-keep-probing:", "yes");
    allow_many_questions(context);
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

static const char *configure(struct ub_ctx *context, const char *server) {
    set_options(context);
    if (strchr(server, '/')) {
        /* without the file: the local one, as resolv.conf(5) says, and not the roots of the DNS */
        if (ub_ctx_resolvconf(context, server))
            (void)ub_ctx_set_fwd(context, "127.0.0.1");
    } else if (set_server(context, server)) {
        return "the DNS server must be ADDRESS or ADDRESS:PORT";
    }
    ask_for_private_zones(context);
    return NULL;
}

int upstream_create(uv_loop_t *loop, const char *server, struct upstream **ret,
                    const char **ret_error) {
    struct upstream *upstream = calloc(1, sizeof *upstream);

    *ret_error = "out of memory";
    if (!upstream)
        return -1;
    upstream->context = ub_ctx_create();
    if (upstream->context) {
        *ret_error = configure(upstream->context, server);
        if (!*ret_error && uv_poll_init(loop, &upstream->poll, ub_fd(upstream->context)))
            *ret_error = "the resolver's descriptor cannot be watched";
    }
    if (*ret_error) {
        if (upstream->context)
            ub_ctx_delete(upstream->context);
        free(upstream);
        return -1;
    }
    upstream->poll.data = upstream;
    (void)uv_poll_start(&upstream->poll, UV_READABLE, on_poll);
    *ret = upstream;
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct upstream *upstream = handle->data;

    ub_ctx_delete(upstream->context);
    free(upstream);
}

void upstream_close(struct upstream *upstream) {
    uv_close((uv_handle_t *)&upstream->poll, on_closed);
}
