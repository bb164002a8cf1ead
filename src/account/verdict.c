/* What the result of an attempt means for the account, and how long it waits after it. */
#include "account/attempt.h"
#include "account/internal.h"
#include "account/keep_alive.h"
#include "account/keeper.h"
#include "account/late.h"
#include "account/legs.h"
#include "account/mapping.h"
#include "account/memory.h"
#include "account/network.h"
#include "account/outbound.h"
#include "account/proxies.h"
#include "account/standby.h"
#include "account/turns.h"
#include "account/twins.h"
#include "base/address.h"
#include "base/assert.h"
#include "usage/outbound.h"

void account_wait_until(struct engine *engine, struct account *account, enum hf_account_state state,
                        hf_time at) {
    account->next_attempt_at = at;
    account->resting_state = (uint8_t)state;
    if (!account->binding.path)
        account_set_state(account, state);
    account_rearm(engine, account);
}

/* After 2^32 failures it still says "very many", not "none". */
static void count_failure(struct account *account) {
    if (account->failures < UINT32_MAX)
        account->failures++;
}

void account_wait_for_retry(struct engine *engine, struct account *account, hf_time retry_after,
                            hf_time now) {
    const struct retry_policy policy = account_retry_policy(account);

    count_failure(account);
    hf_time wait = retry_wait(&policy, account->failures, retry_after, &engine->random);
    bool asked = retry_after > 0 && wait == retry_after_bounded(retry_after);

    account->wait_asked = asked;
    if (account->retry_soon && !asked)
        wait = network_wait(engine);
    account->retry_soon = false;
    journal_note(&account->journal, asked ? JOURNAL_WAIT_SERVER : JOURNAL_WAIT_RETRY,
                 journal_milliseconds(wait), now);
    account_wait_until(engine, account, HF_STATE_WAITING, now + wait);
}

/* Definitive: another try with the same credentials would only feed a lock-out. */
static void wait_after_rejection(struct engine *engine, struct account *account,
                                 hf_time retry_after, hf_time now) {
    hf_time wait = rejection_wait(settings_duration(account->settings, SETTING_REJECTED_RETRY, 0),
                                  retry_after);

    count_failure(account);
    account->retry_soon = false;
    journal_note(&account->journal, JOURNAL_WAIT_REJECTED,
                 wait == HF_NEVER ? 0 : journal_milliseconds(wait), now);
    account_wait_until(engine, account, HF_STATE_REJECTED,
                       wait == HF_NEVER ? HF_NEVER : now + wait);
}

enum move { MOVE_NONE, MOVE_OVER, MOVE_BACK };

/* What the DNS changes around a binding that stays where it is is no move. */
static enum move move_of(const struct account *account, const struct binding *former,
                         const struct attempt_result *result) {
    const struct binding *binding = &result->binding;
    const candidate_rank before = rank_of(account->hop, result->former_level);
    const candidate_rank rank = rank_of(binding->hop, binding->level);
    const bool was_bound = former->target.address.family != HF_FAMILY_NONE;
    const bool same_target = was_bound && target_equal(&former->target, &binding->target);

    if (same_target && former->hop == binding->hop)
        return MOVE_NONE;
    if ((was_bound && !same_target && result->former_failed) || rank > before)
        return MOVE_OVER;
    return rank < before ? MOVE_BACK : MOVE_NONE;
}

/* A better or worse place than last time: tells it, and plans the way back. */
static void note_move(struct engine *engine, struct account *account, const struct binding *former,
                      const struct attempt_result *result, hf_time now) {
    const struct binding *binding = &result->binding;
    const enum move move = move_of(account, former, result);
    const bool keeps_rank = account->hop == binding->hop && account->level == binding->level;

    account->hop = binding->hop;
    account->level = binding->level;
    if (move == MOVE_BACK)
        account_count_failback(account, now);
    if (move != MOVE_NONE) {
        journal_note(&account->journal, move == MOVE_OVER ? JOURNAL_FAILOVER : JOURNAL_FAILBACK,
                     binding->hop, now);
        account_tell(
            engine, account, binding->hop, &binding->target,
            (struct hf_event){.kind = move == MOVE_OVER ? HF_EVENT_FAILOVER : HF_EVENT_FAILBACK,
                              .status = result->status,
                              .took = result->took},
            now);
    }
    if (move != MOVE_NONE || !keeps_rank ||
        (account->failback_at == HF_NEVER && !account->failback_put_off))
        account_plan_failback(account, now);
}

/* What is being removed is wanted again, or something else is to be removed as well. */
static bool is_same_contact(const struct account *account, const struct hf_address *local,
                            const struct binding *binding) {
    const struct hf_address now = mapping_contact(account->settings, binding->path, binding->shown);

    return address_equal(local, &now);
}

/* To another target, or to the same one under another Contact: two bindings. What a NAT does to one
 * and the same flow is not meant (mapping_former). */
static bool moves(const struct account *account, const struct binding *former,
                  const struct binding *binding) {
    if (!former->path)
        return false;
    if (former->path == binding->path && !path_is_stream(binding->path))
        return false;
    const struct hf_address local = mapping_contact(account->settings, former->path, former->shown);

    return !target_equal(&former->target, &binding->target) ||
           !is_same_contact(account, &local, binding);
}

static void make_way_for_removal(struct engine *engine, struct account *account,
                                 const struct binding *binding, bool another) {
    const struct attempt *removal = account->removal;

    if (removal && removal->purpose == ATTEMPT_TO_REMOVE &&
        target_equal(&removal->target, &binding->target) &&
        is_same_contact(account, &removal->former.local, binding))
        attempt_cancel(engine, account, account->removal);
    else if (removal && another)
        (void)account_leave_removal(engine, account);
}

static struct bound_by bound_by(const struct account *account, const struct binding *binding) {
    return (struct bound_by){binding->hop, binding->target.transport,
                             mapping_contact(account->settings, binding->path, binding->shown)};
}

static bool is_replaced(const struct account *account, const struct binding *former,
                        const struct binding *binding) {
    if (account_flow_replaced(account, former, binding))
        return true;
    const struct bound_by before = bound_by(account, former), now = bound_by(account, binding);

    return proxies_same_binding(account->settings, &before, &now);
}

static void registered(struct engine *engine, struct account *account,
                       const struct attempt_result *result, hf_time now) {
    const struct refresh_policy refresh = policy_refresh(account->settings);
    const struct binding *binding = &result->binding;
    bool was_bound = account->binding.path != NULL;
    struct binding former = account->binding;
    bool moved = moves(account, &former, binding) && !is_replaced(account, &former, binding);

    make_way_for_removal(engine, account, binding, moved && !result->former_failed);
    if (moved && !result->former_failed && !account->removal)
        path_hold_again(former.path); /* for its removal, below */
    else
        former.path = NULL;
    former.routes = NULL; /* they are freed as the new ones are kept, and so are those: */
    former.gruus = NULL;
    account_leave_turns(engine, account);
    account_keep_binding(engine, account, binding);
    account_set_state(account, HF_STATE_REGISTERED);
    account->failures = 0;
    account->retry_soon = false;
    account_note_failure(account, result->status, result->reason);
    journal_note(&account->journal, was_bound ? JOURNAL_REFRESHED : JOURNAL_REGISTERED,
                 result->granted, now);
    note_move(engine, account, &former, result, now);
    account_tell(engine, account, binding->hop, &binding->target,
                 (struct hf_event){.kind = was_bound ? HF_EVENT_REFRESHED : HF_EVENT_REGISTERED,
                                   .status = result->status,
                                   .took = result->took},
                 now);
    account->next_attempt_at = now + refresh_after(&refresh, result->granted, &engine->random);
    mapping_settle(account, now);
    account_rearm(engine, account);
    keep_alive_registered(engine, account, now);
    keeper_registered(engine, account, &result->keep, now);
    /* Make before break: the former binding goes only now that the new one is there. */
    if (former.path) {
        (void)attempt_begin(engine, account, ATTEMPT_TO_REMOVE, &former, now);
        path_let_go(&engine->paths, former.path, &engine->outbox);
    }
    account_settle_past(engine, account, now);
    mapping_clear_strays(engine, account, &result->strays, now);
    late_settle(engine, account, now);
    if (!was_bound)
        twin_has_come(engine, account, now);
}

static void removed(struct engine *engine, struct account *account,
                    const struct attempt_result *result, hf_time now) {
    const struct target target = account->binding.target;
    uint32_t hop = account->binding.hop;

    account_drop_binding(engine, account);
    journal_note(&account->journal,
                 result->status / 100 == 2 ? JOURNAL_UNREGISTERED : JOURNAL_GIVEN_UP,
                 result->status, now);
    account_event(engine, account, HF_EVENT_UNREGISTERED, hop, &target, result->status, SLICE_NONE,
                  now);
    account_set_state(account, HF_STATE_UNREGISTERED);
    if (account->intent == INTENT_REGISTERED && account->stands_by) {
        outbound_offer_again(&account->registration); /* what it will look for */
        account_wait_until(engine, account, HF_STATE_WAITING, now + standby_wait);
    } else if (account->intent == INTENT_REGISTERED)
        account_register(engine, account, now);
    else
        account_come_to_rest(engine, account);
}

void account_attempt_ended(struct engine *engine, struct account *account,
                           const struct attempt_result *result, hf_time now) {
    struct legs *legs = account->legs; /* the account may end here, but then it has none */

    switch (result->verdict) {
    case ATTEMPT_REGISTERED:
        registered(engine, account, result, now);
        break;
    case ATTEMPT_REMOVED:
        removed(engine, account, result, now);
        break;
    case ATTEMPT_REJECTED:
        wait_after_rejection(engine, account, result->retry_after, now);
        break;
    case ATTEMPT_ANSWERED:
    case ATTEMPT_EXHAUSTED:
        account_doubt_past(engine, account, result->status);
        account_wait_for_retry(engine, account, result->retry_after, now);
        break;
    }
    legs_settle(engine, legs, false, now);
}

/* A failback that fails changes nothing: the binding is fine where it is, and the next try is
 * planned as if this one had been the failover. */
void account_failback_ended(struct engine *engine, struct account *account,
                            const struct attempt_result *result, hf_time now) {
    if (result->verdict == ATTEMPT_REGISTERED) {
        registered(engine, account, result, now);
        return;
    }
    journal_note(&account->journal, JOURNAL_FAILBACK_FAILED, 0, now);
    account_plan_failback_again(account, result, now);
    account_rearm(engine, account);
}

void account_removal_ended(struct engine *engine, struct account *account, hf_time now) {
    (void)now;
    account_touch(engine, account);
    if (account->intent == INTENT_GONE && !account->attempt && !account->binding.path)
        account_free(engine, account);
}
