/* The configured order of next hops of an account: its servers, or, where it has outbound
 * proxies, each proxy on the way to each server. Hop 0 is the best. */
#ifndef ACCOUNT_HOPS_H
#define ACCOUNT_HOPS_H

#include "base/writer.h"
#include "settings/settings.h"
#include "target/locate.h"
#include "usage/place.h"

struct hop {
    unsigned server; /* index into the settings' servers */
    int proxy;       /* index into the settings' proxies, -1: none */
    struct hf_slice server_host;
    uint16_t server_port; /* 0 = default */
    /* Where requests go: the server, or the proxy before it. */
    struct hf_slice host;
    uint16_t port;
    enum hf_transport transport;
    bool transport_by_dns;
};

unsigned hops_count(const struct hf_settings *settings);

/* The hop with this index; false when there is none. Its texts live as long as the settings. */
bool hop_get(const struct hf_settings *settings, unsigned index, struct hop *ret);

/* How the host of the hop is looked up; for whoever is about to do that. */
struct next_hop hop_next(const struct hop *hop, const struct hf_settings *settings);

/* The server as it was configured: "sip.example.com", "sip.example.com:5080"; and the proxy. */
void hop_write(struct writer *w, const struct hop *hop);

/* What a request by way of this hop says of its way; `local` is what Via and Contact say. */
struct exchange_place hop_place(const struct hop *hop, const struct hf_settings *settings,
                                enum hf_transport transport, const struct hf_address *local);

#endif
