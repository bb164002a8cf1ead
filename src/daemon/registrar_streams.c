#include "daemon/registrar_streams.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/list.h"
#include "base/map.h"
#include "net/connection.h"
#include "net/listener.h"
#include "sip/stream.h"

struct registrar_streams {
    uv_loop_t *loop;
    struct listener *tcp, *tls;
    SSL_CTX *context;
    registrar_streams_received *received;
    void *user;
    hf_path_id last;
    struct map by_path;
    struct list_node all;
    char receive_buffer[TCP_RECEIVE_BYTES];
};

struct client {
    struct registrar_streams *streams;
    struct map_node by_path;
    struct list_node in_all;
    hf_path_id path;
    struct connection *connection;
    struct stream stream;
};

int registrar_streams_create(uv_loop_t *loop, hf_path_id first,
                             registrar_streams_received *received, void *user,
                             struct registrar_streams **ret) {
    struct registrar_streams *streams = calloc(1, sizeof *streams);

    if (!streams)
        return -ENOMEM;
    streams->loop = loop;
    streams->last = first - 1;
    streams->received = received;
    streams->user = user;
    list_init(&streams->all);
    *ret = streams;
    return 0;
}

static void end(struct client *client) {
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

/* False: the connection is of no use any more. */
static bool take(struct client *client, enum stream_item item, struct hf_slice message) {
    const struct hf_address from = connection_remote(client->connection);

    switch (item) {
    case STREAM_MESSAGE:
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
    connection_flush(client->connection);
}

static void on_failed(void *user, enum hf_path_failure failure, const char *detail) {
    (void)failure;
    (void)detail;
    end(user);
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
    if (!client || map_insert(&streams->by_path, &client->by_path, streams->last + 1)) {
        connection_close(connection);
        free(client);
        return;
    }
    client->streams = streams;
    client->path = ++streams->last;
    client->connection = connection;
    list_append(&streams->all, &client->in_all);
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

void registrar_streams_free(struct registrar_streams *streams) {
    if (!streams)
        return;
    listener_close(streams->tcp);
    listener_close(streams->tls);
    for (struct list_node *n; (n = list_first(&streams->all)) != NULL;)
        end(CONTAINER_OF(n, struct client, in_all));
    map_release(&streams->by_path);
    free(streams);
}
