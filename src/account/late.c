#include "account/late.h"

#include <stdlib.h>

#include "account/internal.h"
#include "account/mapping.h"
#include "base/address.h"
#include "base/assert.h"

/* Two of RFC 3261's Timer F: whoever takes longer has been asked again meanwhile. */
static const hf_time patience = 64 * HF_SECOND;

/* So near to each other two ends cannot be told apart. */
static const hf_time nearness = 3 * HF_SECOND;

/* When the other binding is renewed, so that it ends clearly later. */
static const hf_time renewal_wait = 5 * HF_SECOND;

/* What was sent, and what has come of it. */
struct sent {
    hf_path_id path;
    hf_time sent_at;
    hf_time answered_at; /* it waits until it can be told from the other binding; 0: not yet */
    struct candidate candidate;
    struct target target; /* the candidate's, maybe over TCP */
    struct hf_address contact_at;
    uint32_t hop;
    uint32_t cseq;
    uint32_t asked;   /* seconds */
    uint32_t granted; /* once answered */
    uint8_t offered;  /* of enum extension */
    uint8_t shown;
    bool outdated;
};

struct late {
    uint64_t handle;
    struct map_node by_secret;  /* the hash is the secret */
    struct map_node by_account; /* and the account */
    struct list_node in_order;
    hf_time forget_at;
    struct path *path; /* held, so that an answer gets to us; NULL: a connection */
    struct sent sent;
};

void lates_init(struct lates *lates) {
    slab_init(&lates->slab, sizeof(struct late));
    map_init(&lates->by_secret);
    map_init(&lates->by_account);
    list_init(&lates->in_order);
    timer_init(&lates->timer, ENGINE_TIMER_LATES);
}

void lates_release(struct lates *lates) {
    map_release(&lates->by_secret);
    map_release(&lates->by_account);
    slab_release(&lates->slab);
}

static struct late *first(const struct lates *lates) {
    struct list_node *node = list_first(&lates->in_order);

    return node ? CONTAINER_OF(node, struct late, in_order) : NULL;
}

static void forget(struct engine *engine, struct late *late) {
    struct lates *lates = &engine->lates;

    map_remove(&lates->by_secret, &late->by_secret);
    map_remove(&lates->by_account, &late->by_account);
    list_remove(&late->in_order);
    path_let_go(&engine->paths, late->path, &engine->outbox);
    slab_give(&lates->slab, late->handle);
}

static void rearm(struct engine *engine) {
    const struct late *late = first(&engine->lates);

    timer_wheel_set(&engine->wheel, &engine->lates.timer, late ? late->forget_at : HF_NEVER);
}

void late_expire(struct engine *engine, hf_time now) {
    for (struct late *late; (late = first(&engine->lates)) != NULL && late->forget_at <= now;)
        forget(engine, late);
    rearm(engine);
}

void late_forget_all(struct engine *engine) {
    for (struct late *late; (late = first(&engine->lates)) != NULL;)
        forget(engine, late);
    rearm(engine);
}

static bool add_to_maps(struct lates *lates, struct late *late, uint64_t secret,
                        hf_account_id account) {
    if (map_insert(&lates->by_secret, &late->by_secret, secret))
        return false;
    if (map_insert(&lates->by_account, &late->by_account, account) == 0)
        return true;
    map_remove(&lates->by_secret, &late->by_secret);
    return false;
}

/* The oldest makes way. Without memory an answer will be a stray, as any other. */
static void look_out(struct engine *engine, uint64_t secret, hf_account_id account,
                     struct path *path, const struct sent *sent, hf_time now) {
    struct lates *lates = &engine->lates;
    uint64_t handle;

    if (lates->slab.count >= LIMIT_LATE_ANSWERS)
        forget(engine, first(lates));
    struct late *late = slab_take(&lates->slab, &handle);

    if (!late)
        return;
    late->handle = handle;
    if (!add_to_maps(lates, late, secret, account)) {
        slab_give(&lates->slab, handle);
        return;
    }
    late->sent = *sent;
    late->path = path_is_stream(path) ? NULL : path_hold_again(path);
    late->forget_at = now + patience;
    list_append(&lates->in_order, &late->in_order);
    rearm(engine);
}

void late_expect(struct engine *engine, const struct attempt *attempt, hf_time now) {
    const struct sent sent = {.path = attempt->path->id,
                              .sent_at = attempt->sent.at,
                              .candidate = attempt->candidates.current,
                              .target = attempt->target,
                              .contact_at = attempt->contact_at,
                              .hop = attempt->hop,
                              .cseq = attempt->sent.cseq,
                              .asked = attempt->exchange.expires,
                              .offered = attempt->exchange.offered,
                              .shown = attempt->shown};

    if (attempt->exchange.kind == EXCHANGE_BIND && !(sent.offered & EXTENSION_OUTBOUND) &&
        (attempt->path->state == PATH_OPEN || path_is_stream(attempt->path)))
        look_out(engine, attempt->sent.secret, attempt->account, attempt->path, &sent, now);
}

/* Of those of the account. NULL: the first. */
static struct late *next_of(const struct engine *engine, const struct account *account,
                            const struct late *after) {
    struct map_node *node =
        after ? map_next(&after->by_account) : map_first(&engine->lates.by_account, account->id);

    return node ? CONTAINER_OF(node, struct late, by_account) : NULL;
}

void late_outdate(const struct engine *engine, const struct account *account) {
    for (struct late *late = next_of(engine, account, NULL); late;
         late = next_of(engine, account, late))
        late->sent.outdated = true;
}

void late_supersede(struct engine *engine, const struct account *account,
                    const struct target *target, const struct hf_address *contact_at,
                    uint32_t cseq) {
    for (struct late *late = next_of(engine, account, NULL), *next; late; late = next) {
        next = next_of(engine, account, late);
        if (late->sent.cseq < cseq && target_equal(&late->sent.target, target) &&
            address_equal(&late->sent.contact_at, contact_at))
            forget(engine, late);
    }
    rearm(engine);
}

/* The connection is gone, and whoever calls its Contact finds nobody. */
static bool is_left(const struct engine *engine, const struct late *late,
                    const struct target *target) {
    const struct path *path = paths_find(&engine->paths, late->sent.path);

    return late->sent.target.transport != HF_TRANSPORT_UDP &&
           target_equal(&late->sent.target, target) && (!path || path->state != PATH_OPEN);
}

struct hf_address late_left_at(const struct engine *engine, const struct account *account,
                               const struct target *target, const struct hf_address *contact_at) {
    const struct sent *last = NULL;

    for (struct late *late = next_of(engine, account, NULL); late;
         late = next_of(engine, account, late))
        if ((!last || late->sent.cseq > last->cseq) && is_left(engine, late, target) &&
            !address_equal(&late->sent.contact_at, contact_at))
            last = &late->sent;
    return last ? last->contact_at : (struct hf_address){0};
}

static struct late *find(const struct engine *engine, struct hf_slice branch) {
    uint64_t secret;

    if (engine->lates.slab.count == 0 || !client_branch_secret(branch, &secret))
        return NULL;
    struct map_node *node = map_first(&engine->lates.by_secret, secret);

    return node ? CONTAINER_OF(node, struct late, by_secret) : NULL;
}

/* From where it was sent to, and to that very request. */
static bool is_its_answer(const struct sent *sent, const struct path *path,
                          const struct hf_address *from, const struct sip_message *response) {
    struct sip_cseq cseq;

    return path->key.transport == sent->target.transport &&
           (!path_is_stream(path) || path->id == sent->path) &&
           address_equal(from, &sent->target.address) && sip_cseq_read(response, &cseq) &&
           cseq.method == SIP_METHOD_REGISTER && cseq.number == sent->cseq;
}

/* Its settings may have changed since: then it has another Call-ID. */
static bool is_of(const struct account *account, const struct sip_message *response) {
    char text[CALL_ID_MAX];
    struct writer w = writer_of(text, sizeof text);
    const struct sip_field *call_id = sip_field(response, SIP_HEADER_CALL_ID);

    call_id_write(&w, &account->registration);
    return call_id && slice_equal(call_id->value, writer_slice(&w));
}

/* What is bound there, as nearly as we know: from when it was sent at the earliest. False: nothing
 * that the account could renew or remove. */
static bool read_binding(const struct account *account, struct sent *sent, struct path *path,
                         const struct sip_message *response, struct binding *ret, hf_time now) {
    const struct exchange exchange = {
        .kind = EXCHANGE_BIND, .offered = sent->offered, .expires = sent->asked};
    const struct exchange_place place = {.settings = account->settings,
                                         .transport = sent->target.transport,
                                         .contact_at = sent->contact_at};
    const struct hf_address contact = mapping_contact(account->settings, path, sent->shown);
    struct hop hop;

    if (response->status / 100 != 2 || !is_of(account, response) ||
        !hop_get(account->settings, sent->hop, &hop) || !address_equal(&contact, &sent->contact_at))
        return false;
    *ret = (struct binding){.path = path,
                            .target = sent->target,
                            .hop = sent->hop,
                            .endpoint = sent->candidate.endpoint,
                            .level = sent->candidate.level,
                            .shown = sent->shown,
                            .since_at = now,
                            .records_expire_at = sent->candidate.expires_at};
    sent->granted =
        exchange_late_grant(&exchange, &account->registration, &place, response, &ret->gruus);
    ret->ends_at = sent->sent_at + sent->granted * HF_SECOND;
    return ret->ends_at >= now + HF_SECOND;
}

static struct hf_address contact_of(const struct account *account, const struct binding *binding) {
    return mapping_contact(account->settings, binding->path, binding->shown);
}

static bool has_same_contact(const struct account *account, const struct binding *binding) {
    const struct hf_address one = contact_of(account, &account->binding);
    const struct hf_address other = contact_of(account, binding);

    return account->binding.target.transport == binding->target.transport &&
           address_equal(&one, &other);
}

static bool has_this(const struct account *account, const struct binding *binding) {
    return account->binding.path && target_equal(&account->binding.target, &binding->target) &&
           has_same_contact(account, binding);
}

/* It is registered there after all. What is under way goes on, as a renewal. */
static void adopt(struct engine *engine, struct account *account, struct binding *binding,
                  const struct sent *sent, const struct sip_message *response, hf_time now) {
    struct attempt *attempt = account->attempt;
    struct attempt_result result = {.verdict = ATTEMPT_REGISTERED,
                                    .status = response->status,
                                    .took = now - sent->sent_at,
                                    .granted = (uint32_t)((binding->ends_at - now) / HF_SECOND),
                                    .former_level = account->level};

    if (!account->binding.path && account->state != HF_STATE_REGISTERING)
        account_set_state(account, HF_STATE_REGISTERING);
    if (attempt && has_this(account, binding))
        attempt->former_failed = false; /* it is there, to be removed after a move */
    late_supersede(engine, account, &sent->target, &sent->contact_at, sent->cseq);
    result.binding = *binding;
    path_hold_again(binding->path);
    binding->gruus = NULL;
    result.binding.routes = routes_learn(response);
    account_attempt_ended(engine, account, &result, now);
    if (account->attempt && account->attempt->purpose != ATTEMPT_TO_FAIL_BACK) {
        account->next_attempt_at = HF_NEVER;
        account_rearm(engine, account);
    }
}

/* What goes on there already decides. */
static bool is_seen_to(const struct account *account, const struct binding *binding) {
    const struct attempt *attempt = account->attempt, *removal = account->removal;
    const struct hf_address contact = contact_of(account, binding);

    return (attempt && attempt->asking && target_equal(&attempt->target, &binding->target)) ||
           (removal && target_equal(&removal->target, &binding->target) &&
            address_equal(&removal->former.local, &contact));
}

static void remove_late(struct engine *engine, struct account *account, const struct sent *sent,
                        struct binding *binding, hf_time now) {
    const bool goes_on = account->intent == INTENT_REGISTERED; /* else this may be its end */

    if (is_seen_to(account, binding) ||
        (account->removal && account_leave_removal(engine, account)) ||
        attempt_begin(engine, account, ATTEMPT_TO_REMOVE, binding, now) || !goes_on ||
        !account->removal)
        return;
    account->removal->former.spread = (sent->answered_at - sent->sent_at) / 2;
}

/* The account's own may be this one, at servers that share them. */
static bool may_be_this(const struct account *account, const struct sent *sent,
                        const struct binding *binding) {
    const hf_time ends_at = account->binding.ends_at;
    const hf_time latest = sent->answered_at + sent->granted * HF_SECOND;

    return has_same_contact(account, binding) && ends_at + nearness >= binding->ends_at &&
           ends_at <= latest + nearness;
}

/* In the middle of the time in which it may end. */
static void guess_end(struct binding *binding, const struct sent *sent) {
    binding->ends_at += (sent->answered_at - sent->sent_at) / 2;
}

static void renew_soon(struct engine *engine, struct account *account, hf_time now) {
    const hf_time at = now + renewal_wait;

    if (account->attempt || account->failures > 0 || at >= account->next_attempt_at)
        return;
    account->renews_here = true;
    account->next_attempt_at = at;
    account_rearm(engine, account);
}

/* What is being removed ends no later than its last renewal says. */
static void shorten(struct engine *engine, struct account *account, const struct binding *binding) {
    if (binding->ends_at >= account->binding.ends_at)
        return;
    account->binding.ends_at = binding->ends_at;
    account_rearm(engine, account);
}

/* True: it is to be remembered until the other one has been renewed. */
static bool is_to_wait(struct engine *engine, struct account *account, struct sent *sent,
                       struct binding *binding, const struct sip_message *response, hf_time now) {
    const bool is_wanted = account->intent == INTENT_REGISTERED && !account->stands_by;

    journal_note(&account->journal, JOURNAL_ANSWERED_LATE, sent->hop, now);
    sent->answered_at = now;
    if (is_wanted && (!account->binding.path || has_this(account, binding))) {
        if (!sent->outdated && !(account->attempt && attempt_tears_down(account->attempt)) &&
            (!account->binding.path || binding->ends_at > account->binding.ends_at))
            adopt(engine, account, binding, sent, response, now);
        return false;
    }
    if (is_wanted && may_be_this(account, sent, binding)) {
        renew_soon(engine, account, now);
        return true;
    }
    if (account_is_removing(account) && has_this(account, binding)) {
        shorten(engine, account, binding);
        return false;
    }
    guess_end(binding, sent);
    remove_late(engine, account, sent, binding, now);
    return false;
}

bool late_answered(struct engine *engine, struct path *path, const struct hf_address *from,
                   const struct sip_message *response, const struct via *via, hf_time now) {
    struct late *late = find(engine, via->branch);
    struct binding binding = {0};

    if (!late || late->sent.answered_at != 0 || !is_its_answer(&late->sent, path, from, response))
        return false;
    if (response->status < 200)
        return true;
    const uint64_t secret = late->by_secret.hash;
    const hf_account_id id = late->by_account.hash;
    struct account *account = slab_get(&engine->accounts, id);
    struct sent sent = late->sent;

    path_hold_again(path);
    forget(engine, late); /* what follows may look out for another */
    rearm(engine);
    if (account && read_binding(account, &sent, path, response, &binding, now) &&
        is_to_wait(engine, account, &sent, &binding, response, now))
        look_out(engine, secret, id, path, &sent, now);
    free(binding.gruus);
    path_let_go(&engine->paths, path, &engine->outbox);
    return true;
}

static void remove_waiting(struct engine *engine, struct account *account, const struct sent *sent,
                           struct path *path, hf_time now) {
    struct binding binding = {.path = path,
                              .target = sent->target,
                              .hop = sent->hop,
                              .endpoint = sent->candidate.endpoint,
                              .level = sent->candidate.level,
                              .shown = sent->shown,
                              .ends_at = sent->sent_at + sent->granted * HF_SECOND,
                              .records_expire_at = sent->candidate.expires_at};

    if (has_this(account, &binding) || may_be_this(account, sent, &binding))
        return;
    guess_end(&binding, sent);
    remove_late(engine, account, sent, &binding, now);
}

void late_settle(struct engine *engine, struct account *account, hf_time now) {
    if (engine->lates.slab.count == 0)
        return;
    for (struct late *late = next_of(engine, account, NULL), *next; late; late = next) {
        next = next_of(engine, account, late);
        if (is_left(engine, late, &account->binding.target)) {
            forget(engine, late); /* that REGISTER has ended it, or its answer showed it */
            continue;
        }
        if (late->sent.answered_at == 0)
            continue;
        const struct sent sent = late->sent;
        struct path *path = paths_find(&engine->paths, sent.path);

        if (path)
            path_hold_again(path);
        forget(engine, late);
        if (path && path->state == PATH_OPEN)
            remove_waiting(engine, account, &sent, path, now);
        path_let_go(&engine->paths, path, &engine->outbox);
    }
    rearm(engine);
}
