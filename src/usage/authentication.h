/* Answering challenges (RFC 3261 section 22, RFC 7616, RFC 8760), and remembering what was
 * accepted so that the next request need not be challenged.
 *
 * A registration may be challenged by the registrar (401) and by a proxy before it (407): there
 * is one set of credentials for each. */
#ifndef USAGE_AUTHENTICATION_H
#define USAGE_AUTHENTICATION_H

#include "base/random.h"
#include "holdfast/remember.h"
#include "settings/settings.h"
#include "sip/digest.h"

enum credential_slot {
    CREDENTIAL_SERVER, /* 401, Authorization */
    CREDENTIAL_PROXY,  /* 407, Proxy-Authorization */
    CREDENTIAL_SLOTS
};

/* One challenge and what answers it; the texts lie behind the struct. */
struct credential;

struct credential_set {
    struct credential *slot[CREDENTIAL_SLOTS]; /* NULL = none */
};

void credential_set_clear(struct credential_set *set);

/* True when the response's challenge in this slot repeats the nonce of `credential`. */
bool credential_repeats(const struct credential *credential, const struct challenge *challenge);

enum digest_algorithm credential_algorithm(const struct credential *credential);

/* False: the challenge's texts are longer than any that we answer. */
bool credential_fits(const struct challenge *challenge);

/* Makes credentials for a challenge, which must fit. NULL when there is no memory. */
struct credential *credential_new(struct digest_context *digest, const struct challenge *challenge,
                                  const struct hf_settings *settings, struct random *random);
void credential_free(struct credential *credential);

/* The same nonce again: its count goes on where the former credentials left it (RFC 7616 section
 * 3.4), else a server that counts takes each answer for a replay. NULL: nothing was sent before. */
void credential_count_on(struct credential *credential, const struct credential *former);

/* A server announced the nonce for the next request (RFC 7615); NULL when there is no memory. */
struct credential *credential_with_nonce(const struct credential *credential,
                                         struct hf_slice nonce);

/* What of it can be stored; false when it is too long for that. The server is the caller's. */
bool credential_remember(const struct credential *credential, struct hf_remembered_challenge *ret);

/* Makes it again from a sound memory, its nonce count beyond any that can have been used. NULL when
 * there is no memory, or the algorithm is not one of ours. */
struct credential *credential_recall(const struct hf_remembered_challenge *challenge,
                                     const struct hf_settings *settings,
                                     struct digest_context *digest, struct random *random);

/* The whole header line, with the next nonce count. Requests have no body. False: no memory. */
bool credential_write(struct credential *credential, enum credential_slot slot,
                      struct digest_context *digest, const struct hf_settings *settings,
                      struct hf_slice method, struct hf_slice uri, struct writer *w);

#endif
