/* A rehearsal for people. */
#include <stdio.h>

#include "sim/report.h"

enum { CELL = 96, BANDS_SHOWN = 12 };

static void put_title(struct page *page, const struct rehearsal *rehearsal) {
    char length[CELL];

    report_time(length, sizeof length, rehearsal->scenario->duration);
    if (rehearsal->scenario->title)
        page_print(page, "%s\n\n", rehearsal->scenario->title);
    page_print(page, "%zu account%s, %zu server%s, %s, seed %llu\n", rehearsal->fleet->count,
               rehearsal->fleet->count == 1 ? "" : "s", rehearsal->scenario->server_count,
               rehearsal->scenario->server_count == 1 ? "" : "s", length,
               (unsigned long long)rehearsal->seed);
}

/* What happened, in the order in which it did. */
static void put_timeline(struct page *page, const struct rehearsal *rehearsal) {
    const hf_time end = rehearsal->scenario->duration;
    size_t shown = 0;

    if (rehearsal->band_count > 0)
        page_print(page, "\n");
    for (size_t i = 0; i < rehearsal->band_count && shown < BANDS_SHOWN; i++) {
        const struct rehearsal_band *band = &rehearsal->bands[i];
        char from[CELL], span[CELL], what[CELL * 2], often[CELL * 2] = "";

        if (i > 0 && rehearsal->bands[i - 1].step == band->step)
            continue; /* the first of several has told of them */
        report_clock(from, sizeof from, band->from_at);
        report_time(span, sizeof span, band->until_at - band->from_at);
        report_step(what, sizeof what, rehearsal->scenario, band->step);
        if (band->step->times > 1) {
            char every[CELL];

            report_time(every, sizeof every, band->step->every);
            snprintf(often, sizeof often, ", every %s, %u times", every, band->step->times);
        }
        page_print(page, "  %10s  %s%s%s%s\n", from, what,
                   band->step->span > 0 && band->until_at < end ? " for " : "",
                   band->step->span > 0 && band->until_at < end ? span : "", often);
        shown++;
    }
}

static void put_percentiles(struct page *page, const char *what, const char *none,
                            const struct percentiles *p) {
    char cells[4][CELL];

    if (p->count == 0) {
        page_print(page, "%-20s %s\n", what, none);
        return;
    }
    report_time(cells[0], CELL, p->p50);
    report_time(cells[1], CELL, p->p95);
    report_time(cells[2], CELL, p->p99);
    report_time(cells[3], CELL, p->worst);
    page_print(page, "%-20s %-13s %-13s %-13s %-13s (%zu)\n", what, cells[0], cells[1], cells[2],
               cells[3], p->count);
}

static void put_figures(struct page *page, const struct rehearsal *rehearsal) {
    const struct rehearsal_figures *figures = &rehearsal->figures;
    char share[CELL], worst[CELL];

    report_share(share, sizeof share, figures->availability);
    report_share(worst, sizeof worst, figures->worst_availability);
    page_print(page, "\n%-20s %s of the time a call would arrive\n", "availability", share);
    if (figures->worst_account != SIM_NONE)
        page_print(page, "%-20s %s: %s\n", "  worst account", worst,
                   rehearsal->fleet->accounts[figures->worst_account].name);
    page_print(page, "\n%-20s %-13s %-13s %-13s %-13s\n", "", "half of them", "95 %", "99 %",
               "the slowest");
    put_percentiles(page, "time to start up", "nobody started", &figures->startup);
    put_percentiles(page, "time to recover", "there was no outage", &figures->recovery);
    page_print(page, "\n%-20s %zu registered, %zu rejected, %zu that no call would reach%s",
               "at the end", figures->registered, figures->rejected, figures->unrecovered,
               figures->never_reached ? "" : "\n");
    if (figures->never_reached)
        page_print(page, ", %zu of them never\n", figures->never_reached);
    page_print(page, "%-20s %llu failovers, %llu failbacks, %llu failed attempts\n", "events",
               (unsigned long long)figures->failovers, (unsigned long long)figures->failbacks,
               (unsigned long long)figures->failures);
    if (rehearsal->refused > 0)
        page_print(page, "%-20s %zu without a server or a user: not used\n", "accounts",
                   rehearsal->refused);
}

static void put_servers(struct page *page, const struct rehearsal *rehearsal) {
    const struct scenario *scenario = rehearsal->scenario;
    int width = 6;

    for (size_t i = 0; i < scenario->server_count; i++) {
        int length = (int)strlen(scenario->servers[i].options.name);

        width = length > width ? length : width;
    }
    page_print(page, "\n%-*s  %10s  %6s  %10s  %8s  %8s\n", width, "server", "REGISTERs", "peak/s",
               "when", "lost", "bindings");
    for (size_t i = 0; i < scenario->server_count; i++) {
        const struct rehearsal_server_figures *server = &rehearsal->servers[i];
        char when[CELL] = "-";

        if (server->peak > 0)
            report_clock(when, sizeof when, server->peak_second * HF_SECOND);
        page_print(page, "%-*s  %10llu  %6u  %10s  %8llu  %8llu\n", width,
                   scenario->servers[i].options.name, (unsigned long long)server->registers,
                   server->peak, when, (unsigned long long)server->lost,
                   (unsigned long long)server->bindings);
    }
}

static void put_verdicts(struct page *page, const struct rehearsal *rehearsal) {
    size_t count = rehearsal->scenario->expectation_count;

    if (count > 0)
        page_print(page, "\n");
    for (size_t i = 0; i < count; i++) {
        const struct rehearsal_verdict *verdict = &rehearsal->verdicts[i];
        char subject[3 * CELL], wanted[CELL], got[CELL];

        report_subject(subject, sizeof subject, rehearsal->scenario, verdict->expectation);
        report_wanted(wanted, sizeof wanted, verdict->expectation);
        report_got(got, sizeof got, verdict);
        page_print(page, "%-4s %s: wanted %s, got %s\n", verdict->held ? "ok" : "FAIL", subject,
                   wanted, got);
    }
}

int report_table(const struct rehearsal *rehearsal, char **ret) {
    struct page page = {0};

    put_title(&page, rehearsal);
    put_timeline(&page, rehearsal);
    put_figures(&page, rehearsal);
    put_servers(&page, rehearsal);
    put_verdicts(&page, rehearsal);
    *ret = page_take(&page);
    return *ret ? 0 : HF_ERROR_MEMORY;
}
