#include "net/network_watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/clock.h"
#include "net/network_state.h"

enum {
    QUIET_MS = 300,
    LATEST_MS = 2000, /* a link that flaps for ever is not waited for */
};

/* Less is no suspend but the two clocks read one after the other. */
static const hf_time suspend_min = HF_SECOND;

struct network_watch {
    uv_poll_t poll;
    uv_timer_t timer;
    int fd;
    unsigned open; /* handles */
    uint64_t first_ms;
    uint64_t state; /* see network_state_of() */
    bool moved;     /* whatever the addresses say */
    hf_time asleep; /* how long the machine was, ever, when last looked */
    void (*changed)(void *user);
    void *user;
};

/* uv's clock stands still meanwhile. It is read first, or the difference might be below zero. */
static hf_time time_asleep(void) {
    const hf_time awake = (hf_time)(uv_hrtime() / 1000);

    return net_now() - awake;
}

static void on_quiet(uv_timer_t *timer) {
    struct network_watch *watch = timer->data;
    const uint64_t state = network_state_now(watch->state);
    const bool changed = watch->moved || state != watch->state;

    watch->state = state;
    watch->moved = false;
    if (changed)
        watch->changed(watch->user);
}

/* Many things change at once: an address comes with its routes. */
static void note_change(struct network_watch *watch) {
    uv_update_time(watch->timer.loop);
    uint64_t now = uv_now(watch->timer.loop), wait = QUIET_MS;

    if (!uv_is_active((uv_handle_t *)&watch->timer))
        watch->first_ms = now;
    else if (now + wait > watch->first_ms + LATEST_MS)
        wait = watch->first_ms + LATEST_MS > now ? watch->first_ms + LATEST_MS - now : 0;
    (void)uv_timer_start(&watch->timer, on_quiet, wait, 0);
}

static bool some_message_matters(const char *bytes, size_t len) {
    const struct nlmsghdr *message = (const struct nlmsghdr *)(const void *)bytes;

    for (; NLMSG_OK(message, len); message = NLMSG_NEXT(message, len))
        if (network_message_matters(message))
            return true;
    return false;
}

/* Addresses and links are looked at afterwards, as they then are. A queue that ran over (ENOBUFS)
 * may have lost anything. */
static void on_netlink(uv_poll_t *poll, int status, int events) {
    struct network_watch *watch = poll->data;
    _Alignas(struct nlmsghdr) char buffer[16384];
    bool some = status < 0;

    (void)events;
    for (unsigned i = 0; i < 64; i++) {
        ssize_t got = recv(watch->fd, buffer, sizeof buffer, MSG_DONTWAIT);

        if (got < 0 && errno != ENOBUFS && errno != EINTR)
            break;
        some = true;
        if (got < 0 ? errno == ENOBUFS : some_message_matters(buffer, (size_t)got))
            watch->moved = true;
    }
    if (some)
        note_change(watch);
}

static int open_netlink(void) {
    struct sockaddr_nl address = {.nl_family = AF_NETLINK,
                                  .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR |
                                               RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR |
                                               RTMGRP_IPV6_ROUTE};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return -1;
    }
    return fd;
}

struct network_watch *network_watch_create(uv_loop_t *loop, void (*changed)(void *user),
                                           void *user) {
    struct network_watch *watch = calloc(1, sizeof *watch);

    if (!watch)
        return NULL;
    watch->changed = changed;
    watch->user = user;
    watch->asleep = time_asleep();
    watch->state = network_state_now(0);
    watch->fd = open_netlink();
    if (watch->fd < 0 || uv_poll_init(loop, &watch->poll, watch->fd)) {
        if (watch->fd >= 0)
            close(watch->fd);
        free(watch);
        return NULL;
    }
    (void)uv_timer_init(loop, &watch->timer);
    watch->poll.data = watch->timer.data = watch;
    watch->open = 2;
    (void)uv_poll_start(&watch->poll, UV_READABLE, on_netlink);
    return watch;
}

void network_watch_look(struct network_watch *watch) {
    if (!watch)
        return;
    hf_time asleep = time_asleep();

    if (asleep >= watch->asleep + suspend_min) {
        watch->moved = true;

        note_change(watch);
    }
    watch->asleep = asleep;
}

static void on_closed(uv_handle_t *handle) {
    struct network_watch *watch = handle->data;

    if (--watch->open > 0)
        return;
    close(watch->fd);
    free(watch);
}

void network_watch_close(struct network_watch *watch) {
    if (!watch)
        return;
    uv_close((uv_handle_t *)&watch->poll, on_closed);
    uv_close((uv_handle_t *)&watch->timer, on_closed);
}
