/* How many requests a second, at the most: a token bucket. Pure.
 *
 * Tokens come in small lots, so that the buffers of who is asked are not flooded; no second has
 * more of them than `rate`, however late they are taken. Lots that a late timer missed while
 * somebody waited are made up for, a few at once; what nobody wanted is not saved up. A twentieth
 * of the rate is left for what cannot wait. */
#ifndef TARGET_PACE_H
#define TARGET_PACE_H

#include "holdfast/types.h"

enum { PACE_LOTS = 200 }; /* a second, at the most */

/* All zero: nothing was sent yet. */
struct pace {
    hf_time next_at;            /* when there is the next lot */
    hf_time due_at;             /* when it would be, if no other had been late */
    hf_time free_at[PACE_LOTS]; /* of the last lots: a second after one was last taken from */
    uint32_t left;              /* of the last lot */
    uint32_t owed;              /* charged beyond what there was: later lots pay for it */
    uint8_t last;               /* which of free_at is the last lot's */
    bool wanted;                /* somebody was refused, and no lot was on time since then */
};

/* Takes a token. False: there is none before next_at. A rate of 0: no limit. */
bool pace_take(struct pace *pace, uint32_t rate, hf_time now);

/* Something was sent that could not wait: what comes later is put off by as much, though by no more
 * than a second. */
void pace_charge(struct pace *pace, uint32_t rate, hf_time now);

/* From then on it is as one from which nothing was ever taken, unless something is owed. */
static inline hf_time pace_forgets_at(const struct pace *pace) {
    return pace->free_at[pace->last];
}

#endif
