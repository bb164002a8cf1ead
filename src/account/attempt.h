/* One attempt of an account to get, renew or remove its binding: it walks the candidates in
 * order, without a pause between them, until one answers. It exists only while under way.
 *
 *   locating (the name of the next hop is looked up)
 *     -> queued (for its turn at the next target: gates.h)
 *     -> opening (the path to the next target is being opened)
 *       -> exchanging (REGISTER sent, its answer awaited)
 *       -> queued (for its turn to send the next one of the exchange)
 *         -> again at the same target (challenge, longer lifetime), the next target, or the end
 */
#ifndef ACCOUNT_ATTEMPT_H
#define ACCOUNT_ATTEMPT_H

#include "account/account.h"
#include "account/candidates.h"
#include "usage/exchange.h"

enum attempt_purpose {
    ATTEMPT_TO_REGISTER,  /* a binding where there is none, or its renewal */
    ATTEMPT_TO_FAIL_BACK, /* a binding at a better hop than the working one; nothing else */
    ATTEMPT_TO_REMOVE,    /* remove the binding where it is; nowhere else */
    ATTEMPT_TO_CLEAR,     /* remove what was bound before the program was started */
};

enum attempt_state {
    ATTEMPT_LOCATING,
    ATTEMPT_QUEUED,
    ATTEMPT_OPENING,
    ATTEMPT_REOPENING, /* another connection, on which the exchange goes on */
    ATTEMPT_EXCHANGING,
};

/* What is to be cleared, and where. The hop is looked up again, and `target` taken if that still
 * leads there: the password is for servers that are configured. */
struct attempt_clearing {
    struct hf_slice contact; /* copied; empty: the one that we have now */
    bool all;                /* "*" */
    bool in_background;      /* the account's removal, not what it waits for */
    uint32_t hop;
    struct target target; /* family NONE: the first one of the hop */
    uint32_t endpoint;    /* behind it, 0: not known */
    struct hf_address local;
    hf_time ends_at;
};

/* RFC 3261 section 18.1.1: what is too long for a datagram goes over a connection, if one can be
 * made. */
enum attempt_size {
    SIZE_FITS,
    SIZE_TOO_LONG,
    SIZE_BY_STREAM,   /* the target's transport is TCP meanwhile */
    SIZE_BY_DATAGRAM, /* there is no connection to be had: as it is */
};

struct attempt_waiter {
    struct list_node node;
    struct attempt *attempt; /* NULL: a discovery.h waits */
};

/* The last request, for an answer that comes late (late.h). */
struct attempt_sent {
    uint64_t secret; /* of its branch */
    hf_time at;
    uint32_t cseq;
};

struct gate;
struct race;

struct attempt {
    uint64_t handle; /* in engine.attempts */
    hf_account_id account;
    uint8_t purpose; /* enum attempt_purpose */
    uint8_t state;   /* enum attempt_state */
    bool announced;  /* the event `registering` is out */
    bool former_failed;
    struct attempt_waiter waiter; /* in a name's or a path's waiters */
    struct timer patience; /* while it waits for a name: `dns.query_timeout`; for a path: race.h */
    struct race *race;     /* or NULL */
    struct candidates candidates;
    uint32_t hop; /* of the candidate at hand, and its target */
    struct target target;
    hf_time asked_at;      /* when the target was chosen, or its turn came */
    bool asking;           /* it was sent something already */
    bool admitted;         /* its turn at the target covers the next REGISTER */
    struct heap_node turn; /* at the target's gate, while it waits for its turn */
    struct gate *slot;     /* where it is one of those under way, or NULL */
    bool unreported;       /* nothing is known of its health since */
    bool clears_all;
    char *contact; /* to be removed; NULL: our own */
    struct {       /* the binding to be removed, while it may be there */
        struct hf_address local;
        hf_time ends_at;
        hf_time others_end_at; /* of one with the same Contact elsewhere; 0: there is none */
        hf_time spread;        /* it may end that much before or after `ends_at` */
    } former;
    struct path *path; /* held, or NULL */
    bool worn;         /* the path was in use before, or has brought an answer */
    uint8_t size;      /* enum attempt_size: of its requests to this target */
    bool doubtful;     /* and nothing has come over it for long: it gets less time */
    bool reconnected;  /* another was made in its place; once for each target */
    uint8_t connects;  /* that took too long, to this target */
    uint8_t shown;     /* path->shown_count when the last request went out */

    /* The server of that request, and what its Contact named: meanwhile the answers to others may
     * show new places. */
    uint8_t server;
    struct hf_address contact_at;
    uint64_t transaction;
    struct attempt_sent sent;
    struct exchange exchange;
    bool any_failed;       /* some target was asked, or some name led nowhere */
    hf_time left_alone_at; /* the first end of the waits that they asked for; long ago: none */
    unsigned last_status;
};

/* It ends a binding; it makes none. */
static inline bool attempt_tears_down(const struct attempt *attempt) {
    return attempt->purpose == ATTEMPT_TO_REMOVE || attempt->purpose == ATTEMPT_TO_CLEAR;
}

/* Begins. HF_ERROR_MEMORY: nothing was begun. The attempt may end within the call. `from`, for
 * ATTEMPT_TO_REMOVE: the binding to remove, the account's own or a former one; for
 * ATTEMPT_TO_REGISTER: NULL, or the account's own, to begin where that is. */
int attempt_begin(struct engine *engine, struct account *account, enum attempt_purpose purpose,
                  struct binding *from, hf_time now);

/* Begins to clear; as attempt_begin. */
int attempt_begin_clearing(struct engine *engine, struct account *account,
                           const struct attempt_clearing *clearing, hf_time now);

/* Drops it without a result; an answer that still comes is ignored. NULL is ignored. */
void attempt_cancel(struct engine *engine, struct account *account, struct attempt *attempt);

/* The same, but that an answer that still comes is a late one (late.h). */
void attempt_give_up(struct engine *engine, struct account *account, struct attempt *attempt,
                     hf_time now);

struct attempt *attempt_find(const struct engine *engine, uint64_t handle);

struct account *attempt_account(const struct engine *engine, const struct attempt *attempt);

/* Whether what waits for its turn would still choose that target: it may have failed meanwhile. */
bool attempt_still_goes(const struct engine *engine, const struct attempt *attempt, hf_time now);

/* It has waited long enough for a name, or for a path alone. */
void attempt_out_of_patience(struct engine *engine, struct timer *timer, hf_time now);

/* Its turn at the target has come, or it is not to go there any more. */
void attempt_turn_came(struct engine *engine, struct attempt *attempt, hf_time now);

/* What it waited for, a name or a path, is there. */
void attempt_woken(struct engine *engine, struct attempt_waiter *waiter, hf_time now);

/* Its transaction ended, or (CLIENT_PROVISIONAL) goes on. `response` only for CLIENT_FINAL. */
void attempt_outcome(struct engine *engine, struct attempt *attempt,
                     const struct client_outcome *outcome, const struct sip_message *response,
                     hf_time now);

#endif
