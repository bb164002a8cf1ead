/* The world of one run, and who watches it. */
#ifndef EXPLORE_WORLD_H
#define EXPLORE_WORLD_H

#include "holdfast/settings.h"
#include "plan.h"
#include "sim/witness.h"

/* An account of the plan. */
struct world_account {
    uint32_t index; /* in the simulator; SIM_NONE: not added yet */
    bool removed;
    bool unwell;                  /* told to be unregistered, or refused: the owner must act */
    bool event_seen;              /* since its explanation was looked at */
    bool failed_since;            /* `registration_failed` or `unregistered` since it was cleared */
    struct hf_settings *settings; /* as they are now */
    struct hf_settings *original;
    struct witness_rules rules;
    struct hf_account_status status; /* after the last step; its texts are gone */
    char server[128];
    bool has_status;
    /* Of all registrations that it has at the same time; without a failed renewal. */
    bool all_registered;
    bool any_refused_for_good;
    hf_time shortest_margin; /* of those that are bound, between renewal and end */
    hf_time last_attempt_at; /* the latest of those that are planned; 0: none is */
};

struct world {
    const struct plan *plan;
    struct sim *sim;
    struct witness *witness;
    struct world_account accounts[PLAN_ACCOUNTS_MAX];
    bool stopping[PLAN_PROCESSES_MAX]; /* since then the owner asks for nothing more */
    bool stirred[PLAN_PROCESSES_MAX];  /* something happened there since the last look */
    FILE *trace;
    uint64_t hash;
    uint64_t steps_at_now;
    hf_time last_now;
};

/* Servers, names, processes, and the accounts that are there from the start. False: the plan
 * makes no sense; `error` says why. */
bool world_init(struct world *world, const struct plan *plan, FILE *trace, char *error,
                size_t error_size);
void world_release(struct world *world);

void world_do(struct world *world, const struct plan_step *step);
/* Everything is put right: servers, network, names, processes, settings, the owner's will. */
void world_heal(struct world *world);

/* Time passes; after every step the witness looks at everything. False: it objects. */
bool world_run(struct world *world, hf_time until, uint64_t steps_max);

/* watch.c */
void world_watch(struct world *world);
void world_note(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
