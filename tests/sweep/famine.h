/* An allocator that fails when it is told to. Only what is called between famine_arm and
 * famine_disarm can fail: the code under test, never the test. */
#ifndef SWEEP_FAMINE_H
#define SWEEP_FAMINE_H

#include <stdbool.h>
#include <stdint.h>

enum famine_mode {
    FAMINE_ONE,    /* the n-th allocation fails, and no other */
    FAMINE_LONG,   /* the n-th fails, and some after it */
    FAMINE_RANDOM, /* one in a few fails, for a while; n is the seed */
};

/* Begins a run. */
void famine_plan(enum famine_mode mode, uint32_t n);

/* From now on there is memory again, whatever was planned; and the plan is in force again. */
void famine_restore(void);
void famine_resume(void);

void famine_arm(void);
void famine_disarm(void);

/* How many allocations of this run were failed. */
uint32_t famine_failures(void);

const char *famine_mode_name(enum famine_mode mode);

/* A teardown of cmocka: says which run it was that failed. SWEEP="famine 17" repeats it alone. */
int famine_say(void **state);

/* Runs `life` with the n-th allocation failing, for n = 1, 2, 3 ... until it runs through without
 * a failure; then with famines that begin at each `stride`-th, and with random failures. */
void famine_sweep(void (*life)(void), uint32_t stride, uint32_t seeds);

#endif
