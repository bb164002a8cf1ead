#include "daemon/registrar_streams.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/list.h"
#include "base/map.h"
#include "net/clock.h"
#include "net/connection.h"
#include "net/listener.h"
#include "sip/stream.h"

enum { LOOK_EVERY_MS = 250, DESCRIPTORS_SPARED = 64, CONNECTIONS_MAX = 65536 };

struct registrar_streams {
    uv_loop_t *loop;
    uv_timer_t *timer; /* looks for those whose time is over */
    struct registrar_streams_limits limits;
    unsigned count;
    struct listener *tcp, *tls;
    SSL_CTX *context;
    registrar_streams_received *received;
    void *user;
    hf_path_id last;
    struct map by_path;
    struct list_node all;   /* that have brought a message */
    struct list_node fresh; /* that have not, the oldest first */
    char receive_buffer[TCP_RECEIVE_BYTES];
};

struct client {
    struct registrar_streams *streams;
    struct map_node by_path;
    struct list_node in_all;
    hf_path_id path;
    struct connection *connection;
    struct stream stream;
    bool fresh;  /* it has brought no message yet */
    bool within; /* one */
    hf_time until_at;
};

struct registrar_streams_limits registrar_streams_limits_for(uint32_t expires_max) {
    struct registrar_streams_limits limits = {.begin = 10 * HF_SECOND,
                                              .message = 30 * HF_SECOND,
                                              .idle = (expires_max + 60) * HF_SECOND,
                                              .most = CONNECTIONS_MAX};
    struct rlimit files;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < CONNECTIONS_MAX)
        limits.most = files.rlim_cur > 2 * DESCRIPTORS_SPARED
                          ? (unsigned)files.rlim_cur - DESCRIPTORS_SPARED
                          : (unsigned)files.rlim_cur / 2;
    return limits;
}

int registrar_streams_create(uv_loop_t *loop, hf_path_id first,
                             const struct registrar_streams_limits *limits,
                             registrar_streams_received *received, void *user,
                             struct registrar_streams **ret) {
    struct registrar_streams *streams = calloc(1, sizeof *streams);

    if (!streams)
        return -ENOMEM;
    streams->timer = malloc(sizeof *streams->timer);
    if (!streams->timer) {
        free(streams);
        return -ENOMEM;
    }
    (void)uv_timer_init(loop, streams->timer);
    streams->timer->data = streams;
    streams->loop = loop;
    streams->limits = *limits;
    streams->last = first - 1;
    streams->received = received;
    streams->user = user;
    list_init(&streams->all);
    list_init(&streams->fresh);
    *ret = streams;
    return 0;
}

static void end(struct client *client) {
    client->streams->count--;
    map_remove(&client->streams->by_path, &client->by_path);
    list_remove(&client->in_all);
    connection_close(client->connection);
    stream_clear(&client->stream);
    free(client);
}

static struct client *find(const struct registrar_streams *streams, hf_path_id path) {
    for (struct map_node *n = map_first(&streams->by_path, path); n; n = map_next(n)) {
        struct client *client = CONTAINER_OF(n, struct client, by_path);

        if (client->path == path)
            return client;
    }
    return NULL;
}

static void on_opened(void *user) {
    (void)user;
}

unsigned registrar_streams_count(const struct registrar_streams *streams) {
    return streams->count;
}

static void end_late(struct list_node *clients, hf_time now) {
    for (struct list_node *n = clients->next, *next; n != clients; n = next) {
        struct client *client = CONTAINER_OF(n, struct client, in_all);

        next = n->next;
        if (now >= client->until_at)
            end(client);
    }
}

static void on_timer(uv_timer_t *timer) {
    struct registrar_streams *streams = timer->data;
    hf_time now = net_now();

    end_late(&streams->fresh, now);
    end_late(&streams->all, now);
    if (streams->count == 0)
        (void)uv_timer_stop(timer);
}

/* Its first message is there. */
static void prove(struct client *client) {
    if (!client->fresh)
        return;
    client->fresh = false;
    list_remove(&client->in_all);
    list_append(&client->streams->all, &client->in_all);
}

/* A message that has begun has its time, however slowly it comes. */
static void set_time(struct client *client) {
    const struct registrar_streams_limits *limits = &client->streams->limits;
    const bool within = client->stream.buffer && !client->stream.given;

    if (client->fresh || (within && client->within))
        return;
    client->within = within;
    client->until_at = net_now() + (within ? limits->message : limits->idle);
}

/* False: the connection is of no use any more. */
static bool take(struct client *client, enum stream_item item, struct hf_slice message) {
    const struct hf_address from = connection_remote(client->connection);

    switch (item) {
    case STREAM_MESSAGE:
        prove(client);
        client->streams->received(client->streams->user, client->path, &from, message);
        return true;
    case STREAM_PING: /* RFC 5626 section 4.4.1 */
        return connection_send(client->connection, SLICE("\r\n")) == 0;
    case STREAM_MORE:
    case STREAM_PONG:
        return true;
    case STREAM_UNFRAMED:
    case STREAM_BROKEN:
    case STREAM_NO_MEMORY:
        break;
    }
    return false;
}

static void on_received(void *user, struct hf_slice bytes) {
    struct client *client = user;
    struct hf_slice message;
    enum stream_item item;

    do {
        item = stream_next(&client->stream, &bytes, &message);
        if (!take(client, item, message)) {
            end(client);
            return;
        }
    } while (item != STREAM_MORE);
    set_time(client);
    connection_flush(client->connection);
}

static void on_failed(void *user, enum hf_path_failure failure, const char *detail) {
    (void)failure;
    (void)detail;
    end(user);
}

/* For one more. */
static bool make_room(struct registrar_streams *streams) {
    struct list_node *oldest = list_first(&streams->fresh);

    if (streams->count < streams->limits.most)
        return true;
    if (oldest)
        end(CONTAINER_OF(oldest, struct client, in_all));
    return oldest != NULL;
}

static void take_in(struct registrar_streams *streams, int fd, struct tls_session *tls) {
    static const struct connection_handler handler = {on_opened, on_received, on_failed};
    const struct tcp_options options = {.receive_buffer = streams->receive_buffer};
    struct client *client = calloc(1, sizeof *client);
    struct connection *connection;

    if (connection_adopt(streams->loop, fd, &options, tls, &handler, client, &connection)) {
        free(client);
        return;
    }
    if (!client || !make_room(streams) ||
        map_insert(&streams->by_path, &client->by_path, streams->last + 1)) {
        connection_close(connection);
        free(client);
        return;
    }
    client->streams = streams;
    client->path = ++streams->last;
    client->connection = connection;
    client->fresh = true;
    client->until_at = net_now() + streams->limits.begin;
    list_append(&streams->fresh, &client->in_all);
    streams->count++;
    if (!uv_is_active((uv_handle_t *)streams->timer))
        (void)uv_timer_start(streams->timer, on_timer, LOOK_EVERY_MS, LOOK_EVERY_MS);
}

static void on_tcp(void *user, int fd) {
    take_in(user, fd, NULL);
}

static void on_tls(void *user, int fd) {
    struct registrar_streams *streams = user;
    struct tls_session *tls = tls_server_create(streams->context);

    if (tls)
        take_in(streams, fd, tls);
    else
        (void)close(fd);
}

int registrar_streams_listen(struct registrar_streams *streams, const struct hf_address *local,
                             SSL_CTX *tls) {
    if (!tls)
        return listener_open(streams->loop, local, on_tcp, streams, &streams->tcp);
    streams->context = tls;
    return listener_open(streams->loop, local, on_tls, streams, &streams->tls);
}

void registrar_streams_send(struct registrar_streams *streams, hf_path_id path,
                            struct hf_slice message) {
    struct client *client = find(streams, path);

    /* one that takes nothing is closed by the system's own time limit */
    if (client)
        (void)connection_send(client->connection, message);
}

static void on_timer_closed(uv_handle_t *timer) {
    free(timer);
}

void registrar_streams_free(struct registrar_streams *streams) {
    if (!streams)
        return;
    listener_close(streams->tcp);
    listener_close(streams->tls);
    for (struct list_node *n; (n = list_first(&streams->all)) || (n = list_first(&streams->fresh));)
        end(CONTAINER_OF(n, struct client, in_all));
    uv_close((uv_handle_t *)streams->timer, on_timer_closed);
    map_release(&streams->by_path);
    free(streams);
}
