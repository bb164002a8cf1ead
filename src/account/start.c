/* When an account registers for the first time after a start of the program. */
#include "account/internal.h"
#include "account/memory.h"

/* A registrar may still hold a binding from before: it is renewed early enough for a failed
 * transaction and one more attempt, or when half of what is left has passed. */
static hf_time left_until_renewal(const struct account *account, hf_time now) {
    const struct past_binding *former = past_former(account->past);

    if (!former || former->ends_at <= now)
        return HF_NEVER;
    hf_time left = former->ends_at - now;
    hf_time margin = 2 * policy_refresh(account->settings).transaction;

    return left - (margin < left / 2 ? margin : left / 2);
}

/* Accounts that are added later on, within the spread, take part in what is left of it; after it
 * nothing delays them. Whoever asks for a registration gets it at once, as ever. */
void account_register_in_turn(struct engine *engine, struct account *account, hf_time now) {
    hf_time wait =
        start_wait(settings_duration(account->settings, SETTING_START_SPREAD, 0),
                   now - engine->started_at, left_until_renewal(account, now), &engine->random);

    if (wait == 0) {
        account_register_soon(engine, account, now);
        return;
    }
    account->intent = INTENT_REGISTERED;
    journal_note(&account->journal, JOURNAL_WAIT_START, journal_milliseconds(wait), now);
    account_wait_until(engine, account, HF_STATE_WAITING, now + wait);
}
