#include "target/pace.h"

enum { LOTS_A_SECOND = 50 };

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

bool pace_take(struct pace *pace, uint32_t rate, hf_time now) {
    if (rate == 0)
        return true;
    if (now >= pace->next_at) {
        pace->left = lot_size(rate);
        pace->next_at = now + lot_interval(rate);
    }
    if (pace->left == 0)
        return false;
    pace->left--;
    return true;
}

void pace_charge(struct pace *pace, uint32_t rate, hf_time now) {
    if (!pace_take(pace, rate, now))
        pace->next_at += lot_interval(rate) / lot_size(rate);
}
