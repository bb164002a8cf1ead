/* A rehearsal for programs: times in seconds, shares from 0 to 1. docs/simulator.md lists the
 * names, which are a contract. */
#include <stdio.h>

#include "sim/report.h"
#include "sim/scenario_words.h"

enum { POINTS_MAX = 500 };

static void put_seconds(struct page *page, hf_time time) {
    page_print(page, "%llu.%03llu", (unsigned long long)(time / HF_SECOND),
               (unsigned long long)(time / HF_MILLISECOND % 1000));
}

static void put_share(struct page *page, uint64_t share) {
    page_print(page, "%llu.%06llu", (unsigned long long)(share / SHARE_WHOLE),
               (unsigned long long)(share % SHARE_WHOLE));
}

static void put_text(struct page *page, const char *text) {
    if (text)
        page_put_quoted(page, slice_from(text));
    else
        page_put(page, SLICE("null"));
}

static void put_percentiles(struct page *page, const char *name, const struct percentiles *p) {
    const hf_time times[] = {p->p50, p->p95, p->p99, p->worst};
    static const char *const names[] = {"p50", "p95", "p99", "worst"};

    page_print(page, "  \"%s\": {\"count\": %zu", name, p->count);
    for (int i = 0; i < 4; i++) {
        page_print(page, ", \"%s\": ", names[i]);
        if (p->count > 0)
            put_seconds(page, times[i]);
        else
            page_put(page, SLICE("null"));
    }
    page_put(page, SLICE("},\n"));
}

/* How many seconds one point of a series stands for. */
static uint32_t interval_of(const struct rehearsal *rehearsal) {
    hf_time seconds = rehearsal->scenario->duration / HF_SECOND;

    return (uint32_t)(seconds / POINTS_MAX + 1);
}

/* The worst second of each interval, where there is anything at all. */
static void put_loads(struct page *page, const struct measure_server *server, uint32_t interval) {
    const char *comma = "";

    page_put(page, SLICE("["));
    for (size_t i = 0; i < server->load_count;) {
        uint32_t at = server->loads[i].second / interval;
        uint32_t peak = 0;
        uint64_t sum = 0;

        for (; i < server->load_count && server->loads[i].second / interval == at; i++) {
            peak = server->loads[i].count > peak ? server->loads[i].count : peak;
            sum += server->loads[i].count;
        }
        page_print(page, "%s{\"time\": %llu, \"peak\": %u, \"registers\": %llu}", comma,
                   (unsigned long long)at * interval, peak, (unsigned long long)sum);
        comma = ", ";
    }
    page_put(page, SLICE("]"));
}

static void put_servers(struct page *page, const struct rehearsal *rehearsal) {
    const struct scenario *scenario = rehearsal->scenario;

    page_put(page, SLICE("  \"servers\": [\n"));
    for (size_t i = 0; i < scenario->server_count; i++) {
        const struct rehearsal_server_figures *server = &rehearsal->servers[i];

        page_put(page, SLICE("    {\"name\": "));
        put_text(page, scenario->servers[i].options.name);
        page_print(page, ", \"registers\": %llu, \"peak_registers\": %u, \"peak_time\": ",
                   (unsigned long long)server->registers, server->peak);
        if (server->peak > 0)
            page_print(page, "%u", server->peak_second);
        else
            page_put(page, SLICE("null"));
        page_print(page, ", \"lost\": %llu, \"bindings\": %llu, \"load\": ",
                   (unsigned long long)server->lost, (unsigned long long)server->bindings);
        put_loads(page, &rehearsal->measure.servers[i], interval_of(rehearsal));
        page_print(page, "}%s\n", i + 1 < scenario->server_count ? "," : "");
    }
    page_put(page, SLICE("  ],\n"));
}

static void put_reach(struct page *page, const struct rehearsal *rehearsal) {
    const struct measure *measure = &rehearsal->measure;
    uint32_t interval = interval_of(rehearsal);
    const char *comma = "";

    page_put(page, SLICE("  \"reachable_accounts\": ["));
    for (size_t i = 0; i < measure->reach_count;) {
        uint32_t at = measure->reaches[i].second / interval;
        uint32_t fewest = UINT32_MAX;

        for (; i < measure->reach_count && measure->reaches[i].second / interval == at; i++)
            fewest = measure->reaches[i].fewest < fewest ? measure->reaches[i].fewest : fewest;
        page_print(page, "%s{\"time\": %llu, \"fewest\": %u, \"last\": %u}", comma,
                   (unsigned long long)at * interval, fewest, measure->reaches[i - 1].last);
        comma = ", ";
    }
    page_put(page, SLICE("],\n"));
}

static void put_account(struct page *page, const struct rehearsal *rehearsal, size_t member) {
    const struct measure_account *account;
    uint32_t index = rehearsal->indices[member];
    hf_time length;

    page_put(page, SLICE("    {\"account\": "));
    put_text(page, rehearsal->fleet->accounts[member].name);
    if (index == SIM_NONE) {
        page_put(page, SLICE(", \"availability\": null}"));
        return;
    }
    account = &rehearsal->measure.accounts[index];
    length = account->ended_at - account->started_at;
    page_put(page, SLICE(", \"availability\": "));
    put_share(page,
              length ? (uint64_t)((__uint128_t)account->reachable_for * SHARE_WHOLE / length) : 0);
    page_print(page, ", \"outages\": %u, \"longest_outage\": ", account->outages);
    put_seconds(page, account->longest_outage);
    page_put(page, SLICE(", \"startup\": "));
    if (account->first_at == HF_NEVER)
        page_put(page, SLICE("null"));
    else
        put_seconds(page, account->first_at - account->started_at);
    page_print(page, ", \"failovers\": %u, \"failbacks\": %u}", account->failovers,
               account->failbacks);
}

static void put_accounts(struct page *page, const struct rehearsal *rehearsal) {
    page_put(page, SLICE("  \"accounts\": [\n"));
    for (size_t i = 0; i < rehearsal->fleet->count; i++) {
        put_account(page, rehearsal, i);
        page_put(page, i + 1 < rehearsal->fleet->count ? SLICE(",\n") : SLICE("\n"));
    }
    page_put(page, SLICE("  ],\n"));
}

static void put_value(struct page *page, const struct scenario_expectation *expectation, bool share,
                      uint64_t value) {
    if (expectation->measure == MEASURE_STATE)
        put_text(page, hf_account_state_name((enum hf_account_state)value));
    else if (measure_unit(expectation->measure) == UNIT_TIME)
        put_seconds(page, value);
    else if (share || measure_unit(expectation->measure) == UNIT_SHARE)
        put_share(page, value);
    else
        page_print(page, "%llu", (unsigned long long)value);
}

static void put_verdict(struct page *page, const struct rehearsal *rehearsal,
                        const struct rehearsal_verdict *verdict) {
    static const char *const relations[] = {
        [RELATION_AT_LEAST] = "at least",
        [RELATION_AT_MOST] = "at most",
        [RELATION_EXACTLY] = "exactly",
    };
    const struct scenario_expectation *expectation = verdict->expectation;
    bool share = expectation->share && verdict->of > 0;

    page_print(page, "    {\"measure\": \"%s\", \"line\": %u, \"server\": ",
               measure_name(expectation->measure), expectation->line);
    put_text(page, expectation->server == SIM_NONE
                       ? NULL
                       : rehearsal->scenario->servers[expectation->server].options.name);
    page_put(page, SLICE(", \"account\": "));
    put_text(page, expectation->account);
    page_put(page, SLICE(", \"time\": "));
    put_seconds(page,
                expectation->at == HF_NEVER ? rehearsal->scenario->duration : expectation->at);
    page_print(page, ", \"relation\": \"%s\", \"wanted\": ", relations[expectation->relation]);
    put_value(page, expectation, expectation->share,
              expectation->measure == MEASURE_STATE ? (uint64_t)expectation->state
                                                    : expectation->wanted);
    page_put(page, SLICE(", \"got\": "));
    if (verdict->known)
        put_value(page, expectation, share,
                  share ? (uint64_t)((__uint128_t)verdict->got * SHARE_WHOLE / verdict->of)
                        : verdict->got);
    else
        page_put(page, SLICE("null"));
    page_print(page, ", \"held\": %s}", verdict->held ? "true" : "false");
}

static void put_verdicts(struct page *page, const struct rehearsal *rehearsal) {
    size_t count = rehearsal->scenario->expectation_count;

    page_put(page, SLICE("  \"expectations\": [\n"));
    for (size_t i = 0; i < count; i++) {
        put_verdict(page, rehearsal, &rehearsal->verdicts[i]);
        page_put(page, i + 1 < count ? SLICE(",\n") : SLICE("\n"));
    }
    page_print(page, "  ],\n  \"held\": %s\n", rehearsal_is_good(rehearsal) ? "true" : "false");
}

static void put_figures(struct page *page, const struct rehearsal *rehearsal) {
    const struct rehearsal_figures *figures = &rehearsal->figures;

    page_put(page, SLICE("  \"availability\": "));
    put_share(page, figures->availability);
    page_put(page, SLICE(",\n  \"worst_availability\": "));
    put_share(page, figures->worst_availability);
    page_put(page, SLICE(",\n  \"worst_account\": "));
    put_text(page, figures->worst_account == SIM_NONE
                       ? NULL
                       : rehearsal->fleet->accounts[figures->worst_account].name);
    page_put(page, SLICE(",\n"));
    put_percentiles(page, "startup", &figures->startup);
    put_percentiles(page, "recovery", &figures->recovery);
    page_print(page,
               "  \"never_reached\": %zu,\n  \"unrecovered\": %zu,\n  \"registered\": %zu,\n"
               "  \"rejected\": %zu,\n  \"failovers\": %llu,\n  \"failbacks\": %llu,\n"
               "  \"failures\": %llu,\n",
               figures->never_reached, figures->unrecovered, figures->registered, figures->rejected,
               (unsigned long long)figures->failovers, (unsigned long long)figures->failbacks,
               (unsigned long long)figures->failures);
}

int report_json(const struct rehearsal *rehearsal, char **ret) {
    struct page page = {0};

    page_put(&page, SLICE("{\n  \"title\": "));
    put_text(&page, rehearsal->scenario->title);
    page_print(&page,
               ",\n  \"seed\": %llu,\n  \"duration\": ", (unsigned long long)rehearsal->seed);
    put_seconds(&page, rehearsal->scenario->duration);
    page_print(&page, ",\n  \"interval\": %u,\n", interval_of(rehearsal));
    put_figures(&page, rehearsal);
    put_servers(&page, rehearsal);
    put_reach(&page, rehearsal);
    put_accounts(&page, rehearsal);
    put_verdicts(&page, rehearsal);
    page_put(&page, SLICE("}\n"));
    *ret = page_take(&page);
    return *ret ? 0 : HF_ERROR_MEMORY;
}
