#include "net/clock.h"

#include <sys/random.h>
#include <time.h>

#include "base/assert.h"

#ifdef CLOCK_BOOTTIME
static const clockid_t clock_id = CLOCK_BOOTTIME;
#else
static const clockid_t clock_id = CLOCK_MONOTONIC;
#endif

hf_time net_now(void) {
    struct timespec t;
    int error = clock_gettime(clock_id, &t);

    HF_ASSERT(error == 0);
    return (hf_time)t.tv_sec * HF_SECOND + (hf_time)t.tv_nsec / 1000;
}

void net_rest(hf_time span) {
    const struct timespec time = {.tv_nsec = (long)span * 1000};

    HF_ASSERT(span < HF_SECOND);
    (void)nanosleep(&time, NULL); /* a signal may end it: nobody relies on it */
}

void net_seed(uint64_t seed[4]) {
    ssize_t got = getrandom(seed, 4 * sizeof seed[0], 0);

    HF_ASSERT(got == (ssize_t)(4 * sizeof seed[0]));
}
