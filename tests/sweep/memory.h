/* An allocator that fails when it is told to. Only what is called between memory_arm and
 * memory_disarm can fail: the code under test, never the test. */
#ifndef SWEEP_MEMORY_H
#define SWEEP_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

enum memory_mode {
    MEMORY_ONE,    /* the n-th allocation fails, and no other */
    MEMORY_FAMINE, /* the n-th fails, and some after it */
    MEMORY_RANDOM, /* one in a few fails, for a while; n is the seed */
};

/* Begins a run. */
void memory_plan(enum memory_mode mode, uint32_t n);

/* From now on there is memory again, whatever was planned; and the plan is in force again. */
void memory_restore(void);
void memory_resume(void);

void memory_arm(void);
void memory_disarm(void);

/* How many allocations of this run were failed. */
uint32_t memory_failures(void);

const char *memory_mode_name(enum memory_mode mode);

/* A teardown of cmocka: says which run it was that failed. SWEEP="famine 17" repeats it alone. */
int memory_say(void **state);

/* Runs `life` with the n-th allocation failing, for n = 1, 2, 3 ... until it runs through without
 * a failure; then with famines that begin at each `stride`-th, and with random failures. */
void memory_sweep(void (*life)(void), uint32_t stride, uint32_t seeds);

#endif
