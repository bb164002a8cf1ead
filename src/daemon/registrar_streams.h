/* The TCP and TLS connections of the small registrar: takes them in, cuts their bytes into
 * messages, and closes those of no use. */
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

/* How long a connection may take, and how many there may be. */
struct registrar_streams_limits {
    hf_time begin;   /* until its first message is complete, the TLS handshake included */
    hf_time message; /* for each message after that */
    hf_time idle;    /* without a byte */
    unsigned most;   /* then whoever has yet to bring a message makes room, the oldest first; where
                        all have, the new one is not let in */
};

/* The limits of a registrar that grants so many seconds at the most: as long as a binding may live,
 * its connection may be idle. As many connections as the system lets this process have. */
struct registrar_streams_limits registrar_streams_limits_for(uint32_t expires_max);

/* Paths are numbered from `first` on. -ENOMEM. */
int registrar_streams_create(uv_loop_t *loop, hf_path_id first,
                             const struct registrar_streams_limits *limits,
                             registrar_streams_received *received, void *user,
                             struct registrar_streams **ret);

/* Listens, once without TLS and once with it (`tls` is not NULL, and used until the end). Negative
 * errno. */
int registrar_streams_listen(struct registrar_streams *streams, const struct hf_address *local,
                             SSL_CTX *tls);

/* Answers, from within `received`; nobody is told when the connection is gone. */
void registrar_streams_send(struct registrar_streams *streams, hf_path_id path,
                            struct hf_slice message);

unsigned registrar_streams_count(const struct registrar_streams *streams);

/* Closes and frees all. NULL is ignored. */
void registrar_streams_free(struct registrar_streams *streams);

#endif
