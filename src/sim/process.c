/* A program on its host: an agent, driven exactly as net/ drives one. */
#include <stdlib.h>

#include "agent/internal.h"
#include "base/address.h"
#include "sim/internal.h"
#include "sim/streams.h"

enum {
    FIRST_SHARED_PORT = 40000,
    CHECKED_AT_EACH_STEP = 64,
    ACCOUNTS_OF_A_STEP = 2,
};

static struct process *find_other(const struct sim *sim, const struct hf_address *host,
                                  uint64_t hash) {
    for (struct map_node *n = map_first(&sim->processes_by_other, hash); n; n = map_next(n)) {
        struct process *process = CONTAINER_OF(n, struct process, by_other);

        if (address_equal(&process->other, host))
            return process;
    }
    return NULL;
}

struct process *process_find(const struct sim *sim, const struct hf_address *address) {
    struct hf_address host = *address;

    host.port = 0;
    uint64_t hash = address_hash(sim, &host);

    for (struct map_node *n = map_first(&sim->processes_by_address, hash); n; n = map_next(n)) {
        struct process *process = CONTAINER_OF(n, struct process, by_address);

        if (address_equal(&process->address, &host))
            return process;
    }
    return find_other(sim, &host, hash);
}

static int make_agent(struct sim *sim, struct process *process) {
    struct hf_agent_options options = {0};

    for (unsigned i = 0; i < 4; i++)
        options.seed[i] = random_next(&sim->random);
    return hf_agent_create(&options, &process->agent, sim->now);
}

static struct process *make(struct sim *sim, const struct sim_process_options *options) {
    struct process *process = calloc(1, sizeof *process);

    if (!process)
        return NULL;
    *process = (struct process){.expire.kind = SCHEDULED_AGENT,
                                .memory.kind = SCHEDULED_MEMORY,
                                .index = sim->process_count,
                                .name = strdup(options->name),
                                .address = options->address,
                                .other = options->other,
                                .nat_address = options->nat_address,
                                .nat_timeout = options->nat_timeout,
                                .nat_is_cone = options->nat_is_cone,
                                .remembers = options->remembers,
                                .shared_port = FIRST_SHARED_PORT};
    process->address.port = process->other.port = process->nat_address.port = 0;
    list_init(&process->mappings);
    if (!process->name || make_agent(sim, process) ||
        map_insert(&sim->processes_by_address, &process->by_address,
                   address_hash(sim, &process->address)) ||
        (process->other.family != HF_FAMILY_NONE &&
         map_insert(&sim->processes_by_other, &process->by_other,
                    address_hash(sim, &process->other)))) {
        process_free(sim, process);
        return NULL;
    }
    return process;
}

int sim_add_process(struct sim *sim, const struct sim_process_options *options, uint32_t *ret) {
    if (options->address.family == HF_FAMILY_NONE || process_find(sim, &options->address) ||
        options->other.family == options->address.family ||
        (options->other.family != HF_FAMILY_NONE && process_find(sim, &options->other)))
        return HF_ERROR_INVALID;
    if ((sim->process_count & (sim->process_count - 1)) == 0) {
        size_t capacity = sim->process_count == 0 ? 1 : sim->process_count * 2;
        struct process **processes = realloc(sim->processes, capacity * sizeof *processes);

        if (!processes)
            return HF_ERROR_MEMORY;
        sim->processes = processes;
    }
    struct process *process = make(sim, options);

    if (!process)
        return HF_ERROR_MEMORY;
    sim->processes[sim->process_count] = process;
    *ret = sim->process_count++;
    return 0;
}

void sim_set_port(struct sim *sim, uint32_t process, uint16_t port) {
    sim->processes[process]->shared_port = port;
}

void process_free(struct sim *sim, struct process *process) {
    if (!process)
        return;
    paths_close_all(sim, process);
    map_release(&process->paths_by_id);
    map_release(&process->paths_by_local);
    hf_agent_free(process->agent);
    free(process->accounts);
    free(process->links);
    free(process->name);
    free(process);
}

/* A check looks at every account, which a large fleet cannot afford at each step: an agent of up
 * to 64 accounts is checked at each, a larger one after half as many steps as it has accounts. */
static void check(const struct sim *sim, struct process *process) {
    uint32_t interval = process->account_count > CHECKED_AT_EACH_STEP
                            ? process->account_count / ACCOUNTS_OF_A_STEP
                            : 1;

    if (sim->check_interval > interval)
        interval = sim->check_interval;
    if (++process->unchecked < interval)
        return;
    process->unchecked = 0;
    agent_check(process->agent);
}

static void send(struct sim *sim, struct process *process, const struct hf_output_send *output) {
    const struct sim_path *path = paths_by_number(process, output->path);

    if (path && path->stream)
        stream_send_from_process(sim, path->stream, output->bytes);
    else if (path) /* else it was refused a moment ago */
        network_send_from_process(sim, process, &path->local, &output->to, output->bytes);
}

static void act(struct sim *sim, struct process *process, const struct hf_output *output) {
    struct sim_path *path;

    switch (output->kind) {
    case HF_OUTPUT_SEND:
        send(sim, process, &output->send);
        break;
    case HF_OUTPUT_OPEN:
        paths_open(sim, process, &output->open);
        break;
    case HF_OUTPUT_CLOSE:
        path = paths_by_number(process, output->close);
        if (path)
            paths_close(sim, process, path);
        break;
    case HF_OUTPUT_RESOLVE:
        dns_ask(sim, process, &output->resolve);
        break;
    case HF_OUTPUT_EVENT:
        tell_event(sim, process->index, &output->event);
        break;
    }
}

static void leave(struct sim *sim, struct process *process) {
    schedule_cancel(&sim->schedule, &process->expire);
    schedule_cancel(&sim->schedule, &process->memory);
    paths_close_all(sim, process);
    hf_agent_free(process->agent);
    process->agent = NULL;
    process->condition = PROCESS_GONE;
    process->asleep_to = 0;
    for (uint32_t i = 0; i < process->account_count; i++)
        sim->accounts[process->accounts[i]]->id = 0;
    reach_note_process(sim, process);
}

void process_attend(struct sim *sim, struct process *process) {
    struct hf_output output;

    while (hf_agent_next_output(process->agent, &output))
        act(sim, process, &output);
    check(sim, process);
    if (process->condition == PROCESS_STOPS && hf_agent_stopped(process->agent)) {
        memory_write(sim, process);
        leave(sim, process);
        return;
    }
    memory_plan(sim, process);
    hf_time at = hf_agent_deadline(process->agent);
    hf_time first = process_is_awake(sim, process) ? sim->now : process->asleep_to;

    schedule_set(&sim->schedule, &process->expire, at < first ? first : at);
}

void sim_attend(struct sim *sim, uint32_t process) {
    if (process < sim->process_count && sim->processes[process]->agent)
        process_attend(sim, sim->processes[process]);
    reach_tell(sim);
}

/* There is something to do when it wakes up: to be reachable again. */
void process_sleep(struct sim *sim, struct process *process, hf_time span) {
    if (!process->agent || sim->now + span <= process->asleep_to)
        return;
    process->asleep_to = sim->now + span;
    schedule_set(&sim->schedule, &process->expire, process->asleep_to);
    reach_note_process(sim, process);
}

void process_step_expire(struct sim *sim, struct process *process) {
    if (sim->now == process->asleep_to)
        reach_note_process(sim, process);
    hf_agent_expire(process->agent, sim->now);
    HF_ASSERT(hf_agent_deadline(process->agent) > sim->now);
    process_attend(sim, process);
}

/* As from a socket's error queue: the path of the packet that was refused is closed first. */
static void be_refused(struct sim *sim, struct process *process, struct sim_path *path) {
    hf_path_id id = path->id;

    paths_close(sim, process, path);
    hf_agent_path_failed(process->agent, id, HF_PATH_REFUSED, "Connection refused", sim->now);
}

void process_receive(struct sim *sim, struct process *process, const struct hf_address *local,
                     const struct packet *packet) {
    if (!process_is_awake(sim, process))
        return;
    struct sim_path *path = paths_to(sim, process, local, &packet->from, false);

    if (!path || (packet->is_refusal && !address_equal(&path->remote, &packet->from)))
        return;
    if (packet->is_refusal)
        be_refused(sim, process, path);
    else
        hf_agent_receive(process->agent, path->id, &packet->from, packet->bytes, packet->len,
                         sim->now);
    process_attend(sim, process);
}

void process_kill(struct sim *sim, struct process *process) {
    if (process->agent)
        leave(sim, process);
}

void process_stop(struct sim *sim, struct process *process) {
    if (process->condition != PROCESS_RUNS)
        return;
    process->condition = PROCESS_STOPS;
    hf_agent_stop(process->agent, sim->now);
    process_attend(sim, process);
}

void process_start(struct sim *sim, struct process *process, bool forget) {
    process_kill(sim, process);
    HF_ASSERT(!make_agent(sim, process));
    process->condition = PROCESS_RUNS;
    process->life++;
    if (forget)
        memory_forget(sim, process);
    if (forget || !process->remembers)
        process->shared_port++;
    for (uint32_t i = 0; i < process->account_count; i++)
        HF_ASSERT(!account_start(sim, process->accounts[i]));
    memory_begin(sim, process);
    process_attend(sim, process);
}
