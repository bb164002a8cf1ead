/* What goes wrong, or right again. */
#include <stdlib.h>

#include "sim/internal.h"

/* The links of a process from now on differ from those of the others. */
static void own_links(struct sim *sim, struct process *process) {
    if (process->links && process->link_count == sim->server_count)
        return;
    struct sim_link *links = realloc(process->links, (sim->server_count + 1) * sizeof *links);

    HF_ASSERT(links);
    for (uint32_t i = process->links ? process->link_count : 0; i < sim->server_count; i++)
        links[i] = sim->servers[i]->link;
    process->links = links;
    process->link_count = sim->server_count;
}

static void set_all_links(struct sim *sim, const struct sim_link *link) {
    sim->link = *link;
    for (uint32_t i = 0; i < sim->server_count; i++)
        sim->servers[i]->link = *link;
    for (uint32_t i = 0; i < sim->process_count; i++) {
        free(sim->processes[i]->links);
        sim->processes[i]->links = NULL;
        sim->processes[i]->link_count = 0;
    }
}

static void set_server_link(struct sim *sim, uint32_t server, const struct sim_link *link) {
    sim->servers[server]->link = *link;
    for (uint32_t i = 0; i < sim->process_count; i++)
        if (sim->processes[i]->links && server < sim->processes[i]->link_count)
            sim->processes[i]->links[server] = *link;
}

static void apply_link(struct sim *sim, const struct sim_fault *fault) {
    if (fault->process == SIM_NONE) {
        if (fault->server == SIM_NONE)
            set_all_links(sim, &fault->link);
        else
            set_server_link(sim, fault->server, &fault->link);
        reach_note_all(sim);
        return;
    }
    struct process *process = sim->processes[fault->process];

    reach_note_process(sim, process);
    own_links(sim, process);
    for (uint32_t i = 0; i < process->link_count; i++)
        if (fault->server == SIM_NONE || fault->server == i)
            process->links[i] = fault->link;
}

static bool has_server(const struct sim *sim, const struct sim_fault *fault) {
    return fault->server < sim->server_count;
}

static bool has_process(const struct sim *sim, const struct sim_fault *fault) {
    return fault->process < sim->process_count;
}

static int apply_to_link(struct sim *sim, const struct sim_fault *fault) {
    if ((fault->server != SIM_NONE && !has_server(sim, fault)) ||
        (fault->process != SIM_NONE && !has_process(sim, fault)))
        return HF_ERROR_UNKNOWN;
    apply_link(sim, fault);
    return 0;
}

static int apply_to_server(struct sim *sim, const struct sim_fault *fault) {
    if (!has_server(sim, fault))
        return HF_ERROR_UNKNOWN;
    server_apply(sim, sim->servers[fault->server], fault);
    return 0;
}

static int apply_to_process(struct sim *sim, const struct sim_fault *fault) {
    if (!has_process(sim, fault))
        return HF_ERROR_UNKNOWN;
    struct process *process = sim->processes[fault->process];

    if (fault->kind == SIM_NAT_REBIND)
        nat_forget(sim, process);
    else if (fault->kind == SIM_NAT_TIMEOUT)
        nat_set_timeout(sim, process, fault->span);
    else if (fault->kind == SIM_PROCESS_KILL)
        process_kill(sim, process);
    else if (fault->kind == SIM_PROCESS_STOP)
        process_stop(sim, process);
    else if (fault->kind == SIM_PROCESS_SLEEP)
        process_sleep(sim, process, fault->span);
    else
        process_start(sim, process, fault->forget);
    return 0;
}

static int apply(struct sim *sim, const struct sim_fault *fault) {
    switch (fault->kind) {
    case SIM_SERVER_START:
    case SIM_SERVER_STOP:
    case SIM_SERVER_OFF:
    case SIM_SERVER_FREEZE:
    case SIM_SERVER_FAULT:
    case SIM_SERVER_DELAY:
    case SIM_SERVER_RATE:
    case SIM_SERVER_LIMITS:
    case SIM_SERVER_REALM:
    case SIM_SERVER_NONCES:
    case SIM_SERVER_TLS:
    case SIM_STREAMS_CLOSE:
    case SIM_STREAMS_DEAFEN:
    case SIM_STREAMS_CUT:
        return apply_to_server(sim, fault);
    case SIM_LINK:
        return apply_to_link(sim, fault);
    case SIM_NAT_REBIND:
    case SIM_NAT_TIMEOUT:
    case SIM_PROCESS_KILL:
    case SIM_PROCESS_STOP:
    case SIM_PROCESS_SLEEP:
    case SIM_PROCESS_START:
        return apply_to_process(sim, fault);
    case SIM_DNS_ANSWERS:
    case SIM_DNS_FAILS:
    case SIM_DNS_SILENT:
    case SIM_DNS_DELAY:
    case SIM_DNS_ADDRESS:
        return dns_apply(sim, fault);
    }
    return HF_ERROR_UNKNOWN;
}

int sim_apply(struct sim *sim, const struct sim_fault *fault) {
    int error = apply(sim, fault);

    if (error)
        return error;
    tell_applied(sim, fault);
    reach_tell(sim);
    return 0;
}
