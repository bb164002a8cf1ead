#include "target/health.h"

#include <stdlib.h>

#include "base/limits.h"

/* Who tries a target that has rested reports within this time, or somebody else may try. */
static const hf_time trial_max = 40 * HF_SECOND;

struct record {
    struct map_node by_target;
    struct list_node in_all;
    struct target target;
    uint64_t scope;
    bool asked;
    bool own_word; /* that it rests */
    bool on_trial;
    hf_time until_at;  /* 0: alive */
    hf_time served_at; /* 0: never yet */
};

void health_init(struct health *health, struct random *random) {
    map_init(&health->by_target);
    list_init(&health->all);
    health->key.k[0] = random_next(random);
    health->key.k[1] = random_next(random);
}

static void forget(struct health *health, struct record *record) {
    map_remove(&health->by_target, &record->by_target);
    list_remove(&record->in_all);
    free(record);
}

void health_release(struct health *health) {
    for (struct list_node *node; (node = list_first(&health->all)) != NULL;)
        forget(health, CONTAINER_OF(node, struct record, in_all));
    map_release(&health->by_target);
}

static uint64_t hash_of(const struct health *health, const struct target *target, uint64_t scope) {
    struct hash_key key = {
        {health->key.k[0] ^ scope, health->key.k[1] ^ (uint64_t)target->transport}};

    return hash_bytes(&key, &target->address, sizeof target->address);
}

static bool is_of(const struct record *record, const struct target *target, uint64_t scope) {
    return record->scope == scope && target_equal(&record->target, target);
}

/* Mostly it is the one that was spoken of last. */
static struct record *find(const struct health *health, const struct target *target,
                           uint64_t scope) {
    const struct list_node *last = health->all.prev;

    if (last != &health->all && is_of(CONTAINER_OF(last, struct record, in_all), target, scope))
        return CONTAINER_OF(last, struct record, in_all);
    if (health->by_target.count == 0)
        return NULL;
    const uint64_t hash = hash_of(health, target, scope);

    for (struct map_node *n = map_first(&health->by_target, hash); n; n = map_next(n)) {
        struct record *record = CONTAINER_OF(n, struct record, by_target);

        if (is_of(record, target, scope))
            return record;
    }
    return NULL;
}

static struct record *find_or_add(struct health *health, const struct target *target,
                                  uint64_t scope) {
    struct record *record = find(health, target, scope);

    if (record)
        return record;
    if (health->by_target.count >= LIMIT_TARGETS)
        forget(health, CONTAINER_OF(list_first(&health->all), struct record, in_all));
    record = calloc(1, sizeof *record);
    if (!record)
        return NULL;
    record->target = *target;
    record->scope = scope;
    list_init(&record->in_all);
    if (map_insert(&health->by_target, &record->by_target, hash_of(health, target, scope))) {
        free(record);
        return NULL;
    }
    return record;
}

static void touch(struct health *health, struct record *record) {
    list_remove(&record->in_all);
    list_append(&health->all, &record->in_all);
}

enum health_state health_ask(struct health *health, const struct target *target, uint64_t scope,
                             hf_time *ret_until, hf_time now) {
    struct record *record = find(health, target, scope);

    if (!record || record->until_at == 0)
        return HEALTH_ALIVE;
    if (record->until_at <= now) {
        record->until_at = now + trial_max;
        record->asked = false;
        record->on_trial = true;
        return HEALTH_ALIVE;
    }
    *ret_until = record->until_at;
    if (record->on_trial)
        return HEALTH_ON_TRIAL;
    return record->asked ? HEALTH_ASKED : HEALTH_RESTING;
}

bool health_is_alive(const struct health *health, const struct target *target, uint64_t scope,
                     hf_time now) {
    const struct record *record = find(health, target, scope);

    return !record || record->until_at <= now;
}

enum health_state health_ask_again(const struct health *health, const struct target *target,
                                   uint64_t scope, hf_time *ret_until, hf_time now) {
    const struct record *record = find(health, target, scope);

    if (!record || record->until_at <= now || record->on_trial)
        return HEALTH_ALIVE;
    *ret_until = record->until_at;
    return record->asked ? HEALTH_ASKED : HEALTH_RESTING;
}

void health_abandon(struct health *health, const struct target *target, uint64_t scope) {
    struct record *record = find(health, target, scope);

    if (!record || !record->on_trial)
        return;
    record->on_trial = false;
    record->until_at = 1; /* rested */
}

/* An account's own record says nothing while all is well, and need not be kept then. */
void health_served(struct health *health, const struct target *target, uint64_t scope,
                   hf_time now) {
    struct record *record =
        scope == HEALTH_OF_ALL ? find_or_add(health, target, scope) : find(health, target, scope);

    if (!record)
        return;
    record->served_at = now;
    record->on_trial = false;
    record->until_at = 0;
    record->asked = false;
    if (scope == HEALTH_OF_ALL)
        touch(health, record);
    else
        forget(health, record);
}

void health_failed(struct health *health, const struct target *target, uint64_t scope, hf_time rest,
                   bool asked, hf_time since_at, hf_time now) {
    struct record *record = find_or_add(health, target, scope);

    if (!record)
        return;
    touch(health, record);
    if (!asked && record->served_at >= since_at && record->served_at > 0)
        return;
    if (record->asked && !asked && record->until_at > now)
        return; /* what it asked for itself lasts */
    record->on_trial = false;
    record->until_at = now + rest;
    record->asked = record->own_word = asked;
}

void health_own_word(struct health *health, const struct target *target, uint64_t scope) {
    struct record *record = find(health, target, scope);

    if (record)
        record->own_word = true;
}

void health_forgive(struct health *health) {
    for (struct list_node *n = health->all.next; n != &health->all; n = n->next) {
        struct record *record = CONTAINER_OF(n, struct record, in_all);

        if (!record->own_word)
            record->until_at = 0;
    }
}
