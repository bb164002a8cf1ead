/* The REGISTER itself (RFC 3261 section 10.2, RFC 3327, RFC 5626). */
#include "base/address.h"
#include "sip/name_addr.h"
#include "sip/response.h"
#include "usage/exchange.h"
#include "usage/outbound.h"

static const struct hf_slice register_name = {"REGISTER", 8};
static const struct hf_slice default_user_agent = {"holdfast", 8};

/* A remembered nonce is offered only to the server that gave it. */
static bool may_remember(const struct registration *registration,
                         const struct exchange_place *place) {
    return registration->credentials_server == place->server &&
           settings_bool(place->settings, SETTING_AUTH_ON_REREGISTER, 0);
}

/* False: no memory. */
static bool write_credentials(struct exchange *exchange, struct registration *registration,
                              const struct exchange_place *place, struct digest_context *digest,
                              struct hf_slice uri, struct writer *w) {
    bool remember = may_remember(registration, place);

    for (int slot = 0; slot < CREDENTIAL_SLOTS; slot++) {
        struct credential *credential = exchange->fresh.slot[slot];

        exchange->sent_fresh[slot] = credential != NULL;
        exchange->sent_remembered[slot] = false;
        if (!credential && remember) {
            credential = registration->credentials.slot[slot];
            exchange->sent_remembered[slot] = credential != NULL;
        }
        if (credential && !credential_write(credential, (enum credential_slot)slot, digest,
                                            place->settings, register_name, uri, w))
            return false;
    }
    return true;
}

static void write_identity(const struct registration *registration,
                           const struct exchange_place *place, struct writer *w) {
    const struct hf_slice display = settings_text(place->settings, SETTING_DISPLAY_NAME, 0);
    size_t before;

    writer_put_literal(w, "From: ");
    write_display_name(w, display);
    writer_put_char(w, '<');
    before = writer_length(w);
    aor_write(w, place);
    const struct hf_slice aor = slice_from_index(writer_slice(w), before);

    writer_put_literal(w, ">;tag=");
    writer_put_hex(w, registration->tag, 16);
    writer_put_literal(w, "\r\nTo: ");
    write_display_name(w, display);
    writer_put_char(w, '<');
    writer_put_slice(w, aor);
    writer_put_literal(w, ">\r\nCall-ID: ");
    call_id_write(w, registration);
    writer_put_literal(w, "\r\nCSeq: ");
    writer_put_number(w, registration->cseq);
    writer_put_literal(w, " REGISTER\r\n");
}

/* What this request offers: all that the settings want, but for what the server did not take. */
static unsigned extensions_of(const struct registration *registration,
                              const struct exchange_place *place) {
    unsigned left_out = registration->left_out_server == place->server ? registration->left_out : 0;
    unsigned wanted = EXTENSION_PATH;

    if (settings_text(place->settings, SETTING_INSTANCE, 0).len > 0 &&
        settings_bool(place->settings, SETTING_SUPPORT_INSTANCE, 0))
        wanted |= EXTENSION_INSTANCE;
    if (outbound_reg_id(place->settings) != 0)
        wanted |= EXTENSION_INSTANCE | EXTENSION_OUTBOUND;
    wanted &= ~left_out;
    if (!(wanted & EXTENSION_INSTANCE))
        wanted &= ~(unsigned)EXTENSION_OUTBOUND;
    if (wanted & EXTENSION_INSTANCE && settings_bool(place->settings, SETTING_GRUU, 0))
        wanted |= EXTENSION_GRUU & ~left_out; /* of no use without (RFC 5627 section 4.1) */
    return wanted;
}

/* The NAT gave us another address: the Contact with the old one goes in the same breath, so that no
 * call is sent there. */
static void write_former_contact(const struct exchange *exchange,
                                 const struct registration *registration,
                                 const struct exchange_place *place, struct writer *w) {
    if (exchange->kind != EXCHANGE_BIND || place->former_at.family == HF_FAMILY_NONE)
        return;
    writer_put_literal(w, ", <");
    contact_uri_write(w, registration, place->settings, &place->former_at, place->transport);
    writer_put_literal(w, ">;expires=0");
}

/* What makes it a flow, or at least our device's. */
static void write_device(const struct exchange *exchange, const struct exchange_place *place,
                         struct writer *w) {
    if (exchange->offered & EXTENSION_INSTANCE) {
        writer_put_literal(w, ";+sip.instance=\"<");
        writer_put_slice(w, settings_text(place->settings, SETTING_INSTANCE, 0));
        writer_put_literal(w, ">\"");
    }
    if (exchange->offered & EXTENSION_OUTBOUND) {
        writer_put_literal(w, ";reg-id=");
        writer_put_number(w, outbound_reg_id(place->settings));
    }
}

static void write_contact(const struct exchange *exchange, const struct registration *registration,
                          const struct exchange_place *place, struct writer *w) {
    if (exchange->kind == EXCHANGE_LOOK)
        return;
    if (exchange->kind == EXCHANGE_CLEAR_ALL) {
        writer_put_literal(w, "Contact: *\r\n");
        return;
    }
    writer_put_literal(w, "Contact: <");
    if (place->contact.len > 0) {
        writer_put_slice(w, place->contact);
        writer_put_char(w, '>');
        if (place->removes_flow)
            write_device(exchange, place, w);
        writer_put_literal(w, "\r\n");
        return;
    }
    contact_uri_write(w, registration, place->settings, &place->contact_at, place->transport);
    writer_put_char(w, '>');
    write_device(exchange, place, w);
    writer_put_slice(w, settings_text(place->settings, SETTING_CONTACT_PARAMS, 0));
    write_former_contact(exchange, registration, place, w);
    writer_put_literal(w, "\r\n");
}

static uint32_t expires_to_ask(const struct exchange *exchange,
                               const struct registration *registration,
                               const struct exchange_place *place) {
    hf_time configured = settings_duration(place->settings, SETTING_EXPIRES, place->server);
    uint64_t seconds = configured / HF_SECOND;

    if (exchange->kind != EXCHANGE_BIND)
        return 0;
    if (seconds < registration->expires_min)
        seconds = registration->expires_min;
    return seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
}

static void write_supported(unsigned offered, struct writer *w) {
    static const struct {
        enum extension extension;
        const char *option;
    } options[] = {
        {EXTENSION_PATH, "path"}, {EXTENSION_OUTBOUND, "outbound"}, {EXTENSION_GRUU, "gruu"}};
    const char *before = "Supported: ";

    if ((offered & ~(unsigned)EXTENSION_INSTANCE) == EXTENSION_PATH) { /* nearly always */
        writer_put_literal(w, "Supported: path\r\n");
        return;
    }
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (!(offered & options[i].extension))
            continue;
        writer_put_slice(w, slice_from(before));
        writer_put_slice(w, slice_from(options[i].option));
        before = ", ";
    }
    if (before[0] == ',')
        writer_put_literal(w, "\r\n");
}

struct hf_slice exchange_request(struct exchange *exchange, struct registration *registration,
                                 const struct exchange_place *place, const char *branch,
                                 struct digest_context *digest, char *buffer, size_t size) {
    char target[TARGET_URI_MAX];
    struct writer w = writer_of(buffer, size), wt = writer_of(target, sizeof target);
    struct hf_slice user_agent = settings_text(place->settings, SETTING_USER_AGENT, 0);

    exchange->expires = expires_to_ask(exchange, registration, place);
    exchange->offered = (uint8_t)extensions_of(registration, place);
    registrar_uri_write(&wt, place);
    writer_put_literal(&w, "REGISTER ");
    const char *uri = w.at;

    request_uri_write(&w, place, writer_slice(&wt));
    const struct hf_slice request_uri = slice_of(uri, (size_t)(w.at - uri));

    writer_put_literal(&w, " SIP/2.0\r\n");
    routing_headers_write(&w, place, writer_slice(&wt), branch);
    write_identity(registration, place, &w);
    write_contact(exchange, registration, place, &w);
    if (exchange->kind != EXCHANGE_LOOK)
        header_write_number(&w, SIP_HEADER_EXPIRES, exchange->expires);
    if (w.full || !write_credentials(exchange, registration, place, digest, request_uri, &w))
        return SLICE_NONE;
    write_supported(exchange->offered, &w);
    header_write(&w, SIP_HEADER_USER_AGENT, user_agent.len > 0 ? user_agent : default_user_agent);
    response_end(&w, SLICE_NONE);
    return writer_slice(&w);
}
