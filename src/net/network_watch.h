/* Tells when the machine's addresses, links or routes have changed in a way that can matter to a
 * path (rtnetlink; see net/network_state.h), or when it was suspended. */
#ifndef NET_NETWORK_WATCH_H
#define NET_NETWORK_WATCH_H

#include <uv.h>

#include "holdfast/types.h"

struct network_watch;

/* `changed` is called from the loop once things have been quiet for 300 ms, and after 2 s at the
 * latest. NULL where the system has no such thing, or no memory. */
struct network_watch *network_watch_create(uv_loop_t *loop, void (*changed)(void *user),
                                           void *user);

/* To be called now and then: notices that the machine was suspended since the last time. */
void network_watch_look(struct network_watch *watch);

/* NULL is ignored. */
void network_watch_close(struct network_watch *watch);

#endif
