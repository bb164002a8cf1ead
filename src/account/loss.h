/* The connection that a binding lives on is lost: the registrar cannot reach us any more, so the
 * account registers again, on another connection. */
#ifndef ACCOUNT_LOSS_H
#define ACCOUNT_LOSS_H

#include "account/account.h"

/* `count` accounts lost it together: they come back a hundred a second, in no order, or as slowly
 * as `rate.agent` says. A wait after a failure or a rejection is kept. */
void account_flow_lost(struct engine *engine, struct account *account, uint32_t count, hf_time now);

#endif
