/* A connection of bytes, TCP alone or with TLS above it. */
#ifndef NET_CONNECTION_H
#define NET_CONNECTION_H

#include "net/tcp.h"
#include "net/tls.h"

struct connection;

/* As struct tcp_handler; with TLS `opened` means that the handshake is done and the certificate
 * accepted, and is told of accepted connections too. connection_close may be called from within. */
struct connection_handler {
    void (*opened)(void *user);
    void (*received)(void *user, struct hf_slice bytes);
    void (*failed)(void *user, enum hf_path_failure failure, const char *detail);
};

/* `tls` is NULL for plain TCP, else the connection's from now on; on failure it stays the caller's.
 * Errors as in tcp_connect. */
int connection_connect(uv_loop_t *loop, const struct tcp_options *options, struct tls_session *tls,
                       const struct connection_handler *handler, void *user,
                       struct connection **ret, enum hf_path_failure *ret_failure);

/* As tcp_adopt; `tls` is NULL for plain TCP, and the connection's from now on, also on failure. */
int connection_adopt(uv_loop_t *loop, int fd, const struct tcp_options *options,
                     struct tls_session *tls, const struct connection_handler *handler, void *user,
                     struct connection **ret);

/* Queues bytes (copied); nothing is taken before it is open. -ENOBUFS as in tcp_send: some of it
 * may be lost, the connection is to be closed. -EPIPE: TLS has failed. */
int connection_send(struct connection *connection, struct hf_slice bytes);

/* Hands what is queued to the system; may tell the handler of a failure. */
void connection_flush(struct connection *connection);

/* Says goodbye, closes and frees. NULL is ignored. */
void connection_close(struct connection *connection);

struct hf_address connection_local(const struct connection *connection);
struct hf_address connection_remote(const struct connection *connection);

/* NULL: plain TCP. */
const struct tls_session *connection_tls(const struct connection *connection);

#endif
