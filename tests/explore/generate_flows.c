/* Some worlds have accounts whose bindings are flows (RFC 5626), one or several. Drawn apart from
 * all else, so that what a seed means does not change. */
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "base/assert.h"
#include "chance.h"
#include "generate.h"

static void add_setting(struct plan_account *account, const char *line) {
    size_t length = strlen(account->settings);

    if (length + strlen(line) >= sizeof account->settings)
        return;
    (void)snprintf(account->settings + length, sizeof account->settings - length, "%s", line);
}

/* Without the lines that begin so. */
static void drop_settings(struct plan_account *account, const char *start) {
    char *line = account->settings;

    while (*line) {
        char *next = strchr(line, '\n') + 1;

        if (strncmp(line, start, strlen(start)) == 0)
            memmove(line, next, strlen(next) + 1);
        else
            line = next;
    }
}

/* A flow by way of each of some servers, as outbound proxies. */
static void add_proxies(const struct plan *plan, struct plan_account *account,
                        struct random *random) {
    char line[128], address[ADDRESS_TEXT_MAX];

    drop_settings(account, "prox");
    add_setting(account, "proxy.enabled=yes\n");
    for (unsigned place = 1, count = between(random, 2, 3); place <= count; place++) {
        uint32_t server = below(random, plan->server_count);
        const struct plan_server *one = &plan->servers[server];
        struct writer w = writer_of(address, sizeof address);
        bool has_way = plan->processes[account->process].address.family == one->address.family;

        address_write_host(&w, has_way ? &one->address : &one->other, false);
        HF_ASSERT(writer_terminate(&w));
        if (one_in(random, 4))
            (void)snprintf(line, sizeof line, "proxies[%u].address=sip%u.example.com\n", place,
                           plan->servers[server].group);
        else
            (void)snprintf(line, sizeof line, "proxies[%u].address=%s\n", place, address);
        add_setting(account, line);
    }
}

static void make_flows(const struct plan *plan, uint32_t index, struct plan_account *account,
                       struct random *random) {
    char line[128];

    (void)snprintf(line, sizeof line, "instance=urn:uuid:00000000-0000-4000-8000-%012u\n",
                   index + 1);
    add_setting(account, "outbound=yes\n");
    add_setting(account, line);
    if (!one_in(random, 3))
        add_proxies(plan, account, random);
}

static void trouble_outbound(struct plan *plan, struct random *random) {
    hf_time at = random_below(random, plan->healed_at);
    uint32_t server = below(random, plan->server_count);
    enum registrar_fault_kind kind =
        one_in(random, 2) ? REGISTRAR_IGNORES_OUTBOUND : REGISTRAR_LACKS_OUTBOUND;

    for (int back = 0; back <= 1 && plan->step_count < PLAN_STEPS_MAX; back++) {
        plan->steps[plan->step_count++] =
            (struct plan_step){.at = at,
                               .action = PLAN_FAULT,
                               .fault = {.kind = SIM_SERVER_FAULT,
                                         .server = server,
                                         .process = SIM_NONE,
                                         .registrar.kind = back ? REGISTRAR_WORKS : kind}};
        at += random_below(random, plan->healed_at - at);
    }
}

void plan_generate_flows(struct plan *plan, struct random *random) {
    static const uint32_t timers[] = {0, 0, 20, 60, 120, 600};

    if (!one_in(random, 4))
        return;
    for (uint32_t i = 0; i < plan->server_count; i++) {
        plan->servers[i].flow_timer = PICK(random, timers);
        plan->servers[i].shares = one_in(random, 2);
    }
    for (uint32_t i = 0; i < plan->account_count; i++)
        if (!one_in(random, 4))
            make_flows(plan, i, &plan->accounts[i], random);
    for (uint32_t left = below(random, 4); left > 0; left--)
        trouble_outbound(plan, random);
    plan_sort_steps(plan);
}
