/* The DNS servers that are asked: one libunbound context, watched by the loop. */
#ifndef NET_UPSTREAM_H
#define NET_UPSTREAM_H

#include <unbound.h>
#include <uv.h>

struct upstream {
    struct ub_ctx *context;
    uv_poll_t poll;
    unsigned questions; /* that wait for it; the owner counts */
};

/* `server`: "ADDR" or "ADDR:PORT", or the path of a file like /etc/resolv.conf (with a slash in
 * it). 0, or -1 with *ret_error (static). */
int upstream_create(uv_loop_t *loop, const char *server, struct upstream **ret,
                    const char **ret_error);

/* No question may wait for it any more. It may be called from within an answer. */
void upstream_close(struct upstream *upstream);

#endif
