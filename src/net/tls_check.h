/* Accepts or refuses a peer's certificate, and says why. */
#ifndef NET_TLS_CHECK_H
#define NET_TLS_CHECK_H

#include <openssl/ssl.h>

#include "base/slice.h"
#include "base/writer.h"

struct tls_check {
    struct hf_slice name; /* whose certificate it must be */
    struct hf_slice pins; /* of which its key must be one; empty: any */
    bool verify;          /* false: the pins alone count */
    bool accepted;        /* the certificate was seen and found good */
};

/* One step of OpenSSL's verification (SSL_verify_cb). When it refuses it says why. */
bool tls_check_step(struct tls_check *check, bool good, X509_STORE_CTX *step, struct writer *why);

#endif
