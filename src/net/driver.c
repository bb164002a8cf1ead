#include "net/driver.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "net/clock.h"
#include "net/gathering.h"
#include "net/network_watch.h"
#include "net/paths.h"
#include "net/resolver.h"
#include "net/stream_paths.h"
#include "net/taken_ports.h"

static const hf_time wait_max = 10 * HF_SECOND;

struct net_driver {
    struct hf_agent *agent;
    struct net_options options;
    struct net_paths paths;
    struct stream_paths streams;
    struct resolver *resolver;
    struct network_watch *watch; /* or NULL */
    struct taken_ports taken;    /* of UDP */
    struct gathering gathering;
    uv_timer_t deadline;
    hf_time armed_at;     /* the deadline that it runs for; HF_NEVER: it does not run */
    uv_prepare_t prepare; /* runs once in each turn of the loop, before it waits */
    bool dirty;           /* the agent was called since the last pump */
    unsigned closing;     /* handles not yet closed */
    void (*closed)(void *user);
    void *closed_user;
};

static void trace(const struct net_driver *driver, bool sent, const struct hf_address *peer,
                  struct hf_slice bytes) {
    if (driver->options.on_message)
        driver->options.on_message(driver->options.user, sent, peer, bytes.ptr, bytes.len);
}

static void on_received(void *user, const struct udp_packet *packets, size_t count) {
    struct net_socket *socket = user;
    struct net_driver *driver = net_socket_owner(socket);
    hf_time now = net_now();

    gathering_note(&driver->gathering, count);
    for (size_t i = 0; i < count; i++) {
        const struct net_path *path = net_path_to_peer(&driver->paths, socket, &packets[i].from);

        if (!path)
            path = net_path_any(socket);
        if (!path)
            continue;
        trace(driver, false, &packets[i].from, packets[i].bytes);
        (void)hf_agent_receive(driver->agent, path->id, &packets[i].from, packets[i].bytes.ptr,
                               packets[i].bytes.len, now);
    }
    driver->dirty = true;
}

static void on_failed(void *user, const struct hf_address *peer, enum hf_path_failure failure,
                      const char *detail) {
    struct net_socket *socket = user;
    struct net_driver *driver = net_socket_owner(socket);
    struct net_path *path = net_path_to_peer(&driver->paths, socket, peer);

    if (!path)
        return;
    hf_path_id id = path->id;

    net_path_close(&driver->paths, path);
    (void)hf_agent_path_failed(driver->agent, id, failure, detail, net_now());
    driver->dirty = true;
}

static void on_answered(void *user, hf_query_id query, const struct hf_dns_answer *answer) {
    struct net_driver *driver = user;

    (void)hf_agent_resolved(driver->agent, query, answer, net_now());
    driver->dirty = true;
}

static void on_stream_opened(void *user, hf_path_id path, const struct hf_address *local) {
    struct net_driver *driver = user;

    (void)hf_agent_path_opened(driver->agent, path, local, net_now());
    driver->dirty = true;
}

static void on_stream_received(void *user, hf_path_id path, const struct hf_address *from,
                               struct hf_slice bytes) {
    struct net_driver *driver = user;

    trace(driver, false, from, bytes);
    (void)hf_agent_receive(driver->agent, path, from, bytes.ptr, bytes.len, net_now());
    driver->dirty = true;
}

static void on_stream_failed(void *user, hf_path_id path, enum hf_path_failure failure,
                             const char *detail) {
    struct net_driver *driver = user;

    (void)hf_agent_path_failed(driver->agent, path, failure, detail, net_now());
    driver->dirty = true;
}

static void warn(void *user, const char *text) {
    struct net_driver *driver = user;

    if (driver->options.on_warning)
        driver->options.on_warning(driver->options.user, text);
}

static void warn_if_taken(struct net_driver *driver, const struct hf_output_open *open,
                          const struct net_path *path) {
    const uint16_t port = path->local.port;
    char text[TAKEN_PORT_TEXT_MAX];

    if (open->or_any_port && port != open->local.port &&
        taken_port_note(&driver->taken, "UDP", open->local.port, port, text, sizeof text))
        warn(driver, text);
}

static void on_address_lost(void *user, hf_path_id path, const char *detail) {
    struct net_driver *driver = user;

    (void)hf_agent_path_failed(driver->agent, path, HF_PATH_LOCAL_ADDRESS, detail, net_now());
}

static void on_network_changed(void *user) {
    struct net_driver *driver = user;

    net_paths_drop_lost(&driver->paths, on_address_lost, driver);
    stream_paths_drop_lost(&driver->streams);
    hf_agent_network_changed(driver->agent, net_now());
    driver->dirty = true;
}

static void open_udp_path(struct net_driver *driver, const struct hf_output_open *open) {
    char detail[160];
    struct net_path *path;
    enum hf_path_failure failure;

    if (net_path_open(&driver->paths, open, &path, &failure, detail, sizeof detail))
        (void)hf_agent_path_failed(driver->agent, open->path, failure, detail, net_now());
    else {
        warn_if_taken(driver, open, path);
        (void)hf_agent_path_opened(driver->agent, open->path, &path->local, net_now());
    }
}

static bool may_take(const struct net_driver *driver, uint16_t port) {
    const struct net_ports *ports = &driver->options.ports;

    return !ports->may_take || ports->may_take(ports->user, port);
}

static void open_path(struct net_driver *driver, const struct hf_output_open *wanted) {
    struct hf_output_open open = *wanted;

    if (open.or_any_port && !may_take(driver, open.local.port)) {
        open.or_any_port = false;
        open.local.port = 0;
    }
    if (open.transport == HF_TRANSPORT_UDP)
        open_udp_path(driver, &open);
    else
        stream_paths_open(&driver->streams, &open, net_now());
}

static void close_path(struct net_driver *driver, hf_path_id id) {
    struct net_path *path = net_path_find(&driver->paths, id);
    struct stream_path *stream = path ? NULL : stream_path_find(&driver->streams, id);

    if (path)
        net_path_close(&driver->paths, path);
    else if (stream)
        stream_path_close(&driver->streams, stream);
}

static void send_message(struct net_driver *driver, const struct hf_output_send *send) {
    struct net_path *path = net_path_find(&driver->paths, send->path);
    struct stream_path *stream = path ? NULL : stream_path_find(&driver->streams, send->path);

    if (path) {
        trace(driver, true, &send->to, send->bytes);
        net_path_send(path, &send->to, send->bytes);
    } else if (stream) {
        trace(driver, true, stream_path_remote(stream), send->bytes);
        stream_path_send(&driver->streams, stream, send->bytes);
    }
}

static void act(struct net_driver *driver, const struct hf_output *output) {
    switch (output->kind) {
    case HF_OUTPUT_SEND:
        send_message(driver, &output->send);
        break;
    case HF_OUTPUT_OPEN:
        open_path(driver, &output->open);
        break;
    case HF_OUTPUT_CLOSE:
        close_path(driver, output->close);
        break;
    case HF_OUTPUT_RESOLVE:
        resolver_ask(driver->resolver, output->resolve.query, output->resolve.type,
                     output->resolve.name);
        break;
    case HF_OUTPUT_EVENT:
        driver->options.on_event(driver->options.user, &output->event);
        break;
    }
}

/* The loop runs timers before it looks at sockets. When this process had to wait for a processor,
 * or was stopped, that would take peers for silent whose answers have been here for long. */
static const hf_time held_up = 50 * HF_MILLISECOND;

static void on_deadline(uv_timer_t *timer) {
    struct net_driver *driver = timer->data;

    const hf_time due = hf_agent_deadline(driver->agent), now = net_now();

    driver->armed_at = HF_NEVER;
    network_watch_look(driver->watch);
    if (due < now && now - due >= held_up)
        net_paths_receive(&driver->paths);
    hf_agent_expire(driver->agent, net_now());
    driver->dirty = true; /* also when nothing was due: it is armed anew */
}

/* uv's timers count whole milliseconds from the loop's idea of now, and stand still while the
 * machine sleeps, which the agent's time does not: so never more than wait_max at once. */
static void arm(struct net_driver *driver) {
    const hf_time at = hf_agent_deadline(driver->agent);

    if (at == driver->armed_at)
        return; /* as most packets leave it */
    driver->armed_at = at;
    if (at == HF_NEVER) {
        (void)uv_timer_stop(&driver->deadline);
        return;
    }
    const hf_time now = net_now(), left = at > now ? at - now : 0;
    uint64_t wait =
        left < wait_max ? (left + HF_MILLISECOND - 1) / HF_MILLISECOND : wait_max / HF_MILLISECOND;

    uv_update_time(driver->deadline.loop);
    (void)uv_timer_start(&driver->deadline, on_deadline, wait, 0);
}

void net_driver_pump(struct net_driver *driver) {
    struct hf_output output;

    do {
        driver->dirty = false;
        while (hf_agent_next_output(driver->agent, &output))
            act(driver, &output);
        net_paths_flush(&driver->paths);
        stream_paths_flush(&driver->streams);
    } while (driver->dirty); /* a send can fail at once, which the agent is told */
    arm(driver);
}

static void on_prepare(uv_prepare_t *prepare) {
    struct net_driver *driver = prepare->data;

    if (!driver->dirty)
        return;
    net_driver_pump(driver);
    hf_time span = gathering_end_turn(&driver->gathering, net_now());

    if (span > 0)
        net_rest(span);
}

int net_driver_create(uv_loop_t *loop, struct hf_agent *agent, const struct net_options *options,
                      struct net_driver **ret, const char **ret_error) {
    static const struct udp_handler handler = {.received = on_received, .failed = on_failed};
    static const struct stream_paths_handler stream_handler = {.opened = on_stream_opened,
                                                               .received = on_stream_received,
                                                               .failed = on_stream_failed,
                                                               .warn = warn};
    struct net_driver *driver = calloc(1, sizeof *driver);

    HF_ASSERT(options->on_event);
    *ret_error = "out of memory";
    if (!driver)
        return -ENOMEM;
    driver->agent = agent;
    driver->options = *options;
    if (resolver_create(loop, options->dns_server, options->dns_timeout, on_answered, driver,
                        &driver->resolver, ret_error)) {
        free(driver);
        return -EINVAL;
    }
    if (stream_paths_init(&driver->streams, loop, &stream_handler, driver)) {
        resolver_close(driver->resolver);
        free(driver);
        return -ENOMEM;
    }
    net_paths_init(&driver->paths, loop, &handler, driver);
    driver->paths.ports = options->ports;
    driver->watch = network_watch_create(loop, on_network_changed, driver);
    (void)uv_timer_init(loop, &driver->deadline);
    (void)uv_prepare_init(loop, &driver->prepare);
    driver->deadline.data = driver->prepare.data = driver;
    (void)uv_prepare_start(&driver->prepare, on_prepare);
    driver->armed_at = HF_NEVER;
    driver->dirty = true;
    *ret = driver;
    return 0;
}

static void on_handle_closed(uv_handle_t *handle) {
    struct net_driver *driver = handle->data;

    if (--driver->closing > 0)
        return;
    if (driver->closed)
        driver->closed(driver->closed_user);
    free(driver);
}

void net_driver_close(struct net_driver *driver, void (*closed)(void *user), void *user) {
    driver->closed = closed;
    driver->closed_user = user;
    driver->closing = 2;
    net_paths_release(&driver->paths);
    stream_paths_release(&driver->streams);
    resolver_close(driver->resolver);
    network_watch_close(driver->watch);
    uv_close((uv_handle_t *)&driver->deadline, on_handle_closed);
    uv_close((uv_handle_t *)&driver->prepare, on_handle_closed);
}
