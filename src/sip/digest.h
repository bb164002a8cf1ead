/* Digest computation (RFC 2617, 7616, 8760). */
#ifndef SIP_DIGEST_H
#define SIP_DIGEST_H

#include "base/writer.h"
#include "sip/challenge.h"

/* Hash functions and a working context, fetched once: looking them up for each hash costs more
 * than the hash itself. One thread. */
struct digest_context;

/* NULL when there is no memory. An algorithm that this machine's OpenSSL refuses (MD5 in FIPS
 * mode) is merely not supported. */
struct digest_context *digest_context_create(void);
void digest_context_free(struct digest_context *context);

bool digest_supported(struct digest_context *context, enum digest_algorithm algorithm);

enum { DIGEST_HEX_MAX = 64 };

/* A hash in hexadecimal. */
struct digest_hex {
    uint8_t len;
    char text[DIGEST_HEX_MAX];
};

static inline struct hf_slice digest_hex_slice(const struct digest_hex *hex) {
    return slice_of(hex->text, hex->len);
}

/* H(username:realm:password); all without quotes and escapes. It stays the same for a realm and
 * may be kept; it is as secret as the password. False: no memory. */
bool digest_ha1(struct digest_context *context, enum digest_algorithm algorithm,
                struct hf_slice username, struct hf_slice realm, struct hf_slice password,
                struct digest_hex *ret);

/* What the response is computed from. Slices without quotes and escapes. */
struct digest_input {
    enum digest_algorithm algorithm;
    enum digest_qop qop;
    const struct digest_hex *ha1; /* before any -sess step */
    struct hf_slice nonce;
    struct hf_slice cnonce; /* not for DIGEST_QOP_NONE, unless -sess */
    uint32_t nc;
    struct hf_slice method;
    struct hf_slice uri;
    struct hf_slice body; /* for DIGEST_QOP_AUTH_INT */
};

/* False: no memory. */
bool digest_response(struct digest_context *context, const struct digest_input *input,
                     struct digest_hex *ret);

/* The challenge to answer: of those we support the strongest, SHA-512-256 before SHA-256 before
 * MD5, the earlier one among equals (RFC 8760 section 2.4 lets the server's order decide among
 * those; a weaker one offered first is how a downgrade looks). False: none is supported. */
bool digest_choose(struct digest_context *context, const struct sip_message *message,
                   enum sip_header header, struct challenge *ret);

/* The same among those that are weaker than `than`: what is left to try when a server refuses the
 * answer to the strongest, which may be one that it offers and cannot check. */
bool digest_choose_weaker(struct digest_context *context, const struct sip_message *message,
                          enum sip_header header, enum digest_algorithm than,
                          struct challenge *ret);

/* qop to use with a challenge: auth where offered, else auth-int, else none. False: only ones
 * that we do not know. */
bool digest_choose_qop(const struct challenge *challenge, enum digest_qop *ret);

/* Everything of an Authorization or Proxy-Authorization value; texts that were quoted in the
 * challenge are handed in with their quotes and go out as they came. */
struct authorization {
    struct hf_slice username;  /* without quotes; escaped here */
    struct hf_slice realm;     /* quoted */
    struct hf_slice nonce;     /* quoted */
    struct hf_slice opaque;    /* quoted, or empty */
    struct hf_slice algorithm; /* as the server wrote it, or empty */
    struct hf_slice uri;
    struct hf_slice cnonce;
    enum digest_qop qop;
    uint32_t nc;
    const struct digest_hex *response;
};

void authorization_write(struct writer *w, const struct authorization *authorization);

/* In a time that does not tell where they differ. */
bool digest_equal(const struct digest_hex *a, struct hf_slice hex);

#endif
