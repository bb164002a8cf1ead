#include "account/attempt.h"

#include <stdlib.h>

#include "account/attempt_tell.h"
#include "account/flow.h"
#include "account/mark.h"
#include "account/memory.h"
#include "account/order.h"
#include "account/turns.h"
#include "base/assert.h"

enum { NO_STATUS = 0 };

struct attempt *attempt_find(const struct engine *engine, uint64_t handle) {
    return slab_get(&engine->attempts, handle);
}

static struct account *account_of(const struct engine *engine, const struct attempt *attempt) {
    struct account *account = slab_get(&engine->accounts, attempt->account);

    HF_ASSERT(account && (account->attempt == attempt || account->removal == attempt));
    return account;
}

static void let_go_of_path(struct engine *engine, struct attempt *attempt) {
    list_remove(&attempt->waiter);
    if (attempt->transaction != 0)
        client_transaction_abandon(&engine->clients, attempt->transaction);
    attempt->transaction = 0;
    path_let_go(&engine->paths, attempt->path, &engine->outbox);
    attempt->path = NULL;
}

/* Whoever waits for word of the target need not: there will be none. */
static void leave_unreported(struct engine *engine, const struct account *account,
                             struct attempt *attempt) {
    if (attempt->unreported)
        health_abandon(&engine->health, &attempt->target, mark_scope(account));
    attempt->unreported = false;
}

static void attempt_free(struct engine *engine, struct account *account, struct attempt *attempt) {
    let_go_of_path(engine, attempt);
    exchange_release(&attempt->exchange);
    free(attempt->contact);
    leave_unreported(engine, account, attempt);
    candidates_end(&attempt->candidates);
    if (account->attempt == attempt)
        account->attempt = NULL;
    else
        account->removal = NULL;
    slab_give(&engine->attempts, attempt->handle);
}

void attempt_cancel(struct engine *engine, struct account *account, struct attempt *attempt) {
    if (attempt)
        attempt_free(engine, account, attempt);
}

/* Ends the attempt and tells the account. A path held in the result passes to the account. */
static void finish(struct engine *engine, struct account *account, struct attempt *attempt,
                   struct attempt_result *result, hf_time now) {
    enum attempt_purpose purpose = (enum attempt_purpose)attempt->purpose;
    bool former = account->removal == attempt;

    result->former_failed = attempt->former_failed;
    attempt_free(engine, account, attempt);
    if (former)
        account_removal_ended(engine, account, now);
    else if (purpose == ATTEMPT_TO_FAIL_BACK)
        account_failback_ended(engine, account, result, now);
    else if (purpose == ATTEMPT_TO_CLEAR)
        account_clearing_ended(engine, account, result, now);
    else
        account_attempt_ended(engine, account, result, now);
}

static void finish_exhausted(struct engine *engine, struct account *account,
                             struct attempt *attempt, hf_time now) {
    hf_time asked_until_at = attempt->candidates.asked_until_at;
    hf_time asked = asked_until_at == HF_NEVER ? 0 : asked_until_at - now;
    struct attempt_result result = {
        .verdict = attempt_tears_down(attempt) ? ATTEMPT_REMOVED : ATTEMPT_EXHAUSTED,
        .status = attempt->last_status,
        .retry_after = attempt->any_failed ? attempt->retry_after_min : asked};

    if (asked > 0 && asked < result.retry_after)
        result.retry_after = asked;
    if (asked > 0 && !attempt->any_failed)
        account_note_failure(account, NO_STATUS, SLICE("the server asked to be left alone"));
    finish(engine, account, attempt, &result, now);
}

/* A binding at a target that does not answer need not be removed there: it ends by itself. */
static void note_former(const struct account *account, struct attempt *attempt,
                        const struct target *failed) {
    if (account->binding.path && target_equal(&account->binding.target, failed))
        attempt->former_failed = true;
}

/* Finds the next target. False: there is none now, the attempt waits for a name or is over. */
static bool choose_target(struct engine *engine, struct account *account, struct attempt *attempt,
                          hf_time now) {
    struct candidates *candidates = &attempt->candidates;

    for (;;) {
        enum candidates_result result =
            candidates_next(engine, account->settings, candidates, &attempt->waiter, now);

        attempt->hop = candidates->hop;
        switch (result) {
        case CANDIDATES_FOUND:
            attempt->target = candidates->current.target;
            return true;
        case CANDIDATES_WAITING:
            attempt->state = ATTEMPT_LOCATING;
            attempt_show_state(account, attempt, HF_STATE_RESOLVING);
            return false;
        case CANDIDATES_PASSED:
            journal_note(&account->journal, JOURNAL_PASSED_OVER, attempt->hop, now);
            note_former(account, attempt, &candidates->current.target);
            break;
        case CANDIDATES_NOWHERE:
            attempt_tell_not_found(engine, account, attempt, now);
            break;
        case CANDIDATES_OVER:
            finish_exhausted(engine, account, attempt, now);
            return false;
        }
    }
}

static struct exchange_place place_of(const struct account *account, const struct attempt *attempt,
                                      struct hop *hop) {
    const struct hf_settings *settings = account->settings;
    bool found = hop_get(settings, attempt->hop, hop);

    HF_ASSERT(found);
    struct exchange_place place =
        hop_place(hop, settings, attempt->target.transport, &attempt->path->local);

    place.contact = slice_from(attempt->contact);
    return place;
}

/* Sends the next REGISTER of the exchange on the open path. False: no memory, or the request is
 * longer than any we send. */
static bool send_request(struct engine *engine, struct account *account, struct attempt *attempt,
                         hf_time now) {
    char buffer[LIMIT_REQUEST_BYTES];
    char branch[BRANCH_TEXT_MAX];
    struct hop hop;
    struct exchange_place place = place_of(account, attempt, &hop);
    const struct client_params params = {
        .owner = attempt->handle,
        .owner_kind = ENGINE_OWNER_ATTEMPT,
        .method = SIP_METHOD_REGISTER,
        .cseq = exchange_next_cseq(&account->registration),
        .path = attempt->path->id,
        .path_transactions = &attempt->path->transactions,
        .to = attempt->target.address,
        .reliable = attempt->target.transport != HF_TRANSPORT_UDP,
        .timing =
            policy_timing(account->settings, hop.server,
                          candidates_is_last(engine, account->settings, &attempt->candidates, now)),
    };
    uint64_t transaction = client_transaction_new(&engine->clients, &params, branch);

    if (transaction == 0)
        return false;
    struct hf_slice request = exchange_request(&attempt->exchange, &account->registration, &place,
                                               branch, engine->digest, buffer, sizeof buffer);

    if (request.len == 0) {
        client_transaction_abandon(&engine->clients, transaction);
        return false;
    }
    if (client_transaction_send(&engine->clients, transaction, request, &engine->outbox, now))
        return false;
    attempt->transaction = transaction;
    attempt->state = ATTEMPT_EXCHANGING;
    engine->requests_sent++;
    account_note_sent(engine, account, now);
    account_touch(engine, account);
    attempt_show_state(account, attempt, HF_STATE_REGISTERING);
    attempt_announce(engine, account, attempt, now);
    return true;
}

/* The target cannot serve: remembers that, and lets go of it. */
static void give_target_up(struct engine *engine, struct account *account, struct attempt *attempt,
                           unsigned status, hf_time retry_after, struct hf_slice reason,
                           hf_time now) {
    if (!attempt->any_failed || retry_after < attempt->retry_after_min)
        attempt->retry_after_min = retry_after;
    attempt->any_failed = true;
    attempt->last_status = status;
    note_former(account, attempt, &attempt->target);
    attempt_tell_failure(engine, account, attempt, status, reason, now);
    leave_unreported(engine, account, attempt);
    let_go_of_path(engine, attempt);
}

static void report_silent(struct engine *engine, const struct account *account,
                          struct attempt *attempt, hf_time now) {
    attempt->unreported = false;
    mark_silent(engine, account, &attempt->target, attempt->asked_at, now);
}

static void report_answer(struct engine *engine, const struct account *account,
                          struct attempt *attempt, enum exchange_verdict verdict,
                          const struct exchange_answer *answer, hf_time now) {
    attempt->unreported = false;
    if (verdict == EXCHANGE_TARGET_FAILED)
        mark_refused(engine, account, &attempt->target, answer->status, answer->retry_after,
                     attempt->asked_at, now);
    else
        mark_served(engine, account, &attempt->target, now);
}

static void path_gave_way(struct engine *engine, struct account *account, struct attempt *attempt,
                          hf_time now) {
    enum hf_path_failure failure = attempt->path->failure;
    char text[PATH_REASON_MAX];
    const struct hf_slice reason = attempt_path_reason(engine, failure, text);

    journal_note(&account->journal, JOURNAL_PATH_FAILED, failure, now);
    if (failure == HF_PATH_TLS_CERTIFICATE || failure == HF_PATH_TLS_HANDSHAKE)
        account_event(engine, account, HF_EVENT_TLS_FAILED, attempt->hop, &attempt->target,
                      NO_STATUS, reason, now);
    if (failure != HF_PATH_LOCAL_PORT && failure != HF_PATH_UNSUPPORTED) /* our own fault */
        report_silent(engine, account, attempt, now);
    give_target_up(engine, account, attempt, NO_STATUS, 0, reason, now);
}

static enum exchange_kind exchange_kind_of(const struct attempt *attempt) {
    switch ((enum attempt_purpose)attempt->purpose) {
    case ATTEMPT_TO_REGISTER:
    case ATTEMPT_TO_FAIL_BACK:
        return EXCHANGE_BIND;
    case ATTEMPT_TO_REMOVE:
        return EXCHANGE_REMOVE;
    case ATTEMPT_TO_CLEAR:
        return attempt->clears_all ? EXCHANGE_CLEAR_ALL : EXCHANGE_CLEAR;
    }
    HF_UNREACHABLE();
}

static bool start_exchange(struct engine *engine, struct account *account, struct attempt *attempt,
                           hf_time now) {
    exchange_release(&attempt->exchange);
    exchange_begin(&attempt->exchange, exchange_kind_of(attempt));
    journal_note(&account->journal, attempt_tears_down(attempt) ? JOURNAL_REMOVING : JOURNAL_SENT,
                 attempt->hop, now);
    if (send_request(engine, account, attempt, now))
        return true;
    give_target_up(engine, account, attempt, NO_STATUS, 0, SLICE("the request cannot be built"),
                   now);
    return false;
}

/* The exchange that was begun goes on with its next request. False: another target is to be
 * chosen. */
static bool resume_exchange(struct engine *engine, struct account *account, struct attempt *attempt,
                            hf_time now) {
    if (send_request(engine, account, attempt, now))
        return true;
    give_target_up(engine, account, attempt, NO_STATUS, 0, SLICE("the request cannot be built"),
                   now);
    return false;
}

/* False: there is no memory. Where the path is open already `state` stays what it is. */
static bool open_path(struct engine *engine, struct account *account, struct attempt *attempt,
                      enum attempt_state state) {
    struct hf_tls_options tls;
    const struct path_wish wish = flow_wish(account, attempt->hop, &attempt->target, &tls);

    attempt->path = path_hold(&engine->paths, &wish, &engine->outbox);
    if (!attempt->path)
        return false;
    attempt->worn = attempt->path->state == PATH_OPEN;
    if (attempt->worn)
        return true;
    attempt->state = (uint8_t)state;
    list_append(&attempt->path->waiters, &attempt->waiter);
    attempt_show_state(account, attempt, HF_STATE_REGISTERING);
    return true;
}

/* False: it failed at once, another target is to be chosen. */
static bool try_target(struct engine *engine, struct account *account, struct attempt *attempt,
                       hf_time now) {
    attempt->asked_at = now;
    attempt->unreported = true;
    attempt->reconnected = false;
    attempt->connects = 0;
    if (!open_path(engine, account, attempt, ATTEMPT_OPENING)) {
        give_target_up(engine, account, attempt, NO_STATUS, 0, SLICE("out of memory"), now);
        return false;
    }
    return attempt->worn ? start_exchange(engine, account, attempt, now) : true;
}

/* Where a target has more tries to connect (the manuals' retry counts). */
static bool may_connect_again(const struct account *account, const struct attempt *attempt,
                              hf_time now) {
    struct hop hop;

    if (attempt->path->failure != HF_PATH_TIMEOUT || attempt->connects == UINT8_MAX ||
        !hop_get(account->settings, attempt->hop, &hop))
        return false;
    const struct transaction_timing timing = policy_timing(account->settings, hop.server, false);

    return attempt->connects < timing.resends_max && now - attempt->asked_at < timing.timer_f;
}

static void advance(struct engine *engine, struct account *account, struct attempt *attempt,
                    hf_time now) {
    while (choose_target(engine, account, attempt, now))
        if (try_target(engine, account, attempt, now))
            return;
}

/* The same target on another connection. False: another target is to be chosen. */
static bool connect_again(struct engine *engine, struct account *account, struct attempt *attempt,
                          enum attempt_state state, hf_time now) {
    journal_note(&account->journal, JOURNAL_CONNECTS_AGAIN, attempt->path->failure, now);
    let_go_of_path(engine, attempt);
    if (!open_path(engine, account, attempt, state)) {
        give_target_up(engine, account, attempt, NO_STATUS, 0, SLICE("out of memory"), now);
        return false;
    }
    if (!attempt->worn)
        return true;
    return state == ATTEMPT_OPENING ? start_exchange(engine, account, attempt, now)
                                    : resume_exchange(engine, account, attempt, now);
}

/* A connection that others, or earlier answers, came over may have been closed, or have died, while
 * nobody used it: that says nothing about the server. */
static bool is_worn_out(const struct attempt *attempt) {
    return path_is_stream(attempt->path) && attempt->worn && !attempt->reconnected &&
           attempt->path->state != PATH_OPEN;
}

/* No answer, or the path broke: the exchange goes on over another connection, or ends. */
static void path_is_lost(struct engine *engine, struct account *account, struct attempt *attempt,
                         bool silent, hf_time now) {
    if (is_worn_out(attempt)) {
        attempt->reconnected = true;
        if (connect_again(engine, account, attempt, ATTEMPT_REOPENING, now))
            return;
    } else if (silent) {
        journal_note(&account->journal, JOURNAL_NO_ANSWER, attempt->hop, now);
        report_silent(engine, account, attempt, now);
        give_target_up(engine, account, attempt, NO_STATUS, 0, SLICE("no answer"), now);
    } else {
        path_gave_way(engine, account, attempt, now);
    }
    advance(engine, account, attempt, now);
}

/* Nothing at all has come over the connection since the request went out: it is not used again.
 * Else it is only this request that the server leaves alone. */
static void doubt_path(struct engine *engine, struct attempt *attempt, hf_time sent_at) {
    if (path_is_stream(attempt->path) && attempt->path->heard_at <= sent_at)
        path_give_up(&engine->paths, attempt->path, HF_PATH_UNREACHABLE);
}

/* As the account's attempt, or as its removal. */
static struct attempt *attempt_new(struct engine *engine, struct account *account,
                                   enum attempt_purpose purpose, bool in_background) {
    struct attempt **place = in_background ? &account->removal : &account->attempt;
    uint64_t handle;
    struct attempt *attempt = slab_take(&engine->attempts, &handle);

    if (!attempt)
        return NULL;
    attempt->handle = handle;
    attempt->account = account->id;
    attempt->purpose = (uint8_t)purpose;
    list_init(&attempt->waiter);
    HF_ASSERT(!*place);
    *place = attempt;
    return attempt;
}

int attempt_begin_clearing(struct engine *engine, struct account *account,
                           const struct attempt_clearing *clearing, hf_time now) {
    struct attempt *attempt =
        attempt_new(engine, account, ATTEMPT_TO_CLEAR, clearing->in_background);

    if (!attempt)
        return HF_ERROR_MEMORY;
    order_begin_clearing(attempt, clearing);
    attempt->clears_all = clearing->all;
    attempt->hop = clearing->hop;
    attempt->target = clearing->target;
    attempt->former.local = clearing->local;
    attempt->former.ends_at = clearing->ends_at;
    if (clearing->contact.len > 0) {
        attempt->contact = strndup(clearing->contact.ptr, clearing->contact.len);
        if (!attempt->contact) {
            attempt_free(engine, account, attempt);
            return HF_ERROR_MEMORY;
        }
    }
    advance(engine, account, attempt, now);
    return 0;
}

int attempt_begin(struct engine *engine, struct account *account, enum attempt_purpose purpose,
                  struct binding *from, hf_time now) {
    struct attempt *attempt =
        attempt_new(engine, account, purpose, from && from != &account->binding);

    if (!attempt)
        return HF_ERROR_MEMORY;
    order_begin(account, attempt, from, now);
    if (purpose == ATTEMPT_TO_REMOVE) {
        attempt->hop = from->hop;
        attempt->target = from->target;
        attempt->former.local = from->path->local;
        attempt->former.ends_at = from->ends_at;
    }
    advance(engine, account, attempt, now);
    return 0;
}

/* Or it failed. False: another target is to be chosen. */
static bool path_is_there(struct engine *engine, struct account *account, struct attempt *attempt,
                          hf_time now) {
    const enum attempt_state state = (enum attempt_state)attempt->state;

    if (attempt->path->state != PATH_FAILED)
        return state == ATTEMPT_OPENING ? start_exchange(engine, account, attempt, now)
                                        : resume_exchange(engine, account, attempt, now);
    if (may_connect_again(account, attempt, now)) {
        attempt->connects++;
        return connect_again(engine, account, attempt, state, now);
    }
    path_gave_way(engine, account, attempt, now);
    return false;
}

void attempt_woken(struct engine *engine, struct attempt *attempt, hf_time now) {
    struct account *account = account_of(engine, attempt);

    switch ((enum attempt_state)attempt->state) {
    case ATTEMPT_LOCATING:
        break;
    case ATTEMPT_OPENING:
    case ATTEMPT_REOPENING:
        if (path_is_there(engine, account, attempt, now))
            return;
        break;
    case ATTEMPT_EXCHANGING:
        HF_UNREACHABLE();
    }
    advance(engine, account, attempt, now);
}

static void finish_registered(struct engine *engine, struct account *account,
                              struct attempt *attempt, const struct exchange_answer *answer,
                              const struct sip_message *response, hf_time now) {
    struct attempt_result result = {
        .verdict = ATTEMPT_REGISTERED,
        .status = answer->status,
        .reason = answer->assumed ? answer->reason : SLICE_NONE,
        .granted = answer->granted,
        .binding = {.path = path_hold_again(attempt->path),
                    .target = attempt->target,
                    .hop = attempt->hop,
                    .level = attempt->candidates.current.level,
                    .endpoint = attempt->candidates.current.endpoint,
                    .since_at = now,
                    .ends_at = now + answer->granted * HF_SECOND,
                    .records_expire_at = attempt->candidates.current.expires_at,
                    .routes = routes_learn(response)},
    };

    finish(engine, account, attempt, &result, now);
}

/* The server that holds the binding refuses to renew it: its service route is no good any more
 * (RFC 3608 section 6.1). */
static void forget_routes(struct account *account, const struct attempt *attempt) {
    if (!account->binding.path || !target_equal(&account->binding.target, &attempt->target))
        return;
    free(account->binding.routes);
    account->binding.routes = NULL;
}

static void finish_answered(struct engine *engine, struct account *account, struct attempt *attempt,
                            enum attempt_verdict verdict, const struct exchange_answer *answer,
                            hf_time now) {
    struct attempt_result result = {
        .verdict = verdict, .status = answer->status, .retry_after = answer->retry_after};

    if (attempt_tears_down(attempt)) {
        result.verdict = ATTEMPT_REMOVED;
        attempt_tell_failure(engine, account, attempt, answer->status, answer->reason, now);
    } else {
        journal_note(&account->journal,
                     verdict == ATTEMPT_REJECTED ? JOURNAL_REJECTED : JOURNAL_ANSWERED,
                     answer->status, now);
        forget_routes(account, attempt);
        account_note_failure(account, answer->status, answer->reason);
        account_event(engine, account, HF_EVENT_REGISTRATION_FAILED, attempt->hop, &attempt->target,
                      answer->status, answer->reason, now);
    }
    finish(engine, account, attempt, &result, now);
}

/* Sends the same exchange's next REGISTER; where even that fails, goes on to the next target. */
static void send_again(struct engine *engine, struct account *account, struct attempt *attempt,
                       const struct exchange_answer *answer, hf_time now) {
    if (answer->status == 423)
        journal_note(&account->journal, JOURNAL_TOO_BRIEF, account->registration.expires_min, now);
    else if (answer->status == 401 || answer->status == 407)
        journal_note(&account->journal, JOURNAL_CHALLENGED, answer->status, now);
    else
        journal_note(&account->journal, JOURNAL_ASKED_OTHERWISE, answer->status, now);
    if (send_request(engine, account, attempt, now))
        return;
    give_target_up(engine, account, attempt, answer->status, 0,
                   SLICE("the request cannot be built"), now);
    advance(engine, account, attempt, now);
}

static void answered(struct engine *engine, struct account *account, struct attempt *attempt,
                     const struct sip_message *response, hf_time now) {
    struct hop hop;
    const struct exchange_place place = place_of(account, attempt, &hop);
    struct exchange_answer answer;
    enum exchange_verdict verdict =
        exchange_answer(&attempt->exchange, &account->registration, &place, engine->digest,
                        &engine->random, response, &answer);

    report_answer(engine, account, attempt, verdict, &answer, now);
    switch (verdict) {
    case EXCHANGE_AGAIN:
        send_again(engine, account, attempt, &answer, now);
        break;
    case EXCHANGE_BOUND:
        finish_registered(engine, account, attempt, &answer, response, now);
        break;
    case EXCHANGE_REMOVED: {
        struct attempt_result result = {.verdict = ATTEMPT_REMOVED, .status = answer.status};

        finish(engine, account, attempt, &result, now);
        break;
    }
    case EXCHANGE_REJECTED:
        finish_answered(engine, account, attempt, ATTEMPT_REJECTED, &answer, now);
        break;
    case EXCHANGE_ANSWERED:
        finish_answered(engine, account, attempt, ATTEMPT_ANSWERED, &answer, now);
        break;
    case EXCHANGE_TARGET_FAILED:
        journal_note(&account->journal, JOURNAL_TARGET_FAILED, answer.status, now);
        give_target_up(engine, account, attempt, answer.status, answer.retry_after, answer.reason,
                       now);
        advance(engine, account, attempt, now);
        break;
    }
}

void attempt_outcome(struct engine *engine, struct attempt *attempt,
                     const struct client_outcome *outcome, const struct sip_message *response,
                     hf_time now) {
    struct account *account = account_of(engine, attempt);

    if (outcome->kind == CLIENT_PROVISIONAL)
        return;
    HF_ASSERT(attempt->state == ATTEMPT_EXCHANGING);
    attempt->transaction = 0;
    switch (outcome->kind) {
    case CLIENT_PROVISIONAL:
        break;
    case CLIENT_FINAL:
        attempt->worn = true;
        answered(engine, account, attempt, response, now);
        break;
    case CLIENT_TIMEOUT:
        doubt_path(engine, attempt, outcome->sent_at);
        path_is_lost(engine, account, attempt, true, now);
        break;
    case CLIENT_PATH_FAILED:
        path_is_lost(engine, account, attempt, false, now);
        break;
    }
}
