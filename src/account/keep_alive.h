/* Whether the server that holds the binding is still there: asked again and again between two
 * REGISTERs (Grandstream "SIP OPTIONS Keep Alive"). Exists only while the account holds a binding
 * and its settings want it.
 *
 *   resting (until the next is due) <-> asking (sent, nothing heard) --too many--> given up
 *        ^______________________________ registered again ____________________________/
 *
 * It asks the very target that holds the binding, over the same path. One request an interval, and
 * each that nothing was heard of within its interval is one try; any answer, a provisional one too,
 * starts the count anew. After the last try the account registers again at once, at that target
 * first, and nothing is asked until a REGISTER has succeeded. */
#ifndef ACCOUNT_KEEP_ALIVE_H
#define ACCOUNT_KEEP_ALIVE_H

#include "account/account.h"
#include "usage/probe.h"

enum keep_alive_state {
    KEEP_ALIVE_RESTING,
    KEEP_ALIVE_ASKING,
    KEEP_ALIVE_GIVEN_UP,
};

struct keep_alive {
    uint64_t handle; /* in engine.keep_alives */
    hf_account_id account;
    struct timer timer; /* the next request */
    struct probe probe;
    uint64_t transaction; /* of the last request, while nothing was heard of it */
    uint64_t former;      /* of the one before: it counts no more, but a late answer to it does */
    hf_time asked_at;
    uint8_t state; /* enum keep_alive_state */
    uint8_t unanswered;
};

/* A REGISTER made or renewed the binding: begins, or goes on. */
void keep_alive_registered(struct engine *engine, struct account *account, hf_time now);

/* The binding goes, or the settings change. Harmless when there is none. */
void keep_alive_stop(struct engine *engine, struct account *account);

/* Its timer is due. */
void keep_alive_expire(struct engine *engine, struct timer *timer, hf_time now);

/* One of its transactions ended, or (CLIENT_PROVISIONAL) goes on. */
void keep_alive_outcome(struct engine *engine, const struct client_outcome *outcome, hf_time now);

/* Asserts invariants; for tests and the simulator. */
void keep_alive_check(const struct engine *engine, const struct account *account);

#endif
