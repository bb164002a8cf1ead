/* One side of a TLS connection (RFC 8446, RFC 5246) without the connection: bytes of the network go
 * in and come out, and so do those within. Nothing of ours is written before the peer's certificate
 * was accepted. */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "net/tls_context.h"

struct tls_session;

enum tls_state {
    TLS_HANDSHAKING,
    TLS_OPEN,
    TLS_ENDED,  /* the peer has said goodbye */
    TLS_FAILED, /* see tls_failure */
};

enum { TLS_RECORD_BYTES = 16 << 10, TLS_DETAIL_MAX = 400 };

/* The client's side. `options` are copied as far as they are needed; the context is given back when
 * it ends. NULL: out of memory, and the context is still the caller's. */
struct tls_session *tls_client_create(struct tls_context *context,
                                      const struct hf_tls_options *options,
                                      const struct hf_address *remote);

/* The server's side, of a context of the caller's (tls_server_context). NULL: out of memory. */
struct tls_session *tls_server_create(SSL_CTX *context);

/* Begins the handshake; once. */
void tls_begin(struct tls_session *session);

/* Sends nothing: whoever wants to say goodbye calls tls_end first. NULL is ignored. */
void tls_free(struct tls_session *session);

/* Bytes that came from the network. */
void tls_receive(struct tls_session *session, struct hf_slice bytes);

/* What the peer has said within, at most TLS_RECORD_BYTES at once; 0: nothing more. Call it until
 * then after each tls_receive: it notices the end too. */
size_t tls_read(struct tls_session *session, char *buffer, size_t size);

/* Says something; only when open. False: the session has failed. */
bool tls_write(struct tls_session *session, struct hf_slice bytes);

/* Says goodbye. */
void tls_end(struct tls_session *session);

/* What is to be sent to the network; good until the next call. tls_sent: it was taken over. */
struct hf_slice tls_output(const struct tls_session *session);
void tls_sent(struct tls_session *session);

enum tls_state tls_state(const struct tls_session *session);
enum hf_path_failure tls_failure(const struct tls_session *session);
const char *tls_detail(const struct tls_session *session);
bool tls_is_resumed(const struct tls_session *session);

/* Has the connections of a client's context check certificates and keep sessions. */
void tls_prepare_context(SSL_CTX *context);

#endif
