#include "account/leg_places.h"

#include "usage/outbound.h"

/* One that is configured twice would only get two bindings of one phone. */
static bool is_repeated_server(const struct hf_settings *settings, unsigned server) {
    const struct hf_slice address = settings_text(settings, SETTING_SERVER_ADDRESS, server);

    for (unsigned i = 0; i < server; i++)
        if (slice_equal_nocase(settings_text(settings, SETTING_SERVER_ADDRESS, i), address) &&
            settings_number(settings, SETTING_SERVER_PORT, i) ==
                settings_number(settings, SETTING_SERVER_PORT, server) &&
            settings_word(settings, SETTING_TRANSPORT, i) ==
                settings_word(settings, SETTING_TRANSPORT, server))
            return true;
    return false;
}

static bool is_repeated_proxy(const struct hf_settings *settings, unsigned proxy) {
    const struct hf_slice address = settings_text(settings, SETTING_PROXY_ADDRESS, proxy);

    for (unsigned i = 0; i < proxy; i++)
        if (slice_equal_nocase(settings_text(settings, SETTING_PROXY_ADDRESS, i), address) &&
            settings_number(settings, SETTING_PROXY_PORT, i) ==
                settings_number(settings, SETTING_PROXY_PORT, proxy) &&
            settings_word(settings, SETTING_PROXY_TRANSPORT, i) ==
                settings_word(settings, SETTING_PROXY_TRANSPORT, proxy))
            return true;
    return false;
}

static unsigned concurrent_servers(const struct hf_settings *settings, int servers[LEGS_MAX]) {
    const bool concurrent = settings_word(settings, SETTING_REDUNDANCY, 0) == REDUNDANCY_CONCURRENT;
    const unsigned configured = concurrent ? settings_server_count(settings) : 0;
    unsigned count = 0;

    if (configured >= 2)
        for (unsigned i = 0; i < configured; i++)
            if (settings_text(settings, SETTING_SERVER_ADDRESS, i).len > 0 &&
                !is_repeated_server(settings, i))
                servers[count++] = (int)i;
    if (count >= 2)
        return count;
    servers[0] = LEG_ANY;
    return 1;
}

static bool goes_by_proxies(const struct hf_settings *settings, int server) {
    return outbound_reg_id(settings) != 0 && settings_bool(settings, SETTING_PROXY_ENABLED, 0) &&
           settings_bool(settings, SETTING_PROXY_FOR_REGISTRATION, 0) &&
           settings_bool(settings, SETTING_SERVER_USE_PROXY,
                         server == LEG_ANY ? 0 : (unsigned)server);
}

/* Of one server, or of all; at least one. */
static unsigned flows_of(const struct hf_settings *settings, int server, int proxies[LEGS_MAX]) {
    const bool by_proxies = goes_by_proxies(settings, server);
    const unsigned configured = by_proxies ? settings_proxy_count(settings) : 0;
    unsigned count = 0;

    if (configured >= 2)
        for (unsigned i = 0; i < configured; i++)
            if (settings_text(settings, SETTING_PROXY_ADDRESS, i).len > 0 &&
                !is_repeated_proxy(settings, i))
                proxies[count++] = (int)i;
    if (count >= 2)
        return count;
    proxies[0] = LEG_ANY;
    return 1;
}

unsigned leg_places(const struct hf_settings *settings, struct leg_place places[LEGS_MAX]) {
    int servers[LEGS_MAX], proxies[LEGS_MAX];
    const unsigned server_count = concurrent_servers(settings, servers);
    unsigned count = 0;

    for (unsigned i = 0; i < server_count; i++) {
        const unsigned proxy_count = flows_of(settings, servers[i], proxies);

        for (unsigned j = 0; j < proxy_count && count < LEGS_MAX; j++)
            places[count++] = (struct leg_place){servers[i], proxies[j]};
    }
    return count;
}

int leg_settings_take(struct settings_pool *pool, const struct hf_settings *settings,
                      const struct leg_place *place, struct hf_settings **ret) {
    const int error = settings_pool_take(pool, settings, ret);

    if (error == 0 && place->server != LEG_ANY)
        settings_limit_to_server(*ret, (unsigned)place->server);
    if (error == 0 && place->proxy != LEG_ANY)
        settings_limit_to_proxy(*ret, (unsigned)place->proxy);
    return error;
}

bool leg_settings_keep_to(const struct hf_settings *settings, const struct leg_place *place) {
    return settings_server_limit(settings) == place->server &&
           settings_proxy_limit(settings) == place->proxy;
}
