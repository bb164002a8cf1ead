/* While the connection to one address of a host is not made, one to an address of its other family
 * is begun beside it, and the first that is made is used (RFC 8305): a machine whose way to the
 * IPv4 or the IPv6 world leads nowhere loses a quarter of a second, not a timeout. The slower
 * address has not failed: nothing is said of its health, and it is tried when the other one has
 * failed. */
#ifndef ACCOUNT_RACE_H
#define ACCOUNT_RACE_H

#include "account/attempt.h"

/* The attempt has begun to wait for a connection: race_begin is due soon. */
void race_arm(struct engine *engine, struct attempt *attempt, hf_time now);

/* Begins the other connection, if there is an address for it. False: as in attempt_target.h. */
bool race_begin(struct engine *engine, struct account *account, struct attempt *attempt,
                hf_time now);

/* The other connection is made, or failed. False: as above. */
bool race_decided(struct engine *engine, struct account *account, struct attempt *attempt,
                  hf_time now);

/* Closes the other connection; harmless where there is none. */
void race_end(struct engine *engine, struct attempt *attempt);

#endif
