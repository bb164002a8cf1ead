/* When an account goes back to a better server, or a better target of the same one, and what keeps
 * it from doing so: calls in progress, and a primary that comes and goes. */
#include "account/internal.h"
#include "account/proxies.h"

/* How soon to see what became of a trial: most end within it, and a target that failed rests longer
 * than that. */
static const hf_time trial_look = 9 * HF_SECOND;

static unsigned moves_per_hour(const struct account *account) {
    return (unsigned)settings_number(account->settings, SETTING_FAILBACK_MOVES, 0);
}

static struct hop working_hop(const struct account *account) {
    struct hop hop = {.proxy = -1};

    (void)hop_get(account->settings, account->binding.hop, &hop);
    return hop;
}

/* Yealink T58 guide p. 581: modes 1 to 3 act only while the phone is idle. */
static bool waits_for_idle(enum failback_mode mode) {
    switch (mode) {
    case FAILBACK_MODE_DNS_TTL:
    case FAILBACK_MODE_REGISTRATION:
    case FAILBACK_MODE_DURATION:
        return true;
    case FAILBACK_MODE_NEW_REQUESTS:
    case FAILBACK_MODE_STAY:
    case FAILBACK_MODE_PROBE:
        break;
    }
    return false;
}

static bool may_go(const struct account *account, const struct failback_policy *policy,
                   hf_time now) {
    return failback_brake_free_at(&account->brake, moves_per_hour(account)) <= now &&
           !(account->busy && waits_for_idle(policy->mode));
}

uint32_t account_first_hop(const struct account *account, hf_time now) {
    const struct binding *binding = &account->binding;

    if (binding->hop == 0)
        return 0;
    const struct hop working = working_hop(account);
    const struct failback_policy between = policy_failback(account->settings, &working);

    if (!may_go(account, &between, now))
        return binding->hop;
    uint32_t first = failback_first_hop(&between, binding->hop);

    /* Grandstream HT8xx, Prefer Primary Outbound Proxy */
    if (first == binding->hop && settings_bool(account->settings, SETTING_PROXY_PREFER_PRIMARY, 0))
        first = proxies_first_hop(account->settings, binding->hop);
    return first;
}

bool account_renewal_rises(const struct account *account, hf_time now) {
    if (account->binding.records_expire_at == HF_NEVER && account->binding.level == 0)
        return false; /* an address, and there is none before it */
    const struct hop working = working_hop(account);
    const struct failback_policy within = policy_failback_within(account->settings, &working);

    return may_go(account, &within, now) && failback_first_hop(&within, 1) == 0;
}

/* At the very end of their time to live they are used still; after it the DNS is asked anew. */
static hf_time records_gone_at(const struct binding *binding) {
    return binding->records_expire_at == HF_NEVER ? HF_NEVER : binding->records_expire_at + 1;
}

/* Better servers, and better targets of the same server, each have their own policy: the earlier
 * one counts. */
void account_plan_failback(struct account *account, hf_time since) {
    const struct binding *binding = &account->binding;

    account->failback_at = HF_NEVER;
    account->failback_put_off = account->failback_passed = false;
    if (!binding->path || rank_of(binding->hop, binding->level) == 0)
        return; /* there is nothing better */
    const struct hop working = working_hop(account);
    const hf_time free_at = failback_brake_free_at(&account->brake, moves_per_hour(account));
    const struct failback_policy between = policy_failback(account->settings, &working);
    const struct failback_policy within = policy_failback_within(account->settings, &working);
    hf_time to_proxy = proxies_fallback_at(account->settings, binding->hop, &between, since);
    hf_time to_server = failback_at(&between, binding->hop, since, records_gone_at(binding));
    hf_time to_target = failback_at(&within, binding->level, since, records_gone_at(binding));

    account->failback_at = to_server < to_target ? to_server : to_target;
    if (to_proxy < account->failback_at)
        account->failback_at = to_proxy;
    if (account->failback_at < free_at)
        account->failback_at = free_at;
}

/* The DNS was asked anew, so its new time to live counts. Who was not asked because it failed
 * others is asked when it has rested; who is being tried by somebody else, when that has come to
 * something. If it has failed once more meanwhile, others have asked it in vain in this account's
 * place. */
void account_plan_failback_again(struct account *account, const struct attempt_result *result,
                                 hf_time now) {
    const bool was_passed = account->failback_passed;
    hf_time again_at = result->rested_at;

    if (account->binding.path && account->binding.records_expire_at != HF_NEVER &&
        result->records_expire_at != HF_NEVER)
        account->binding.records_expire_at = result->records_expire_at;
    account_plan_failback(account, now);
    if (was_passed && !result->passed_trial)
        return;
    if (result->passed_trial && now + trial_look < again_at)
        again_at = now + trial_look;
    account->failback_passed = again_at != HF_NEVER;
    if (account->failback_at != HF_NEVER && again_at < account->failback_at)
        account->failback_at = again_at;
}

void account_count_failback(struct account *account, hf_time now) {
    failback_brake_count(&account->brake, moves_per_hour(account), now);
}

bool account_put_failback_off(struct account *account) {
    const struct hop working = working_hop(account);
    const struct failback_policy policy = account->binding.hop > 0
                                              ? policy_failback(account->settings, &working)
                                              : policy_failback_within(account->settings, &working);

    account->failback_put_off = account->busy && waits_for_idle(policy.mode);
    if (account->failback_put_off)
        account->failback_at = HF_NEVER;
    return account->failback_put_off;
}

void account_set_busy(struct engine *engine, struct account *account, bool busy, hf_time now) {
    account->busy = busy;
    if (busy || !account->failback_put_off)
        return;
    account->failback_put_off = false;
    account->failback_at = now;
    account_rearm(engine, account);
}
