/* From a configured server to the targets that it stands for, in the order in which they are to
 * be tried (RFC 3263): NAPTR records say which transports, SRV records which hosts and ports, A
 * and AAAA records which addresses.
 *
 * One `struct locating` is one walk through them. It asks the DNS for no more than the next target
 * needs, so that a name that nobody answers for holds up only what comes after it, and it holds
 * the records that it walks through, so that a time to live of 0 lasts for the whole walk. */
#ifndef TARGET_LOCATE_H
#define TARGET_LOCATE_H

#include "target/names.h"
#include "target/naptr.h"
#include "target/srv.h"
#include "target/static_records.h"
#include "target/target.h"

/* Which records are asked for. */
enum locate_mode {
    LOCATE_BY_RULE, /* a port means addresses, none means NAPTR or SRV first (RFC 3263) */
    LOCATE_ADDRESS, /* addresses only */
    LOCATE_SRV,     /* SRV, then addresses, whatever the port */
    LOCATE_NAPTR,   /* NAPTR, SRV, then addresses */
};

enum { LOCATE_FIXED_MAX = 3 };

/* Where a request is to go, as it was configured: the server itself, or a proxy before it. The
 * texts must outlive the walk. */
struct next_hop {
    struct hf_slice host; /* a name or an address, IPv6 with or without brackets */
    uint16_t port;        /* 0: SRV says, or the transport's default */
    enum hf_transport transport;
    bool transport_by_dns;     /* `transport` is only what is used when the DNS says nothing */
    transport_set srv_without; /* by_dns, but no NAPTR records: the transports asked for by SRV */
    enum locate_mode mode;
    /* Where there are any, no name is looked up: these, the best first (Grandstream's "Use
     * Configured IP"). Ports are those of the hop. */
    struct hf_address fixed[LOCATE_FIXED_MAX];
    uint8_t fixed_count;
    struct static_records statics; /* before or behind what the DNS says */
};

struct candidate {
    struct target target;
    /* How good it is among the targets of its hop, 0 = the best; those of one level are equals. */
    uint16_t level;
    uint32_t endpoint;  /* a mark of the SRV host and port behind it; 0: the hop itself */
    hf_time expires_at; /* end of the shortest TTL behind it; HF_NEVER for an address */
};

enum locate_stage {
    LOCATE_AT_START,
    LOCATE_AT_NAPTR,     /* asks for NAPTR records */
    LOCATE_AT_STEP,      /* takes the next transport */
    LOCATE_AT_SRV,       /* asks for its SRV records */
    LOCATE_AT_ENDPOINT,  /* takes the next of them */
    LOCATE_AT_ADDRESSES, /* asks for the addresses of `endpoint` */
    LOCATE_AT_TARGET,    /* takes the next of them */
    LOCATE_AT_END,
};

/* A host and port behind the name: an SRV record's, or the name itself. */
struct endpoint {
    struct hf_slice host;
    uint16_t port; /* 0: the transport's default */
    uint16_t level;
};

struct locating {
    struct next_hop hop;
    uint8_t stage;         /* enum locate_stage */
    uint8_t naptr_depth;   /* NAPTR records that led to NAPTR records */
    uint8_t next_step;     /* index of the next transport */
    uint8_t next_endpoint; /* index into `order` */
    uint8_t next_address;
    bool any_endpoint; /* SRV records, or an address by NAPTR: the name's own addresses are out */
    bool has_ahead;
    bool impatient;         /* the question that was asked counts as failed */
    struct naptr_step step; /* the transport at hand, and the name that leads on */
    struct endpoint endpoint;
    hf_time late_until_at;     /* its IPv6 addresses are waited for, when the others have failed */
    struct hf_address literal; /* its host, where that is an address */
    struct srv_order order;    /* of `srv` */
    struct name_records *naptr, *srv, *ipv4, *ipv6; /* held, or NULL */
    struct candidate ahead;                         /* what locate_peek has found already */
    struct candidate preferred; /* tried first if the name still leads there; or family NONE */
    bool among_equals; /* the preferred one comes before its equals only, not before better ones */
    struct hf_slice detail; /* why there is none; good until the next names_… call */
};

enum locate_result {
    LOCATE_FOUND,
    LOCATE_WAITING, /* the waiter is woken when it is worth to call again */
    LOCATE_DONE,    /* there is no other target; if there was none at all, see detail */
};

uint16_t transport_default_port(enum hf_transport transport);

/* Whether the hop is an address: then it has this target and no other, whatever the DNS says. */
bool locate_is_address(const struct next_hop *hop, struct target *ret);

/* Begins a walk; nothing is asked yet. `preferred` may be NULL. */
void locate_begin(struct locating *locating, const struct next_hop *hop,
                  const struct candidate *preferred);

/* A walk that has just this one target, wherever its name leads now. */
void locate_begin_with(struct locating *locating, const struct candidate *only);

/* The next target. */
enum locate_result locate_next(struct locating *locating, struct names *names,
                               struct random *random, struct list_node *waiter,
                               struct outbox *outbox, struct candidate *ret, hf_time now);

/* The answer that is awaited takes too long: the last good one is used, or the walk goes on without
 * it, when locate_next is called again. Others who wait for it are not concerned. */
void locate_give_question_up(struct locating *locating);

/* The next target without taking it: locate_next gives it out. Nobody waits for the DNS. */
enum locate_result locate_peek(struct locating *locating, struct names *names,
                               struct random *random, struct outbox *outbox, struct candidate *ret,
                               hf_time now);

/* After LOCATE_WAITING: until when it is worth to wait where it is for the IPv6 addresses of a host
 * whose IPv4 addresses are known; else HF_NEVER. */
hf_time locate_awaits_late(const struct locating *locating);

/* After LOCATE_WAITING: all that may still come are such addresses. */
bool locate_has_only_late(const struct locating *locating);

/* The next target of the same host and port whose address is of another family than `current`,
 * which was taken last, without taking it. Nobody waits for the DNS; LOCATE_WAITING: it may find
 * one later. */
enum locate_result locate_rival(struct locating *locating, struct names *names,
                                struct random *random, struct outbox *outbox,
                                const struct candidate *current, struct candidate *ret,
                                hf_time now);

/* One that was taken is given out again by the next locate_next. */
void locate_put_back(struct locating *locating, const struct candidate *candidate);

/* What is known of the next target, to be told: LOCATE_WAITING when there may be more, but the DNS
 * has to be asked. Changes nothing and asks nobody. */
enum locate_result locate_ahead(const struct locating *locating, struct target *ret);

/* Whether an address is one of the hop's, as far as the DNS has told already; nothing is asked. */
bool locate_leads_to(const struct names *names, const struct next_hop *hop,
                     const struct hf_address *address);

/* The level that the walk has for an endpoint (struct candidate) of the SRV records at hand. */
bool locate_level_of(const struct locating *locating, uint32_t endpoint, uint16_t *ret);

/* Lets go of what it holds; harmless twice, and on one that is all zero. */
void locate_end(struct locating *locating);

#endif
