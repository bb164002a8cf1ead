/* In which order an attempt tries its candidates: hops by their place in the settings, but for the
 * first one, and the targets of a hop as its name gives them, but for the one that holds, or held,
 * the binding. */
#ifndef ACCOUNT_ORDER_H
#define ACCOUNT_ORDER_H

#include "account/attempt.h"

/* Where an attempt to register begins: at `from`, else a renewal as the failback policy says,
 * and the first one after a restart where the binding was. */
void order_begin(const struct account *account, struct attempt *attempt,
                 const struct binding *from);

/* The hop at a position; positions there are. */
uint32_t order_hop(const struct attempt *attempt, uint32_t position);
uint32_t order_length(const struct account *account, const struct attempt *attempt);

/* Puts the targets of a hop that was located in order. False: the hop was first only because of a
 * binding that is not to be found there any more, and the attempt is set back to begin as usual. */
bool order_targets(const struct account *account, struct attempt *attempt);

bool order_was_tried(const struct attempt *attempt, const struct target *target);
bool order_is_last(const struct account *account, const struct attempt *attempt);

#endif
