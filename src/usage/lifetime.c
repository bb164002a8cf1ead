#include "usage/lifetime.h"

static const hf_time refresh_min = HF_SECOND;

static hf_time smaller(hf_time a, hf_time b) {
    return a < b ? a : b;
}

static hf_time larger(hf_time a, hf_time b) {
    return a > b ? a : b;
}

/* Up to a tenth earlier; grows with `after` for the same draw. */
static hf_time spread(hf_time after, struct random *random) {
    return after - random_below(random, after / 10 + 1);
}

static hf_time own_choice(const struct refresh_policy *policy, hf_time lifetime) {
    return lifetime - smaller(2 * policy->transaction, lifetime / 2);
}

/* Every branch grows with the lifetime, and so does the larger of two of them. */
hf_time refresh_after(const struct refresh_policy *policy, uint32_t granted_seconds,
                      struct random *random) {
    hf_time lifetime = granted_seconds * HF_SECOND;
    hf_time before = policy->before;
    hf_time after;

    if (before == 0)
        after = spread(own_choice(policy, lifetime), random);
    else
        after = larger(lifetime > before ? lifetime - before : 0,
                       spread(smaller(lifetime, before) / 2, random));
    return larger(after, refresh_min);
}
