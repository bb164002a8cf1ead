/* Paths that open and break, and who is to know. */
#include "account/attempt.h"
#include "account/discovery.h"
#include "account/loss.h"
#include "account/network.h"
#include "agent/internal.h"
#include "base/assert.h"

void wake_all(struct engine *engine, struct list_node *woken, hf_time now) {
    for (struct list_node *node; (node = list_take_first(woken)) != NULL;) {
        struct attempt_waiter *waiter = CONTAINER_OF(node, struct attempt_waiter, node);

        if (waiter->attempt)
            attempt_woken(engine, waiter, now);
        else
            discovery_woken(engine, CONTAINER_OF(waiter, struct discovery, waiter), now);
    }
}

int hf_agent_path_opened(struct hf_agent *agent, hf_path_id id, const struct hf_address *local,
                         hf_time now) {
    struct list_node woken;

    HF_ASSERT(now >= agent->now);
    agent->now = now;
    list_init(&woken);
    int error = path_opened(&agent->engine.paths, id, local, &woken, now);

    wake_all(&agent->engine, &woken, now);
    return error;
}

/* Nobody can reach us there any more: a connection that ended, a local address that is gone. */
static bool is_lost(const struct path *path) {
    return path_is_stream(path) || path->failure == HF_PATH_LOCAL_ADDRESS;
}

/* Bindings that live on a UDP path are not lost with an ICMP error, which often only says that the
 * server is being restarted: the path is opened again, so that we can still be reached there. */
static bool is_worth_reopening(const struct path *path, bool was_open) {
    return was_open && !is_lost(path) && !list_is_empty(&path->accounts);
}

/* Registrars reach us over the connection that we registered on: without it, the bindings on it are
 * worth nothing. Each account is put back before it acts, as it may leave the path for good. */
static void tell_accounts(struct engine *engine, struct path *path, hf_time now) {
    struct list_node lost;
    uint32_t count = 0;

    list_init(&lost);
    for (struct list_node *node; (node = list_take_first(&path->accounts)) != NULL; count++)
        list_append(&lost, node);
    for (struct list_node *node; (node = list_take_first(&lost)) != NULL;) {
        list_append(&path->accounts, node);
        account_flow_lost(engine, CONTAINER_OF(node, struct account, on_path), count, now);
    }
}

/* The transactions of a broken path end at once, and whoever waited for it is told. */
static void end_path(struct engine *engine, struct path *path, enum hf_path_failure failure,
                     struct hf_slice detail, hf_time now) {
    bool was_open = path->state != PATH_OPENING;
    struct list_node woken;
    struct client_outcome outcome;

    list_init(&woken);
    (void)path_failed(&engine->paths, path->id, failure, &woken);
    engine->path_detail = detail;
    path_hold_again(path);
    if (is_worth_reopening(path, was_open))
        (void)path_reopen(&engine->paths, path, &engine->outbox);
    while (client_transactions_fail_path(&engine->clients, &path->transactions, &outcome))
        dispatch_outcome(engine, &outcome, NULL, now);
    wake_all(engine, &woken, now);
    if (is_lost(path) && was_open)
        tell_accounts(engine, path, now);
    engine->path_detail = SLICE_NONE;
    path_let_go(&engine->paths, path, &engine->outbox);
}

int hf_agent_path_failed(struct hf_agent *agent, hf_path_id id, enum hf_path_failure failure,
                         const char *detail, hf_time now) {
    struct path *path = paths_find(&agent->engine.paths, id);

    HF_ASSERT(now >= agent->now);
    agent->now = now;
    if (!path)
        return HF_ERROR_UNKNOWN;
    end_path(&agent->engine, path, failure, slice_from(detail), now);
    return 0;
}

void end_given_up_paths(struct hf_agent *agent, hf_time now) {
    struct engine *engine = &agent->engine;

    for (struct path *path; (path = paths_next_given_up(&engine->paths)) != NULL;)
        end_path(engine, path, path->failure, SLICE_NONE, now);
}

void hf_agent_network_changed(struct hf_agent *agent, hf_time now) {
    struct engine *engine = &agent->engine;
    struct account *account;
    uint32_t cursor = 0;
    uint64_t handle;

    HF_ASSERT(now >= agent->now);
    agent->now = now;
    health_forgive(&engine->health);
    discoveries_network_changed(engine, now);
    while ((account = slab_next(&engine->accounts, &cursor, &handle)) != NULL)
        account_network_changed(engine, account, now);
}
