#include "target/pace.h"

enum { LOTS_A_SECOND = 50 };

/* Nobody wanted anything for so long; less may be a timer that is late. */
static const hf_time quiet = HF_SECOND;

static uint32_t lot_size(uint32_t rate) {
    return (rate + LOTS_A_SECOND - 1) / LOTS_A_SECOND;
}

/* The shortest whole number of milliseconds between lots with which no second has too many. */
static hf_time lot_interval(uint32_t rate) {
    uint64_t lot = lot_size(rate), interval = (1000 * lot + rate - 1) / rate;

    while ((1000 + interval - 1) / interval * lot > rate)
        interval++;
    return interval * HF_MILLISECOND;
}

/* Pays as much of the debt as this lot can, and those that nobody took while nothing went on. Who
 * comes to a lot late delays the debt as he delays the lots: so a pace that is charged is not
 * faster than one that is only taken from, and nobody gets ahead of those who wait for him. */
static void begin_lot(struct pace *pace, uint32_t rate, hf_time now) {
    const uint32_t lot = lot_size(rate);
    const hf_time unused = now - pace->next_at;
    const uint64_t missed = unused >= quiet ? unused / lot_interval(rate) * lot : 0;

    pace->owed -= missed < pace->owed ? (uint32_t)missed : pace->owed;
    const uint32_t paid = pace->owed < lot ? pace->owed : lot;

    pace->owed -= paid;
    pace->left = lot - paid;
    pace->next_at = now + lot_interval(rate);
}

bool pace_take(struct pace *pace, uint32_t rate, hf_time now) {
    if (rate == 0)
        return true;
    if (now >= pace->next_at)
        begin_lot(pace, rate, now);
    if (pace->left == 0)
        return false;
    pace->left--;
    return true;
}

void pace_charge(struct pace *pace, uint32_t rate, hf_time now) {
    if (!pace_take(pace, rate, now) && pace->owed < UINT32_MAX)
        pace->owed++;
}
