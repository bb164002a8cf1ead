/* What the files of this room share and nobody else uses. */
#ifndef ACCOUNT_INTERNAL_H
#define ACCOUNT_INTERNAL_H

#include "account/account.h"
#include "account/attempt.h"
#include "account/mapping.h"

static inline bool account_is_removing(const struct account *account) {
    return account->attempt && account->attempt->purpose == ATTEMPT_TO_REMOVE;
}

/* Where a binding is, as a place to try. */
static inline struct candidate binding_candidate(const struct binding *binding) {
    return (struct candidate){.target = binding->target,
                              .level = binding->level,
                              .endpoint = binding->endpoint,
                              .expires_at = binding->records_expire_at};
}

/* What a request by way of the binding, at this hop, says of its way: any but REGISTER. */
static inline struct exchange_place binding_place(const struct account *account,
                                                  const struct hop *hop) {
    const struct binding *binding = &account->binding;
    struct exchange_place place =
        hop_place(hop, account->settings, binding->target.transport, &binding->path->local);

    place.contact_at = mapping_contact(account->settings, binding->path, binding->shown);
    place.local = mapping_sent_by(account->settings, binding->path, binding->shown);
    place.service_route = routes_service(binding->routes);
    place.gruu = gruus_contact(binding->gruus);
    return place;
}

/* Whether its settings want it registered at all. */
static inline bool account_is_enabled(const struct account *account) {
    return settings_bool(account->settings, SETTING_ENABLED, 0) &&
           settings_bool(account->settings, SETTING_REGISTER, 0);
}

/* Sets the timer to the next thing that is due. */
void account_rearm(struct engine *engine, struct account *account);

/* home.c. When the better hops and targets are tried, counted from `since`. */
void account_plan_failback(struct account *account, hf_time since);

/* The same after one that has led to nothing. */
void account_plan_failback_again(struct account *account, const struct attempt_result *result,
                                 hf_time now);

/* A failback is due. True: calls are in progress, it is done when they have ended. */
bool account_put_failback_off(struct account *account);

/* It went back. */
void account_count_failback(struct account *account, hf_time now);

/* Where a renewal of the binding begins: the hop, and whether at its best target, as the DNS has it
 * then, though another one holds the binding. */
uint32_t account_first_hop(const struct account *account, hf_time now);
bool account_renewal_rises(const struct account *account, hf_time now);

/* Forgets the binding, if there is one, and lets go of its path. */
void account_drop_binding(struct engine *engine, struct account *account);

/* Takes a binding over, with the hold on its path; a former one's path is let go of. */
void account_keep_binding(struct engine *engine, struct account *account,
                          const struct binding *binding);

/* Nothing is held and nothing is wanted any more; frees an account that is on its way out. */
void account_come_to_rest(struct engine *engine, struct account *account);

/* Begins an attempt now; ATTEMPT_TO_REMOVE removes the account's own binding. */
void account_begin(struct engine *engine, struct account *account, enum attempt_purpose purpose,
                   hf_time now);

/* The binding may be worth nothing: registers when its turn comes, first where the binding is,
 * unless that is under way or a wait after a failure is. */
void account_register_again(struct engine *engine, struct account *account, hf_time now);

/* Nothing is done until then: `state` is what it is while it has no binding. */
void account_wait_until(struct engine *engine, struct account *account, enum hf_account_state state,
                        hf_time at);

/* Removes the binding, though the account is to be registered, and waits for long. */
void account_stand_by(struct engine *engine, struct account *account, hf_time now);

/* Begins what is due: a registration or renewal, else a way home. */
void account_begin_due(struct engine *engine, struct account *account, hf_time now);

/* Registers as soon as it is its turn; account_register waits for nobody. */
void account_register_soon(struct engine *engine, struct account *account, hf_time now);

/* Registers a new account: at once, or when its turn comes after a start of the program. */
void account_register_in_turn(struct engine *engine, struct account *account, hf_time now);

/* The binding, and what is under way, are left to another account, which is to be removed; the
 * account has none of it any more, and no settings. `*ret` NULL: it had nothing. HF_ERROR_MEMORY:
 * nothing has changed. */
int account_leave_ghost(struct engine *engine, struct account *account, struct account **ret);

/* The same with the removal of a former binding alone, so that there can be another. */
int account_leave_removal(struct engine *engine, struct account *account);

/* For its next REGISTER, beyond all that were sent with its Call-ID. */
uint32_t account_next_cseq(struct engine *engine, struct account *account);

/* No attempt could be made, or all candidates failed: waits and tries again. */
void account_wait_for_retry(struct engine *engine, struct account *account, hf_time retry_after,
                            hf_time now);

#endif
