#include "daemon/registrar_host.h"

#include <errno.h>
#include <stdlib.h>

#include "daemon/registrar_streams.h"
#include "net/clock.h"
#include "net/udp.h"

/* There is one socket; the connections follow. */
enum { UDP_PATH = 1, FIRST_STREAM_PATH };

struct registrar_host {
    struct registrar *registrar;
    struct udp_socket *socket;
    struct registrar_streams *streams; /* NULL: none */
    struct registrar_streams_limits limits;
    struct outbox outbox;
    uv_timer_t timer; /* bindings end */
};

static void on_timer(uv_timer_t *timer);

static void restart_timer(struct registrar_host *host) {
    hf_time deadline = registrar_deadline(host->registrar);
    hf_time now = net_now();

    if (deadline == HF_NEVER)
        uv_timer_stop(&host->timer);
    else
        uv_timer_start(&host->timer, on_timer,
                       deadline > now ? (deadline - now) / HF_MILLISECOND + 1 : 0, 0);
}

static void on_timer(uv_timer_t *timer) {
    struct registrar_host *host = timer->data;

    registrar_expire(host->registrar, net_now());
    restart_timer(host);
}

static void send_answers(struct registrar_host *host) {
    struct hf_output output;

    while (outbox_next(&host->outbox, &output)) {
        if (output.send.path == UDP_PATH)
            udp_send(host->socket, &output.send.to, NULL, output.send.bytes);
        else
            registrar_streams_send(host->streams, output.send.path, output.send.bytes);
    }
    udp_flush(host->socket);
    restart_timer(host);
}

static void on_received(void *user, const struct udp_packet *packets, size_t count) {
    struct registrar_host *host = user;
    hf_time now = net_now();

    for (size_t i = 0; i < count; i++)
        registrar_receive(host->registrar, UDP_PATH, &packets[i].from, false, packets[i].bytes,
                          &host->outbox, now);
    send_answers(host);
}

static void on_message(void *user, hf_path_id path, const struct hf_address *from,
                       struct hf_slice message) {
    struct registrar_host *host = user;

    registrar_receive(host->registrar, path, from, true, message, &host->outbox, net_now());
    send_answers(host);
}

/* Clients come and go: an answer that nobody takes is no trouble of ours. */
static void on_failed(void *user, const struct hf_address *peer, enum hf_path_failure failure,
                      const char *detail) {
    (void)user;
    (void)peer;
    (void)failure;
    (void)detail;
}

int registrar_host_open(uv_loop_t *loop, const struct hf_address *local,
                        const struct registrar_options *options, struct registrar_host **ret) {
    static const struct udp_handler handler = {on_received, on_failed};
    struct udp_options udp = {.local = *local};
    struct registrar_host *host = calloc(1, sizeof(*host));
    int result;

    if (!host || registrar_create(options, &host->registrar, net_now()) != 0) {
        free(host);
        return -ENOMEM;
    }
    result = udp_open(loop, &udp, &handler, host, &host->socket);
    if (result != 0) {
        registrar_free(host->registrar);
        free(host);
        return result;
    }
    host->limits = registrar_streams_limits_for(options->expires_max);
    outbox_init(&host->outbox);
    uv_timer_init(loop, &host->timer);
    host->timer.data = host;
    *ret = host;
    return 0;
}

static int listen_at(struct registrar_host *host, unsigned above, SSL_CTX *context) {
    struct hf_address local = udp_local(host->socket);
    int error = 0;

    local.port = (uint16_t)(local.port + above);
    if (!host->streams)
        error = registrar_streams_create(host->timer.loop, FIRST_STREAM_PATH, &host->limits,
                                         on_message, host, &host->streams);
    return error ? error : registrar_streams_listen(host->streams, &local, context);
}

int registrar_host_open_tcp(struct registrar_host *host) {
    return listen_at(host, 0, NULL);
}

int registrar_host_open_tls(struct registrar_host *host, SSL_CTX *context) {
    return listen_at(host, 1, context);
}

struct registrar *registrar_host_registrar(const struct registrar_host *host) {
    return host->registrar;
}

struct hf_address registrar_host_local(const struct registrar_host *host) {
    return udp_local(host->socket);
}

static void on_closed(uv_handle_t *timer) {
    free(timer->data);
}

void registrar_host_close(struct registrar_host *host) {
    if (!host)
        return;
    udp_close(host->socket);
    registrar_streams_free(host->streams);
    registrar_free(host->registrar);
    outbox_release(&host->outbox);
    uv_close((uv_handle_t *)&host->timer, on_closed);
}
