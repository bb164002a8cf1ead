#include "net/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/socket_address.h"

enum { ACCEPTS_PER_WAKE = 32, BACKLOG = 4096 };

struct listener {
    uv_poll_t poll;
    int fd;
    struct hf_address local;
    listener_accepted *accepted;
    void *user;
};

static int open_socket(struct listener *listener, const struct hf_address *local) {
    union socket_address address;
    socklen_t len = socket_address_from(&address, local);
    int on = 1;

    listener->fd =
        len > 0 ? socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0) : -1;
    if (listener->fd < 0)
        return len > 0 ? -errno : -EAFNOSUPPORT;
    (void)setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (address.any.sa_family == AF_INET6)
        (void)setsockopt(listener->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (bind(listener->fd, &address.any, len) || listen(listener->fd, BACKLOG))
        return -errno;
    len = sizeof address;
    if (getsockname(listener->fd, &address.any, &len))
        return -errno;
    listener->local = socket_address_to(&address);
    return 0;
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct listener *listener = poll->data;

    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_WAKE; i++) {
        int fd = accept4(listener->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0)
            listener->accepted(listener->user, fd);
        else if (errno != EINTR && errno != ECONNABORTED)
            return;
    }
}

int listener_open(uv_loop_t *loop, const struct hf_address *local, listener_accepted *accepted,
                  void *user, struct listener **ret) {
    struct listener *listener = calloc(1, sizeof *listener);

    if (!listener)
        return -ENOMEM;
    listener->fd = -1;
    listener->accepted = accepted;
    listener->user = user;
    int error = open_socket(listener, local);

    if (!error)
        error = uv_poll_init(loop, &listener->poll, listener->fd);
    if (error) {
        if (listener->fd >= 0)
            close(listener->fd);
        free(listener);
        return error;
    }
    listener->poll.data = listener;
    (void)uv_poll_start(&listener->poll, UV_READABLE, on_poll);
    *ret = listener;
    return 0;
}

struct hf_address listener_local(const struct listener *listener) {
    return listener->local;
}

static void on_closed(uv_handle_t *handle) {
    free(handle->data);
}

void listener_close(struct listener *listener) {
    if (!listener)
        return;
    uv_close((uv_handle_t *)&listener->poll, on_closed);
    close(listener->fd);
}
