/* Digest authentication from the server's side (RFC 7616, RFC 8760). A nonce is the time it was
 * made at and a keyed hash of that: nothing has to be remembered to know it again. */
#include <stdlib.h>

#include "base/assert.h"
#include "registrar/internal.h"
#include "sip/token.h"

enum { NONCE_DIGITS = 32, TEXT_MAX = 512 };

static void write_nonce(const struct registrar *registrar, struct writer *w, hf_time now) {
    writer_put_hex(w, now, 16);
    writer_put_hex(w, hash_bytes(&registrar->nonce_key, &now, sizeof now), 16);
}

static bool read_nonce(const struct registrar *registrar, struct hf_slice nonce,
                       hf_time *ret_made_at) {
    char expected[NONCE_DIGITS];
    struct writer w = writer_of(expected, sizeof expected);
    hf_time made_at = 0;

    if (nonce.len != NONCE_DIGITS)
        return false;
    for (int i = 0; i < 16; i++) {
        char c = ascii_lower(nonce.ptr[i]);

        made_at = made_at << 4 | (hf_time)(ascii_is_digit(c) ? c - '0' : c - 'a' + 10);
    }
    write_nonce(registrar, &w, made_at);
    *ret_made_at = made_at;
    return slice_equal(nonce, slice_of(expected, sizeof expected));
}

static void write_realm(const struct registrar *registrar, const struct registrar_request *request,
                        struct writer *w) {
    char text[TEXT_MAX];
    struct writer wt = writer_of(text, sizeof text);

    writer_put_slice(&wt, slice_from(registrar->realm));
    if (request->fault == REGISTRAR_NEW_REALMS)
        writer_put_number(&wt, registrar->counters.challenges);
    write_quoted(w, writer_slice(&wt));
}

/* No nonce is given out twice, however many are asked for at one instant. */
static hf_time next_nonce_time(struct registrar *registrar, hf_time now) {
    registrar->nonce_made_at = now > registrar->nonce_made_at ? now : registrar->nonce_made_at + 1;
    return registrar->nonce_made_at;
}

void registrar_write_challenges(struct registrar *registrar,
                                const struct registrar_request *request, struct writer *w,
                                bool stale) {
    static const struct hf_slice qop_texts[] = {
        [REGISTRAR_QOP_AUTH] = {", qop=\"auth\"", 12},
        [REGISTRAR_QOP_AUTH_INT] = {", qop=\"auth-int\"", 16},
        [REGISTRAR_QOP_BOTH] = {", qop=\"auth,auth-int\"", 21},
        [REGISTRAR_QOP_NONE] = {"", 0},
    };
    const struct registrar_options *options = &registrar->options;
    hf_time made_at =
        request->fault == REGISTRAR_SAME_NONCE ? 0 : next_nonce_time(registrar, request->now);

    for (unsigned i = 0; i < options->offer_count; i++) {
        writer_put_literal(w, "WWW-Authenticate: Digest realm=");
        write_realm(registrar, request, w);
        writer_put_literal(w, ", nonce=\"");
        write_nonce(registrar, w, made_at);
        writer_put_literal(w, "\", algorithm=");
        writer_put_slice(w, digest_algorithm_name(options->offers[i]));
        writer_put_slice(w, qop_texts[options->qop]);
        if (stale)
            writer_put_literal(w, ", stale=true");
        writer_put_literal(w, "\r\n");
    }
}

struct user *registrar_find_user(const struct registrar *registrar, struct hf_slice name) {
    uint64_t hash = hash_bytes(&registrar->table_key, name.ptr, name.len);

    for (struct map_node *n = map_first(&registrar->users, hash); n; n = map_next(n)) {
        struct user *user = CONTAINER_OF(n, struct user, by_name);

        if (slice_equal(slice_from(user->name), name))
            return user;
    }
    return NULL;
}

/* The password of a user; false when the user is not known. */
static bool write_password(const struct registrar *registrar, struct hf_slice name,
                           struct writer *w) {
    const struct user *user = registrar_find_user(registrar, name);

    if (user) {
        writer_put_slice(w, slice_from(user->password));
    } else if (registrar->password_prefix) {
        writer_put_slice(w, slice_from(registrar->password_prefix));
        writer_put_slice(w, name);
    } else {
        return false;
    }
    return !w->full;
}

static bool offers(const struct registrar *registrar, enum digest_algorithm algorithm) {
    for (unsigned i = 0; i < registrar->options.offer_count; i++)
        if (registrar->options.offers[i] == algorithm)
            return digest_supported(registrar->digest, algorithm);
    return false;
}

static struct hf_slice unquoted(struct hf_slice quoted, char buffer[TEXT_MAX]) {
    struct writer w = writer_of(buffer, TEXT_MAX);

    write_unquoted(&w, quoted);
    return writer_slice(&w);
}

static bool response_is_right(struct registrar *registrar, const struct sip_message *message,
                              const struct credentials *c) {
    char name[TEXT_MAX], password[TEXT_MAX], nonce[TEXT_MAX], cnonce[TEXT_MAX], uri[TEXT_MAX];
    struct writer w = writer_of(password, sizeof password);
    struct hf_slice username = unquoted(c->username, name);
    struct digest_hex ha1, expected;

    if (username.len == 0 || !write_password(registrar, username, &w))
        return false;
    if (!digest_ha1(registrar->digest, c->algorithm, username, slice_from(registrar->realm),
                    writer_slice(&w), &ha1))
        return false;
    const struct digest_input input = {.algorithm = c->algorithm,
                                       .qop = c->qop,
                                       .ha1 = &ha1,
                                       .nonce = unquoted(c->nonce, nonce),
                                       .cnonce = unquoted(c->cnonce, cnonce),
                                       .nc = c->nc,
                                       .method = message->method_name,
                                       .uri = unquoted(c->uri, uri),
                                       .body = message->body};

    return digest_response(registrar->digest, &input, &expected) &&
           digest_equal(&expected, c->response);
}

/* A nonce serves for its lifetime, and each of its counts once (RFC 7616 section 5.12). */
static bool nonce_is_fresh(struct registrar *registrar, const struct credentials *c,
                           struct record *record, bool once, hf_time now) {
    char buffer[TEXT_MAX];
    hf_time made_at;
    hf_time lifetime = registrar->options.nonce_lifetime * HF_SECOND;

    if (!read_nonce(registrar, unquoted(c->nonce, buffer), &made_at) ||
        made_at > registrar->nonce_made_at)
        return false;
    if (lifetime > 0 && now >= made_at + lifetime)
        return false;
    if (c->qop == DIGEST_QOP_NONE)
        return true;
    if (record->nonce_time == made_at && (once || c->nc <= record->nonce_count))
        return false;
    record->nonce_time = made_at;
    record->nonce_count = c->nc;
    return true;
}

enum authenticity registrar_authenticate(struct registrar *registrar,
                                         const struct registrar_request *request,
                                         struct hf_slice user, struct record *record) {
    const struct sip_field *field = sip_field(request->message, SIP_HEADER_AUTHORIZATION);
    struct credentials credentials;
    char name[TEXT_MAX];

    if (registrar->options.open)
        return AUTHENTIC;
    for (; field; field = sip_field_next(request->message, field)) {
        if (credentials_parse(field->value, &credentials) &&
            quoted_equal(credentials.realm, slice_from(registrar->realm)))
            break;
    }
    if (!field || !offers(registrar, credentials.algorithm) ||
        !response_is_right(registrar, request->message, &credentials))
        return CHALLENGE;
    if (!registrar->options.any_record && !slice_equal(unquoted(credentials.username, name), user))
        return FORBIDDEN;
    bool once = request->fault == REGISTRAR_ONE_USE_NONCES;

    if (request->fault == REGISTRAR_NEW_REALMS || request->fault == REGISTRAR_SAME_NONCE)
        return CHALLENGE;
    if (nonce_is_fresh(registrar, &credentials, record, once, request->now))
        return AUTHENTIC;
    return once ? CHALLENGE : CHALLENGE_STALE;
}
