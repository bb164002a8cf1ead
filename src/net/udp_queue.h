/* Packets waiting to be sent on one socket. */
#ifndef NET_UDP_QUEUE_H
#define NET_UDP_QUEUE_H

#include "base/slice.h"
#include "net/socket_address.h"

enum { UDP_BATCH = 64 };

struct udp_queue {
    struct udp_waiting *packets;
    size_t first, count, capacity;
    char *bytes;
    size_t bytes_used, bytes_capacity;
    uint64_t dropped;
};

/* What sendmmsg wants, for the oldest packets; points into the queue and into itself. */
struct udp_batch {
    struct mmsghdr headers[UDP_BATCH];
    struct iovec parts[UDP_BATCH];
    union socket_address to[UDP_BATCH];
    _Alignas(8) char control[UDP_BATCH][64];
};

void udp_queue_init(struct udp_queue *queue);
void udp_queue_release(struct udp_queue *queue);

/* Drops the packet when the queue is full. */
void udp_queue_put(struct udp_queue *queue, const struct hf_address *to,
                   const struct hf_address *source, struct hf_slice bytes);

size_t udp_queue_count(const struct udp_queue *queue);
struct hf_address udp_queue_first_peer(const struct udp_queue *queue);

/* At most UDP_BATCH; the queue must not be changed while the batch is used. */
unsigned udp_queue_batch(const struct udp_queue *queue, struct udp_batch *ret);

/* Forgets the oldest ones. */
void udp_queue_drop(struct udp_queue *queue, unsigned count);

#endif
