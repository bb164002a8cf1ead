/* What a rehearsal measures while it runs: whether calls would arrive, and what the servers get.
 *
 * An account can be reached when a call that comes to any server would get to it (sim_reaches).
 * It is available in the share of its time, from its start to its end, in which it can be reached.
 * An outage begins when an account that could be reached cannot be any more, and ends when it can
 * be again; how long it takes to be reached for the first time is kept apart, as its start-up. */
#ifndef SIM_MEASURE_H
#define SIM_MEASURE_H

#include "sim/scenario.h"

/* REGISTERs that came in within a second of the run; seconds without any have no entry. */
struct measure_load {
    uint32_t second;
    uint32_t count;
};

/* Accounts that can be reached: the fewest within a second, and how many at its end; only seconds
 * in which that changed. */
struct measure_reach {
    uint32_t second;
    uint32_t fewest;
    uint32_t last;
    uint32_t started; /* at its end: accounts that there are */
};

struct measure_server {
    uint64_t registers;
    struct measure_load *loads;
    size_t load_count;
    size_t load_capacity;
};

struct measure_account {
    hf_time started_at; /* HF_NEVER: not yet */
    hf_time ended_at;   /* HF_NEVER: is still there */
    hf_time changed_at; /* since when it is as it is */
    hf_time first_at;   /* could be reached for the first time; HF_NEVER: never yet */
    hf_time reachable_for;
    hf_time longest_outage;
    uint32_t outages;
    uint32_t failovers;
    uint32_t failbacks;
    bool reachable;
    bool dirty;
};

enum { EVENT_KINDS = HF_EVENT_CONFIG_CHANGED + 1 };

struct measure {
    struct sim *sim;
    struct measure_account *accounts; /* by their index in the sim */
    size_t account_count;
    struct measure_server *servers;
    size_t server_count;
    uint32_t *dirty; /* accounts whose being reached may have changed */
    size_t dirty_count;
    bool all_dirty;
    uint32_t reachable;
    uint32_t started;
    struct measure_reach *reaches;
    size_t reach_count;
    size_t reach_capacity;
    hf_time *outages; /* lengths of those that have ended */
    size_t outage_count;
    size_t outage_capacity;
    uint64_t events[EVENT_KINDS];
    bool no_memory; /* asked once, at the end */
};

/* Room for so many accounts. HF_ERROR_MEMORY. */
int measure_init(struct measure *measure, struct sim *sim, size_t servers, size_t accounts);
void measure_release(struct measure *measure);

/* An account (its index in the sim) begins, or ends. */
void measure_start(struct measure *measure, uint32_t account);
void measure_end(struct measure *measure, uint32_t account);

/* To be called after everything that moves the world: looks at the accounts that may have
 * changed. */
void measure_settle(struct measure *measure);

/* Everything that is still open ends now: the last outages are counted. HF_ERROR_MEMORY: the
 * figures are not complete. */
int measure_finish(struct measure *measure);

#endif
