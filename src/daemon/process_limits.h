/* What the system permits this process. */
#ifndef DAEMON_PROCESS_LIMITS_H
#define DAEMON_PROCESS_LIMITS_H

#include <stdint.h>

/* As many open files as may be: accounts may each have a port or a connection of their own, a
 * descriptor each. */
void process_allow_many_descriptors(void);

/* How many files are open, and how many may be. Linux tells the former at once since 6.2; 0 before,
 * when a million would have to be counted one by one. */
uint64_t process_descriptors(uint64_t *ret_max);

#endif
