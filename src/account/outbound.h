/* An account whose binding is a flow (RFC 5626): what that changes. */
#ifndef ACCOUNT_OUTBOUND_H
#define ACCOUNT_OUTBOUND_H

#include "account/account.h"

/* A registrar that does outbound has put `binding` in the place of `former`: there is nothing to
 * remove (section 6). */
bool account_flow_replaced(const struct account *account, const struct binding *former,
                           const struct binding *binding);

/* The next REGISTER by this binding's way renews the flow wherever it comes from now: a former
 * Contact need not be removed with it. */
bool account_flow_is_renewed(const struct account *account, unsigned server);

/* How long to wait after a failure (section 4.5), where the account is to have flows and its
 * settings name no back-off of their own. */
struct retry_policy account_retry_policy(const struct account *account);

#endif
