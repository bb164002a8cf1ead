/* What many TLS connections share: the files they were told to use, read once and again when they
 * have changed, and the sessions that may be resumed. */
#ifndef NET_TLS_CONTEXT_H
#define NET_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "base/writer.h"
#include "holdfast/agent.h"

struct tls_trust {
    struct list_node in_all;
    X509_STORE *store;
    uint64_t stamp;
    hf_time looked_at; /* when the stamp was last compared */
    unsigned users;
    bool stale; /* there is a newer one */
    char path[];
};

struct tls_context {
    struct map_node by_key;
    struct list_node in_idle;
    struct tls_contexts *all;
    SSL_CTX *ssl;
    struct tls_trust *trust;
    struct list_node sessions; /* struct tls_saved, oldest first */
    unsigned session_count;
    unsigned users;
    uint64_t stamp; /* of certificate and key */
    hf_time looked_at;
    bool stale; /* there is a newer one, or there is to be none */
    size_t key_len;
    char key[]; /* what makes two contexts the same */
};

struct tls_contexts {
    struct map by_key;
    struct list_node idle; /* that no connection has, longest first */
    unsigned idle_count;
    struct list_node trusts;
    struct hash_key hash;
    /* Files that cannot be read now, while what they held before is still used; may be NULL. */
    void (*warn)(void *user, const char *text);
    void *user;
};

void tls_contexts_init(struct tls_contexts *contexts);

/* Frees all; no connection may have one any more. */
void tls_contexts_release(struct tls_contexts *contexts);

/* The context for these options. Files are looked at once a second at the most. NULL: `why` says
 * which file or word is at fault. */
struct tls_context *tls_context_take(struct tls_contexts *contexts,
                                     const struct hf_tls_options *options, struct writer *why,
                                     hf_time now);

/* The connection is over. NULL is ignored. */
void tls_context_give_back(struct tls_context *context);

/* Who a session was made with, and what was asked of him: it is good for nothing else. */
struct tls_whom {
    struct hf_address remote;
    uint64_t expected; /* hash of name, pins and whether they were verified */
};

struct tls_whom tls_whom_of(const struct tls_contexts *contexts, const struct hf_address *remote,
                            const struct hf_tls_options *options);

/* Takes the session over; the oldest makes room. */
void tls_context_save(struct tls_context *context, const struct tls_whom *whom,
                      SSL_SESSION *session);

/* Frees the oldest session; there must be one. */
void tls_context_forget_oldest(struct tls_context *context);

/* The newest session, which is then nobody else's (RFC 8446 appendix C.4); NULL: none. */
SSL_SESSION *tls_context_resume(struct tls_context *context, const struct tls_whom *whom);

#endif
