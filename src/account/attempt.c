#include "account/attempt.h"

#include <stdlib.h>

#include "account/attempt_target.h"
#include "account/attempt_tell.h"
#include "account/gates.h"
#include "account/late.h"
#include "account/mapping.h"
#include "account/order.h"
#include "account/outbound.h"
#include "account/race.h"
#include "account/turns.h"
#include "account/twins.h"
#include "base/address.h"
#include "base/assert.h"

enum { NO_STATUS = 0 };

struct attempt *attempt_find(const struct engine *engine, uint64_t handle) {
    return slab_get(&engine->attempts, handle);
}

struct account *attempt_account(const struct engine *engine, const struct attempt *attempt) {
    struct account *account = slab_get(&engine->accounts, attempt->account);

    HF_ASSERT(account && (account->attempt == attempt || account->removal == attempt));
    return account;
}

static void attempt_free(struct engine *engine, struct account *account, struct attempt *attempt) {
    timer_wheel_cancel(&engine->wheel, &attempt->patience);
    attempt_leave_target(engine, account, attempt);
    exchange_release(&attempt->exchange);
    free(attempt->contact);
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

void attempt_give_up(struct engine *engine, struct account *account, struct attempt *attempt,
                     hf_time now) {
    if (attempt && attempt->transaction != 0)
        late_expect(engine, attempt, now);
    attempt_cancel(engine, account, attempt);
}

/* Ends the attempt and tells the account. A path held in the result passes to the account. */
static void finish(struct engine *engine, struct account *account, struct attempt *attempt,
                   struct attempt_result *result, hf_time now) {
    enum attempt_purpose purpose = (enum attempt_purpose)attempt->purpose;
    bool former = account->removal == attempt;

    result->former_failed = attempt->former_failed;
    result->rested_at = attempt->candidates.rested_at;
    result->passed_trial = attempt->candidates.passed_trial;
    result->records_expire_at = attempt->candidates.records_expire_at;
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

static hf_time time_until(hf_time at, hf_time now) {
    return at > now ? at - now : 0;
}

static void finish_exhausted(struct engine *engine, struct account *account,
                             struct attempt *attempt, hf_time now) {
    hf_time asked_until_at = attempt->candidates.asked_until_at;
    hf_time asked = asked_until_at == HF_NEVER ? 0 : time_until(asked_until_at, now);
    struct attempt_result result = {
        .verdict = attempt_tears_down(attempt) ? ATTEMPT_REMOVED : ATTEMPT_EXHAUSTED,
        .status = attempt->last_status,
        .retry_after = attempt->any_failed ? time_until(attempt->left_alone_at, now) : asked};

    if (asked > 0 && asked < result.retry_after)
        result.retry_after = asked;
    if (asked > 0 && !attempt->any_failed)
        account_note_failure(account, NO_STATUS, SLICE("the server asked to be left alone"));
    finish(engine, account, attempt, &result, now);
}

/* Until when an answer of the DNS is waited for. */
static hf_time dns_until(const struct account *account, const struct attempt *attempt,
                         hf_time now) {
    const hf_time late_at = locate_awaits_late(&attempt->candidates.locating);
    const hf_time at = now + settings_duration(account->settings, SETTING_DNS_QUERY_TIMEOUT, 0);

    return late_at < at ? late_at : at;
}

/* Finds the next target. False: there is none now, the attempt waits for a name or is over. */
static bool choose_target(struct engine *engine, struct account *account, struct attempt *attempt,
                          hf_time now) {
    struct candidates *candidates = &attempt->candidates;

    for (;;) {
        enum candidates_result result =
            candidates_next(engine, account->settings, candidates, &attempt->waiter.node, now);

        attempt->hop = candidates->hop;
        switch (result) {
        case CANDIDATES_FOUND:
            attempt->target = candidates->current.target;
            return true;
        case CANDIDATES_WAITING:
            attempt->state = ATTEMPT_LOCATING;
            timer_wheel_set(&engine->wheel, &attempt->patience, dns_until(account, attempt, now));
            attempt_show_state(account, attempt, HF_STATE_RESOLVING);
            return false;
        case CANDIDATES_PASSED:
            journal_note(&account->journal, JOURNAL_PASSED_OVER, attempt->hop, now);
            attempt_note_former(account, attempt, &candidates->current.target);
            break;
        case CANDIDATES_NOWHERE:
            attempt_note_wait(attempt, 0, now);
            attempt_tell_not_found(engine, account, attempt, now);
            break;
        case CANDIDATES_OVER:
            finish_exhausted(engine, account, attempt, now);
            return false;
        }
    }
}

static void advance(struct engine *engine, struct account *account, struct attempt *attempt,
                    hf_time now) {
    while (choose_target(engine, account, attempt, now))
        if (attempt_try_target(engine, account, attempt, now))
            return;
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
    list_init(&attempt->waiter.node);
    attempt->waiter.attempt = attempt;
    timer_init(&attempt->patience, ENGINE_TIMER_PATIENCE);
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

/* Servers may share what they have bound. There the new binding has taken the former one's place,
 * and to remove that by its Contact would end the new one. 0: the Contacts differ. */
static hf_time same_contact_until(const struct engine *engine, const struct account *account,
                                  const struct attempt *attempt, const struct binding *from) {
    const struct binding *now = &account->binding;

    if (account->intent == INTENT_GONE)
        return twin_bound_until(engine, account, &attempt->former.local, from->target.transport);
    if (from == now || !now->path || from->target.transport != now->target.transport)
        return 0;
    const struct hf_address contact = mapping_contact(account->settings, now->path, now->shown);

    return address_equal(&attempt->former.local, &contact) ? now->ends_at : 0;
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
        attempt->shown = from->shown;
        attempt->former.local = mapping_contact(account->settings, from->path, from->shown);
        attempt->former.ends_at = from->ends_at;
        attempt->former.others_end_at = same_contact_until(engine, account, attempt, from);
        if (path_is_stream(from->path) && attempt_name_contact(account, attempt)) {
            attempt_free(engine, account, attempt);
            return HF_ERROR_MEMORY;
        }
    }
    advance(engine, account, attempt, now);
    return 0;
}

void attempt_woken(struct engine *engine, struct attempt_waiter *waiter, hf_time now) {
    struct attempt *attempt = waiter->attempt;
    struct account *account = attempt_account(engine, attempt);

    if (waiter != &attempt->waiter) {
        if (!race_decided(engine, account, attempt, now))
            advance(engine, account, attempt, now);
        return;
    }
    switch ((enum attempt_state)attempt->state) {
    case ATTEMPT_LOCATING:
        timer_wheel_cancel(&engine->wheel, &attempt->patience);
        break;
    case ATTEMPT_OPENING:
    case ATTEMPT_REOPENING:
        if (attempt_path_is_there(engine, account, attempt, now))
            return;
        break;
    case ATTEMPT_QUEUED:
    case ATTEMPT_EXCHANGING:
        HF_UNREACHABLE();
    }
    advance(engine, account, attempt, now);
}

void attempt_out_of_patience(struct engine *engine, struct timer *timer, hf_time now) {
    struct attempt *attempt = CONTAINER_OF(timer, struct attempt, patience);
    struct account *account = attempt_account(engine, attempt);

    if (attempt->state == ATTEMPT_OPENING) {
        if (!race_begin(engine, account, attempt, now))
            advance(engine, account, attempt, now);
        return;
    }
    HF_ASSERT(attempt->state == ATTEMPT_LOCATING);
    list_remove(&attempt->waiter.node);
    locate_give_question_up(&attempt->candidates.locating);
    advance(engine, account, attempt, now);
}

static void pass_over(struct engine *engine, struct account *account, struct attempt *attempt,
                      hf_time now) {
    journal_note(&account->journal, JOURNAL_PASSED_OVER, attempt->hop, now);
    attempt_note_former(account, attempt, &attempt->target);
    attempt_leave_target(engine, account, attempt);
    candidates_pass(&engine->health, &attempt->candidates, now);
}

void attempt_turn_came(struct engine *engine, struct attempt *attempt, hf_time now) {
    struct account *account = attempt_account(engine, attempt);

    if (!attempt->admitted)
        pass_over(engine, account, attempt, now);
    else if (attempt_is_admitted(engine, account, attempt, now))
        return;
    advance(engine, account, attempt, now);
}

/* A `keep` without a value is our own, come back: whoever answered does not know it. */
static struct keep_answer keep_of(const struct account *account, const struct via *via) {
    if (!settings_bool(account->settings, SETTING_KEEP_ALIVE_NEGOTIATE, 0))
        return (struct keep_answer){.kind = KEEP_NOT_OFFERED};
    if (!via->keep_told)
        return (struct keep_answer){.kind = KEEP_NOT_WANTED};
    return (struct keep_answer){.kind = KEEP_WANTED, .seconds = via->keep};
}

/* The DNS may have brought better targets than the one that the binding is at, or taken them away.
 */
static uint16_t former_level(const struct account *account, const struct attempt *attempt) {
    const struct binding *binding = &account->binding;
    uint16_t level;

    if (binding->path && binding->hop == attempt->hop &&
        locate_level_of(&attempt->candidates.locating, binding->endpoint, &level))
        return level;
    return account->level;
}

static void finish_registered(struct engine *engine, struct account *account,
                              struct attempt *attempt, const struct exchange_answer *answer,
                              const struct via *via, const struct sip_message *response,
                              hf_time now) {
    struct attempt_result result = {
        .verdict = ATTEMPT_REGISTERED,
        .status = answer->status,
        .reason = answer->assumed ? answer->reason : SLICE_NONE,
        .took = now - attempt->asked_at,
        .granted = answer->granted,
        .keep = account_flow_keep(answer, keep_of(account, via)),
        .strays = answer->strays,
        .former_level = former_level(account, attempt),
        .binding = {.path = path_hold_again(attempt->path),
                    .target = attempt->target,
                    .hop = attempt->hop,
                    .level = attempt->candidates.current.level,
                    .shown = attempt->shown,
                    .outbound = answer->outbound,
                    .endpoint = attempt->candidates.current.endpoint,
                    .since_at = now,
                    .ends_at = now + answer->granted * HF_SECOND,
                    .records_expire_at = attempt->candidates.current.expires_at,
                    .routes = routes_learn(response),
                    .gruus = answer->gruus},
    };

    late_supersede(engine, account, &attempt->target, &attempt->contact_at, attempt->sent.cseq);
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
        attempt_tell_answer(engine, account, attempt, answer->status, answer->reason, now);
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
    if (!attempt_resume(engine, account, attempt, answer->status, now))
        advance(engine, account, attempt, now);
}

/* The same Contact, but which binding? That whose end it has; where both end at about the same time
 * nobody knows, and it is left to end by itself. */
static bool is_former(const struct attempt *attempt, uint32_t seconds, hf_time now) {
    const int64_t seen = (int64_t)(now + seconds * HF_SECOND);
    const int64_t former = (int64_t)attempt->former.ends_at;
    const int64_t other = (int64_t)attempt->former.others_end_at;

    const int64_t spread = (int64_t)attempt->former.spread;

    return seconds > 0 && llabs(former - other) > spread + 3 * (int64_t)HF_SECOND &&
           llabs(seen - former) - spread < llabs(seen - other);
}

static void seen_bound(struct engine *engine, struct account *account, struct attempt *attempt,
                       const struct exchange_answer *answer, hf_time now) {
    if (is_former(attempt, answer->granted, now)) {
        exchange_remove(&attempt->exchange);
        journal_note(&account->journal, JOURNAL_REMOVING, attempt->hop, now);
        if (!attempt_resume(engine, account, attempt, answer->status, now))
            advance(engine, account, attempt, now);
        return;
    }
    struct attempt_result result = {.verdict = ATTEMPT_REMOVED, .status = answer->status};

    journal_note(&account->journal, JOURNAL_LEFT_BOUND, attempt->hop, now);
    finish(engine, account, attempt, &result, now);
}

static void answered(struct engine *engine, struct account *account, struct attempt *attempt,
                     const struct client_outcome *outcome, const struct sip_message *response,
                     hf_time now) {
    const struct exchange_place place = {.settings = account->settings,
                                         .server = attempt->server,
                                         .transport = attempt->target.transport,
                                         .contact_at = attempt->contact_at};
    struct exchange_answer answer;

    enum exchange_verdict verdict =
        exchange_answer(&attempt->exchange, &account->registration, &place, engine->digest,
                        &engine->random, response, &answer);

    attempt_report_answer(engine, account, attempt, verdict, &answer, now);
    switch (verdict) {
    case EXCHANGE_AGAIN:
        send_again(engine, account, attempt, &answer, now);
        break;
    case EXCHANGE_BOUND:
        finish_registered(engine, account, attempt, &answer, outcome->via, response, now);
        break;
    case EXCHANGE_REMOVED: {
        struct attempt_result result = {.verdict = ATTEMPT_REMOVED, .status = answer.status};

        finish(engine, account, attempt, &result, now);
        break;
    }
    case EXCHANGE_SEEN:
        seen_bound(engine, account, attempt, &answer, now);
        break;
    case EXCHANGE_REJECTED:
        finish_answered(engine, account, attempt, ATTEMPT_REJECTED, &answer, now);
        break;
    case EXCHANGE_ANSWERED:
        finish_answered(engine, account, attempt, ATTEMPT_ANSWERED, &answer, now);
        break;
    case EXCHANGE_TARGET_FAILED:
        journal_note(&account->journal, JOURNAL_TARGET_FAILED, answer.status, now);
        attempt_give_target_up(engine, account, attempt, answer.status, answer.retry_after,
                               answer.reason, now);
        advance(engine, account, attempt, now);
        break;
    }
}

void attempt_outcome(struct engine *engine, struct attempt *attempt,
                     const struct client_outcome *outcome, const struct sip_message *response,
                     hf_time now) {
    struct account *account = attempt_account(engine, attempt);

    HF_ASSERT(attempt->state == ATTEMPT_EXCHANGING);
    switch (outcome->kind) {
    case CLIENT_PROVISIONAL:
        break;
    case CLIENT_RESENT:
        gate_resent(engine, account, attempt, now);
        account_note_sent(engine, account, now);
        break;
    case CLIENT_FINAL:
        attempt->transaction = 0;
        attempt->worn = true;
        gate_answered(engine, account, attempt, outcome->sent_at, now);
        answered(engine, account, attempt, outcome, response, now);
        break;
    case CLIENT_TIMEOUT:
        attempt->transaction = 0;
        attempt_doubt_path(engine, attempt, outcome->sent_at);
        late_expect(engine, attempt, now);
        if (!attempt_lost_path(engine, account, attempt, true, now))
            advance(engine, account, attempt, now);
        break;
    case CLIENT_PATH_FAILED:
        attempt->transaction = 0;
        late_expect(engine, attempt, now);
        if (!attempt_lost_path(engine, account, attempt, false, now))
            advance(engine, account, attempt, now);
        break;
    }
}
