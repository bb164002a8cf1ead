/* A bar for those who wait at a terminal: drawn on standard error, when it is one and the work has
 * taken longer than half a second. */
#ifndef DAEMON_PROGRESS_H
#define DAEMON_PROGRESS_H

#include "holdfast/types.h"

struct progress {
    const char *what; /* "reading" */
    bool wanted;
    bool drawn;
    hf_time next_at;
};

struct progress progress_begin(const char *what);

/* So much is done; `user` is the progress. */
void progress_show(void *user, size_t done, size_t total);

/* Wipes the bar away. */
void progress_end(struct progress *progress);

#endif
