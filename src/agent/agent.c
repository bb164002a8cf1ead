#include "holdfast/agent.h"

#include <stdlib.h>

#include "account/account.h"
#include "account/attempt.h"
#include "account/discovery.h"
#include "account/gates.h"
#include "account/keep_alive.h"
#include "account/keeper.h"
#include "account/late.h"
#include "account/legs.h"
#include "account/memory.h"
#include "account/turns.h"
#include "agent/internal.h"
#include "base/assert.h"
#include "usage/recall.h"

/* Time never goes back: an agent that believed otherwise would wait for ever. */
static void note_time(struct hf_agent *agent, hf_time now) {
    HF_ASSERT(now >= agent->now && now != HF_NEVER);
    agent->now = now;
}

static int init_engine(struct engine *engine, const struct hf_agent_options *options, hf_time now) {
    engine->started_at = now;
    random_init(&engine->random, options->seed);
    engine->part = options->part;
    engine->parts = options->parts;
    outbox_init(&engine->outbox);
    timer_wheel_init(&engine->wheel, now);
    names_init(&engine->names, &engine->random);
    health_init(&engine->health, &engine->random);
    paths_init(&engine->paths, &engine->wheel, ENGINE_TIMER_KEEPER, &engine->random);
    client_transactions_init(&engine->clients, &engine->wheel, ENGINE_TIMER_CLIENT,
                             &engine->random);
    users_init(&engine->users, &engine->random);
    slab_init(&engine->accounts, sizeof(struct account));
    slab_init(&engine->attempts, sizeof(struct attempt));
    slab_init(&engine->pasts, sizeof(struct past));
    slab_init(&engine->keep_alives, sizeof(struct keep_alive));
    list_init(&engine->changed);
    turns_init(&engine->turns);
    gates_init(&engine->gates);
    lates_init(&engine->lates);
    engine->digest = digest_context_create();
    if (!engine->digest || settings_pool_create(&engine->pool))
        return HF_ERROR_MEMORY;
    return 0;
}

int hf_agent_create(const struct hf_agent_options *options, struct hf_agent **ret, hf_time now) {
    struct hf_agent *agent = calloc(1, sizeof *agent);

    if (!agent)
        return HF_ERROR_MEMORY;
    agent->now = now;
    agent->accounts_max = options->accounts_max;
    int error = init_engine(&agent->engine, options, now);

    server_transactions_init(&agent->servers, &agent->engine.wheel, ENGINE_TIMER_SERVER,
                             SERVER_TRANSACTIONS_MAX, &agent->engine.random);
    if (error) {
        hf_agent_free(agent);
        return error;
    }
    *ret = agent;
    return 0;
}

static void free_accounts(struct engine *engine) {
    struct account *account;
    uint32_t cursor = 0;
    uint64_t handle;

    while ((account = slab_next(&engine->accounts, &cursor, &handle)) != NULL)
        account_free(engine, account);
}

void hf_agent_free(struct hf_agent *agent) {
    if (!agent)
        return;
    struct engine *engine = &agent->engine;

    free_accounts(engine);
    client_transactions_release(&engine->clients);
    server_transactions_release(&agent->servers);
    paths_release(&engine->paths);
    discoveries_release(engine);
    names_release(&engine->names);
    health_release(&engine->health);
    turns_release(&engine->turns);
    gates_release(&engine->gates);
    lates_release(&engine->lates);
    slab_release(&engine->keep_alives);
    slab_release(&engine->pasts);
    slab_release(&engine->attempts);
    slab_release(&engine->accounts);
    users_release(&engine->users);
    settings_pool_free(engine->pool);
    digest_context_free(engine->digest);
    outbox_release(&engine->outbox);
    free(agent);
}

/* An account must say who it is and where it registers. */
static bool is_complete(const struct hf_settings *settings) {
    return settings_text(settings, SETTING_USER, 0).len > 0 && hops_count(settings) > 0;
}

static bool is_full(const struct hf_agent *agent) {
    const struct engine *engine = &agent->engine;

    return agent->accounts_max > 0 &&
           engine->accounts.count - engine->further_legs >= agent->accounts_max;
}

/* Whatever is asked of the settings is asked of the pool's, which know it. */
static int add_account(struct hf_agent *agent, const struct hf_settings *settings, uint64_t tag,
                       const struct hf_remembered *remembered, size_t remembered_count,
                       hf_account_id *ret, hf_time now) {
    struct engine *engine = &agent->engine;
    struct hf_settings *own;

    note_time(agent, now);
    if (settings_pool_take(engine->pool, settings, &own))
        return HF_ERROR_MEMORY;
    const int error = !is_complete(own) ? HF_ERROR_INVALID : is_full(agent) ? HF_ERROR_LIMIT : 0;

    if (error) {
        settings_pool_give(engine->pool, own);
        return error;
    }
    struct account *account = legs_add(engine, own, tag, remembered, remembered_count, now);

    if (!account)
        return HF_ERROR_MEMORY;
    *ret = account->id;
    return 0;
}

int hf_agent_add_account(struct hf_agent *agent, const struct hf_settings *settings, uint64_t tag,
                         hf_account_id *ret, hf_time now) {
    return add_account(agent, settings, tag, NULL, 0, ret, now);
}

int hf_agent_restore_account(struct hf_agent *agent, const struct hf_settings *settings,
                             uint64_t tag, const struct hf_remembered *remembered,
                             hf_account_id *ret, hf_time now) {
    return hf_agent_restore_legs(agent, settings, tag, remembered, 1, ret, now);
}

int hf_agent_restore_legs(struct hf_agent *agent, const struct hf_settings *settings, uint64_t tag,
                          const struct hf_remembered *remembered, size_t count, hf_account_id *ret,
                          hf_time now) {
    for (size_t i = 0; i < count; i++)
        if (!recall_is_sound(&remembered[i]))
            return HF_ERROR_RANGE;
    return add_account(agent, settings, tag, remembered, count, ret, now);
}

const struct hf_settings *hf_agent_settings(const struct hf_agent *agent, hf_account_id id) {
    const struct account *account = account_find(&agent->engine, id);

    return account ? account->settings : NULL;
}

int hf_agent_change_account(struct hf_agent *agent, hf_account_id id,
                            const struct hf_settings *settings, hf_time now) {
    struct account *account = account_find(&agent->engine, id);

    note_time(agent, now);
    if (!account)
        return HF_ERROR_UNKNOWN;
    if (!is_complete(settings))
        return HF_ERROR_INVALID;
    return legs_change(&agent->engine, account, settings, now);
}

int hf_agent_remove_account(struct hf_agent *agent, hf_account_id id, hf_time now) {
    struct account *account = account_find(&agent->engine, id);

    note_time(agent, now);
    if (!account)
        return HF_ERROR_UNKNOWN;
    legs_remove(&agent->engine, account, now);
    return 0;
}

int hf_agent_register(struct hf_agent *agent, hf_account_id id, hf_time now) {
    struct account *account = account_find(&agent->engine, id);

    note_time(agent, now);
    if (!account)
        return HF_ERROR_UNKNOWN;
    legs_register(&agent->engine, account, now);
    return 0;
}

int hf_agent_unregister(struct hf_agent *agent, hf_account_id id, hf_time now) {
    struct account *account = account_find(&agent->engine, id);

    note_time(agent, now);
    if (!account)
        return HF_ERROR_UNKNOWN;
    legs_unregister(&agent->engine, account, now);
    return 0;
}

int hf_agent_set_busy(struct hf_agent *agent, hf_account_id id, bool busy, hf_time now) {
    struct account *account = account_find(&agent->engine, id);

    note_time(agent, now);
    if (!account)
        return HF_ERROR_UNKNOWN;
    legs_set_busy(&agent->engine, account, busy, now);
    return 0;
}

void hf_agent_stop(struct hf_agent *agent, hf_time now) {
    struct engine *engine = &agent->engine;
    struct account *account;
    uint32_t cursor = 0;
    uint64_t handle;

    note_time(agent, now);
    while ((account = slab_next(&engine->accounts, &cursor, &handle)) != NULL) {
        if (account->intent == INTENT_GONE)
            account_remove_now(engine, account, now);
        else if (settings_bool(account->settings, SETTING_UNREGISTER_AT_EXIT, 0))
            account_unregister(engine, account, now);
        else
            account_halt(engine, account);
    }
    late_forget_all(engine);
}

bool hf_agent_stopped(const struct hf_agent *agent) {
    return agent->engine.attempts.count == 0;
}

hf_time hf_agent_deadline(const struct hf_agent *agent) {
    return timer_wheel_deadline(&agent->engine.wheel);
}

static void expire_client(struct engine *engine, struct timer *timer, hf_time now) {
    struct client_outcome outcome;

    if (client_transactions_expire(&engine->clients, timer, &engine->outbox, &outcome, now))
        dispatch_outcome(engine, &outcome, NULL, now);
}

void hf_agent_expire(struct hf_agent *agent, hf_time now) {
    struct engine *engine = &agent->engine;

    note_time(agent, now);
    for (struct timer *timer; (timer = timer_wheel_next_due(&engine->wheel, now)) != NULL;) {
        switch ((enum engine_timer)timer->kind) {
        case ENGINE_TIMER_ACCOUNT:
            account_expire(engine, CONTAINER_OF(timer, struct account, timer), now);
            break;
        case ENGINE_TIMER_TURNS:
            turns_expire(engine, now);
            break;
        case ENGINE_TIMER_GATE:
            gates_expire(engine, timer, now);
            break;
        case ENGINE_TIMER_PATIENCE:
            attempt_out_of_patience(engine, timer, now);
            break;
        case ENGINE_TIMER_DISCOVERY:
            discovery_expire(engine, timer, now);
            break;
        case ENGINE_TIMER_DISCOVERY_PATIENCE:
            discovery_out_of_patience(engine, timer, now);
            break;
        case ENGINE_TIMER_LATES:
            late_expire(engine, now);
            break;
        case ENGINE_TIMER_CLIENT:
            expire_client(engine, timer, now);
            break;
        case ENGINE_TIMER_SERVER:
            server_transactions_expire(&agent->servers, timer, now);
            break;
        case ENGINE_TIMER_KEEP_ALIVE:
            keep_alive_expire(engine, timer, now);
            break;
        case ENGINE_TIMER_KEEPER:
            keeper_expire(engine, timer, now);
            break;
        }
        end_given_up_paths(agent, now);
    }
}

bool hf_agent_next_output(struct hf_agent *agent, struct hf_output *ret) {
    struct engine *engine = &agent->engine;

    return outbox_next(&engine->outbox, ret) ||
           (paths_close_rest(&engine->paths, &engine->outbox) && outbox_next(&engine->outbox, ret));
}

int hf_agent_resolved(struct hf_agent *agent, hf_query_id query, const struct hf_dns_answer *answer,
                      hf_time now) {
    struct list_node woken;

    note_time(agent, now);
    list_init(&woken);
    int error = names_resolved(&agent->engine.names, query, answer, &woken, now);

    wake_all(&agent->engine, &woken, now);
    return error;
}
