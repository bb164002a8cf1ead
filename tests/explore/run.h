/* One run of a plan: first everything may break, and after every step nothing may be wrong; then
 * everything is put right, and everybody must be registered within a bound and stay so. */
#ifndef EXPLORE_RUN_H
#define EXPLORE_RUN_H

#include "plan.h"

enum { RUN_TEXT_MAX = 600 };

struct run_result {
    bool failed;
    bool capped;             /* it had too many steps, and was ended */
    char what[32];           /* one word: which rule was broken */
    char text[RUN_TEXT_MAX]; /* what was seen */
    uint64_t trace;          /* hash of all packets and events, with their times */
    uint64_t steps;
    hf_time end_at;
};

/* `trace` gets everything that happens, in words; NULL: nothing. */
void run_plan(const struct plan *plan, FILE *trace, struct run_result *ret);

#endif
