#include "daemon/memory_trim.h"

#include <malloc.h>

/* A tenth of a millisecond where nothing is to be given back, tens of them after a great rush. */
enum { INTERVAL_MS = 10000 };

void memory_limit_heaps(unsigned engines) {
    (void)mallopt(M_ARENA_MAX, (int)engines);
}

void memory_trim(struct memory_trim *trim, const uv_loop_t *loop) {
    const uint64_t now = uv_now(loop);

    if (now < trim->next_at)
        return;
    trim->next_at = now + INTERVAL_MS;
    malloc_trim(0);
}
