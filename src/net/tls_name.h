/* Whether a certificate is that of the domain that was configured (RFC 5922 section 7), and what
 * people are told when it is not. */
#ifndef NET_TLS_NAME_H
#define NET_TLS_NAME_H

#include <openssl/x509.h>

#include "base/slice.h"
#include "base/writer.h"

/* A subjectAltName of type URI "sip:NAME" or "sips:NAME", DNS "NAME" or, when the name is an
 * address, IP counts; case does not, nor a dot at the end of `name`. The common name counts only in
 * a certificate without any subjectAltName. Wildcards match nothing: RFC 5922 section 7.2. */
bool tls_name_matches(X509 *certificate, struct hf_slice name);

/* Whom it is for: "a.example.com, b.example.com and 3 more". */
void tls_name_write(struct writer *w, X509 *certificate);

/* The common name, or else the organization, of a subject or an issuer. */
void tls_name_write_subject(struct writer *w, const X509_NAME *name);

/* "sha256/BASE64" of the public key (RFC 7469 section 2.4). */
void tls_name_write_pin(struct writer *w, X509 *certificate);

/* Whether the key is one of `pins`, which stand apart by spaces. */
bool tls_name_is_pinned(X509 *certificate, struct hf_slice pins);

#endif
