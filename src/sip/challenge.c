#include "sip/challenge.h"

#include "base/assert.h"
#include "sip/token.h"

#define NAME(id, text) [DIGEST_##id] = {text, sizeof(text) - 1}

static const struct hf_slice algorithm_names[] = {
    NAME(MD5, "MD5"),
    NAME(MD5_SESS, "MD5-sess"),
    NAME(SHA_256, "SHA-256"),
    NAME(SHA_256_SESS, "SHA-256-sess"),
    NAME(SHA_512_256, "SHA-512-256"),
    NAME(SHA_512_256_SESS, "SHA-512-256-sess"),
};

enum digest_algorithm digest_algorithm_find(struct hf_slice name) {
    for (unsigned i = 0; i < DIGEST_UNKNOWN; i++)
        if (slice_equal_nocase(name, algorithm_names[i]))
            return (enum digest_algorithm)i;
    return DIGEST_UNKNOWN;
}

struct hf_slice digest_algorithm_name(enum digest_algorithm algorithm) {
    HF_ASSERT(algorithm < DIGEST_UNKNOWN);
    return algorithm_names[algorithm];
}

/* Content of a quoted string that needs no escapes, or a token. */
static struct hf_slice bare(struct hf_slice value) {
    if (value.len >= 2 && value.ptr[0] == '"')
        return slice_of(value.ptr + 1, value.len - 2);
    return value;
}

/* "name = value", as between the commas of a challenge. */
static bool split_pair(struct hf_slice text, struct hf_slice *ret_name,
                       struct hf_slice *ret_value) {
    struct reader r = reader_of(text);

    *ret_name = take_token(&r);
    take_lws(&r);
    if (ret_name->len == 0 || !reader_take_char(&r, '='))
        return false;
    take_lws(&r);
    if (take_quoted(&r, ret_value)) {
        take_lws(&r);
        return reader_at_end(&r);
    }
    *ret_value = trim_lws(reader_take_rest(&r));
    return true;
}

/* "Digest realm=..." begins a challenge: a scheme, a blank, and then a pair. */
static bool split_scheme(struct hf_slice text, struct hf_slice *ret_scheme,
                         struct hf_slice *ret_rest) {
    struct reader r = reader_of(text);
    const char *before;

    *ret_scheme = take_token(&r);
    before = r.at;
    take_lws(&r);
    if (ret_scheme->len == 0 || (before == r.at && !reader_at_end(&r)) || reader_peek(&r) == '=')
        return false;
    *ret_rest = slice_of(r.at, reader_left(&r));
    return true;
}

static void read_qop(struct challenge *challenge, struct hf_slice list) {
    struct reader r = reader_of(bare(list));
    struct hf_slice word;

    challenge->qop_given = true;
    while (take_list_value(&r, &word)) {
        if (slice_equal_nocase(word, SLICE("auth")))
            challenge->qop_auth = true;
        else if (slice_equal_nocase(word, SLICE("auth-int")))
            challenge->qop_auth_int = true;
    }
}

static void note_challenge_pair(struct challenge *challenge, struct hf_slice pair) {
    struct hf_slice name, value;

    if (!split_pair(pair, &name, &value))
        return;
    if (slice_equal_nocase(name, SLICE("realm"))) {
        challenge->realm = value;
    } else if (slice_equal_nocase(name, SLICE("nonce"))) {
        challenge->nonce = value;
    } else if (slice_equal_nocase(name, SLICE("opaque"))) {
        challenge->opaque = value;
    } else if (slice_equal_nocase(name, SLICE("stale"))) {
        challenge->stale = slice_equal_nocase(bare(value), SLICE("true"));
    } else if (slice_equal_nocase(name, SLICE("algorithm"))) {
        challenge->algorithm_text = bare(value);
        challenge->algorithm = digest_algorithm_find(bare(value));
    } else if (slice_equal_nocase(name, SLICE("qop"))) {
        read_qop(challenge, value);
    }
}

struct challenges sip_challenges(const struct sip_message *message, enum sip_header header) {
    return (struct challenges){.values = sip_values(message, header)};
}

/* The comma separates challenges as well as the pairs of one: a value that begins with a scheme
 * begins the next challenge. */
static bool next_value(struct challenges *c, struct hf_slice *ret) {
    if (c->have_pending) {
        c->have_pending = false;
        *ret = c->pending;
        return true;
    }
    return sip_values_next(&c->values, ret);
}

bool sip_challenges_next(struct challenges *c, struct challenge *ret) {
    struct hf_slice value, scheme, rest;

    while (next_value(c, &value)) {
        if (!split_scheme(value, &scheme, &rest))
            continue;
        bool digest = slice_equal_nocase(scheme, SLICE("Digest"));

        *ret = (struct challenge){.algorithm = DIGEST_MD5};
        note_challenge_pair(ret, rest);
        while (next_value(c, &value)) {
            if (split_scheme(value, &scheme, &rest)) {
                c->pending = value;
                c->have_pending = true;
                break;
            }
            note_challenge_pair(ret, value);
        }
        if (digest && ret->realm.len > 0 && ret->nonce.len > 0)
            return true;
    }
    return false;
}

static enum digest_qop qop_of(struct hf_slice value, bool *ret_known) {
    *ret_known = true;
    if (slice_equal_nocase(bare(value), SLICE("auth")))
        return DIGEST_QOP_AUTH;
    if (slice_equal_nocase(bare(value), SLICE("auth-int")))
        return DIGEST_QOP_AUTH_INT;
    *ret_known = false;
    return DIGEST_QOP_NONE;
}

static bool hex_number(struct hf_slice text, uint32_t *ret) {
    uint32_t value = 0;

    if (text.len == 0 || text.len > 8)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = ascii_lower(text.ptr[i]);

        if (ascii_is_digit(c))
            value = value << 4 | (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value << 4 | (uint32_t)(c - 'a' + 10);
        else
            return false;
    }
    *ret = value;
    return true;
}

static bool note_credentials_pair(struct credentials *c, struct hf_slice pair) {
    struct hf_slice name, value;
    bool known = true;

    if (!split_pair(pair, &name, &value))
        return false;
    if (slice_equal_nocase(name, SLICE("username")))
        c->username = value;
    else if (slice_equal_nocase(name, SLICE("realm")))
        c->realm = value;
    else if (slice_equal_nocase(name, SLICE("nonce")))
        c->nonce = value;
    else if (slice_equal_nocase(name, SLICE("uri")))
        c->uri = value;
    else if (slice_equal_nocase(name, SLICE("response")))
        c->response = bare(value);
    else if (slice_equal_nocase(name, SLICE("cnonce")))
        c->cnonce = value;
    else if (slice_equal_nocase(name, SLICE("opaque")))
        c->opaque = value;
    else if (slice_equal_nocase(name, SLICE("algorithm")))
        c->algorithm = digest_algorithm_find(bare(value));
    else if (slice_equal_nocase(name, SLICE("qop")))
        c->qop = qop_of(value, &known);
    else if (slice_equal_nocase(name, SLICE("nc")))
        known = hex_number(bare(value), &c->nc);
    return known;
}

bool credentials_parse(struct hf_slice value, struct credentials *ret) {
    struct hf_slice scheme, rest, pair;

    *ret = (struct credentials){.algorithm = DIGEST_MD5};
    if (!split_scheme(value, &scheme, &rest) || !slice_equal_nocase(scheme, SLICE("Digest")))
        return false;
    struct reader r = reader_of(rest);

    while (take_list_value(&r, &pair))
        if (!note_credentials_pair(ret, pair))
            return false;
    if (ret->qop != DIGEST_QOP_NONE && (ret->nc == 0 || ret->cnonce.len == 0))
        return false;
    return ret->username.len > 0 && ret->realm.len > 0 && ret->nonce.len > 0 && ret->uri.len > 0 &&
           ret->response.len > 0;
}

struct hf_slice sip_next_nonce(const struct sip_message *message) {
    struct sip_values values = sip_values(message, SIP_HEADER_AUTHENTICATION_INFO);
    struct hf_slice pair, name, value;

    while (sip_values_next(&values, &pair))
        if (split_pair(pair, &name, &value) && slice_equal_nocase(name, SLICE("nextnonce")))
            return value;
    return SLICE_NONE;
}
