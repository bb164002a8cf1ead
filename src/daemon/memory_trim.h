/* What a rush has freed goes back to the system: malloc keeps it where something that is still in
 * use lies behind it, which in a program of many accounts is always so. */
#ifndef DAEMON_MEMORY_TRIM_H
#define DAEMON_MEMORY_TRIM_H

#include <uv.h>

/* At the start, before there are threads: no more heaps than engines. Files are read in threads of
 * their own, and with a heap for each of these the settings of every reload would lie in another
 * one, between the holes of what was read with them. */
void memory_limit_heaps(unsigned engines);

struct memory_trim {
    uint64_t next_at; /* milliseconds of the loop's clock */
};

/* For a thread that is about to wait: it costs nothing but every few seconds, and wakes nobody. */
void memory_trim(struct memory_trim *trim, const uv_loop_t *loop);

#endif
