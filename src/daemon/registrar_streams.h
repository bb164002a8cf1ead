/* The TCP and TLS connections of the small registrar: takes them in and cuts their bytes into
 * messages. */
#ifndef DAEMON_REGISTRAR_STREAMS_H
#define DAEMON_REGISTRAR_STREAMS_H

#include <openssl/ssl.h>
#include <uv.h>

#include "base/slice.h"
#include "holdfast/agent.h"

struct registrar_streams;

/* One message came in. Answers go to registrar_streams_send. */
typedef void registrar_streams_received(void *user, hf_path_id path, const struct hf_address *from,
                                        struct hf_slice message);

/* Paths are numbered from `first` on. -ENOMEM. */
int registrar_streams_create(uv_loop_t *loop, hf_path_id first,
                             registrar_streams_received *received, void *user,
                             struct registrar_streams **ret);

/* Listens, once without TLS and once with it (`tls` is not NULL, and used until the end). Negative
 * errno. */
int registrar_streams_listen(struct registrar_streams *streams, const struct hf_address *local,
                             SSL_CTX *tls);

/* Answers, from within `received`; nobody is told when the connection is gone. */
void registrar_streams_send(struct registrar_streams *streams, hf_path_id path,
                            struct hf_slice message);

/* Closes and frees all. NULL is ignored. */
void registrar_streams_free(struct registrar_streams *streams);

#endif
