/* New settings for an account that runs. */
#include <stdlib.h>

#include "account/attempt.h"
#include "account/flow.h"
#include "account/internal.h"
#include "account/keep_alive.h"
#include "account/legs.h"
#include "account/mapping.h"
#include "account/memory.h"

static bool same_text(const struct hf_settings *a, const struct hf_settings *b, enum setting id,
                      unsigned index) {
    return slice_equal(settings_text(a, id, index), settings_text(b, id, index));
}

static bool same_number(const struct hf_settings *a, const struct hf_settings *b, enum setting id,
                        unsigned index) {
    return settings_number(a, id, index) == settings_number(b, id, index);
}

static bool same_hops(const struct hf_settings *a, const struct hf_settings *b, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        struct hop x, y;

        (void)hop_get(a, i, &x);
        (void)hop_get(b, i, &y);
        if (x.proxy != y.proxy || x.port != y.port || x.transport != y.transport ||
            x.server_port != y.server_port || !slice_equal(x.server_host, y.server_host) ||
            !slice_equal(x.host, y.host))
            return false;
    }
    return true;
}

/* Whether what the account holds and does is all at its first `count` hops. */
static bool keeps_to(const struct account *account, unsigned count) {
    return account->hop < count && (!account->binding.path || account->binding.hop < count) &&
           (!account->attempt || account->attempt->hop < count) && !account->removal &&
           !account->past;
}

/* Between one registration at a time and several the other servers come or go. */
static bool same_places(const struct account *account, const struct hf_settings *b) {
    const unsigned before = hops_count(account->settings), after = hops_count(b);
    const unsigned count = before < after ? before : after;

    return (before == after || keeps_to(account, count)) && same_hops(account->settings, b, count);
}

static bool same_port(const struct hf_settings *a, const struct hf_settings *b) {
    bool a_or_any, b_or_any;

    return flow_local_port(a, &a_or_any) == flow_local_port(b, &b_or_any) && a_or_any == b_or_any;
}

/* Whether a REGISTER with the new settings renews the very same binding. */
static bool same_binding(const struct hf_settings *a, const struct hf_settings *b) {
    static const enum setting texts[] = {SETTING_USER,         SETTING_DOMAIN,
                                         SETTING_CONTACT_USER, SETTING_INSTANCE,
                                         SETTING_BIND_ADDRESS, SETTING_CONTACT_PARAMS};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!same_text(a, b, texts[i], 0))
            return false;
    return same_port(a, b) && same_number(a, b, SETTING_DSCP, 0) &&
           settings_word(a, SETTING_TLS_SCHEME, 0) == settings_word(b, SETTING_TLS_SCHEME, 0) &&
           mapping_is_told(a) == mapping_is_told(b);
}

bool account_would_move(const struct account *account, const struct hf_settings *settings) {
    return !same_binding(account->settings, settings) || !same_places(account, settings);
}

static void take_over(struct engine *engine, struct account *account,
                      struct hf_settings *settings) {
    keep_alive_stop(engine, account);
    if (account->settings)
        settings_pool_give(engine->pool, account->settings);
    account->settings = settings;
    account->failures = 0;
    account->failback_at = HF_NEVER;
    account->next_attempt_at = HF_NEVER;
    account->resting_state = HF_STATE_WAITING;
}

int account_change(struct engine *engine, struct account *account, struct hf_settings *settings,
                   hf_time now) {
    if (hf_settings_equal(account->settings, settings)) {
        settings_pool_give(engine->pool, settings);
        return 0;
    }
    bool moves = account_would_move(account, settings);
    struct account *ghost = NULL;

    if (moves && account_leave_ghost(engine, account, &ghost)) {
        settings_pool_give(engine->pool, settings);
        return HF_ERROR_MEMORY;
    }
    take_over(engine, account, settings);
    if (moves) {
        registration_release(&account->registration);
        registration_init(&account->registration, settings, &engine->random);
        users_remove(&engine->users, account);
        (void)users_add(&engine->users, account);
        account->hop = account->level = 0;
        if (account->state != HF_STATE_DISABLED)
            account_set_state(account, HF_STATE_UNREGISTERED);
    }
    credential_set_clear(&account->registration.credentials);
    journal_note(&account->journal, JOURNAL_CHANGED, 0, now);
    if (legs_first(account) == account)
        account_event(engine, account, HF_EVENT_CONFIG_CHANGED, 0, NULL, 0, SLICE_NONE, now);
    if (account_is_enabled(account))
        account_register_soon(engine, account, now);
    else
        account_unregister(engine, account, now);
    if (ghost)
        account_remove(engine, ghost, now);
    return 0;
}
