#include "usage/place.h"

#include "base/address.h"
#include "sip/uri.h"

struct hf_slice uri_scheme_text(const struct hf_settings *settings, enum hf_transport transport) {
    bool sips = transport == HF_TRANSPORT_TLS &&
                settings_word(settings, SETTING_TLS_SCHEME, 0) == SCHEME_SIPS;

    return sips ? SLICE("sips:") : SLICE("sip:");
}

void uri_host_write(struct writer *w, struct hf_slice host) {
    bool bare_ipv6 = host.len > 0 && host.ptr[0] != '[' && slice_index(host, ':') < host.len;

    if (bare_ipv6)
        writer_put_char(w, '[');
    writer_put_slice(w, host);
    if (bare_ipv6)
        writer_put_char(w, ']');
}

struct hf_slice place_domain(const struct exchange_place *place) {
    struct hf_slice domain = settings_text(place->settings, SETTING_DOMAIN, 0);

    return domain.len > 0 ? domain : place->server_host;
}

void aor_write(struct writer *w, const struct exchange_place *place) {
    writer_put_slice(w, uri_scheme_text(place->settings, place->transport));
    write_escaped_user(w, settings_text(place->settings, SETTING_USER, 0));
    writer_put_char(w, '@');
    uri_host_write(w, place_domain(place));
}

void registrar_uri_write(struct writer *w, const struct exchange_place *place) {
    bool own_domain = settings_text(place->settings, SETTING_DOMAIN, 0).len > 0;

    writer_put_slice(w, uri_scheme_text(place->settings, place->transport));
    uri_host_write(w, place_domain(place));
    if (place->server_port != 0 && !own_domain) {
        writer_put_char(w, ':');
        writer_put_number(w, place->server_port);
    }
}

static const char *via_transport(enum hf_transport transport) {
    switch (transport) {
    case HF_TRANSPORT_UDP:
        return "UDP ";
    case HF_TRANSPORT_TCP:
        return "TCP ";
    case HF_TRANSPORT_TLS:
        return "TLS ";
    }
    return "UDP ";
}

void routing_headers_write(struct writer *w, const struct exchange_place *place,
                           const char *branch) {
    writer_put_literal(w, "Via: SIP/2.0/");
    writer_put_slice(w, slice_from(via_transport(place->transport)));
    address_write(w, &place->local);
    writer_put_literal(w, ";branch=");
    writer_put_slice(w, slice_from(branch));
    if (settings_bool(place->settings, SETTING_NAT_RPORT, 0))
        writer_put_literal(w, ";rport");
    writer_put_literal(w, "\r\nMax-Forwards: 70\r\n");
    if (place->proxy_host.len == 0)
        return;
    writer_put_literal(w, "Route: <sip:");
    uri_host_write(w, place->proxy_host);
    if (place->proxy_port != 0) {
        writer_put_char(w, ':');
        writer_put_number(w, place->proxy_port);
    }
    if (place->transport == HF_TRANSPORT_TCP)
        writer_put_literal(w, ";transport=tcp");
    else if (place->transport == HF_TRANSPORT_TLS)
        writer_put_literal(w, ";transport=tls");
    if (place->proxy_loose)
        writer_put_literal(w, ";lr");
    writer_put_literal(w, ">\r\n");
}
