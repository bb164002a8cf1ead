#include "account/leg_places.h"

#include "usage/outbound.h"

/* What may be meant twice in the settings. */
struct peers {
    enum setting address, port, transport;
};

static const struct peers servers_of = {SETTING_SERVER_ADDRESS, SETTING_SERVER_PORT,
                                        SETTING_TRANSPORT};
static const struct peers proxies_of = {SETTING_PROXY_ADDRESS, SETTING_PROXY_PORT,
                                        SETTING_PROXY_TRANSPORT};

/* One that is configured twice would only get two bindings of one phone. */
static bool is_repeated(const struct hf_settings *settings, const struct peers *of, unsigned at) {
    const struct hf_slice address = settings_text(settings, of->address, at);

    for (unsigned i = 0; i < at; i++)
        if (slice_equal_nocase(settings_text(settings, of->address, i), address) &&
            settings_number(settings, of->port, i) == settings_number(settings, of->port, at) &&
            settings_word(settings, of->transport, i) == settings_word(settings, of->transport, at))
            return true;
    return false;
}

/* The places of those that differ, if there are two at least; else one, which is any. */
static unsigned several(const struct hf_settings *settings, const struct peers *of,
                        unsigned configured, int places[LEGS_MAX]) {
    unsigned count = 0;

    for (unsigned i = 0; configured >= 2 && i < configured; i++)
        if (settings_text(settings, of->address, i).len > 0 && !is_repeated(settings, of, i))
            places[count++] = (int)i;
    if (count >= 2)
        return count;
    places[0] = LEG_ANY;
    return 1;
}

static unsigned concurrent_servers(const struct hf_settings *settings, int servers[LEGS_MAX]) {
    const bool concurrent = settings_word(settings, SETTING_REDUNDANCY, 0) == REDUNDANCY_CONCURRENT;

    return several(settings, &servers_of, concurrent ? settings_server_count(settings) : 0,
                   servers);
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

    return several(settings, &proxies_of, by_proxies ? settings_proxy_count(settings) : 0, proxies);
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
