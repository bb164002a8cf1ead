#include "account/hops.h"

/* Proxies between us and a server, for REGISTER. */
static unsigned proxies_before(const struct hf_settings *settings, unsigned server) {
    bool used = settings_bool(settings, SETTING_PROXY_ENABLED, 0) &&
                settings_bool(settings, SETTING_PROXY_FOR_REGISTRATION, 0) &&
                settings_bool(settings, SETTING_SERVER_USE_PROXY, server);

    return used ? settings_proxy_count(settings) : 0;
}

/* A list may have empty places; they are no hops. */
static unsigned hops_of_server(const struct hf_settings *settings, unsigned server) {
    unsigned proxies = proxies_before(settings, server), count = 0;

    if (settings_text(settings, SETTING_SERVER_ADDRESS, server).len == 0)
        return 0;
    for (unsigned i = 0; i < proxies; i++)
        if (settings_text(settings, SETTING_PROXY_ADDRESS, i).len > 0)
            count++;
    return count > 0 ? count : 1;
}

unsigned hops_count(const struct hf_settings *settings) {
    unsigned count = 0;

    for (unsigned server = 0; server < settings_server_count(settings); server++)
        count += hops_of_server(settings, server);
    return count;
}

/* The index of the n-th proxy that has an address; -1 when there is none. */
static int nth_proxy(const struct hf_settings *settings, unsigned server, unsigned n) {
    unsigned proxies = proxies_before(settings, server);

    for (unsigned i = 0; i < proxies; i++)
        if (settings_text(settings, SETTING_PROXY_ADDRESS, i).len > 0 && n-- == 0)
            return (int)i;
    return -1;
}

static enum hf_transport transport_of(int word) {
    switch ((enum setting_transport)word) {
    case TRANSPORT_IS_TCP:
        return HF_TRANSPORT_TCP;
    case TRANSPORT_IS_TLS:
        return HF_TRANSPORT_TLS;
    case TRANSPORT_IS_UDP:
    case TRANSPORT_BY_DNS:
        break;
    }
    return HF_TRANSPORT_UDP;
}

static void fill(const struct hf_settings *settings, unsigned server, int proxy, struct hop *ret) {
    *ret = (struct hop){
        .server = server,
        .proxy = proxy,
        .server_host = settings_text(settings, SETTING_SERVER_ADDRESS, server),
        .server_port = (uint16_t)settings_number(settings, SETTING_SERVER_PORT, server),
    };
    ret->next = (struct next_hop){
        .host = ret->server_host,
        .port = ret->server_port,
        .transport = transport_of(settings_word(settings, SETTING_TRANSPORT, server)),
    };
    if (proxy < 0)
        return;
    ret->next = (struct next_hop){
        .host = settings_text(settings, SETTING_PROXY_ADDRESS, (unsigned)proxy),
        .port = (uint16_t)settings_number(settings, SETTING_PROXY_PORT, (unsigned)proxy),
        .transport =
            transport_of(settings_word(settings, SETTING_PROXY_TRANSPORT, (unsigned)proxy)),
    };
}

bool hop_get(const struct hf_settings *settings, unsigned index, struct hop *ret) {
    for (unsigned server = 0; server < settings_server_count(settings); server++) {
        unsigned count = hops_of_server(settings, server);

        if (index < count) {
            fill(settings, server, nth_proxy(settings, server, index), ret);
            return true;
        }
        index -= count;
    }
    return false;
}

void hop_write(struct writer *w, const struct hop *hop) {
    bool ipv6 = slice_index(hop->server_host, ':') < hop->server_host.len;

    writer_put_slice(w, ipv6 ? SLICE("[") : SLICE_NONE);
    writer_put_slice(w, hop->server_host);
    writer_put_slice(w, ipv6 ? SLICE("]") : SLICE_NONE);
    if (hop->server_port != 0) {
        writer_put_char(w, ':');
        writer_put_number(w, hop->server_port);
    }
    if (hop->proxy >= 0) {
        writer_put_literal(w, " via ");
        writer_put_slice(w, hop->next.host);
    }
}

struct exchange_place hop_place(const struct hop *hop, const struct hf_settings *settings,
                                enum hf_transport transport, const struct hf_address *local) {
    struct exchange_place place = {
        .settings = settings,
        .server = hop->server,
        .server_host = hop->server_host,
        .server_port = hop->server_port,
        .transport = transport,
        .local = *local,
    };
    if (hop->proxy >= 0 && settings_word(settings, SETTING_PROXY_ROUTE, 0) == PROXY_IN_ROUTE) {
        place.proxy_host = hop->next.host;
        place.proxy_port = hop->next.port;
        place.proxy_loose = settings_bool(settings, SETTING_PROXY_LOOSE, (unsigned)hop->proxy);
    }
    return place;
}
