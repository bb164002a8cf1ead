/* A scenario carried out: the made-up world is built, the timeline happens, and everything is
 * measured.
 *
 *   rehearsal_init(&rehearsal, &scenario, &fleet, seed);
 *   while (rehearsal_step(&rehearsal)) ...;      or rehearsal_run
 *   report.h makes texts of it
 *
 * The same scenario, fleet and seed give the same run, byte for byte. */
#ifndef SIM_REHEARSAL_H
#define SIM_REHEARSAL_H

#include "sim/fleet.h"
#include "sim/measure.h"

/* Something of the timeline that lasted, for whoever shows it. */
struct rehearsal_band {
    const struct scenario_step *step;
    hf_time from_at; /* since the start */
    hf_time until_at;
};

/* What came of an expectation. */
struct rehearsal_verdict {
    const struct scenario_expectation *expectation;
    uint64_t got; /* in the measure's unit; a state for MEASURE_STATE */
    uint64_t of;  /* accounts that `got` is out of, where it is a count of them */
    bool known;   /* false: there is no such account, or nothing was measured */
    bool held;
};

struct percentiles {
    size_t count;
    hf_time p50, p95, p99, worst; /* 0 without any */
};

/* The figures of the whole run. */
struct rehearsal_figures {
    uint32_t availability; /* millionths */
    uint32_t worst_availability;
    uint32_t worst_account; /* its index; SIM_NONE without accounts */
    struct percentiles recovery;
    struct percentiles startup;
    size_t never_reached; /* accounts */
    size_t unrecovered;   /* that cannot be reached at the end, those among them */
    size_t registered;    /* at the end */
    size_t rejected;
    uint64_t failovers, failbacks, failures, registrations, refreshes, dns_failures;
};

struct rehearsal_server_figures {
    uint64_t registers;
    uint64_t lost; /* requests, in an overflowing queue */
    uint64_t bindings;
    uint32_t peak; /* REGISTERs in the worst second */
    uint32_t peak_second;
};

struct rehearsal_event; /* something that is to happen */

struct rehearsal {
    const struct scenario *scenario;
    const struct fleet *fleet;
    uint64_t seed;
    struct sim *sim;
    struct measure measure;
    uint32_t *indices; /* of the fleet's accounts in the sim; SIM_NONE: not there (yet) */
    uint32_t *members; /* the other way round */
    struct hf_settings **changed; /* of the fleet's accounts; NULL: as the fleet has them */
    size_t refused;               /* accounts that the engine did not take */
    struct rehearsal_event *events;
    size_t event_count;
    size_t event_at; /* the next one */
    bool *active;    /* steps of the timeline that are in force */
    struct rehearsal_band *bands;
    size_t band_count;
    struct rehearsal_verdict *verdicts; /* one for each expectation, in their order */
    struct rehearsal_figures figures;
    struct rehearsal_server_figures *servers;
};

/* Borrows scenario and fleet; the struct must not be moved afterwards. To be released in any case.
 * HF_ERROR_MEMORY; HF_ERROR_LIMIT: more happens than can be planned. */
int rehearsal_init(struct rehearsal *rehearsal, const struct scenario *scenario,
                   const struct fleet *fleet, uint64_t seed);
void rehearsal_release(struct rehearsal *rehearsal);

/* Does what is due next; false at the end of the run. HF_ASSERTs when there is no memory. */
bool rehearsal_step(struct rehearsal *rehearsal);

/* To the end, and works out figures and verdicts. HF_ERROR_MEMORY. */
int rehearsal_run(struct rehearsal *rehearsal);

/* Whether all expectations were met. */
bool rehearsal_is_good(const struct rehearsal *rehearsal);

#endif
