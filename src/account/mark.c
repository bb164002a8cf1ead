#include "account/mark.h"

#include "account/legs.h"

/* A dead target costs each who tries it four transmissions, so one in half a minute tries it. */
static const hf_time silent_rest = 30 * HF_SECOND;
/* RFC 3261 section 21.5.4 leaves it open; five minutes is what phones with a cache of dead hosts
 * do. */
static const hf_time overloaded_rest = 300 * HF_SECOND;

static bool is_shared(const struct account *account) {
    return settings_word(account->settings, SETTING_HEALTH, 0) == HEALTH_SHARED;
}

uint64_t mark_scope(const struct account *account) {
    return is_shared(account) ? HEALTH_OF_ALL : legs_first(account)->id;
}

void mark_served(struct engine *engine, const struct account *account, const struct target *target,
                 hf_time now) {
    health_served(&engine->health, target, mark_scope(account), now);
}

/* Whoever asks the better servers more often than that wants to know sooner. */
static hf_time rest_of_silent(const struct account *account) {
    const struct hop second = {.server = 1, .proxy = -1};
    const struct failback_policy policy = policy_failback(account->settings, &second);
    hf_time rest = policy.period > 0 && policy.period < silent_rest ? policy.period : silent_rest;
    hf_time interval = settings_duration(account->settings, SETTING_PROXY_FALLBACK_INTERVAL, 0);

    return interval > 0 && interval < rest ? interval : rest;
}

/* A phone of its own tries the first server with each attempt, as its manual says. */
void mark_silent(struct engine *engine, const struct account *account, const struct target *target,
                 hf_time since_at, hf_time now) {
    if (is_shared(account))
        health_failed(&engine->health, target, HEALTH_OF_ALL, rest_of_silent(account), false,
                      since_at, now);
}

void mark_refused(struct engine *engine, const struct account *account, const struct target *target,
                  unsigned status, hf_time retry_after, hf_time since_at, hf_time now) {
    if (retry_after > 0)
        health_failed(&engine->health, target, mark_scope(account),
                      retry_after_bounded(retry_after), true, since_at, now);
    else if (status == 503) {
        health_failed(&engine->health, target, mark_scope(account), overloaded_rest, false,
                      since_at, now);
        health_own_word(&engine->health, target, mark_scope(account));
    } else
        mark_silent(engine, account, target, since_at, now);
}
