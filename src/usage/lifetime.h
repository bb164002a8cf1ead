/* The life of a binding in numbers: when it is refreshed. Pure. */
#ifndef USAGE_LIFETIME_H
#define USAGE_LIFETIME_H

#include "base/random.h"

/* How long after the 200 the refresh goes out, for a granted lifetime.
 *
 * `before` is "Re-register before Expiration" (Grandstream P2330, Yealink
 * register_expires_overlap): that long before the end. 0, or a value that is not shorter than the
 * lifetime, leaves the choice to us, as the manuals do not say: a margin in which a whole failed
 * transaction and one more attempt fit, min(half the lifetime, 2 * 64 * T1), and in that case up
 * to 10 % earlier, so that a fleet does not march in step.
 *
 * Never less than a second, however short the grant. Grows with the lifetime (but for the
 * spread). */
hf_time refresh_after(uint32_t granted_seconds, hf_time before, hf_time t1, struct random *random);

#endif
