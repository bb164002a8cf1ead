/* Words for drawing lots. */
#ifndef EXPLORE_CHANCE_H
#define EXPLORE_CHANCE_H

#include "base/random.h"

static inline uint32_t below(struct random *random, uint32_t bound) {
    return (uint32_t)random_below(random, bound);
}

static inline uint32_t between(struct random *random, uint32_t min, uint32_t max) {
    return min + below(random, max - min + 1);
}

/* True once in `n`. */
static inline bool one_in(struct random *random, uint32_t n) {
    return below(random, n) == 0;
}

#define PICK(random, array) ((array)[below((random), sizeof(array) / sizeof((array)[0]))])

#endif
