#include "net/connection.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"

enum connection_state {
    CONNECTION_OPENING,
    CONNECTION_OPEN,
    CONNECTION_ENDED, /* the handler knows that it is over */
    CONNECTION_CLOSED,
};

struct connection {
    struct tcp_connection *tcp;
    struct tls_session *tls;
    struct connection_handler handler;
    void *user;
    enum connection_state state;
    unsigned calls; /* that are under way above it: it is freed when they are over */
};

static void set_state(struct connection *connection, enum connection_state state) {
    switch (state) {
    case CONNECTION_OPENING:
        HF_ASSERT(false);
    case CONNECTION_OPEN:
        HF_ASSERT(connection->state == CONNECTION_OPENING);
        break;
    case CONNECTION_ENDED:
        HF_ASSERT(connection->state == CONNECTION_OPENING || connection->state == CONNECTION_OPEN);
        break;
    case CONNECTION_CLOSED:
        HF_ASSERT(connection->state != CONNECTION_CLOSED);
        break;
    }
    connection->state = state;
}

static bool is_over(const struct connection *connection) {
    return connection->state == CONNECTION_ENDED || connection->state == CONNECTION_CLOSED;
}

static void release(struct connection *connection) {
    tls_free(connection->tls);
    free(connection);
}

static void enter(struct connection *connection) {
    connection->calls++;
}

static void leave(struct connection *connection) {
    if (--connection->calls == 0 && connection->state == CONNECTION_CLOSED)
        release(connection);
}

static void end(struct connection *connection, enum hf_path_failure failure, const char *detail) {
    if (is_over(connection))
        return;
    set_state(connection, CONNECTION_ENDED);
    connection->handler.failed(connection->user, failure, detail);
}

/* What TLS wants sent. */
static int pass_on(struct connection *connection) {
    int error = tcp_send(connection->tcp, tls_output(connection->tls));

    tls_sent(connection->tls);
    return error;
}

static void open_up(struct connection *connection) {
    set_state(connection, CONNECTION_OPEN);
    connection->handler.opened(connection->user);
}

/* What the last bytes from the network, or the first of our own, have led to. */
static void go_on(struct connection *connection) {
    char buffer[TLS_RECORD_BYTES];
    size_t count;

    (void)pass_on(connection); /* far from the queue's bound: what TLS says for itself is short */
    if (connection->state == CONNECTION_OPENING && tls_state(connection->tls) == TLS_OPEN)
        open_up(connection);
    while (!is_over(connection) && (count = tls_read(connection->tls, buffer, sizeof buffer)) > 0)
        connection->handler.received(connection->user, slice_of(buffer, count));
    if (is_over(connection))
        return;
    int error = pass_on(connection);

    tcp_flush(connection->tcp); /* an alert too, so that the peer's log knows what we found wrong */
    if (is_over(connection))
        return;
    if (tls_state(connection->tls) == TLS_FAILED)
        end(connection, tls_failure(connection->tls), tls_detail(connection->tls));
    else if (tls_state(connection->tls) == TLS_ENDED)
        end(connection, HF_PATH_CLOSED, "the peer has closed the connection");
    else if (error)
        end(connection, HF_PATH_CLOSED, "the peer asks for more than it takes");
}

static void on_opened(void *user) {
    struct connection *connection = user;

    enter(connection);
    if (connection->tls) {
        tls_begin(connection->tls);
        go_on(connection);
    } else {
        open_up(connection);
    }
    leave(connection);
}

static void on_received(void *user, struct hf_slice bytes) {
    struct connection *connection = user;

    enter(connection);
    if (is_over(connection))
        HF_ASSERT(connection->state == CONNECTION_ENDED);
    else if (!connection->tls)
        connection->handler.received(connection->user, bytes);
    else {
        tls_receive(connection->tls, bytes);
        go_on(connection);
    }
    leave(connection);
}

static void on_failed(void *user, enum hf_path_failure failure, const char *detail) {
    struct connection *connection = user;

    enter(connection);
    if (connection->tls && connection->state == CONNECTION_OPENING && failure == HF_PATH_CLOSED)
        end(connection, HF_PATH_TLS_HANDSHAKE,
            "the peer has closed the connection during the TLS handshake");
    else
        end(connection, failure, detail);
    leave(connection);
}

static const struct tcp_handler tcp_handler = {
    .opened = on_opened, .received = on_received, .failed = on_failed};

static struct connection *make(struct tls_session *tls, const struct connection_handler *handler,
                               void *user) {
    struct connection *connection = calloc(1, sizeof *connection);

    if (!connection)
        return NULL;
    connection->tls = tls;
    connection->handler = *handler;
    connection->user = user;
    return connection;
}

int connection_connect(uv_loop_t *loop, const struct tcp_options *options, struct tls_session *tls,
                       const struct connection_handler *handler, void *user,
                       struct connection **ret, enum hf_path_failure *ret_failure) {
    struct connection *connection = make(tls, handler, user);

    *ret_failure = HF_PATH_UNREACHABLE;
    if (!connection)
        return -ENOMEM;
    int error = tcp_connect(loop, options, &tcp_handler, connection, &connection->tcp, ret_failure);

    if (error)
        free(connection);
    else
        *ret = connection;
    return error;
}

int connection_adopt(uv_loop_t *loop, int fd, const struct tcp_options *options,
                     struct tls_session *tls, const struct connection_handler *handler, void *user,
                     struct connection **ret) {
    struct connection *connection = make(tls, handler, user);

    if (!connection) {
        tls_free(tls);
        close(fd);
        return -ENOMEM;
    }
    int error = tcp_adopt(loop, fd, options, &tcp_handler, connection, &connection->tcp);

    if (error) {
        release(connection);
        return error;
    }
    if (!tls)
        set_state(connection, CONNECTION_OPEN);
    *ret = connection;
    return 0;
}

int connection_send(struct connection *connection, struct hf_slice bytes) {
    if (connection->state != CONNECTION_OPEN)
        return 0;
    if (!connection->tls)
        return tcp_send(connection->tcp, bytes);
    return tls_write(connection->tls, bytes) ? pass_on(connection) : -EPIPE;
}

void connection_flush(struct connection *connection) {
    enter(connection);
    tcp_flush(connection->tcp);
    leave(connection);
}

void connection_close(struct connection *connection) {
    if (!connection)
        return;
    if (connection->tls && connection->state == CONNECTION_OPEN) {
        tls_end(connection->tls);
        (void)pass_on(connection);
    }
    set_state(connection, CONNECTION_CLOSED);
    enter(connection);
    tcp_close(connection->tcp);
    leave(connection);
}

struct hf_address connection_local(const struct connection *connection) {
    return tcp_local(connection->tcp);
}

struct hf_address connection_remote(const struct connection *connection) {
    return tcp_remote(connection->tcp);
}

const struct tls_session *connection_tls(const struct connection *connection) {
    return connection->tls;
}
