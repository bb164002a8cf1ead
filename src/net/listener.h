/* Takes in TCP connections on a uv loop. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include <uv.h>

#include "holdfast/types.h"

struct listener;

/* A connection came in; the descriptor is the owner's (connection_adopt). listener_close may not be
 * called from within. */
typedef void listener_accepted(void *user, int fd);

/* 0, or a negative errno. */
int listener_open(uv_loop_t *loop, const struct hf_address *local, listener_accepted *accepted,
                  void *user, struct listener **ret);

struct hf_address listener_local(const struct listener *listener);

/* NULL is ignored. */
void listener_close(struct listener *listener);

#endif
