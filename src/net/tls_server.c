#include "net/tls_server.h"

#include "net/tls_files.h"

static bool set_up(SSL_CTX *context, const char *certificate, const char *key, const char *ca,
                   struct writer *why) {
    static const unsigned char name[] = "holdfast";

    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_session_id_context(context, name, sizeof name - 1);
    if (ca) {
        X509_STORE *trust = tls_files_trust(ca, why);

        if (!trust)
            return false;
        SSL_CTX_set_cert_store(context, trust);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    return tls_files_identify(context, certificate, key, why);
}

SSL_CTX *tls_server_context(const char *certificate, const char *key, const char *ca,
                            struct writer *why) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    if (context && set_up(context, certificate, key, ca, why))
        return context;
    SSL_CTX_free(context);
    return NULL;
}
