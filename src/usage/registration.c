#include "usage/registration.h"

#include "base/address.h"
#include "base/hash.h"
#include "sip/uri.h"
#include "usage/outbound.h"
#include "usage/place.h"

/* The mark of our Contact must be the same after a restart, so that the registrar replaces the
 * binding instead of adding one: it is made from what the account is, with a fixed key. */
static uint32_t line_of(const struct hf_settings *settings) {
    static const struct hash_key key = {{0x686f6c6466617374u, 1}};
    char text[4 * LIMIT_SETTING_TEXT_BYTES];
    struct writer w = writer_of(text, sizeof text);
    unsigned server = 0;

    while (!settings_concern_server(settings, server)) /* one of several at the same time */
        server++;

    writer_put_slice(&w, settings_text(settings, SETTING_USER, 0));
    writer_put_char(&w, '@');
    writer_put_slice(&w, settings_text(settings, SETTING_SERVER_ADDRESS, server));
    writer_put_char(&w, ';');
    writer_put_slice(&w, settings_text(settings, SETTING_INSTANCE, 0));
    if (outbound_reg_id(settings) > 1) /* the first is the Contact without flows */
        writer_put_number(&w, outbound_reg_id(settings));
    return (uint32_t)hash_bytes(&key, text, writer_length(&w));
}

void registration_init(struct registration *registration, const struct hf_settings *settings,
                       struct random *random) {
    *registration = (struct registration){
        .call_id = {random_next(random), random_next(random)},
        .tag = random_next(random),
        .line = line_of(settings),
    };
}

void registration_renew(struct registration *registration, struct random *random) {
    registration->call_id[0] = random_next(random);
    registration->call_id[1] = random_next(random);
    registration->tag = random_next(random);
    registration->cseq = 0;
}

void registration_release(struct registration *registration) {
    credential_set_clear(&registration->credentials);
}

void call_id_write(struct writer *w, const struct registration *registration) {
    writer_put_hex(w, registration->call_id[0], 16);
    writer_put_hex(w, registration->call_id[1], 16);
}

struct hf_slice contact_user(const struct hf_settings *settings) {
    struct hf_slice user = settings_text(settings, SETTING_CONTACT_USER, 0);

    return user.len > 0 ? user : settings_text(settings, SETTING_USER, 0);
}

void contact_uri_write(struct writer *w, const struct registration *registration,
                       const struct hf_settings *settings, const struct hf_address *local,
                       enum hf_transport transport) {
    writer_put_slice(w, uri_scheme_text(settings, transport));
    write_escaped_user(w, contact_user(settings));
    writer_put_char(w, '@');
    address_write(w, local);
    if (transport == HF_TRANSPORT_TCP)
        writer_put_literal(w, ";transport=tcp");
    else if (transport == HF_TRANSPORT_TLS)
        writer_put_literal(w, ";transport=tls");
    writer_put_literal(w, ";line=");
    writer_put_hex(w, registration->line, 8);
}
