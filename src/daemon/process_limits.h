/* What the system permits this process. */
#ifndef DAEMON_PROCESS_LIMITS_H
#define DAEMON_PROCESS_LIMITS_H

/* As many open files as may be: accounts may each have a port or a connection of their own, a
 * descriptor each. */
void process_allow_many_descriptors(void);

#endif
