#include "account/keep_alive.h"

#include "account/internal.h"
#include "base/assert.h"

static void set_state(struct keep_alive *k, enum keep_alive_state state) {
    HF_ASSERT(k->state != KEEP_ALIVE_GIVEN_UP || state != KEEP_ALIVE_ASKING);
    k->state = (uint8_t)state;
}

static struct account *account_of(const struct engine *engine, const struct keep_alive *k) {
    struct account *account = slab_get(&engine->accounts, k->account);

    HF_ASSERT(account && account->keep_alive == k);
    return account;
}

static hf_time interval_of(const struct account *account) {
    return probe_policy(account->settings).interval;
}

static void abandon(struct engine *engine, uint64_t *transaction) {
    if (*transaction != 0)
        client_transaction_abandon(&engine->clients, *transaction);
    *transaction = 0;
}

/* The last request counts no more, whatever becomes of it. */
static void retire(struct engine *engine, struct keep_alive *k) {
    abandon(engine, &k->former);
    k->former = k->transaction;
    k->transaction = 0;
    set_state(k, KEEP_ALIVE_RESTING);
}

void keep_alive_stop(struct engine *engine, struct account *account) {
    struct keep_alive *k = account->keep_alive;

    if (!k)
        return;
    abandon(engine, &k->transaction);
    abandon(engine, &k->former);
    timer_wheel_cancel(&engine->wheel, &k->timer);
    account->keep_alive = NULL;
    slab_give(&engine->keep_alives, k->handle);
}

/* The first one anywhere within the interval, so that accounts which registered together do not
 * ask together; the others up to a tenth early, so that they do not fall into step later. */
static void plan_first(struct engine *engine, const struct account *account, struct keep_alive *k,
                       hf_time now) {
    hf_time wait = 1 + random_below(&engine->random, interval_of(account));

    timer_wheel_set(&engine->wheel, &k->timer, now + wait);
}

static void plan_next(struct engine *engine, const struct account *account, struct keep_alive *k,
                      hf_time now) {
    hf_time interval = interval_of(account);
    hf_time early = random_below(&engine->random, interval / 10);

    timer_wheel_set(&engine->wheel, &k->timer, now + interval - early);
}

/* Without memory there is none until the next refresh. */
static struct keep_alive *make(struct engine *engine, struct account *account) {
    uint64_t handle;
    struct keep_alive *k = slab_take(&engine->keep_alives, &handle);

    if (!k)
        return NULL;
    k->handle = handle;
    k->account = account->id;
    timer_init(&k->timer, ENGINE_TIMER_KEEP_ALIVE);
    probe_init(&k->probe, &engine->random);
    account->keep_alive = k;
    return k;
}

void keep_alive_registered(struct engine *engine, struct account *account, hf_time now) {
    struct keep_alive *k = account->keep_alive;

    HF_ASSERT(account->binding.path);
    if (probe_policy(account->settings).method == SIP_METHOD_OTHER)
        return;
    if (!k)
        k = make(engine, account);
    if (!k)
        return;
    k->unanswered = 0;
    if (k->state == KEEP_ALIVE_GIVEN_UP)
        set_state(k, KEEP_ALIVE_RESTING);
    if (!timer_is_set(&k->timer))
        plan_first(engine, account, k, now);
}

static void give_up(struct engine *engine, struct account *account, struct keep_alive *k,
                    hf_time now) {
    const struct binding *binding = &account->binding;
    char text[64];
    struct writer w = writer_of(text, sizeof text);

    abandon(engine, &k->transaction);
    abandon(engine, &k->former);
    timer_wheel_cancel(&engine->wheel, &k->timer);
    set_state(k, KEEP_ALIVE_GIVEN_UP);
    journal_note(&account->journal, JOURNAL_KEEP_ALIVE_LOST, k->unanswered, now);
    writer_put_literal(&w, "no answer to ");
    writer_put_number(&w, k->unanswered);
    writer_put_literal(&w, " keep-alives in a row");
    account_event(engine, account, HF_EVENT_KEEPALIVE_LOST, binding->hop, &binding->target, 0,
                  writer_slice(&w), now);
    account_register_again(engine, account, now);
}

/* One more try without an answer. True: it was the last, and `k` may be gone. */
static bool count_unanswered(struct engine *engine, struct account *account, struct keep_alive *k,
                             hf_time now) {
    const uint32_t max_tries = probe_policy(account->settings).max_tries;

    if (max_tries == 0 || ++k->unanswered < max_tries)
        return false;
    give_up(engine, account, k, now);
    return true;
}

static bool send_request(struct engine *engine, const struct account *account, struct keep_alive *k,
                         hf_time now) {
    const struct binding *binding = &account->binding;
    char buffer[LIMIT_REQUEST_BYTES];
    char branch[BRANCH_TEXT_MAX];
    struct hop hop;
    struct client_params params = {
        .owner = k->handle,
        .owner_kind = ENGINE_OWNER_KEEP_ALIVE,
        .method = probe_policy(account->settings).method,
        .cseq = probe_next_cseq(&k->probe, &engine->random),
        .path = binding->path->id,
        .path_transactions = &binding->path->transactions,
        .to = binding->target.address,
        .reliable = binding->target.transport != HF_TRANSPORT_UDP,
    };

    if (binding->path->state != PATH_OPEN || !hop_get(account->settings, binding->hop, &hop))
        return false;
    const struct exchange_place place = binding_place(account, &hop);
    hf_time long_enough = 2 * interval_of(account);

    params.timing = policy_timing(account->settings, &hop, true);
    if (params.timing.timer_f > long_enough)
        params.timing.timer_f = long_enough;
    uint64_t transaction = client_transaction_new(&engine->clients, &params, branch);

    if (transaction == 0)
        return false;
    const struct hf_slice request =
        probe_request(&k->probe, &account->registration, &place, branch, buffer, sizeof buffer);

    if (request.len == 0) {
        client_transaction_abandon(&engine->clients, transaction);
        return false;
    }
    if (client_transaction_send(&engine->clients, transaction, request, &engine->outbox, now))
        return false;
    k->transaction = transaction;
    engine->requests_sent++;
    return true;
}

/* A machine that slept, or was busy for so long, did not listen: what was open then says nothing
 * about the server. */
static bool overslept(const struct account *account, const struct keep_alive *k, hf_time now) {
    return now - k->asked_at >= 2 * interval_of(account);
}

/* However late it is, one request goes out, and the next an interval from now. */
void keep_alive_expire(struct engine *engine, struct timer *timer, hf_time now) {
    struct keep_alive *k = CONTAINER_OF(timer, struct keep_alive, timer);
    struct account *account = account_of(engine, k);
    bool unheard = k->state == KEEP_ALIVE_ASKING && !overslept(account, k, now);

    HF_ASSERT(k->state != KEEP_ALIVE_GIVEN_UP);
    if (k->state == KEEP_ALIVE_ASKING)
        retire(engine, k);
    if (unheard && count_unanswered(engine, account, k, now))
        return;
    k->asked_at = now;
    if (send_request(engine, account, k, now))
        set_state(k, KEEP_ALIVE_ASKING);
    else if (count_unanswered(engine, account, k, now))
        return;
    plan_next(engine, account, k, now);
}

static void forget(struct keep_alive *k, uint64_t transaction) {
    if (k->transaction == transaction) {
        k->transaction = 0;
        set_state(k, KEEP_ALIVE_RESTING);
    } else {
        HF_ASSERT(k->former == transaction);
        k->former = 0;
    }
}

void keep_alive_outcome(struct engine *engine, const struct client_outcome *outcome, hf_time now) {
    struct keep_alive *k = slab_get(&engine->keep_alives, outcome->owner);

    HF_ASSERT(k);
    struct account *account = account_of(engine, k);
    bool counts = k->transaction == outcome->transaction;

    switch (outcome->kind) {
    case CLIENT_RESENT:
        break;
    case CLIENT_PROVISIONAL:
        k->unanswered = 0;
        if (counts)
            retire(engine, k);
        break;
    case CLIENT_FINAL:
        k->unanswered = 0;
        forget(k, outcome->transaction);
        break;
    case CLIENT_TIMEOUT:
    case CLIENT_PATH_FAILED:
        forget(k, outcome->transaction);
        if (counts && !overslept(account, k, now))
            (void)count_unanswered(engine, account, k, now);
        break;
    }
}

void keep_alive_check(const struct engine *engine, const struct account *account) {
    const struct keep_alive *k = account->keep_alive;

    if (!k)
        return;
    HF_ASSERT(slab_get(&engine->keep_alives, k->handle) == k && k->account == account->id);
    HF_ASSERT(account->binding.path && !account_is_removing(account));
    HF_ASSERT((k->state == KEEP_ALIVE_ASKING) == (k->transaction != 0));
    HF_ASSERT((k->state == KEEP_ALIVE_GIVEN_UP) == !timer_is_set(&k->timer));
    HF_ASSERT(k->state != KEEP_ALIVE_GIVEN_UP || k->former == 0);
}
