/* Some worlds have IPv6 alone, and some have both families, where a trouble may be one family's
 * alone. Drawn apart from all else, so that what a seed means does not change. */
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/assert.h"
#include "chance.h"
#include "generate.h"

enum { TROUBLES_MAX = 8 };

/* 192.0.2.7 and 2001:db8::7 are the same host; other networks have others of theirs. */
static struct hf_address six_of(const struct hf_address *four) {
    const uint8_t *ip = four->ip;
    struct hf_address six;
    char text[ADDRESS_TEXT_MAX];

    if (ip[0] == 192)
        (void)snprintf(text, sizeof text, "2001:db8::%u", ip[3]);
    else
        (void)snprintf(text, sizeof text, "2001:db8:%u::%u", ip[0], ip[3]);
    HF_ASSERT(address_parse(slice_from(text), &six));
    six.port = four->port;
    return six;
}

/* Writes every literal address of the settings that is to be of IPv6 anew. */
static void translate(char *settings, size_t size, const struct plan *plan, struct random *random) {
    char copy[PLAN_SETTINGS_MAX], *to = settings;
    const char *from = copy, *literal;

    HF_ASSERT((size_t)snprintf(copy, sizeof copy, "%s", settings) < sizeof copy);
    for (; (literal = strstr(from, "=192.0.2.")) != NULL; from = literal) {
        unsigned number = 0;
        int used = 0;

        HF_ASSERT(sscanf(literal, "=192.0.2.%u%n", &number, &used) == 1);
        bool both = plan != NULL &&
                    (number > plan->server_count ||
                     plan->servers[number - 1].other.family == HF_FAMILY_NONE || one_in(random, 2));
        to += snprintf(to, size - (size_t)(to - settings), "%.*s", (int)(literal - from), from);
        literal += used;
        to += snprintf(to, size - (size_t)(to - settings), both ? "=192.0.2.%u" : "=2001:db8::%u",
                       number);
    }
    HF_ASSERT((size_t)snprintf(to, size - (size_t)(to - settings), "%s", from) <
              size - (size_t)(to - settings));
}

static void leave_four(struct hf_address *address) {
    if (address->family == HF_FAMILY_IPV4)
        *address = six_of(address);
}

static void leave_four_of(struct plan_process *process) {
    leave_four(&process->address);
    process->nat_address = (struct hf_address){0};
    process->nat_timeout = 0;
}

static void make_six_alone(struct plan *plan, struct random *random) {
    for (uint32_t i = 0; i < plan->server_count; i++)
        leave_four(&plan->servers[i].address);
    for (uint32_t i = 0; i < plan->process_count; i++)
        leave_four_of(&plan->processes[i]);
    for (uint32_t i = 0; i < plan->account_count; i++)
        translate(plan->accounts[i].settings, sizeof plan->accounts[i].settings, NULL, random);
    for (uint32_t i = 0; i < plan->step_count; i++) {
        leave_four(&plan->steps[i].fault.address);
        translate(plan->steps[i].settings, sizeof plan->steps[i].settings, NULL, random);
    }
}

static void add_six(struct plan *plan, struct random *random) {
    for (uint32_t i = 0; i < plan->server_count; i++)
        if (!one_in(random, 4))
            plan->servers[i].other = six_of(&plan->servers[i].address);
    for (uint32_t i = 0; i < plan->process_count; i++)
        if (!one_in(random, 4))
            plan->processes[i].other = six_of(&plan->processes[i].address);
    for (uint32_t i = 0; i < plan->account_count; i++)
        if (plan->processes[plan->accounts[i].process].other.family != HF_FAMILY_NONE)
            translate(plan->accounts[i].settings, sizeof plan->accounts[i].settings, plan, random);
}

/* A host of IPv6 alone, at names and servers of both families. */
static void strand_one(struct plan *plan, struct random *random) {
    uint32_t process = below(random, plan->process_count);

    for (uint32_t i = 0; i < plan->server_count; i++)
        plan->servers[i].other = six_of(&plan->servers[i].address);
    plan->processes[process].other = (struct hf_address){0};
    leave_four_of(&plan->processes[process]);
    for (uint32_t i = 0; i < plan->account_count; i++)
        if (plan->accounts[i].process == process)
            translate(plan->accounts[i].settings, sizeof plan->accounts[i].settings, NULL, random);
}

static struct plan_step *add_fault(struct plan *plan, hf_time at, enum sim_fault_kind kind) {
    if (plan->step_count == PLAN_STEPS_MAX)
        return NULL;
    struct plan_step *step = &plan->steps[plan->step_count++];

    *step = (struct plan_step){.at = at,
                               .action = PLAN_FAULT,
                               .fault = {.kind = kind, .server = SIM_NONE, .process = SIM_NONE}};
    return step;
}

/* One family is lost, or refused, to one server or to all, for one process or for all. */
static void trouble_way(struct plan *plan, struct random *random, hf_time at, hf_time end_at) {
    uint32_t server = one_in(random, 2) ? SIM_NONE : below(random, plan->server_count);
    uint32_t process = one_in(random, 2) ? SIM_NONE : below(random, plan->process_count);
    enum sim_way way = one_in(random, 2) ? SIM_WAY_DOWN : SIM_WAY_REFUSED;
    bool six = one_in(random, 2);

    for (int back = 0; back <= 1; back++) {
        struct plan_step *step = add_fault(plan, back ? end_at : at, SIM_LINK);

        if (!step)
            return;
        step->fault.server = server;
        step->fault.process = process;
        step->fault.link = plan->link;
        if (!back && six)
            step->fault.link.ipv6 = way;
        else if (!back)
            step->fault.link.ipv4 = way;
    }
}

/* The records of one family are missing, late, or nobody answers for them. */
static void trouble_records(struct plan *plan, struct random *random, hf_time at, hf_time end_at) {
    static const enum sim_fault_kind kinds[] = {SIM_DNS_FAILS, SIM_DNS_SILENT, SIM_DNS_DELAY};
    static const enum hf_dns_result results[] = {HF_DNS_FAILED, HF_DNS_NO_RECORD};
    enum sim_fault_kind kind = PICK(random, kinds);
    const char *name = one_in(random, 2) ? "" : plan->names[below(random, plan->name_count)].name;
    enum sim_record record = one_in(random, 3) ? SIM_RECORD_A : SIM_RECORD_AAAA;
    struct plan_step *step = add_fault(plan, at, kind);

    if (!step)
        return;
    step->fault.record = record;
    step->fault.dns_result = kind == SIM_DNS_FAILS ? PICK(random, results) : HF_DNS_OK;
    step->fault.span = kind == SIM_DNS_DELAY ? between(random, 1, 8000) * HF_MILLISECOND : 0;
    (void)snprintf(step->name, sizeof step->name, "%.60s", name);
    step = add_fault(plan, end_at, kind == SIM_DNS_DELAY ? SIM_DNS_DELAY : SIM_DNS_ANSWERS);
    if (step)
        (void)snprintf(step->name, sizeof step->name, "%.60s", name);
}

void plan_generate_families(struct plan *plan, struct random *random) {
    if (!one_in(random, 3))
        return;
    if (one_in(random, 3)) {
        make_six_alone(plan, random);
        return;
    }
    add_six(plan, random);
    if (one_in(random, 4))
        strand_one(plan, random);
    for (uint32_t left = below(random, TROUBLES_MAX + 1); left > 0; left--) {
        hf_time at = random_below(random, plan->healed_at);
        hf_time end_at = at + random_below(random, plan->healed_at - at);

        if (one_in(random, 2))
            trouble_way(plan, random, at, end_at);
        else
            trouble_records(plan, random, at, end_at);
    }
    plan_sort_steps(plan);
}
