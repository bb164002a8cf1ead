/* The accounts, which outlive the agents that keep them registered. */
#include <stdlib.h>

#include "account/hops.h"
#include "holdfast/settings.h"
#include "settings/settings.h"
#include "sim/internal.h"

static struct sim_account *find(const struct sim *sim, uint32_t account) {
    return account < sim->account_count && !sim->accounts[account]->removed ? sim->accounts[account]
                                                                            : NULL;
}

int account_start(struct sim *sim, uint32_t index) {
    struct sim_account *account = sim->accounts[index];
    struct process *process = sim->processes[account->process];

    if (account->removed || process->condition != PROCESS_RUNS)
        return 0;
    if (!account->remembered)
        return hf_agent_add_account(process->agent, account->settings, index, &account->id,
                                    sim->now);
    return hf_agent_restore_legs(process->agent, account->settings, index, account->remembered,
                                 account->remembered_count, &account->id, sim->now);
}

/* Room for one more in the world and in the process. */
static int make_room(struct sim *sim, struct process *process) {
    if (sim->account_count == sim->account_capacity) {
        uint32_t capacity = sim->account_capacity == 0 ? 16 : sim->account_capacity * 2;
        struct sim_account **accounts = realloc(sim->accounts, capacity * sizeof *accounts);

        if (!accounts)
            return HF_ERROR_MEMORY;
        sim->accounts = accounts;
        sim->account_capacity = capacity;
    }
    if (process->account_count == process->account_capacity) {
        uint32_t capacity = process->account_capacity == 0 ? 1 : process->account_capacity * 2;
        uint32_t *accounts = realloc(process->accounts, capacity * sizeof *accounts);

        if (!accounts)
            return HF_ERROR_MEMORY;
        process->accounts = accounts;
        process->account_capacity = capacity;
    }
    return 0;
}

/* As hf_agent_add_account asks for it: no agent may be running that would refuse it. */
static bool is_complete(const struct hf_settings *settings) {
    return settings_text(settings, SETTING_USER, 0).len > 0 && hops_count(settings) > 0;
}

static void free_account(struct sim *sim, struct sim_account *account) {
    if (!account)
        return;
    reach_unname(sim, account);
    hf_settings_free(account->settings);
    free(account->remembered);
    free(account->name);
    free(account);
}

static struct sim_account *make(struct sim *sim, uint32_t process, const char *name,
                                const struct hf_settings *settings) {
    struct sim_account *account = calloc(1, sizeof *account);

    if (!account)
        return NULL;
    account->index = sim->account_count;
    account->process = process;
    account->name = strdup(name);
    if (!account->name || hf_settings_copy(settings, &account->settings) ||
        reach_name(sim, account)) {
        free_account(sim, account);
        return NULL;
    }
    return account;
}

int sim_add_account(struct sim *sim, uint32_t process_index, const char *name,
                    const struct hf_settings *settings, uint32_t *ret) {
    if (process_index >= sim->process_count || !is_complete(settings))
        return HF_ERROR_INVALID;
    struct process *process = sim->processes[process_index];
    int error = make_room(sim, process);

    if (error)
        return error;
    struct sim_account *account = make(sim, process_index, name, settings);

    if (!account)
        return HF_ERROR_MEMORY;
    sim->accounts[account->index] = account;
    error = account_start(sim, account->index);
    if (error) {
        free_account(sim, account);
        return error;
    }
    *ret = sim->account_count++;
    process->accounts[process->account_count++] = *ret;
    if (process->agent)
        process_attend(sim, process);
    reach_tell(sim);
    return 0;
}

int sim_change_account(struct sim *sim, uint32_t index, const struct hf_settings *settings) {
    struct sim_account *account = find(sim, index);
    struct hf_settings *copy;

    if (!account)
        return HF_ERROR_UNKNOWN;
    if (!is_complete(settings))
        return HF_ERROR_INVALID;
    int error = hf_settings_copy(settings, &copy);

    if (error)
        return error;
    struct process *process = sim->processes[account->process];

    if (account->id != 0)
        error = hf_agent_change_account(process->agent, account->id, settings, sim->now);
    if (error) {
        hf_settings_free(copy);
        return error;
    }
    hf_settings_free(account->settings);
    account->settings = copy;
    reach_unname(sim, account);
    HF_ASSERT(!reach_name(sim, account));
    if (process->agent)
        process_attend(sim, process);
    reach_tell(sim);
    return 0;
}

int sim_remove_account(struct sim *sim, uint32_t index) {
    struct sim_account *account = find(sim, index);

    if (!account)
        return HF_ERROR_UNKNOWN;
    struct process *process = sim->processes[account->process];

    if (account->id != 0)
        hf_agent_remove_account(process->agent, account->id, sim->now);
    account->id = 0;
    account->removed = true;
    reach_unname(sim, account);
    reach_note(sim, account);
    hf_settings_free(account->settings);
    account->settings = NULL;
    if (process->agent)
        process_attend(sim, process);
    reach_tell(sim);
    return 0;
}

void accounts_release(struct sim *sim) {
    for (uint32_t i = 0; i < sim->account_count; i++)
        free_account(sim, sim->accounts[i]);
    free(sim->accounts);
}

hf_account_id sim_account_id(const struct sim *sim, uint32_t index) {
    return sim->accounts[index]->id;
}

uint32_t sim_account_process(const struct sim *sim, uint32_t index) {
    return sim->accounts[index]->process;
}

const char *sim_account_name(const struct sim *sim, uint32_t index) {
    return sim->accounts[index]->name;
}

int sim_leg_status(struct sim *sim, uint32_t index, unsigned leg, struct hf_account_status *ret) {
    const struct sim_account *account = find(sim, index);

    if (!account || account->id == 0)
        return HF_ERROR_UNKNOWN;
    return hf_agent_leg_status(sim->processes[account->process]->agent, account->id, leg, ret,
                               sim->now);
}

int sim_account_status(struct sim *sim, uint32_t index, struct hf_account_status *ret) {
    const struct sim_account *account = find(sim, index);

    if (!account || account->id == 0)
        return HF_ERROR_UNKNOWN;
    return hf_agent_account_status(sim->processes[account->process]->agent, account->id, ret,
                                   sim->now);
}
