#include "target/pace.h"

#include "base/assert.h"

/* So many may be made up for: more at once would be a storm of its own. */
enum { LOTS_MADE_UP = 8 };

/* No timer is so late: who waited has gone. */
static const hf_time quiet = HF_SECOND;

/* The rest is for what cannot wait, retransmissions above all, and for a machine that sends late
 * what was due a moment ago. */
static uint32_t tokens_a_second(uint32_t rate) {
    return rate - rate / 20;
}

static uint32_t lot_size(uint32_t rate) {
    return (tokens_a_second(rate) + PACE_LOTS - 1) / PACE_LOTS;
}

static uint32_t lots_a_second(uint32_t rate) {
    return tokens_a_second(rate) / lot_size(rate);
}

/* The lot before which a whole second of them was taken must be a second old. */
static void plan_next(struct pace *pace, uint32_t rate) {
    const uint32_t second_ago = (pace->last + 1u + PACE_LOTS - lots_a_second(rate)) % PACE_LOTS;
    const hf_time free_at = pace->free_at[second_ago];

    pace->next_at = pace->due_at > free_at ? pace->due_at : free_at;
}

/* Lots that nobody took pay what is owed; those that came late do not, or a pace that is charged
 * would be faster than one that is only taken from, and its users get ahead of each other. */
static void skip_missed(struct pace *pace, uint32_t rate, hf_time interval, hf_time now) {
    const hf_time late = now - pace->due_at;

    if (!pace->wanted || late >= quiet) {
        const uint64_t unused = late / interval * lot_size(rate);

        pace->owed -= unused < pace->owed ? (uint32_t)unused : pace->owed;
        pace->due_at = now;
    } else if (late > LOTS_MADE_UP * interval) {
        pace->due_at = now - LOTS_MADE_UP * interval;
    }
}

static void begin_lot(struct pace *pace, uint32_t rate, hf_time now) {
    const uint32_t lot = lot_size(rate);
    const hf_time interval = HF_SECOND / lots_a_second(rate);

    HF_ASSERT(now >= pace->due_at);
    skip_missed(pace, rate, interval, now);
    const uint32_t paid = pace->owed < lot ? pace->owed : lot;

    pace->owed -= paid;
    pace->left = lot - paid;
    pace->last = (uint8_t)((pace->last + 1) % PACE_LOTS);
    pace->free_at[pace->last] = now + HF_SECOND;
    pace->due_at += interval;
    if (pace->due_at > now)
        pace->wanted = false;
    plan_next(pace, rate);
}

static bool take(struct pace *pace, uint32_t rate, hf_time now) {
    if (!pace->wanted && now >= pace->next_at)
        pace->left = 0; /* nobody wanted the rest */
    while (pace->left == 0 && now >= pace->next_at)
        begin_lot(pace, rate, now);
    if (pace->left == 0)
        return false;
    pace->left--;
    pace->free_at[pace->last] = now + HF_SECOND;
    return true;
}

bool pace_take(struct pace *pace, uint32_t rate, hf_time now) {
    if (rate == 0 || take(pace, rate, now))
        return true;
    pace->wanted = true;
    return false;
}

void pace_charge(struct pace *pace, uint32_t rate, hf_time now) {
    if (rate > 0 && !take(pace, rate, now) && pace->owed < rate)
        pace->owed++;
}
