#include "account/attempt_target.h"

#include "account/attempt_tell.h"
#include "account/discovery.h"
#include "account/flow.h"
#include "account/gates.h"
#include "account/internal.h"
#include "account/late.h"
#include "account/mapping.h"
#include "account/mark.h"
#include "account/memory.h"
#include "account/outbound.h"
#include "account/race.h"
#include "account/turns.h"
#include "base/assert.h"

enum { NO_STATUS = 0 };

static const hf_time fresh_span = 5 * HF_SECOND, doubtful_span_min = HF_SECOND;

static void let_go_of_path(struct engine *engine, struct attempt *attempt) {
    race_end(engine, attempt);
    list_remove(&attempt->waiter.node);
    if (attempt->transaction != 0)
        client_transaction_abandon(&engine->clients, attempt->transaction);
    attempt->transaction = 0;
    path_let_go(&engine->paths, attempt->path, &engine->outbox);
    attempt->path = NULL;
}

void attempt_leave_target(struct engine *engine, const struct account *account,
                          struct attempt *attempt) {
    if (attempt->unreported)
        health_abandon(&engine->health, &attempt->target, mark_scope(account));
    attempt->unreported = false;
    gate_leave(engine, attempt);
    let_go_of_path(engine, attempt);
}

void attempt_note_former(const struct account *account, struct attempt *attempt,
                         const struct target *failed) {
    if (account->binding.path && target_equal(&account->binding.target, failed))
        attempt->former_failed = true;
}

/* Where the exchange takes place; `hop` must outlive it. */
static struct exchange_place attempt_place(const struct account *account,
                                           const struct attempt *attempt, struct hop *hop) {
    const struct hf_settings *settings = account->settings;
    bool found = hop_get(settings, attempt->hop, hop);

    HF_ASSERT(found);
    struct exchange_place place =
        hop_place(hop, settings, attempt->target.transport, &attempt->path->local);

    place.contact = slice_from(attempt->contact);
    place.removes_flow = attempt == account->attempt && attempt->purpose == ATTEMPT_TO_REMOVE &&
                         account->binding.outbound;
    place.contact_at = mapping_contact(settings, attempt->path, attempt->shown);
    place.local = mapping_sent_by(settings, attempt->path, attempt->shown);
    if (!account_flow_is_renewed(account, hop->server))
        place.former_at = mapping_former(account, attempt->path, attempt->shown);
    return place;
}

/* The last candidate gets the full time. */
static struct transaction_timing timing_at(struct engine *engine, const struct account *account,
                                           struct attempt *attempt, const struct hop *hop,
                                           hf_time now) {
    bool last = candidates_is_last(engine, account->settings, &attempt->candidates, now);

    return policy_timing(account->settings, hop, last);
}

static struct transaction_timing timing_of(struct engine *engine, const struct account *account,
                                           struct attempt *attempt, hf_time now) {
    struct hop hop;
    bool found = hop_get(account->settings, attempt->hop, &hop);

    HF_ASSERT(found);
    return timing_at(engine, account, attempt, &hop, now);
}

/* A connection that nothing has come over for a while may be dead, without anybody having said so
 * (a NAT that forgot it): the whole of Timer F is for the connection after it. */
static bool is_doubtful(const struct attempt *attempt, hf_time now) {
    const struct path *path = attempt->path;
    hf_time heard_at = path->heard_at > path->opened_at ? path->heard_at : path->opened_at;

    return path_is_stream(path) && attempt->worn && !attempt->reconnected &&
           now - heard_at >= fresh_span;
}

/* How long an answer over such a connection is waited for: not so long that the binding would end
 * before the next connection has renewed it. */
static hf_time doubtful_span(const struct account *account, hf_time now) {
    const hf_time most = settings_duration(account->settings, SETTING_CONNECT_TIMEOUT, 0);
    hf_time span = doubtful_span_min;

    if (!account->binding.path)
        return most;
    if (account->binding.ends_at > now + 2 * span)
        span = (account->binding.ends_at - now) / 2;
    return span < most ? span : most;
}

int attempt_name_contact(const struct account *account, struct attempt *attempt) {
    char text[CONTACT_URI_MAX];
    struct writer w = writer_of(text, sizeof text);

    contact_uri_write(&w, &account->registration, account->settings, &attempt->former.local,
                      attempt->target.transport);
    if (!writer_terminate(&w))
        return HF_ERROR_MEMORY;
    attempt->contact = strdup(text);
    return attempt->contact ? 0 : HF_ERROR_MEMORY;
}

static void note_sent(struct engine *engine, struct account *account, struct attempt *attempt,
                      uint32_t cseq, hf_time now) {
    attempt->sent = (struct attempt_sent){
        client_transaction_secret(&engine->clients, attempt->transaction), now, cseq};
    attempt->state = ATTEMPT_EXCHANGING;
    attempt->asking = true;
    attempt->admitted = false;
    engine->requests_sent++;
    account_note_sent(engine, account, now);
    account_touch(engine, account);
    attempt_show_state(account, attempt, HF_STATE_REGISTERING);
    attempt_announce(engine, account, attempt, now);
}

/* Where it goes, and what is remembered of that for its answer. */
static struct exchange_place next_place(struct engine *engine, const struct account *account,
                                        struct attempt *attempt, struct hop *hop) {
    if (attempt->purpose != ATTEMPT_TO_REMOVE)
        attempt->shown = attempt->path->shown_count;
    struct exchange_place place = attempt_place(account, attempt, hop);

    attempt->server = (uint8_t)hop->server;
    attempt->contact_at = place.contact_at;
    place.offers_keep = !attempt_tears_down(attempt) &&
                        settings_bool(account->settings, SETTING_KEEP_ALIVE_NEGOTIATE, 0);
    if (path_is_stream(attempt->path) && place.former_at.family == HF_FAMILY_NONE)
        place.former_at = late_left_at(engine, account, &attempt->target, &place.contact_at);
    return place;
}

/* Sends the next REGISTER of the exchange on the open path. False: no memory, or the request is
 * longer than any we send. */
static bool send_request(struct engine *engine, struct account *account, struct attempt *attempt,
                         hf_time now) {
    char buffer[LIMIT_REQUEST_BYTES];
    char branch[BRANCH_TEXT_MAX];
    struct hop hop;

    const struct exchange_place place = next_place(engine, account, attempt, &hop);
    struct client_params params = {
        .owner = attempt->handle,
        .owner_kind = ENGINE_OWNER_ATTEMPT,
        .method = SIP_METHOD_REGISTER,
        .cseq = account_next_cseq(engine, account),
        .path = attempt->path->id,
        .path_transactions = &attempt->path->transactions,
        .to = attempt->target.address,
        .reliable = path_is_stream(attempt->path),
        .timing = timing_at(engine, account, attempt, &hop, now),
    };

    attempt->doubtful = is_doubtful(attempt, now);
    if (params.reliable)
        params.timing.timer_f = policy_stream_patience(account->settings, &params.timing);
    if (attempt->doubtful) {
        const hf_time span = doubtful_span(account, now);

        if (params.timing.timer_f > span)
            params.timing.timer_f = span;
    }
    uint64_t transaction = client_transaction_new(&engine->clients, &params, branch);

    if (transaction == 0)
        return false;
    struct hf_slice request = exchange_request(&attempt->exchange, &account->registration, &place,
                                               branch, engine->digest, buffer, sizeof buffer);

    if (attempt->size == SIZE_FITS && !params.reliable && request.len > LIMIT_DATAGRAM_BYTES)
        attempt->size = SIZE_TOO_LONG;
    if (request.len == 0 || attempt->size == SIZE_TOO_LONG) {
        client_transaction_abandon(&engine->clients, transaction);
        return false;
    }
    if (client_transaction_send(&engine->clients, transaction, request, &engine->outbox, now))
        return false;
    attempt->transaction = transaction;
    note_sent(engine, account, attempt, params.cseq, now);
    return true;
}

void attempt_note_wait(struct attempt *attempt, hf_time retry_after, hf_time now) {
    const hf_time until_at = now + retry_after_bounded(retry_after);

    if (!attempt->any_failed || until_at < attempt->left_alone_at)
        attempt->left_alone_at = until_at;
    attempt->any_failed = true;
}

void attempt_give_target_up(struct engine *engine, struct account *account, struct attempt *attempt,
                            unsigned status, hf_time retry_after, struct hf_slice reason,
                            hf_time now) {
    attempt_note_wait(attempt, retry_after, now);
    attempt->last_status = status;
    attempt_note_former(account, attempt, &attempt->target);
    attempt_tell_failure(engine, account, attempt, status, reason, now);
    attempt_leave_target(engine, account, attempt);
}

static void report_silent(struct engine *engine, const struct account *account,
                          struct attempt *attempt, hf_time now) {
    attempt->unreported = false;
    mark_silent(engine, account, &attempt->target, attempt->asked_at, now);
}

void attempt_report_answer(struct engine *engine, const struct account *account,
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
        attempt_tell_tls_failed(engine, account, attempt, reason, now);
    if (failure != HF_PATH_LOCAL_PORT && failure != HF_PATH_UNSUPPORTED &&
        failure != HF_PATH_LOCAL_ADDRESS) /* our own fault */
        report_silent(engine, account, attempt, now);
    attempt_give_target_up(engine, account, attempt, NO_STATUS, 0, reason, now);
}

static enum exchange_kind exchange_kind_of(const struct attempt *attempt) {
    switch ((enum attempt_purpose)attempt->purpose) {
    case ATTEMPT_TO_REGISTER:
    case ATTEMPT_TO_FAIL_BACK:
        return EXCHANGE_BIND;
    case ATTEMPT_TO_REMOVE:
        return attempt->former.others_end_at != 0 ? EXCHANGE_LOOK : EXCHANGE_REMOVE;
    case ATTEMPT_TO_CLEAR:
        return attempt->clears_all ? EXCHANGE_CLEAR_ALL : EXCHANGE_CLEAR;
    }
    HF_UNREACHABLE();
}

/* Its turn at the target comes later. */
static bool must_wait(struct engine *engine, struct account *account, struct attempt *attempt,
                      hf_time now) {
    if (gate_pass(engine, account, attempt, now))
        return false;
    attempt->state = ATTEMPT_QUEUED;
    journal_note(&account->journal, JOURNAL_WAIT_GATE, (uint32_t)gate_waiting(engine, attempt) - 1,
                 now);
    if (!attempt->asking)
        attempt_show_state(account, attempt, HF_STATE_WAITING);
    return true;
}

static bool open_path(struct engine *engine, struct account *account, struct attempt *attempt,
                      hf_time now);

/* The exchange goes on at the same place over another transport. */
static bool change_transport(struct engine *engine, struct account *account,
                             struct attempt *attempt, enum hf_transport transport,
                             enum attempt_size size, hf_time now) {
    attempt_leave_target(engine, account, attempt);
    attempt->target.transport = transport;
    attempt->size = (uint8_t)size;
    attempt->unreported = attempt->asking = true;
    attempt->asked_at = now;
    return open_path(engine, account, attempt, now);
}

static bool send_or_give_up(struct engine *engine, struct account *account, struct attempt *attempt,
                            unsigned status, hf_time now) {
    if (send_request(engine, account, attempt, now))
        return true;
    if (attempt->size == SIZE_TOO_LONG)
        return change_transport(engine, account, attempt, HF_TRANSPORT_TCP, SIZE_BY_STREAM, now);
    attempt_give_target_up(engine, account, attempt, status, 0,
                           SLICE("the request cannot be built"), now);
    return false;
}

/* The STUN server is to say first where we are. */
static bool is_held_up(struct engine *engine, struct account *account, struct attempt *attempt,
                       hf_time now) {
    if (!discovery_holds_up(engine, account, attempt, now))
        return false;
    attempt->state = ATTEMPT_OPENING;
    attempt_show_state(account, attempt, HF_STATE_REGISTERING);
    return true;
}

static bool start_exchange(struct engine *engine, struct account *account, struct attempt *attempt,
                           hf_time now) {
    if (is_held_up(engine, account, attempt, now) || must_wait(engine, account, attempt, now))
        return true;
    exchange_release(&attempt->exchange);
    exchange_begin(&attempt->exchange, exchange_kind_of(attempt));
    journal_note(&account->journal,
                 attempt->exchange.kind == EXCHANGE_LOOK ? JOURNAL_LOOKING
                 : attempt_tears_down(attempt)           ? JOURNAL_REMOVING
                                                         : JOURNAL_SENT,
                 attempt->hop, now);
    return send_or_give_up(engine, account, attempt, NO_STATUS, now);
}

bool attempt_resume(struct engine *engine, struct account *account, struct attempt *attempt,
                    unsigned status, hf_time now) {
    return must_wait(engine, account, attempt, now) ||
           send_or_give_up(engine, account, attempt, status, now);
}

static bool is_stream(const struct attempt *attempt) {
    return attempt->target.transport != HF_TRANSPORT_UDP;
}

/* Who waits for a connection that many share would send with all the others at once. */
static void await_path(struct engine *engine, struct account *account, struct attempt *attempt,
                       hf_time now) {
    if (is_stream(attempt))
        attempt->admitted = false;
    attempt->state = attempt->asking ? ATTEMPT_REOPENING : ATTEMPT_OPENING;
    list_append(&attempt->path->waiters, &attempt->waiter.node);
    if (is_stream(attempt) && !attempt->asking)
        race_arm(engine, attempt, now);
    attempt_show_state(account, attempt, HF_STATE_REGISTERING);
}

static bool go_on(struct engine *engine, struct account *account, struct attempt *attempt,
                  hf_time now) {
    return attempt->asking ? attempt_resume(engine, account, attempt, NO_STATUS, now)
                           : start_exchange(engine, account, attempt, now);
}

/* A connection takes no longer than there is patience with the target. */
static void limit_connecting(struct engine *engine, const struct account *account,
                             struct attempt *attempt, struct path_wish *wish, hf_time now) {
    const struct transaction_timing timing = timing_of(engine, account, attempt, now);
    hf_time until_at = attempt->asked_at + policy_stream_patience(account->settings, &timing);

    if (now < until_at && wish->connect_timeout > until_at - now)
        wish->connect_timeout = until_at - now;
}

static bool open_path(struct engine *engine, struct account *account, struct attempt *attempt,
                      hf_time now) {
    struct hf_tls_options tls;
    struct path_wish wish = flow_wish(account, attempt->hop, &attempt->target, &tls);

    if (must_wait(engine, account, attempt, now))
        return true;
    if (is_stream(attempt))
        limit_connecting(engine, account, attempt, &wish, now);
    attempt->path = path_hold(&engine->paths, &wish, &engine->outbox);
    if (!attempt->path) {
        attempt_give_target_up(engine, account, attempt, NO_STATUS, 0, SLICE("out of memory"), now);
        return false;
    }
    attempt->worn = attempt->path->state == PATH_OPEN;
    if (attempt->worn)
        return go_on(engine, account, attempt, now);
    await_path(engine, account, attempt, now);
    return true;
}

bool attempt_try_target(struct engine *engine, struct account *account, struct attempt *attempt,
                        hf_time now) {
    attempt->asked_at = now;
    attempt->unreported = true;
    attempt->reconnected = false;
    attempt->connects = 0;
    attempt->size = SIZE_FITS;
    attempt->asking = attempt->admitted = false;
    if (gate_puts_off(engine, account, attempt, now))
        return true;
    return open_path(engine, account, attempt, now);
}

/* Where a target has more tries to connect (the manuals' retry counts). */
static bool may_connect_again(struct engine *engine, const struct account *account,
                              struct attempt *attempt, hf_time now) {
    const struct transaction_timing timing = timing_of(engine, account, attempt, now);

    return attempt->path->failure == HF_PATH_TIMEOUT && attempt->connects < timing.resends_max &&
           attempt->connects < UINT8_MAX &&
           now - attempt->asked_at < policy_stream_patience(account->settings, &timing);
}

/* The same target on another connection. False: another target is to be chosen. */
static bool connect_again(struct engine *engine, struct account *account, struct attempt *attempt,
                          hf_time now) {
    journal_note(&account->journal, JOURNAL_CONNECTS_AGAIN, attempt->path->failure, now);
    let_go_of_path(engine, attempt);
    return open_path(engine, account, attempt, now);
}

/* A connection that others, or earlier answers, came over may have been closed, or have died, while
 * nobody used it: that says nothing about the server. */
static bool is_worn_out(const struct attempt *attempt) {
    return path_is_stream(attempt->path) && attempt->worn && !attempt->reconnected &&
           attempt->path->state != PATH_OPEN;
}

bool attempt_lost_path(struct engine *engine, struct account *account, struct attempt *attempt,
                       bool silent, hf_time now) {
    bool worn_out = is_worn_out(attempt);

    if (worn_out || (silent && attempt->doubtful)) {
        attempt->reconnected = true;
        if (worn_out)
            return connect_again(engine, account, attempt, now);
        return attempt_resume(engine, account, attempt, NO_STATUS, now); /* it lives after all */
    }
    if (silent) {
        journal_note(&account->journal, JOURNAL_NO_ANSWER, attempt->hop, now);
        report_silent(engine, account, attempt, now);
        attempt_give_target_up(engine, account, attempt, NO_STATUS, 0, SLICE("no answer"), now);
    } else {
        path_gave_way(engine, account, attempt, now);
    }
    return false;
}

void attempt_doubt_path(struct engine *engine, struct attempt *attempt, hf_time sent_at) {
    if (path_is_stream(attempt->path) && attempt->path->heard_at <= sent_at)
        path_give_up(&engine->paths, attempt->path, HF_PATH_UNREACHABLE, &engine->outbox);
}

bool attempt_take_path(struct engine *engine, struct account *account, struct attempt *attempt,
                       struct path *path, hf_time now) {
    attempt_leave_target(engine, account, attempt);
    attempt->target = attempt->candidates.current.target;
    attempt->asked_at = now;
    attempt->unreported = true;
    attempt->connects = 0;
    attempt->path = path;
    return go_on(engine, account, attempt, now);
}

bool attempt_path_is_there(struct engine *engine, struct account *account, struct attempt *attempt,
                           hf_time now) {
    race_end(engine, attempt);
    if (attempt->path->state == PATH_OPENING) { /* again, while the STUN server was asked */
        await_path(engine, account, attempt, now);
        return true;
    }
    if (attempt->path->state != PATH_FAILED)
        return go_on(engine, account, attempt, now);
    if (attempt->size == SIZE_BY_STREAM)
        return change_transport(engine, account, attempt, HF_TRANSPORT_UDP, SIZE_BY_DATAGRAM, now);
    if (may_connect_again(engine, account, attempt, now)) {
        attempt->connects++;
        return connect_again(engine, account, attempt, now);
    }
    path_gave_way(engine, account, attempt, now);
    return false;
}

bool attempt_still_goes(const struct engine *engine, const struct attempt *attempt, hf_time now) {
    return attempt->asking || candidates_still_goes(&engine->health, &attempt->candidates, now);
}

/* The path may have failed meanwhile, and be on its way to be opened again. */
bool attempt_is_admitted(struct engine *engine, struct account *account, struct attempt *attempt,
                         hf_time now) {
    if (!attempt->asking)
        attempt->asked_at = now;
    if (!attempt->path)
        return open_path(engine, account, attempt, now);
    if (attempt->path->state == PATH_FAILED)
        return attempt_lost_path(engine, account, attempt, false, now);
    if (attempt->path->state == PATH_OPEN)
        return go_on(engine, account, attempt, now);
    await_path(engine, account, attempt, now);
    return true;
}
