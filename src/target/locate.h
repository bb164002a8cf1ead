/* From a configured server to the targets that it stands for (RFC 3263), in the order in which
 * they are to be tried. Pure but for the names that it asks for. */
#ifndef TARGET_LOCATE_H
#define TARGET_LOCATE_H

#include <string.h>

#include "base/limits.h"
#include "target/names.h"

/* One address, port and transport. */
struct target {
    struct hf_address address;
    enum hf_transport transport;
};

static inline bool target_equal(const struct target *a, const struct target *b) {
    return a->transport == b->transport && memcmp(&a->address, &b->address, sizeof a->address) == 0;
}

/* Where a request is to go, as it was configured: the server itself, or a proxy before it. */
struct next_hop {
    struct hf_slice host; /* a name or an address, IPv6 with or without brackets */
    uint16_t port;        /* 0: the transport's default */
    enum hf_transport transport;
};

struct located {
    struct target targets[LIMIT_ADDRESSES];
    size_t count;
    hf_time expires_at;     /* end of the shortest TTL behind it; HF_NEVER for an address */
    struct hf_slice detail; /* why there is none; good until the next names_… call */
};

enum locate_result {
    LOCATE_DONE,    /* one target or more */
    LOCATE_WAITING, /* the waiter is woken when it is worth to call again */
    LOCATE_FAILED,  /* see detail */
};

uint16_t transport_default_port(enum hf_transport transport);

enum locate_result locate(struct names *names, const struct next_hop *hop, struct list_node *waiter,
                          struct outbox *outbox, struct located *ret, hf_time now);

#endif
