#include "account/turns.h"

#include "account/internal.h"
#include "account/memory.h"
#include "base/assert.h"

void turns_init(struct turns *turns) {
    *turns = (struct turns){0};
    timer_init(&turns->timer, ENGINE_TIMER_TURNS);
}

static uint32_t rate_of(const struct engine *engine, const struct account *account) {
    return engine_rate(engine, settings_number(account->settings, SETTING_RATE_AGENT, 0));
}

static void rearm(struct engine *engine) {
    struct turns *turns = &engine->turns;

    timer_wheel_set(&engine->wheel, &turns->timer,
                    heap_first(&turns->queue) ? turns->pace.next_at : HF_NEVER);
}

/* A binding from before a restart counts as well. */
hf_time turns_urgency(const struct account *account) {
    const struct past_binding *former = past_former(account->past);

    if (account->binding.path)
        return account->binding.ends_at;
    return former ? former->ends_at : HF_NEVER;
}

static void take_turn(struct engine *engine, struct account *account, hf_time now) {
    account->paid = true;
    account_begin_due(engine, account, now);
}

void account_await_turn(struct engine *engine, struct account *account, hf_time now) {
    struct turns *turns = &engine->turns;

    account_leave_turns(engine, account);
    if (!heap_first(&turns->queue) && pace_take(&turns->pace, rate_of(engine, account), now)) {
        take_turn(engine, account, now);
        return;
    }
    if (account->next_attempt_at <= now)
        journal_note(&account->journal, JOURNAL_WAIT_TURN, (uint32_t)turns->queue.count, now);
    heap_add(&turns->queue, &account->turn, turns_urgency(account));
    account_rearm(engine, account);
    rearm(engine);
}

void account_leave_turns(struct engine *engine, struct account *account) {
    if (!account_awaits_turn(account))
        return;
    heap_remove(&engine->turns.queue, &account->turn);
    rearm(engine);
}

void account_note_sent(struct engine *engine, struct account *account, hf_time now) {
    uint32_t rate = rate_of(engine, account);

    if (!account->paid && rate > 0)
        pace_charge(&engine->turns.pace, rate, now);
    account->paid = false;
}

void turns_expire(struct engine *engine, hf_time now) {
    struct turns *turns = &engine->turns;
    struct heap_node *node;

    while ((node = heap_first(&turns->queue)) != NULL) {
        struct account *account = CONTAINER_OF(node, struct account, turn);

        if (!pace_take(&turns->pace, rate_of(engine, account), now))
            break;
        heap_remove(&turns->queue, node);
        take_turn(engine, account, now);
    }
    rearm(engine);
}
