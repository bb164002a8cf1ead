#include "account/order.h"

#include "account/internal.h"
#include "account/mark.h"
#include "account/memory.h"
#include "base/assert.h"

/* Between servers, and between the targets of one. Among equals a renewal goes where the binding
 * is. */
static void order_renewal(const struct account *account, struct candidates *candidates,
                          hf_time now) {
    const struct binding *binding = &account->binding;
    const struct candidate served = binding_candidate(binding);

    candidates->first_hop = account_first_hop(account, now);
    candidates->preferred_among_equals = account_renewal_rises(account, now);
    if (binding->level == 0 || !candidates->preferred_among_equals)
        candidates_prefer(candidates, binding->hop, &served);
}

/* The first REGISTER after a restart goes where the binding was. */
static void order_first(const struct account *account, struct candidates *candidates) {
    const struct past_binding *former = past_former(account->past);

    if (!former)
        return;
    const struct candidate served = {.target = former->target, .endpoint = former->endpoint};

    candidates->first_hop = former->hop;
    candidates->seeks = true;
    candidates_prefer(candidates, former->hop, &served);
}

static void order_registration(const struct account *account, struct candidates *candidates,
                               const struct binding *from, hf_time now) {
    candidates_begin(candidates, 0, RANK_ANY);
    if (from) {
        const struct candidate served = binding_candidate(from);

        candidates->first_hop = from->hop;
        candidates_prefer(candidates, from->hop, &served);
    } else if (account->binding.path) {
        order_renewal(account, candidates, now);
    } else {
        order_first(account, candidates);
    }
}

void order_begin(const struct account *account, struct attempt *attempt, const struct binding *from,
                 hf_time now) {
    const struct binding *binding = &account->binding;

    switch ((enum attempt_purpose)attempt->purpose) {
    case ATTEMPT_TO_REGISTER:
        order_registration(account, &attempt->candidates, from, now);
        candidates_mind_health(&attempt->candidates, mark_scope(account), true);
        break;
    case ATTEMPT_TO_FAIL_BACK:
        candidates_begin(&attempt->candidates, 0, rank_of(binding->hop, binding->level));
        candidates_mind_health(&attempt->candidates, mark_scope(account), false);
        break;
    case ATTEMPT_TO_REMOVE: {
        const struct candidate place = binding_candidate(from);

        candidates_begin_with(&attempt->candidates, from->hop, &place);
        break;
    }
    case ATTEMPT_TO_CLEAR:
        HF_UNREACHABLE();
    }
}

void order_begin_clearing(struct attempt *attempt, const struct attempt_clearing *clearing) {
    const struct candidate place = {.target = clearing->target, .endpoint = clearing->endpoint};

    candidates_begin(&attempt->candidates, clearing->hop, RANK_ANY);
    candidates_prefer(&attempt->candidates, clearing->hop, &place);
    attempt->candidates.single = true;
}

uint32_t order_first_hop(const struct account *account, hf_time at) {
    const struct past_binding *former = past_former(account->past);

    if (account->binding.path)
        return account_first_hop(account, at);
    return former ? former->hop : 0;
}
