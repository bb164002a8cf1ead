/* What an agent can say about its accounts. */
#include "account/account.h"
#include "account/attempt.h"
#include "account/legs.h"
#include "account/mapping.h"
#include "account/memory.h"
#include "agent/internal.h"
#include "base/address.h"
#include "sip/response.h"
#include "usage/outbound.h"

const char *hf_account_state_name(enum hf_account_state state) {
    switch (state) {
    case HF_STATE_DISABLED:
        return "disabled";
    case HF_STATE_UNREGISTERED:
        return "unregistered";
    case HF_STATE_RESOLVING:
        return "resolving";
    case HF_STATE_REGISTERING:
        return "registering";
    case HF_STATE_REGISTERED:
        return "registered";
    case HF_STATE_WAITING:
        return "waiting";
    case HF_STATE_REJECTED:
        return "rejected";
    }
    return "unknown";
}

const char *hf_event_name(enum hf_event_kind kind) {
    switch (kind) {
    case HF_EVENT_REGISTERING:
        return "registering";
    case HF_EVENT_REGISTERED:
        return "registered";
    case HF_EVENT_REFRESHED:
        return "refreshed";
    case HF_EVENT_REGISTRATION_FAILED:
        return "registration_failed";
    case HF_EVENT_UNREGISTERED:
        return "unregistered";
    case HF_EVENT_KEEPALIVE_LOST:
        return "keepalive_lost";
    case HF_EVENT_FAILOVER:
        return "failover";
    case HF_EVENT_FAILBACK:
        return "failback";
    case HF_EVENT_DNS_FAILED:
        return "dns_failed";
    case HF_EVENT_TLS_FAILED:
        return "tls_failed";
    case HF_EVENT_CONFIG_CHANGED:
        return "config_changed";
    }
    return "unknown";
}

struct hf_slice agent_hop_name(struct writer *w, const struct hf_settings *settings,
                               uint32_t index) {
    struct hop hop;
    const char *start = w->at;

    if (hop_get(settings, index, &hop))
        hop_write(w, &hop);
    return slice_of(start, (size_t)(w->at - start));
}

struct hf_slice agent_contact(struct writer *w, const struct account *account,
                              const struct path *path, enum hf_transport transport) {
    const char *start = w->at;
    const uint8_t shown =
        path == account->binding.path ? account->binding.shown : path->shown_count;
    const struct hf_address at = mapping_contact(account->settings, path, shown);

    contact_uri_write(w, &account->registration, account->settings, &at, transport);
    return slice_of(start, (size_t)(w->at - start));
}

static struct hf_slice last_reason(const struct account *account) {
    if (account->last_reason)
        return slice_from(account->last_reason);
    return account->last_status > 0 ? sip_reason(account->last_status) : SLICE_NONE;
}

static enum hf_account_place place_of(const struct account *account) {
    const struct binding *binding = &account->binding;

    if (!binding->path)
        return HF_PLACE_NONE;
    if (binding->hop > 0 || legs_index_of(account) > 0)
        return HF_PLACE_LESSER_SERVER;
    return binding->level > 0 ? HF_PLACE_LESSER_TARGET : HF_PLACE_BEST;
}

/* While there is no binding, the place that is being tried. Returns the path that a Contact can be
 * of, NULL: none. */
static const struct path *tell_place(struct hf_agent *agent, const struct account *account,
                                     struct hf_account_status *ret, struct writer *w) {
    const struct path *path = account->binding.path;
    const struct attempt *attempt = account->attempt;
    uint32_t hop = account->hop;

    if (path) {
        ret->target = account->binding.target.address;
        ret->transport = account->binding.target.transport;
        hop = account->binding.hop;
    } else if (attempt && attempt->path) {
        ret->target = attempt->target.address;
        ret->transport = attempt->target.transport;
        hop = attempt->hop;
        path = attempt->path->state == PATH_OPEN ? attempt->path : NULL;
    }
    *w = writer_of(agent->text, sizeof agent->text);
    ret->server = agent_hop_name(w, account->settings, hop);
    return path;
}

/* Who is due and awaits its turn is next as soon as may be. */
static hf_time next_attempt_at(const struct account *account, hf_time now) {
    const struct attempt *attempt = account->attempt;

    if (attempt && attempt->state == ATTEMPT_QUEUED)
        return now;
    return account->next_attempt_at > now ? account->next_attempt_at : now;
}

static void tell_gruus(const struct account *account, struct hf_account_status *ret) {
    const struct gruus *gruus =
        account->binding.path ? account->binding.gruus : past_gruus(account->past);

    ret->public_gruu = gruus_public(gruus);
    ret->temporary_gruu = gruus_temporary(gruus);
}

static const struct path *tell_briefly(struct hf_agent *agent, const struct account *account,
                                       struct hf_account_status *ret, struct writer *w,
                                       hf_time now) {
    *ret = (struct hf_account_status){
        .state = (enum hf_account_state)account->state,
        .tag = account->tag,
        .place = place_of(account),
        .registered_since_at = HF_NEVER,
        .binding_expires_at = HF_NEVER,
        .next_attempt_at = next_attempt_at(account, now),
        .failures = account->failures,
        .last_status = account->last_status,
        .last_reason = last_reason(account),
        .leg = legs_index_of(account),
        .legs = legs_count(account),
    };
    if (account->binding.path) {
        ret->registered_since_at = account->binding.since_at;
        ret->binding_expires_at = account->binding.ends_at;
        ret->reg_id = account->binding.outbound ? outbound_reg_id(account->settings) : 0;
    }
    return tell_place(agent, account, ret, w);
}

static void tell_leg(struct hf_agent *agent, const struct account *account,
                     struct hf_account_status *ret, hf_time now) {
    struct writer w;
    const struct path *path = tell_briefly(agent, account, ret, &w, now);

    if (path)
        ret->contact = agent_contact(&w, account, path, ret->transport);
    tell_gruus(account, ret);
}

int hf_agent_account_status(struct hf_agent *agent, hf_account_id id, struct hf_account_status *ret,
                            hf_time now) {
    struct account *account = account_find(&agent->engine, id);

    if (!account)
        return HF_ERROR_UNKNOWN;
    tell_leg(agent, legs_best(account), ret, now);
    return 0;
}

int hf_agent_account_brief(struct hf_agent *agent, hf_account_id id, struct hf_account_status *ret,
                           hf_time now) {
    struct account *account = account_find(&agent->engine, id);
    struct writer w;

    if (!account)
        return HF_ERROR_UNKNOWN;
    (void)tell_briefly(agent, legs_best(account), ret, &w, now);
    return 0;
}

int hf_agent_leg_status(struct hf_agent *agent, hf_account_id id, unsigned leg,
                        struct hf_account_status *ret, hf_time now) {
    struct account *account = account_find(&agent->engine, id);

    if (!account || leg >= legs_count(account))
        return HF_ERROR_UNKNOWN;
    tell_leg(agent, legs_get(account, leg), ret, now);
    return 0;
}

int hf_agent_remember_leg(const struct hf_agent *agent, hf_account_id id, unsigned leg,
                          struct hf_remembered *ret) {
    struct account *account = account_find(&agent->engine, id);

    if (!account || leg >= legs_count(account))
        return HF_ERROR_UNKNOWN;
    account_remember(legs_get(account, leg), ret);
    return 0;
}

int hf_agent_remember(const struct hf_agent *agent, hf_account_id id, struct hf_remembered *ret) {
    return hf_agent_remember_leg(agent, id, 0, ret);
}

bool hf_agent_next_changed(struct hf_agent *agent, hf_account_id *ret, uint64_t *ret_tag) {
    struct list_node *node = list_take_first(&agent->engine.changed);

    if (!node)
        return false;
    const struct account *account = CONTAINER_OF(node, struct account, changed);

    *ret = account->id;
    *ret_tag = account->tag;
    return true;
}

void hf_agent_count(const struct hf_agent *agent, struct hf_agent_counters *ret) {
    const struct engine *engine = &agent->engine;

    *ret = (struct hf_agent_counters){
        .accounts = engine->accounts.count - engine->further_legs,
        .registered = engine->registered,
        .requests_sent = engine->requests_sent,
        .retransmissions_sent = engine->clients.retransmissions,
        .responses_received = agent->responses_received,
        .requests_received = agent->requests_received,
        .rubbish_received = agent->rubbish_received,
        .strays_received = agent->strays_received,
        .outputs_waiting = engine->outbox.count - engine->outbox.taken,
        .outputs_lost = engine->outbox.lost,
        .turns_waiting = engine->turns.slab.count,
        .attempts = engine->attempts.count,
    };
}
