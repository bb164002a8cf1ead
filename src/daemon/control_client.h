/* One client of the control server: its input line, its answer, its queue of events. */
#ifndef DAEMON_CONTROL_CLIENT_H
#define DAEMON_CONTROL_CLIENT_H

#include "base/list.h"
#include "daemon/control_server.h"

enum control_client_state {
    CLIENT_READING,   /* waits for a request */
    CLIENT_ANSWERING, /* a part of the answer is being written */
    CLIENT_WAITING,   /* the answer comes later */
    CLIENT_STREAMING, /* reads events from now on */
    CLIENT_CLOSING,
};

struct control_client {
    struct list_node node; /* in the server's list */
    const struct control_handler *handler;
    void (*closed)(struct control_client *client, void *context);
    void *closed_context;
    enum control_client_state state;
    unsigned open_handles;
    uv_pipe_t pipe;
    uv_timer_t timer;
    uv_write_t write;
    bool writing;
    bool last_part; /* the answer is complete once this is written */
    struct control_request request;
    uint64_t cursor;
    size_t input_len;
    char input[CONTROL_REQUEST_BYTES_MAX];
    uint64_t lost;   /* events since the last one that was queued */
    size_t back_len; /* bytes of `back`, which is written when `front` is done */
    char *front;
    char *back;
    char buffers[2][CONTROL_ANSWER_BYTES];
};

/* Accepts a connection; NULL when that fails. `closed` is called once, when the client is to be
 * freed; nothing touches it after that. */
struct control_client *control_client_accept(uv_loop_t *loop, uv_stream_t *listener,
                                             const struct control_handler *handler,
                                             void (*closed)(struct control_client *, void *),
                                             void *closed_context);

/* Bytes of events that wait until what was written before has been taken. */
static inline size_t control_client_queued(const struct control_client *client) {
    return client->state == CLIENT_STREAMING ? client->back_len : 0;
}

/* An event for a client that is streaming; ignored for any other. False: there was no room. */
bool control_client_publish(struct control_client *client, struct hf_slice line);

/* Goes on with an answer that was to come later, if this client waits for one. */
void control_client_wake(struct control_client *client);

/* Says why and closes. */
void control_client_turn_away(struct control_client *client, const char *message);

void control_client_close(struct control_client *client);

#endif
