#include "account/account.h"
#include "agent/internal.h"
#include "base/assert.h"

void agent_check(const struct hf_agent *agent) {
    const struct engine *engine = &agent->engine;
    const struct account *account;
    uint32_t cursor = 0;
    uint64_t handle, bound = 0;
    size_t attempts = 0, keep_alives = 0;

    timer_wheel_check(&engine->wheel);
    client_transactions_check(&engine->clients);
    server_transactions_check(&agent->servers);
    while ((account = slab_next(&engine->accounts, &cursor, &handle)) != NULL) {
        account_check(engine, account);
        bound += account->binding.path ? 1 : 0;
        attempts += account->attempt ? 1 : 0;
        attempts += account->removal ? 1 : 0;
        keep_alives += account->keep_alive ? 1 : 0;
    }
    HF_ASSERT(bound == engine->registered);
    HF_ASSERT(attempts == engine->attempts.count);
    HF_ASSERT(engine->users.map.count == engine->accounts.count);
    HF_ASSERT(keep_alives == engine->keep_alives.count);
}
