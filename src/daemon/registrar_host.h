/* Puts the small registrar (registrar/registrar.h) on a UDP socket of the real world, and on TCP
 * and TLS where that is asked for. */
#ifndef DAEMON_REGISTRAR_HOST_H
#define DAEMON_REGISTRAR_HOST_H

#include <openssl/ssl.h>
#include <uv.h>

#include "registrar/registrar.h"

struct registrar_host;

/* Listens on `local`; with port 0 the system chooses. Returns 0 or a negative errno. */
int registrar_host_open(uv_loop_t *loop, const struct hf_address *local,
                        const struct registrar_options *options, struct registrar_host **ret);

/* Listens on TCP too: at the address and port of UDP. Negative errno. */
int registrar_host_open_tcp(struct registrar_host *host);

/* Listens on TLS too: at the port above that of UDP. `context` must outlive the host. Negative
 * errno. */
int registrar_host_open_tls(struct registrar_host *host, SSL_CTX *context);

/* To add users, to make it misbehave, to look at bindings. */
struct registrar *registrar_host_registrar(const struct registrar_host *host);

struct hf_address registrar_host_local(const struct registrar_host *host);

/* It frees itself while the loop runs on. NULL is ignored. */
void registrar_host_close(struct registrar_host *host);

#endif
