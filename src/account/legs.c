#include "account/legs.h"

#include <stdlib.h>

#include "account/internal.h"
#include "account/standby.h"
#include "base/assert.h"

static struct account *leg_new(struct engine *engine, const struct hf_settings *settings,
                               const struct leg_place *place, uint64_t tag,
                               const struct hf_remembered *remembered, hf_time now) {
    struct hf_settings *limited;

    if (leg_settings_take(engine->pool, settings, place, &limited))
        return NULL;
    return account_new(engine, limited, tag, remembered, now);
}

/* Its binding, if it has one, counts as the account's only while it is the first. */
static void join(struct engine *engine, struct legs *legs, struct account *leg) {
    if (legs->count > 0)
        engine->further_legs++;
    legs->members[legs->count++] = leg;
    leg->legs = legs;
    if (leg->binding.path && legs_other_is_bound(leg))
        engine->registered--;
}

static struct legs *create(struct engine *engine, const struct hf_settings *settings,
                           const struct leg_place *places, unsigned count, uint64_t tag,
                           const struct hf_remembered *remembered, size_t remembered_count,
                           hf_time now) {
    struct legs *legs = calloc(1, sizeof *legs);

    for (unsigned i = 0; legs && i < count; i++) {
        struct account *leg = leg_new(engine, settings, &places[i], tag,
                                      i < remembered_count ? &remembered[i] : NULL, now);

        if (leg) {
            join(engine, legs, leg);
            continue;
        }
        if (i == 0)
            free(legs);
        while (i-- > 0)
            account_free(engine, legs->members[i]); /* with the last one go the legs */
        return NULL;
    }
    return legs;
}

struct account *legs_add(struct engine *engine, struct hf_settings *settings, uint64_t tag,
                         const struct hf_remembered *remembered, size_t remembered_count,
                         hf_time now) {
    struct leg_place places[LEGS_MAX];
    const unsigned count = leg_places(settings, places);

    if (count < 2)
        return account_add(engine, settings, tag, remembered_count > 0 ? remembered : NULL, now);
    struct legs *legs =
        create(engine, settings, places, count, tag, remembered, remembered_count, now);

    settings_pool_give(engine->pool, settings);
    for (unsigned i = 0; legs && i < count; i++)
        account_set_going(engine, legs->members[i], now);
    return legs ? legs->members[0] : NULL;
}

unsigned legs_index_of(const struct account *leg) {
    unsigned i = 0;

    while (leg->legs && leg->legs->members[i] != leg)
        i++;
    return i;
}

bool legs_other_is_bound(const struct account *leg) {
    for (unsigned i = 0; leg->legs && i < leg->legs->count; i++)
        if (leg->legs->members[i] != leg && leg->legs->members[i]->binding.path)
            return true;
    return false;
}

/* A flow whose renewal failed is lost, though the registrar holds its binding for a while (RFC 5626
 * section 4.5). */
static bool is_well(const struct account *leg) {
    return leg->binding.path && !(leg->binding.outbound && leg->failures > 0);
}

/* Of those that are well, if any is. */
static uint32_t first_bound(const struct legs *legs) {
    uint32_t well = 0, bound = 0;

    while (well < legs->count && !is_well(legs->members[well]))
        well++;
    while (bound < legs->count && !legs->members[bound]->binding.path)
        bound++;
    return well < legs->count ? well : bound;
}

static int nearness_of(const struct account *leg) {
    static const uint8_t ranks[] = {
        [HF_STATE_DISABLED] = 0,   [HF_STATE_UNREGISTERED] = 1, [HF_STATE_REJECTED] = 2,
        [HF_STATE_WAITING] = 3,    [HF_STATE_RESOLVING] = 4,    [HF_STATE_REGISTERING] = 5,
        [HF_STATE_REGISTERED] = 6,
    };

    return ranks[leg->state] + is_well(leg);
}

struct account *legs_best(struct account *account) {
    struct account *best = account;

    for (unsigned i = 1; i < legs_count(account); i++) {
        struct account *leg = legs_get(account, i);

        if (nearness_of(leg) > nearness_of(best))
            best = leg;
    }
    return best;
}

/* At the start the answer of one comes before that of another, and at the end too: that is no
 * failure. */
static bool has_failed(const struct account *leg) {
    return leg->intent == INTENT_REGISTERED && leg->failures > 0;
}

void legs_settle(struct engine *engine, struct legs *legs, bool lost, hf_time now) {
    if (!legs)
        return;
    standby_settle(engine, legs, now);
    const uint32_t bound = first_bound(legs);
    const bool over = bound > legs->working;

    if (bound == legs->count || bound == legs->working ||
        (over && !lost && !has_failed(legs->members[legs->working])))
        return;
    struct account *leg = legs->members[bound];

    legs->working = bound;
    journal_note(&leg->journal, over ? JOURNAL_FAILOVER : JOURNAL_FAILBACK, leg->binding.hop, now);
    account_event(engine, leg, over ? HF_EVENT_FAILOVER : HF_EVENT_FAILBACK, leg->binding.hop,
                  &leg->binding.target, 0, SLICE_NONE, now);
}

void legs_leave(struct engine *engine, struct account *leg) {
    struct legs *legs = leg->legs;

    if (!legs)
        return;
    const uint32_t index = legs_index_of(leg);

    if (leg->binding.path && legs_other_is_bound(leg))
        engine->registered++; /* it counts by itself now */
    leg->legs = NULL;
    legs->count--;
    for (uint32_t i = index; i < legs->count; i++)
        legs->members[i] = legs->members[i + 1];
    if (legs->count > 0)
        engine->further_legs--;
    if (legs->working > index)
        legs->working--;
    if (legs->count == 0)
        free(legs);
}

/* Fills in all of them, and takes them apart: what is done to one may be the end of it. */
static unsigned take_apart(struct engine *engine, struct account *account,
                           struct account *members[LEGS_MAX]) {
    const unsigned count = legs_count(account);

    for (unsigned i = 0; i < count; i++)
        members[i] = legs_get(account, i);
    for (unsigned i = count; i-- > 0;)
        legs_leave(engine, members[i]);
    return count;
}

void legs_register(struct engine *engine, struct account *account, hf_time now) {
    for (unsigned i = 0; i < legs_count(account); i++) {
        struct account *leg = legs_get(account, i);

        journal_note(&leg->journal, JOURNAL_ASKED, 0, now);
        account_register(engine, leg, now);
    }
}

void legs_unregister(struct engine *engine, struct account *account, hf_time now) {
    for (unsigned i = 0; i < legs_count(account); i++)
        account_unregister(engine, legs_get(account, i), now);
}

void legs_remove(struct engine *engine, struct account *account, hf_time now) {
    struct account *members[LEGS_MAX];
    const unsigned count = take_apart(engine, account, members);

    for (unsigned i = 0; i < count; i++)
        account_remove(engine, members[i], now);
}

void legs_set_busy(struct engine *engine, struct account *account, bool busy, hf_time now) {
    for (unsigned i = 0; i < legs_count(account); i++)
        account_set_busy(engine, legs_get(account, i), busy, now);
}

/* What an account becomes, all that needs memory being there before the first step. */
struct succession {
    unsigned count; /* of legs; 0: none, one registration at a time */
    struct leg_place places[LEGS_MAX];
    struct hf_settings *settings[LEGS_MAX]; /* of each leg, until it is taken over */
    struct account *kept[LEGS_MAX];         /* goes on with them, or NULL */
    struct account *fresh[LEGS_MAX];        /* is new with them, or NULL */
    struct legs *legs;
};

static void abandon(struct engine *engine, struct succession *next) {
    for (unsigned i = 0; i < LEGS_MAX; i++) {
        settings_pool_give(engine->pool, next->settings[i]);
        if (next->fresh[i])
            account_free(engine, next->fresh[i]);
    }
    free(next->legs);
}

/* The leg that the account has for this place, if its binding stays what it is. */
static struct account *leg_to_keep(struct account *account, const struct leg_place *place,
                                   const struct hf_settings *settings) {
    for (unsigned i = 1; i < legs_count(account); i++) {
        struct account *leg = legs_get(account, i);

        if (leg_settings_keep_to(leg->settings, place) && !account_would_move(leg, settings))
            return leg;
    }
    return NULL;
}

static int prepare_leg(struct engine *engine, struct account *account, unsigned i,
                       const struct hf_settings *settings, struct succession *next, hf_time now) {
    const struct leg_place *place = &next->places[i];

    if (leg_settings_take(engine->pool, settings, place, &next->settings[i]))
        return HF_ERROR_MEMORY;
    if (i == 0)
        return 0;
    next->kept[i] = leg_to_keep(account, place, next->settings[i]);
    if (next->kept[i])
        return 0;
    next->fresh[i] = account_new(engine, next->settings[i], account->tag, NULL, now);
    next->settings[i] = NULL;
    if (!next->fresh[i])
        return HF_ERROR_MEMORY;
    next->fresh[i]->busy = account->busy;
    return 0;
}

static int prepare(struct engine *engine, struct account *account,
                   const struct hf_settings *settings, struct succession *next, hf_time now) {
    if (next->count < 2) {
        next->count = 0;
        return settings_pool_take(engine->pool, settings, &next->settings[0]);
    }
    next->legs = calloc(1, sizeof *next->legs);
    if (!next->legs)
        return HF_ERROR_MEMORY;
    for (unsigned i = 0; i < next->count; i++)
        if (prepare_leg(engine, account, i, settings, next, now))
            return HF_ERROR_MEMORY;
    return 0;
}

/* The first leg has its new settings already: the others join it, or go. */
static void succeed(struct engine *engine, struct account *account, struct succession *next,
                    hf_time now) {
    struct account *former[LEGS_MAX];
    const struct account *working = legs_get(account, account->legs ? account->legs->working : 0);
    const unsigned former_count = take_apart(engine, account, former);

    for (unsigned i = 0; i < next->count; i++) {
        struct account *leg = i == 0 ? account : next->kept[i] ? next->kept[i] : next->fresh[i];

        join(engine, next->legs, leg);
        if (leg == working)
            next->legs->working = i;
    }
    for (unsigned i = 1; i < former_count; i++)
        if (!former[i]->legs)
            account_remove(engine, former[i], now);
    for (unsigned i = 1; i < next->count; i++) {
        if (next->fresh[i])
            account_set_going(engine, next->fresh[i], now);
        else
            (void)account_change(engine, next->kept[i], next->settings[i], now); /* cannot fail */
    }
    legs_settle(engine, account->legs, false, now);
}

int legs_change(struct engine *engine, struct account *account, const struct hf_settings *settings,
                hf_time now) {
    struct succession next = {0};
    int error;

    next.count = leg_places(settings, next.places);
    error = prepare(engine, account, settings, &next, now);
    if (error == 0 && hf_settings_equal(account->settings, next.settings[0])) {
        abandon(engine, &next);
        return 0;
    }
    if (error == 0) {
        struct hf_settings *own = next.settings[0];

        next.settings[0] = NULL; /* given back by whoever takes it, if that fails */
        error = account_change(engine, account, own, now);
    }
    if (error)
        abandon(engine, &next);
    else if (account->legs || next.count > 0)
        succeed(engine, account, &next, now);
    return error;
}

void legs_check(const struct legs *legs) {
    HF_ASSERT(legs->count >= 2 && legs->count <= LEGS_MAX && legs->working < legs->count);
    for (uint32_t i = 0; i < legs->count; i++) {
        const struct account *leg = legs->members[i];

        HF_ASSERT(leg->legs == legs && leg->intent != INTENT_GONE);
        HF_ASSERT(leg->tag == legs->members[0]->tag);
        HF_ASSERT(i == 0 || !list_is_linked(&leg->changed));
    }
}
