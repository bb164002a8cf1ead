/* The server's side of TLS, for the small registrar and for tests. */
#ifndef NET_TLS_SERVER_H
#define NET_TLS_SERVER_H

#include <openssl/ssl.h>

#include "base/writer.h"

/* Shows this certificate with its chain. With `ca` every client must show one that it signed; NULL:
 * none is asked for. NULL: an explanation is in `why`. SSL_CTX_free it. */
SSL_CTX *tls_server_context(const char *certificate, const char *key, const char *ca,
                            struct writer *why);

#endif
