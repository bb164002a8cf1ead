/* The sessions of a context (tls_context.h). */
#include <stdlib.h>

#include "base/address.h"
#include "base/limits.h"
#include "net/tls_context.h"

struct tls_saved {
    struct list_node in_context;
    struct tls_whom whom;
    SSL_SESSION *session;
};

struct tls_whom tls_whom_of(const struct tls_contexts *contexts, const struct hf_address *remote,
                            const struct hf_tls_options *options) {
    uint64_t parts[3] = {
        hash_bytes(&contexts->hash, options->server_name.ptr, options->server_name.len),
        hash_bytes(&contexts->hash, options->pin.ptr, options->pin.len), options->verify};

    return (struct tls_whom){*remote, hash_bytes(&contexts->hash, parts, sizeof parts)};
}

static void drop(struct tls_context *context, struct tls_saved *saved) {
    list_remove(&saved->in_context);
    context->session_count--;
    SSL_SESSION_free(saved->session);
    free(saved);
}

void tls_context_forget_oldest(struct tls_context *context) {
    drop(context, CONTAINER_OF(list_first(&context->sessions), struct tls_saved, in_context));
}

void tls_context_save(struct tls_context *context, const struct tls_whom *whom,
                      SSL_SESSION *session) {
    struct tls_saved *saved = context->stale ? NULL : malloc(sizeof *saved);

    if (!saved) {
        SSL_SESSION_free(session);
        return;
    }
    if (context->session_count == LIMIT_TLS_SESSIONS)
        tls_context_forget_oldest(context);
    *saved = (struct tls_saved){.whom = *whom, .session = session};
    list_append(&context->sessions, &saved->in_context);
    context->session_count++;
}

/* A certificate that has expired since is to be refused, not resumed. */
static bool is_good(const SSL_SESSION *session) {
    X509 *peer = SSL_SESSION_get0_peer((SSL_SESSION *)session);

    return SSL_SESSION_is_resumable(session) &&
           (!peer || X509_cmp_current_time(X509_get0_notAfter(peer)) > 0);
}

SSL_SESSION *tls_context_resume(struct tls_context *context, const struct tls_whom *whom) {
    struct list_node *node = context->sessions.prev;

    while (node != &context->sessions) {
        struct tls_saved *saved = CONTAINER_OF(node, struct tls_saved, in_context);

        node = node->prev;
        if (saved->whom.expected != whom->expected ||
            !address_equal(&saved->whom.remote, &whom->remote))
            continue;
        bool good = is_good(saved->session);

        if (good && !SSL_SESSION_up_ref(saved->session))
            return NULL;
        SSL_SESSION *session = saved->session;

        drop(context, saved);
        if (good)
            return session;
    }
    return NULL;
}
