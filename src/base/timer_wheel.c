#include "base/timer_wheel.h"

#include "base/assert.h"

enum { DUE_LEVEL = TIMER_WHEEL_LEVELS }; /* of a timer that waits in the due list */

static const uint64_t tick_max = ((uint64_t)1 << (TIMER_WHEEL_BITS * TIMER_WHEEL_LEVELS)) - 1;

/* The first tick at which the instant has passed. */
static uint64_t tick_of(hf_time at) {
    uint64_t tick = at / HF_MILLISECOND + (at % HF_MILLISECOND != 0);

    return tick < tick_max ? tick : tick_max;
}

void timer_wheel_init(struct timer_wheel *wheel, hf_time now) {
    *wheel = (struct timer_wheel){.tick = now / HF_MILLISECOND};
    for (int level = 0; level < TIMER_WHEEL_LEVELS; level++)
        for (int slot = 0; slot < TIMER_WHEEL_SLOTS; slot++)
            list_init(&wheel->slots[level][slot]);
    list_init(&wheel->due);
}

void timer_init(struct timer *timer, uint8_t kind) {
    *timer = (struct timer){.due_at = HF_NEVER, .kind = kind};
    list_init(&timer->node);
}

/* Level = the highest group of bits in which the tick differs from the wheel's, so that a slot
 * of a level above 0 is emptied into lower levels exactly when the wheel reaches its start. */
static void place(struct timer_wheel *wheel, struct timer *timer) {
    uint64_t tick = tick_of(timer->due_at);

    if (tick <= wheel->tick) {
        timer->level = DUE_LEVEL;
        list_append(&wheel->due, &timer->node);
        return;
    }
    unsigned high_bit = 63 - (unsigned)__builtin_clzll(tick ^ wheel->tick);
    unsigned level = high_bit / TIMER_WHEEL_BITS;
    unsigned slot = (unsigned)(tick >> (level * TIMER_WHEEL_BITS)) & (TIMER_WHEEL_SLOTS - 1);

    timer->level = (uint8_t)level;
    timer->slot = (uint8_t)slot;
    wheel->occupied[level] |= (uint64_t)1 << slot;
    list_append(&wheel->slots[level][slot], &timer->node);
}

static void take_out(struct timer_wheel *wheel, struct timer *timer) {
    list_remove(&timer->node);
    if (timer->level != DUE_LEVEL && list_is_empty(&wheel->slots[timer->level][timer->slot]))
        wheel->occupied[timer->level] &= ~((uint64_t)1 << timer->slot);
}

void timer_wheel_cancel(struct timer_wheel *wheel, struct timer *timer) {
    if (!timer_is_set(timer))
        return;
    take_out(wheel, timer);
    timer->due_at = HF_NEVER;
    wheel->count--;
}

void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, hf_time due_at) {
    timer_wheel_cancel(wheel, timer);
    if (due_at == HF_NEVER)
        return;
    timer->due_at = due_at;
    wheel->count++;
    place(wheel, timer);
}

/* The start of the first occupied slot, and where it is; UINT64_MAX when all are empty. Lower
 * levels come first: all their slots lie before the next slot of a higher level. */
static uint64_t next_slot(const struct timer_wheel *wheel, unsigned *ret_level,
                          unsigned *ret_slot) {
    for (unsigned level = 0; level < TIMER_WHEEL_LEVELS; level++) {
        if (wheel->occupied[level] == 0)
            continue;
        unsigned shift = level * TIMER_WHEEL_BITS;
        unsigned slot = (unsigned)__builtin_ctzll(wheel->occupied[level]);
        uint64_t above = wheel->tick >> (shift + TIMER_WHEEL_BITS) << (shift + TIMER_WHEEL_BITS);

        *ret_level = level;
        *ret_slot = slot;
        return above | (uint64_t)slot << shift;
    }
    return UINT64_MAX;
}

hf_time timer_wheel_deadline(const struct timer_wheel *wheel) {
    unsigned level, slot;

    if (!list_is_empty(&wheel->due))
        return wheel->tick * HF_MILLISECOND;
    uint64_t start = next_slot(wheel, &level, &slot);
    return start == UINT64_MAX ? HF_NEVER : start * HF_MILLISECOND;
}

struct timer *timer_wheel_next_due(struct timer_wheel *wheel, hf_time now) {
    uint64_t target = now / HF_MILLISECOND;
    unsigned level, slot;

    while (list_is_empty(&wheel->due)) {
        uint64_t start = next_slot(wheel, &level, &slot);

        if (start > target) {
            /* No occupied slot begins by then, so every timer's place stays right. */
            if (target > wheel->tick)
                wheel->tick = target;
            break;
        }
        struct list_node *head = &wheel->slots[level][slot];

        wheel->tick = start;
        wheel->occupied[level] &= ~((uint64_t)1 << slot);
        for (struct list_node *node; (node = list_take_first(head)) != NULL;)
            place(wheel, CONTAINER_OF(node, struct timer, node));
    }
    struct list_node *node = list_take_first(&wheel->due);
    if (!node)
        return NULL;
    struct timer *timer = CONTAINER_OF(node, struct timer, node);
    timer->due_at = HF_NEVER;
    wheel->count--;
    return timer;
}

void timer_wheel_check(const struct timer_wheel *wheel) {
    size_t count = 0;

    for (unsigned level = 0; level < TIMER_WHEEL_LEVELS; level++) {
        for (unsigned slot = 0; slot < TIMER_WHEEL_SLOTS; slot++) {
            const struct list_node *head = &wheel->slots[level][slot];

            HF_ASSERT(list_is_empty(head) == !(wheel->occupied[level] >> slot & 1));
            for (const struct list_node *node = head->next; node != head; node = node->next) {
                const struct timer *timer = CONTAINER_OF(node, struct timer, node);

                HF_ASSERT(timer->level == level && timer->slot == slot);
                HF_ASSERT(tick_of(timer->due_at) > wheel->tick);
                count++;
            }
        }
    }
    for (const struct list_node *node = wheel->due.next; node != &wheel->due; node = node->next)
        count++;
    HF_ASSERT(count == wheel->count);
}
