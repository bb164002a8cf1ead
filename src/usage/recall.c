#include "usage/recall.h"

#include "base/limits.h"
#include "sip/token.h"
#include "sip/uri.h"

enum { HEX_HALF = 16 };

static bool is_plain(struct hf_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return false;
    return true;
}

/* A terminated text without control characters. */
static bool get_text(const char *buffer, size_t size, struct hf_slice *ret) {
    const char *end = memchr(buffer, '\0', size);

    if (!end)
        return false;
    *ret = slice_of(buffer, (size_t)(end - buffer));
    return is_plain(*ret);
}

/* Nothing, one token or one quoted string: it goes into a header as it is. */
static bool is_word(const char *buffer, size_t size) {
    struct hf_slice text, quoted;

    if (!get_text(buffer, size, &text))
        return false;
    struct reader r = reader_of(text);

    return text.len == 0 || is_token(text) || (take_quoted(&r, &quoted) && reader_at_end(&r));
}

static bool read_half(struct hf_slice digits, uint64_t *ret) {
    uint64_t value = 0;

    for (size_t i = 0; i < digits.len; i++) {
        char c = digits.ptr[i];
        unsigned digit = ascii_is_digit(c)        ? (unsigned)(c - '0')
                         : (c >= 'a' && c <= 'f') ? (unsigned)(c - 'a') + 10
                                                  : 16;

        if (digit > 15)
            return false;
        value = value << 4 | digit;
    }
    *ret = value;
    return true;
}

static bool read_call_id(const struct hf_remembered *remembered, uint64_t ret[2]) {
    struct hf_slice text;

    return get_text(remembered->call_id, sizeof remembered->call_id, &text) &&
           text.len == (size_t)2 * HEX_HALF && read_half(slice_of(text.ptr, HEX_HALF), &ret[0]) &&
           read_half(slice_of(text.ptr + HEX_HALF, HEX_HALF), &ret[1]);
}

static bool is_address(const struct hf_address *address) {
    switch ((enum hf_family)address->family) {
    case HF_FAMILY_NONE:
    case HF_FAMILY_IPV4:
    case HF_FAMILY_IPV6:
        return address->reserved == 0;
    }
    return false;
}

/* It is sent in angle brackets. */
static bool is_contact(struct hf_slice text) {
    struct sip_uri uri;

    for (size_t i = 0; i < text.len; i++)
        if (strchr(" <>\",", text.ptr[i]))
            return false;
    return uri_parse(text, &uri);
}

static bool binding_is_sound(const struct hf_remembered_binding *binding) {
    struct hf_slice contact;

    if (!get_text(binding->contact, sizeof binding->contact, &contact))
        return false;
    if (contact.len == 0)
        return true; /* there is none, whatever else is written there */
    return is_contact(contact) && is_address(&binding->target) && is_address(&binding->local) &&
           binding->target.family != HF_FAMILY_NONE && binding->target.port != 0 &&
           binding->transport <= HF_TRANSPORT_TLS;
}

static bool challenge_is_sound(const struct hf_remembered_challenge *challenge) {
    return is_word(challenge->realm, sizeof challenge->realm) &&
           is_word(challenge->nonce, sizeof challenge->nonce) &&
           is_word(challenge->opaque, sizeof challenge->opaque) &&
           is_word(challenge->algorithm, sizeof challenge->algorithm) &&
           is_word(challenge->qop, sizeof challenge->qop) && challenge->server < LIMIT_SERVERS;
}

bool recall_is_sound(const struct hf_remembered *remembered) {
    uint64_t call_id[2];

    if (!read_call_id(remembered, call_id) || remembered->cseq > INT32_MAX)
        return false;
    for (size_t i = 0; i < HF_REMEMBERED_BINDINGS; i++)
        if (!binding_is_sound(&remembered->bindings[i]))
            return false;
    return memchr(remembered->pub_gruu, '\0', sizeof remembered->pub_gruu) &&
           memchr(remembered->temp_gruu, '\0', sizeof remembered->temp_gruu) &&
           challenge_is_sound(&remembered->challenge);
}

void registration_remember(const struct registration *registration, struct hf_remembered *ret) {
    struct writer w = writer_of(ret->call_id, sizeof ret->call_id);
    const struct credential *credential = registration->credentials.slot[CREDENTIAL_SERVER];

    call_id_write(&w, registration);
    (void)writer_terminate(&w);
    ret->cseq = registration->cseq;
    ret->challenge = (struct hf_remembered_challenge){0};
    if (!credential)
        return;
    ret->challenge.server = registration->credentials_server;
    if (!credential_remember(credential, &ret->challenge) || !challenge_is_sound(&ret->challenge))
        ret->challenge = (struct hf_remembered_challenge){0};
}

void registration_recall(struct registration *registration, const struct hf_remembered *remembered,
                         const struct hf_settings *settings, struct digest_context *digest,
                         struct random *random) {
    const struct hf_remembered_challenge *challenge = &remembered->challenge;

    if (remembered->cseq < INT32_MAX / 2 && read_call_id(remembered, registration->call_id))
        registration->cseq = remembered->cseq + HF_REMEMBERED_CSEQ_SKIP;
    if (challenge->nonce[0] == '\0' || challenge->nonce_count > INT32_MAX)
        return;
    struct credential *credential = credential_recall(challenge, settings, digest, random);

    credential_free(registration->credentials.slot[CREDENTIAL_SERVER]);
    registration->credentials.slot[CREDENTIAL_SERVER] = credential;
    registration->credentials_server = (uint8_t)challenge->server;
}

bool recall_is_ours(const struct registration *registration, const char *contact) {
    char text[LINE_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);
    struct hf_slice value;
    struct sip_uri uri;

    writer_put_hex(&w, registration->line, 8);
    return uri_parse(slice_from(contact), &uri) && uri_parameter(&uri, SLICE("line"), &value) &&
           slice_equal(value, writer_slice(&w));
}
