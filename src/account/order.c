#include "account/order.h"

#include "account/memory.h"
#include "base/assert.h"

/* The hop at a position of this attempt: the first one first, then the others in their order. */
uint32_t order_hop(const struct attempt *attempt, uint32_t position) {
    if (position == 0)
        return attempt->first_hop;
    return position <= attempt->first_hop ? position - 1 : position;
}

uint32_t order_length(const struct account *account, const struct attempt *attempt) {
    switch ((enum attempt_purpose)attempt->purpose) {
    case ATTEMPT_TO_REGISTER:
        return hops_count(account->settings);
    case ATTEMPT_TO_FAIL_BACK:
        return account->binding.path ? account->binding.hop : 0;
    case ATTEMPT_TO_REMOVE:
        return 0;
    case ATTEMPT_TO_CLEAR:
        return 1;
    }
    HF_UNREACHABLE();
}

/* Where a renewal starts is a matter of the failback policy. */
static uint32_t first_hop_of_renewal(const struct account *account) {
    struct hop hop;

    if (!hop_get(account->settings, account->binding.hop, &hop))
        return 0;
    const struct failback_policy failback = policy_failback(account->settings, hop.server);

    return failback_first_hop(&failback, account->binding.hop);
}

/* The first REGISTER after a restart goes where the binding was. */
static void seek_past(const struct account *account, struct attempt *attempt) {
    const struct past_binding *former = past_former(account->past);

    if (!former)
        return;
    attempt->first_hop = former->hop;
    attempt->sought = former->target;
}

void order_begin(const struct account *account, struct attempt *attempt,
                 const struct binding *from) {
    if (from)
        attempt->first_hop = from->hop;
    else if (account->binding.path)
        attempt->first_hop = first_hop_of_renewal(account);
    else
        seek_past(account, attempt);
}

bool order_was_tried(const struct attempt *attempt, const struct target *target) {
    for (size_t i = 0; i < attempt->tried_count; i++)
        if (target_equal(&attempt->tried[i], target))
            return true;
    return false;
}

/* The target that holds the binding comes first among those of its hop: a refresh goes where the
 * binding is, as long as the name still leads there. */
static bool prefer_target(struct located *located, const struct target *target) {
    for (size_t i = 0; i < located->count; i++) {
        if (target_equal(&located->targets[i], target)) {
            located->targets[i] = located->targets[0];
            located->targets[0] = *target;
            return true;
        }
    }
    return false;
}

static void prefer_bound_target(const struct account *account, struct attempt *attempt) {
    const struct binding *binding = &account->binding;

    if (binding->path && binding->hop == attempt->hop)
        (void)prefer_target(&attempt->located, &binding->target);
}

/* The same with what was bound before a restart. False: the first hop does not lead there any
 * more, and is only to be tried in its turn. */
static bool prefer_sought_target(struct attempt *attempt) {
    const struct target sought = attempt->sought;
    bool clears = attempt->purpose == ATTEMPT_TO_CLEAR;

    attempt->sought = (struct target){0};
    bool found =
        sought.address.family != HF_FAMILY_NONE && prefer_target(&attempt->located, &sought);

    if (clears)
        attempt->located.count = 1;
    if (found || clears || sought.address.family == HF_FAMILY_NONE || attempt->first_hop == 0)
        return true;
    attempt->first_hop = 0;
    attempt->located.count = 0;
    return false;
}

bool order_targets(const struct account *account, struct attempt *attempt) {
    prefer_bound_target(account, attempt);
    return prefer_sought_target(attempt);
}

bool order_is_last(const struct account *account, const struct attempt *attempt) {
    return attempt->purpose != ATTEMPT_TO_CLEAR && /* whose failure holds nothing up */
           attempt->position >= order_length(account, attempt) &&
           attempt->next_target >= attempt->located.count;
}
