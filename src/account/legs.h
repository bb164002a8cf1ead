/* An account that registers with several servers at the same time (`redundancy: concurrent`:
 * Yealink fallback.redundancy_type 0, Grandstream Secondary SIP Server) has a leg for each of them:
 * a whole struct account with a binding, a refresh, a retry wait, a keep-alive and a memory of its
 * own, whose settings concern that server alone. The first leg is the account that the owner
 * knows; events of all carry its id. An account that registers flows has one for each of its
 * outbound proxies likewise (leg_places.h). Calls go through the first leg that has a binding,
 * which is what `failover` and `failback` tell of.
 *
 * An account of one registration at a time has no legs, and is one itself for what is here. */
#ifndef ACCOUNT_LEGS_H
#define ACCOUNT_LEGS_H

#include "account/account.h"
#include "account/leg_places.h"

struct legs {
    uint32_t count;   /* 2 or more, but while they are taken apart */
    uint32_t working; /* index of the one that was told to be worked through last */
    struct account *members[LEGS_MAX];
};

/* A new account, for each of its servers where the settings (of the pool, taken over) say so:
 * `remembered` are sound memories of its legs in their order, `remembered_count` of them. NULL:
 * there is no memory, and nothing was begun. */
struct account *legs_add(struct engine *engine, struct hf_settings *settings, uint64_t tag,
                         const struct hf_remembered *remembered, size_t remembered_count,
                         hf_time now);

/* Takes over settings: legs come, go, or go on undisturbed. HF_ERROR_MEMORY: nothing has
 * changed. */
int legs_change(struct engine *engine, struct account *account, const struct hf_settings *settings,
                hf_time now);

void legs_register(struct engine *engine, struct account *account, hf_time now);
void legs_unregister(struct engine *engine, struct account *account, hf_time now);
void legs_remove(struct engine *engine, struct account *account, hf_time now);
void legs_set_busy(struct engine *engine, struct account *account, bool busy, hf_time now);

/* How many an account has (1 or more), and each of them, in the order of its servers. */
static inline unsigned legs_count(const struct account *account) {
    return account->legs ? account->legs->count : 1;
}

static inline struct account *legs_get(struct account *account, unsigned index) {
    return account->legs ? account->legs->members[index] : account;
}

/* The account that the owner knows. */
static inline const struct account *legs_first(const struct account *account) {
    return account->legs ? account->legs->members[0] : account;
}

unsigned legs_index_of(const struct account *leg);

/* The leg that speaks for the account: the first with a binding, which calls go through; without
 * any, the one that is nearest to it. `account` is the first leg. */
struct account *legs_best(struct account *account);

/* Another leg of the same account has a binding. */
bool legs_other_is_bound(const struct account *leg);

/* A leg got a binding, `lost` one, or failed to get one: tells it where calls go elsewhere now.
 * NULL is ignored. */
void legs_settle(struct engine *engine, struct legs *legs, bool lost, hf_time now);

/* It is about to be freed, without a binding. */
void legs_leave(struct engine *engine, struct account *leg);

void legs_check(const struct legs *legs);

#endif
