#include "sim/measure.h"

#include <stdlib.h>

#include "base/assert.h"

static uint32_t second_of(const struct measure *measure) {
    return (uint32_t)((sim_now(measure->sim) - SIM_START_AT) / HF_SECOND);
}

/* Room for one more; false when there is none, which is remembered. */
static bool make_room(struct measure *measure, void **list, size_t count, size_t *capacity,
                      size_t size) {
    size_t wanted = *capacity ? *capacity * 2 : 64;
    void *grown;

    if (count < *capacity)
        return true;
    grown = realloc(*list, wanted * size);
    if (!grown) {
        measure->no_memory = true;
        return false;
    }
    *list = grown;
    *capacity = wanted;
    return true;
}

static void count_register(struct measure *measure, struct measure_server *server) {
    uint32_t second = second_of(measure);

    server->registers++;
    if (server->load_count > 0 && server->loads[server->load_count - 1].second == second) {
        server->loads[server->load_count - 1].count++;
    } else if (make_room(measure, (void **)&server->loads, server->load_count,
                         &server->load_capacity, sizeof *server->loads)) {
        server->loads[server->load_count++] = (struct measure_load){second, 1};
    }
}

static void see_arrived(void *user, const struct sim_packet *packet) {
    struct measure *measure = user;
    static const struct hf_slice method = {"REGISTER ", 9};

    if (packet->from_process && packet->server < measure->server_count &&
        packet->bytes.len > method.len && memcmp(packet->bytes.ptr, method.ptr, method.len) == 0)
        count_register(measure, &measure->servers[packet->server]);
}

static void see_event(void *user, uint32_t process, const struct hf_event *event) {
    struct measure *measure = user;

    (void)process;
    measure->events[event->kind]++;
    if (event->tag >= measure->account_count)
        return;
    if (event->kind == HF_EVENT_FAILOVER)
        measure->accounts[event->tag].failovers++;
    if (event->kind == HF_EVENT_FAILBACK)
        measure->accounts[event->tag].failbacks++;
}

static void see_reach(void *user, uint32_t account) {
    struct measure *measure = user;

    if (account == SIM_NONE) {
        measure->all_dirty = true;
    } else if (account < measure->account_count && !measure->accounts[account].dirty) {
        measure->accounts[account].dirty = true;
        measure->dirty[measure->dirty_count++] = account;
    }
}

int measure_init(struct measure *measure, struct sim *sim, size_t servers, size_t accounts) {
    const struct sim_observer observer = {
        .user = measure, .arrived = see_arrived, .event = see_event, .reach = see_reach};

    *measure = (struct measure){.sim = sim, .account_count = accounts, .server_count = servers};
    measure->accounts = calloc(accounts + 1, sizeof *measure->accounts);
    measure->dirty = calloc(accounts + 1, sizeof *measure->dirty);
    measure->servers = calloc(servers + 1, sizeof *measure->servers);
    if (!measure->accounts || !measure->dirty || !measure->servers)
        return HF_ERROR_MEMORY;
    for (size_t i = 0; i < accounts; i++)
        measure->accounts[i] = (struct measure_account){
            .started_at = HF_NEVER, .ended_at = HF_NEVER, .first_at = HF_NEVER};
    sim_observe(sim, &observer);
    return 0;
}

void measure_release(struct measure *measure) {
    for (size_t i = 0; measure->servers && i < measure->server_count; i++)
        free(measure->servers[i].loads);
    free(measure->servers);
    free(measure->accounts);
    free(measure->dirty);
    free(measure->reaches);
    free(measure->outages);
    *measure = (struct measure){0};
}

/* The figures of this second, now that one of them has changed. */
static void note_reach(struct measure *measure) {
    uint32_t second = second_of(measure);
    struct measure_reach *last =
        measure->reach_count > 0 ? &measure->reaches[measure->reach_count - 1] : NULL;

    if (!last || last->second != second) {
        uint32_t before = last ? last->last : 0;

        if (!make_room(measure, (void **)&measure->reaches, measure->reach_count,
                       &measure->reach_capacity, sizeof *measure->reaches))
            return;
        last = &measure->reaches[measure->reach_count++];
        *last = (struct measure_reach){.second = second, .fewest = before};
    }
    last->last = measure->reachable;
    last->started = measure->started;
    if (measure->reachable < last->fewest)
        last->fewest = measure->reachable;
}

static void end_outage(struct measure *measure, struct measure_account *account, hf_time now) {
    hf_time length = now - account->changed_at;

    if (length > account->longest_outage)
        account->longest_outage = length;
    if (make_room(measure, (void **)&measure->outages, measure->outage_count,
                  &measure->outage_capacity, sizeof *measure->outages))
        measure->outages[measure->outage_count++] = length;
}

static void set_reachable(struct measure *measure, struct measure_account *account,
                          bool reachable) {
    hf_time now = sim_now(measure->sim);

    if (account->reachable == reachable)
        return;
    if (!reachable) {
        account->reachable_for += now - account->changed_at;
        account->outages++;
        measure->reachable--;
    } else {
        if (account->first_at == HF_NEVER)
            account->first_at = now;
        else
            end_outage(measure, account, now);
        measure->reachable++;
    }
    account->reachable = reachable;
    account->changed_at = now;
    note_reach(measure);
}

void measure_start(struct measure *measure, uint32_t index) {
    struct measure_account *account = &measure->accounts[index];

    HF_ASSERT(index < measure->account_count && account->started_at == HF_NEVER);
    account->started_at = account->changed_at = sim_now(measure->sim);
    measure->started++;
    note_reach(measure);
    see_reach(measure, index);
}

void measure_end(struct measure *measure, uint32_t index) {
    struct measure_account *account = &measure->accounts[index];

    if (account->started_at == HF_NEVER || account->ended_at != HF_NEVER)
        return;
    account->ended_at = sim_now(measure->sim);
    if (account->reachable) { /* no outage: nobody calls it any more */
        account->reachable_for += account->ended_at - account->changed_at;
        account->reachable = false;
        measure->reachable--;
    }
    measure->started--;
    note_reach(measure);
}

static void look_at(struct measure *measure, uint32_t index) {
    struct measure_account *account = &measure->accounts[index];

    account->dirty = false;
    if (account->started_at != HF_NEVER && account->ended_at == HF_NEVER)
        set_reachable(measure, account, sim_is_reachable(measure->sim, index));
}

void measure_settle(struct measure *measure) {
    if (measure->all_dirty) {
        for (size_t i = 0; i < sim_account_count(measure->sim); i++)
            look_at(measure, (uint32_t)i);
    } else {
        for (size_t i = 0; i < measure->dirty_count; i++)
            look_at(measure, measure->dirty[i]);
    }
    measure->all_dirty = false;
    measure->dirty_count = 0;
}

int measure_finish(struct measure *measure) {
    hf_time now = sim_now(measure->sim);

    for (size_t i = 0; i < measure->account_count; i++) {
        struct measure_account *account = &measure->accounts[i];

        if (account->started_at == HF_NEVER || account->ended_at != HF_NEVER)
            continue;
        if (account->reachable)
            account->reachable_for += now - account->changed_at;
        else if (account->first_at != HF_NEVER)
            end_outage(measure, account, now);
        account->ended_at = now;
    }
    return measure->no_memory ? HF_ERROR_MEMORY : 0;
}
