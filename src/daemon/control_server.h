/* Serves the control socket (control_protocol.h) on libuv's loop. Clients are bounded in number,
 * in what they may send and in what is kept for them; none can make the engine wait. */
#ifndef DAEMON_CONTROL_SERVER_H
#define DAEMON_CONTROL_SERVER_H

#include <uv.h>

#include "daemon/control_protocol.h"

enum {
    CONTROL_CLIENTS_MAX = 64,
    CONTROL_IDLE_SECONDS = 60, /* without a request, or without reading its answer */
};

enum control_progress {
    CONTROL_DONE,  /* the answer is complete, its last line is written */
    CONTROL_MORE,  /* ask again when what is written has been taken */
    CONTROL_LATER, /* nothing to say yet: ask again after control_server_wake */
};

/* Answers a request piece by piece. `cursor` is 0 at first and the handler's own after that.
 * Writes whole lines. Never asked for CONTROL_EVENTS, which the server answers by itself. */
struct control_handler {
    enum control_progress (*answer)(void *context, const struct control_request *request,
                                    uint64_t *cursor, struct writer *w);
    void *context;
};

struct control_server;

/* Listens on `path`, which control_socket_claim has made free, with these permissions. Returns 0
 * or a negative errno. */
int control_server_start(uv_loop_t *loop, const char *path, unsigned mode,
                         const struct control_handler *handler, struct control_server **ret);

/* Whether anybody reads events: spares writing them. */
bool control_server_has_readers(const struct control_server *server);

/* One line with its newline to all who read events. A reader whose queue is full loses it, and is
 * told how many it lost as soon as there is room. */
void control_server_publish(struct control_server *server, struct hf_slice line);

struct control_counts {
    uint64_t clients;
    uint64_t queued_bytes; /* events that readers have not taken */
    uint64_t events_lost;  /* by readers that were too slow, of all time */
};

void control_server_count(const struct control_server *server, struct control_counts *ret);

/* So many lines were lost before they came here: those who read events are told. */
void control_server_lost(struct control_server *server, unsigned lines);

/* Asks the handler again for every answer that was to come later. */
void control_server_wake(struct control_server *server);

/* Closes everything and removes the socket. The server frees itself while the loop runs on; it
 * must not be used any more. NULL is ignored. */
void control_server_stop(struct control_server *server);

#endif
