#include "usage/place.h"

#include "base/address.h"
#include "sip/uri.h"
#include "usage/routes.h"

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
    const struct hf_slice domain = settings_text(place->settings, SETTING_DOMAIN, 0);

    writer_put_slice(w, uri_scheme_text(place->settings, place->transport));
    uri_host_write(w, domain.len > 0 ? domain : place->server_host);
    if (place->server_port != 0 && domain.len == 0) {
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

/* The proxy as a URI: what Route names. */
static void proxy_uri_write(struct writer *w, const struct exchange_place *place) {
    writer_put_literal(w, "sip:");
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
}

static bool same_uri(struct hf_slice a, struct hf_slice b) {
    struct sip_uri left, right;

    return uri_parse(a, &left) && uri_parse(b, &right) && uri_equal(&left, &right);
}

/* The route set is walked with this: the proxy first, then what the registrar gave, in its order.
 * A registrar that names the proxy once more does not send us there twice. */
struct route_set {
    struct hf_slice proxy; /* empty: none, or given out */
    struct hf_slice rest;
    char text[TARGET_URI_MAX];
};

static void route_set_begin(struct route_set *set, const struct exchange_place *place) {
    struct writer w = writer_of(set->text, sizeof set->text);
    struct hf_slice rest = place->service_route;
    struct hf_slice first;

    if (place->proxy_host.len > 0)
        proxy_uri_write(&w, place);
    set->proxy = writer_slice(&w);
    set->rest = place->service_route;
    if (set->proxy.len > 0 && routes_take_first(&rest, &first) && same_uri(first, set->proxy))
        set->rest = rest;
}

static bool route_set_take(struct route_set *set, struct hf_slice *ret) {
    if (set->proxy.len == 0)
        return routes_take_first(&set->rest, ret);
    *ret = set->proxy;
    set->proxy = SLICE_NONE;
    return true;
}

/* The first URI of the set, taken off it, if it is a strict router. */
static bool take_strict(struct route_set *set, struct hf_slice *ret) {
    const struct hf_slice proxy = set->proxy, rest = set->rest;
    struct hf_slice value;
    struct sip_uri uri;

    if (route_set_take(set, ret) && uri_parse(*ret, &uri) &&
        !uri_parameter(&uri, SLICE("lr"), &value))
        return true;
    set->proxy = proxy;
    set->rest = rest;
    return false;
}

void request_uri_write(struct writer *w, const struct exchange_place *place,
                       struct hf_slice target) {
    struct route_set set;
    struct hf_slice strict;

    route_set_begin(&set, place);
    writer_put_slice(w, take_strict(&set, &strict) ? strict : target);
}

static void route_write(struct writer *w, const struct exchange_place *place,
                        struct hf_slice target) {
    struct route_set set;
    struct hf_slice uri;

    route_set_begin(&set, place);
    bool strict = take_strict(&set, &uri);

    while (route_set_take(&set, &uri)) {
        writer_put_literal(w, "Route: <");
        writer_put_slice(w, uri);
        writer_put_literal(w, ">\r\n");
    }
    if (strict) {
        writer_put_literal(w, "Route: <");
        writer_put_slice(w, target);
        writer_put_literal(w, ">\r\n");
    }
}

void route_values_write(struct writer *w, const struct exchange_place *place) {
    struct route_set set;
    struct hf_slice uri;

    route_set_begin(&set, place);
    for (bool first = true; route_set_take(&set, &uri); first = false) {
        writer_put_slice(w, first ? SLICE("<") : SLICE(", <"));
        writer_put_slice(w, uri);
        writer_put_char(w, '>');
    }
}

void routing_headers_write(struct writer *w, const struct exchange_place *place,
                           struct hf_slice target, const char *branch) {
    writer_put_literal(w, "Via: SIP/2.0/");
    writer_put_slice(w, slice_from(via_transport(place->transport)));
    address_write(w, &place->local);
    writer_put_literal(w, ";branch=");
    writer_put_slice(w, slice_from(branch));
    if (settings_bool(place->settings, SETTING_NAT_RPORT, 0))
        writer_put_literal(w, ";rport");
    if (place->offers_keep)
        writer_put_literal(w, ";keep");
    writer_put_literal(w, "\r\nMax-Forwards: 70\r\n");
    if (place->proxy_host.len > 0 || place->service_route.len > 0)
        route_write(w, place, target);
}
