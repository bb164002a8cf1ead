/* An account whose binding is a flow (RFC 5626): what that changes. */
#ifndef ACCOUNT_OUTBOUND_H
#define ACCOUNT_OUTBOUND_H

#include "account/account.h"
#include "usage/exchange.h"

/* A registrar that does outbound has put `binding` in the place of `former`: there is nothing to
 * remove (section 6). */
bool account_flow_replaced(const struct account *account, const struct binding *former,
                           const struct binding *binding);

/* The next REGISTER by this binding's way renews the flow wherever it comes from now: a former
 * Contact need not be removed with it. */
bool account_flow_is_renewed(const struct account *account, unsigned server);

/* What a 200 wants of keep-alives, with what it says of the flow (Flow-Timer, section 10). `keep`:
 * what it says otherwise. */
struct keep_answer account_flow_keep(const struct exchange_answer *answer, struct keep_answer keep);

/* How long to wait after a failure (section 4.5), where the account is to have flows and its
 * settings name no back-off of their own. */
struct retry_policy account_retry_policy(const struct account *account);

#endif
