#include "net/udp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/socket_address.h"
#include "net/udp_queue.h"

enum {
    BATCH = UDP_RECEIVE_BATCH,
    BATCHES_PER_WAKE = 8, /* so that timers get their turn under a flood */
    BUFFER_DEFAULT = 4 << 20,
    PACKET_MAX = LIMIT_MESSAGE_BYTES + 1,
    SEND_TRIES = 16,
};

struct udp_socket {
    uv_poll_t poll;
    int fd;
    int family;
    bool wants_writable;
    int watched; /* what uv watches it for; 0: nothing */
    struct udp_handler handler;
    void *user;
    struct hf_address local;
    struct udp_queue queue;
    char *receive_buffer; /* the caller's, or own_buffer */
    char *own_buffer;
};

static void set_buffers(int fd, int bytes) {
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes))
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes))
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

/* RFC 2474: the code point is the upper six bits. */
static void set_options(int fd, int family, const struct udp_options *options) {
    int on = 1;
    int tos = options->dscp << 2;

    if (family == AF_INET) {
        (void)setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
        (void)setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof tos);
    } else {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof tos);
    }
    set_buffers(fd, options->buffer_bytes > 0 ? options->buffer_bytes : BUFFER_DEFAULT);
}

static int bind_socket(struct udp_socket *s, const struct udp_options *options) {
    union socket_address address;
    socklen_t len = socket_address_from(&address, &options->local);

    if (len == 0)
        return -EAFNOSUPPORT;
    s->family = address.any.sa_family;
    s->fd = socket(s->family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s->fd < 0)
        return -errno;
    set_options(s->fd, s->family, options);
    if (bind(s->fd, &address.any, len))
        return -errno;
    len = sizeof address;
    if (getsockname(s->fd, &address.any, &len))
        return -errno;
    s->local = socket_address_to(&address);
    return 0;
}

static void on_closed(uv_handle_t *handle) {
    struct udp_socket *s = handle->data;

    udp_queue_release(&s->queue);
    free(s->own_buffer);
    free(s);
}

void udp_close(struct udp_socket *s) {
    if (!s)
        return;
    uv_close((uv_handle_t *)&s->poll, on_closed);
    close(s->fd); /* at once: its port may be wanted again before the loop's next turn */
}

struct hf_address udp_local(const struct udp_socket *s) {
    return s->local;
}

/* True when there may be more. */
static bool receive(struct udp_socket *s) {
    struct mmsghdr headers[BATCH];
    struct iovec parts[BATCH];
    union socket_address from[BATCH];
    struct udp_packet packets[BATCH];

    for (int round = 0; round < BATCHES_PER_WAKE; round++) {
        for (size_t i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){s->receive_buffer + i * UDP_RECEIVE_STRIDE, PACKET_MAX};
            headers[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &from[i],
                                                      .msg_namelen = sizeof from[i],
                                                      .msg_iov = &parts[i],
                                                      .msg_iovlen = 1}};
        }
        int count = recvmmsg(s->fd, headers, BATCH, MSG_DONTWAIT, NULL);

        if (count <= 0)
            return false;
        for (int i = 0; i < count; i++)
            packets[i] =
                (struct udp_packet){.from = socket_address_to(&from[i]),
                                    .bytes = slice_of(parts[i].iov_base, headers[i].msg_len)};
        s->handler.received(s->user, packets, (size_t)count);
        if (count < BATCH)
            return false;
    }
    return true;
}

void udp_receive(struct udp_socket *s) {
    while (receive(s))
        continue;
}

static enum hf_path_failure failure_of(int error) {
    return error == ECONNREFUSED ? HF_PATH_REFUSED : HF_PATH_UNREACHABLE;
}

static const struct sock_extended_err *extended_error(struct msghdr *header) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if ((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
            (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR))
            return (const struct sock_extended_err *)(const void *)CMSG_DATA(c);
    }
    return NULL;
}

/* Errors of the network that say that a peer cannot be reached; not "too big", after which the
 * system itself sends smaller pieces. */
static bool concerns_peer(uint32_t error) {
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH ||
           error == EHOSTDOWN || error == ENOPROTOOPT || error == EACCES;
}

/* Errors that the network reported; msg_name is where the packet was sent to. */
static void drain_errors(struct udp_socket *s) {
    for (int i = 0; i < BATCH; i++) {
        char control[512], byte;
        union socket_address to;
        struct iovec part = {&byte, 1};
        struct msghdr header = {.msg_name = &to,
                                .msg_namelen = sizeof to,
                                .msg_iov = &part,
                                .msg_iovlen = 1,
                                .msg_control = control,
                                .msg_controllen = sizeof control};

        if (recvmsg(s->fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return;
        const struct sock_extended_err *error = extended_error(&header);

        if (!error || !concerns_peer(error->ee_errno))
            continue;
        const struct hf_address peer = socket_address_to(&to);

        s->handler.failed(s->user, &peer, failure_of((int)error->ee_errno),
                          error->ee_errno == ECONNREFUSED ? "nobody listens at its port"
                                                          : strerror((int)error->ee_errno));
    }
}

static void watch(struct udp_socket *s);

/* uv stops watching a descriptor whose error queue is not empty, and says so with a status. */
static void on_poll(uv_poll_t *poll, int status, int events) {
    struct udp_socket *s = poll->data;

    if (status != 0) {
        s->watched = 0;
        drain_errors(s);
    } else if (events & UV_WRITABLE) {
        udp_flush(s);
    }
    (void)receive(s);
    watch(s);
}

static void watch(struct udp_socket *s) {
    int events = UV_READABLE | (s->wants_writable ? UV_WRITABLE : 0);

    if (events != s->watched && uv_poll_start(&s->poll, events, on_poll) == 0)
        s->watched = events; /* to say it again would cost two calls of the system */
}

int udp_open(uv_loop_t *loop, const struct udp_options *options, const struct udp_handler *handler,
             void *user, struct udp_socket **ret) {
    struct udp_socket *s = calloc(1, sizeof *s);
    int error;

    if (!s)
        return -ENOMEM;
    s->fd = -1;
    s->handler = *handler;
    s->user = user;
    udp_queue_init(&s->queue);
    if (!options->receive_buffer)
        s->own_buffer = malloc(UDP_RECEIVE_BYTES); /* only touched pages cost memory */
    s->receive_buffer = s->own_buffer ? s->own_buffer : options->receive_buffer;
    error = s->receive_buffer ? bind_socket(s, options) : -ENOMEM;
    if (!error)
        error = uv_poll_init(loop, &s->poll, s->fd);
    if (error) {
        if (s->fd >= 0)
            close(s->fd);
        free(s->own_buffer);
        free(s);
        return error;
    }
    s->poll.data = s;
    watch(s);
    *ret = s;
    return 0;
}

void udp_send(struct udp_socket *s, const struct hf_address *to, const struct hf_address *source,
              struct hf_slice bytes) {
    /* copied first: a flush may tell the owner of a failure, who then frees what he handed in */
    udp_queue_put(&s->queue, to, source, bytes);
    if (udp_queue_count(&s->queue) >= BATCH && !s->wants_writable)
        udp_flush(s);
}

static const char *refusal_text(int error) {
    switch (error) {
    case EPERM:
        return "a firewall on this machine forbids sending to it";
    case ENETUNREACH:
        return "this machine has no route to it";
    case EMSGSIZE:
        return "the message is too long for a datagram";
    case EINVAL:
    case EADDRNOTAVAIL:
        return "this machine cannot send there, or has lost the address that it sent from";
    default:
        return strerror(error);
    }
}

/* The first packet of the batch was refused. */
static void give_up_first(struct udp_socket *s, int error) {
    const struct hf_address to = udp_queue_first_peer(&s->queue);

    udp_queue_drop(&s->queue, 1);
    s->handler.failed(s->user, &to, failure_of(error), refusal_text(error));
}

/* An error that ICMP reported for an earlier packet is handed out once by the next send, whomever
 * that is to; whose it really is, drain_errors tells. So what is refused twice is at fault; but
 * while a farm of servers goes down errors come in faster than that, and a socket without a peer
 * is never itself refused a connection: then it is tried some more. */
static bool is_at_fault(unsigned refusals, int error) {
    return refusals >= (error == ECONNREFUSED ? SEND_TRIES : 2);
}

void udp_flush(struct udp_socket *s) {
    unsigned refusals = 0;

    s->wants_writable = false;
    while (udp_queue_count(&s->queue) > 0) {
        struct udp_batch batch;
        unsigned count = udp_queue_batch(&s->queue, &batch);
        int sent = sendmmsg(s->fd, batch.headers, count, MSG_DONTWAIT);

        if (sent > 0) {
            udp_queue_drop(&s->queue, (unsigned)sent);
            refusals = 0;
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            s->wants_writable = true;
            watch(s);
            return;
        } else if (errno != EINTR) {
            int error = errno;

            if (is_at_fault(++refusals, error)) {
                give_up_first(s, error);
                refusals = 0;
            }
        }
    }
}

int udp_source_for(const struct hf_address *peer, struct hf_address *ret) {
    union socket_address address;
    socklen_t len = socket_address_from(&address, peer);
    int error = 0;
    int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (connect(fd, &address.any, len))
        error = -errno;
    len = sizeof address;
    if (!error && getsockname(fd, &address.any, &len))
        error = -errno;
    close(fd);
    if (!error) {
        *ret = socket_address_to(&address);
        ret->port = 0;
    }
    return error;
}
