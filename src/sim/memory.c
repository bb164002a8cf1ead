/* What a process has written down of its accounts when it ends: once a second, as the daemon does,
 * and all of it when it stops in order. */
#include <stdlib.h>

#include "sim/internal.h"

static const hf_time period = HF_SECOND;

void memory_plan(struct sim *sim, struct process *process) {
    if (process->remembers && process->memory.place == 0)
        schedule_set(&sim->schedule, &process->memory, sim->now + period);
}

static void remember(struct sim_account *account, struct hf_agent *agent, hf_time now) {
    struct hf_account_status status;

    HF_ASSERT(!hf_agent_account_status(agent, account->id, &status, now));
    if (account->remembered_count != status.legs) {
        free(account->remembered);
        account->remembered = sim_allocate(status.legs * sizeof *account->remembered);
        account->remembered_count = status.legs;
    }
    for (unsigned i = 0; i < status.legs; i++)
        HF_ASSERT(!hf_agent_remember_leg(agent, account->id, i, &account->remembered[i]));
}

void memory_write(struct sim *sim, struct process *process) {
    hf_account_id id;
    uint64_t tag;

    if (!process->remembers)
        return;
    while (hf_agent_next_changed(process->agent, &id, &tag))
        if (tag < sim->account_count && sim->accounts[tag]->id == id)
            remember(sim->accounts[tag], process->agent, sim->now);
}

/* Before anything is sent: another start soon after must not use the same CSeq again. */
void memory_begin(struct sim *sim, struct process *process) {
    for (uint32_t i = 0; process->remembers && i < process->account_count; i++) {
        struct sim_account *account = sim->accounts[process->accounts[i]];

        if (account->id != 0)
            remember(account, process->agent, sim->now);
    }
}

/* A machine that is suspended writes when it wakes up. */
void memory_step(struct sim *sim, struct process *process) {
    if (sim->now < process->asleep_to)
        schedule_set(&sim->schedule, &process->memory, process->asleep_to);
    else
        memory_write(sim, process);
}

void memory_forget(struct sim *sim, struct process *process) {
    for (uint32_t i = 0; i < process->account_count; i++) {
        struct sim_account *account = sim->accounts[process->accounts[i]];

        free(account->remembered);
        account->remembered = NULL;
        account->remembered_count = 0;
    }
}
