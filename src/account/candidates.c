#include "account/candidates.h"

#include "base/assert.h"

void candidates_begin(struct candidates *candidates, uint32_t first_hop, candidate_rank end) {
    *candidates = (struct candidates){.first_hop = first_hop,
                                      .end = end,
                                      .rested_at = HF_NEVER,
                                      .records_expire_at = HF_NEVER,
                                      .asked_until_at = HF_NEVER};
}

void candidates_begin_with(struct candidates *candidates, uint32_t hop,
                           const struct candidate *only) {
    *candidates = (struct candidates){.hop = hop,
                                      .at_hop = true,
                                      .end = 0,
                                      .rested_at = HF_NEVER,
                                      .records_expire_at = HF_NEVER,
                                      .asked_until_at = HF_NEVER};
    locate_begin_with(&candidates->locating, only);
}

void candidates_prefer(struct candidates *candidates, uint32_t hop,
                       const struct candidate *preferred) {
    candidates->preferred = *preferred;
    candidates->preferred_hop = hop;
}

void candidates_mind_health(struct candidates *candidates, uint64_t scope, bool last_resort) {
    candidates->minds_health = true;
    candidates->scope = scope;
    candidates->last_resort = last_resort;
}

void candidates_end(struct candidates *candidates) {
    locate_end(&candidates->locating);
    tried_release(&candidates->tried);
}

/* Hops that can have a place better than the end. */
static uint32_t hops_in_reach(const struct hf_settings *settings,
                              const struct candidates *candidates) {
    uint32_t count = hops_count(settings), reach;

    if (candidates->single)
        return candidates->tried.count > 0 ? 0 : 1;
    if (candidates->end == RANK_ANY)
        return count;
    reach = (candidates->end >> 16) + ((candidates->end & UINT16_MAX) > 0 ? 1 : 0);
    return reach < count ? reach : count;
}

/* The first hop first, then the others in their order. */
static uint32_t hop_at(const struct candidates *candidates, uint32_t position) {
    if (position == 0)
        return candidates->first_hop;
    return position <= candidates->first_hop ? position - 1 : position;
}

/* Begins with the next hop; false when there is none. */
static bool enter_hop(const struct hf_settings *settings, struct candidates *candidates) {
    struct hop hop;

    if (candidates->position >= hops_in_reach(settings, candidates))
        return false;
    candidates->hop = hop_at(candidates, candidates->position++);
    bool found = hop_get(settings, candidates->hop, &hop);

    HF_ASSERT(found);
    bool preferred = candidates->preferred.target.address.family != HF_FAMILY_NONE &&
                     candidates->preferred_hop == candidates->hop;

    const struct next_hop next = hop_next(&hop, settings);

    locate_begin(&candidates->locating, &next, preferred ? &candidates->preferred : NULL);
    candidates->locating.among_equals = candidates->preferred_among_equals;
    candidates->at_hop = true;
    candidates->led_somewhere = false;
    return true;
}

static bool is_to_be_tried(const struct candidates *candidates, const struct candidate *found) {
    bool in_reach = candidates->end == 0 || candidates->end == RANK_ANY ||
                    rank_of(candidates->hop, found->level) < candidates->end;

    return in_reach && candidates->tried.count < TRIED_MAX &&
           !tried_has(&candidates->tried, &found->target);
}

/* What the first hop leads to is not what was sought there: the walk begins as usual. */
static bool is_in_vain(const struct candidates *candidates, const struct candidate *found) {
    return candidates->seeks && candidates->first_hop > 0 &&
           !target_equal(&found->target, &candidates->preferred.target);
}

static void begin_as_usual(struct candidates *candidates) {
    locate_end(&candidates->locating);
    candidates->seeks = false;
    candidates->first_hop = 0;
    candidates->position = 0;
    candidates->preferred = (struct candidate){0};
    candidates->at_hop = false;
}

static bool counts_as_dead(const struct candidates *candidates, enum health_state state) {
    switch (state) {
    case HEALTH_ALIVE:
        return false;
    case HEALTH_RESTING:
    case HEALTH_ON_TRIAL:
        return !candidates->second_round;
    case HEALTH_ASKED:
        return true;
    }
    HF_UNREACHABLE();
}

static void note_dead(struct candidates *candidates, enum health_state state, hf_time until_at) {
    if (state == HEALTH_ALIVE)
        return;
    if (state == HEALTH_ASKED && until_at < candidates->asked_until_at)
        candidates->asked_until_at = until_at;
    candidates->passed_over = candidates->passed_over || state != HEALTH_ASKED;
    candidates->passed_trial = candidates->passed_trial || state == HEALTH_ON_TRIAL;
    if (until_at < candidates->rested_at)
        candidates->rested_at = until_at;
}

static bool is_dead(struct health *health, struct candidates *candidates,
                    const struct target *target, hf_time now) {
    hf_time until_at = HF_NEVER;

    if (!candidates->minds_health)
        return false;
    const enum health_state state = health_ask(health, target, candidates->scope, &until_at, now);

    note_dead(candidates, state, until_at);
    return counts_as_dead(candidates, state);
}

bool candidates_still_goes(const struct health *health, const struct candidates *candidates,
                           hf_time now) {
    hf_time until_at;

    return !candidates->minds_health ||
           !counts_as_dead(candidates, health_ask_again(health, &candidates->current.target,
                                                        candidates->scope, &until_at, now));
}

void candidates_pass(const struct health *health, struct candidates *candidates, hf_time now) {
    hf_time until_at = HF_NEVER;

    tried_take_back(&candidates->tried);
    const enum health_state state =
        health_ask_again(health, &candidates->current.target, candidates->scope, &until_at, now);

    note_dead(candidates, state, until_at);
}

/* All that were thought alive have failed: those that were passed over have their turn. */
static bool begin_second_round(struct candidates *candidates) {
    if (candidates->second_round || !candidates->passed_over || !candidates->last_resort)
        return false;
    candidates->second_round = true;
    candidates->position = 0;
    return true;
}

static enum candidates_result take(struct engine *engine, struct candidates *candidates,
                                   const struct candidate *found, hf_time now) {
    candidates->current = *found;
    if (found->expires_at < candidates->records_expire_at)
        candidates->records_expire_at = found->expires_at;
    if (is_dead(&engine->health, candidates, &found->target, now))
        return CANDIDATES_PASSED;
    tried_add(&candidates->tried, &found->target);
    candidates->at_hop = !candidates->single;
    return CANDIDATES_FOUND;
}

enum candidates_result candidates_next(struct engine *engine, const struct hf_settings *settings,
                                       struct candidates *candidates, struct list_node *waiter,
                                       hf_time now) {
    struct candidate found;

    while (candidates->at_hop || enter_hop(settings, candidates) ||
           begin_second_round(candidates)) {
        if (!candidates->at_hop)
            continue;
        switch (locate_next(&candidates->locating, &engine->names, &engine->random, waiter,
                            &engine->outbox, &found, now)) {
        case LOCATE_WAITING:
            return CANDIDATES_WAITING;
        case LOCATE_DONE:
            candidates->at_hop = false;
            if (!candidates->led_somewhere && !candidates->second_round)
                return CANDIDATES_NOWHERE;
            break;
        case LOCATE_FOUND:
            if (is_in_vain(candidates, &found)) {
                begin_as_usual(candidates);
                break;
            }
            candidates->seeks = false;
            candidates->led_somewhere = true;
            if (is_to_be_tried(candidates, &found) && tried_make_room(&candidates->tried))
                return take(engine, candidates, &found, now);
            break;
        }
    }
    return CANDIDATES_OVER;
}

/* Whether it will be asked after all: at once, or in the second round. */
static bool has_a_turn(const struct health *health, const struct candidates *candidates,
                       const struct target *target, hf_time now) {
    return !candidates->minds_health || candidates->last_resort ||
           health_is_alive(health, target, candidates->scope, now);
}

enum locate_result candidates_rival(struct engine *engine, struct candidates *candidates,
                                    struct candidate *ret, hf_time now) {
    if (candidates->single || !candidates->at_hop)
        return LOCATE_DONE;
    const enum locate_result result =
        locate_rival(&candidates->locating, &engine->names, &engine->random, &engine->outbox,
                     &candidates->current, ret, now);

    if (result != LOCATE_FOUND)
        return result;
    return is_to_be_tried(candidates, ret) &&
                   (!candidates->minds_health ||
                    health_is_alive(&engine->health, &ret->target, candidates->scope, now))
               ? LOCATE_FOUND
               : LOCATE_DONE;
}

void candidates_swap(struct engine *engine, struct candidates *candidates,
                     const struct candidate *rival, hf_time now) {
    hf_time until_at;

    if (candidates->minds_health)
        (void)health_ask(&engine->health, &rival->target, candidates->scope, &until_at, now);
    tried_take_back(&candidates->tried);
    tried_add(&candidates->tried, &rival->target);
    locate_put_back(&candidates->locating, &candidates->current);
    candidates->current = *rival;
}

/* Whether the hop is an address that was tried already: a server that is configured twice, as some
 * guides advise. A name may lead elsewhere when it is asked for again. */
static bool has_nothing_new(const struct hf_settings *settings, const struct candidates *candidates,
                            uint32_t index) {
    struct target target;
    struct hop hop;
    bool found = hop_get(settings, index, &hop);

    HF_ASSERT(found);
    const struct next_hop next = hop_next(&hop, settings);

    return locate_is_address(&next, &target) && tried_has(&candidates->tried, &target);
}

static bool has_other_hops(const struct hf_settings *settings,
                           const struct candidates *candidates) {
    const uint32_t reach = hops_in_reach(settings, candidates);

    for (uint32_t position = candidates->position; position < reach; position++)
        if (!has_nothing_new(settings, candidates, hop_at(candidates, position)))
            return true;
    return false;
}

bool candidates_is_last(struct engine *engine, const struct hf_settings *settings,
                        struct candidates *candidates, hf_time now) {
    struct candidate ahead;

    bool more_rounds =
        candidates->passed_over && candidates->last_resort && !candidates->second_round;

    if (candidates->single || more_rounds || has_other_hops(settings, candidates))
        return false;
    for (;;) {
        switch (locate_peek(&candidates->locating, &engine->names, &engine->random, &engine->outbox,
                            &ahead, now)) {
        case LOCATE_WAITING:
            /* what is not known yet counts as something, but for what may never come */
            return locate_has_only_late(&candidates->locating);
        case LOCATE_DONE:
            return true;
        case LOCATE_FOUND:
            if (is_to_be_tried(candidates, &ahead) &&
                has_a_turn(&engine->health, candidates, &ahead.target, now))
                return false;
            (void)locate_next(&candidates->locating, &engine->names, &engine->random, NULL,
                              &engine->outbox, &ahead, now);
        }
    }
}

struct candidate_ahead candidates_ahead(const struct hf_settings *settings,
                                        const struct candidates *candidates, bool looked_up) {
    struct candidate_ahead ahead = {.kind = AHEAD_NOTHING};

    if (looked_up && candidates->at_hop) {
        switch (locate_ahead(&candidates->locating, &ahead.target)) {
        case LOCATE_FOUND:
            ahead.kind =
                candidates->end == RANK_ANY && !tried_has(&candidates->tried, &ahead.target)
                    ? AHEAD_TARGET
                    : AHEAD_SAME;
            return ahead;
        case LOCATE_WAITING:
            ahead.kind = AHEAD_SAME;
            return ahead;
        case LOCATE_DONE:
            break;
        }
    }
    if (candidates->position < hops_in_reach(settings, candidates)) {
        ahead.kind = AHEAD_HOP;
        ahead.hop = hop_at(candidates, candidates->position);
    }
    return ahead;
}
