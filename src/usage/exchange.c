#include "usage/exchange.h"

#include "base/assert.h"
#include "sip/name_addr.h"
#include "usage/binding.h"

/* phones.md's decision in numbers: after a stale nonce another try, three times in a row; never
 * more challenges than that in one exchange, whoever sends them. */
enum { STALE_MAX = 3, CHALLENGES_MAX = 6, TOO_BRIEF_MAX = 2 };

void exchange_begin(struct exchange *exchange, enum exchange_kind kind) {
    *exchange = (struct exchange){.kind = (uint8_t)kind};
}

void exchange_release(struct exchange *exchange) {
    credential_set_clear(&exchange->fresh);
}

uint32_t exchange_next_cseq(struct registration *registration) {
    HF_ASSERT(registration->cseq < INT32_MAX);
    return ++registration->cseq;
}

/* May this challenge be answered? NULL: yes; else why not. */
static const char *refusal(const struct exchange *exchange, const struct registration *registration,
                           enum credential_slot slot, const struct challenge *challenge) {
    const struct credential *sent = NULL;

    if (exchange->sent_fresh[slot])
        sent = exchange->fresh.slot[slot];
    else if (exchange->sent_remembered[slot])
        sent = registration->credentials.set.slot[slot];
    if (exchange->challenges >= CHALLENGES_MAX)
        return "challenged again and again";
    if (!sent)
        return NULL;
    if (credential_repeats(sent, challenge) && !challenge->stale)
        return "the credentials were refused";
    if (exchange->sent_remembered[slot])
        return NULL; /* servers forget to say stale */
    if (!challenge->stale)
        return "the credentials were refused";
    return exchange->stale >= STALE_MAX ? "every nonce is stale" : NULL;
}

static enum exchange_verdict reject(struct exchange_answer *ret, const char *why) {
    if (why)
        ret->reason = slice_from(why);
    return EXCHANGE_REJECTED;
}

/* Refused with one algorithm: servers offer some that they cannot check, so the next weaker one
 * of the same answer is tried. */
static bool try_weaker(const struct exchange *exchange, enum credential_slot slot,
                       const struct digest_context *digest, const struct sip_message *response,
                       enum sip_header header, struct challenge *challenge) {
    return exchange->sent_fresh[slot] && exchange->challenges < CHALLENGES_MAX &&
           !challenge->stale &&
           digest_choose_weaker(digest, response, header,
                                credential_algorithm(exchange->fresh.slot[slot]), challenge);
}

static enum exchange_verdict
challenged(struct exchange *exchange, struct registration *registration,
           const struct exchange_place *place, struct digest_context *digest, struct random *random,
           const struct sip_message *response, struct exchange_answer *ret) {
    bool by_proxy = response->status == 407;
    enum credential_slot slot = by_proxy ? CREDENTIAL_PROXY : CREDENTIAL_SERVER;
    enum sip_header header = by_proxy ? SIP_HEADER_PROXY_AUTHENTICATE : SIP_HEADER_WWW_AUTHENTICATE;
    struct challenge challenge;

    if (!digest_choose(digest, response, header, &challenge))
        return reject(ret, "no challenge that we can answer");
    if (settings_text(place->settings, SETTING_PASSWORD, 0).len == 0)
        return reject(ret, "challenged, but no password is configured");
    const char *why = refusal(exchange, registration, slot, &challenge);
    bool weaker = why && try_weaker(exchange, slot, digest, response, header, &challenge);

    if (why && !weaker)
        return reject(ret, why);
    struct credential *credential = credential_new(digest, &challenge, place->settings, random);

    if (!credential)
        return reject(ret, "the challenge is too long");
    if (exchange->sent_fresh[slot] && !weaker)
        exchange->stale++;
    exchange->challenges++;
    credential_free(exchange->fresh.slot[slot]);
    exchange->fresh.slot[slot] = credential;
    return EXCHANGE_AGAIN;
}

static enum exchange_verdict too_brief(struct exchange *exchange, struct registration *registration,
                                       const struct sip_message *response,
                                       struct exchange_answer *ret) {
    uint32_t seconds;

    if (exchange->kind != EXCHANGE_BIND || exchange->too_brief >= TOO_BRIEF_MAX)
        return EXCHANGE_ANSWERED;
    if (!sip_seconds_read(response, SIP_HEADER_MIN_EXPIRES, &seconds) ||
        seconds > LIMIT_GRANTED_SECONDS || seconds <= exchange->expires) {
        ret->reason = SLICE("423 without a usable Min-Expires");
        return EXCHANGE_ANSWERED;
    }
    exchange->too_brief++;
    registration->expires_min = seconds;
    return EXCHANGE_AGAIN;
}

/* What worked is kept for the next exchange; a nonce announced for it takes its place. */
static void remember(struct exchange *exchange, struct registration *registration,
                     const struct exchange_place *place, const struct sip_message *response) {
    struct remembered_credentials *kept = &registration->credentials;
    struct hf_slice next_nonce = sip_next_nonce(response);

    if (kept->server != place->server)
        credential_set_clear(&kept->set);
    kept->server = (uint8_t)place->server;
    for (int slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
        if (!exchange->fresh.slot[slot])
            continue;
        credential_free(kept->set.slot[slot]);
        kept->set.slot[slot] = exchange->fresh.slot[slot];
        exchange->fresh.slot[slot] = NULL;
    }
    if (next_nonce.len == 0 || !kept->set.slot[CREDENTIAL_SERVER])
        return;
    struct credential *next = credential_with_nonce(kept->set.slot[CREDENTIAL_SERVER], next_nonce);

    if (next) {
        credential_free(kept->set.slot[CREDENTIAL_SERVER]);
        kept->set.slot[CREDENTIAL_SERVER] = next;
    }
}

static enum exchange_verdict succeeded(struct exchange *exchange, struct registration *registration,
                                       const struct exchange_place *place,
                                       const struct sip_message *response,
                                       struct exchange_answer *ret) {
    char uri[CONTACT_URI_MAX], instance[LIMIT_SETTING_TEXT_BYTES + 4];
    struct writer w = writer_of(uri, sizeof uri);
    struct writer wi = writer_of(instance, sizeof instance);

    if (exchange->kind == EXCHANGE_REMOVE)
        return EXCHANGE_REMOVED;
    contact_uri_write(&w, registration, place->settings, &place->local, place->transport);
    writer_put_literal(&wi, "\"<");
    writer_put_slice(&wi, settings_text(place->settings, SETTING_INSTANCE, 0));
    writer_put_literal(&wi, ">\"");
    const struct own_contact own = {
        .uri = writer_slice(&w),
        .instance =
            settings_bool(place->settings, SETTING_SUPPORT_INSTANCE, 0) && writer_length(&wi) > 4
                ? writer_slice(&wi)
                : SLICE_NONE,
        .line = registration->line};
    const struct grant grant = binding_grant(response, &own, exchange->expires);

    remember(exchange, registration, place, response);
    if (grant.kind == GRANT_NONE) {
        ret->reason = SLICE("accepted, but with a lifetime of 0");
        return EXCHANGE_ANSWERED;
    }
    ret->granted = grant.seconds;
    ret->assumed = grant.kind == GRANT_ASSUMED;
    if (ret->assumed)
        ret->reason = SLICE("our Contact is not in the answer: lifetime assumed");
    return EXCHANGE_BOUND;
}

enum exchange_verdict exchange_answer(struct exchange *exchange, struct registration *registration,
                                      const struct exchange_place *place,
                                      struct digest_context *digest, struct random *random,
                                      const struct sip_message *response,
                                      struct exchange_answer *ret) {
    uint32_t seconds = 0;

    HF_ASSERT(response->status >= 200);
    *ret = (struct exchange_answer){.status = response->status, .reason = response->reason};
    if (sip_retry_after_read(response, &seconds))
        ret->retry_after = seconds * HF_SECOND;
    if (response->status < 300)
        return succeeded(exchange, registration, place, response, ret);
    switch (response->status) {
    case 401:
    case 407:
        return challenged(exchange, registration, place, digest, random, response, ret);
    case 403:
        return EXCHANGE_REJECTED;
    case 423:
        return too_brief(exchange, registration, response, ret);
    case 408:
    case 500:
    case 502:
    case 503:
    case 504:
        return EXCHANGE_TARGET_FAILED;
    default:
        return EXCHANGE_ANSWERED;
    }
}
