/* The agent's TCP and TLS paths: each is one connection. So that a server which comes back is not
 * overrun by all its clients at once, nor this loop by their handshakes, no more than
 * LIMIT_HANDSHAKES connections to one address are made at a time; the others wait their turn. */
#ifndef NET_STREAM_PATHS_H
#define NET_STREAM_PATHS_H

#include <uv.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "net/connection.h"
#include "net/taken_ports.h"

struct stream_path;

/* Who is told. Nothing may be opened or closed from within. */
struct stream_paths_handler {
    void (*opened)(void *user, hf_path_id path, const struct hf_address *local);
    void (*received)(void *user, hf_path_id path, const struct hf_address *from,
                     struct hf_slice bytes);
    /* The path is closed and forgotten already. */
    void (*failed)(void *user, hf_path_id path, enum hf_path_failure failure, const char *detail);
    /* Something that whoever runs this should know; may be NULL. */
    void (*warn)(void *user, const char *text);
};

enum { STREAM_WARNINGS_MAX = 64 };

struct stream_paths {
    uv_loop_t *loop;
    struct stream_paths_handler handler;
    void *user;
    struct tls_contexts contexts;
    struct map by_id;
    struct map gates;         /* by remote address, while a connection to it is being made */
    struct list_node making;  /* paths that are not open yet */
    struct list_node pending; /* paths with something to send */
    struct list_node all;
    char *receive_buffer; /* of all; made with the first one */
    uv_timer_t *timer;    /* runs while a path is being made */
    struct hash_key key;
    unsigned under_way;                       /* connections being made now */
    unsigned under_way_most;                  /* ever at once */
    uint64_t unverified[STREAM_WARNINGS_MAX]; /* names that were warned of, hashed */
    unsigned unverified_count;
    struct taken_ports taken;
};

/* 0, or -ENOMEM. */
int stream_paths_init(struct stream_paths *paths, uv_loop_t *loop,
                      const struct stream_paths_handler *handler, void *user);

/* Closes everything, tells nobody. */
void stream_paths_release(struct stream_paths *paths);

/* Opens a path; the handler is told of the outcome, a failure perhaps at once. The connect timeout
 * (0: 10 s) of one that has to wait for its turn begins with its turn; but when those before it all
 * run out of time, it fails with them. */
void stream_paths_open(struct stream_paths *paths, const struct hf_output_open *open, hf_time now);

/* NULL when there is none. */
struct stream_path *stream_path_find(const struct stream_paths *paths, hf_path_id id);

const struct hf_address *stream_path_remote(const struct stream_path *path);

/* NULL: plain TCP, or not begun. */
const struct tls_session *stream_path_tls(const struct stream_path *path);

void stream_path_close(struct stream_paths *paths, struct stream_path *path);

/* Queues a message for stream_paths_flush; sends when much is queued, and may then tell the handler
 * of a failure. */
void stream_path_send(struct stream_paths *paths, struct stream_path *path, struct hf_slice bytes);

/* Ends every connection whose local address is gone, and tells the handler. Not from within one. */
void stream_paths_drop_lost(struct stream_paths *paths);

/* Sends what is queued; tells the handler of what fails. Not from within a handler. */
void stream_paths_flush(struct stream_paths *paths);

#endif
