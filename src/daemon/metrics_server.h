/* Serves metrics by HTTP (libmicrohttpd), on the loop of the program: GET /metrics. The text is
 * made when it is asked for, later than the request if that takes a while; all who ask meanwhile
 * get the same one. */
#ifndef DAEMON_METRICS_SERVER_H
#define DAEMON_METRICS_SERVER_H

#include <uv.h>

#include "base/slice.h"
#include "holdfast/types.h"

enum {
    METRICS_CLIENTS_MAX = 16,
    METRICS_CLIENT_IDLE_SECONDS = 10,
};

struct metrics_server;

/* Listens at an address and port. `wanted` is told that somebody asks; metrics_server_answer is to
 * follow, but not from within. 0 or a negative errno. */
int metrics_server_start(uv_loop_t *loop, const struct hf_address *local,
                         void (*wanted)(void *user), void *user, struct metrics_server **ret);

/* Where it listens: the port is definite. */
struct hf_address metrics_server_local(const struct metrics_server *server);

/* Answers all who have asked; the text is borrowed until the next call, or the end. Without anybody
 * it does nothing. */
void metrics_server_answer(struct metrics_server *server, struct hf_slice text);

/* Closes everything; frees itself while the loop runs on. NULL is ignored. */
void metrics_server_stop(struct metrics_server *server);

#endif
