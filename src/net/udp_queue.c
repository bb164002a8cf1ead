#include "net/udp_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"

enum { QUEUE_BYTES_MAX = 64 << 20 };

struct udp_waiting {
    struct hf_address to;
    struct hf_address source; /* family NONE: the system chooses */
    size_t offset, len;
};

void udp_queue_init(struct udp_queue *queue) {
    *queue = (struct udp_queue){0};
}

void udp_queue_release(struct udp_queue *queue) {
    free(queue->packets);
    free(queue->bytes);
    udp_queue_init(queue);
}

size_t udp_queue_count(const struct udp_queue *queue) {
    return queue->count - queue->first;
}

struct hf_address udp_queue_first_peer(const struct udp_queue *queue) {
    HF_ASSERT(udp_queue_count(queue) > 0);
    return queue->packets[queue->first].to;
}

/* Moves what waits to the front. Only done when at least half is gone, so that it costs each packet
 * one move. */
static void close_gap(struct udp_queue *queue) {
    size_t count = udp_queue_count(queue);

    if (queue->first == 0 || queue->first < count)
        return;
    size_t gone = count > 0 ? queue->packets[queue->first].offset : queue->bytes_used;

    memmove(queue->packets, queue->packets + queue->first, count * sizeof *queue->packets);
    memmove(queue->bytes, queue->bytes + gone, queue->bytes_used - gone);
    for (size_t i = 0; i < count; i++)
        queue->packets[i].offset -= gone;
    queue->first = 0;
    queue->count = count;
    queue->bytes_used -= gone;
}

static bool make_room(struct udp_queue *queue, size_t len) {
    if (queue->count == queue->capacity || queue->bytes_capacity - queue->bytes_used < len)
        close_gap(queue);
    if (queue->bytes_used + len > QUEUE_BYTES_MAX)
        return false;
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity == 0 ? UDP_BATCH : queue->capacity * 2;
        struct udp_waiting *packets = realloc(queue->packets, capacity * sizeof *packets);

        if (!packets)
            return false;
        queue->packets = packets;
        queue->capacity = capacity;
    }
    if (queue->bytes_capacity - queue->bytes_used < len) {
        size_t capacity = (queue->bytes_capacity + len) * 2;
        char *bytes = realloc(queue->bytes, capacity);

        if (!bytes)
            return false;
        queue->bytes = bytes;
        queue->bytes_capacity = capacity;
    }
    return true;
}

void udp_queue_put(struct udp_queue *queue, const struct hf_address *to,
                   const struct hf_address *source, struct hf_slice bytes) {
    if (!make_room(queue, bytes.len)) {
        queue->dropped++;
        return;
    }
    struct udp_waiting *packet = &queue->packets[queue->count++];

    *packet = (struct udp_waiting){.to = *to, .offset = queue->bytes_used, .len = bytes.len};
    if (source)
        packet->source = *source;
    if (bytes.len > 0)
        memcpy(queue->bytes + queue->bytes_used, bytes.ptr, bytes.len);
    queue->bytes_used += bytes.len;
}

/* Says which of the machine's addresses the packet leaves from (RFC 3542 for IPv6). */
static void put_source(struct msghdr *header, char control[64], const struct hf_address *source) {
    struct cmsghdr *c = (struct cmsghdr *)(void *)control;

    if (source->family == HF_FAMILY_NONE)
        return;
    memset(control, 0, 64);
    header->msg_control = control;
    if (source->family == HF_FAMILY_IPV4) {
        struct in_pktinfo info = {0};

        memcpy(&info.ipi_spec_dst, source->ip, 4);
        c->cmsg_level = IPPROTO_IP;
        c->cmsg_type = IP_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        header->msg_controllen = CMSG_SPACE(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
    } else {
        struct in6_pktinfo info = {.ipi6_ifindex = source->scope_id};

        memcpy(&info.ipi6_addr, source->ip, 16);
        c->cmsg_level = IPPROTO_IPV6;
        c->cmsg_type = IPV6_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof info);
        header->msg_controllen = CMSG_SPACE(sizeof info);
        memcpy(CMSG_DATA(c), &info, sizeof info);
    }
}

unsigned udp_queue_batch(const struct udp_queue *queue, struct udp_batch *ret) {
    size_t count = udp_queue_count(queue);
    unsigned used = count < UDP_BATCH ? (unsigned)count : UDP_BATCH;

    for (unsigned i = 0; i < used; i++) {
        const struct udp_waiting *packet = &queue->packets[queue->first + i];
        struct msghdr *header = &ret->headers[i].msg_hdr;

        ret->parts[i] = (struct iovec){queue->bytes + packet->offset, packet->len};
        *header = (struct msghdr){.msg_name = &ret->to[i],
                                  .msg_namelen = socket_address_from(&ret->to[i], &packet->to),
                                  .msg_iov = &ret->parts[i],
                                  .msg_iovlen = 1};
        put_source(header, ret->control[i], &packet->source);
    }
    return used;
}

void udp_queue_drop(struct udp_queue *queue, unsigned count) {
    HF_ASSERT(count <= udp_queue_count(queue));
    queue->first += count;
    if (queue->first == queue->count)
        queue->first = queue->count = queue->bytes_used = 0;
}
