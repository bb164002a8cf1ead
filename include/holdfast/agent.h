/* An agent keeps many SIP accounts registered. It does no I/O: its owner passes bytes, answers
 * and the time in, and pulls out what is to be done.
 *
 *   after any call below, and in any order:
 *     while (hf_agent_next_output(agent, &output)) act on it;
 *     wait for a packet, an answer, or hf_agent_deadline(agent); call the matching function.
 *
 * One agent belongs to one thread. No function calls back. `now` is monotonic, in microseconds,
 * and must never be smaller than in an earlier call (asserted). Two agents with the same seed
 * and the same calls give the same output, byte for byte.
 *
 * A *path* is a flow between a local and a remote address (RFC 5626 section 3): for UDP a socket
 * and a peer, for TCP and TLS one connection. The agent names it by a number, asks its owner to
 * open it, and shares it among its accounts. */
#ifndef HOLDFAST_AGENT_H
#define HOLDFAST_AGENT_H

#include "holdfast/dns.h"
#include "holdfast/event.h"
#include "holdfast/remember.h"
#include "holdfast/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hf_agent;
struct hf_settings; /* settings.h */

typedef uint32_t hf_path_id;  /* 0 is no path */
typedef uint32_t hf_query_id; /* 0 is no query */

/* Why a path is not to be used any more. */
enum hf_path_failure {
    HF_PATH_REFUSED,         /* ICMP port unreachable, connection refused */
    HF_PATH_UNREACHABLE,     /* ICMP host or network unreachable, no route */
    HF_PATH_TIMEOUT,         /* the connection could not be made in time */
    HF_PATH_CLOSED,          /* closed or reset by the peer */
    HF_PATH_LOCAL_PORT,      /* the local port is taken or not permitted */
    HF_PATH_TLS_HANDSHAKE,   /* the peer does not speak TLS with us */
    HF_PATH_TLS_CERTIFICATE, /* the peer's certificate was refused */
    HF_PATH_UNSUPPORTED,     /* the owner has no such transport */
    HF_PATH_LOCAL_ADDRESS,   /* this machine does not have its local address any more, or sends to
                                the peer from another one now */
};

struct hf_agent_options {
    /* Source of every branch, tag, Call-ID, nonce count and jitter, and of the secret that keys
     * the tables which the network can fill. Fill it from the kernel's generator, or from a
     * simulation's seed. */
    uint64_t seed[4];
    /* Accounts at the most; 0 = no limit but memory. */
    uint32_t accounts_max;
    /* Where several agents share the accounts of one program: which of them this is, from 0, and
     * how many there are (0 = 1). Each keeps to its part of `rate.agent` and `rate.target`. */
    uint32_t part, parts;
};

/* What the owner is asked to do. Pointers and slices are good until the next call on the agent. */
enum hf_output_kind {
    HF_OUTPUT_SEND,    /* send one message on a path */
    HF_OUTPUT_OPEN,    /* open a path; answer with hf_agent_path_opened or _path_failed */
    HF_OUTPUT_CLOSE,   /* the path is not needed any more; no answer is wanted */
    HF_OUTPUT_RESOLVE, /* ask the DNS; answer with hf_agent_resolved */
    HF_OUTPUT_EVENT,   /* tell whoever is interested */
};

struct hf_output_send {
    hf_path_id path;
    struct hf_address to; /* UDP: where to; differs from the path's peer only in answers */
    struct hf_slice bytes;
};

enum hf_tls_version {
    HF_TLS_1_2,
    HF_TLS_1_3,
};

/* What a TLS connection asks of the peer, and what it shows of us (RFC 5922). Files are PEM; what
 * cannot be read is HF_PATH_TLS_CERTIFICATE with a detail that names the file. */
struct hf_tls_options {
    struct hf_slice server_name; /* as configured, never one that the DNS led to: sent as SNI when
                                    it is no address, and what the certificate must be for */
    struct hf_slice ca;          /* file or folder of what is trusted; empty: the system's */
    struct hf_slice certificate; /* our chain, and its key; empty: none */
    struct hf_slice key;
    struct hf_slice pin;     /* "sha256/BASE64" of the peer's public key (RFC 7469 section 2.4),
                                several apart by spaces; empty: any */
    struct hf_slice ciphers; /* OpenSSL's words; empty: its default */
    enum hf_tls_version version_min;
    bool verify; /* false: whoever answers is believed */
};

struct hf_output_open {
    hf_path_id path;
    enum hf_transport transport;
    struct hf_address local; /* family NONE: any address; port 0: any port, shared */
    bool or_any_port;        /* any other one will do where local.port cannot be had */
    struct hf_address remote;
    uint8_t dscp;                     /* RFC 2474 code point, 0 to 63 */
    hf_time connect_timeout;          /* TCP, TLS: when it is HF_PATH_TIMEOUT, handshake included */
    const struct hf_tls_options *tls; /* TLS only, else NULL */
};

struct hf_output_resolve {
    hf_query_id query;
    enum hf_dns_type type;
    struct hf_slice name;
};

struct hf_output {
    enum hf_output_kind kind;
    union {
        struct hf_output_send send;
        struct hf_output_open open;
        hf_path_id close;
        struct hf_output_resolve resolve;
        struct hf_event event;
    };
};

/* Makes an agent. HF_ERROR_MEMORY. The owner frees it with hf_agent_free, which sends nothing:
 * call hf_agent_stop first to remove the bindings. */
HF_API int hf_agent_create(const struct hf_agent_options *options, struct hf_agent **ret,
                           hf_time now);

/* Frees the agent and all its accounts; NULL is ignored. */
HF_API void hf_agent_free(struct hf_agent *agent);

/* Adds an account; it starts to register at once unless its settings say otherwise. The settings
 * are copied (shared with other accounts where equal): the caller keeps its own. `tag` comes back
 * in events and status. HF_ERROR_INVALID: no server or no user is set; HF_ERROR_LIMIT;
 * HF_ERROR_MEMORY. */
HF_API int hf_agent_add_account(struct hf_agent *agent, const struct hf_settings *settings,
                                uint64_t tag, hf_account_id *ret, hf_time now);

/* As hf_agent_add_account, but goes on with what hf_agent_remember gave before the program ended,
 * its times being of this agent's clock now: the first REGISTER has the same Call-ID and a higher
 * CSeq, and goes to the target that holds the binding if the account's servers still lead there.
 * A memory of another user or another first server is left aside. The owner must see to it that
 * another start does not hand in the very same memory, or CSeq numbers are used twice: it stores
 * what hf_agent_remember says now before it sends anything, or raises `cseq` by 1000 for each start
 * since. HF_ERROR_RANGE: the memory is
 * damaged, and nothing was added; hf_agent_add_account does without it. */
HF_API int hf_agent_restore_account(struct hf_agent *agent, const struct hf_settings *settings,
                                    uint64_t tag, const struct hf_remembered *remembered,
                                    hf_account_id *ret, hf_time now);

/* The same for an account that may have several registrations at the same time: `remembered` is
 * what hf_agent_remember_leg gave for each of them, in that order. */
HF_API int hf_agent_restore_legs(struct hf_agent *agent, const struct hf_settings *settings,
                                 uint64_t tag, const struct hf_remembered *remembered, size_t count,
                                 hf_account_id *ret, hf_time now);

/* What is to be stored of an account now. HF_ERROR_UNKNOWN. */
HF_API int hf_agent_remember(const struct hf_agent *agent, hf_account_id account,
                             struct hf_remembered *ret);

/* The same without `contact` and the GRUUs, in half the time: for whoever counts many. */
HF_API int hf_agent_account_brief(struct hf_agent *agent, hf_account_id account,
                                  struct hf_account_status *ret, hf_time now);

/* hf_agent_account_status of one of the registrations that an account has at the same time; 0 is
 * the first or only one. HF_ERROR_UNKNOWN: it has none with this number, nor with a higher one. */
HF_API int hf_agent_remember_leg(const struct hf_agent *agent, hf_account_id account, unsigned leg,
                                 struct hf_remembered *ret);

/* Takes the next account whose memory has changed since it was last taken; false when there is
 * none. Removed accounts do not appear. It changes with every REGISTER that is sent; what is
 * stored may be a few requests late (1000 numbers of CSeq are left out at a restart). */
HF_API bool hf_agent_next_changed(struct hf_agent *agent, hf_account_id *ret, uint64_t *ret_tag);

/* The settings of an account as the engine has them, of its first registration if it has several;
 * good until they change. NULL: there is no such account. */
HF_API const struct hf_settings *hf_agent_settings(const struct hf_agent *agent, hf_account_id id);

/* Replaces an account's settings. What is unchanged goes on undisturbed: with equal settings the
 * call does nothing; changed credentials are tried at once; a changed server or contact removes
 * the old binding and registers anew. Errors as in hf_agent_add_account, HF_ERROR_UNKNOWN. */
HF_API int hf_agent_change_account(struct hf_agent *agent, hf_account_id account,
                                   const struct hf_settings *settings, hf_time now);

/* Removes the account's binding at the server, if there is one, and then the account; its id is
 * unknown from now on, its answers are awaited in the background. HF_ERROR_UNKNOWN. */
HF_API int hf_agent_remove_account(struct hf_agent *agent, hf_account_id account, hf_time now);

/* Registers (or refreshes) now: no waiting time counts, rejection is forgotten.
 * HF_ERROR_UNKNOWN. */
HF_API int hf_agent_register(struct hf_agent *agent, hf_account_id account, hf_time now);

/* Removes the binding and stays `unregistered` until hf_agent_register. HF_ERROR_UNKNOWN. */
HF_API int hf_agent_unregister(struct hf_agent *agent, hf_account_id account, hf_time now);

/* Tells that calls of the account are in progress (`busy`), or have ended. Meanwhile it does not go
 * back to a better server where its settings say that a phone in use does not (Yealink failback
 * modes 1 to 3: dns-ttl, registration, duration); it does so when they have ended. It still fails
 * over. HF_ERROR_UNKNOWN. */
HF_API int hf_agent_set_busy(struct hf_agent *agent, hf_account_id account, bool busy, hf_time now);

/* Begins to stop: accounts whose settings ask for it (`unregister_at_exit`) remove their
 * bindings, all others are left as they are. Go on driving the agent until hf_agent_stopped. */
HF_API void hf_agent_stop(struct hf_agent *agent, hf_time now);

/* True when nothing is awaited any more after hf_agent_stop. */
HF_API bool hf_agent_stopped(const struct hf_agent *agent);

/* One datagram, or some bytes of a stream, came in on a path. `from` is the peer's address as the
 * socket gave it; a datagram from an address without a path of its own is handed in on any path
 * of the same socket. Nothing of it is trusted; HF_ERROR_UNKNOWN when the path is unknown, else 0
 * (rubbish is counted and dropped). */
HF_API int hf_agent_receive(struct hf_agent *agent, hf_path_id path, const struct hf_address *from,
                            const void *bytes, size_t length, hf_time now);

/* A path is open; `local` is the address and port that the peer sees as far as this host knows
 * (with a definite family and port). HF_ERROR_UNKNOWN: the path is not wanted any more, close
 * it. */
HF_API int hf_agent_path_opened(struct hf_agent *agent, hf_path_id path,
                                const struct hf_address *local, hf_time now);

/* A path could not be opened, or broke (an ICMP error counts); the owner has closed it already
 * and its number is not used again. `detail` is a text for people, may be NULL.
 * HF_ERROR_UNKNOWN is harmless. */
HF_API int hf_agent_path_failed(struct hf_agent *agent, hf_path_id path,
                                enum hf_path_failure failure, const char *detail, hf_time now);

/* This machine's addresses, links or routes have changed, or it was suspended. Paths whose local
 * address is of no use any more have failed already (HF_PATH_LOCAL_ADDRESS). Accounts that wait
 * after a failure try again within three seconds and as `rate.agent` says, but not where a server
 * asked for the wait, nor rejected ones; those that are registered are left alone. */
HF_API void hf_agent_network_changed(struct hf_agent *agent, hf_time now);

/* The answer to HF_OUTPUT_RESOLVE, good or bad. HF_ERROR_UNKNOWN is harmless. */
HF_API int hf_agent_resolved(struct hf_agent *agent, hf_query_id query,
                             const struct hf_dns_answer *answer, hf_time now);

/* When hf_agent_expire is due; HF_NEVER when nothing is planned. */
HF_API hf_time hf_agent_deadline(const struct hf_agent *agent);

/* Does what is due by now. Afterwards the deadline is later than now. */
HF_API void hf_agent_expire(struct hf_agent *agent, hf_time now);

/* Takes the next thing to do; false when there is nothing. */
HF_API bool hf_agent_next_output(struct hf_agent *agent, struct hf_output *ret);

/* The account as it is now; texts are good until the next call on the agent. HF_ERROR_UNKNOWN. */
HF_API int hf_agent_account_status(struct hf_agent *agent, hf_account_id account,
                                   struct hf_account_status *ret, hf_time now);

/* The same of one of the registrations that an account has at the same time (`redundancy:
 * concurrent`), of which hf_account_status.legs says how many there are; hf_agent_account_status
 * tells of the one that calls go through. HF_ERROR_UNKNOWN. */
HF_API int hf_agent_leg_status(struct hf_agent *agent, hf_account_id account, unsigned leg,
                               struct hf_account_status *ret, hf_time now);

/* Writes the account's last decisions, oldest first, and the next one, in plain words: why this
 * target, why this delay. One line each, ended by a newline; times are relative ("2.5 s ago").
 * Writes at most `size` bytes, always terminated; returns the length written, or
 * HF_ERROR_UNKNOWN. */
HF_API int hf_agent_explain(const struct hf_agent *agent, hf_account_id account, char *buffer,
                            size_t size, hf_time now);

/* Counters since creation, for operators. */
struct hf_agent_counters {
    uint64_t accounts;
    uint64_t registered; /* accounts with a binding now */
    uint64_t requests_sent;
    uint64_t retransmissions_sent;
    uint64_t responses_received;
    uint64_t requests_received;
    uint64_t rubbish_received; /* could not be parsed */
    uint64_t strays_received;  /* parsed, but nobody waits for it */
    uint64_t outputs_waiting;  /* written and not yet taken with hf_agent_next_output */
    uint64_t outputs_lost;     /* dropped for lack of memory */
    uint64_t turns_waiting;    /* accounts that wait until a rate lets them begin */
    uint64_t attempts;         /* under way now */
};

/* Reads them. */
HF_API void hf_agent_count(const struct hf_agent *agent, struct hf_agent_counters *ret);

#ifdef __cplusplus
}
#endif

#endif
