#include "account/turns.h"

#include "account/internal.h"
#include "account/memory.h"
#include "base/assert.h"

/* Of an account that waits; for an idle one it would be a twelfth of its memory. */
struct turn {
    struct heap_node node;
    uint64_t handle; /* in turns.slab */
    struct account *account;
    struct heap *queue; /* where it waits */
};

void turns_init(struct turns *turns) {
    *turns = (struct turns){0};
    slab_init(&turns->slab, sizeof(struct turn));
    timer_init(&turns->timer, ENGINE_TIMER_TURNS);
}

void turns_release(struct turns *turns) {
    slab_release(&turns->slab);
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

/* Without memory it does not wait: what it needs to begin is not to be had either. */
static bool enqueue(struct turns *turns, struct account *account, struct heap *queue) {
    uint64_t handle;
    struct turn *turn = slab_take(&turns->slab, &handle);

    if (!turn)
        return false;
    turn->handle = handle;
    turn->account = account;
    turn->queue = queue;
    account->turn = turn;
    heap_add(queue, &turn->node, turns_urgency(account));
    return true;
}

static void unqueue(struct turns *turns, struct account *account) {
    heap_remove(account->turn->queue, &account->turn->node);
    slab_give(&turns->slab, account->turn->handle);
    account->turn = NULL;
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
    const size_t others = turns->queue.count;

    if (!enqueue(turns, account, &turns->queue)) {
        account_begin_due(engine, account, now);
        return;
    }
    if (account->next_attempt_at <= now)
        journal_note(&account->journal, JOURNAL_WAIT_TURN, (uint32_t)others, now);
    account_rearm(engine, account);
    rearm(engine);
}

void account_leave_turns(struct engine *engine, struct account *account) {
    if (!account_awaits_turn(account))
        return;
    unqueue(&engine->turns, account);
    rearm(engine);
}

bool account_park(struct engine *engine, struct account *account, struct heap *queue, hf_time now) {
    HF_ASSERT(!account_awaits_turn(account));
    if (!enqueue(&engine->turns, account, queue))
        return false;
    account->next_attempt_at = now;
    account_rearm(engine, account);
    return true;
}

static struct account *first_of(const struct heap *queue) {
    struct heap_node *node = heap_first(queue);

    return node ? CONTAINER_OF(node, struct turn, node)->account : NULL;
}

void turns_call_first(struct engine *engine, struct heap *queue, hf_time now) {
    struct account *account = first_of(queue);

    unqueue(&engine->turns, account);
    take_turn(engine, account, now);
}

size_t turns_waiting_with(const struct engine *engine, const struct account *account,
                          bool *ret_at_gate) {
    *ret_at_gate = account->turn->queue != &engine->turns.queue;
    return account->turn->queue->count;
}

void account_note_sent(struct engine *engine, struct account *account, hf_time now) {
    uint32_t rate = rate_of(engine, account);

    if (!account->paid && rate > 0)
        pace_charge(&engine->turns.pace, rate, now);
    account->paid = false;
}

void turns_expire(struct engine *engine, hf_time now) {
    struct turns *turns = &engine->turns;
    struct account *account;

    while ((account = first_of(&turns->queue)) != NULL &&
           pace_take(&turns->pace, rate_of(engine, account), now))
        turns_call_first(engine, &turns->queue, now);
    rearm(engine);
}
