#include "account/policy.h"

#include "account/proxies.h"
#include "base/assert.h"

struct retry_policy policy_retry(const struct hf_settings *settings) {
    return (struct retry_policy){
        .interval = settings_duration(settings, SETTING_RETRY, 0),
        .backoff_base = settings_duration(settings, SETTING_RETRY_MIN, 0),
        .backoff_max = settings_duration(settings, SETTING_RETRY_MAX, 0),
        .random_min = settings_bool(settings, SETTING_RETRY_RANDOM, 0)
                          ? settings_duration(settings, SETTING_RETRY_RANDOM_MIN, 0)
                          : 0,
        .random_max = settings_bool(settings, SETTING_RETRY_RANDOM, 0)
                          ? settings_duration(settings, SETTING_RETRY_RANDOM_MAX, 0)
                          : 0,
    };
}

/* Timer F may be configured shorter than 64 * T1 to fail over fast; the margin does not shrink with
 * it, because the retry wait has to fit in as well. */
struct refresh_policy policy_refresh(const struct hf_settings *settings) {
    hf_time timer_f = settings_duration(settings, SETTING_TIMER_F, 0);
    hf_time longest = 64 * settings_duration(settings, SETTING_T1, 0);

    return (struct refresh_policy){
        .before = settings_duration(settings, SETTING_REREGISTER_BEFORE, 0),
        .transaction = timer_f > longest ? timer_f : longest,
    };
}

static enum failback_mode failback_mode_of(enum setting_failback word) {
    switch (word) {
    case FAILBACK_NEW_REQUESTS:
        return FAILBACK_MODE_NEW_REQUESTS;
    case FAILBACK_DNS_TTL:
        return FAILBACK_MODE_DNS_TTL;
    case FAILBACK_REGISTRATION:
        return FAILBACK_MODE_REGISTRATION;
    case FAILBACK_DURATION:
        return FAILBACK_MODE_DURATION;
    case FAILBACK_STAY:
    case FAILBACK_SAME:
        return FAILBACK_MODE_STAY;
    case FAILBACK_PROBE:
        return FAILBACK_MODE_PROBE;
    }
    HF_UNREACHABLE();
}

struct failback_policy policy_failback_within(const struct hf_settings *settings,
                                              const struct hop *hop) {
    unsigned by_mode, by_period;
    const enum setting mode =
        proxies_setting(settings, hop, SETTING_FAILBACK, SETTING_PROXY_FAILBACK, &by_mode);
    const enum setting period = proxies_setting(settings, hop, SETTING_FAILBACK_TIMEOUT,
                                                SETTING_PROXY_FAILBACK_TIMEOUT, &by_period);

    return (struct failback_policy){
        .mode = failback_mode_of((enum setting_failback)settings_word(settings, mode, by_mode)),
        .period = settings_duration(settings, period, by_period),
        .retry = settings_duration(settings, SETTING_RETRY, 0),
    };
}

struct failback_policy policy_failback(const struct hf_settings *settings, const struct hop *hop) {
    enum setting_failback between =
        (enum setting_failback)settings_word(settings, SETTING_FALLBACK_FAILBACK, 0);
    struct failback_policy policy = policy_failback_within(settings, hop);

    if (hop->server > 0 && between != FAILBACK_SAME) {
        policy.mode = failback_mode_of(between);
        policy.period = settings_duration(settings, SETTING_FALLBACK_TIMEOUT, 0);
    }
    return policy;
}

struct transaction_timing policy_timing(const struct hf_settings *settings, const struct hop *hop,
                                        bool last) {
    struct transaction_timing timing = {
        .t1 = settings_duration(settings, SETTING_T1, 0),
        .t2 = settings_duration(settings, SETTING_T2, 0),
        .t4 = settings_duration(settings, SETTING_T4, 0),
        .timer_f = settings_duration(settings, SETTING_TIMER_F, 0),
        .resends_max = RESENDS_NO_LIMIT,
    };

    if (timing.timer_f == 0)
        timing.timer_f = 64 * timing.t1;
    if (!last) {
        unsigned index;
        const enum setting count = proxies_setting(settings, hop, SETTING_RETRY_COUNTS,
                                                   SETTING_PROXY_RETRY_COUNTS, &index);

        timing.resends_max = (unsigned)settings_number(settings, count, index);
    }
    return timing;
}

hf_time policy_stream_patience(const struct hf_settings *settings,
                               const struct transaction_timing *timing) {
    const hf_time least = settings_duration(settings, SETTING_CONNECT_TIMEOUT, 0);
    hf_time interval = timing->t1, patience = timing->t1;

    if (timing->resends_max == RESENDS_NO_LIMIT)
        return timing->timer_f;
    for (unsigned i = 0; i < timing->resends_max && patience < timing->timer_f; i++) {
        interval = interval * 2 < timing->t2 ? interval * 2 : timing->t2;
        patience += interval;
    }
    if (patience > timing->timer_f)
        patience = timing->timer_f;
    return patience > least ? patience : least;
}
