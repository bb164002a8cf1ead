#include "sip/digest.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "base/assert.h"
#include "sip/token.h"

enum { HASH_COUNT = 3 };

static const char *const hash_names[HASH_COUNT] = {"MD5", "SHA2-256", "SHA2-512/256"};

enum { KEPT_TEXT_MAX = 256 };

/* The hash of the last method and URI: the accounts of one server all ask with the same. */
struct kept_a2 {
    enum digest_algorithm algorithm;
    size_t method_len, uri_len; /* 0: nothing is kept */
    char text[KEPT_TEXT_MAX];   /* the method and the URI */
    struct digest_hex hash;
};

struct digest_context {
    EVP_MD *hashes[HASH_COUNT]; /* as named above; NULL = not supported here */
    EVP_MD_CTX *work[HASH_COUNT];
    bool begun[HASH_COUNT]; /* the work context is this hash's already: no memory is needed */
    struct kept_a2 a2;
};

/* False when there is no memory. *ret is NULL for a hash that this libcrypto does not have, or may
 * not use. */
static bool fetch_hash(const char *name, EVP_MD **ret) {
    ERR_clear_error();
    *ret = EVP_MD_fetch(NULL, name, NULL);
    if (*ret)
        return true;
    int reason = 0;
    bool memory = false;

    for (unsigned long error; (error = ERR_get_error()) != 0;) {
        reason = ERR_GET_REASON(error);
        memory |= reason == ERR_R_MALLOC_FAILURE;
    }
    return reason == ERR_R_UNSUPPORTED && !memory;
}

struct digest_context *digest_context_create(void) {
    struct digest_context *context = calloc(1, sizeof *context);

    if (!context)
        return NULL;
    bool good = true;

    for (int i = 0; i < HASH_COUNT; i++) {
        good = good && fetch_hash(hash_names[i], &context->hashes[i]);
        context->work[i] = EVP_MD_CTX_new();
        good = good && context->work[i];
    }
    if (!good) {
        digest_context_free(context);
        return NULL;
    }
    return context;
}

void digest_context_free(struct digest_context *context) {
    if (!context)
        return;
    for (int i = 0; i < HASH_COUNT; i++) {
        EVP_MD_CTX_free(context->work[i]);
        EVP_MD_free(context->hashes[i]);
    }
    free(context);
}

/* One that is missing is asked for again: libcrypto may call one unsupported that it only had no
 * memory for. */
static const EVP_MD *hash_of(struct digest_context *context, enum digest_algorithm algorithm) {
    if (algorithm >= DIGEST_UNKNOWN)
        return NULL;
    unsigned hash = (unsigned)algorithm / 2;

    if (!context->hashes[hash])
        (void)fetch_hash(hash_names[hash], &context->hashes[hash]);
    return context->hashes[hash];
}

static bool is_session(enum digest_algorithm algorithm) {
    return algorithm == DIGEST_MD5_SESS || algorithm == DIGEST_SHA_256_SESS ||
           algorithm == DIGEST_SHA_512_256_SESS;
}

bool digest_supported(struct digest_context *context, enum digest_algorithm algorithm) {
    return hash_of(context, algorithm) != NULL;
}

/* The work context, ready for a new hash. NULL: no memory. */
static EVP_MD_CTX *begin(struct digest_context *context, enum digest_algorithm algorithm) {
    const EVP_MD *hash = hash_of(context, algorithm);
    unsigned which = (unsigned)algorithm / 2;

    HF_ASSERT(hash);
    if (!EVP_DigestInit_ex2(context->work[which], context->begun[which] ? NULL : hash, NULL)) {
        ERR_clear_error();
        context->begun[which] = false;
        return NULL;
    }
    context->begun[which] = true;
    return context->work[which];
}

enum { JOINED_MAX = 512 };

/* Hashes the parts with a colon between each two. False: no memory. */
static bool hash_parts(struct digest_context *context, enum digest_algorithm algorithm,
                       const struct hf_slice *parts, size_t count, struct digest_hex *ret) {
    unsigned char bytes[EVP_MAX_MD_SIZE];
    char joined[JOINED_MAX]; /* one update instead of many */
    unsigned len = 0;
    EVP_MD_CTX *work = begin(context, algorithm);
    struct writer w = writer_of(joined, sizeof joined);
    int good = 1;

    if (!work)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            writer_put_char(&w, ':');
        writer_put_slice(&w, parts[i]);
    }
    if (!w.full)
        good &= EVP_DigestUpdate(work, joined, writer_length(&w));
    for (size_t i = 0; w.full && i < count; i++) {
        if (i > 0)
            good &= EVP_DigestUpdate(work, ":", 1);
        good &= EVP_DigestUpdate(work, parts[i].ptr, parts[i].len);
    }
    good &= EVP_DigestFinal_ex(work, bytes, &len);
    HF_ASSERT(good == 1 && len * 2 <= DIGEST_HEX_MAX);
    explicit_bzero(joined, writer_length(&w)); /* the password may be in it */
    w = writer_of(ret->text, sizeof ret->text);
    writer_put_hex_bytes(&w, bytes, len);
    ret->len = (uint8_t)(len * 2);
    return true;
}

bool digest_ha1(struct digest_context *context, enum digest_algorithm algorithm,
                struct hf_slice username, struct hf_slice realm, struct hf_slice password,
                struct digest_hex *ret) {
    const struct hf_slice parts[] = {username, realm, password};

    return hash_parts(context, algorithm, parts, 3, ret);
}

static bool hash_a1(struct digest_context *context, const struct digest_input *input,
                    struct digest_hex *ret) {
    if (!is_session(input->algorithm)) {
        *ret = *input->ha1;
        return true;
    }
    const struct hf_slice parts[] = {digest_hex_slice(input->ha1), input->nonce, input->cnonce};

    return hash_parts(context, input->algorithm, parts, 3, ret);
}

static bool is_kept(const struct kept_a2 *kept, const struct digest_input *input) {
    return kept->algorithm == input->algorithm &&
           slice_equal(slice_of(kept->text, kept->method_len), input->method) &&
           slice_equal(slice_of(kept->text + kept->method_len, kept->uri_len), input->uri);
}

static void keep(struct kept_a2 *kept, const struct digest_input *input,
                 const struct digest_hex *hash) {
    struct writer w = writer_of(kept->text, sizeof kept->text);

    writer_put_slice(&w, input->method);
    writer_put_slice(&w, input->uri);
    kept->algorithm = input->algorithm;
    kept->method_len = w.full ? 0 : input->method.len;
    kept->uri_len = w.full ? 0 : input->uri.len;
    kept->hash = *hash;
}

static bool hash_a2(struct digest_context *context, const struct digest_input *input,
                    struct digest_hex *ret) {
    struct hf_slice parts[3] = {input->method, input->uri};
    struct digest_hex body;

    if (input->qop != DIGEST_QOP_AUTH_INT) {
        if (context->a2.uri_len > 0 && is_kept(&context->a2, input)) {
            *ret = context->a2.hash;
            return true;
        }
        if (!hash_parts(context, input->algorithm, parts, 2, ret))
            return false;
        keep(&context->a2, input, ret);
        return true;
    }
    if (!hash_parts(context, input->algorithm, &input->body, 1, &body))
        return false;
    parts[2] = digest_hex_slice(&body);
    return hash_parts(context, input->algorithm, parts, 3, ret);
}

static struct hf_slice qop_name(enum digest_qop qop) {
    return qop == DIGEST_QOP_AUTH_INT ? SLICE("auth-int") : SLICE("auth");
}

bool digest_response(struct digest_context *context, const struct digest_input *input,
                     struct digest_hex *ret) {
    struct digest_hex a1, a2;
    char nc_text[8];
    struct writer w = writer_of(nc_text, sizeof nc_text);

    bool good = hash_a1(context, input, &a1) && hash_a2(context, input, &a2);

    writer_put_hex(&w, input->nc, 8);
    if (!good) {
        *ret = (struct digest_hex){0};
    } else if (input->qop == DIGEST_QOP_NONE) {
        const struct hf_slice parts[] = {digest_hex_slice(&a1), input->nonce,
                                         digest_hex_slice(&a2)};

        good = hash_parts(context, input->algorithm, parts, 3, ret);
    } else {
        const struct hf_slice parts[] = {digest_hex_slice(&a1), input->nonce,
                                         writer_slice(&w),      input->cnonce,
                                         qop_name(input->qop),  digest_hex_slice(&a2)};

        good = hash_parts(context, input->algorithm, parts, 6, ret);
    }
    explicit_bzero(&a1, sizeof a1);
    return good;
}

bool digest_choose_qop(const struct challenge *challenge, enum digest_qop *ret) {
    if (challenge->qop_auth)
        *ret = DIGEST_QOP_AUTH;
    else if (challenge->qop_auth_int)
        *ret = DIGEST_QOP_AUTH_INT;
    else
        *ret = DIGEST_QOP_NONE;
    return *ret != DIGEST_QOP_NONE || !challenge->qop_given;
}

/* The -sess form is no stronger. */
static int strength_of(enum digest_algorithm algorithm) {
    return (int)algorithm / 2;
}

/* A -sess form hashes the cnonce, which is not sent without qop (RFC 2617 section 3.2.2): nobody
 * could check it. */
static bool is_answerable(const struct challenge *challenge) {
    enum digest_qop qop;

    return digest_choose_qop(challenge, &qop) &&
           (qop != DIGEST_QOP_NONE || (challenge->algorithm != DIGEST_MD5_SESS &&
                                       challenge->algorithm != DIGEST_SHA_256_SESS &&
                                       challenge->algorithm != DIGEST_SHA_512_256_SESS));
}

static bool choose(struct digest_context *context, const struct sip_message *message,
                   enum sip_header header, int below, struct challenge *ret) {
    struct challenges challenges = sip_challenges(message, header);
    struct challenge candidate;
    int best = -1;

    while (sip_challenges_next(&challenges, &candidate)) {
        int strength = strength_of(candidate.algorithm);

        if (!digest_supported(context, candidate.algorithm) || strength <= best ||
            strength >= below || !is_answerable(&candidate))
            continue;
        best = strength;
        *ret = candidate;
    }
    return best >= 0;
}

bool digest_choose(struct digest_context *context, const struct sip_message *message,
                   enum sip_header header, struct challenge *ret) {
    return choose(context, message, header, strength_of(DIGEST_UNKNOWN), ret);
}

bool digest_choose_weaker(struct digest_context *context, const struct sip_message *message,
                          enum sip_header header, enum digest_algorithm than,
                          struct challenge *ret) {
    return choose(context, message, header, strength_of(than), ret);
}

static void write_pair(struct writer *w, const char *name, struct hf_slice value) {
    writer_put_literal(w, ", ");
    writer_put_slice(w, slice_from(name));
    writer_put_char(w, '=');
    writer_put_slice(w, value);
}

/* RFC 7616 section 3.4: username, realm, nonce, uri, response, cnonce, opaque in quotes;
 * algorithm, qop and nc without. */
void authorization_write(struct writer *w, const struct authorization *a) {
    writer_put_literal(w, "Digest username=");
    write_quoted(w, a->username);
    write_pair(w, "realm", a->realm);
    write_pair(w, "nonce", a->nonce);
    writer_put_literal(w, ", uri=");
    write_quoted(w, a->uri);
    writer_put_literal(w, ", response=\"");
    writer_put_slice(w, digest_hex_slice(a->response));
    writer_put_char(w, '"');
    if (a->algorithm.len > 0)
        write_pair(w, "algorithm", a->algorithm);
    if (a->cnonce.len > 0) {
        writer_put_literal(w, ", cnonce=");
        write_quoted(w, a->cnonce);
    }
    if (a->opaque.len > 0)
        write_pair(w, "opaque", a->opaque);
    if (a->qop == DIGEST_QOP_NONE)
        return;
    write_pair(w, "qop", qop_name(a->qop));
    writer_put_literal(w, ", nc=");
    writer_put_hex(w, a->nc, 8);
}

bool digest_equal(const struct digest_hex *a, struct hf_slice hex) {
    return hex.len == a->len && CRYPTO_memcmp(a->text, hex.ptr, hex.len) == 0;
}
