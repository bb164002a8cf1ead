/* TCP connections on a uv loop: what is sent is queued within a bound, what comes in is handed on
 * as it comes, and nothing waits. */
#ifndef NET_TCP_H
#define NET_TCP_H

#include <uv.h>

#include "base/slice.h"
#include "holdfast/agent.h"

struct tcp_connection;

/* Who is told. tcp_close may be called from within, and tcp_send. */
struct tcp_handler {
    /* The connection is made. Not called for accepted ones. */
    void (*opened)(void *user);
    /* The bytes are good until the function returns. */
    void (*received)(void *user, struct hf_slice bytes);
    /* It could not be made, or is over; said once. All that is left to do is tcp_close. */
    void (*failed)(void *user, enum hf_path_failure failure, const char *detail);
};

enum { TCP_RECEIVE_BYTES = 64 << 10 };

struct tcp_options {
    struct hf_address local; /* family NONE: any; port 0: any */
    struct hf_address remote;
    uint8_t dscp;
    /* TCP_RECEIVE_BYTES to receive in; all connections of a loop may have the same. */
    char *receive_buffer;
};

/* Begins to connect; the outcome is told to the handler, later. When that cannot even begin: a
 * negative errno, and *ret_failure says whose fault it is. */
int tcp_connect(uv_loop_t *loop, const struct tcp_options *options,
                const struct tcp_handler *handler, void *user, struct tcp_connection **ret,
                enum hf_path_failure *ret_failure);

/* Takes an accepted descriptor, which is closed also on failure. Of the options only the buffer
 * counts. Negative errno. */
int tcp_adopt(uv_loop_t *loop, int fd, const struct tcp_options *options,
              const struct tcp_handler *handler, void *user, struct tcp_connection **ret);

/* Where it is bound; known once it is open. */
struct hf_address tcp_local(const struct tcp_connection *connection);
struct hf_address tcp_remote(const struct tcp_connection *connection);

/* Queues bytes (copied). -ENOBUFS: more waits than LIMIT_STREAM_SEND_BYTES, nothing was queued. */
int tcp_send(struct tcp_connection *connection, struct hf_slice bytes);

/* Hands what is queued to the system; may tell the handler of a failure. */
void tcp_flush(struct tcp_connection *connection);

/* Hands out what the system still takes, closes and frees. NULL is ignored. */
void tcp_close(struct tcp_connection *connection);

/* What went wrong, for people: of the system's errors those that a connection has. */
const char *tcp_error_text(int error);

#endif
