/* What can go wrong in the made-up world, and right again, as plain data: scenario files, stories
 * and the random explorer all speak of it in these words. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "holdfast/dns.h"
#include "registrar/registrar.h"

enum sim_fault_kind {
    /* `server`: how it is. Whatever waits in its queue is lost, except when it is frozen. */
    SIM_SERVER_START,  /* works again (one that works is restarted); `forget`: has lost its
                          bindings and nonces */
    SIM_SERVER_STOP,   /* the program is gone, its host refuses (ICMP port unreachable) */
    SIM_SERVER_OFF,    /* the host is gone: silence */
    SIM_SERVER_FREEZE, /* receives and does nothing; goes on with what waits when it starts */
    /* `server`: what it does while it works. */
    SIM_SERVER_FAULT,  /* `registrar` says what it does wrong; REGISTRAR_WORKS: nothing */
    SIM_SERVER_DELAY,  /* answers `span` later than it would */
    SIM_SERVER_RATE,   /* works on `number` requests a second; 0: as many as come */
    SIM_SERVER_LIMITS, /* lifetimes of `number` to `number_max` seconds */
    SIM_SERVER_REALM,  /* another realm, `name` */
    SIM_SERVER_NONCES, /* every nonce given out so far is stale */
    SIM_SERVER_TLS,    /* fails as `tls` says when a TLS connection is made */

    /* `server`: its connections. */
    SIM_STREAMS_CLOSE,  /* it closes all of them, and goes on working */
    SIM_STREAMS_DEAFEN, /* those that there are stay open, and nothing comes of what is sent */
    SIM_STREAMS_CUT,    /* what it sends arrives in pieces of `number` bytes (SIM_PIECES_RANDOM: any
                           up to 64; 0: whole), `span` apart */

    /* The network between `process` and `server`, both ways; SIM_NONE: all of them. */
    SIM_LINK,

    /* The NAT in front of `process`; nothing if there is none. */
    SIM_NAT_REBIND,  /* forgets all its mappings and makes others when packets go out */
    SIM_NAT_TIMEOUT, /* forgets idle mappings after `span` */

    /* The DNS. `name`; empty: all of it. FAILS, SILENT and DELAY: of `record` if that is set. */
    SIM_DNS_ANSWERS, /* again, with the records that it has by now */
    SIM_DNS_FAILS,   /* with `dns_result` (FAILED, NO_NAME, NO_RECORD) */
    SIM_DNS_SILENT,  /* not at all: UNANSWERED after a while */
    SIM_DNS_DELAY,   /* `span` later; that of all and that of a name add up */
    SIM_DNS_ADDRESS, /* the A or AAAA records become this one `address` with TTL `number` */

    /* The program under test. */
    SIM_PROCESS_KILL,  /* at once, as SIGKILL does; nothing if it does not run */
    SIM_PROCESS_STOP,  /* in order: bindings are removed where settings say so */
    SIM_PROCESS_SLEEP, /* for `span`, as a suspended machine: what comes in is lost, and what was
                          due meanwhile is done when it wakes up */
    SIM_PROCESS_START, /* again, with the same accounts (one that runs is killed first);
                          `forget`: its memory is lost */
};

/* What becomes of the packets of one family. */
enum sim_way {
    SIM_WAY_OPEN,
    SIM_WAY_DOWN,    /* they are lost */
    SIM_WAY_REFUSED, /* who sends to the server is told so (ICMP); connections are refused, but
                        those that there are go on */
};

/* One way of the network between a process and a server; chances in millionths. */
struct sim_link {
    hf_time latency;
    hf_time jitter; /* uniformly from 0 to this, added; so packets may overtake each other */
    uint32_t loss;
    uint32_t duplicate;
    uint32_t reorder; /* held back by ten latencies */
    bool down;        /* partition */
    enum sim_way ipv4, ipv6;
};

/* Which questions a trouble of the DNS is about. */
enum sim_record {
    SIM_RECORD_ANY,
    SIM_RECORD_A,
    SIM_RECORD_AAAA,
};

enum { SIM_PIECES_RANDOM = UINT16_MAX };

enum sim_tls_fault {
    SIM_TLS_WORKS,
    SIM_TLS_HANDSHAKE,   /* no TLS is spoken */
    SIM_TLS_CERTIFICATE, /* the certificate is not to be believed */
    SIM_TLS_REFUSED,     /* no connections at all, of TCP neither: it serves UDP alone */
};

struct sim_fault {
    enum sim_fault_kind kind;
    uint32_t server;
    uint32_t process;
    hf_time span;
    uint32_t number;
    uint32_t number_max;
    bool forget;
    struct sim_link link;
    struct registrar_fault registrar;
    enum sim_tls_fault tls;
    struct hf_slice name; /* borrowed for the call */
    enum hf_dns_result dns_result;
    enum sim_record record;
    struct hf_address address;
};

/* "yes", "no", "refused": whether there is a way. */
const char *sim_way_name(enum sim_way way);

/* "any", "A", "AAAA". */
const char *sim_record_name(enum sim_record record);

/* "works", "handshake" and so on. */
const char *sim_tls_fault_name(enum sim_tls_fault fault);

/* "server-stop" and so on: the words of scenario files. */
const char *sim_fault_name(enum sim_fault_kind kind);
bool sim_fault_find(struct hf_slice name, enum sim_fault_kind *ret);

#endif
