#include "account/loss.h"

#include "account/internal.h"
#include "account/keep_alive.h"
#include "account/turns.h"

enum { LONG_LIVED = 30, STEPS_MAX = 10 };

/* Accounts that lost a connection together, and come back together, would be a storm. */
static const hf_time spread_of_one = 10 * HF_MILLISECOND;

/* A server that registers us and closes, again and again, is asked ever more rarely: at once, then
 * after 2, 4, ... 1024 s (RFC 5626 section 4.5 in spirit). */
static hf_time brake(struct account *account, hf_time now) {
    if (now - account->binding.path->opened_at >= LONG_LIVED * HF_SECOND)
        account->losses = 0;
    if (account->losses <= STEPS_MAX)
        account->losses++;
    return account->losses == 1 ? 0 : HF_SECOND << (account->losses - 1);
}

void account_flow_lost(struct engine *engine, struct account *account, uint32_t count,
                       hf_time now) {
    const struct path *path = account->binding.path;
    hf_time wait = brake(account, now);

    if (account->intent != INTENT_REGISTERED || account_is_removing(account))
        return;
    journal_note(&account->journal, JOURNAL_FLOW_LOST, path->failure, now);
    keep_alive_stop(engine, account);
    if (account->attempt || account->failures > 0) {
        account_register_again(engine, account, now);
        return;
    }
    if (count > 1)
        wait += random_below(&engine->random, count * spread_of_one);
    if (account->next_attempt_at <= now + wait)
        return;
    account->next_attempt_at = now + wait;
    if (wait == 0)
        account_await_turn(engine, account, now);
    else
        account_rearm(engine, account);
}
