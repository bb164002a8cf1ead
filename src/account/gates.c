#include "account/gates.h"

#include <stdlib.h>

#include "account/internal.h"
#include "account/turns.h"
#include "base/hash.h"

struct gate {
    struct map_node by_target;
    struct list_node in_all;
    struct target target;
    struct heap queue; /* of attempts, by the end of their account's binding */
    struct pace pace;
    struct timer timer;
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

/* Also to free the gate when nobody waits at it any more. */
static void rearm(struct engine *engine, struct gate *gate) {
    timer_wheel_set(&engine->wheel, &gate->timer,
                    heap_first(&gate->queue) ? gate->pace.next_at : pace_forgets_at(&gate->pace));
}

static uint64_t urgency_of(const struct account *account, const struct attempt *attempt) {
    if (attempt->asking)
        return urgency_begun;
    return attempt->purpose == ATTEMPT_TO_REMOVE ? urgency_none : turns_urgency(account);
}

/* Without memory for a gate nobody is held up. */
bool gate_pass(struct engine *engine, const struct account *account, struct attempt *attempt,
               hf_time now) {
    const uint32_t rate = rate_of(engine, account);

    if (rate == 0 || attempt->admitted)
        return true;
    struct gate *gate = gate_find(engine, &attempt->target);

    if (!gate)
        gate = gate_new(engine, &attempt->target);
    if (!gate)
        return true;
    if (!heap_first(&gate->queue) && pace_take(&gate->pace, rate, now))
        attempt->admitted = true;
    else
        heap_add(&gate->queue, &attempt->turn, urgency_of(account, attempt));
    rearm(engine, gate);
    return attempt->admitted;
}

bool gate_try(struct engine *engine, const struct account *account, const struct target *target,
              hf_time now) {
    const uint32_t rate = rate_of(engine, account);

    if (rate == 0)
        return true;
    struct gate *gate = gate_find(engine, target);

    if (!gate)
        gate = gate_new(engine, target);
    if (!gate)
        return true;
    bool free_now = !heap_first(&gate->queue) && pace_take(&gate->pace, rate, now);

    rearm(engine, gate);
    return free_now;
}

void gate_charge(struct engine *engine, const struct account *account,
                 const struct attempt *attempt, hf_time now) {
    const uint32_t rate = rate_of(engine, account);
    struct gate *gate = rate > 0 ? gate_find(engine, &attempt->target) : NULL;

    if (gate)
        pace_charge(&gate->pace, rate, now);
}

void gate_leave(struct engine *engine, struct attempt *attempt) {
    if (attempt_awaits_turn(attempt))
        heap_remove(&gate_find(engine, &attempt->target)->queue, &attempt->turn);
}

void gate_binding_ended(struct engine *engine, struct attempt *attempt) {
    if (!attempt_awaits_turn(attempt) || attempt->asking)
        return;
    gate_leave(engine, attempt);
    heap_add(&gate_find(engine, &attempt->target)->queue, &attempt->turn, urgency_none);
}

size_t gate_waiting(const struct engine *engine, const struct attempt *attempt) {
    const struct gate *gate = gate_find(engine, &attempt->target);

    return gate ? gate->queue.count : 0;
}

void gates_expire(struct engine *engine, struct timer *timer, hf_time now) {
    struct gate *gate = CONTAINER_OF(timer, struct gate, timer);
    struct heap_node *node;

    while ((node = heap_first(&gate->queue)) != NULL) {
        struct attempt *attempt = CONTAINER_OF(node, struct attempt, turn);
        const struct account *account = attempt_account(engine, attempt);
        bool goes = attempt_still_goes(engine, attempt, now);

        if (goes && !pace_take(&gate->pace, rate_of(engine, account), now))
            break;
        heap_remove(&gate->queue, node);
        attempt->admitted = goes;
        attempt_turn_came(engine, attempt, now);
    }
    if (!node && pace_forgets_at(&gate->pace) <= now)
        gate_free(&engine->gates, gate);
    else
        rearm(engine, gate);
}
