/* What all accounts of one agent share; handed to every function of this floor. */
#ifndef ACCOUNT_ENGINE_H
#define ACCOUNT_ENGINE_H

#include "account/paths.h"
#include "account/users.h"
#include "base/heap.h"
#include "base/outbox.h"
#include "base/random.h"
#include "base/slab.h"
#include "base/timer_wheel.h"
#include "settings/settings.h"
#include "sip/digest.h"
#include "target/health.h"
#include "target/names.h"
#include "target/pace.h"
#include "transaction/client.h"

/* Whose timer it is that comes out of the wheel. */
enum engine_timer {
    ENGINE_TIMER_ACCOUNT,
    ENGINE_TIMER_CLIENT,
    ENGINE_TIMER_SERVER,
    ENGINE_TIMER_KEEP_ALIVE,
    ENGINE_TIMER_KEEPER,
    ENGINE_TIMER_TURNS,
    ENGINE_TIMER_GATE,
    ENGINE_TIMER_PATIENCE,
    ENGINE_TIMER_DISCOVERY,
    ENGINE_TIMER_DISCOVERY_PATIENCE,
    ENGINE_TIMER_LATES,
};

/* Whom a client transaction's outcome is for. */
enum engine_owner {
    ENGINE_OWNER_ATTEMPT,
    ENGINE_OWNER_KEEP_ALIVE,
};

/* Who waits until it may send (turns.h). */
struct turns {
    struct heap queue; /* of accounts, by the end of their binding */
    struct slab slab;  /* of their places in it */
    struct pace pace;
    struct timer timer;
};

/* Who waits until it may send to one target (gates.h). */
struct gates {
    struct map by_target;
    struct list_node all;
};

/* Answers that may still come (late.h). */
struct lates {
    struct slab slab;
    struct map by_secret;
    struct map by_account;
    struct list_node in_order; /* the first is forgotten first, */
    struct timer timer;        /* then */
};

struct engine {
    struct outbox outbox;
    struct timer_wheel wheel;
    struct random random;
    struct names names;
    struct health health;
    struct paths paths;
    struct client_transactions clients;
    struct slab accounts;
    struct users users;
    struct slab attempts;
    struct turns turns;
    struct gates gates;
    struct lates lates;
    struct slab pasts; /* struct past */
    struct slab keep_alives;
    struct map discoveries; /* discovery.h */
    struct map discoveries_by_id;
    struct list_node changed; /* accounts whose memory the owner has not seen */
    struct settings_pool *pool;
    struct digest_context *digest;
    uint32_t part, parts; /* of the rates that agents of one program share; 0 of 1 */
    hf_time started_at;
    uint64_t registered;   /* accounts with a binding */
    uint64_t further_legs; /* in `accounts`, beside the first of each account (legs.h) */
    uint64_t requests_sent;
    struct hf_slice path_detail; /* what the owner says of a path, while it reports a failure */
};

/* This agent's part of a rate (0: no limit). What is less than one for each is one. */
static inline uint32_t engine_rate(const struct engine *engine, int64_t rate) {
    uint32_t all = (uint32_t)rate, mine = all;

    if (engine->parts > 1)
        mine = all / engine->parts + (engine->part < all % engine->parts);
    return mine > 0 || all == 0 ? mine : 1;
}

#endif
