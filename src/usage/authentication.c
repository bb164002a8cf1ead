#include "usage/authentication.h"

#include <stdlib.h>

#include "base/assert.h"
#include "sip/token.h"

/* A registered account has one for as long as it lives, so nothing in it is longer than need be. */
struct credential {
    uint64_t cnonce;
    uint32_t nc;
    uint8_t algorithm; /* enum digest_algorithm */
    uint8_t qop;       /* enum digest_qop */
    uint8_t ha1_len;   /* in bytes */
    uint8_t algorithm_len;
    uint16_t realm_len;
    uint16_t nonce_len;
    uint16_t opaque_len;
    char texts[]; /* HA1; realm, nonce, opaque, algorithm: as they came, quotes and all */
};

enum { TEXT_MAX = 4096, CNONCE_DIGITS = 16 };

void credential_free(struct credential *credential) {
    if (!credential)
        return;
    memset(credential->texts, 0, credential->ha1_len);
    free(credential);
}

void credential_set_clear(struct credential_set *set) {
    for (int i = 0; i < CREDENTIAL_SLOTS; i++) {
        credential_free(set->slot[i]);
        set->slot[i] = NULL;
    }
}

static struct digest_hex ha1_of(const struct credential *c) {
    struct digest_hex ha1 = {.len = (uint8_t)(2 * c->ha1_len)};
    struct writer w = writer_of(ha1.text, sizeof ha1.text);

    writer_put_hex_bytes(&w, (const uint8_t *)c->texts, c->ha1_len);
    return ha1;
}

static struct hf_slice realm_of(const struct credential *c) {
    return slice_of(c->texts + c->ha1_len, c->realm_len);
}

static struct hf_slice nonce_of(const struct credential *c) {
    return slice_of(c->texts + c->ha1_len + c->realm_len, c->nonce_len);
}

static struct hf_slice opaque_of(const struct credential *c) {
    return slice_of(c->texts + c->ha1_len + c->realm_len + c->nonce_len, c->opaque_len);
}

static struct hf_slice algorithm_text_of(const struct credential *c) {
    return slice_of(c->texts + c->ha1_len + c->realm_len + c->nonce_len + c->opaque_len,
                    c->algorithm_len);
}

bool credential_repeats(const struct credential *credential, const struct challenge *challenge) {
    return slice_equal(nonce_of(credential), challenge->nonce);
}

void credential_count_on(struct credential *credential, const struct credential *former) {
    if (former && slice_equal(nonce_of(credential), nonce_of(former)))
        credential->nc = former->nc;
}

enum digest_algorithm credential_algorithm(const struct credential *credential) {
    return (enum digest_algorithm)credential->algorithm;
}

/* Of what our own digests are written with. */
static unsigned digit_of(char c) {
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static struct credential *alloc(const struct digest_hex *ha1, struct hf_slice realm,
                                struct hf_slice nonce, struct hf_slice opaque,
                                struct hf_slice algorithm) {
    const size_t ha1_len = ha1->len / 2;
    size_t size = ha1_len + realm.len + nonce.len + opaque.len + algorithm.len;
    struct credential *c;

    if (nonce.len > TEXT_MAX)
        return NULL;
    c = calloc(1, offsetof(struct credential, texts) + size);
    if (!c)
        return NULL;
    for (size_t i = 0; i < ha1_len; i++)
        c->texts[i] = (char)(digit_of(ha1->text[2 * i]) << 4 | digit_of(ha1->text[2 * i + 1]));
    struct writer w = writer_of(c->texts + ha1_len, size - ha1_len);

    writer_put_slice(&w, realm);
    writer_put_slice(&w, nonce);
    writer_put_slice(&w, opaque);
    writer_put_slice(&w, algorithm);
    HF_ASSERT(!w.full);
    c->ha1_len = (uint8_t)ha1_len;
    c->realm_len = (uint16_t)realm.len;
    c->nonce_len = (uint16_t)nonce.len;
    c->opaque_len = (uint16_t)opaque.len;
    c->algorithm_len = (uint8_t)algorithm.len;
    return c;
}

/* The text without quotes and escapes, in `buffer` where it has any. */
static struct hf_slice unquoted(struct hf_slice quoted, char *buffer, size_t size) {
    struct writer w = writer_of(buffer, size);

    write_unquoted(&w, quoted);
    return writer_slice(&w);
}

static struct hf_slice username_of(const struct hf_settings *settings) {
    struct hf_slice name = settings_text(settings, SETTING_AUTH_NAME, 0);

    return name.len > 0 ? name : settings_text(settings, SETTING_USER, 0);
}

bool credential_fits(const struct challenge *challenge) {
    return challenge->realm.len <= TEXT_MAX && challenge->nonce.len <= TEXT_MAX &&
           challenge->opaque.len <= TEXT_MAX && challenge->algorithm_text.len <= UINT8_MAX;
}

struct credential *credential_new(struct digest_context *digest, const struct challenge *challenge,
                                  const struct hf_settings *settings, struct random *random) {
    char realm[TEXT_MAX];
    struct digest_hex ha1;
    enum digest_qop qop;

    HF_ASSERT(credential_fits(challenge));
    HF_ASSERT(digest_choose_qop(challenge, &qop));
    if (!digest_ha1(digest, challenge->algorithm, username_of(settings),
                    unquoted(challenge->realm, realm, sizeof realm),
                    settings_text(settings, SETTING_PASSWORD, 0), &ha1))
        return NULL;
    struct credential *c = alloc(&ha1, challenge->realm, challenge->nonce, challenge->opaque,
                                 challenge->algorithm_text);

    if (!c)
        return NULL;
    c->algorithm = (uint8_t)challenge->algorithm;
    c->qop = (uint8_t)qop;
    c->cnonce = random_next(random);
    return c;
}

struct credential *credential_with_nonce(const struct credential *credential,
                                         struct hf_slice nonce) {
    const struct digest_hex ha1 = ha1_of(credential);
    struct credential *c = alloc(&ha1, realm_of(credential), nonce, opaque_of(credential),
                                 algorithm_text_of(credential));

    if (!c)
        return NULL;
    c->cnonce = credential->cnonce;
    c->algorithm = credential->algorithm;
    c->qop = credential->qop;
    return c;
}

static bool keep(struct hf_slice text, char *buffer, size_t size) {
    struct writer w = writer_of(buffer, size);

    writer_put_slice(&w, text);
    return writer_terminate(&w);
}

static struct hf_slice qop_text(enum digest_qop qop) {
    switch (qop) {
    case DIGEST_QOP_NONE:
        return SLICE_NONE;
    case DIGEST_QOP_AUTH:
        return SLICE("auth");
    case DIGEST_QOP_AUTH_INT:
        return SLICE("auth-int");
    }
    HF_UNREACHABLE();
}

bool credential_remember(const struct credential *c, struct hf_remembered_challenge *ret) {
    ret->nonce_count = c->nc;
    return keep(realm_of(c), ret->realm, sizeof ret->realm) &&
           keep(nonce_of(c), ret->nonce, sizeof ret->nonce) &&
           keep(opaque_of(c), ret->opaque, sizeof ret->opaque) &&
           keep(algorithm_text_of(c), ret->algorithm, sizeof ret->algorithm) &&
           keep(qop_text((enum digest_qop)c->qop), ret->qop, sizeof ret->qop);
}

struct credential *credential_recall(const struct hf_remembered_challenge *remembered,
                                     const struct hf_settings *settings,
                                     struct digest_context *digest, struct random *random) {
    const struct hf_slice algorithm = slice_from(remembered->algorithm);
    const struct hf_slice qop = slice_from(remembered->qop);
    const struct challenge challenge = {
        .algorithm = algorithm.len > 0 ? digest_algorithm_find(algorithm) : DIGEST_MD5,
        .algorithm_text = algorithm,
        .realm = slice_from(remembered->realm),
        .nonce = slice_from(remembered->nonce),
        .opaque = slice_from(remembered->opaque),
        .qop_auth = slice_equal(qop, qop_text(DIGEST_QOP_AUTH)),
        .qop_auth_int = slice_equal(qop, qop_text(DIGEST_QOP_AUTH_INT)),
        .qop_given = qop.len > 0,
    };
    enum digest_qop known;

    if (challenge.algorithm == DIGEST_UNKNOWN || !digest_supported(digest, challenge.algorithm) ||
        !digest_choose_qop(&challenge, &known) ||
        settings_text(settings, SETTING_PASSWORD, 0).len == 0)
        return NULL;
    struct credential *c = credential_new(digest, &challenge, settings, random);

    if (c)
        c->nc = remembered->nonce_count + HF_REMEMBERED_NONCE_SKIP;
    return c;
}

bool credential_write(struct credential *c, enum credential_slot slot,
                      struct digest_context *digest, const struct hf_settings *settings,
                      struct hf_slice method, struct hf_slice uri, struct writer *w) {
    char nonce[TEXT_MAX], cnonce[CNONCE_DIGITS];
    struct writer cnonce_writer = writer_of(cnonce, sizeof cnonce);
    const struct digest_hex ha1 = ha1_of(c);
    struct digest_hex response;

    writer_put_hex(&cnonce_writer, c->cnonce, CNONCE_DIGITS);
    c->nc++;
    const struct digest_input input = {.algorithm = (enum digest_algorithm)c->algorithm,
                                       .qop = (enum digest_qop)c->qop,
                                       .ha1 = &ha1,
                                       .nonce = unquoted(nonce_of(c), nonce, sizeof nonce),
                                       .cnonce = writer_slice(&cnonce_writer),
                                       .nc = c->nc,
                                       .method = method,
                                       .uri = uri};

    if (!digest_response(digest, &input, &response))
        return false;
    const struct authorization authorization = {
        .username = username_of(settings),
        .realm = realm_of(c),
        .nonce = nonce_of(c),
        .opaque = opaque_of(c),
        .algorithm = algorithm_text_of(c),
        .uri = uri,
        .cnonce = c->qop == DIGEST_QOP_NONE ? SLICE_NONE : writer_slice(&cnonce_writer),
        .qop = (enum digest_qop)c->qop,
        .nc = c->nc,
        .response = &response};

    writer_put_slice(w, sip_header_name(slot == CREDENTIAL_PROXY ? SIP_HEADER_PROXY_AUTHORIZATION
                                                                 : SIP_HEADER_AUTHORIZATION));
    writer_put_literal(w, ": ");
    authorization_write(w, &authorization);
    writer_put_literal(w, "\r\n");
    return true;
}
