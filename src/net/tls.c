#include "net/tls.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/address.h"
#include "base/assert.h"
#include "base/limits.h"
#include "net/tls_check.h"

struct tls_session {
    SSL *ssl;
    enum tls_state state;
    enum hf_path_failure failure;
    struct tls_context *context; /* NULL: the server's side */
    struct tls_whom whom;
    struct tls_check check;
    char detail[TLS_DETAIL_MAX];
    char texts[]; /* what check points into */
};

static void set_state(struct tls_session *session, enum tls_state state) {
    switch (state) {
    case TLS_HANDSHAKING:
        HF_ASSERT(false);
    case TLS_OPEN:
        HF_ASSERT(session->state == TLS_HANDSHAKING);
        break;
    case TLS_ENDED:
        HF_ASSERT(session->state == TLS_OPEN);
        break;
    case TLS_FAILED:
        HF_ASSERT(session->state == TLS_HANDSHAKING || session->state == TLS_OPEN);
        break;
    }
    session->state = state;
}

static int on_verify(int good, X509_STORE_CTX *step) {
    SSL *ssl = X509_STORE_CTX_get_ex_data(step, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct tls_session *session = SSL_get_app_data(ssl);
    struct writer why = writer_of(session->detail, sizeof session->detail);

    if (tls_check_step(&session->check, good, step, &why))
        return 1;
    (void)writer_terminate(&why);
    return 0;
}

/* RFC 8446 section 4.6.1: tickets come when they come. */
static int on_new_session(SSL *ssl, SSL_SESSION *saved) {
    struct tls_session *session = SSL_get_app_data(ssl);

    if (!session->check.accepted && !SSL_session_reused(ssl))
        return 0;
    tls_context_save(session->context, &session->whom, saved);
    return 1;
}

void tls_prepare_context(SSL_CTX *context) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_verify);
    SSL_CTX_sess_set_new_cb(context, on_new_session);
}

static struct tls_session *make(SSL_CTX *context, size_t texts) {
    struct tls_session *session = calloc(1, sizeof *session + texts);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());

    if (session)
        session->ssl = SSL_new(context);
    if (!session || !session->ssl || !in || !out) {
        BIO_free(in);
        BIO_free(out);
        tls_free(session);
        return NULL;
    }
    SSL_set_bio(session->ssl, in, out);
    (void)SSL_set_app_data(session->ssl, session);
    return session;
}

/* What the peer, or OpenSSL, found wrong. */
static void fail_with(struct tls_session *session, const char *what) {
    unsigned long error = ERR_peek_error();
    const char *reason = ERR_reason_error_string(error);
    bool certificate = session->detail[0] != '\0'; /* on_verify has said it already */

    if (!certificate && ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER)
        snprintf(session->detail, sizeof session->detail, "what the peer speaks is not TLS");
    else if (!certificate && ERR_GET_REASON(error) > SSL_AD_REASON_OFFSET)
        snprintf(session->detail, sizeof session->detail, "the peer refused TLS with us: %s",
                 reason ? reason : "an alert");
    else if (!certificate)
        snprintf(session->detail, sizeof session->detail, "%s%s%s", what, reason ? ": " : "",
                 reason ? reason : "");
    session->failure = certificate ? HF_PATH_TLS_CERTIFICATE : HF_PATH_TLS_HANDSHAKE;
    set_state(session, TLS_FAILED);
    ERR_clear_error();
}

static void open_up(struct tls_session *session) {
    if (session->context && !session->check.accepted && !SSL_session_reused(session->ssl)) {
        snprintf(session->detail, sizeof session->detail, "%.*s has shown no certificate",
                 SLICE_ARGS(session->check.name));
        fail_with(session, "");
        return;
    }
    set_state(session, TLS_OPEN);
    /* of TLS 1.2 the same session can be resumed again and again, and no new one comes */
    if (session->context && SSL_session_reused(session->ssl) &&
        SSL_version(session->ssl) < TLS1_3_VERSION)
        tls_context_save(session->context, &session->whom, SSL_get1_session(session->ssl));
}

static void shake_hands(struct tls_session *session) {
    ERR_clear_error();
    int result = SSL_do_handshake(session->ssl);

    if (result == 1)
        open_up(session);
    else if (SSL_get_error(session->ssl, result) != SSL_ERROR_WANT_READ)
        fail_with(session, "the TLS handshake failed");
}

static struct hf_slice keep(char **at, struct hf_slice text) {
    struct hf_slice kept = slice_of(*at, text.len);

    if (text.len > 0)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return kept;
}

/* RFC 6066 section 3: a name, without the dot at its end, and never an address. */
static void set_server_name(SSL *ssl, struct hf_slice name) {
    char text[LIMIT_NAME_BYTES + 1];
    struct hf_address address;
    struct writer w = writer_of(text, sizeof text);

    if (name.len > 0 && name.ptr[name.len - 1] == '.')
        name.len--;
    writer_put_slice(&w, name);
    if (name.len > 0 && writer_terminate(&w) && !address_parse(name, &address))
        (void)SSL_set_tlsext_host_name(ssl, text);
}

struct tls_session *tls_client_create(struct tls_context *context,
                                      const struct hf_tls_options *options,
                                      const struct hf_address *remote) {
    struct tls_session *session = make(context->ssl, options->server_name.len + options->pin.len);

    if (!session)
        return NULL;
    char *at = session->texts;

    session->context = context;
    session->whom = tls_whom_of(context->all, remote, options);
    session->check.name = keep(&at, options->server_name);
    session->check.pins = keep(&at, options->pin);
    session->check.verify = options->verify;
    set_server_name(session->ssl, options->server_name);
    SSL_set_connect_state(session->ssl);
    return session;
}

struct tls_session *tls_server_create(SSL_CTX *context) {
    struct tls_session *session = make(context, 0);

    if (session)
        SSL_set_accept_state(session->ssl);
    return session;
}

void tls_begin(struct tls_session *session) {
    SSL_SESSION *saved =
        session->context ? tls_context_resume(session->context, &session->whom) : NULL;

    if (saved)
        (void)SSL_set_session(session->ssl, saved);
    SSL_SESSION_free(saved);
    shake_hands(session);
}

void tls_free(struct tls_session *session) {
    if (!session)
        return;
    SSL_free(session->ssl);
    tls_context_give_back(session->context);
    free(session);
}

void tls_receive(struct tls_session *session, struct hf_slice bytes) {
    if (session->state == TLS_FAILED || session->state == TLS_ENDED || bytes.len == 0)
        return;
    if (BIO_write(SSL_get_rbio(session->ssl), bytes.ptr, (int)bytes.len) != (int)bytes.len)
        fail_with(session, "out of memory");
    else if (session->state == TLS_HANDSHAKING)
        shake_hands(session);
}

size_t tls_read(struct tls_session *session, char *buffer, size_t size) {
    size_t count = 0;

    if (session->state != TLS_OPEN)
        return 0;
    ERR_clear_error();
    int result = SSL_read_ex(session->ssl, buffer, size, &count);

    if (result == 1)
        return count;
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        break;
    case SSL_ERROR_ZERO_RETURN:
        set_state(session, TLS_ENDED);
        break;
    default:
        fail_with(session, "TLS is broken");
    }
    return 0;
}

bool tls_write(struct tls_session *session, struct hf_slice bytes) {
    size_t written;

    HF_ASSERT(session->state == TLS_OPEN);
    if (bytes.len == 0)
        return true;
    ERR_clear_error();
    if (SSL_write_ex(session->ssl, bytes.ptr, bytes.len, &written) == 1)
        return true;
    fail_with(session, "TLS is broken");
    return false;
}

void tls_end(struct tls_session *session) {
    if (session->state != TLS_OPEN)
        return;
    ERR_clear_error();
    (void)SSL_shutdown(session->ssl);
}

struct hf_slice tls_output(const struct tls_session *session) {
    char *bytes = NULL;
    long len = BIO_get_mem_data(SSL_get_wbio(session->ssl), &bytes);

    return len > 0 ? slice_of(bytes, (size_t)len) : SLICE_NONE;
}

void tls_sent(struct tls_session *session) {
    (void)BIO_reset(SSL_get_wbio(session->ssl));
}

enum tls_state tls_state(const struct tls_session *session) {
    return session->state;
}

enum hf_path_failure tls_failure(const struct tls_session *session) {
    return session->failure;
}

const char *tls_detail(const struct tls_session *session) {
    return session->detail;
}

bool tls_is_resumed(const struct tls_session *session) {
    return SSL_session_reused(session->ssl) == 1;
}
