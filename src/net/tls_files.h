/* The files of a TLS profile: what is trusted, a certificate, a key; and whether they have changed
 * since. */
#ifndef NET_TLS_FILES_H
#define NET_TLS_FILES_H

#include <openssl/ssl.h>

#include "base/hash.h"
#include "base/slice.h"
#include "base/writer.h"

/* A number that differs when a file, or a file of a folder, was written anew, replaced, added or
 * removed; NULL or "" stands for the system's trusted certificates. */
uint64_t tls_files_stamp(const struct hash_key *key, const char *path);

/* Everything that a PEM file has, or that the *.pem, *.crt and *.cer files of a folder have, or
 * what the system trusts (path NULL or ""). NULL: an explanation is in `why`. */
X509_STORE *tls_files_trust(const char *path, struct writer *why);

/* Has the context show this certificate with its chain. False: an explanation is in `why`. */
bool tls_files_identify(SSL_CTX *context, const char *certificate, const char *key,
                        struct writer *why);

#endif
