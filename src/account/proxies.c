#include "account/proxies.h"

#include "base/address.h"

enum setting proxies_setting(const struct hf_settings *settings, const struct hop *hop,
                             enum setting of_server, enum setting of_proxy, unsigned *ret_index) {
    const unsigned proxy = (unsigned)hop->proxy;

    *ret_index = hop->server;
    if (hop->proxy < 0)
        return of_server;
    if (!settings_is_set(settings, of_proxy, proxy) && proxy >= settings_server_count(settings))
        return of_server;
    *ret_index = proxy;
    return of_proxy;
}

uint32_t proxies_first_hop(const struct hf_settings *settings, uint32_t index) {
    struct hop working, before;

    if (!hop_get(settings, index, &working) || working.proxy < 0)
        return index;
    while (index > 0 && hop_get(settings, index - 1, &before) && before.server == working.server)
        index--;
    return index;
}

/* "Until the working one itself fails". */
static bool is_to_stay(const struct failback_policy *policy) {
    return policy->mode == FAILBACK_MODE_STAY ||
           (policy->period == 0 &&
            (policy->mode == FAILBACK_MODE_DURATION || policy->mode == FAILBACK_MODE_PROBE));
}

hf_time proxies_fallback_at(const struct hf_settings *settings, uint32_t index,
                            const struct failback_policy *failback, hf_time since) {
    hf_time interval;

    if (settings_proxy_count(settings) < 2 || is_to_stay(failback) ||
        proxies_first_hop(settings, index) == index)
        return HF_NEVER;
    interval = settings_duration(settings, SETTING_PROXY_FALLBACK_INTERVAL, 0);
    return interval > 0 ? since + interval : HF_NEVER;
}

bool proxies_same_binding(const struct hf_settings *settings, const struct bound_by *former,
                          const struct bound_by *now) {
    struct hop one, other;

    return former->transport == now->transport && address_equal(&former->contact, &now->contact) &&
           hop_get(settings, former->hop, &one) && hop_get(settings, now->hop, &other) &&
           one.proxy >= 0 && other.proxy >= 0 && one.server == other.server;
}
