#include "net/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/limits.h"
#include "net/socket_address.h"

enum {
    READS_PER_WAKE = 4,       /* so that others get their turn */
    QUEUE_KEPT_BYTES = 4096,  /* an empty queue gives back what is above this */
    IDLE_SECONDS = 120,       /* then the system asks whether the peer is still there (RFC 9293) */
    PROBE_SECONDS = 15,       /* and again */
    UNACKNOWLEDGED_MS = 20000 /* sent for so long without an answer: the peer is dead */
};

enum tcp_state {
    TCP_CONNECTING,
    TCP_OPEN,
    TCP_ENDED, /* the handler knows that it is over */
    TCP_CLOSED,
};

struct tcp_connection {
    uv_poll_t poll;
    int fd;
    int events; /* what poll watches now; -1: it was never started */
    enum tcp_state state;
    bool port_asked_for;
    struct tcp_handler handler;
    void *user;
    struct hf_address local, remote;
    char *receive_buffer;
    struct {
        char *bytes;
        size_t start, end, capacity;
    } queue;
};

const char *tcp_error_text(int error) {
    switch (error) {
    case ECONNREFUSED:
        return "nobody listens at its port";
    case ECONNRESET:
    case EPIPE:
        return "the peer has reset the connection";
    case ETIMEDOUT:
        return "the peer has acknowledged nothing for 20 s";
    case EPERM:
        return "a firewall on this machine forbids connecting to it";
    case ENETUNREACH:
        return "this machine has no route to it";
    case EMFILE:
    case ENFILE:
        return "this program may not open more files (see LimitNOFILE, ulimit -n)";
    default:
        return strerror(error);
    }
}

static enum hf_path_failure failure_of(int error) {
    switch (error) {
    case ECONNREFUSED:
        return HF_PATH_REFUSED;
    case ECONNRESET:
    case EPIPE:
        return HF_PATH_CLOSED;
    case ETIMEDOUT:
        return HF_PATH_TIMEOUT;
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case EACCES:
    case EMFILE:
    case ENFILE:
        return HF_PATH_LOCAL_PORT;
    default:
        return HF_PATH_UNREACHABLE;
    }
}

static size_t queued(const struct tcp_connection *c) {
    return c->queue.end - c->queue.start;
}

static void set_state(struct tcp_connection *c, enum tcp_state state) {
    switch (state) {
    case TCP_CONNECTING:
        HF_ASSERT(false);
    case TCP_OPEN:
        HF_ASSERT(c->state == TCP_CONNECTING);
        break;
    case TCP_ENDED:
        HF_ASSERT(c->state == TCP_CONNECTING || c->state == TCP_OPEN);
        break;
    case TCP_CLOSED:
        HF_ASSERT(c->state != TCP_CLOSED);
        break;
    }
    c->state = state;
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* A peer that does not take what we say is not listened to either: what it asks for would only make
 * the queue longer. */
static void watch(struct tcp_connection *c) {
    int events = 0;

    if (c->state == TCP_CONNECTING)
        events = UV_WRITABLE;
    else if (c->state == TCP_OPEN)
        events = (queued(c) > 0 ? UV_WRITABLE : 0) |
                 (queued(c) <= LIMIT_STREAM_HOLD_BYTES ? UV_READABLE : 0);
    if (events == c->events || c->state == TCP_CLOSED)
        return;
    c->events = events;
    if (events)
        (void)uv_poll_start(&c->poll, events, on_poll);
    else
        (void)uv_poll_stop(&c->poll);
}

static void end(struct tcp_connection *c, enum hf_path_failure failure, const char *detail) {
    if (c->state != TCP_CONNECTING && c->state != TCP_OPEN)
        return;
    set_state(c, TCP_ENDED);
    watch(c);
    c->handler.failed(c->user, failure, detail);
}

static void end_by(struct tcp_connection *c, int error) {
    end(c, failure_of(error), tcp_error_text(error));
}

static void set(int fd, int level, int name, int value) {
    (void)setsockopt(fd, level, name, &value, sizeof value);
}

/* While it is being made, what ICMP says ends it at once; later on it may be a passing trouble. */
static void report_icmp(int fd, int family, int on) {
    if (family == AF_INET)
        set(fd, IPPROTO_IP, IP_RECVERR, on);
    else
        set(fd, IPPROTO_IPV6, IPV6_RECVERR, on);
}

static void set_options(int fd) {
    set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set(fd, IPPROTO_TCP, TCP_KEEPIDLE, IDLE_SECONDS);
    set(fd, IPPROTO_TCP, TCP_KEEPINTVL, PROBE_SECONDS);
    set(fd, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS);
}

/* RFC 2474: the code point is the upper six bits. */
static void set_dscp(int fd, int family, uint8_t dscp) {
    if (family == AF_INET)
        set(fd, IPPROTO_IP, IP_TOS, dscp << 2);
    else
        set(fd, IPPROTO_IPV6, IPV6_TCLASS, dscp << 2);
}

static void note_local(struct tcp_connection *c) {
    union socket_address address;
    socklen_t len = sizeof address;

    if (getsockname(c->fd, &address.any, &len) == 0)
        c->local = socket_address_to(&address);
}

static int bind_local(struct tcp_connection *c, const struct hf_address *local) {
    union socket_address address;
    struct hf_address wanted = *local;

    if (wanted.family == HF_FAMILY_NONE)
        wanted.family = c->remote.family;
    socklen_t len = socket_address_from(&address, &wanted);

    /* a port of which only old connections are left (TIME_WAIT), or that goes elsewhere too */
    set(c->fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (wanted.port == 0) /* chosen by the whole of the connection: not 28,000 in all but each */
        set(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
    c->port_asked_for = wanted.port != 0;
    return bind(c->fd, &address.any, len) ? -errno : 0;
}

static int begin(struct tcp_connection *c, const struct tcp_options *options,
                 enum hf_path_failure *ret_failure) {
    union socket_address address;
    socklen_t len = socket_address_from(&address, &options->remote);
    int error = 0;

    *ret_failure = HF_PATH_LOCAL_PORT;
    c->remote = options->remote;
    c->fd =
        len > 0 ? socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
    if (c->fd < 0)
        return len > 0 ? -errno : -EAFNOSUPPORT;
    set_options(c->fd);
    set_dscp(c->fd, address.any.sa_family, options->dscp);
    report_icmp(c->fd, address.any.sa_family, 1);
    if (options->local.family != HF_FAMILY_NONE || options->local.port != 0)
        error = bind_local(c, &options->local);
    if (!error && connect(c->fd, &address.any, len) && errno != EINPROGRESS) {
        error = -errno;
        *ret_failure = failure_of(-error);
    }
    return error;
}

static void release(struct tcp_connection *c) {
    if (c->fd >= 0)
        close(c->fd);
    free(c->queue.bytes);
    free(c);
}

static struct tcp_connection *make(const struct tcp_options *options,
                                   const struct tcp_handler *handler, void *user) {
    struct tcp_connection *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->fd = c->events = -1;
    c->handler = *handler;
    c->user = user;
    c->receive_buffer = options->receive_buffer;
    return c;
}

static int start(uv_loop_t *loop, struct tcp_connection *c, struct tcp_connection **ret) {
    int error = uv_poll_init(loop, &c->poll, c->fd);

    if (error) {
        release(c);
        return error;
    }
    c->poll.data = c;
    watch(c);
    *ret = c;
    return 0;
}

int tcp_connect(uv_loop_t *loop, const struct tcp_options *options,
                const struct tcp_handler *handler, void *user, struct tcp_connection **ret,
                enum hf_path_failure *ret_failure) {
    struct tcp_connection *c = make(options, handler, user);

    *ret_failure = HF_PATH_LOCAL_PORT;
    if (!c)
        return -ENOMEM;
    int error = begin(c, options, ret_failure);

    if (error) {
        release(c);
        return error;
    }
    return start(loop, c, ret);
}

int tcp_adopt(uv_loop_t *loop, int fd, const struct tcp_options *options,
              const struct tcp_handler *handler, void *user, struct tcp_connection **ret) {
    struct tcp_connection *c = make(options, handler, user);
    union socket_address address;
    socklen_t len = sizeof address;

    if (!c) {
        close(fd);
        return -ENOMEM;
    }
    c->fd = fd;
    set_options(fd);
    note_local(c);
    if (getpeername(fd, &address.any, &len) == 0)
        c->remote = socket_address_to(&address);
    set_state(c, TCP_OPEN);
    return start(loop, c, ret);
}

struct hf_address tcp_local(const struct tcp_connection *connection) {
    return connection->local;
}

struct hf_address tcp_remote(const struct tcp_connection *connection) {
    return connection->remote;
}

static bool make_room(struct tcp_connection *c, size_t len) {
    size_t waiting = queued(c);

    if (c->queue.start > 0 && c->queue.capacity - c->queue.end < len) {
        memmove(c->queue.bytes, c->queue.bytes + c->queue.start, waiting);
        c->queue.start = 0;
        c->queue.end = waiting;
    }
    if (c->queue.capacity - c->queue.end >= len)
        return true;
    size_t capacity = (waiting + len) * 2;
    char *bytes = realloc(c->queue.bytes, capacity);

    if (!bytes)
        return false;
    c->queue.bytes = bytes;
    c->queue.capacity = capacity;
    return true;
}

int tcp_send(struct tcp_connection *c, struct hf_slice bytes) {
    if (bytes.len == 0 || c->state == TCP_ENDED)
        return 0;
    if (bytes.len > LIMIT_STREAM_SEND_BYTES - queued(c))
        return -ENOBUFS;
    if (!make_room(c, bytes.len))
        return -ENOMEM;
    memcpy(c->queue.bytes + c->queue.end, bytes.ptr, bytes.len);
    c->queue.end += bytes.len;
    return 0;
}

static void empty(struct tcp_connection *c) {
    c->queue.start = c->queue.end = 0;
    if (c->queue.capacity > QUEUE_KEPT_BYTES) {
        free(c->queue.bytes);
        c->queue.bytes = NULL;
        c->queue.capacity = 0;
    }
}

/* 0, or the error. */
static int write_out(struct tcp_connection *c) {
    while (queued(c) > 0) {
        ssize_t sent =
            send(c->fd, c->queue.bytes + c->queue.start, queued(c), MSG_DONTWAIT | MSG_NOSIGNAL);

        if (sent >= 0)
            c->queue.start += (size_t)sent;
        else if (errno == EAGAIN || errno == ENOBUFS)
            return 0;
        else if (errno != EINTR)
            return errno;
    }
    empty(c);
    return 0;
}

void tcp_flush(struct tcp_connection *c) {
    if (c->state != TCP_OPEN)
        return;
    int error = write_out(c);

    watch(c);
    if (error)
        end_by(c, error);
}

static void receive(struct tcp_connection *c) {
    for (int i = 0; i < READS_PER_WAKE && c->state == TCP_OPEN; i++) {
        ssize_t count = recv(c->fd, c->receive_buffer, TCP_RECEIVE_BYTES, MSG_DONTWAIT);

        if (count > 0)
            c->handler.received(c->user, slice_of(c->receive_buffer, (size_t)count));
        else if (count == 0)
            end(c, HF_PATH_CLOSED, "the peer has closed the connection");
        else if (errno == EAGAIN)
            return;
        else if (errno != EINTR)
            end_by(c, errno);
        if (count < TCP_RECEIVE_BYTES)
            return;
    }
}

static void finish_connecting(struct tcp_connection *c) {
    int error = 0;
    socklen_t len = sizeof error;

    (void)getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &len);
    if (error) {
        end_by(c, error);
        return;
    }
    report_icmp(c->fd, c->remote.family == HF_FAMILY_IPV4 ? AF_INET : AF_INET6, 0);
    note_local(c);
    set_state(c, TCP_OPEN);
    c->handler.opened(c->user);
}

/* An error is found by what is then tried: uv says no more than that there is one. The connection
 * stays in memory until the loop's next turn, whoever closes it meanwhile. */
static void on_poll(uv_poll_t *poll, int status, int events) {
    struct tcp_connection *c = poll->data;

    if (status < 0)
        c->events = 0; /* uv has stopped watching */
    if (c->state == TCP_CONNECTING) {
        finish_connecting(c);
    } else {
        if (status < 0 || events & UV_WRITABLE)
            tcp_flush(c);
        if (status < 0 || events & UV_READABLE)
            receive(c);
    }
    watch(c);
}

static void on_closed(uv_handle_t *handle) {
    struct tcp_connection *c = handle->data;

    free(c->queue.bytes);
    free(c);
}

void tcp_close(struct tcp_connection *c) {
    static const struct linger none = {.l_onoff = 1};

    if (!c)
        return;
    if (c->state == TCP_OPEN)
        (void)write_out(c);
    /* a port that was asked for must be good for the next connection to the same peer, which is not
     * to wait for the end of TIME_WAIT */
    if (c->state == TCP_OPEN && c->port_asked_for)
        (void)setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    set_state(c, TCP_CLOSED);
    uv_close((uv_handle_t *)&c->poll, on_closed);
    close(c->fd);
    c->fd = -1;
}
