/* A connection of bytes, TCP alone or with TLS above it. */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "net/tcp.h"
#include "net/tls.h"

struct stream;

/* As struct tcp_handler; with TLS `opened` means that the handshake is done and the certificate
 * accepted, and is told of accepted streams too. stream_close may be called from within. */
struct stream_handler {
    void (*opened)(void *user);
    void (*received)(void *user, struct hf_slice bytes);
    void (*failed)(void *user, enum hf_path_failure failure, const char *detail);
};

/* `tls` is NULL for plain TCP, and the stream's from now on, also on failure. Errors as in
 * tcp_connect. */
int stream_connect(uv_loop_t *loop, const struct tcp_options *options, struct tls_session *tls,
                   const struct stream_handler *handler, void *user, struct stream **ret,
                   enum hf_path_failure *ret_failure);

/* As tcp_adopt; `tls` as above. */
int stream_adopt(uv_loop_t *loop, int fd, const struct tcp_options *options,
                 struct tls_session *tls, const struct stream_handler *handler, void *user,
                 struct stream **ret);

/* Queues bytes (copied); nothing is taken before it is open. -ENOBUFS as in tcp_send: some of it
 * may be lost, the stream is to be closed. -EPIPE: TLS has failed. */
int stream_send(struct stream *stream, struct hf_slice bytes);

/* Hands what is queued to the system; may tell the handler of a failure. */
void stream_flush(struct stream *stream);

/* Says goodbye, closes and frees. NULL is ignored. */
void stream_close(struct stream *stream);

struct hf_address stream_local(const struct stream *stream);
struct hf_address stream_remote(const struct stream *stream);

/* NULL: plain TCP. */
const struct tls_session *stream_tls(const struct stream *stream);

#endif
