/* What an account decided, what it is doing now, what it will do next and when: for people. */
#include "account/discovery.h"
#include "account/gates.h"
#include "account/keep_alive.h"
#include "account/legs.h"
#include "account/order.h"
#include "account/outbound.h"
#include "account/policy.h"
#include "account/turns.h"
#include "agent/internal.h"
#include "base/address.h"
#include "usage/outbound.h"

static void put(struct writer *w, const char *text) {
    writer_put_slice(w, slice_from(text));
}

static void put_hop(struct writer *w, uint32_t index, const void *context) {
    struct hop hop;

    if (hop_get(context, index, &hop))
        hop_write(w, &hop);
}

static void put_time_left(struct writer *w, hf_time at, hf_time now) {
    write_span(w, at > now ? at - now : 0);
}

static void put_purpose(struct writer *w, const struct account *account,
                        const struct attempt *attempt) {
    switch ((enum attempt_purpose)attempt->purpose) {
    case ATTEMPT_TO_REGISTER:
        put(w, account->binding.path ? "to renew the binding" : "to register");
        break;
    case ATTEMPT_TO_FAIL_BACK:
        put(w, "to move back");
        break;
    case ATTEMPT_TO_REMOVE:
        put(w, "to remove the binding");
        break;
    case ATTEMPT_TO_CLEAR:
        put(w, "to remove what was bound before the start");
        break;
    }
}

/* "192.0.2.1:5060 (sip.example.com)" */
static void put_target(struct writer *w, const struct account *account,
                       const struct attempt *attempt) {
    address_write(w, &attempt->target.address);
    put(w, " (");
    put_hop(w, attempt->hop, account->settings);
    put(w, ")");
}

static void explain_attempt(struct writer *w, const struct engine *engine,
                            const struct account *account, const struct attempt *attempt,
                            hf_time now) {
    put(w, attempt == account->removal ? "in the background: " : "now: ");
    switch ((enum attempt_state)attempt->state) {
    case ATTEMPT_LOCATING:
        put(w, "waits for the DNS to tell where ");
        put_hop(w, attempt->hop, account->settings);
        put(w, " is, ");
        put_purpose(w, account, attempt);
        break;
    case ATTEMPT_QUEUED:
        put(w, "waits for its turn at ");
        put_target(w, account, attempt);
        put(w, ", ");
        put_purpose(w, account, attempt);
        put(w, "; waiting there: ");
        writer_put_number(w, gate_waiting(engine, attempt));
        put(w, " (rate.target, rate.window)");
        break;
    case ATTEMPT_OPENING:
    case ATTEMPT_REOPENING:
        put(w, attempt->path->state == PATH_OPEN ? "asks the STUN server first, then "
                                                 : "opens the way to ");
        put_target(w, account, attempt);
        put(w, ", ");
        put_purpose(w, account, attempt);
        break;
    case ATTEMPT_EXCHANGING:
        put(w, "waits for the answer of ");
        put_target(w, account, attempt);
        put(w, ", ");
        put_purpose(w, account, attempt);
        put(w, "; no answer within ");
        put_time_left(w, client_transaction_gives_up_at(&engine->clients, attempt->transaction),
                      now);
        put(w, " counts as failed");
        break;
    }
    put(w, "\n");
}

/* What the attempt will turn to next; false: there is nothing left. */
static bool put_next_candidate(struct writer *w, const struct account *account,
                               const struct attempt *attempt) {
    bool looked_up = attempt->state != ATTEMPT_LOCATING;
    const struct candidate_ahead next =
        candidates_ahead(account->settings, &attempt->candidates, looked_up);

    switch (next.kind) {
    case AHEAD_TARGET:
        put(w, "tries ");
        address_write(w, &next.target.address);
        break;
    case AHEAD_SAME:
        put(w, "tries what else the DNS says of ");
        put_hop(w, attempt->hop, account->settings);
        break;
    case AHEAD_HOP:
        put(w, "tries ");
        put_hop(w, next.hop, account->settings);
        break;
    case AHEAD_NOTHING:
        return false;
    }
    return true;
}

static void put_wait(struct writer *w, const struct account *account) {
    const struct retry_policy policy = account_retry_policy(account);
    uint32_t failures = account->failures < UINT32_MAX ? account->failures + 1 : UINT32_MAX;
    const struct retry_range range = retry_range(&policy, failures);

    put(w, "waits ");
    if (range.min < range.max) {
        write_span(w, range.min);
        put(w, " to ");
    }
    write_span(w, range.max);
    put(w, " or what the server asks for, then tries again");
}

/* What will be done should the attempt fail where it is. */
static void explain_otherwise(struct writer *w, const struct account *account,
                              const struct attempt *attempt) {
    put(w, "if that fails: ");
    switch ((enum attempt_purpose)attempt->purpose) {
    case ATTEMPT_TO_REGISTER:
        if (!put_next_candidate(w, account, attempt))
            put_wait(w, account);
        break;
    case ATTEMPT_TO_FAIL_BACK:
        if (!put_next_candidate(w, account, attempt))
            put(w, "stays where it is");
        break;
    case ATTEMPT_TO_REMOVE:
        put(w, "gives the binding up, which ends by itself");
        break;
    case ATTEMPT_TO_CLEAR:
        put(w, account->intent == INTENT_REGISTERED ? "registers all the same" : "rests");
        break;
    }
    put(w, "\n");
}

static void explain_keep_alive(struct writer *w, const struct account *account, hf_time now) {
    const struct keep_alive *k = account->keep_alive;
    const char *method =
        probe_policy(account->settings).method == SIP_METHOD_NOTIFY ? "NOTIFY" : "OPTIONS";

    if (!k)
        return;
    if (k->state == KEEP_ALIVE_GIVEN_UP) {
        put(w, "keep-alive: none until a REGISTER has succeeded\n");
        return;
    }
    put(w, "next: ");
    put(w, method);
    put(w, " in ");
    put_time_left(w, k->timer.due_at, now);
    put(w, ", ");
    writer_put_number(w, k->unanswered);
    put(w, " of ");
    writer_put_number(
        w, (uint64_t)settings_number(account->settings, SETTING_KEEP_ALIVE_MAX_TRIES, 0));
    put(w, k->state == KEEP_ALIVE_ASKING ? " unanswered, one open\n" : " unanswered\n");
}

static void explain_keeper(struct writer *w, const struct account *account, hf_time now) {
    const struct path *path = account->binding.path;

    if (!path || !timer_is_set(&path->keeper))
        return;
    put(w, path->asked > 0 || path->pinged ? "now: waits for the answer to a packet that keeps the "
                                             "way open"
                                           : "next: a packet that keeps the way open, in ");
    if (path->asked == 0 && !path->pinged)
        put_time_left(w, path->keeper.due_at, now);
    if (path->keep_agreed > 0) {
        put(w, "; the server wants one every ");
        write_span(w, path->keep_agreed);
    }
    put(w, "\n");
}

static void explain_binding(struct writer *w, const struct account *account, hf_time now) {
    if (!account->binding.path)
        return;
    put(w, "bound at ");
    address_write(w, &account->binding.target.address);
    put(w, " (");
    put_hop(w, account->binding.hop, account->settings);
    put(w, ")");
    if (account->binding.outbound) {
        put(w, " as flow ");
        writer_put_number(w, outbound_reg_id(account->settings));
    }
    if (account->binding.ends_at != HF_NEVER) {
        put(w, ", which ends in ");
        put_time_left(w, account->binding.ends_at, now);
    }
    put(w, "\n");
}

enum { EXPLAINED_ROUTE_MAX = 200 };

static void explain_route(struct writer *w, const char *before, struct hf_slice route) {
    if (route.len == 0)
        return;
    put(w, before);
    if (route.len > EXPLAINED_ROUTE_MAX) {
        writer_put(w, route.ptr, EXPLAINED_ROUTE_MAX);
        put(w, "...");
    } else {
        writer_put_slice(w, route);
    }
    put(w, "\n");
}

static void explain_routes(struct writer *w, const struct account *account) {
    const struct routes *routes = account->binding.routes;

    explain_route(w, "service route: ", routes_service(routes));
    explain_route(w, "path to here: ", routes_path(routes));
    explain_route(w, "public GRUU: ", gruus_public(account->binding.gruus));
    explain_route(w, "temporary GRUU: ", gruus_temporary(account->binding.gruus));
}

static void explain_failback(struct writer *w, const struct account *account, hf_time now) {
    if (account->failback_put_off)
        put(w, "next: tries to move back when the calls in progress have ended\n");
    if (account->failback_at == HF_NEVER || account->attempt)
        return;
    put(w, "next: tries to move back to ");
    put_hop(w, 0, account->settings);
    put(w, " in ");
    put_time_left(w, account->failback_at, now);
    put(w, "\n");
}

/* The next REGISTER, or why there is none. */
static void explain_register(struct writer *w, const struct engine *engine,
                             const struct account *account, hf_time now) {
    if (account_awaits_turn(account)) {
        bool at_gate;

        put(w, "next: REGISTER when its turn comes; waiting for theirs: ");
        writer_put_number(w, turns_waiting_with(engine, account, &at_gate));
        put(w, at_gate ? " (rate.target, rate.window)\n" : " (rate.agent)\n");
    } else if (account->next_attempt_at != HF_NEVER) {
        bool renews = account->binding.path && account->failures == 0;

        put(w, "next: REGISTER in ");
        put_time_left(w, account->next_attempt_at, now);
        put(w, renews ? ", to renew the binding" : ", to try again");
        put(w, ", first at ");
        put_hop(w, order_first_hop(account, account->next_attempt_at), account->settings);
        put(w, "\n");
    } else if (!account->attempt) {
        put(w, account->state == HF_STATE_DISABLED
                   ? "next: nothing: its settings do not want it registered\n"
                   : "next: nothing, until somebody asks or the settings change\n");
    }
}

static void explain_leg(struct writer *w, const struct engine *engine,
                        const struct account *account, hf_time now) {
    put(w, "state: ");
    put(w, hf_account_state_name((enum hf_account_state)account->state));
    put(w, "\n");
    journal_write(&account->journal, w, put_hop, account->settings, now);
    explain_binding(w, account, now);
    explain_routes(w, account);
    discovery_explain(account, w, now);
    if (account->removal)
        explain_attempt(w, engine, account, account->removal, now);
    if (account->attempt) {
        explain_attempt(w, engine, account, account->attempt, now);
        explain_otherwise(w, account, account->attempt);
    }
    explain_keep_alive(w, account, now);
    explain_keeper(w, account, now);
    explain_failback(w, account, now);
    explain_register(w, engine, account, now);
}

/* "registration 2 of 2, at b.example:", for an account that has several at the same time */
static void put_leg(struct writer *w, const struct account *leg, unsigned index, unsigned count) {
    put(w, "registration ");
    writer_put_number(w, index + 1);
    put(w, " of ");
    writer_put_number(w, count);
    put(w, " at the same time, at ");
    put_hop(w, 0, leg->settings);
    put(w, ":\n");
}

int hf_agent_explain(const struct hf_agent *agent, hf_account_id id, char *buffer, size_t size,
                     hf_time now) {
    struct account *account = account_find(&agent->engine, id);
    struct writer w = writer_of(buffer, size);

    if (!account)
        return HF_ERROR_UNKNOWN;
    if (size == 0)
        return 0;
    const unsigned count = legs_count(account);

    for (unsigned i = 0; i < count; i++) {
        struct account *leg = legs_get(account, i);

        if (count > 1)
            put_leg(&w, leg, i, count);
        explain_leg(&w, &agent->engine, leg, now);
    }
    (void)writer_terminate(&w);
    return (int)writer_length(&w);
}
