/* What is given up lives on in an account of its own, which nobody outside knows, until it is
 * removed: the account itself need not wait for a server that may be dead. */
#include <string.h>

#include "account/attempt.h"
#include "account/internal.h"
#include "account/keep_alive.h"
#include "account/legs.h"
#include "account/memory.h"

/* Owns the settings from now on. NULL without memory. */
static struct account *ghost_new(struct engine *engine, struct account *account,
                                 struct hf_settings *settings) {
    hf_account_id id;
    struct account *ghost = slab_take(&engine->accounts, &id);

    if (!ghost)
        return NULL;
    ghost->id = id;
    ghost->settings = settings;
    (void)users_add(&engine->users, ghost); /* there is a table: it cannot fail */
    ghost->state = account->state;
    ghost->resting_state = HF_STATE_WAITING;
    ghost->next_attempt_at = ghost->failback_at = HF_NEVER;
    ghost->registration = account->registration;
    ghost->hop = account->hop;
    ghost->level = account->level;
    timer_init(&ghost->timer, ENGINE_TIMER_ACCOUNT);
    list_init(&ghost->on_path);
    list_init(&ghost->changed);
    return ghost;
}

static bool shares_call_id(const struct account *account, const struct account *twin) {
    return memcmp(account->registration.call_id, twin->registration.call_id,
                  sizeof twin->registration.call_id) == 0;
}

/* A ghost has the Call-ID of the account that it comes from, and in one Call-ID CSeq rises with
 * every REGISTER (RFC 3261 section 10.2): what it uses up the account, and its other ghosts, have
 * used up as well. So the account need not ask. */
uint32_t account_next_cseq(struct engine *engine, struct account *account) {
    uint32_t next = exchange_next_cseq(&account->registration);
    struct account *twin = NULL;

    if (account->intent != INTENT_GONE)
        return next;
    while ((twin = users_next_twin(&engine->users, account, twin)) != NULL)
        if (shares_call_id(account, twin) && twin->registration.cseq >= next)
            next = exchange_next_cseq(&twin->registration);
    account->registration.cseq = next;
    while ((twin = users_next_twin(&engine->users, account, twin)) != NULL) {
        if (!shares_call_id(account, twin))
            continue;
        twin->registration.cseq = next;
        account_touch(engine, twin);
    }
    return next;
}

static void take_removal(struct account *ghost, struct account *account) {
    ghost->removal = account->removal;
    if (ghost->removal)
        ghost->removal->account = ghost->id;
    account->removal = NULL;
}

int account_leave_ghost(struct engine *engine, struct account *account, struct account **ret) {
    *ret = NULL;
    if (!account->binding.path && !account->attempt && !account->removal &&
        !past_former(account->past))
        return 0;
    struct account *ghost = ghost_new(engine, account, account->settings);

    if (!ghost)
        return HF_ERROR_MEMORY;
    keep_alive_stop(engine, account);
    ghost->past = account->past;
    account->past = NULL;
    if (account->binding.path) {
        list_remove(&account->on_path);
        ghost->binding = account->binding;
        list_append(&ghost->binding.path->accounts, &ghost->on_path);
        if (legs_other_is_bound(account))
            engine->registered++; /* it counts by itself now */
        account->binding = (struct binding){0};
    }
    take_removal(ghost, account);
    ghost->attempt = account->attempt;
    if (ghost->attempt)
        ghost->attempt->account = ghost->id;
    account->attempt = NULL;
    account->settings = NULL;
    account->registration.credentials = (struct credential_set){0};
    *ret = ghost;
    return 0;
}

int account_leave_removal(struct engine *engine, struct account *account) {
    struct hf_settings *settings;
    int error = settings_pool_take(engine->pool, account->settings, &settings);

    if (error)
        return error;
    struct account *ghost = ghost_new(engine, account, settings);

    if (!ghost) {
        settings_pool_give(engine->pool, settings);
        return HF_ERROR_MEMORY;
    }
    ghost->registration.credentials = (struct credential_set){0};
    ghost->state = HF_STATE_UNREGISTERED;
    ghost->intent = INTENT_GONE;
    take_removal(ghost, account);
    return 0;
}
