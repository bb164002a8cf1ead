/* The figures of a rehearsal, and whether they are what was expected. */
#include <stdlib.h>

#include "base/address.h"
#include "sim/rehearsal_internal.h"
#include "sim/scenario_words.h"

static int compare_times(const void *a, const void *b) {
    hf_time x = *(const hf_time *)a, y = *(const hf_time *)b;

    return (x > y) - (x < y);
}

/* The smallest value that at least so many percent are not above (nearest rank). */
static hf_time rank(const hf_time *sorted, size_t count, unsigned percent) {
    size_t at = (count * percent + 99) / 100;

    return sorted[at > 0 ? at - 1 : 0];
}

static struct percentiles percentiles_of(hf_time *times, size_t count) {
    if (count == 0)
        return (struct percentiles){0};
    qsort(times, count, sizeof *times, compare_times);
    return (struct percentiles){.count = count,
                                .p50 = rank(times, count, 50),
                                .p95 = rank(times, count, 95),
                                .p99 = rank(times, count, 99),
                                .worst = times[count - 1]};
}

static uint32_t share_of(hf_time part, hf_time whole) {
    return whole ? (uint32_t)((__uint128_t)part * SHARE_WHOLE / whole) : 0;
}

static void count_availability(struct rehearsal *rehearsal) {
    struct rehearsal_figures *figures = &rehearsal->figures;
    __uint128_t part = 0, whole = 0;

    figures->worst_account = SIM_NONE;
    for (size_t i = 0; i < rehearsal->fleet->count; i++) {
        uint32_t index = rehearsal->indices[i];
        const struct measure_account *account;
        hf_time length;
        uint32_t share;

        if (index == SIM_NONE)
            continue;
        account = &rehearsal->measure.accounts[index];
        length = account->ended_at - account->started_at;
        share = share_of(account->reachable_for, length);
        part += account->reachable_for;
        whole += length;
        if (length > 0 &&
            (figures->worst_account == SIM_NONE || share < figures->worst_availability)) {
            figures->worst_account = (uint32_t)i;
            figures->worst_availability = share;
        }
    }
    figures->availability = whole ? (uint32_t)(part * SHARE_WHOLE / whole) : 0;
}

static int count_times(struct rehearsal *rehearsal) {
    struct measure *measure = &rehearsal->measure;
    struct rehearsal_figures *figures = &rehearsal->figures;
    hf_time *startups = malloc((measure->account_count + 1) * sizeof *startups);
    size_t count = 0;

    if (!startups)
        return HF_ERROR_MEMORY;
    for (size_t i = 0; i < measure->account_count; i++) {
        const struct measure_account *account = &measure->accounts[i];

        if (account->started_at == HF_NEVER)
            continue;
        if (account->first_at == HF_NEVER)
            figures->never_reached++;
        startups[count++] =
            (account->first_at == HF_NEVER ? account->ended_at : account->first_at) -
            account->started_at;
    }
    figures->startup = percentiles_of(startups, count);
    figures->recovery = percentiles_of(measure->outages, measure->outage_count);
    figures->unrecovered = measure->started - measure->reachable;
    free(startups);
    return 0;
}

static void count_server(struct rehearsal *rehearsal, uint32_t index) {
    const struct measure_server *measured = &rehearsal->measure.servers[index];
    struct rehearsal_server_figures *figures = &rehearsal->servers[index];
    struct sim_server_counters counters;
    struct registrar_counters registrar;

    sim_server_count_packets(rehearsal->sim, index, &counters);
    registrar_count(sim_registrar(rehearsal->sim, index), &registrar);
    *figures = (struct rehearsal_server_figures){.registers = measured->registers,
                                                 .lost = counters.overflowed,
                                                 .bindings = registrar.bindings};
    for (size_t i = 0; i < measured->load_count; i++) {
        if (measured->loads[i].count > figures->peak) {
            figures->peak = measured->loads[i].count;
            figures->peak_second = measured->loads[i].second;
        }
    }
}

/* How many accounts are in a state, with a server if one is given. */
static size_t count_states(const struct rehearsal *rehearsal, enum hf_account_state state,
                           uint32_t server) {
    size_t count = 0;

    for (size_t i = 0; i < rehearsal->fleet->count; i++) {
        struct hf_account_status status;
        struct hf_address address;

        if (rehearsal->indices[i] == SIM_NONE ||
            sim_account_status(rehearsal->sim, rehearsal->indices[i], &status) != 0 ||
            status.state != state)
            continue;
        if (server != SIM_NONE) {
            address = sim_server_address(rehearsal->sim, server);
            if (!address_equal(&status.target, &address))
                continue;
        }
        count++;
    }
    return count;
}

static uint64_t count_bindings(const struct rehearsal *rehearsal, uint32_t server) {
    uint64_t count = 0;

    for (uint32_t i = 0; i < sim_server_count(rehearsal->sim); i++) {
        struct registrar_counters counters;

        registrar_count(sim_registrar(rehearsal->sim, i), &counters);
        if (server == SIM_NONE || server == i)
            count += counters.bindings;
    }
    return count;
}

/* False: there is no such account, or its program does not run. */
static bool find_state(const struct rehearsal *rehearsal, const char *name, uint64_t *ret) {
    for (size_t i = 0; i < rehearsal->fleet->count; i++) {
        struct hf_account_status status;

        if (strcmp(rehearsal->fleet->accounts[i].name, name) != 0)
            continue;
        if (rehearsal->indices[i] == SIM_NONE ||
            sim_account_status(rehearsal->sim, rehearsal->indices[i], &status) != 0)
            return false;
        *ret = status.state;
        return true;
    }
    return false;
}

static uint64_t sum_servers(const struct rehearsal *rehearsal,
                            const struct scenario_expectation *expectation) {
    uint64_t sum = 0;

    for (size_t i = 0; i < rehearsal->scenario->server_count; i++) {
        const struct rehearsal_server_figures *server = &rehearsal->servers[i];
        uint64_t one = expectation->measure == MEASURE_REGISTERS ? server->registers
                       : expectation->measure == MEASURE_LOST    ? server->lost
                                                                 : server->peak;

        if (expectation->server != SIM_NONE && expectation->server != i)
            continue;
        if (expectation->measure == MEASURE_PEAK)
            sum = one > sum ? one : sum;
        else
            sum += one;
    }
    return sum;
}

static uint64_t measured(const struct rehearsal *rehearsal,
                         const struct scenario_expectation *expectation, bool *ret_known) {
    const struct rehearsal_figures *figures = &rehearsal->figures;
    uint64_t state = 0;

    switch (expectation->measure) {
    case MEASURE_AVAILABILITY:
        return figures->availability;
    case MEASURE_WORST_AVAILABILITY:
        return figures->worst_availability;
    case MEASURE_RECOVERY_50:
        return figures->recovery.p50;
    case MEASURE_RECOVERY_95:
        return figures->recovery.p95;
    case MEASURE_RECOVERY_99:
        return figures->recovery.p99;
    case MEASURE_RECOVERY_WORST:
        return figures->recovery.worst;
    case MEASURE_STARTUP_50:
        return figures->startup.p50;
    case MEASURE_STARTUP_95:
        return figures->startup.p95;
    case MEASURE_STARTUP_99:
        return figures->startup.p99;
    case MEASURE_STARTUP_WORST:
        return figures->startup.worst;
    case MEASURE_UNRECOVERED:
        return figures->unrecovered;
    case MEASURE_PEAK:
    case MEASURE_REGISTERS:
    case MEASURE_LOST:
        return sum_servers(rehearsal, expectation);
    case MEASURE_FAILOVERS:
        return figures->failovers;
    case MEASURE_FAILBACKS:
        return figures->failbacks;
    case MEASURE_FAILURES:
        return figures->failures;
    case MEASURE_REJECTED:
        return count_states(rehearsal, HF_STATE_REJECTED, SIM_NONE);
    case MEASURE_REGISTERED:
        return count_states(rehearsal, HF_STATE_REGISTERED, expectation->server);
    case MEASURE_REACHABLE:
        return rehearsal->measure.reachable;
    case MEASURE_BINDINGS:
        return count_bindings(rehearsal, expectation->server);
    case MEASURE_STATE:
        *ret_known = find_state(rehearsal, expectation->account, &state);
        return state;
    case MEASURE_COUNT:
        break;
    }
    return 0;
}

/* A count against a share of all is compared exactly, without rounding. */
static bool holds(const struct rehearsal_verdict *verdict) {
    const struct scenario_expectation *expectation = verdict->expectation;
    __uint128_t got = verdict->got, wanted = expectation->wanted;

    if (expectation->measure == MEASURE_STATE)
        return verdict->known && verdict->got == (uint64_t)expectation->state;
    if (expectation->share) {
        got *= SHARE_WHOLE;
        wanted *= verdict->of;
    }
    switch (expectation->relation) {
    case RELATION_AT_LEAST:
        return got >= wanted;
    case RELATION_AT_MOST:
        return got <= wanted;
    case RELATION_EXACTLY:
        return got == wanted;
    }
    return false;
}

void rehearsal_judge(struct rehearsal *rehearsal, size_t index) {
    struct rehearsal_verdict *verdict = &rehearsal->verdicts[index];

    verdict->known = true;
    verdict->of = rehearsal->fleet->count;
    verdict->got = measured(rehearsal, verdict->expectation, &verdict->known);
    verdict->held = holds(verdict);
}

int rehearsal_count_up(struct rehearsal *rehearsal) {
    struct rehearsal_figures *figures = &rehearsal->figures;
    const uint64_t *events = rehearsal->measure.events;
    int result = measure_finish(&rehearsal->measure);

    if (result == 0)
        result = count_times(rehearsal);
    if (result != 0)
        return result;
    count_availability(rehearsal);
    for (size_t i = 0; i < rehearsal->scenario->server_count; i++)
        count_server(rehearsal, (uint32_t)i);
    figures->registered = count_states(rehearsal, HF_STATE_REGISTERED, SIM_NONE);
    figures->rejected = count_states(rehearsal, HF_STATE_REJECTED, SIM_NONE);
    figures->failovers = events[HF_EVENT_FAILOVER];
    figures->failbacks = events[HF_EVENT_FAILBACK];
    figures->failures = events[HF_EVENT_REGISTRATION_FAILED];
    figures->registrations = events[HF_EVENT_REGISTERED];
    figures->refreshes = events[HF_EVENT_REFRESHED];
    figures->dns_failures = events[HF_EVENT_DNS_FAILED];
    for (size_t i = 0; i < rehearsal->scenario->expectation_count; i++) {
        if (rehearsal->scenario->expectations[i].at == HF_NEVER)
            rehearsal_judge(rehearsal, i);
    }
    return 0;
}
