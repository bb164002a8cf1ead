/* What follows from a scenario as a whole, and what does not fit together. */
#include "base/address.h"
#include "sim/scenario_fault.h"

static const struct scenario_name *find_name(const struct scenario *scenario,
                                             struct hf_slice name) {
    for (size_t i = 0; i < scenario->name_count; i++) {
        if (slice_equal_nocase(slice_from(scenario->names[i].name), name))
            return &scenario->names[i];
    }
    return NULL;
}

static void fill_in_record(struct hf_dns_record *record, const struct hf_address *address) {
    record->type = address->family == HF_FAMILY_IPV4 ? HF_DNS_A : HF_DNS_AAAA;
    record->ttl = 300;
    record->address = *address;
    record->address.port = 0;
}

/* A server's name is in the DNS, unless `dns:` says something else. */
static void add_names(struct reading *r) {
    struct scenario *scenario = r->scenario;
    struct scenario_name *names =
        scenario_list(scenario, scenario->name_count + scenario->server_count, sizeof *names);

    if (!names) {
        r->no_memory = true;
        return;
    }
    if (scenario->name_count > 0)
        memcpy(names, scenario->names, scenario->name_count * sizeof *names);
    scenario->names = names;
    for (size_t i = 0; i < scenario->server_count; i++) {
        const struct sim_server_options *server = &scenario->servers[i].options;
        struct scenario_name *name = &names[scenario->name_count];
        const struct hf_slice text = reading_without_dot(slice_from(server->name));
        struct hf_address literal;

        if (find_name(scenario, text) || address_parse(text, &literal))
            continue;
        *name = (struct scenario_name){.name = scenario_text(scenario, text),
                                       .count = server->other.family == HF_FAMILY_NONE ? 1 : 2};
        name->records = scenario_list(scenario, name->count, sizeof *name->records);
        if (!name->name || !name->records) {
            r->no_memory = true;
            return;
        }
        fill_in_record(name->records, &server->address);
        if (name->count > 1)
            fill_in_record(name->records + 1, &server->other);
        scenario->name_count++;
    }
}

static hf_time last_end(const struct scenario *scenario) {
    hf_time last = 0;

    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct scenario_step *step = &scenario->steps[i];
        hf_time end = step->at + step->span;

        if (step->times > 1 &&
            (__builtin_mul_overflow(step->every, (hf_time)step->times - 1, &end) ||
             end > SCENARIO_DURATION_MAX))
            end = SCENARIO_DURATION_MAX;
        else if (step->times > 1)
            end += step->at + step->span;
        last = end > last ? end : last;
    }
    return last < SCENARIO_DURATION_MAX ? last : SCENARIO_DURATION_MAX;
}

static void check_step(struct reading *r, const struct scenario_step *step) {
    const struct scenario *scenario = r->scenario;
    bool dns = step->action == SCENARIO_FAULT && step->fault.kind >= SIM_DNS_ANSWERS &&
               step->fault.kind <= SIM_DNS_ADDRESS;

    if (step->at >= scenario->duration)
        (void)scenario_report(r->messages, false, step->line,
                              "'%s' is at or after the end of the run: 'duration:' is too short",
                              scenario_step_name(step));
    if (dns && step->fault.name.len > 0 && !find_name(scenario, step->fault.name))
        (void)scenario_report(r->messages, false, step->line, "there is no name '%.*s' in the DNS",
                              SLICE_ARGS(step->fault.name));
}

void scenario_complete(struct reading *r, bool duration_given) {
    struct scenario *scenario = r->scenario;

    add_names(r);
    if (!duration_given) {
        hf_time end = last_end(scenario) + scenario->duration;

        scenario->duration = end < SCENARIO_DURATION_MAX ? end : SCENARIO_DURATION_MAX;
    }
    for (size_t i = 0; i < scenario->step_count; i++)
        check_step(r, &scenario->steps[i]);
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        const struct scenario_expectation *expectation = &scenario->expectations[i];

        if (expectation->at != HF_NEVER && expectation->at > scenario->duration)
            (void)scenario_report(r->messages, false, expectation->line,
                                  "expect: 'at:' is after the end of the run");
    }
}
