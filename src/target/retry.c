#include "target/retry.h"

#include "base/assert.h"

static const hf_time wait_min = HF_SECOND;
/* A server may ask for any time; beyond a day it would look like a dead account. */
static const hf_time retry_after_max = 24 * 3600 * HF_SECOND;

static hf_time uniform(hf_time min, hf_time max, struct random *random) {
    return max > min ? min + random_below(random, max - min + 1) : min;
}

static struct retry_range backoff(const struct retry_policy *policy, uint32_t failures) {
    hf_time wait = policy->backoff_base;

    for (uint32_t i = 0; i < failures && wait < policy->backoff_max; i++)
        wait *= 2;
    if (wait > policy->backoff_max)
        wait = policy->backoff_max;
    return (struct retry_range){.min = wait / 2, .max = wait};
}

static struct retry_range configured_range(const struct retry_policy *policy, uint32_t failures) {
    if (policy->backoff_base > 0 && policy->backoff_max > 0)
        return backoff(policy, failures);
    if (policy->random_max > 0)
        return (struct retry_range){.min = policy->random_min, .max = policy->random_max};
    return (struct retry_range){.min = policy->interval, .max = policy->interval};
}

hf_time retry_after_bounded(hf_time retry_after) {
    return retry_after < retry_after_max ? retry_after : retry_after_max;
}

/* Never less than a server asked for, nor than a second. */
static hf_time bounded(hf_time wait, hf_time retry_after) {
    retry_after = retry_after_bounded(retry_after);
    if (wait < retry_after)
        wait = retry_after;
    return wait > wait_min ? wait : wait_min;
}

hf_time retry_wait(const struct retry_policy *policy, uint32_t failures, hf_time retry_after,
                   struct random *random) {
    const struct retry_range range = configured_range(policy, failures);

    HF_ASSERT(failures >= 1);
    return bounded(uniform(range.min, range.max, random), retry_after);
}

struct retry_range retry_range(const struct retry_policy *policy, uint32_t failures) {
    const struct retry_range range = configured_range(policy, failures);
    hf_time min = bounded(range.min, 0), max = bounded(range.max, 0);

    return (struct retry_range){.min = min, .max = max > min ? max : min};
}

hf_time rejection_wait(hf_time configured, hf_time retry_after) {
    return configured == 0 ? HF_NEVER : bounded(configured, retry_after);
}

hf_time start_wait(hf_time spread, hf_time running, hf_time left, struct random *random) {
    if (spread <= running || left == 0)
        return 0;
    hf_time window = left < spread - running ? running + left : spread;
    hf_time turn = uniform(0, window, random);

    return turn > running ? turn - running : 0;
}
