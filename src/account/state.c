/* The state of an account, what it tells its owner, and the binding that it holds. */
#include "account/attempt.h"
#include "account/internal.h"
#include "account/keep_alive.h"
#include "account/legs.h"
#include "account/memory.h"
#include "account/turns.h"

#include <stdlib.h>

#include "base/assert.h"

#define STATE_BIT(state) (1u << (state))

/* From each state to which others. */
static const unsigned legal_moves[] = {
    [HF_STATE_DISABLED] = STATE_BIT(HF_STATE_UNREGISTERED),
    [HF_STATE_UNREGISTERED] = STATE_BIT(HF_STATE_RESOLVING) | STATE_BIT(HF_STATE_REGISTERING) |
                              STATE_BIT(HF_STATE_WAITING) | STATE_BIT(HF_STATE_DISABLED) |
                              STATE_BIT(HF_STATE_REJECTED),
    [HF_STATE_RESOLVING] = STATE_BIT(HF_STATE_REGISTERING) | STATE_BIT(HF_STATE_WAITING) |
                           STATE_BIT(HF_STATE_UNREGISTERED) | STATE_BIT(HF_STATE_DISABLED),
    [HF_STATE_REGISTERING] = STATE_BIT(HF_STATE_RESOLVING) | STATE_BIT(HF_STATE_REGISTERED) |
                             STATE_BIT(HF_STATE_WAITING) | STATE_BIT(HF_STATE_REJECTED) |
                             STATE_BIT(HF_STATE_UNREGISTERED) | STATE_BIT(HF_STATE_DISABLED),
    [HF_STATE_REGISTERED] = STATE_BIT(HF_STATE_UNREGISTERED) | STATE_BIT(HF_STATE_WAITING) |
                            STATE_BIT(HF_STATE_REGISTERING) | STATE_BIT(HF_STATE_RESOLVING) |
                            STATE_BIT(HF_STATE_REJECTED) | STATE_BIT(HF_STATE_DISABLED),
    [HF_STATE_WAITING] = STATE_BIT(HF_STATE_RESOLVING) | STATE_BIT(HF_STATE_REGISTERING) |
                         STATE_BIT(HF_STATE_UNREGISTERED) | STATE_BIT(HF_STATE_DISABLED),
    [HF_STATE_REJECTED] = STATE_BIT(HF_STATE_RESOLVING) | STATE_BIT(HF_STATE_REGISTERING) |
                          STATE_BIT(HF_STATE_WAITING) | STATE_BIT(HF_STATE_UNREGISTERED) |
                          STATE_BIT(HF_STATE_DISABLED),
};

void account_set_state(struct account *account, enum hf_account_state state) {
    if (account->state == state)
        return;
    HF_ASSERT(legal_moves[account->state] & STATE_BIT(state));
    account->state = (uint8_t)state;
}

void account_note_failure(struct account *account, unsigned status, struct hf_slice reason) {
    enum { REASON_MAX = 200 };

    account->last_status = (uint16_t)status;
    free(account->last_reason);
    account->last_reason =
        reason.len > 0 ? strndup(reason.ptr, reason.len < REASON_MAX ? reason.len : REASON_MAX)
                       : NULL;
}

void account_event(struct engine *engine, const struct account *account, enum hf_event_kind kind,
                   uint32_t hop, const struct target *target, unsigned status,
                   struct hf_slice reason, hf_time now) {
    const struct hf_event event = {.kind = kind, .status = status, .reason = reason};

    account_tell(engine, account, hop, target, event, now);
}

void account_tell(struct engine *engine, const struct account *account, uint32_t hop_index,
                  const struct target *target, struct hf_event event, hf_time now) {
    char server[LIMIT_SETTING_TEXT_BYTES];
    struct writer w = writer_of(server, sizeof server);
    struct hop hop;

    if (account->intent == INTENT_GONE)
        return;
    event.account = legs_first(account)->id;
    event.tag = account->tag;
    event.leg = legs_index_of(account);
    event.at = now;
    if (hop_get(account->settings, hop_index, &hop))
        hop_write(&w, &hop);
    event.server = writer_slice(&w);
    if (target) {
        event.target = target->address;
        event.transport = target->transport;
    }
    outbox_event(&engine->outbox, &event);
}

/* What it has to wake up for next. */
void account_rearm(struct engine *engine, struct account *account) {
    hf_time at = account->next_attempt_at;

    if (!account->attempt && account->failback_at < at)
        at = account->failback_at;
    if (account_awaits_turn(account)) /* what is due waits; only the binding goes on ageing */
        at = HF_NEVER;
    if (account->binding.path && account->binding.ends_at < at)
        at = account->binding.ends_at;
    timer_wheel_set(&engine->wheel, &account->timer, at);
}

/* Forgets the binding; the path is let go of. */
void account_drop_binding(struct engine *engine, struct account *account) {
    struct path *path = account->binding.path;

    if (!path)
        return;
    keep_alive_stop(engine, account);
    list_remove(&account->on_path);
    free(account->binding.routes);
    free(account->binding.gruus);
    account->binding = (struct binding){0};
    account->failback_at = HF_NEVER;
    path_let_go(&engine->paths, path, &engine->outbox);
    HF_ASSERT(engine->registered > 0);
    if (!legs_other_is_bound(account))
        engine->registered--;
    account_touch(engine, account);
}

void account_keep_binding(struct engine *engine, struct account *account,
                          const struct binding *binding) {
    hf_time since_at = account->binding.path ? account->binding.since_at : binding->since_at;
    struct path *former = account->binding.path;

    if (!former && !legs_other_is_bound(account))
        engine->registered++;
    if (former != binding->path) {
        keep_alive_stop(engine, account);
        list_remove(&account->on_path);
        list_append(&binding->path->accounts, &account->on_path);
    }
    free(account->binding.routes);
    free(account->binding.gruus);
    account->binding = *binding;
    account->binding.since_at = since_at;
    path_let_go(&engine->paths, former, &engine->outbox);
    account_touch(engine, account);
}
