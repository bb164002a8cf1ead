#include "usage/exchange.h"

#include "base/assert.h"
#include "sip/name_addr.h"
#include "usage/answers.h"
#include "usage/binding.h"
#include "usage/gruu.h"
#include "usage/outbound.h"

/* docs/answers.md, "Challenges": after a stale nonce another try, three times in a row; never
 * more challenges than that in one exchange, whoever sends them. */
enum { STALE_MAX = 3, CHALLENGES_MAX = 6, TOO_BRIEF_MAX = 2, EXTENSIONS_MAX = 2 };

void exchange_begin(struct exchange *exchange, enum exchange_kind kind) {
    *exchange = (struct exchange){.kind = (uint8_t)kind};
}

void exchange_remove(struct exchange *exchange) {
    HF_ASSERT(exchange->kind == EXCHANGE_LOOK);
    exchange->kind = EXCHANGE_REMOVE;
}

void exchange_release(struct exchange *exchange) {
    credential_set_clear(&exchange->fresh);
}

uint32_t exchange_next_cseq(struct registration *registration) {
    HF_ASSERT(registration->cseq < INT32_MAX);
    return ++registration->cseq;
}

/* What the last request carried; NULL: nothing. */
static const struct credential *last_sent(const struct exchange *exchange,
                                          const struct registration *registration,
                                          enum credential_slot slot) {
    if (exchange->sent_fresh[slot])
        return exchange->fresh.slot[slot];
    return exchange->sent_remembered[slot] ? registration->credentials.slot[slot] : NULL;
}

/* May this challenge be answered? NULL: yes; else why not. */
static const char *refusal(const struct exchange *exchange, const struct registration *registration,
                           enum credential_slot slot, const struct challenge *challenge) {
    const struct credential *sent = last_sent(exchange, registration, slot);

    if (exchange->challenges >= CHALLENGES_MAX)
        return "challenged again and again";
    if (!sent)
        return NULL;
    if (credential_repeats(sent, challenge) && !challenge->stale)
        return "the credentials were refused";
    if (exchange->sent_remembered[slot] || exchange->passed[slot])
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
                       struct digest_context *digest, const struct sip_message *response,
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
    if (!credential_fits(&challenge))
        return reject(ret, "the challenge is too long");
    struct credential *credential = credential_new(digest, &challenge, place->settings, random);

    if (!credential) { /* no fault of the account: it is tried again */
        ret->reason = SLICE("out of memory");
        return EXCHANGE_TARGET_FAILED;
    }
    if (exchange->sent_fresh[slot] && !weaker && !exchange->passed[slot])
        exchange->stale++;
    exchange->passed[slot] = false;
    if (!by_proxy) /* it came past the proxy */
        exchange->passed[CREDENTIAL_PROXY] = exchange->fresh.slot[CREDENTIAL_PROXY] != NULL;
    exchange->challenges++;
    credential_count_on(credential, last_sent(exchange, registration, slot));
    credential_free(exchange->fresh.slot[slot]);
    exchange->fresh.slot[slot] = credential;
    return EXCHANGE_AGAIN;
}

/* The request came past whoever asked for credentials: its nonce is one that worked. */
static enum exchange_verdict again_past_challenges(struct exchange *exchange) {
    for (int slot = 0; slot < CREDENTIAL_SLOTS; slot++)
        exchange->passed[slot] = exchange->fresh.slot[slot] != NULL;
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
    return again_past_challenges(exchange);
}

/* What the answer is about, of that which the last request offered (sections 8.1.3.5, 21.4.15).
 * A 420 that does not say what it means can only mean the options that we name. */
static unsigned extensions_refused(const struct exchange *exchange,
                                   const struct sip_message *response) {
    unsigned refused = 0;

    const unsigned flow = exchange->offered & EXTENSION_OUTBOUND
                              ? EXTENSION_OUTBOUND
                              : exchange->offered & EXTENSION_INSTANCE;

    if (response->status == 439)
        return flow;
    if (!sip_field(response, SIP_HEADER_UNSUPPORTED))
        refused |= EXTENSION_PATH | EXTENSION_GRUU;
    if (sip_has_option(response, SIP_HEADER_UNSUPPORTED, SLICE("path")))
        refused |= EXTENSION_PATH;
    if (sip_has_option(response, SIP_HEADER_UNSUPPORTED, SLICE("outbound")))
        refused |= flow;
    if (sip_has_option(response, SIP_HEADER_UNSUPPORTED, SLICE("gruu")))
        refused |= exchange->offered & EXTENSION_GRUU ? EXTENSION_GRUU : flow;
    return exchange->offered & refused;
}

/* 420 and 439: leaves out what is not taken. 421: offers again what was left out for another
 * answer; what we do not have cannot be offered. */
static enum exchange_verdict about_extension(struct exchange *exchange,
                                             struct registration *registration,
                                             const struct exchange_place *place,
                                             const struct sip_message *response) {
    unsigned left_out = registration->left_out_server == place->server ? registration->left_out : 0;
    unsigned next = left_out;

    if (response->status != 421)
        next |= extensions_refused(exchange, response);
    else if (sip_has_option(response, SIP_HEADER_REQUIRE, SLICE("path")))
        next &= ~(unsigned)EXTENSION_PATH;
    else if (sip_has_option(response, SIP_HEADER_REQUIRE, SLICE("outbound")))
        next &= ~(unsigned)EXTENSION_FLOW;
    else if (sip_has_option(response, SIP_HEADER_REQUIRE, SLICE("gruu")))
        next &= ~(unsigned)EXTENSION_GRUU;
    if (next == left_out || exchange->extensions >= EXTENSIONS_MAX)
        return EXCHANGE_ANSWERED;
    exchange->extensions++;
    registration->left_out = (uint8_t)next;
    registration->left_out_server = (uint8_t)place->server;
    registration->outbound_rests = 0;
    return again_past_challenges(exchange);
}

/* 403. Some servers say it to a nonce that they have forgotten: where the request carried
 * remembered credentials they are dropped, and it is asked once without. */
static enum exchange_verdict rejected(const struct exchange *exchange,
                                      struct registration *registration) {
    bool remembered = false;

    for (int slot = 0; slot < CREDENTIAL_SLOTS; slot++)
        remembered |= exchange->sent_remembered[slot];
    if (!remembered)
        return EXCHANGE_REJECTED;
    credential_set_clear(&registration->credentials);
    return EXCHANGE_AGAIN;
}

/* What worked is kept for the next exchange; a nonce announced for it takes its place. */
static void remember(struct exchange *exchange, struct registration *registration,
                     const struct exchange_place *place, const struct sip_message *response) {
    struct credential_set *kept = &registration->credentials;
    struct hf_slice next_nonce = sip_next_nonce(response);

    if (registration->credentials_server != place->server)
        credential_set_clear(kept);
    registration->credentials_server = (uint8_t)place->server;
    for (int slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
        if (!exchange->fresh.slot[slot])
            continue;
        credential_free(kept->slot[slot]);
        kept->slot[slot] = exchange->fresh.slot[slot];
        exchange->fresh.slot[slot] = NULL;
    }
    if (next_nonce.len == 0 || !kept->slot[CREDENTIAL_SERVER])
        return;
    struct credential *next = credential_with_nonce(kept->slot[CREDENTIAL_SERVER], next_nonce);

    if (next) {
        credential_free(kept->slot[CREDENTIAL_SERVER]);
        kept->slot[CREDENTIAL_SERVER] = next;
    }
}

/* The Contact that the last request had; its texts point into the struct. */
struct sent_contact {
    char uri[CONTACT_URI_MAX];
    char instance[LIMIT_SETTING_TEXT_BYTES + 4];
    struct own_contact own;
};

static void sent_contact_make(struct sent_contact *ret, const struct exchange *exchange,
                              const struct registration *registration,
                              const struct exchange_place *place) {
    struct writer w = writer_of(ret->uri, sizeof ret->uri);
    struct writer wi = writer_of(ret->instance, sizeof ret->instance);
    const struct hf_slice instance = exchange->offered & EXTENSION_INSTANCE
                                         ? settings_text(place->settings, SETTING_INSTANCE, 0)
                                         : SLICE_NONE;

    contact_uri_write(&w, registration, place->settings, &place->contact_at, place->transport);
    if (instance.len > 0) {
        writer_put_literal(&wi, "\"<");
        writer_put_slice(&wi, instance);
        writer_put_literal(&wi, ">\"");
    }
    ret->own = (struct own_contact){
        .uri = writer_slice(&w),
        .instance = writer_slice(&wi),
        .reg_id = exchange->offered & EXTENSION_OUTBOUND ? outbound_reg_id(place->settings) : 0,
        .line = registration->line};
}

uint32_t exchange_late_grant(const struct exchange *exchange,
                             const struct registration *registration,
                             const struct exchange_place *place, const struct sip_message *response,
                             struct gruus **ret_gruus) {
    struct sent_contact sent;

    HF_ASSERT(exchange->kind == EXCHANGE_BIND);
    sent_contact_make(&sent, exchange, registration, place);
    const struct grant grant = binding_grant(response, &sent.own, exchange->expires);

    *ret_gruus = NULL;
    if (grant.kind != GRANT_OWN)
        return 0;
    if (exchange->offered & EXTENSION_GRUU)
        *ret_gruus = gruus_learn(response, &sent.own);
    return grant.seconds;
}

static enum exchange_verdict succeeded(struct exchange *exchange, struct registration *registration,
                                       const struct exchange_place *place,
                                       const struct sip_message *response,
                                       struct exchange_answer *ret) {
    struct sent_contact sent;

    if (exchange->kind != EXCHANGE_REMOVE && exchange->kind != EXCHANGE_LOOK)
        remember(exchange, registration, place, response);
    if (exchange->kind != EXCHANGE_BIND && exchange->kind != EXCHANGE_LOOK)
        return EXCHANGE_REMOVED;
    sent_contact_make(&sent, exchange, registration, place);
    const struct grant grant = binding_grant(response, &sent.own, exchange->expires);

    if (exchange->kind == EXCHANGE_LOOK) {
        ret->granted = grant.kind == GRANT_OWN ? grant.seconds : 0;
        return EXCHANGE_SEEN;
    }
    if (grant.kind == GRANT_NONE) {
        ret->reason = SLICE("accepted, but with a lifetime of 0");
        return EXCHANGE_ANSWERED;
    }
    ret->granted = grant.seconds;
    if (grant.contacts > 1)
        ret->strays = binding_strays(response, &sent.own);
    ret->outbound = sent.own.reg_id != 0 && outbound_is_done(response);
    ret->flow_timer = ret->outbound ? outbound_flow_timer(response) : 0;
    if (sent.own.reg_id == 0)
        outbound_count_rest(registration);
    ret->gruus = exchange->offered & EXTENSION_GRUU ? gruus_learn(response, &sent.own) : NULL;
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
    switch (answer_class(response->status)) {
    case ANSWER_PROVISIONAL:
        HF_UNREACHABLE();
    case ANSWER_SUCCESS:
        return succeeded(exchange, registration, place, response, ret);
    case ANSWER_CHALLENGE:
        return challenged(exchange, registration, place, digest, random, response, ret);
    case ANSWER_REJECTION:
        return rejected(exchange, registration);
    case ANSWER_TOO_BRIEF:
        return too_brief(exchange, registration, response, ret);
    case ANSWER_EXTENSION:
        return about_extension(exchange, registration, place, response);
    case ANSWER_TARGET_FAILED:
        return EXCHANGE_TARGET_FAILED;
    case ANSWER_REDIRECTION:
        ret->reason = SLICE("redirected elsewhere, which is not followed");
        return EXCHANGE_ANSWERED;
    case ANSWER_REFUSAL:
        return EXCHANGE_ANSWERED;
    }
    HF_UNREACHABLE();
}
