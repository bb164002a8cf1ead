/* The timeline: what each step does, and what undoes it. */
#include "base/assert.h"
#include "base/limits.h"
#include "sim/rehearsal_internal.h"
#include "sim/scenario_settings.h"

/* Steps are about things that are there (the reader has seen to that), so only memory can lack. */
static void apply_one(struct rehearsal *rehearsal, const struct sim_fault *fault) {
    HF_ASSERT(sim_apply(rehearsal->sim, fault) != HF_ERROR_MEMORY);
}

static bool is_of_server(enum sim_fault_kind kind) {
    return kind <= SIM_SERVER_NONCES;
}

static bool is_of_process(enum sim_fault_kind kind) {
    return kind == SIM_NAT_REBIND || kind == SIM_NAT_TIMEOUT || kind >= SIM_PROCESS_KILL;
}

/* To the one that it names, or to all. */
static void apply(struct rehearsal *rehearsal, const struct sim_fault *fault) {
    struct sim_fault one = *fault;

    if (is_of_server(fault->kind) && fault->server == SIM_NONE) {
        for (one.server = 0; one.server < sim_server_count(rehearsal->sim); one.server++)
            apply_one(rehearsal, &one);
    } else if (is_of_process(fault->kind) && fault->process == SIM_NONE) {
        for (one.process = 0; one.process < sim_process_count(rehearsal->sim); one.process++)
            apply_one(rehearsal, &one);
    } else {
        apply_one(rehearsal, fault);
    }
}

/* The links as the scenario has them, and over that the steps in force, in their order. */
void rehearsal_link(struct rehearsal *rehearsal) {
    const struct scenario *scenario = rehearsal->scenario;
    struct sim_fault fault = {.kind = SIM_LINK, .process = SIM_NONE, .server = SIM_NONE};

    fault.link = scenario_link_between(scenario, SIM_NONE, SIM_NONE);
    apply_one(rehearsal, &fault);
    for (size_t i = 0; i < scenario->link_count; i++) {
        fault.process = scenario->links[i].process;
        fault.server = scenario->links[i].server;
        fault.link = scenario->links[i].link;
        apply_one(rehearsal, &fault);
    }
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct scenario_step *step = &scenario->steps[i];

        if (rehearsal->active[i] && step->action == SCENARIO_FAULT && step->fault.kind == SIM_LINK)
            apply_one(rehearsal, &step->fault);
    }
}

static void set_records(struct rehearsal *rehearsal, struct hf_slice name,
                        const struct hf_dns_record *records, size_t count) {
    char text[LIMIT_NAME_BYTES + 1];
    struct writer w = writer_of(text, sizeof text);

    writer_put_slice(&w, name);
    if (writer_terminate(&w))
        HF_ASSERT(sim_dns_set(rehearsal->sim, text, records, count) != HF_ERROR_MEMORY);
}

/* As the scenario has them, none if it does not. */
static void restore_records(struct rehearsal *rehearsal, struct hf_slice name) {
    const struct scenario *scenario = rehearsal->scenario;

    for (size_t i = 0; i < scenario->name_count; i++) {
        const struct scenario_name *n = &scenario->names[i];

        if (slice_equal_nocase(slice_from(n->name), name)) {
            set_records(rehearsal, name, n->records, n->count);
            return;
        }
    }
    set_records(rehearsal, name, NULL, 0);
}

static void change_account(struct rehearsal *rehearsal, const struct scenario_step *step,
                           size_t member) {
    struct hf_settings *settings;

    HF_ASSERT(hf_settings_copy(rehearsal_settings(rehearsal, member), &settings) == 0);
    for (size_t i = 0; i < step->setting_count; i++)
        HF_ASSERT(scenario_set(settings, &step->settings[i], false, 0, NULL) != HF_ERROR_MEMORY);
    hf_settings_free(rehearsal->changed[member]);
    rehearsal->changed[member] = settings;
    if (rehearsal->indices[member] != SIM_NONE)
        HF_ASSERT(sim_change_account(rehearsal->sim, rehearsal->indices[member], settings) !=
                  HF_ERROR_MEMORY);
}

static void remove_account(struct rehearsal *rehearsal, size_t member) {
    uint32_t index = rehearsal->indices[member];

    if (index == SIM_NONE)
        return;
    measure_end(&rehearsal->measure, index);
    (void)sim_remove_account(rehearsal->sim, index); /* a second time: unknown, and no matter */
}

static void do_to_accounts(struct rehearsal *rehearsal, const struct scenario_step *step) {
    for (size_t i = 0; i < rehearsal->fleet->count; i++) {
        if (step->account && strcmp(step->account, rehearsal->fleet->accounts[i].name) != 0)
            continue;
        if (step->action == SCENARIO_ACCOUNT_CHANGE)
            change_account(rehearsal, step, i);
        else
            remove_account(rehearsal, i);
    }
}

static void begin_fault(struct rehearsal *rehearsal, const struct scenario_step *step) {
    struct sim_fault fault = step->fault;

    if (fault.kind == SIM_PROCESS_SLEEP)
        fault.span = step->span;
    if (fault.kind == SIM_LINK)
        rehearsal_link(rehearsal);
    else
        apply(rehearsal, &fault);
}

void rehearsal_begin(struct rehearsal *rehearsal, size_t index) {
    const struct scenario_step *step = &rehearsal->scenario->steps[index];

    rehearsal->active[index] = true;
    switch (step->action) {
    case SCENARIO_FAULT:
        begin_fault(rehearsal, step);
        break;
    case SCENARIO_DNS_RECORDS:
        set_records(rehearsal, step->fault.name, step->records, step->record_count);
        break;
    case SCENARIO_ACCOUNT_CHANGE:
    case SCENARIO_ACCOUNT_REMOVE:
        do_to_accounts(rehearsal, step);
        break;
    }
}

/* How one server was before anything happened to it. */
static void undo_at_server(struct rehearsal *rehearsal, const struct sim_fault *fault) {
    const struct scenario_server *server = &rehearsal->scenario->servers[fault->server];
    struct sim_fault undo = {.kind = fault->kind, .server = fault->server};

    if (fault->kind < SIM_SERVER_FAULT) {
        undo.kind = SIM_SERVER_START;
        undo.forget = fault->forget;
    }
    undo.span = server->delay;
    if (fault->kind == SIM_SERVER_RATE)
        undo.number = server->options.rate;
    if (fault->kind == SIM_SERVER_LIMITS) {
        undo.number = server->options.registrar.expires_min;
        undo.number_max = server->options.registrar.expires_max;
    }
    undo.name = slice_from(server->options.registrar.realm);
    apply_one(rehearsal, &undo);
}

static hf_time nat_timeout_of(const struct rehearsal *rehearsal, uint32_t process) {
    const struct scenario *scenario = rehearsal->scenario;

    if (process < scenario->process_count)
        return scenario->processes[process].options.nat_timeout;
    return rehearsal->fleet->processes[process - scenario->process_count].nat_timeout;
}

static void undo_at_process(struct rehearsal *rehearsal, const struct sim_fault *fault) {
    struct sim_fault undo = {.kind = SIM_PROCESS_START, .process = fault->process};

    undo.forget = fault->forget;
    if (fault->kind == SIM_NAT_TIMEOUT) {
        undo.kind = SIM_NAT_TIMEOUT;
        undo.span = nat_timeout_of(rehearsal, fault->process);
    }
    apply_one(rehearsal, &undo);
}

static void undo_at_dns(struct rehearsal *rehearsal, const struct sim_fault *fault) {
    struct sim_fault undo = {.kind = SIM_DNS_ANSWERS, .name = fault->name};

    if (fault->kind == SIM_DNS_DELAY)
        undo.kind = SIM_DNS_DELAY;
    if (fault->kind == SIM_DNS_ADDRESS)
        restore_records(rehearsal, fault->name);
    else
        apply_one(rehearsal, &undo);
}

static void undo_fault(struct rehearsal *rehearsal, const struct sim_fault *fault) {
    struct sim_fault one = *fault;

    if (fault->kind == SIM_LINK) {
        rehearsal_link(rehearsal);
    } else if (is_of_server(fault->kind)) {
        bool all = fault->server == SIM_NONE;
        uint32_t count = all ? sim_server_count(rehearsal->sim) : fault->server + 1;

        for (one.server = all ? 0 : fault->server; one.server < count; one.server++)
            undo_at_server(rehearsal, &one);
    } else if (is_of_process(fault->kind)) {
        bool all = fault->process == SIM_NONE;
        uint32_t count = all ? sim_process_count(rehearsal->sim) : fault->process + 1;

        for (one.process = all ? 0 : fault->process; one.process < count; one.process++)
            undo_at_process(rehearsal, &one);
    } else {
        undo_at_dns(rehearsal, fault);
    }
}

void rehearsal_undo(struct rehearsal *rehearsal, size_t index) {
    const struct scenario_step *step = &rehearsal->scenario->steps[index];

    rehearsal->active[index] = false;
    if (step->action == SCENARIO_DNS_RECORDS)
        restore_records(rehearsal, step->fault.name);
    else if (step->action == SCENARIO_FAULT && step->fault.kind != SIM_PROCESS_SLEEP)
        undo_fault(rehearsal, &step->fault);
}
