#include "account/account.h"

#include <stdlib.h>

#include "account/attempt.h"
#include "account/gates.h"
#include "account/internal.h"
#include "account/keep_alive.h"
#include "account/late.h"
#include "account/legs.h"
#include "account/memory.h"
#include "account/turns.h"
#include "account/twins.h"
#include "base/assert.h"

/* Nothing is held and nothing is wanted any more. */
void account_come_to_rest(struct engine *engine, struct account *account) {
    account_leave_turns(engine, account);
    account->next_attempt_at = HF_NEVER;
    account_rearm(engine, account);
    account_set_state(account,
                      account_is_enabled(account) ? HF_STATE_UNREGISTERED : HF_STATE_DISABLED);
    if (account->intent == INTENT_GONE && !account->attempt && !account->removal)
        account_free(engine, account);
}

static void begin_from(struct engine *engine, struct account *account, enum attempt_purpose purpose,
                       struct binding *from, hf_time now) {
    account->renews_here = false;
    if (purpose != ATTEMPT_TO_FAIL_BACK) /* the renewal is due when it is due */
        account->next_attempt_at = HF_NEVER;
    account_leave_turns(engine, account);
    account_rearm(engine, account);
    if (purpose == ATTEMPT_TO_REGISTER && account_clear_past(engine, account, now))
        return;
    if (attempt_begin(engine, account, purpose, from, now) == 0)
        return;
    account_note_failure(account, 0, SLICE("out of memory"));
    if (purpose == ATTEMPT_TO_FAIL_BACK) {
        account_plan_failback(account, now);
        account_rearm(engine, account);
    } else {
        account_wait_for_retry(engine, account, 0, now);
    }
}

void account_begin(struct engine *engine, struct account *account, enum attempt_purpose purpose,
                   hf_time now) {
    begin_from(engine, account, purpose, purpose == ATTEMPT_TO_REMOVE ? &account->binding : NULL,
               now);
}

struct account *account_new(struct engine *engine, struct hf_settings *settings, uint64_t tag,
                            const struct hf_remembered *remembered, hf_time now) {
    hf_account_id id;
    struct account *account = slab_take(&engine->accounts, &id);

    if (account) {
        account->settings = settings;
        if (users_add(&engine->users, account)) {
            slab_give(&engine->accounts, id);
            account = NULL;
        }
    }
    if (!account) {
        settings_pool_give(engine->pool, settings);
        return NULL;
    }
    account->id = id;
    account->tag = tag;
    account->next_attempt_at = account->failback_at = HF_NEVER;
    timer_init(&account->timer, ENGINE_TIMER_ACCOUNT);
    list_init(&account->on_path);
    list_init(&account->changed);
    registration_init(&account->registration, settings, &engine->random);
    account->intent = INTENT_UNREGISTERED;
    account->state = HF_STATE_DISABLED;
    account->resting_state = HF_STATE_WAITING;
    if (account_recall(engine, account, remembered, now)) {
        account_free(engine, account);
        return NULL;
    }
    return account;
}

void account_set_going(struct engine *engine, struct account *account, hf_time now) {
    if (!account_is_enabled(account))
        return;
    account_set_state(account, HF_STATE_UNREGISTERED);
    account_register_in_turn(engine, account, now);
}

struct account *account_add(struct engine *engine, struct hf_settings *settings, uint64_t tag,
                            const struct hf_remembered *remembered, hf_time now) {
    struct account *account = account_new(engine, settings, tag, remembered, now);

    if (account)
        account_set_going(engine, account, now);
    return account;
}

struct account *account_find(const struct engine *engine, hf_account_id id) {
    struct account *account = slab_get(&engine->accounts, id);

    return account && account->intent != INTENT_GONE && legs_first(account) == account ? account
                                                                                       : NULL;
}

void account_free(struct engine *engine, struct account *account) {
    attempt_cancel(engine, account, account->attempt);
    attempt_cancel(engine, account, account->removal);
    account_drop_binding(engine, account);
    list_remove(&account->changed);
    past_free(engine, account->past);
    account_leave_turns(engine, account);
    timer_wheel_cancel(&engine->wheel, &account->timer);
    users_remove(&engine->users, account);
    legs_leave(engine, account);
    registration_release(&account->registration);
    settings_pool_give(engine->pool, account->settings);
    free(account->last_reason);
    slab_give(&engine->accounts, account->id);
}

/* It shall be registered. False: its removal is under way, whose end sees what is wanted, and
 * registers. */
static bool wants_registration(struct engine *engine, struct account *account, hf_time now) {
    account->intent = INTENT_REGISTERED;
    if (account->state == HF_STATE_DISABLED)
        account_set_state(account, HF_STATE_UNREGISTERED);
    if (account_is_removing(account))
        return false;
    attempt_give_up(engine, account, account->attempt, now);
    return true;
}

/* It is on its way already: whoever asks once more waits for the same answer. */
static bool is_registering(const struct account *account) {
    const struct attempt *attempt = account->attempt;

    return account->intent == INTENT_REGISTERED && attempt &&
           (attempt->purpose == ATTEMPT_TO_REGISTER || attempt->purpose == ATTEMPT_TO_CLEAR);
}

void account_register(struct engine *engine, struct account *account, hf_time now) {
    if (is_registering(account))
        return;
    if (wants_registration(engine, account, now))
        account_begin(engine, account, ATTEMPT_TO_REGISTER, now);
}

void account_register_soon(struct engine *engine, struct account *account, hf_time now) {
    if (!wants_registration(engine, account, now))
        return;
    account->next_attempt_at = now;
    account_await_turn(engine, account, now);
    if (account_awaits_turn(account) && !account->binding.path)
        account_set_state(account, HF_STATE_WAITING);
}

/* A REGISTER that is on its way may make a binding whose 200 we have not seen: it counts as one
 * to be removed. */
static void suppose_bound(struct engine *engine, struct account *account, hf_time now) {
    const struct attempt *attempt = account->attempt;

    if (account->binding.path || !attempt || attempt->state != ATTEMPT_EXCHANGING ||
        attempt->purpose == ATTEMPT_TO_CLEAR)
        return;
    const struct binding supposed = {.path = path_hold_again(attempt->path),
                                     .target = attempt->target,
                                     .hop = attempt->hop,
                                     .level = attempt->candidates.current.level,
                                     .outbound = attempt->exchange.offered & EXTENSION_OUTBOUND,
                                     .endpoint = attempt->candidates.current.endpoint,
                                     .since_at = now,
                                     .ends_at = HF_NEVER,
                                     .records_expire_at = HF_NEVER};

    account_keep_binding(engine, account, &supposed);
}

/* So long who goes waits for who comes in its place: three requests that are lost. */
static const hf_time wait_for_twin = 4 * HF_SECOND;

static bool waits_for_twin(const struct engine *engine, const struct account *account) {
    return account->intent == INTENT_GONE && account->binding.path &&
           twin_is_coming(engine, account);
}

/* Ends what is under way and removes what is bound: at once, unless it may wait. */
static void give_binding_up(struct engine *engine, struct account *account, bool may_wait,
                            hf_time now) {
    if (account_is_removing(account))
        return;
    account_leave_turns(engine, account);
    suppose_bound(engine, account, now);
    keep_alive_stop(engine, account);
    attempt_give_up(engine, account, account->attempt, now);
    late_outdate(engine, account);
    account->failback_at = account->next_attempt_at = HF_NEVER;
    if (may_wait && waits_for_twin(engine, account))
        account->next_attempt_at = now + wait_for_twin;
    account_rearm(engine, account);
    if (account->next_attempt_at != HF_NEVER)
        return;
    if (account->intent == INTENT_GONE && twin_replaced_flow(engine, account))
        account_drop_binding(engine, account);
    if (account->binding.path)
        account_begin(engine, account, ATTEMPT_TO_REMOVE, now);
    else if (!account_leave_past(engine, account, now))
        account_come_to_rest(engine, account);
}

void account_stand_by(struct engine *engine, struct account *account, hf_time now) {
    account->stands_by = true;
    journal_note(&account->journal, JOURNAL_STANDS_BY, 0, now);
    give_binding_up(engine, account, false, now);
}

void account_unregister(struct engine *engine, struct account *account, hf_time now) {
    account->intent = INTENT_UNREGISTERED;
    give_binding_up(engine, account, false, now);
}

void account_remove(struct engine *engine, struct account *account, hf_time now) {
    account->intent = INTENT_GONE;
    list_remove(&account->changed);
    give_binding_up(engine, account, true, now);
}

void account_remove_now(struct engine *engine, struct account *account, hf_time now) {
    HF_ASSERT(account->intent == INTENT_GONE);
    if (account->binding.path)
        give_binding_up(engine, account, false, now);
}

void account_halt(struct engine *engine, struct account *account) {
    account_leave_turns(engine, account);
    keep_alive_stop(engine, account);
    attempt_cancel(engine, account, account->attempt);
    account->intent = INTENT_UNREGISTERED;
    account->next_attempt_at = account->failback_at = HF_NEVER;
    account_rearm(engine, account);
}

/* There is nothing to fail back from: what was begun becomes a registration. */
static void give_failback_up(struct account *account) {
    account->attempt->purpose = ATTEMPT_TO_REGISTER;
    account->attempt->candidates.end = RANK_ANY;
    account->attempt->candidates.last_resort = true;
    account->next_attempt_at = HF_NEVER;
}

/* Once it has failed, the wait after that is kept, whatever the keep-alive finds. A server that
 * many miss at the same time is asked by them in turn. */
void account_register_again(struct engine *engine, struct account *account, hf_time now) {
    HF_ASSERT(account->binding.path && !account_is_removing(account));
    if (account->attempt && account->attempt->purpose == ATTEMPT_TO_FAIL_BACK)
        give_failback_up(account);
    else if (!account->attempt && account->failures == 0) {
        account->renews_here = true;
        account->next_attempt_at = now;
        account_await_turn(engine, account, now);
    } else if (!account->attempt)
        journal_note(&account->journal, JOURNAL_WAIT_KEPT, 0, now);
}

/* What the account is without a binding. */
static enum hf_account_state state_without_binding(const struct account *account) {
    const struct attempt *attempt = account->attempt;

    if (!attempt || attempt->purpose != ATTEMPT_TO_REGISTER)
        return (enum hf_account_state)account->resting_state;
    if (attempt->state == ATTEMPT_QUEUED && !attempt->asking)
        return HF_STATE_WAITING;
    return attempt->state == ATTEMPT_LOCATING ? HF_STATE_RESOLVING : HF_STATE_REGISTERING;
}

static void binding_ended(struct engine *engine, struct account *account, hf_time now) {
    const struct target target = account->binding.target;
    uint32_t hop = account->binding.hop;

    account_drop_binding(engine, account);
    if (account->attempt && account->attempt->purpose == ATTEMPT_TO_FAIL_BACK)
        give_failback_up(account);
    if (account->attempt)
        gate_binding_ended(engine, account->attempt);
    journal_note(&account->journal, JOURNAL_BINDING_ENDED, 0, now);
    account_event(engine, account, HF_EVENT_UNREGISTERED, hop, &target, 0,
                  SLICE("the binding's time ended"), now);
    account_set_state(account, state_without_binding(account));
    legs_settle(engine, account->legs, true, now);
}

/* Its removal is not answered, and need not be any more. */
static void removal_outlived(struct engine *engine, struct account *account, hf_time now) {
    const struct attempt_result result = {.verdict = ATTEMPT_REMOVED};

    attempt_cancel(engine, account, account->attempt);
    account_attempt_ended(engine, account, &result, now);
}

void account_begin_due(struct engine *engine, struct account *account, hf_time now) {
    if (account->next_attempt_at <= now) {
        /* Only an attempt to fail back can be under way: renewing is more urgent. */
        attempt_give_up(engine, account, account->attempt, now);
        if (account->failback_at == HF_NEVER && !account->failback_put_off)
            account_plan_failback(account, now);
        begin_from(engine, account, ATTEMPT_TO_REGISTER,
                   account->renews_here && account->binding.path ? &account->binding : NULL, now);
    } else if (account->failback_at <= now && !account->attempt &&
               !account_put_failback_off(account)) {
        account->failback_at = HF_NEVER;
        account_begin(engine, account, ATTEMPT_TO_FAIL_BACK, now);
    } else {
        account_rearm(engine, account);
    }
}

void account_expire(struct engine *engine, struct account *account, hf_time now) {
    const bool over = account->binding.path && account->binding.ends_at <= now;

    if (over && account_is_removing(account)) {
        removal_outlived(engine, account, now);
        return;
    }
    if (over)
        binding_ended(engine, account, now);
    if (account->next_attempt_at <= now && account->intent != INTENT_REGISTERED)
        give_binding_up(engine, account, false, now); /* there was no memory to do it at once */
    else if (account->next_attempt_at <= now || (account->failback_at <= now && !account->attempt))
        account_await_turn(engine, account, now);
    else
        account_rearm(engine, account);
}

void account_check(const struct engine *engine, const struct account *account) {
    const struct binding *binding = &account->binding;

    HF_ASSERT(slab_get(&engine->accounts, account->id) == account);
    HF_ASSERT((binding->path != NULL) == list_is_linked(&account->on_path));
    HF_ASSERT(account->state != HF_STATE_REGISTERED || binding->path);
    HF_ASSERT(!account->attempt || account->attempt->account == account->id);
    HF_ASSERT(!account_awaits_turn(account) || account->intent == INTENT_REGISTERED);
    HF_ASSERT(!account->removal || account->removal->purpose == ATTEMPT_TO_REMOVE ||
              account->removal->purpose == ATTEMPT_TO_CLEAR);
    HF_ASSERT(account->intent != INTENT_GONE || !list_is_linked(&account->changed));
    if (account->attempt && account->attempt->purpose != ATTEMPT_TO_FAIL_BACK)
        HF_ASSERT(account->next_attempt_at == HF_NEVER);
    keep_alive_check(engine, account);
    /* Somebody who wants to be registered is always on the way to it, or waits for something. */
    if (account->intent == INTENT_REGISTERED && account->state != HF_STATE_REJECTED &&
        !account->attempt)
        HF_ASSERT(account->next_attempt_at != HF_NEVER ||
                  account->resting_state == HF_STATE_REJECTED);
}
