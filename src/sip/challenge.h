/* Challenges and credentials of HTTP digest authentication as SIP uses it (RFC 3261 sections
 * 20.6, 20.27, 20.44; RFC 7616; RFC 8760). Parsing only: digest.h computes. */
#ifndef SIP_CHALLENGE_H
#define SIP_CHALLENGE_H

#include "sip/message.h"

enum digest_algorithm {
    DIGEST_MD5,
    DIGEST_MD5_SESS,
    DIGEST_SHA_256,
    DIGEST_SHA_256_SESS,
    DIGEST_SHA_512_256,
    DIGEST_SHA_512_256_SESS,
    DIGEST_UNKNOWN,
};

enum digest_qop {
    DIGEST_QOP_NONE, /* RFC 2069 */
    DIGEST_QOP_AUTH,
    DIGEST_QOP_AUTH_INT,
};

/* Without an algorithm parameter it is MD5 (RFC 7616 section 3.3). */
enum digest_algorithm digest_algorithm_find(struct hf_slice name);
/* "MD5", "SHA-256-sess", ...; static. Not for DIGEST_UNKNOWN. */
struct hf_slice digest_algorithm_name(enum digest_algorithm algorithm);

/* Texts in quotes keep their quotes and escapes (token.h takes them off): what is copied into the
 * answer goes back exactly as it came. */
struct challenge {
    enum digest_algorithm algorithm;
    struct hf_slice algorithm_text; /* as the server wrote it; empty when it did not */
    struct hf_slice realm;
    struct hf_slice nonce;
    struct hf_slice opaque; /* empty when there is none */
    bool stale;
    bool qop_auth;     /* offered */
    bool qop_auth_int; /* offered */
    bool qop_given;    /* there is a qop parameter, perhaps with nothing that we know */
};

/* The challenges of WWW-Authenticate or Proxy-Authenticate, over all fields and over several in
 * one field; those of other schemes than Digest, and broken ones, are passed over. */
struct challenges {
    struct sip_values values;
    bool have_pending; /* the first value of the next challenge is read already */
    struct hf_slice pending;
};

struct challenges sip_challenges(const struct sip_message *message, enum sip_header header);
bool sip_challenges_next(struct challenges *challenges, struct challenge *ret);

/* Credentials of Authorization or Proxy-Authorization (as the registrar reads them). */
struct credentials {
    enum digest_algorithm algorithm;
    enum digest_qop qop;
    struct hf_slice username;
    struct hf_slice realm;
    struct hf_slice nonce;
    struct hf_slice uri;
    struct hf_slice response;
    struct hf_slice cnonce;
    struct hf_slice opaque;
    uint32_t nc; /* 0 when there is none */
};

/* One field's value. False when it is not Digest or lacks what RFC 7616 section 3.4 asks for. */
bool credentials_parse(struct hf_slice value, struct credentials *ret);

/* nextnonce of Authentication-Info (RFC 7615), with its quotes; empty when there is none. */
struct hf_slice sip_next_nonce(const struct sip_message *message);

#endif
