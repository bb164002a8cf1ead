/* Server non-INVITE transactions (RFC 3261 section 17.2.2 with RFC 4320): a retransmitted request
 * gets the same answer again and reaches nobody twice. INVITE is answered without a transaction
 * (section 8.2.7, stateless UAS) until there are calls. */
#ifndef TRANSACTION_SERVER_H
#define TRANSACTION_SERVER_H

#include "base/hash.h"
#include "base/map.h"
#include "base/outbox.h"
#include "base/random.h"
#include "base/slab.h"
#include "base/timer_wheel.h"
#include "sip/message.h"

struct server_transactions {
    struct slab slab;
    struct map map;             /* by branch, sent-by and method, keyed with a secret */
    struct list_node completed; /* oldest first */
    struct hash_key key;
    struct timer_wheel *wheel;
    uint8_t timer_kind;
    uint32_t count_max; /* the oldest completed ones go first when it is reached */
};

enum server_receipt {
    SERVER_NEW,           /* a request to be answered through *ret_transaction */
    SERVER_RETRANSMITTED, /* seen before: answered again, or still being worked on */
    SERVER_REFUSED,       /* too many, or no branch to match by: answer without a transaction */
};

void server_transactions_init(struct server_transactions *table, struct timer_wheel *wheel,
                              uint8_t timer_kind, uint32_t count_max, struct random *random);
void server_transactions_release(struct server_transactions *table);

/* Forgets every transaction, as a restart does. */
void server_transactions_clear(struct server_transactions *table);

/* A request came in; `path` and `from` are where its answer goes. Requests without the RFC 3261
 * branch cookie are matched as section 17.2.3 says (Request-URI, tags, Call-ID, CSeq, Via). */
enum server_receipt server_transactions_receive(struct server_transactions *table,
                                                const struct sip_message *request, hf_path_id path,
                                                const struct hf_address *from, bool reliable,
                                                struct outbox *outbox, uint64_t *ret_transaction,
                                                hf_time now);

/* Sends the answer and keeps it for retransmissions for Timer J (64 * T1, 0 when reliable). A
 * provisional one is sent but not kept beyond the final. Unknown transactions are ignored. */
void server_transaction_respond(struct server_transactions *table, uint64_t transaction,
                                unsigned status, struct hf_slice response, struct outbox *outbox,
                                hf_time now);

/* A timer of this table is due. */
void server_transactions_expire(struct server_transactions *table, struct timer *timer,
                                hf_time now);

void server_transactions_check(const struct server_transactions *table);

#endif
