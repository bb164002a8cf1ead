#include "account/way.h"

#include "account/internal.h"
#include "account/legs.h"
#include "account/mark.h"
#include "account/policy.h"
#include "account/proxies.h"

static bool setting_of(const struct hf_settings *settings, const struct hop *hop,
                       enum setting of_server, enum setting of_proxy) {
    unsigned index;
    const enum setting setting = proxies_setting(settings, hop, of_server, of_proxy, &index);

    return settings_bool(settings, setting, index);
}

static bool registers_first(const struct hf_settings *settings, const struct hop *hop) {
    return setting_of(settings, hop, SETTING_REGISTER_ON_ENABLE, SETTING_PROXY_REGISTER_ON_ENABLE);
}

/* Yealink T21 guide p. 215: this needs register_on_enable, and one of the failback modes 1 to 3. */
static bool signals_registered_only(const struct hf_settings *settings, const struct hop *hop) {
    const struct failback_policy policy = policy_failback(settings, hop);

    return registers_first(settings, hop) && policy.mode != FAILBACK_MODE_NEW_REQUESTS &&
           setting_of(settings, hop, SETTING_ONLY_SIGNAL_WITH_REGISTERED,
                      SETTING_PROXY_ONLY_SIGNAL_WITH_REGISTERED);
}

static bool may_go_unregistered(const struct hf_settings *settings, const struct hop *hop,
                                uint32_t index) {
    if (signals_registered_only(settings, hop))
        return false;
    return index == 0 || !registers_first(settings, hop);
}

static bool is_alive(struct engine *engine, const struct account *leg, const struct target *target,
                     hf_time now) {
    return health_is_alive(&engine->health, target, mark_scope(leg), now);
}

/* The first target of the hop that is not known to be dead, as far as the DNS has told already; of
 * a hop that is registered with first (Grandstream dnsSRVRegisterBeforeFailover) the best alone. */
static bool find_target(struct engine *engine, const struct account *leg, const struct hop *hop,
                        struct target *ret, hf_time now) {
    const struct next_hop next = hop_next(hop, leg->settings);
    struct locating locating = {0};
    struct candidate found = {0};
    bool any = false;

    locate_begin(&locating, &next, NULL);
    while (!any && locate_peek(&locating, &engine->names, &engine->random, &engine->outbox, &found,
                               now) == LOCATE_FOUND) {
        any = (found.level == 0 || !registers_first(leg->settings, hop)) &&
              is_alive(engine, leg, &found.target, now);
        (void)locate_next(&locating, &engine->names, &engine->random, NULL, &engine->outbox, &found,
                          now);
    }
    *ret = found.target;
    locate_end(&locating);
    return any;
}

static void take_binding(struct account *leg, struct way *ret) {
    *ret = (struct way){
        .leg = leg, .hop = leg->binding.hop, .target = leg->binding.target, .bound = true};
}

static bool take_hop(struct engine *engine, struct account *leg, uint32_t index, struct way *ret,
                     hf_time now) {
    const struct binding *binding = &leg->binding;
    struct hop hop;

    if (binding->path && binding->hop == index && is_alive(engine, leg, &binding->target, now)) {
        take_binding(leg, ret);
        return true;
    }
    *ret = (struct way){.leg = leg, .hop = index};
    return hop_get(leg->settings, index, &hop) && may_go_unregistered(leg->settings, &hop, index) &&
           find_target(engine, leg, &hop, &ret->target, now);
}

static bool keeps_to_binding(struct engine *engine, const struct account *leg, hf_time now) {
    struct hop hop;

    if (!leg->binding.path || !hop_get(leg->settings, leg->binding.hop, &hop))
        return false;
    return policy_failback(leg->settings, &hop).mode != FAILBACK_MODE_NEW_REQUESTS &&
           is_alive(engine, leg, &leg->binding.target, now);
}

bool way_of_requests(struct engine *engine, struct account *account, struct way *ret, hf_time now) {
    struct account *leg = legs_best(account);

    if (!settings_bool(leg->settings, SETTING_ENABLED, 0))
        return false;
    if (!keeps_to_binding(engine, leg, now)) {
        const unsigned count = hops_count(leg->settings);

        for (uint32_t index = 0; index < count; index++)
            if (take_hop(engine, leg, index, ret, now))
                return true;
        if (!leg->binding.path)
            return false;
    }
    take_binding(leg, ret);
    return true;
}
