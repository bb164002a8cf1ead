/* What the witness says of what the owner is told: events, states, explanations. */
#include "base/assert.h"
#include "sim/witness_internal.h"

static const hf_time slack = 2 * HF_MILLISECOND;

/* Several moves of the engine may fall into the step in which the owner acts; what is said then
 * is about the former life. */
static bool was_touched(const struct seen_account *account, const struct seen_leg *leg,
                        hf_time now) {
    return account->owner_acted || leg->letting_go || account->wanted_at == now;
}

static void binding_gone(struct witness *witness, uint32_t index, struct seen_leg *leg,
                         hf_time now) {
    const struct seen_account *account = witness_account(witness, index);

    if (leg->bound == SEEN_UNBOUND && account->wanted && !was_touched(account, leg, now))
        witness_object(witness, WITNESS_EVENTS, index, now, "unregistered without a binding");
    if (leg->looked && account->wanted && !was_touched(account, leg, now) &&
        !leg->granted_nothing && !witness_may_stand_by(account, leg, now) &&
        leg->last.state == HF_STATE_REGISTERED && now + slack < leg->last.binding_expires_at)
        witness_object(witness, WITNESS_DROPPED, index, now,
                       "the binding was given up %.3f s before its end",
                       (double)(leg->last.binding_expires_at - now) / 1e6);
    if (leg->bound == SEEN_BOUND)
        leg->unbound_at = now;
    leg->bound = SEEN_UNBOUND;
}

void witness_event(struct witness *witness, uint32_t process, const struct hf_event *event,
                   uint32_t index) {
    struct seen_account *account = witness_account(witness, index);
    struct seen_leg *leg = &account->legs[event->leg % WITNESS_LEGS];
    hf_time now = event->at;

    (void)process;
    if (account->gone) {
        witness_object(witness, WITNESS_GONE, index, now, "event %s of an account that is gone",
                       hf_event_name(event->kind));
        return;
    }
    switch (event->kind) {
    case HF_EVENT_REGISTERED:
        if (leg->bound == SEEN_BOUND)
            witness_object(witness, WITNESS_EVENTS, index, now, "registered twice");
        leg->bound = SEEN_BOUND;
        leg->letting_go = false;
        break;
    case HF_EVENT_REFRESHED:
        if (leg->bound == SEEN_UNBOUND)
            witness_object(witness, WITNESS_EVENTS, index, now, "refreshed without a binding");
        leg->bound = SEEN_BOUND;
        break;
    case HF_EVENT_UNREGISTERED:
        binding_gone(witness, index, leg, now);
        break;
    case HF_EVENT_CONFIG_CHANGED:
        witness_leave_bound_open(account);
        break;
    case HF_EVENT_REGISTERING:
        if (!account->wanted)
            witness_object(witness, WITNESS_NOT_WANTED, index, now, "registers unasked");
        break;
    case HF_EVENT_FAILOVER: /* said just before `registered` */
    case HF_EVENT_FAILBACK:
    case HF_EVENT_REGISTRATION_FAILED:
    case HF_EVENT_KEEPALIVE_LOST:
    case HF_EVENT_DNS_FAILED:
    case HF_EVENT_TLS_FAILED:
        break;
    }
}

static void check_grant(struct witness *witness, uint32_t index,
                        const struct hf_account_status *status, hf_time now) {
    struct seen_account *account = witness_account(witness, index);

    if (status->binding_expires_at == HF_NEVER || status->binding_expires_at + slack < now) {
        witness_object(witness, WITNESS_GRANT, index, now, "registered beyond the binding's end");
        return;
    }
    const hf_time granted_end_at = witness_granted_end(account, &status->target);

    if (status->binding_expires_at > granted_end_at + slack)
        witness_object(witness, WITNESS_GRANT, index, now,
                       "registered until %.3f s from now, granted was %.3f s",
                       (double)(status->binding_expires_at - now) / 1e6,
                       (double)((int64_t)(granted_end_at - now)) / 1e6);
    if (status->registered_since_at > now)
        witness_object(witness, WITNESS_GRANT, index, now, "registered since the future");
}

static void check_state(struct witness *witness, uint32_t index,
                        const struct hf_account_status *status, hf_time now) {
    struct seen_account *account = witness_account(witness, index);
    struct seen_leg *leg = &account->legs[status->leg % WITNESS_LEGS];
    bool registered = status->state == HF_STATE_REGISTERED;

    if (registered && !leg->letting_go)
        check_grant(witness, index, status, now);
    if (leg->bound == SEEN_UNKNOWN)
        leg->bound = registered ? SEEN_BOUND : SEEN_UNBOUND;
    else if (account->wanted && registered != (leg->bound == SEEN_BOUND))
        witness_object(witness, WITNESS_EVENTS, index, now, "is %s, the events say otherwise",
                       hf_account_state_name(status->state));
    if (leg->looked && account->wanted && !was_touched(account, leg, now) && !registered &&
        !leg->granted_nothing && !witness_may_stand_by(account, leg, now) &&
        leg->last.state == HF_STATE_REGISTERED && now + slack < leg->last.binding_expires_at)
        witness_object(witness, WITNESS_DROPPED, index, now, "%s %.3f s before the binding's end",
                       hf_account_state_name(status->state),
                       (double)(leg->last.binding_expires_at - now) / 1e6);
}

static void check_plan(struct witness *witness, uint32_t index,
                       const struct hf_account_status *status, hf_time now) {
    struct seen_account *account = witness_account(witness, index);
    bool planned = status->next_attempt_at != HF_NEVER;

    if (planned && status->next_attempt_at + slack < now)
        witness_object(witness, WITNESS_PLAN, index, now, "%s, next attempt %.3f s ago",
                       hf_account_state_name(status->state),
                       (double)(now - status->next_attempt_at) / 1e6);
    if (status->state == HF_STATE_WAITING && !planned && account->wanted)
        witness_object(witness, WITNESS_PLAN, index, now, "waits for nothing");
    if (account->wanted &&
        (status->state == HF_STATE_UNREGISTERED || status->state == HF_STATE_DISABLED))
        witness_object(witness, WITNESS_PLAN, index, now, "%s, but wanted registered",
                       hf_account_state_name(status->state));
    /* A binding is renewed before it ends. */
    if (status->state == HF_STATE_REGISTERED && account->wanted && status->failures == 0 &&
        planned && status->next_attempt_at > status->binding_expires_at + HF_SECOND)
        witness_object(witness, WITNESS_PLAN, index, now,
                       "the refresh is planned %.3f s after the binding's end",
                       (double)(status->next_attempt_at - status->binding_expires_at) / 1e6);
}

/* An attempt has just failed: how long is it going to wait? */
static void check_new_wait(struct witness *witness, uint32_t index,
                           const struct hf_account_status *status, hf_time now) {
    struct seen_account *account = witness_account(witness, index);
    struct seen_leg *leg = &account->legs[status->leg % WITNESS_LEGS];
    const struct witness_rules *rules = &account->rules;
    hf_time min = rules->wait_min, max = rules->wait_max;

    if (!leg->looked || status->failures <= leg->last.failures ||
        status->next_attempt_at == HF_NEVER || was_touched(account, leg, now))
        return;
    if (rules->flow_waits)
        witness_flow_waits(rules, status->failures, &min, &max);
    if (rules->rejected_wait > 0) {
        hf_time rejected = rules->rejected_wait > HF_SECOND ? rules->rejected_wait : HF_SECOND;

        min = rejected < min ? rejected : min;
        max = rejected > max ? rejected : max;
    }
    hf_time wait = status->next_attempt_at - now;

    if (status->next_attempt_at + slack < leg->last.at + min)
        witness_object(witness, WITNESS_TOO_EARLY, index, now, "waits %.3f s, not at least %.3f s",
                       (double)wait / 1e6, (double)min / 1e6);
    if (wait > max + slack && status->next_attempt_at > account->retry_after_at + slack)
        witness_object(witness, WITNESS_TOO_LATE, index, now, "waits %.3f s, not at most %.3f s",
                       (double)wait / 1e6, (double)max / 1e6);
}

void witness_look(struct witness *witness, uint32_t index, const struct hf_account_status *status,
                  hf_time now) {
    struct seen_account *account = witness_account(witness, index);
    struct seen_leg *leg = &account->legs[status->leg % WITNESS_LEGS];

    if (account->gone)
        return;
    check_state(witness, index, status, now);
    check_plan(witness, index, status, now);
    check_new_wait(witness, index, status, now);
    witness_look_at_flow(witness, index, status, now);
    leg->looked = true;
    if (account->rules.concurrent)
        leg->granted_nothing = false; /* it may have been another one that was granted nothing */
    account->owner_acted = account->owner_acted && status->leg + 1 < status->legs;
    leg->last.state = status->state;
    leg->last.at = now;
    leg->last.failures = status->failures;
    leg->last.next_attempt_at = status->next_attempt_at;
    leg->last.binding_expires_at = status->binding_expires_at;
    leg->last.reg_id = status->reg_id;
}

void witness_explained(struct witness *witness, uint32_t index, const char *text) {
    if (text[0] == '\0')
        witness_object(witness, WITNESS_EXPLAIN, index, SIM_START_AT, "nothing to say");
}
