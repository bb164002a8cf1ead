/* How many requests a second, at the most: a token bucket. Pure.
 *
 * Tokens come in lots, one lot each whole number of milliseconds, because that is what a timer can
 * do; in no second are there more than `rate`. What is not taken is not saved up. */
#ifndef TARGET_PACE_H
#define TARGET_PACE_H

#include "holdfast/types.h"

/* All zero: nothing was sent yet. */
struct pace {
    hf_time next_at; /* when the next lot is due */
    uint32_t left;   /* of this one */
    uint32_t owed;   /* charged beyond what there was: later lots pay for it */
};

/* Takes a token. False: there is none before next_at. A rate of 0: no limit. */
bool pace_take(struct pace *pace, uint32_t rate, hf_time now);

/* Something was sent that could not wait: what comes later is put off by as much. */
void pace_charge(struct pace *pace, uint32_t rate, hf_time now);

#endif
