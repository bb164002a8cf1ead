/* Where an attempt begins, and which candidates it may try: the failback policy, the binding at
 * hand, or what was bound before a restart decide. */
#ifndef ACCOUNT_ORDER_H
#define ACCOUNT_ORDER_H

#include "account/attempt.h"

/* For a new attempt; `from` as in attempt_begin. An attempt to register begins at `from`, else a
 * renewal as the failback policy says, and the first one after a restart where the binding was. */
void order_begin(const struct account *account, struct attempt *attempt, const struct binding *from,
                 hf_time now);

/* The one target to be cleared: the given one if its hop still leads there, else the hop's first.
 */
void order_begin_clearing(struct attempt *attempt, const struct attempt_clearing *clearing);

/* The hop at which an attempt to register will begin at a given time. */
uint32_t order_first_hop(const struct account *account, hf_time at);

#endif
