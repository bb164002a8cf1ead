/* A UDP server of a test, on a loopback address of its own. */
#ifndef TESTS_NET_UDP_SERVER_H
#define TESTS_NET_UDP_SERVER_H

#include <stdio.h>

#include "net/udp.h"

static inline void udp_server_ignore(void *user, const struct hf_address *peer,
                                     enum hf_path_failure failure, const char *detail) {
    (void)user;
    (void)peer;
    (void)failure;
    (void)detail;
}

/* Opens it at 127.`net`.0.53, at any port, and writes "address:port" to `text`. */
static inline struct udp_socket *
udp_server_open(uv_loop_t *loop, uint8_t net,
                void (*serve)(void *user, const struct udp_packet *packets, size_t count),
                char *text, size_t size) {
    const struct udp_handler handler = {serve, udp_server_ignore};
    const struct udp_options options = {
        .local = {.family = HF_FAMILY_IPV4, .ip = {127, net, 0, 53}}};
    struct udp_socket *server;

    assert_int_equal(udp_open(loop, &options, &handler, NULL, &server), 0);
    snprintf(text, size, "127.%u.0.53:%u", net, udp_local(server).port);
    return server;
}

#endif
