/* How long to wait: after an attempt at all candidates failed, after a rejection, and before the
 * first attempt of all. Pure. */
#ifndef TARGET_RETRY_H
#define TARGET_RETRY_H

#include "base/random.h"

struct retry_policy {
    hf_time
        interval; /* the fixed wait of the manuals (Grandstream 20 s, Yealink 30 s, FLX 300 s) */
    /* RFC 5626 section 4.5: uniform in 50 % to 100 % of min(max, base * 2^failures). Base 0: the
     * fixed interval counts (Yealink reg_failed_retry_min_time, _max_time). */
    hf_time backoff_base;
    hf_time backoff_max;
    /* Uniform between the two (Grandstream HT "random retry wait"); max 0: off. */
    hf_time random_min;
    hf_time random_max;
};

/* `failures` counts failed attempts since the last success, this one included (at least 1).
 * `retry_after` is what the servers asked for, 0 if nothing: never less than that is waited, up to
 * a day. The result is at least a second, whatever is configured: nothing makes an account send
 * more than one attempt a second in the long run. */
hf_time retry_wait(const struct retry_policy *policy, uint32_t failures, hf_time retry_after,
                   struct random *random);

/* Between which bounds retry_wait will be, if the servers ask for nothing. */
struct retry_range {
    hf_time min;
    hf_time max;
};

struct retry_range retry_range(const struct retry_policy *policy, uint32_t failures);

/* As much of a Retry-After as is believed. */
hf_time retry_after_bounded(hf_time retry_after);

/* The wait after the credentials or the account were refused, where another try would only feed a
 * lock-out. `configured` 0: HF_NEVER, until the settings change or somebody asks. Else as above. */
hf_time rejection_wait(hf_time configured, hf_time retry_after);

/* The wait before an account's first REGISTER after a start of the program (Yealink
 * sip.reg_surge_prevention), so that what a power cut stopped does not come up in one instant. Its
 * turn is drawn from the first `spread` of the program's run, of which `running` has passed
 * already; 0: it is its turn now. A binding from before that must be refreshed within `left`
 * (HF_NEVER: there is none) makes the window shorter, so that nobody loses it by waiting. */
hf_time start_wait(hf_time spread, hf_time running, hf_time left, struct random *random);

#endif
