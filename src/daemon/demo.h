/* `holdfast demo`: two registrars and a handful of phones of every family on this machine's
 * loopback; registrar A fails and comes back. */
#ifndef DAEMON_DEMO_H
#define DAEMON_DEMO_H

#include <stdbool.h>

/* Goes through it once and prints what happens (`live` false), or shows a table in the terminal
 * until somebody ends it. Returns 0 when every account came home, 1 otherwise; failures are
 * printed. */
int demo_run(bool live);

#endif
