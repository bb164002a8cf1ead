/* The network of this machine has changed: who failed for want of it need not wait any longer. */
#ifndef ACCOUNT_NETWORK_H
#define ACCOUNT_NETWORK_H

#include "account/account.h"

/* How long to wait before the first try over it: accounts do not all come back at once. */
hf_time network_wait(struct engine *engine);

/* An account that waits after a failure tries again soon, and its waits begin anew; one that is
 * just trying, which it began before, does so if it fails. Not one that was rejected, nor one whose
 * server asked for the wait. */
void account_network_changed(struct engine *engine, struct account *account, hf_time now);

#endif
