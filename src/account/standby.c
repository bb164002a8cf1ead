#include "account/standby.h"

#include "account/internal.h"
#include "usage/outbound.h"

static bool serves(const struct account *leg) {
    return leg->binding.path && leg->failures == 0 && leg->intent == INTENT_REGISTERED &&
           !account_is_removing(leg);
}

static bool is_of_same_server(const struct account *one, const struct account *other) {
    return settings_server_limit(one->settings) == settings_server_limit(other->settings);
}

/* A flow, or the first of those that are none. */
static bool is_preferred(const struct legs *legs, uint32_t one, uint32_t other) {
    return legs->members[one]->binding.outbound || one < other;
}

static bool is_spare(const struct legs *legs, uint32_t index) {
    const struct account *leg = legs->members[index];

    if (leg->intent != INTENT_REGISTERED || leg->binding.outbound ||
        outbound_reg_id(leg->settings) == 0)
        return false;
    for (uint32_t i = 0; i < legs->count; i++)
        if (i != index && serves(legs->members[i]) && is_of_same_server(leg, legs->members[i]) &&
            is_preferred(legs, i, index))
            return true;
    return false;
}

static void settle_one(struct engine *engine, struct legs *legs, uint32_t index, hf_time now) {
    struct account *leg = legs->members[index];
    const bool spare = is_spare(legs, index);

    if (spare && serves(leg)) {
        account_stand_by(engine, leg, now);
    } else if (!spare && leg->stands_by) {
        leg->stands_by = false;
        if (!leg->binding.path && !leg->attempt && leg->intent == INTENT_REGISTERED)
            account_register_soon(engine, leg, now);
    }
}

void standby_settle(struct engine *engine, struct legs *legs, hf_time now) {
    for (uint32_t i = 0; i < legs->count; i++)
        settle_one(engine, legs, i, now);
}
