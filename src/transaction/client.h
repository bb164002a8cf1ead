/* Client non-INVITE transactions (RFC 3261 section 17.1.2 with RFC 4320): retransmission, time-out
 * and matching of responses. Knows nothing of accounts: who waits for the answer is the `owner`,
 * a number that comes back with the outcome.
 *
 *   Trying ----1xx----> Proceeding ----2xx-6xx----> Completed --Timer K--> gone
 *      \___ Timer F or resends used up, path failed: gone, with that outcome
 */
#ifndef TRANSACTION_CLIENT_H
#define TRANSACTION_CLIENT_H

#include "base/list.h"
#include "base/outbox.h"
#include "base/random.h"
#include "base/slab.h"
#include "base/slice.h"
#include "base/timer_wheel.h"
#include "sip/message.h"
#include "sip/via.h"

enum client_state {
    CLIENT_TRYING,
    CLIENT_PROCEEDING,
    CLIENT_COMPLETED,
};

/* RFC 3261 section 17.1.2.2 and table 4; durations. */
struct transaction_timing {
    hf_time t1;
    hf_time t2;
    hf_time t4;
    hf_time timer_f; /* 64 * T1 unless a setting says otherwise */
    /* Resends of one request before it counts as unanswered (the manuals' retry counts): after the
     * last resend one more interval of Timer E passes. RESENDS_NO_LIMIT: only Timer F ends it. */
    unsigned resends_max;
};

enum { RESENDS_NO_LIMIT = 0xffff };

struct client_params {
    uint64_t owner;
    uint16_t owner_kind; /* which table `owner` belongs to; the caller's */
    enum sip_method method;
    uint32_t cseq;
    hf_path_id path;
    struct list_node *path_transactions; /* the path's list, which the transaction joins */
    struct hf_address to;
    bool reliable; /* TCP, TLS: no retransmissions, no Timer K */
    struct transaction_timing timing;
};

enum { BRANCH_TEXT_MAX = 48 };

enum client_outcome_kind {
    CLIENT_PROVISIONAL, /* a 1xx; the transaction goes on */
    CLIENT_RESENT,      /* no answer yet, the request went out again; the transaction goes on */
    CLIENT_FINAL,       /* a 2xx to 6xx, for the first time */
    CLIENT_TIMEOUT,     /* no final answer in time */
    CLIENT_PATH_FAILED, /* the path broke */
};

struct client_outcome {
    enum client_outcome_kind kind;
    uint16_t owner_kind;
    uint64_t owner;
    uint64_t transaction;
    hf_time sent_at;       /* of the first transmission: for round trip times */
    const struct via *via; /* the response's, as it was handed in; NULL without one */
};

struct client_transactions {
    struct slab slab;
    struct timer_wheel *wheel;
    uint8_t timer_kind;
    struct random random; /* a child generator of its own, for branches */
    uint64_t retransmissions;
};

/* `timer_kind` is what its timers carry in the shared wheel. */
void client_transactions_init(struct client_transactions *table, struct timer_wheel *wheel,
                              uint8_t timer_kind, struct random *random);
void client_transactions_release(struct client_transactions *table);

/* Makes a transaction and its branch (NUL-terminated, at most BRANCH_TEXT_MAX with the NUL; it
 * names the transaction's slot and carries 64 random bits, so that an answer is matched without
 * a search and cannot be guessed). Nothing is sent yet. 0 when there is no memory. */
uint64_t client_transaction_new(struct client_transactions *table,
                                const struct client_params *params, char branch[BRANCH_TEXT_MAX]);

/* Sends the request, which must carry the branch, for the first time, and keeps a copy for
 * retransmissions. HF_ERROR_MEMORY: nothing is sent and the transaction is gone. */
int client_transaction_send(struct client_transactions *table, uint64_t transaction,
                            struct hf_slice request, struct outbox *outbox, hf_time now);

/* When it counts as unanswered if nothing comes; HF_NEVER when it is over, or unknown. */
hf_time client_transaction_gives_up_at(const struct client_transactions *table,
                                       uint64_t transaction);

/* Forgets a transaction whose answer nobody waits for any more; unknown ones are ignored. */
void client_transaction_abandon(struct client_transactions *table, uint64_t transaction);

/* The random half of its branch, which is not used up while it is remembered; and that of the
 * branch of an answer, if it can be one of ours. */
uint64_t client_transaction_secret(const struct client_transactions *table, uint64_t transaction);
bool client_branch_secret(struct hf_slice branch, uint64_t *ret);

/* Matches a response, whose topmost Via is `via`, by branch and CSeq (RFC 3261 section 17.1.3).
 * True: *ret says whose it is. False: a stray or a retransmission; nothing is to be done. An answer
 * may come from another address than the request went to (the branch is the proof), but only on a
 * path of the same transport, which the caller sees to. */
bool client_transactions_receive(struct client_transactions *table,
                                 const struct sip_message *response, const struct via *via,
                                 struct client_outcome *ret, hf_time now);

/* A timer of this table is due. True: *ret, a time-out or what was resent, is for its owner. */
bool client_transactions_expire(struct client_transactions *table, struct timer *timer,
                                struct outbox *outbox, struct client_outcome *ret, hf_time now);

/* Takes the next transaction off a broken path's list and ends it: true while there was one that
 * still waited; *ret is its outcome. */
bool client_transactions_fail_path(struct client_transactions *table,
                                   struct list_node *path_transactions, struct client_outcome *ret);

/* Asserts invariants; for tests and the simulator. */
void client_transactions_check(const struct client_transactions *table);

#endif
