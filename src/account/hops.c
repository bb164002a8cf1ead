#include "account/hops.h"

#include "account/static_dns.h"
#include "base/address.h"

/* Proxies between us and a server, for REGISTER. */
static unsigned proxies_before(const struct hf_settings *settings, unsigned server) {
    unsigned count = settings_proxy_count(settings);
    bool used = count > 0 && settings_bool(settings, SETTING_PROXY_ENABLED, 0) &&
                settings_bool(settings, SETTING_PROXY_FOR_REGISTRATION, 0) &&
                settings_bool(settings, SETTING_SERVER_USE_PROXY, server);

    return used ? count : 0;
}

/* A list may have empty places; they are no hops. */
static bool is_hop(const struct hf_settings *settings, unsigned proxy) {
    return settings_text(settings, SETTING_PROXY_ADDRESS, proxy).len > 0 &&
           settings_concern_proxy(settings, proxy);
}

static unsigned hops_of_server(const struct hf_settings *settings, unsigned server,
                               unsigned proxies) {
    unsigned count = 0;

    if (!settings_concern_server(settings, server) ||
        settings_text(settings, SETTING_SERVER_ADDRESS, server).len == 0)
        return 0;
    for (unsigned i = 0; i < proxies; i++)
        count += is_hop(settings, i);
    return count > 0 ? count : 1;
}

/* One server and no proxy, as most accounts have it; their hops are asked for often. */
static bool is_plain(const struct hf_settings *settings) {
    return settings_server_count(settings) == 1 && settings_proxy_count(settings) == 0 &&
           settings_concern_server(settings, 0);
}

unsigned hops_count(const struct hf_settings *settings) {
    const unsigned servers = settings_server_count(settings);
    unsigned count = 0;

    if (is_plain(settings))
        return 1;
    for (unsigned server = 0; server < servers; server++)
        count += hops_of_server(settings, server, proxies_before(settings, server));
    return count;
}

/* The index of the n-th proxy that has an address; -1 when there is none. */
static int nth_proxy(const struct hf_settings *settings, unsigned proxies, unsigned n) {
    for (unsigned i = 0; i < proxies; i++)
        if (is_hop(settings, i) && n-- == 0)
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

static enum locate_mode locate_mode_of(const struct hf_settings *settings) {
    switch ((enum setting_dns_mode)settings_word(settings, SETTING_DNS_MODE, 0)) {
    case DNS_MODE_SRV:
        return LOCATE_SRV;
    case DNS_MODE_NAPTR:
        return LOCATE_NAPTR;
    case DNS_MODE_AUTO:
        return LOCATE_BY_RULE;
    case DNS_MODE_A:
    case DNS_MODE_STATIC:
        break;
    }
    return LOCATE_ADDRESS;
}

/* The addresses of "Use Configured IP" stand for the account's first server. */
static void fix_addresses(const struct hf_settings *settings, struct next_hop *next) {
    static const enum setting ids[LOCATE_FIXED_MAX] = {
        SETTING_DNS_PRIMARY_IP, SETTING_DNS_BACKUP_IP_1, SETTING_DNS_BACKUP_IP_2};

    if (settings_word(settings, SETTING_DNS_MODE, 0) != DNS_MODE_STATIC)
        return;
    for (size_t i = 0; i < LOCATE_FIXED_MAX; i++)
        if (address_parse(settings_text(settings, ids[i], 0), &next->fixed[next->fixed_count]))
            next->fixed_count++;
}

struct next_hop hop_next(const struct hop *hop, const struct hf_settings *settings) {
    bool all = settings_word(settings, SETTING_DNS_NAPTR_BUILD, 0) == NAPTR_BUILD_ALL;
    struct next_hop next = {
        .host = hop->host,
        .port = hop->port,
        .transport = hop->transport,
        .transport_by_dns = hop->transport_by_dns,
        .srv_without =
            1u << HF_TRANSPORT_UDP | (all ? 1u << HF_TRANSPORT_TCP | 1u << HF_TRANSPORT_TLS : 0),
        .mode = locate_mode_of(settings),
        .statics = static_dns_of(settings),
    };

    if (hop->server == 0 && hop->proxy < 0)
        fix_addresses(settings, &next);
    return next;
}

static void go_by(struct hop *hop, struct hf_slice host, int64_t port, int transport) {
    hop->host = host;
    hop->port = (uint16_t)port;
    hop->transport = transport_of(transport);
    hop->transport_by_dns = transport == TRANSPORT_BY_DNS;
}

static void fill(const struct hf_settings *settings, unsigned server, int proxy, struct hop *ret) {
    const unsigned index = (unsigned)proxy;

    *ret = (struct hop){
        .server = server,
        .proxy = proxy,
        .server_host = settings_text(settings, SETTING_SERVER_ADDRESS, server),
        .server_port = (uint16_t)settings_number(settings, SETTING_SERVER_PORT, server),
    };
    if (proxy < 0)
        go_by(ret, ret->server_host, ret->server_port,
              settings_word(settings, SETTING_TRANSPORT, server));
    else
        go_by(ret, settings_text(settings, SETTING_PROXY_ADDRESS, index),
              settings_number(settings, SETTING_PROXY_PORT, index),
              settings_word(settings, SETTING_PROXY_TRANSPORT, index));
}

bool hop_get(const struct hf_settings *settings, unsigned index, struct hop *ret) {
    if (is_plain(settings)) {
        if (index == 0)
            fill(settings, 0, -1, ret);
        return index == 0;
    }
    const unsigned servers = settings_server_count(settings);

    for (unsigned server = 0; server < servers; server++) {
        unsigned proxies = proxies_before(settings, server);
        unsigned count = hops_of_server(settings, server, proxies);

        if (index < count) {
            fill(settings, server, nth_proxy(settings, proxies, index), ret);
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
        writer_put_slice(w, hop->host);
    }
}

struct exchange_place hop_place(const struct hop *hop, const struct hf_settings *settings,
                                enum hf_transport transport, const struct hf_address *local) {
    struct exchange_place place = {
        .settings = settings,
        .server = hop->server,
        .server_host = address_without_zone(hop->server_host), /* that is our own (RFC 6874) */
        .server_port = hop->server_port,
        .transport = transport,
        .local = *local,
        .contact_at = *local,
    };
    if (hop->proxy >= 0 && settings_word(settings, SETTING_PROXY_ROUTE, 0) == PROXY_IN_ROUTE) {
        place.proxy_host = address_without_zone(hop->host);
        place.proxy_port = hop->port;
        place.proxy_loose = settings_bool(settings, SETTING_PROXY_LOOSE, (unsigned)hop->proxy);
    }
    return place;
}
