#include "account/flow.h"

#include "base/address.h"
#include "base/assert.h"

/* Without the brackets and the zone of an IPv6 address, and the dot that ends a name. */
static struct hf_slice bare_host(struct hf_slice host) {
    host = address_without_zone(host);
    if (host.len > 2 && host.ptr[0] == '[' && host.ptr[host.len - 1] == ']')
        return slice_of(host.ptr + 1, host.len - 2);
    if (host.len > 1 && host.ptr[host.len - 1] == '.')
        host.len--;
    return host;
}

/* The name that was configured for what we connect to (RFC 5922 section 7.1): the proxy's, or the
 * server's. Where that is an address, and the account has a domain, it stands for that domain. What
 * the DNS made of a name never counts: whoever forges its answers would name himself. */
static struct hf_slice server_name(const struct account *account, const struct hop *hop) {
    struct hf_slice domain = settings_text(account->settings, SETTING_DOMAIN, 0);
    struct hf_slice host = bare_host(hop->host);
    struct hf_address address;

    if (hop->proxy < 0 && domain.len > 0 && address_parse(host, &address))
        return bare_host(domain);
    return host;
}

static void fill_tls(const struct account *account, const struct hop *hop,
                     struct hf_tls_options *ret) {
    const struct hf_settings *settings = account->settings;
    bool modern = settings_word(settings, SETTING_TLS_MIN_VERSION, 0) == TLS_VERSION_1_3;

    *ret = (struct hf_tls_options){
        .server_name = server_name(account, hop),
        .ca = settings_text(settings, SETTING_TLS_CA, 0),
        .certificate = settings_text(settings, SETTING_TLS_CERTIFICATE, 0),
        .key = settings_text(settings, SETTING_TLS_KEY, 0),
        .pin = settings_text(settings, SETTING_TLS_PIN, 0),
        .ciphers = settings_text(settings, SETTING_TLS_CIPHERS, 0),
        .version_min = modern ? HF_TLS_1_3 : HF_TLS_1_2,
        .verify = settings_bool(settings, SETTING_TLS_VERIFY, 0),
    };
    if (ret->key.len == 0)
        ret->key = ret->certificate;
}

struct path_wish flow_wish(const struct account *account, uint32_t hop_index,
                           const struct target *target, struct hf_tls_options *tls) {
    const struct hf_settings *settings = account->settings;
    struct path_wish wish = {
        .key = {.remote = target->address,
                .transport = (uint8_t)target->transport,
                .dscp = (uint8_t)settings_number(settings, SETTING_DSCP, 0)},
        .connect_timeout = settings_duration(settings, SETTING_CONNECT_TIMEOUT, 0),
    };
    struct hop hop;
    bool or_any = false;

    (void)address_parse(settings_text(settings, SETTING_BIND_ADDRESS, 0), &wish.key.local);
    /* Our Contact is the connection's end, so that whoever is to reach us finds it: with a port of
     * our own it is the same again after a connection is lost. */
    if (target->transport == HF_TRANSPORT_UDP ||
        !settings_bool(settings, SETTING_CONTACT_EPHEMERAL_PORT, 0))
        wish.key.local.port = flow_local_port(settings, &or_any);
    wish.key.or_any_port = wish.key.local.port != 0 && or_any;
    if (target->transport != HF_TRANSPORT_TLS)
        return wish;
    bool found = hop_get(settings, hop_index, &hop);

    HF_ASSERT(found);
    fill_tls(account, &hop, tls);
    wish.tls = tls;
    return wish;
}

uint16_t flow_local_port(const struct hf_settings *settings, bool *ret_or_any) {
    bool random = settings_bool(settings, SETTING_RANDOM_PORT, 0);

    *ret_or_any = settings_word(settings, SETTING_LOCAL_PORT_IF_TAKEN, 0) == IF_TAKEN_ANY;
    return random ? 0 : (uint16_t)settings_number(settings, SETTING_LOCAL_PORT, 0);
}
