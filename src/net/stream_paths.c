#include "net/stream_paths.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/address.h"
#include "base/assert.h"
#include "base/limits.h"
#include "net/clock.h"
#include "net/local_address.h"
#include "net/udp.h"

static const hf_time connect_timeout_default = 10 * HF_SECOND;

enum {
    LOOK_EVERY_MS = 50, /* for connections that are not made in time */
    FLUSH_BYTES = 64 << 10,
};

/* One for each address to which connections are being made. */
struct gate {
    struct map_node by_remote;
    struct hf_address remote;
    struct list_node waiting;
    unsigned under_way;
    hf_time progress_at; /* when the server last made, or refused, a connection; 0: never */
    bool is_dead;        /* a connection was not made in time, nor another meanwhile */
};

enum path_state { PATH_WAITING, PATH_UNDER_WAY, PATH_OPEN };

struct stream_path {
    hf_path_id id;
    enum path_state state;
    struct stream_paths *paths;
    struct tcp_options options;
    struct tls_session *tls; /* until there is a stream */
    bool is_tls;
    bool or_any_port;
    uint16_t wanted_port;
    struct hf_address other_local; /* with any port */
    struct connection *stream;
    struct gate *gate; /* until it is open */
    hf_time timeout;
    hf_time since; /* it is under way */
    bool overflown;
    size_t unflushed; /* queued since the last flush */
    struct map_node by_id;
    struct list_node in_all;
    struct list_node in_making;
    struct list_node in_gate;
    struct list_node in_pending;
};

static uint64_t id_hash(hf_path_id id) {
    return id * 0x9e3779b97f4a7c15u >> 32;
}

static void warn(void *user, const char *text) {
    struct stream_paths *paths = user;

    if (paths->handler.warn)
        paths->handler.warn(paths->user, text);
}

int stream_paths_init(struct stream_paths *paths, uv_loop_t *loop,
                      const struct stream_paths_handler *handler, void *user) {
    uint64_t seed[4];

    net_seed(seed);
    *paths = (struct stream_paths){
        .loop = loop, .handler = *handler, .user = user, .key = {{seed[0], seed[1]}}};
    paths->timer = malloc(sizeof *paths->timer);
    if (!paths->timer)
        return -ENOMEM;
    (void)uv_timer_init(loop, paths->timer);
    paths->timer->data = paths;
    list_init(&paths->making);
    list_init(&paths->pending);
    list_init(&paths->all);
    tls_contexts_init(&paths->contexts);
    paths->contexts.warn = warn;
    paths->contexts.user = paths;
    return 0;
}

struct stream_path *stream_path_find(const struct stream_paths *paths, hf_path_id id) {
    for (struct map_node *n = map_first(&paths->by_id, id_hash(id)); n; n = map_next(n)) {
        struct stream_path *path = CONTAINER_OF(n, struct stream_path, by_id);

        if (path->id == id)
            return path;
    }
    return NULL;
}

const struct hf_address *stream_path_remote(const struct stream_path *path) {
    return &path->options.remote;
}

const struct tls_session *stream_path_tls(const struct stream_path *path) {
    return path->stream ? connection_tls(path->stream) : NULL;
}

/* ---- gates */

static struct gate *gate_to(struct stream_paths *paths, const struct hf_address *remote) {
    uint64_t hash = hash_bytes(&paths->key, remote, sizeof *remote);

    for (struct map_node *n = map_first(&paths->gates, hash); n; n = map_next(n)) {
        struct gate *gate = CONTAINER_OF(n, struct gate, by_remote);

        if (address_equal(&gate->remote, remote))
            return gate;
    }
    struct gate *gate = calloc(1, sizeof *gate);

    if (!gate)
        return NULL;
    gate->remote = *remote;
    list_init(&gate->waiting);
    if (map_insert(&paths->gates, &gate->by_remote, hash)) {
        free(gate);
        return NULL;
    }
    return gate;
}

static void leave_gate(struct stream_path *path) {
    if (path->gate && path->state == PATH_UNDER_WAY) {
        path->gate->under_way--;
        path->paths->under_way--;
    }
    path->gate = NULL;
    list_remove(&path->in_gate);
    list_remove(&path->in_making);
}

static void forget(struct stream_path *path) {
    leave_gate(path);
    map_remove(&path->paths->by_id, &path->by_id);
    list_remove(&path->in_all);
    list_remove(&path->in_pending);
    tls_free(path->tls);
    connection_close(path->stream);
    free(path);
}

static void tell(struct stream_path *path, enum hf_path_failure failure, const char *detail) {
    struct stream_paths *paths = path->paths;
    hf_path_id id = path->id;
    char text[TLS_DETAIL_MAX]; /* it may be the stream's own */

    snprintf(text, sizeof text, "%s", detail);
    forget(path);
    paths->handler.failed(paths->user, id, failure, text);
}

static void start(struct stream_path *path);

/* Those whose turn it is; afterwards the gate may be gone. */
static void let_in(struct stream_paths *paths, struct gate *gate) {
    for (struct list_node *n;
         gate->under_way < LIMIT_HANDSHAKES && (n = list_take_first(&gate->waiting)) != NULL;)
        start(CONTAINER_OF(n, struct stream_path, in_gate));
    if (gate->under_way == 0) {
        map_remove(&paths->gates, &gate->by_remote);
        free(gate);
    }
}

static void fail(struct stream_path *path, enum hf_path_failure failure, const char *detail) {
    struct stream_paths *paths = path->paths;
    struct gate *gate = path->gate;

    tell(path, failure, detail);
    if (gate)
        let_in(paths, gate);
}

static void note_progress(struct gate *gate) {
    gate->progress_at = net_now();
    gate->is_dead = false;
}

/* ---- what streams tell */

static void warn_if_taken(const struct stream_path *path, uint16_t got) {
    char text[TAKEN_PORT_TEXT_MAX];

    if (path->wanted_port != 0 && got != path->wanted_port &&
        taken_port_note(&path->paths->taken, path->is_tls ? "TLS" : "TCP", path->wanted_port, got,
                        text, sizeof text))
        warn(path->paths, text);
}

static void on_opened(void *user) {
    struct stream_path *path = user;
    struct gate *gate = path->gate;
    const struct hf_address local = connection_local(path->stream);

    warn_if_taken(path, local.port);
    note_progress(gate);
    leave_gate(path);
    path->state = PATH_OPEN;
    path->paths->handler.opened(path->paths->user, path->id, &local);
    let_in(path->paths, gate);
}

static void on_received(void *user, struct hf_slice bytes) {
    struct stream_path *path = user;

    path->paths->handler.received(path->paths->user, path->id, &path->options.remote, bytes);
}

static void on_failed(void *user, enum hf_path_failure failure, const char *detail) {
    struct stream_path *path = user;

    if (path->gate && failure != HF_PATH_TIMEOUT)
        note_progress(path->gate);
    fail(path, failure, detail);
}

/* ---- connections that are not made in time */

/* When it has had its time, and meanwhile none of those beside it got through, those that wait for
 * their turn will fare no better: all fail at once, and can go elsewhere. */
static bool is_late(const struct stream_path *path, hf_time now) {
    if (path->state != PATH_UNDER_WAY || now < path->since + path->timeout)
        return false;
    if (path->gate->progress_at <= path->since)
        path->gate->is_dead = true;
    return true;
}

static void give_up(struct stream_path *path) {
    unsigned seconds = (unsigned)((path->timeout + HF_SECOND / 2) / HF_SECOND);
    bool is_connected =
        path->stream && connection_local(path->stream).family != HF_FAMILY_NONE && path->is_tls;
    char detail[120];

    snprintf(detail, sizeof detail,
             is_connected ? "the TLS handshake was not done after %u s"
                          : "no connection could be made in %u s",
             seconds);
    fail(path, HF_PATH_TIMEOUT, detail);
}

static void collect_late(struct stream_paths *paths, struct list_node *late) {
    struct list_node *next;
    hf_time now = net_now();

    for (struct list_node *n = paths->making.next; n != &paths->making; n = next) {
        struct stream_path *path = CONTAINER_OF(n, struct stream_path, in_making);

        next = n->next;
        if (is_late(path, now)) {
            list_remove(&path->in_making);
            list_append(late, &path->in_making);
        }
    }
    for (struct list_node *n = paths->making.next; n != &paths->making; n = next) {
        struct stream_path *path = CONTAINER_OF(n, struct stream_path, in_making);

        next = n->next;
        if (path->state != PATH_WAITING || !path->gate->is_dead)
            continue;
        list_remove(&path->in_making);
        list_append(late, &path->in_making);
        list_remove(&path->in_gate);
        path->gate = NULL; /* it goes with the last that is under way */
    }
}

static void on_timer(uv_timer_t *timer) {
    struct stream_paths *paths = timer->data;
    struct list_node late;

    list_init(&late);
    collect_late(paths, &late);
    for (struct list_node *n; (n = list_first(&late)) != NULL;)
        give_up(CONTAINER_OF(n, struct stream_path, in_making));
    if (list_is_empty(&paths->making))
        (void)uv_timer_stop(timer);
}

/* ---- opening */

/* Two connections of one port cannot go to the same peer. */
static bool is_our_own(const struct stream_path *path) {
    for (const struct list_node *n = path->paths->all.next; n != &path->paths->all; n = n->next) {
        const struct stream_path *other = CONTAINER_OF(n, struct stream_path, in_all);

        if (other != path && other->stream &&
            other->options.local.port == path->options.local.port &&
            address_equal(&other->options.remote, &path->options.remote))
            return true;
    }
    return false;
}

/* Waiting is no use where it is another connection of ours that has the port, as when two accounts
 * show the server different certificates. */
static bool may_take_another(const struct stream_path *path, int error) {
    return path->options.local.port != 0 &&
           (path->or_any_port || (error == EADDRNOTAVAIL && is_our_own(path)));
}

static void start(struct stream_path *path) {
    static const struct connection_handler handler = {
        .opened = on_opened, .received = on_received, .failed = on_failed};
    struct stream_paths *paths = path->paths;
    enum hf_path_failure failure;

    path->state = PATH_UNDER_WAY;
    path->since = net_now();
    path->gate->under_way++;
    if (++paths->under_way > paths->under_way_most)
        paths->under_way_most = paths->under_way;
    int error = connection_connect(paths->loop, &path->options, path->tls, &handler, path,
                                   &path->stream, &failure);

    if (error && failure == HF_PATH_LOCAL_PORT && may_take_another(path, -error)) {
        path->options.local = path->other_local;
        error = connection_connect(paths->loop, &path->options, path->tls, &handler, path,
                                   &path->stream, &failure);
    }
    if (error)
        tell(path, failure, tcp_error_text(-error));
    else
        path->tls = NULL; /* it is the stream's */
}

/* Said once for each name. With a pin somebody is believed, and nobody else. */
static void warn_if_unverified(struct stream_paths *paths, const struct hf_tls_options *tls) {
    uint64_t hash = hash_bytes(&paths->key, tls->server_name.ptr, tls->server_name.len);
    char text[LIMIT_NAME_BYTES + 200];

    if (tls->verify || tls->pin.len > 0 || paths->unverified_count == STREAM_WARNINGS_MAX)
        return;
    for (unsigned i = 0; i < paths->unverified_count; i++) {
        if (paths->unverified[i] == hash)
            return;
    }
    paths->unverified[paths->unverified_count++] = hash;
    snprintf(text, sizeof text,
             "TLS to %.*s: its certificate is NOT VERIFIED, as the settings say: whoever answers "
             "is believed, and can read and change everything",
             SLICE_ARGS(tls->server_name));
    warn(paths, text);
}

/* Takes the context; false: `why` says what is wrong. */
static bool make_tls(struct stream_path *path, const struct hf_tls_options *options,
                     struct writer *why, hf_time now) {
    struct stream_paths *paths = path->paths;
    struct tls_context *context = tls_context_take(&paths->contexts, options, why, now);

    if (!context)
        return false;
    path->tls = tls_client_create(context, options, &path->options.remote);
    if (!path->tls) {
        tls_context_give_back(context);
        writer_put_literal(why, "out of memory");
        return false;
    }
    warn_if_unverified(paths, options);
    return true;
}

/* As for UDP, a port that was asked for is taken at the one address that the peer will see. */
static struct hf_address local_for(const struct hf_output_open *open) {
    static const uint8_t zero[sizeof open->local.ip];
    struct hf_address local = open->local;

    if (local.port != 0 && memcmp(local.ip, zero, sizeof zero) == 0 &&
        udp_source_for(&open->remote, &local) == 0)
        local.port = open->local.port;
    return local;
}

static struct stream_path *make(struct stream_paths *paths, const struct hf_output_open *open) {
    struct stream_path *path = calloc(1, sizeof *path);

    if (!paths->receive_buffer)
        paths->receive_buffer = malloc(TCP_RECEIVE_BYTES);
    if (!path || !paths->receive_buffer ||
        map_insert(&paths->by_id, &path->by_id, id_hash(open->path))) {
        free(path);
        return NULL;
    }
    path->id = open->path;
    path->paths = paths;
    path->is_tls = open->tls != NULL;
    path->options = (struct tcp_options){.local = local_for(open),
                                         .remote = open->remote,
                                         .dscp = open->dscp,
                                         .receive_buffer = paths->receive_buffer};
    path->or_any_port = open->or_any_port;
    path->other_local = open->local;
    path->other_local.port = 0;
    path->wanted_port = open->local.port;
    path->timeout = open->connect_timeout ? open->connect_timeout : connect_timeout_default;
    list_append(&paths->all, &path->in_all);
    list_init(&path->in_making);
    list_init(&path->in_gate);
    list_init(&path->in_pending);
    return path;
}

void stream_paths_open(struct stream_paths *paths, const struct hf_output_open *open, hf_time now) {
    struct stream_path *path = make(paths, open);
    char text[TLS_DETAIL_MAX] = "out of memory";
    struct writer why = writer_of(text, sizeof text);

    HF_ASSERT((open->transport == HF_TRANSPORT_TLS) == (open->tls != NULL));
    if (!path) {
        paths->handler.failed(paths->user, open->path, HF_PATH_UNREACHABLE, text);
        return;
    }
    if (open->tls && !make_tls(path, open->tls, &why, now)) {
        if (writer_length(&why) > 0)
            (void)writer_terminate(&why);
        tell(path, HF_PATH_TLS_CERTIFICATE, text);
        return;
    }
    path->gate = gate_to(paths, &open->remote);
    if (!path->gate) {
        tell(path, HF_PATH_UNREACHABLE, "out of memory");
        return;
    }
    list_append(&paths->making, &path->in_making);
    list_append(&path->gate->waiting, &path->in_gate);
    if (!uv_is_active((uv_handle_t *)paths->timer))
        (void)uv_timer_start(paths->timer, on_timer, LOOK_EVERY_MS, LOOK_EVERY_MS);
    let_in(paths, path->gate);
}

/* ---- what is open */

void stream_path_close(struct stream_paths *paths, struct stream_path *path) {
    struct gate *gate = path->gate;

    forget(path);
    if (gate)
        let_in(paths, gate);
}

void stream_path_send(struct stream_paths *paths, struct stream_path *path, struct hf_slice bytes) {
    if (path->state != PATH_OPEN || path->overflown)
        return;
    path->overflown = connection_send(path->stream, bytes) != 0;
    path->unflushed += bytes.len;
    if (!list_is_linked(&path->in_pending))
        list_append(&paths->pending, &path->in_pending);
    /* many accounts may have one path: the system takes over what it can before the queue is full
     */
    if (path->unflushed >= FLUSH_BYTES && !path->overflown) {
        path->unflushed = 0;
        connection_flush(path->stream);
    }
}

void stream_paths_flush(struct stream_paths *paths) {
    for (struct list_node *n; (n = list_take_first(&paths->pending)) != NULL;) {
        struct stream_path *path = CONTAINER_OF(n, struct stream_path, in_pending);

        path->unflushed = 0;
        if (path->overflown)
            fail(path, HF_PATH_CLOSED, "the peer takes nothing: too much waits to be sent to it");
        else
            connection_flush(path->stream);
    }
}

static bool is_lost(const struct stream_path *path, struct local_addresses *addresses) {
    struct hf_address local = {0};

    if (path->stream)
        local = connection_local(path->stream);
    return local.family != HF_FAMILY_NONE && !local_addresses_have(addresses, &local);
}

/* One that ends may let others begin, and end: so they are looked up again by their numbers. */
void stream_paths_drop_lost(struct stream_paths *paths) {
    struct local_addresses addresses = {0};
    hf_path_id *lost = calloc(paths->by_id.count + 1, sizeof *lost);
    char detail[LOCAL_ADDRESS_DETAIL_MAX];
    size_t count = 0;

    for (struct list_node *n = paths->all.next; lost && n != &paths->all; n = n->next) {
        const struct stream_path *path = CONTAINER_OF(n, struct stream_path, in_all);

        if (is_lost(path, &addresses))
            lost[count++] = path->id;
    }
    for (size_t i = 0; i < count; i++) {
        struct stream_path *path = stream_path_find(paths, lost[i]);

        if (!path || !is_lost(path, &addresses))
            continue;
        const struct hf_address local = connection_local(path->stream);

        local_address_describe(detail, sizeof detail, &local, true);
        fail(path, HF_PATH_LOCAL_ADDRESS, detail);
    }
    free(lost);
}

static void on_closed(uv_handle_t *timer) {
    free(timer);
}

void stream_paths_release(struct stream_paths *paths) {
    for (struct list_node *n; (n = list_first(&paths->all)) != NULL;) {
        struct stream_path *path = CONTAINER_OF(n, struct stream_path, in_all);
        struct gate *gate = path->gate;

        list_remove(&path->in_gate);
        forget(path);
        if (gate && gate->under_way == 0 && list_is_empty(&gate->waiting)) {
            map_remove(&paths->gates, &gate->by_remote);
            free(gate);
        }
    }
    tls_contexts_release(&paths->contexts);
    map_release(&paths->by_id);
    map_release(&paths->gates);
    free(paths->receive_buffer);
    uv_close((uv_handle_t *)paths->timer, on_closed);
}
