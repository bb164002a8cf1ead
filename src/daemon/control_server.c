#include "daemon/control_server.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "daemon/control_client.h"

struct control_server {
    uv_loop_t *loop;
    struct control_handler handler;
    struct list_node clients;
    unsigned client_count; /* those that are closing as well */
    uint64_t events_lost;  /* by any of them */
    bool stopping;
    bool listener_closed;
    uv_pipe_t listener;
};

static void free_when_closed(struct control_server *server) {
    if (server->stopping && server->listener_closed && server->client_count == 0)
        free(server);
}

static void client_closed(struct control_client *client, void *context) {
    struct control_server *server = context;

    list_remove(&client->node);
    free(client);
    server->client_count--;
    free_when_closed(server);
}

static void on_connection(uv_stream_t *listener, int status) {
    struct control_server *server = listener->data;
    struct control_client *client;

    if (status < 0 || server->stopping)
        return;
    /* Counted before, as one whose acceptance fails closes like any other. */
    server->client_count++;
    client = control_client_accept(server->loop, listener, &server->handler, client_closed, server);
    if (!client)
        return;
    list_append(&server->clients, &client->node);
    if (server->client_count > CONTROL_CLIENTS_MAX)
        control_client_turn_away(client, "too many clients are connected");
}

static void listener_closed(uv_handle_t *handle) {
    struct control_server *server = handle->data;

    server->listener_closed = true;
    free_when_closed(server);
}

int control_server_start(uv_loop_t *loop, const char *path, unsigned mode,
                         const struct control_handler *handler, struct control_server **ret) {
    struct control_server *server = calloc(1, sizeof(*server));
    mode_t mask;
    int result;

    if (!server)
        return UV_ENOMEM;
    server->loop = loop;
    server->handler = *handler;
    list_init(&server->clients);
    uv_pipe_init(loop, &server->listener, 0);
    server->listener.data = server;
    /* Nobody may connect before the permissions are right. */
    mask = umask(0177);
    result = uv_pipe_bind(&server->listener, path);
    umask(mask);
    if (result == 0 && chmod(path, mode) != 0)
        result = -errno;
    if (result == 0)
        result = uv_listen((uv_stream_t *)&server->listener, CONTROL_CLIENTS_MAX, on_connection);
    if (result != 0) {
        control_server_stop(server);
        return result;
    }
    *ret = server;
    return 0;
}

bool control_server_has_readers(const struct control_server *server) {
    for (struct list_node *n = server->clients.next; n != &server->clients; n = n->next) {
        if (CONTAINER_OF(n, struct control_client, node)->state == CLIENT_STREAMING)
            return true;
    }
    return false;
}

void control_server_publish(struct control_server *server, struct hf_slice line) {
    for (struct list_node *n = server->clients.next; n != &server->clients; n = n->next)
        if (!control_client_publish(CONTAINER_OF(n, struct control_client, node), line))
            server->events_lost++;
}

void control_server_count(const struct control_server *server, struct control_counts *ret) {
    *ret = (struct control_counts){.clients = server->client_count,
                                   .events_lost = server->events_lost};
    for (struct list_node *n = server->clients.next; n != &server->clients; n = n->next)
        ret->queued_bytes += control_client_queued(CONTAINER_OF(n, struct control_client, node));
}

void control_server_lost(struct control_server *server, unsigned lines) {
    for (struct list_node *n = server->clients.next; n != &server->clients; n = n->next) {
        struct control_client *client = CONTAINER_OF(n, struct control_client, node);

        client->lost += client->state == CLIENT_STREAMING ? lines : 0;
    }
}

void control_server_wake(struct control_server *server) {
    for (struct list_node *n = server->clients.next; n != &server->clients; n = n->next)
        control_client_wake(CONTAINER_OF(n, struct control_client, node));
}

void control_server_stop(struct control_server *server) {
    if (!server)
        return;
    server->stopping = true;
    for (struct list_node *n = server->clients.next; n != &server->clients; n = n->next)
        control_client_close(CONTAINER_OF(n, struct control_client, node));
    uv_close((uv_handle_t *)&server->listener, listener_closed);
}
