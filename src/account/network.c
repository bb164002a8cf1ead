#include "account/network.h"

#include "account/internal.h"

static const hf_time spread = 3 * HF_SECOND;

hf_time network_wait(struct engine *engine) {
    return (hf_time)random_below(&engine->random, spread);
}

/* A binding whose path could not be opened again counts as well: nobody can reach us there. */
static bool is_in_need(const struct account *account) {
    const struct path *path = account->binding.path;

    if (account->failures > 0)
        return !account->wait_asked && account->resting_state != HF_STATE_REJECTED;
    return path && path->state == PATH_FAILED;
}

void account_network_changed(struct engine *engine, struct account *account, hf_time now) {
    if (account->intent != INTENT_REGISTERED)
        return;
    if (account->attempt && account->attempt->purpose == ATTEMPT_TO_REGISTER) {
        account->retry_soon = true;
        return;
    }
    if (account->attempt || !is_in_need(account))
        return;
    const hf_time at = now + network_wait(engine);

    if (account->failures > 1)
        account->failures = 1;
    if (at >= account->next_attempt_at)
        return;
    journal_note(&account->journal, JOURNAL_NETWORK_CHANGED, 0, now);
    account->next_attempt_at = at;
    account_rearm(engine, account);
}
