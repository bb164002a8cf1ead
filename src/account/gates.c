#include "account/gates.h"

#include <stdlib.h>

#include "account/attempt_tell.h"
#include "account/internal.h"
#include "account/turns.h"
#include "base/hash.h"
#include "target/pace.h"
#include "target/window.h"

struct gate {
    struct map_node by_target;
    struct list_node in_all;
    struct target target;
    struct heap queue;  /* of attempts, by the end of their account's binding */
    struct heap parked; /* of accounts that have none, while the queue is long */
    struct pace pace;
    struct window window; /* all zero: it has no limit */
    hf_time used_at;
    struct timer timer;
};

/* What a gate knows of its target's window is worth nothing later. */
static const hf_time rest = 10 * HF_SECOND;

enum { CROWD = 1024 };

struct limits {
    uint32_t rate, window; /* 0: none */
};

/* Goes before everybody who has yet to begin, and after everybody whose binding can be saved. */
static const uint64_t urgency_begun = 0, urgency_none = HF_NEVER;

void gates_init(struct gates *gates) {
    map_init(&gates->by_target);
    list_init(&gates->all);
}

static void gate_free(struct gates *gates, struct gate *gate) {
    map_remove(&gates->by_target, &gate->by_target);
    list_remove(&gate->in_all);
    free(gate);
}

void gates_release(struct gates *gates) {
    for (struct list_node *node; (node = list_first(&gates->all)) != NULL;)
        gate_free(gates, CONTAINER_OF(node, struct gate, in_all));
    map_release(&gates->by_target);
}

static uint32_t rate_of(const struct engine *engine, const struct account *account) {
    return engine_rate(engine, settings_number(account->settings, SETTING_RATE_TARGET, 0));
}

static struct limits limits_of(const struct engine *engine, const struct account *account) {
    const int64_t window = settings_number(account->settings, SETTING_RATE_WINDOW, 0);

    return (struct limits){rate_of(engine, account), engine_rate(engine, window)};
}

static uint64_t hash_of(const struct engine *engine, const struct target *target) {
    return hash_bytes(&engine->health.key, &target->address, sizeof target->address);
}

static struct gate *gate_find(const struct engine *engine, const struct target *target) {
    const uint64_t hash = hash_of(engine, target);

    for (struct map_node *n = map_first(&engine->gates.by_target, hash); n; n = map_next(n)) {
        struct gate *gate = CONTAINER_OF(n, struct gate, by_target);

        if (target_equal(&gate->target, target))
            return gate;
    }
    return NULL;
}

static struct gate *gate_new(struct engine *engine, const struct target *target) {
    struct gate *gate = calloc(1, sizeof *gate);

    if (!gate)
        return NULL;
    if (map_insert(&engine->gates.by_target, &gate->by_target, hash_of(engine, target))) {
        free(gate);
        return NULL;
    }
    gate->target = *target;
    list_init(&gate->in_all);
    list_append(&engine->gates.all, &gate->in_all);
    timer_init(&gate->timer, ENGINE_TIMER_GATE);
    return gate;
}

static struct gate *gate_of(struct engine *engine, const struct target *target) {
    struct gate *gate = gate_find(engine, target);

    return gate ? gate : gate_new(engine, target);
}

static hf_time later(hf_time a, hf_time b) {
    return a > b ? a : b;
}

/* Others may wait for its slot: it waits for nobody but the pace. */
static bool has_begun(const struct attempt *attempt) {
    return attempt->asking || attempt->slot;
}

static bool waits_for_slot(const struct engine *engine, const struct gate *gate,
                           const struct attempt *attempt) {
    return gate->window.under_way >= gate->window.width && !has_begun(attempt) &&
           limits_of(engine, attempt_account(engine, attempt)).window > 0;
}

/* When somebody's turn comes, or the gate may be freed. */
static hf_time next_look_at(const struct engine *engine, const struct gate *gate) {
    const struct heap_node *first = heap_first(&gate->queue);

    if (!first)
        return later(pace_forgets_at(&gate->pace), gate->used_at + rest);
    return waits_for_slot(engine, gate, CONTAINER_OF(first, const struct attempt, turn))
               ? window_opens_at(&gate->window)
               : gate->pace.next_at;
}

static void rearm(struct engine *engine, struct gate *gate) {
    timer_wheel_set(&engine->wheel, &gate->timer, next_look_at(engine, gate));
}

/* While nobody waits, a look that comes too early does no harm. */
static void used(struct engine *engine, struct gate *gate, hf_time now) {
    gate->used_at = now;
    if (heap_first(&gate->queue) || !timer_is_set(&gate->timer))
        rearm(engine, gate);
}

static uint64_t urgency_of(const struct account *account, const struct attempt *attempt) {
    if (has_begun(attempt))
        return urgency_begun;
    return attempt->purpose == ATTEMPT_TO_REMOVE ? urgency_none : turns_urgency(account);
}

static void give_slot(struct attempt *attempt) {
    if (attempt->slot)
        window_give(&attempt->slot->window);
    attempt->slot = NULL;
}

/* What has begun is not held up by the window. */
static bool take_slot(struct gate *gate, struct attempt *attempt, uint32_t first, hf_time now) {
    if (first == 0 || attempt->slot)
        return true;
    window_begin_with(&gate->window, first);
    if (attempt->asking)
        window_force(&gate->window, now);
    else if (!window_take(&gate->window, now))
        return false;
    attempt->slot = gate;
    return true;
}

static bool may_go(struct gate *gate, struct attempt *attempt, struct limits limits, hf_time now) {
    const bool had_slot = attempt->slot != NULL;

    if (!take_slot(gate, attempt, limits.window, now))
        return false;
    if (pace_take(&gate->pace, limits.rate, now))
        return true;
    if (!had_slot)
        give_slot(attempt);
    return false;
}

/* Without memory for a gate nobody is held up. */
bool gate_pass(struct engine *engine, const struct account *account, struct attempt *attempt,
               hf_time now) {
    const struct limits limits = limits_of(engine, account);
    const bool has_slot = limits.window == 0 || attempt->slot;

    if (attempt->admitted || (limits.rate == 0 && has_slot))
        return true;
    struct gate *gate = gate_of(engine, &attempt->target);

    if (!gate)
        return true;
    const bool others_first = limits.rate > 0 && heap_first(&gate->queue);

    attempt->admitted = !others_first && may_go(gate, attempt, limits, now);
    if (!attempt->admitted)
        heap_add(&gate->queue, &attempt->turn, urgency_of(account, attempt));
    used(engine, gate, now);
    return attempt->admitted;
}

bool gate_puts_off(struct engine *engine, struct account *account, struct attempt *attempt,
                   hf_time now) {
    if (attempt != account->attempt || attempt->purpose != ATTEMPT_TO_REGISTER ||
        attempt->any_failed || turns_urgency(account) != HF_NEVER)
        return false;
    struct gate *gate = gate_find(engine, &attempt->target);

    if (!gate || gate->queue.count < CROWD || !account_park(engine, account, &gate->parked, now))
        return false;
    journal_note(&account->journal, JOURNAL_WAIT_GATE,
                 (uint32_t)(gate->queue.count + gate->parked.count - 1), now);
    attempt_show_state(account, attempt, HF_STATE_WAITING);
    attempt_cancel(engine, account, attempt);
    return true;
}

bool gate_try(struct engine *engine, const struct account *account, const struct target *target,
              hf_time now) {
    const uint32_t rate = rate_of(engine, account);
    struct gate *gate = rate > 0 ? gate_of(engine, target) : NULL;

    if (!gate)
        return true;
    bool free_now = !heap_first(&gate->queue) && pace_take(&gate->pace, rate, now);

    used(engine, gate, now);
    return free_now;
}

/* Where the attempt counts, or counted until it had to ask again. */
static struct gate *gate_asked(const struct engine *engine, const struct account *account,
                               const struct attempt *attempt) {
    if (attempt->slot)
        return attempt->slot;
    const struct limits limits = limits_of(engine, account);

    return limits.rate > 0 || limits.window > 0 ? gate_find(engine, &attempt->target) : NULL;
}

void gate_resent(struct engine *engine, const struct account *account, struct attempt *attempt,
                 hf_time now) {
    struct gate *gate = gate_asked(engine, account, attempt);

    if (!gate)
        return;
    pace_charge(&gate->pace, rate_of(engine, account), now);
    if (attempt->slot && window_lost(&gate->window, now))
        give_slot(attempt);
    used(engine, gate, now);
}

void gate_answered(struct engine *engine, const struct account *account,
                   const struct attempt *attempt, hf_time sent_at, hf_time now) {
    struct gate *gate = gate_asked(engine, account, attempt);

    if (gate && gate->window.first > 0)
        window_answered(&gate->window, now - sent_at, now);
}

void gate_leave(struct engine *engine, struct attempt *attempt) {
    struct gate *gate = attempt->slot;

    if (attempt_awaits_turn(attempt))
        heap_remove(&gate_find(engine, &attempt->target)->queue, &attempt->turn);
    give_slot(attempt);
    if (gate && heap_first(&gate->queue))
        rearm(engine, gate);
}

void gate_binding_ended(struct engine *engine, struct attempt *attempt) {
    if (!attempt_awaits_turn(attempt) || has_begun(attempt))
        return;
    struct heap *queue = &gate_find(engine, &attempt->target)->queue;

    heap_remove(queue, &attempt->turn);
    heap_add(queue, &attempt->turn, urgency_none);
}

size_t gate_waiting(const struct engine *engine, const struct attempt *attempt) {
    const struct gate *gate = gate_find(engine, &attempt->target);

    return gate ? gate->queue.count + gate->parked.count : 0;
}

static bool calls_parked(const struct gate *gate) {
    return heap_first(&gate->parked) && gate->queue.count < CROWD / 2;
}

/* Not all at once: others want to work as well. */
static void call_parked(struct engine *engine, struct gate *gate, hf_time now) {
    for (unsigned n = 0; n < CROWD / 2 && calls_parked(gate); n++)
        turns_call_first(engine, &gate->parked, now);
}

void gates_expire(struct engine *engine, struct timer *timer, hf_time now) {
    struct gate *gate = CONTAINER_OF(timer, struct gate, timer);

    for (struct heap_node *node; (node = heap_first(&gate->queue)) != NULL;) {
        struct attempt *attempt = CONTAINER_OF(node, struct attempt, turn);
        const struct account *account = attempt_account(engine, attempt);
        bool goes = attempt_still_goes(engine, attempt, now);

        if (goes && !may_go(gate, attempt, limits_of(engine, account), now))
            break;
        heap_remove(&gate->queue, node);
        attempt->admitted = goes;
        attempt_turn_came(engine, attempt, now);
    }
    call_parked(engine, gate, now);
    if (gate->window.under_way > 0)
        gate->used_at = now;
    const hf_time look_at = calls_parked(gate) ? now : next_look_at(engine, gate);

    if (look_at <= now && !heap_first(&gate->queue) && !heap_first(&gate->parked))
        gate_free(&engine->gates, gate);
    else /* who was refused just now is not asked again at once */
        timer_wheel_set(&engine->wheel, &gate->timer, later(look_at, now + HF_MILLISECOND));
}
