/* Seeded random numbers (xoshiro256**): the same seed gives the same numbers, always. Good enough
 * for branches, tags and jitter when the seed comes from the kernel; no secret is made with it
 * that outlives the process. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "holdfast/types.h"

struct random {
    uint64_t state[4];
};

void random_init(struct random *random, const uint64_t seed[4]);

uint64_t random_next(struct random *random);

/* Uniform in 0 .. bound-1; 0 for a bound of 0. */
uint64_t random_below(struct random *random, uint64_t bound);

/* A generator of its own, so that more draws in one part do not shift another's. */
struct random random_child(struct random *random);

#endif
