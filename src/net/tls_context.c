#include "net/tls_context.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/limits.h"
#include "net/clock.h"
#include "net/tls.h"
#include "net/tls_files.h"

enum { WHY_MAX = 400 };

static const hf_time look_again = HF_SECOND;

void tls_contexts_init(struct tls_contexts *contexts) {
    uint64_t seed[4];

    net_seed(seed);
    *contexts = (struct tls_contexts){.hash = {{seed[0], seed[1]}}};
    list_init(&contexts->idle);
    list_init(&contexts->trusts);
}

/* ---- what is trusted, for all contexts with the same */

static void leave_trust(struct tls_trust *trust) {
    if (!trust || --trust->users > 0)
        return;
    list_remove(&trust->in_all);
    X509_STORE_free(trust->store);
    free(trust);
}

static struct tls_trust *make_trust(struct tls_contexts *contexts, const char *path,
                                    struct writer *why) {
    size_t len = strlen(path) + 1;
    struct tls_trust *trust = calloc(1, sizeof *trust + len);

    if (!trust)
        return NULL;
    memcpy(trust->path, path, len);
    list_init(&trust->in_all);
    trust->stamp = tls_files_stamp(&contexts->hash, path);
    trust->store = tls_files_trust(path, why);
    trust->users = 1;
    if (!trust->store) {
        free(trust);
        return NULL;
    }
    return trust;
}

static struct tls_trust *find_trust(const struct tls_contexts *contexts, const char *path) {
    for (struct list_node *n = contexts->trusts.next; n != &contexts->trusts; n = n->next) {
        struct tls_trust *trust = CONTAINER_OF(n, struct tls_trust, in_all);

        if (!trust->stale && strcmp(trust->path, path) == 0)
            return trust;
    }
    return NULL;
}

static void warn(const struct tls_contexts *contexts, struct writer *why) {
    if (!writer_terminate(why) || !contexts->warn)
        return;
    contexts->warn(contexts->user, why->start);
}

/* Is it to be read anew? What cannot be read leaves what is there. */
static bool has_changed(const struct tls_contexts *contexts, struct tls_trust *trust, hf_time now) {
    if (now < trust->looked_at + look_again)
        return false;
    trust->looked_at = now;
    return tls_files_stamp(&contexts->hash, trust->path) != trust->stamp;
}

/* The trust's user count is raised. */
static struct tls_trust *take_trust(struct tls_contexts *contexts, const char *path,
                                    struct writer *why, hf_time now) {
    struct tls_trust *old = find_trust(contexts, path);
    char text[WHY_MAX];
    struct writer later = writer_of(text, sizeof text);

    if (old && !has_changed(contexts, old, now)) {
        old->users++;
        return old;
    }
    if (old)
        writer_put_literal(&later, "what was trusted before is still: ");
    struct tls_trust *trust = make_trust(contexts, path, old ? &later : why);

    if (!trust && old) {
        old->stamp = tls_files_stamp(&contexts->hash, path); /* said once */
        warn(contexts, &later);
        old->users++;
        return old;
    }
    if (trust) {
        trust->looked_at = now;
        list_append(&contexts->trusts, &trust->in_all);
        if (old)
            old->stale = true;
    }
    return trust;
}

/* ---- contexts */

static void free_context(struct tls_context *context) {
    while (context->session_count > 0)
        tls_context_forget_oldest(context);
    list_remove(&context->in_idle);
    leave_trust(context->trust);
    SSL_CTX_free(context->ssl);
    free(context);
}

static void put_text(struct writer *w, struct hf_slice text) {
    writer_put_slice(w, text);
    writer_put_char(w, '\0');
}

/* CA, certificate, key, ciphers, each ended by a NUL, and the version. */
static bool write_key(struct writer *w, const struct hf_tls_options *options) {
    put_text(w, options->ca);
    put_text(w, options->certificate);
    put_text(w, options->key);
    put_text(w, options->ciphers);
    writer_put_number(w, options->version_min);
    return !w->full;
}

struct names {
    const char *ca, *certificate, *key, *ciphers;
};

static struct names names_of(const struct tls_context *context) {
    struct names names = {.ca = context->key};

    names.certificate = names.ca + strlen(names.ca) + 1;
    names.key = names.certificate + strlen(names.certificate) + 1;
    names.ciphers = names.key + strlen(names.key) + 1;
    if (names.key[0] == '\0') /* both may be in one file */
        names.key = names.certificate;
    return names;
}

static uint64_t stamp_of(const struct tls_context *context) {
    struct names names = names_of(context);

    if (names.certificate[0] == '\0')
        return 0;
    return tls_files_stamp(&context->all->hash, names.certificate) +
           3 * tls_files_stamp(&context->all->hash, names.key);
}

/* TLS 1.3 has its own list: its suites are told by their names. */
static bool set_ciphers(SSL_CTX *ssl, const char *words, struct writer *why) {
    char older[LIMIT_SETTING_TEXT_BYTES + 1], newer[LIMIT_SETTING_TEXT_BYTES + 1];
    struct writer old = writer_of(older, sizeof older), new = writer_of(newer, sizeof newer);
    struct hf_slice rest = slice_from(words);

    while (rest.len > 0) {
        struct hf_slice word = slice_trim(slice_split(&rest, ':'));
        struct writer *w = slice_starts_with_nocase(word, SLICE("TLS_")) ? &new : &old;

        if (writer_length(w) > 0)
            writer_put_char(w, ':');
        writer_put_slice(w, word);
    }
    if (writer_terminate(&old) && writer_terminate(&new) &&
        (older[0] == '\0' || SSL_CTX_set_cipher_list(ssl, older) == 1) &&
        (newer[0] == '\0' || SSL_CTX_set_ciphersuites(ssl, newer) == 1))
        return true;
    ERR_clear_error();
    writer_put_literal(why, "no TLS cipher is known of \"");
    writer_put_slice(why, slice_from(words));
    writer_put_literal(why, "\"");
    return false;
}

static int no_passphrase(char *buffer, int size, int writing, void *user) {
    (void)buffer, (void)size, (void)writing, (void)user;
    return 0; /* never asks on a terminal */
}

static bool set_up(struct tls_context *context, int version_min, struct writer *why) {
    struct names names = names_of(context);
    SSL_CTX *ssl = context->ssl;

    (void)SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    (void)SSL_CTX_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    (void)SSL_CTX_set_min_proto_version(ssl, version_min);
    SSL_CTX_set_default_passwd_cb(ssl, no_passphrase);
    (void)SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    tls_prepare_context(ssl);
    SSL_CTX_set1_cert_store(ssl, context->trust->store);
    return (names.ciphers[0] == '\0' || set_ciphers(ssl, names.ciphers, why)) &&
           (names.certificate[0] == '\0' ||
            tls_files_identify(ssl, names.certificate, names.key, why));
}

static struct tls_context *make_context(struct tls_contexts *contexts, struct hf_slice key,
                                        const struct hf_tls_options *options, struct writer *why,
                                        hf_time now) {
    struct tls_context *context = calloc(1, sizeof *context + key.len);

    if (!context)
        return NULL;
    memcpy(context->key, key.ptr, key.len);
    context->key_len = key.len;
    context->all = contexts;
    context->looked_at = now;
    context->stamp = stamp_of(context);
    list_init(&context->in_idle);
    list_init(&context->sessions);
    context->trust = take_trust(contexts, context->key, why, now);
    context->ssl = context->trust ? SSL_CTX_new(TLS_client_method()) : NULL;
    if (!context->ssl ||
        !set_up(context, options->version_min == HF_TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION,
                why)) {
        free_context(context);
        return NULL;
    }
    return context;
}

static struct tls_context *find_context(const struct tls_contexts *contexts, struct hf_slice key,
                                        uint64_t hash) {
    for (struct map_node *n = map_first(&contexts->by_key, hash); n; n = map_next(n)) {
        struct tls_context *context = CONTAINER_OF(n, struct tls_context, by_key);

        if (slice_equal(slice_of(context->key, context->key_len), key))
            return context;
    }
    return NULL;
}

/* Nobody new gets it; it ends with its last connection. */
static void retire(struct tls_context *context) {
    map_remove(&context->all->by_key, &context->by_key);
    context->stale = true;
    if (list_is_linked(&context->in_idle))
        context->all->idle_count--;
    if (context->users == 0)
        free_context(context);
}

static bool needs_renewal(struct tls_context *context, hf_time now) {
    struct writer nowhere = writer_of(NULL, 0);
    struct tls_trust *trust = take_trust(context->all, context->trust->path, &nowhere, now);
    bool renewed = trust && trust != context->trust;

    leave_trust(trust);
    if (now < context->looked_at + look_again)
        return renewed;
    context->looked_at = now;
    return renewed || stamp_of(context) != context->stamp;
}

static struct tls_context *use(struct tls_context *context) {
    if (list_is_linked(&context->in_idle)) {
        list_remove(&context->in_idle);
        context->all->idle_count--;
    }
    context->users++;
    return context;
}

struct tls_context *tls_context_take(struct tls_contexts *contexts,
                                     const struct hf_tls_options *options, struct writer *why,
                                     hf_time now) {
    char text[4 * (LIMIT_SETTING_TEXT_BYTES + 1) + 4], later_text[WHY_MAX];
    struct writer key = writer_of(text, sizeof text), later = writer_of(later_text, WHY_MAX);

    if (!write_key(&key, options)) {
        writer_put_literal(why, "the name of a file is too long");
        return NULL;
    }
    uint64_t hash = hash_bytes(&contexts->hash, text, writer_length(&key));
    struct tls_context *old = find_context(contexts, writer_slice(&key), hash);

    if (old && !needs_renewal(old, now))
        return use(old);
    if (old)
        writer_put_literal(&later, "what was read before is still used: ");
    struct tls_context *context =
        make_context(contexts, writer_slice(&key), options, old ? &later : why, now);

    if (!context && old) {
        old->stamp = stamp_of(old); /* said once */
        warn(contexts, &later);
        return use(old);
    }
    if (context && map_insert(&contexts->by_key, &context->by_key, hash)) {
        free_context(context);
        context = NULL;
    }
    if (!context)
        return NULL;
    if (old)
        retire(old);
    return use(context);
}

void tls_context_give_back(struct tls_context *context) {
    if (!context)
        return;
    HF_ASSERT(context->users > 0);
    struct tls_contexts *contexts = context->all;

    if (--context->users > 0)
        return;
    if (context->stale) {
        free_context(context);
        return;
    }
    list_append(&contexts->idle, &context->in_idle);
    if (++contexts->idle_count > LIMIT_TLS_CONTEXTS)
        retire(CONTAINER_OF(list_first(&contexts->idle), struct tls_context, in_idle));
}

void tls_contexts_release(struct tls_contexts *contexts) {
    for (struct list_node *n; (n = list_first(&contexts->idle)) != NULL;)
        retire(CONTAINER_OF(n, struct tls_context, in_idle));
    map_release(&contexts->by_key);
}
