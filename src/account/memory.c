#include "account/memory.h"

#include <stdlib.h>

#include "account/internal.h"
#include "account/legs.h"
#include "account/mapping.h"
#include "account/outbound.h"
#include "account/proxies.h"
#include "base/address.h"
#include "base/assert.h"
#include "usage/recall.h"

static void contact_write(struct writer *w, const struct account *account,
                          const struct past_binding *binding) {
    if (binding->contact)
        writer_put_slice(w, slice_from(binding->contact));
    else
        contact_uri_write(w, &account->registration, account->settings, &binding->local,
                          binding->target.transport);
}

/* One that has ended is forgotten, and none lasts longer than we would believe a server. */
static int recall_binding(const struct account *account, const struct hf_remembered_binding *from,
                          struct past_binding *ret, hf_time now) {
    char text[CONTACT_URI_MAX];
    struct writer w = writer_of(text, sizeof text);
    const hf_time latest = now + LIMIT_GRANTED_SECONDS * HF_SECOND;
    struct hop hop;

    if (from->contact[0] == '\0' || from->ends_at <= now ||
        !recall_is_ours(&account->registration, from->contact) ||
        !hop_get(account->settings, from->hop, &hop))
        return 0;
    *ret = (struct past_binding){
        .target = {.address = from->target, .transport = (enum hf_transport)from->transport},
        .local = from->local,
        .hop = from->hop,
        .endpoint = from->endpoint,
        .ends_at = from->ends_at < latest ? from->ends_at : latest};
    contact_write(&w, account, ret);
    if (slice_equal(writer_slice(&w), slice_from(from->contact)))
        return 0;
    ret->contact = strdup(from->contact);
    return ret->contact ? 0 : HF_ERROR_MEMORY;
}

void past_free(struct engine *engine, struct past *past) {
    if (!past)
        return;
    for (size_t i = 0; i < HF_REMEMBERED_BINDINGS; i++)
        free(past->bindings[i].contact);
    free(past->gruus);
    slab_give(&engine->pasts, past->handle);
}

static enum past_step first_step(const struct account *account) {
    switch (
        (enum setting_unregister)settings_word(account->settings, SETTING_UNREGISTER_ON_START, 0)) {
    case UNREGISTER_NOTHING:
        return PAST_CLEARED;
    case UNREGISTER_ALL:
        return PAST_CLEARS_OLDER;
    case UNREGISTER_INSTANCE:
        return PAST_CLEARS_FORMER;
    }
    HF_UNREACHABLE();
}

/* The same name may stand for somebody else by now: then nothing of it counts. */
static bool is_of_somebody_else(const struct account *account,
                                const struct hf_remembered *remembered) {
    const char *contact = remembered->bindings[0].contact;

    return contact[0] != '\0' && !recall_is_ours(&account->registration, contact);
}

static int recall_all(struct engine *engine, struct account *account, struct past *past,
                      const struct hf_remembered *remembered, hf_time now) {
    for (size_t i = 0; i < HF_REMEMBERED_BINDINGS; i++)
        if (recall_binding(account, &remembered->bindings[i], &past->bindings[i], now))
            return HF_ERROR_MEMORY;
    past->knew = past->bindings[0].ends_at > 0 || past->bindings[1].ends_at > 0;
    past->gruus = gruus_make(slice_from(remembered->pub_gruu), slice_from(remembered->temp_gruu));
    if (past_former(past))
        account->hop = past->bindings[0].hop;
    struct hf_remembered known = *remembered;

    /* Whose challenge it was shows only in a Contact: the settings may have changed meanwhile. */
    if (known.bindings[0].contact[0] == '\0')
        known.challenge.nonce[0] = '\0';
    registration_recall(&account->registration, &known, account->settings, engine->digest,
                        &engine->random);
    return 0;
}

int account_recall(struct engine *engine, struct account *account,
                   const struct hf_remembered *remembered, hf_time now) {
    enum past_step step = first_step(account);

    if (remembered && is_of_somebody_else(account, remembered))
        remembered = NULL;
    if (!remembered && step == PAST_CLEARED)
        return 0;
    uint64_t handle;
    struct past *past = slab_take(&engine->pasts, &handle);

    if (!past)
        return HF_ERROR_MEMORY;
    past->handle = handle;
    past->step = (uint8_t)step;
    if (remembered && recall_all(engine, account, past, remembered, now)) {
        past_free(engine, past);
        return HF_ERROR_MEMORY;
    }
    account->past = past;
    return 0;
}

static bool clear_binding(struct engine *engine, struct account *account,
                          const struct past_binding *binding, bool in_background, hf_time now) {
    char text[CONTACT_URI_MAX];
    struct writer w = writer_of(text, sizeof text);
    struct attempt_clearing clearing = {.target = binding->target,
                                        .local = binding->local,
                                        .hop = binding->hop,
                                        .endpoint = binding->endpoint,
                                        .ends_at = binding->ends_at,
                                        .in_background = in_background};

    contact_write(&w, account, binding);
    clearing.contact = writer_slice(&w);
    return attempt_begin_clearing(engine, account, &clearing, now) == 0;
}

/* At the server that held the last binding, else at the first. */
static bool clear_own(struct engine *engine, struct account *account, bool all, hf_time now) {
    const struct past_binding *former = past_former(account->past);
    struct attempt_clearing clearing = {.all = all};

    if (former) {
        clearing.target = former->target;
        clearing.hop = former->hop;
        clearing.endpoint = former->endpoint;
    }
    return attempt_begin_clearing(engine, account, &clearing, now) == 0;
}

bool account_clear_past(struct engine *engine, struct account *account, hf_time now) {
    struct past *past = account->past;
    bool all = settings_word(account->settings, SETTING_UNREGISTER_ON_START, 0) == UNREGISTER_ALL;

    while (past && past->step != PAST_CLEARED) {
        enum past_step step = (enum past_step)past->step++;

        switch (step) {
        case PAST_CLEARS_FORMER:
        case PAST_CLEARS_OLDER: {
            const struct past_binding *binding = &past->bindings[step - PAST_CLEARS_FORMER];

            if (binding->ends_at > now && clear_binding(engine, account, binding, false, now))
                return true;
            break;
        }
        case PAST_CLEARS_OWN:
            if ((all || !past->knew) && clear_own(engine, account, all, now))
                return true;
            break;
        case PAST_CLEARED:
            HF_UNREACHABLE();
        }
    }
    return false;
}

bool account_leave_past(struct engine *engine, struct account *account, hf_time now) {
    const struct past_binding *former = past_former(account->past);

    if (!former || former->ends_at <= now)
        return false;
    account->past->step = PAST_CLEARED;
    return clear_binding(engine, account, former, false, now);
}

/* At the same target, under another Contact: that of a connection that has gone with the program
 * that had it, so that nobody can be called there any more. */
static bool is_left_behind(const struct account *account, const struct past_binding *past) {
    const struct binding *binding = &account->binding;
    const struct hf_address local =
        mapping_contact(account->settings, binding->path, binding->shown);

    return !binding->outbound && path_is_stream(binding->path) &&
           target_equal(&past->target, &binding->target) &&
           (past->contact || !address_equal(&past->local, &local));
}

void account_settle_past(struct engine *engine, struct account *account, hf_time now) {
    struct past *past = account->past;

    account->past = NULL;
    if (!past)
        return;
    const struct past_binding *former = &past->bindings[0], *older = &past->bindings[1];
    const struct binding *binding = &account->binding;
    const struct bound_by before = {older->hop, older->target.transport, older->local};
    const struct bound_by by = {binding->hop, binding->target.transport,
                                mapping_contact(account->settings, binding->path, binding->shown)};

    if (former->ends_at > now && !account->removal && is_left_behind(account, former))
        (void)clear_binding(engine, account, former, true, now);
    if (older->ends_at > now && !account->removal &&
        !target_equal(&older->target, &binding->target) &&
        !proxies_same_binding(account->settings, &before, &by))
        (void)clear_binding(engine, account, older, true, now);
    past_free(engine, past);
}

void account_doubt_past(struct engine *engine, struct account *account, unsigned status) {
    if (!account->past || status < 400)
        return;
    registration_renew(&account->registration, &engine->random);
    gruus_end_temporary(account->past->gruus);
}

/* Whatever came of it, it is tried once. */
void account_clearing_ended(struct engine *engine, struct account *account,
                            const struct attempt_result *result, hf_time now) {
    struct past *past = account->past;

    (void)result;
    if (past && past->step <= PAST_CLEARS_OWN)
        past->bindings[past->step - PAST_CLEARS_OLDER].ends_at = 0;
    else if (past)
        past->bindings[0].ends_at = 0;
    account_touch(engine, account);
    if (account->intent == INTENT_REGISTERED)
        account_begin(engine, account, ATTEMPT_TO_REGISTER, now);
    else
        account_come_to_rest(engine, account);
}

static void remember_binding(const struct account *account, const struct past_binding *binding,
                             struct hf_remembered_binding *ret) {
    struct writer w = writer_of(ret->contact, sizeof ret->contact);

    if (binding->ends_at == 0 || binding->target.address.family == HF_FAMILY_NONE)
        return;
    contact_write(&w, account, binding);
    (void)writer_terminate(&w);
    if (w.full)
        ret->contact[0] = '\0';
    ret->target = binding->target.address;
    ret->transport = (uint8_t)binding->target.transport;
    ret->local = binding->local;
    ret->hop = binding->hop;
    ret->endpoint = binding->endpoint;
    ret->ends_at = binding->ends_at;
}

static void remember_gruus(const struct account *account, struct hf_remembered *ret) {
    const struct gruus *gruus =
        account->binding.path ? account->binding.gruus : past_gruus(account->past);
    struct writer pub = writer_of(ret->pub_gruu, sizeof ret->pub_gruu);
    struct writer temporary = writer_of(ret->temp_gruu, sizeof ret->temp_gruu);

    writer_put_slice(&pub, gruus_public(gruus));
    (void)writer_terminate(&pub);
    writer_put_slice(&temporary, gruus_temporary(gruus));
    (void)writer_terminate(&temporary);
}

void account_remember(const struct account *account, struct hf_remembered *ret) {
    const struct past *past = account->past;
    struct past_binding working = {0}, leaving = {0};

    *ret = (struct hf_remembered){0};
    registration_remember(&account->registration, ret);
    if (past) {
        working = past->bindings[0];
        leaving = past->bindings[1];
    }
    if (account->binding.path)
        working =
            (struct past_binding){.target = account->binding.target,
                                  .local = mapping_contact(account->settings, account->binding.path,
                                                           account->binding.shown),
                                  .hop = account->binding.hop,
                                  .endpoint = account->binding.endpoint,
                                  .ends_at = account->binding.ends_at};
    if (account->removal)
        leaving = (struct past_binding){.target = account->removal->target,
                                        .local = account->removal->former.local,
                                        .hop = account->removal->hop,
                                        .ends_at = account->removal->former.ends_at,
                                        .contact = account->removal->contact};
    remember_binding(account, &working, &ret->bindings[0]);
    remember_binding(account, &leaving, &ret->bindings[1]);
    remember_gruus(account, ret);
}

void account_touch(struct engine *engine, struct account *account) {
    account = legs_get(account, 0);
    if (account->intent != INTENT_GONE && !list_is_linked(&account->changed))
        list_append(&engine->changed, &account->changed);
}
