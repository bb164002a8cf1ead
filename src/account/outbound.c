#include "account/outbound.h"

#include "account/internal.h"
#include "account/legs.h"
#include "usage/outbound.h"

/* Section 4.5: where no flow of the account is left it is tried sooner. */
static const hf_time base_none_left = 30 * HF_SECOND, base_others_left = 90 * HF_SECOND,
                     wait_max = 1800 * HF_SECOND;

static bool is_same_server(const struct account *account, uint32_t hop, uint32_t other) {
    struct hop one, two;

    return hop_get(account->settings, hop, &one) && hop_get(account->settings, other, &two) &&
           one.server == two.server;
}

bool account_flow_replaced(const struct account *account, const struct binding *former,
                           const struct binding *binding) {
    return former->outbound && binding->outbound &&
           is_same_server(account, former->hop, binding->hop);
}

bool account_flow_is_renewed(const struct account *account, unsigned server) {
    const struct binding *binding = &account->binding;
    struct hop hop;

    return binding->path && binding->outbound && hop_get(account->settings, binding->hop, &hop) &&
           hop.server == server &&
           outbound_is_offered(&account->registration, account->settings, server);
}

struct retry_policy account_retry_policy(const struct account *account) {
    struct retry_policy policy = policy_retry(account->settings);

    if (outbound_reg_id(account->settings) == 0 ||
        (policy.backoff_base > 0 && policy.backoff_max > 0))
        return policy;
    policy.backoff_base = legs_other_is_bound(account) ? base_others_left : base_none_left;
    policy.backoff_max = wait_max;
    return policy;
}

struct keep_answer account_flow_keep(const struct exchange_answer *answer,
                                     struct keep_answer keep) {
    uint32_t seconds = answer->flow_timer;

    if (!answer->outbound)
        return keep;
    if (keep.kind == KEEP_WANTED && keep.seconds > 0 && (seconds == 0 || keep.seconds < seconds))
        seconds = keep.seconds;
    return (struct keep_answer){.kind = KEEP_WANTED, .seconds = seconds, .flow = true};
}
