/* Where the world sees a local UDP socket: a STUN server is asked from that very socket (RFC 8489),
 * before the first REGISTER that leaves it and again and again after it. One for all paths that
 * leave the same socket; where the DNS leads the STUN server's name (SRV of _stun._udp, RFC 8489
 * section 8.1, unless there is a port) is looked up each time.
 *
 *   locating -> opening -> asking -> resting -> locating -> ...
 *
 * The first answer is waited for by whoever would register, but no longer than four seconds: then
 * the account registers with what it knows, and learns the place from the server's own answers, or
 * from the STUN server later. */
#ifndef ACCOUNT_DISCOVERY_H
#define ACCOUNT_DISCOVERY_H

#include "account/attempt.h"
#include "base/limits.h"

enum discovery_state {
    DISCOVERY_LOCATING_SERVICE, /* the DNS is asked for SRV records */
    DISCOVERY_LOCATING_ADDRESS, /* and for addresses */
    DISCOVERY_OPENING,
    DISCOVERY_ASKING,
    DISCOVERY_RESTING, /* until it is due again */
};

/* What makes two of them the same, but for the server's name. */
struct discovery_key {
    struct hf_address local; /* as configured: family NONE = any, port 0 = any */
    uint8_t family;          /* of the paths that use it */
    uint8_t dscp;
    uint16_t port; /* of the STUN server; 0: as the DNS says */
};

struct discovery {
    struct discovery_key key;
    struct map_node by_key;
    struct map_node by_id;        /* while it asks */
    uint8_t state;                /* enum discovery_state */
    bool settled;                 /* the first try has come to an end */
    uint8_t sent;                 /* copies of the request */
    uint32_t failures;            /* tries in a row */
    struct attempt_waiter waiter; /* in a name's or a path's waiters */
    struct timer timer;           /* what it does next */
    struct timer patience;        /* of those who wait */
    hf_time interval;             /* that the most impatient account wants */
    struct list_node waiting;     /* attempts, by their waiters */
    struct list_node users;       /* paths, by `on_discovery` */
    struct path *path;            /* to the server, held; or NULL */
    struct hf_address server;
    char target[LIMIT_NAME_BYTES + 1]; /* of the SRV record, or the name itself */
    uint16_t service_port;             /* of the SRV record, or configured; 0: 3478 */
    struct hf_address mapped;          /* family NONE: not known yet */
    hf_time mapped_at;
    uint64_t id[2]; /* of the request under way */
    char host[];
};

/* Whether the account wants its places discovered: nat.traversal is stun or auto, and there is a
 * STUN server. */
bool discovery_is_wanted(const struct hf_settings *settings);

/* The attempt's path is open. True: the first answer is not there yet, the attempt waits and will
 * be woken. */
bool discovery_holds_up(struct engine *engine, const struct account *account,
                        struct attempt *attempt, hf_time now);

/* What it waited for, a name or a path, is there. */
void discovery_woken(struct engine *engine, struct discovery *discovery, hf_time now);

/* One of its timers is due. */
void discovery_expire(struct engine *engine, struct timer *timer, hf_time now);
void discovery_out_of_patience(struct engine *engine, struct timer *timer, hf_time now);

/* STUN came on a path. False: it is no answer to a request of ours. */
bool discovery_receive(struct engine *engine, const struct path *path,
                       const struct hf_address *from, struct hf_slice bytes, hf_time now);

/* This machine's network has changed: everybody asks again, soon. */
void discoveries_network_changed(struct engine *engine, hf_time now);

void discoveries_release(struct engine *engine);

/* For people: what is known of the account's place, or why nothing is; a line, or nothing. */
void discovery_explain(const struct account *account, struct writer *w, hf_time now);

#endif
