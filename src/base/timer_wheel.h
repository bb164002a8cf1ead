/* A hierarchical timer wheel: add, cancel and expire cost the same for ten timers and for a
 * million. Granularity is one millisecond, rounded up: a timer never fires early.
 * Timers are embedded in what they wake, and told apart by `kind`. No callback: the owner takes
 * the due ones out, in a fixed order, and knows by the kind which struct they sit in. */
#ifndef BASE_TIMER_WHEEL_H
#define BASE_TIMER_WHEEL_H

#include "base/list.h"
#include "holdfast/types.h"

enum {
    TIMER_WHEEL_BITS = 6,
    TIMER_WHEEL_SLOTS = 1 << TIMER_WHEEL_BITS,
    TIMER_WHEEL_LEVELS = 7, /* 2^42 ms: more than a century ahead */
};

struct timer {
    struct list_node node;
    hf_time due_at; /* HF_NEVER while idle */
    uint8_t kind;   /* the owner's */
    uint8_t level;
    uint8_t slot;
};

struct timer_wheel {
    uint64_t tick; /* ms up to which the wheel has turned */
    uint64_t occupied[TIMER_WHEEL_LEVELS];
    struct list_node slots[TIMER_WHEEL_LEVELS][TIMER_WHEEL_SLOTS];
    struct list_node due;
    size_t count;
};

void timer_wheel_init(struct timer_wheel *wheel, hf_time now);

void timer_init(struct timer *timer, uint8_t kind);

static inline bool timer_is_set(const struct timer *timer) {
    return timer->due_at != HF_NEVER;
}

/* Sets the timer, moving it if it was set already; HF_NEVER cancels it. An instant in the past
 * is due at once. */
void timer_wheel_set(struct timer_wheel *wheel, struct timer *timer, hf_time due_at);

void timer_wheel_cancel(struct timer_wheel *wheel, struct timer *timer);

/* When timer_wheel_next_due may have something: never later than the first timer, perhaps
 * earlier. HF_NEVER when no timer is set. */
hf_time timer_wheel_deadline(const struct timer_wheel *wheel);

/* Takes out the next timer that is due by `now` (idle from then on), or NULL. Timers set while
 * the due ones are taken out are seen too, if they are due. */
struct timer *timer_wheel_next_due(struct timer_wheel *wheel, hf_time now);

/* Asserts the wheel's invariants; for tests and the simulator. */
void timer_wheel_check(const struct timer_wheel *wheel);

#endif
