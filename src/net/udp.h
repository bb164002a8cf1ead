/* UDP sockets on a uv loop, moved in batches (recvmmsg, sendmmsg). ICMP errors are reported with
 * the peer they concern. */
#ifndef NET_UDP_H
#define NET_UDP_H

#include <uv.h>

#include "base/limits.h"
#include "base/slice.h"
#include "holdfast/agent.h"

struct udp_socket;

struct udp_packet {
    struct hf_address from;
    struct hf_slice bytes;
};

/* Who is told. `user` is what was given to udp_open. Nothing of the socket may be closed from
 * within. */
struct udp_handler {
    /* A batch came in; the bytes are good until the function returns. */
    void (*received)(void *user, const struct udp_packet *packets, size_t count);
    /* A packet to this peer could not be delivered, as ICMP or the system says. */
    void (*failed)(void *user, const struct hf_address *peer, enum hf_path_failure failure,
                   const char *detail);
};

/* Datagrams of a batch lie so far apart, which is no power of two: what begins at the same place of
 * each would share a few sets of the processor's caches, and be gone before it is read. */
enum {
    UDP_RECEIVE_BATCH = 64,
    UDP_RECEIVE_STRIDE = LIMIT_MESSAGE_BYTES + 1 + 17 * 64,
    UDP_RECEIVE_BYTES = UDP_RECEIVE_BATCH * UDP_RECEIVE_STRIDE
};

struct udp_options {
    struct hf_address local; /* family must be set; all-zero ip = any, port 0 = any */
    /* UDP_RECEIVE_BYTES to receive in, the caller's; all sockets of a loop may have the same, so
     * that ten thousand of them do not each keep what one burst needed. NULL: one of its own. */
    char *receive_buffer;
    uint8_t dscp;
    int buffer_bytes; /* wanted for both directions; 0 = 4 MiB */
};

/* 0, or a negative errno (EADDRINUSE, EACCES, EADDRNOTAVAIL, ...). */
int udp_open(uv_loop_t *loop, const struct udp_options *options, const struct udp_handler *handler,
             void *user, struct udp_socket **ret);

/* Stops and frees it; what is queued and not sent is dropped. NULL is ignored. */
void udp_close(struct udp_socket *socket);

/* The address and port it is bound to; the ip may be the any-address. */
struct hf_address udp_local(const struct udp_socket *socket);

/* Queues a packet (copied). `source` says from which of the machine's addresses; NULL leaves that
 * to the system. A full queue drops it, as a network may. */
void udp_send(struct udp_socket *socket, const struct hf_address *to,
              const struct hf_address *source, struct hf_slice bytes);

/* Hands what is queued to the system. */
void udp_flush(struct udp_socket *socket);

/* Hands over what has come already, without waiting for the loop to notice. Not from within a
 * handler. */
void udp_receive(struct udp_socket *socket);

/* The address from which the system would send to this peer. Negative errno. */
int udp_source_for(const struct hf_address *peer, struct hf_address *ret);

#endif
