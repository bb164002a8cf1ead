#include "sim/sim.h"

#include <stdlib.h>

#include "sim/internal.h"
#include "sim/streams.h"

void *sim_allocate(size_t size) {
    void *memory = calloc(1, size);

    HF_ASSERT(memory);
    return memory;
}

int sim_create(const struct sim_options *options, struct sim **ret) {
    const uint64_t seed[4] = {options->seed, 0x73696d}; /* others may begin at the same number */
    struct sim *sim = calloc(1, sizeof *sim);

    if (!sim)
        return HF_ERROR_MEMORY;
    sim->now = SIM_START_AT;
    sim->check_interval = options->check_interval;
    random_init(&sim->random, seed);
    sim->chance = random_child(&sim->random);
    sim->key = (struct hash_key){{random_next(&sim->random), random_next(&sim->random)}};
    sim->dns.condition.kind = SIM_DNS_ANSWERS;
    list_init(&sim->dns.questions);
    list_init(&sim->idle_packets);
    outbox_init(&sim->outbox);
    *ret = sim;
    return 0;
}

/* What is still planned belongs to somebody, but for the packets on their way. */
static void release_packets(struct sim *sim) {
    while (sim->schedule.count > 0) {
        struct scheduled *scheduled = schedule_take(&sim->schedule);

        if (scheduled->kind == SCHEDULED_PACKET)
            packet_give(sim, CONTAINER_OF(scheduled, struct packet, scheduled));
    }
}

void sim_free(struct sim *sim) {
    if (!sim)
        return;
    release_packets(sim);
    sim->reach.watched = false;
    for (uint32_t i = 0; i < sim->process_count; i++) {
        nat_forget(sim, sim->processes[i]);
        process_free(sim, sim->processes[i]);
    }
    streams_release(sim);
    for (uint32_t i = 0; i < sim->server_count; i++)
        server_free(sim, sim->servers[i]);
    accounts_release(sim);
    reach_release(sim);
    dns_release(sim);
    network_release(sim);
    outbox_release(&sim->outbox);
    schedule_release(&sim->schedule);
    map_release(&sim->servers_by_address);
    map_release(&sim->servers_by_other);
    map_release(&sim->processes_by_address);
    map_release(&sim->processes_by_other);
    map_release(&sim->mappings_by_inside);
    map_release(&sim->mappings_by_outside);
    free(sim->servers);
    free(sim->processes);
    free(sim);
}

static void step(struct sim *sim, struct scheduled *scheduled) {
    switch (scheduled->kind) {
    case SCHEDULED_PACKET:
        network_step(sim, CONTAINER_OF(scheduled, struct packet, scheduled));
        break;
    case SCHEDULED_AGENT:
        process_step_expire(sim, CONTAINER_OF(scheduled, struct process, expire));
        break;
    case SCHEDULED_REGISTRAR:
        server_step_expire(sim, CONTAINER_OF(scheduled, struct server, expire));
        break;
    case SCHEDULED_WORK:
        server_step_work(sim, CONTAINER_OF(scheduled, struct server, work));
        break;
    case SCHEDULED_ANSWER:
        dns_step(sim, scheduled);
        break;
    case SCHEDULED_MAPPING:
        nat_step(sim, CONTAINER_OF(scheduled, struct nat_mapping, scheduled));
        break;
    case SCHEDULED_UP:
        stream_step_up(sim, scheduled);
        break;
    case SCHEDULED_DOWN:
        stream_step_down(sim, scheduled);
        break;
    case SCHEDULED_MEMORY:
        memory_step(sim, CONTAINER_OF(scheduled, struct process, memory));
        break;
    }
}

bool sim_step(struct sim *sim, hf_time until) {
    hf_time at = schedule_next_at(&sim->schedule);

    HF_ASSERT(until >= sim->now && until != HF_NEVER);
    if (at > until) {
        sim->now = until;
        return false;
    }
    HF_ASSERT(at >= sim->now);
    sim->now = at;
    sim->steps++;
    step(sim, schedule_take(&sim->schedule));
    reach_tell(sim);
    return true;
}

void sim_run(struct sim *sim, hf_time until) {
    while (sim_step(sim, until))
        continue;
}

hf_time sim_now(const struct sim *sim) {
    return sim->now;
}

uint64_t sim_steps(const struct sim *sim) {
    return sim->steps;
}

uint32_t sim_server_count(const struct sim *sim) {
    return sim->server_count;
}

uint32_t sim_process_count(const struct sim *sim) {
    return sim->process_count;
}

uint32_t sim_account_count(const struct sim *sim) {
    return sim->account_count;
}

struct registrar *sim_registrar(const struct sim *sim, uint32_t server) {
    return sim->servers[server]->registrar;
}

struct hf_agent *sim_agent(const struct sim *sim, uint32_t process) {
    return sim->processes[process]->agent;
}

const char *sim_server_name(const struct sim *sim, uint32_t server) {
    return sim->servers[server]->name;
}

struct hf_address sim_server_address(const struct sim *sim, uint32_t server) {
    return sim->servers[server]->address;
}

struct hf_address sim_server_other(const struct sim *sim, uint32_t server) {
    return sim->servers[server]->other;
}

void sim_server_count_packets(const struct sim *sim, uint32_t server,
                              struct sim_server_counters *ret) {
    *ret = sim->servers[server]->counters;
}

void sim_answer_instead(struct sim *sim, uint32_t server, sim_answer *answer, void *user) {
    sim->servers[server]->answer = answer;
    sim->servers[server]->answer_user = user;
}
