/* What is known of targets that failed: one record per target, fed by every request of every kind
 * and by Retry-After (RFC 3261 section 21.5.4), so that nobody goes to a server that is known dead
 * while a live one is left. Records are shared by all accounts, or kept for one (phones are devices
 * of their own).
 *
 *   alive --failed--> resting --its time ends--> trial: the next one who asks may try, the others
 *     ^                  ^                         |     take it for dead until that has ended
 *     |                  `-------- failed ---------|
 *     `----------------- served -------------------'
 */
#ifndef TARGET_HEALTH_H
#define TARGET_HEALTH_H

#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "base/random.h"
#include "target/target.h"

struct health {
    struct map by_target;
    struct list_node all; /* longest unused first */
    struct hash_key key;
};

/* Whose record: HEALTH_OF_ALL, or an account's own number. */
enum { HEALTH_OF_ALL = 0 };

void health_init(struct health *health, struct random *random);
void health_release(struct health *health);

enum health_state {
    HEALTH_ALIVE,    /* or nothing is known */
    HEALTH_RESTING,  /* it failed lately */
    HEALTH_ON_TRIAL, /* it has rested, and somebody is trying it just now */
    HEALTH_ASKED,    /* as RESTING, and it asked itself to be left alone (Retry-After) */
};

/* May the target be tried? When its rest has ended, the first one who asks is told that it is
 * alive, and is expected to report. `ret_until` is set when it is not alive. */
enum health_state health_ask(struct health *health, const struct target *target, uint64_t scope,
                             hf_time *ret_until, hf_time now);

/* As health_ask, but without taking the trial. */
bool health_is_alive(const struct health *health, const struct target *target, uint64_t scope,
                     hf_time now);

/* As health_ask for one who was told that it is alive: nothing is taken, and while somebody tries
 * it (that may be he) it is still alive. */
enum health_state health_ask_again(const struct health *health, const struct target *target,
                                   uint64_t scope, hf_time *ret_until, hf_time now);

/* Whoever asked for it will not report: if it was on trial, the next one may try. */
void health_abandon(struct health *health, const struct target *target, uint64_t scope);

/* It answered. */
void health_served(struct health *health, const struct target *target, uint64_t scope, hf_time now);

/* It did not serve a request that was first sent at `since_at`. It rests for `rest`, unless it has
 * served somebody meanwhile: then the fault may be anywhere. `asked`: it named the time itself,
 * which counts in any case. No memory: it is forgotten. */
void health_failed(struct health *health, const struct target *target, uint64_t scope, hf_time rest,
                   bool asked, hf_time since_at, hf_time now);

/* It failed by an answer of its own, not by silence: see health_forgive. */
void health_own_word(struct health *health, const struct target *target, uint64_t scope);

/* The network of this machine is another: what it did to requests before says nothing of the
 * targets. What they answered or asked for themselves still counts. */
void health_forgive(struct health *health);

#endif
