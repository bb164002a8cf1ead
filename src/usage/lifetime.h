/* The life of a binding in numbers: when it is refreshed. Pure. */
#ifndef USAGE_LIFETIME_H
#define USAGE_LIFETIME_H

#include "base/random.h"

struct refresh_policy {
    /* "Re-register before Expiration" (Grandstream P2330, Yealink register_expires_overlap): that
     * long before the end; 0 leaves the choice to us, as the manuals do not say. */
    hf_time before;
    hf_time transaction; /* how long an answer is waited for at the most: Timer F, or 64 * T1 */
};

/* How long after the 200 the refresh goes out, for a granted lifetime.
 *
 * Ours to choose (`before` is 0): the margin is two whole transactions, so that one may fail and
 * another attempt still be in time, but at the most half the lifetime; and then up to a tenth
 * earlier at random, so that a fleet does not march in step.
 *
 * Configured: `before` the end, to the second. A lifetime that is not longer than `before` is
 * refreshed at its half (spread as above). The two rules alone would jump: with `before` 60, a
 * grant of 60 s would be refreshed after 30 s and one of 61 s after 1 s. So a longer grant never
 * refreshes before the half of a grant of `before` does; `before` is kept to the second as long as
 * it is at most two thirds of the lifetime.
 *
 * For the same draw a longer grant is never refreshed earlier than a shorter one. Never less than
 * a second, however short the grant: of a grant of 1 s that is its end. */
hf_time refresh_after(const struct refresh_policy *policy, uint32_t granted_seconds,
                      struct random *random);

#endif
