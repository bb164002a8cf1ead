#include "account/legs.h"
#include "agent/internal.h"
#include "base/assert.h"

static bool is_first_bound(const struct account *account) {
    for (unsigned i = 0; account->legs && i < legs_index_of(account); i++)
        if (account->legs->members[i]->binding.path)
            return false;
    return true;
}

void agent_check(const struct hf_agent *agent) {
    const struct engine *engine = &agent->engine;
    const struct account *account;
    uint32_t cursor = 0;
    uint64_t handle, bound = 0, further = 0;
    size_t attempts = 0, keep_alives = 0;

    timer_wheel_check(&engine->wheel);
    client_transactions_check(&engine->clients);
    server_transactions_check(&agent->servers);
    while ((account = slab_next(&engine->accounts, &cursor, &handle)) != NULL) {
        account_check(engine, account);
        bound += account->binding.path && is_first_bound(account) ? 1 : 0;
        further += legs_first(account) == account ? 0 : 1;
        if (account->legs)
            legs_check(account->legs);
        attempts += account->attempt ? 1 : 0;
        attempts += account->removal ? 1 : 0;
        keep_alives += account->keep_alive ? 1 : 0;
    }
    HF_ASSERT(bound == engine->registered);
    HF_ASSERT(further == engine->further_legs);
    HF_ASSERT(attempts == engine->attempts.count);
    HF_ASSERT(engine->users.map.count == engine->accounts.count);
    HF_ASSERT(keep_alives == engine->keep_alives.count);
}
