/* One account: what is wanted of it, the binding it holds, and when it acts next. It joins usage
 * (the REGISTER at one target) with target (which one is next): attempt.h walks the candidates,
 * this file decides when an attempt begins and what its result means.
 *
 *   disabled                    configured not to register
 *   unregistered <-> resolving -> registering -> registered
 *                        ^   \______/  |  \________/   |
 *                        |             v               | binding ends, removed
 *                      waiting / rejected  <-----------'
 *
 * A failed refresh is not an unregistration: the state stays `registered`, with last_status and
 * last_reason set, until the binding's granted time ends. */
#ifndef ACCOUNT_ACCOUNT_H
#define ACCOUNT_ACCOUNT_H

#include "account/engine.h"
#include "account/hops.h"
#include "account/journal.h"
#include "account/policy.h"
#include "holdfast/event.h"
#include "usage/binding.h"
#include "usage/gruu.h"
#include "usage/registration.h"
#include "usage/routes.h"

struct attempt;
struct keep_alive;
struct legs;
struct past;
struct turn;
struct hf_remembered;

/* What the owner wants of the account. */
enum account_intent {
    INTENT_REGISTERED,
    INTENT_UNREGISTERED,
    INTENT_GONE, /* as UNREGISTERED, and then freed; its id is unknown to the owner already */
};

/* The binding that a registrar holds for us; `path` is NULL when there is none. */
struct binding {
    struct path *path; /* held */
    struct target target;
    uint32_t hop;
    uint32_t endpoint; /* of the target, as struct candidate has it */
    uint16_t level;
    uint8_t shown; /* path->shown_count when its REGISTER went out: what its Contact says */
    bool outbound; /* it is a flow (RFC 5626): known by its instance and reg-id, not by its URI */
    hf_time since_at;
    hf_time ends_at;
    hf_time records_expire_at; /* of the target's name */
    struct routes *routes;     /* what its last 200 said of ways, owned; or NULL */
    struct gruus *gruus;       /* and what it gave us to be reached by, likewise */
};

struct account {
    hf_account_id id; /* its handle in engine.accounts */
    uint64_t tag;
    struct hf_settings *settings; /* from the engine's pool */
    uint8_t state;                /* enum hf_account_state */
    uint8_t intent;               /* enum account_intent */
    bool busy;                    /* calls are in progress: see account_set_busy */
    bool failback_put_off;        /* it was due while busy */
    bool failback_passed;         /* it was due while a better place was passed over */
    uint8_t resting_state;        /* WAITING or REJECTED: what it is while it waits unbound */
    bool stands_by;               /* another leg serves, and one is enough: see standby.h */
    uint8_t strays;               /* former Contacts that the last answer showed, see mapping.h */
    uint16_t last_status;
    uint32_t failures; /* attempts since the last success */
    bool wait_asked;   /* the wait after the last of them is one that a server asked for */
    bool retry_soon;   /* the network changed during the attempt: see network.h */
    bool renews_here;  /* what is due begins where the binding is, whatever the way home says */
    bool paid;         /* its turn covers the next REGISTER */
    uint8_t losses;    /* of its connection, each soon after it was made; see loss.h */
    char *last_reason; /* a text where the status alone does not say it; may be NULL */
    struct timer timer;
    struct turn *turn; /* while it waits for its turn, or NULL */
    hf_time next_attempt_at;
    hf_time failback_at;
    struct failback_brake brake; /* of moves back */
    uint32_t hop;                /* last worked through, and the level of its target there */
    uint16_t level;
    struct registration registration;
    struct binding binding;
    struct list_node on_path;      /* in binding.path->accounts */
    struct map_node by_user;       /* in engine.users */
    struct attempt *attempt;       /* under way, or NULL */
    struct attempt *removal;       /* of a former binding at another server, or NULL */
    struct keep_alive *keep_alive; /* or NULL */
    struct legs *legs;             /* of an account with several at a time (legs.h), or NULL */
    struct past *past;             /* from before a restart, until registered; or NULL */
    struct list_node changed;      /* in engine.changed, while the owner has not seen its memory */
    struct journal journal;
};

/* A new account with settings from the pool (taken over, also on failure); it begins to register
 * at once if its settings say so. `remembered`: a sound memory of it, or NULL. NULL when there is
 * no memory. */
struct account *account_add(struct engine *engine, struct hf_settings *settings, uint64_t tag,
                            const struct hf_remembered *remembered, hf_time now);

/* The same in two steps: a new account that does nothing yet, and its beginning. */
struct account *account_new(struct engine *engine, struct hf_settings *settings, uint64_t tag,
                            const struct hf_remembered *remembered, hf_time now);
void account_set_going(struct engine *engine, struct account *account, hf_time now);

/* NULL when there is none, or it is on its way out, or a leg that the owner does not know. */
struct account *account_find(const struct engine *engine, hf_account_id id);

/* Frees it at once, whatever it holds; nothing is sent. */
void account_free(struct engine *engine, struct account *account);

void account_register(struct engine *engine, struct account *account, hf_time now);
void account_unregister(struct engine *engine, struct account *account, hf_time now);

/* Removes the binding, then the account. Where another one comes in its place it waits for that a
 * little first (twins.h); the second ends the wait. */
void account_remove(struct engine *engine, struct account *account, hf_time now);
void account_remove_now(struct engine *engine, struct account *account, hf_time now);

/* Stops acting and leaves the binding as it is: the program is about to end. */
void account_halt(struct engine *engine, struct account *account);

/* While calls are in progress the account does not go back by itself, where the manual says so
 * (Yealink failback modes 1 to 3): it is done when the last call has ended. */
void account_set_busy(struct engine *engine, struct account *account, bool busy, hf_time now);

/* Takes over settings from the pool. HF_ERROR_MEMORY: nothing has changed, and the new settings
 * are given back. */
int account_change(struct engine *engine, struct account *account, struct hf_settings *settings,
                   hf_time now);

/* With these settings a REGISTER would not renew the very binding that the account has: what it
 * holds would have to be left to a ghost. */
bool account_would_move(const struct account *account, const struct hf_settings *settings);

/* Its timer is due. */
void account_expire(struct engine *engine, struct account *account, hf_time now);

/* Tells the owner about it. `target` NULL: the binding's, if there is one. */
void account_event(struct engine *engine, const struct account *account, enum hf_event_kind kind,
                   uint32_t hop, const struct target *target, unsigned status,
                   struct hf_slice reason, hf_time now);

/* The same of what was asked at a target; `event` has kind, status, reason, took and cause. */
void account_tell(struct engine *engine, const struct account *account, uint32_t hop,
                  const struct target *target, struct hf_event event, hf_time now);

/* What an answer says of keep-alives to one who offered them (RFC 6223). */
struct keep_answer {
    enum { KEEP_NOT_OFFERED, KEEP_NOT_WANTED, KEEP_WANTED } kind;
    uint32_t seconds; /* WANTED: at least so often; 0: as often as we like */
    bool flow;        /* it is a flow, which lives by them (RFC 5626 section 4.4) */
};

/* What came of an attempt; called by attempt.c, which has ended it already. */
struct attempt_result {
    enum attempt_verdict {
        ATTEMPT_REGISTERED,
        ATTEMPT_REMOVED,   /* or it could not be removed: either way nothing is held any more */
        ATTEMPT_REJECTED,  /* the credentials or the account are refused */
        ATTEMPT_ANSWERED,  /* a final answer that no other server would better */
        ATTEMPT_EXHAUSTED, /* no candidate could serve */
    } verdict;
    unsigned status;
    struct hf_slice reason;
    hf_time took;            /* REGISTERED: since the target was chosen */
    uint32_t granted;        /* seconds */
    struct keep_answer keep; /* REGISTERED: what the server wants of keep-alives */
    struct strays strays;    /* REGISTERED: former Contacts that are still bound */
    hf_time retry_after;     /* what the servers asked for, 0 = nothing */
    struct binding binding;  /* REGISTERED: the path is held for the account */
    hf_time rested_at;       /* as struct candidates has it; the next two as well */
    hf_time records_expire_at;
    bool passed_trial;
    uint16_t former_level; /* REGISTERED: of the former binding's target, as the DNS has it now */
    bool former_failed;    /* the target of the former binding was tried and failed */
};

void account_attempt_ended(struct engine *engine, struct account *account,
                           const struct attempt_result *result, hf_time now);
void account_failback_ended(struct engine *engine, struct account *account,
                            const struct attempt_result *result, hf_time now);
void account_clearing_ended(struct engine *engine, struct account *account,
                            const struct attempt_result *result, hf_time now);
void account_removal_ended(struct engine *engine, struct account *account, hf_time now);

/* The one setter of the state; asserts the legal moves. */
void account_set_state(struct account *account, enum hf_account_state state);

/* Remembers why; `reason` is copied. */
void account_note_failure(struct account *account, unsigned status, struct hf_slice reason);

/* Asserts invariants; for tests and the simulator. */
void account_check(const struct engine *engine, const struct account *account);

#endif
