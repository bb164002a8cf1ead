/* When to go back to a better server after a failover: the vendors' many modes as one policy
 * (docs/failover.md has the table). Pure functions.
 *
 * A *hop* is the index of a server (or of a proxy before it) in the configured order; 0 is the
 * best. "Working" is the hop through which the account is registered now. */
#ifndef TARGET_FAILBACK_H
#define TARGET_FAILBACK_H

#include "holdfast/types.h"

enum failback_mode {
    FAILBACK_MODE_NEW_REQUESTS, /* every new request starts at the best hop */
    FAILBACK_MODE_DNS_TTL,      /* when the working target's records expire */
    FAILBACK_MODE_REGISTRATION, /* when the registration must be renewed */
    FAILBACK_MODE_DURATION,     /* after `period` since the failover; 0 = as STAY */
    FAILBACK_MODE_STAY,         /* only when the working target itself fails */
    FAILBACK_MODE_PROBE,        /* ask the best hop every `period` */
};

struct failback_policy {
    enum failback_mode mode;
    hf_time period;
    hf_time retry; /* the retry wait: failback by TTL never comes more often */
};

/* The hop at which a renewal of the binding starts. */
unsigned failback_first_hop(const struct failback_policy *policy, unsigned working_hop);

/* When to try the better hops while the binding at `working_hop` is fine, apart from its renewal.
 * `since` is the failover or the last try, whichever is later; `records_expire_at` the end of the
 * working target's TTL (HF_NEVER for an address). HF_NEVER: not at all. */
hf_time failback_at(const struct failback_policy *policy, unsigned working_hop, hf_time since,
                    hf_time records_expire_at);

/* Bounds how often an account goes back, so that a primary that comes and goes does not drag it
 * along: `per_hour` moves an hour in the long run, two in quick succession (0: no bound). */
struct failback_brake {
    hf_time spent_until_at;
};

/* The first instant at which it may go back. */
hf_time failback_brake_free_at(const struct failback_brake *brake, unsigned per_hour);

/* It went back. */
void failback_brake_count(struct failback_brake *brake, unsigned per_hour, hf_time now);

#endif
