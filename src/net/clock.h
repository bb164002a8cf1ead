/* The one place that reads a clock, rests by it, or asks for the system's randomness. */
#ifndef NET_CLOCK_H
#define NET_CLOCK_H

#include "holdfast/types.h"

/* Microseconds since the machine was started, the time in which it slept included (Linux
 * CLOCK_BOOTTIME): a binding ends on the server while a laptop sleeps. Never goes back. */
hf_time net_now(void);

/* Stands still for so long, and up to a tenth of a millisecond more. */
void net_rest(hf_time span);

/* Fills a seed from the kernel's generator. */
void net_seed(uint64_t seed[4]);

#endif
