/* Figures in words. */
#include "sim/report.h"

#include <stdio.h>

#include "base/writer.h"
#include "sim/scenario_fault.h"
#include "sim/scenario_words.h"

void report_time(char *buffer, size_t size, hf_time time) {
    unsigned long long ms = (time + 500) / 1000;
    unsigned long long s = (ms + 500) / 1000;

    if (ms < 10000)
        snprintf(buffer, size, "%llu.%03llu s", ms / 1000, ms % 1000);
    else if (ms < 60000)
        snprintf(buffer, size, "%llu.%llu s", ms / 1000, ms % 1000 / 100);
    else if (s < 3600)
        snprintf(buffer, size, "%llu min %llu s", s / 60, s % 60);
    else if (s < 48 * 3600)
        snprintf(buffer, size, "%llu h %llu min", s / 3600, s % 3600 / 60);
    else
        snprintf(buffer, size, "%llu d %llu h", s / 86400, s % 86400 / 3600);
}

void report_clock(char *buffer, size_t size, hf_time time) {
    unsigned long long s = time / HF_SECOND;

    snprintf(buffer, size, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
}

void report_share(char *buffer, size_t size, uint64_t share) {
    snprintf(buffer, size, "%llu.%04llu %%", (unsigned long long)(share / 10000),
             (unsigned long long)(share % 10000));
}

static const char *server_name(const struct scenario *scenario, uint32_t server) {
    return server == SIM_NONE ? "all" : scenario->servers[server].options.name;
}

static const char *process_name(const struct scenario *scenario, uint32_t process) {
    return process == SIM_NONE ? "all" : scenario->processes[process].options.name;
}

void report_step(char *buffer, size_t size, const struct scenario *scenario,
                 const struct scenario_step *step) {
    const struct sim_fault *fault = &step->fault;
    const char *word = scenario_step_name(step);

    if (step->action == SCENARIO_ACCOUNT_CHANGE || step->action == SCENARIO_ACCOUNT_REMOVE)
        snprintf(buffer, size, "%s %s", word, step->account ? step->account : "all");
    else if (step->action == SCENARIO_DNS_RECORDS ||
             (fault->kind >= SIM_DNS_ANSWERS && fault->kind <= SIM_DNS_ADDRESS))
        snprintf(buffer, size, "%s %.*s", word, fault->name.len ? (int)fault->name.len : 3,
                 fault->name.len ? fault->name.ptr : "all");
    else if (fault->kind == SIM_SERVER_FAULT && fault->registrar.kind == REGISTRAR_ANSWERS)
        snprintf(buffer, size, "%s answers %u", server_name(scenario, fault->server),
                 fault->registrar.status);
    else if (fault->kind == SIM_SERVER_FAULT)
        snprintf(buffer, size, "%s %s %s", word, server_name(scenario, fault->server),
                 registrar_fault_name(fault->registrar.kind));
    else if (fault->kind == SIM_LINK)
        snprintf(buffer, size, "%s %s", fault->link.down ? "link down to" : "link to",
                 server_name(scenario, fault->server));
    else if (fault->kind <= SIM_STREAMS_CUT)
        snprintf(buffer, size, "%s %s", word, server_name(scenario, fault->server));
    else
        snprintf(buffer, size, "%s %s", word, process_name(scenario, fault->process));
}

static void write_value(char *buffer, size_t size, enum scenario_measure measure, bool share,
                        uint64_t value) {
    struct writer w = writer_of(buffer, size);

    if (measure == MEASURE_STATE)
        writer_put_slice(&w, slice_from(hf_account_state_name((enum hf_account_state)value)));
    else if (measure_unit(measure) == UNIT_TIME)
        words_write_time(&w, value);
    else if (share || measure_unit(measure) == UNIT_SHARE)
        words_write_share(&w, value);
    else
        writer_put_number(&w, value);
    (void)writer_terminate(&w);
}

void report_wanted(char *buffer, size_t size, const struct scenario_expectation *expectation) {
    static const char *const relations[] = {
        [RELATION_AT_LEAST] = "at least ",
        [RELATION_AT_MOST] = "at most ",
        [RELATION_EXACTLY] = "exactly ",
    };
    bool state = expectation->measure == MEASURE_STATE;
    char value[64];

    write_value(value, sizeof value, expectation->measure, expectation->share,
                state ? (uint64_t)expectation->state : expectation->wanted);
    snprintf(buffer, size, "%s%s", state ? "" : relations[expectation->relation], value);
}

void report_got(char *buffer, size_t size, const struct rehearsal_verdict *verdict) {
    enum scenario_measure measure = verdict->expectation->measure;
    char value[64];

    if (!verdict->known)
        snprintf(buffer, size, "no such account that runs");
    else if (measure_unit(measure) == UNIT_SHARE)
        report_share(buffer, size, verdict->got);
    else if (measure_unit(measure) == UNIT_TIME)
        report_time(buffer, size, verdict->got);
    else if (verdict->expectation->share)
        snprintf(buffer, size, "%llu of %llu", (unsigned long long)verdict->got,
                 (unsigned long long)verdict->of);
    else {
        write_value(value, sizeof value, measure, false, verdict->got);
        snprintf(buffer, size, "%s", value);
    }
}

void report_subject(char *buffer, size_t size, const struct scenario *scenario,
                    const struct scenario_expectation *expectation) {
    char clock[32];
    int length = snprintf(buffer, size, "%s", measure_name(expectation->measure));

    if (expectation->account && (size_t)length < size)
        length += snprintf(buffer + length, size - (size_t)length, " of %s", expectation->account);
    if (expectation->server != SIM_NONE && (size_t)length < size)
        length += snprintf(buffer + length, size - (size_t)length, " at %s",
                           server_name(scenario, expectation->server));
    if (expectation->at != HF_NEVER && (size_t)length < size) {
        report_clock(clock, sizeof clock, expectation->at);
        snprintf(buffer + length, size - (size_t)length, ", %s", clock);
    }
}
