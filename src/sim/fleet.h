/* The accounts of a scenario, one by one: templates filled in, files read by whoever can open
 * them. */
#ifndef SIM_FLEET_H
#define SIM_FLEET_H

#include "base/random.h"
#include "settings/file.h"
#include "sim/scenario.h"

struct fleet_account {
    char *name;
    struct hf_settings *settings;
    uint32_t process; /* of the scenario's, then of the fleet's own */
    hf_time start_at; /* since the start of the run */
};

struct fleet {
    const struct scenario *scenario;
    struct random random;
    struct fleet_account *accounts;
    size_t count;
    size_t capacity;
    struct sim_process_options *processes; /* of accounts that are each their own */
    size_t process_count;
    size_t process_capacity;
};

/* Fills in the templates; what a setting cannot be is reported with its line. Files are added by
 * their reader, for each group that has some. `seed` decides when each starts.
 * HF_ERROR_MEMORY; HF_ERROR_LIMIT: more than SCENARIO_ACCOUNTS_MAX. */
int fleet_init(struct fleet *fleet, const struct scenario *scenario, uint64_t seed,
               struct scenario_messages *messages);

/* The usable accounts of a file that `group` names, with the group's settings over theirs. A
 * setting that an account cannot have is reported with the line of the scenario.
 * HF_ERROR_MEMORY; HF_ERROR_LIMIT. */
int fleet_add_file(struct fleet *fleet, const struct scenario_accounts *group,
                   const struct settings_file *file, struct scenario_messages *messages);

/* What is odd about the accounts when all are there, as warnings: servers that the scenario does
 * not have, transports that the made-up world does not. HF_ERROR_MEMORY. */
int fleet_check(const struct fleet *fleet, struct scenario_messages *messages);

void fleet_release(struct fleet *fleet);

#endif
