/* Some worlds speak TCP and TLS, and their connections have troubles of their own. Drawn apart from
 * all else, so that what a seed means does not change. */
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "chance.h"
#include "generate.h"

enum { TROUBLES_MAX = 8 };

static void add_setting(struct plan_account *account, const char *line) {
    size_t length = strlen(account->settings);

    HF_ASSERT(length + strlen(line) < sizeof account->settings);
    (void)snprintf(account->settings + length, sizeof account->settings - length, "%s", line);
}

static void choose_transport(struct plan_account *account, struct random *random) {
    static const char *const transports[] = {"transport=udp\n", "transport=tcp\n",
                                             "transport=tcp\n", "transport=tls\n"};
    static const char *const timeouts[] = {"transport.connect_timeout=0.5\n",
                                           "transport.connect_timeout=2\n",
                                           "transport.connect_timeout=60\n"};

    add_setting(account, PICK(random, transports));
    if (one_in(random, 4))
        add_setting(account, PICK(random, timeouts));
    if (one_in(random, 4))
        add_setting(account, "contact.ephemeral_port=yes\n");
    if (one_in(random, 4))
        add_setting(account, "tls.scheme=sips\n");
}

static struct plan_step *add_fault(struct plan *plan, hf_time at, enum sim_fault_kind kind,
                                   uint32_t server) {
    if (plan->step_count == PLAN_STEPS_MAX)
        return NULL;
    struct plan_step *step = &plan->steps[plan->step_count++];

    *step = (struct plan_step){.at = at,
                               .action = PLAN_FAULT,
                               .fault = {.kind = kind, .server = server, .process = SIM_NONE}};
    return step;
}

static void draw_trouble(struct plan *plan, struct random *random) {
    static const enum sim_fault_kind kinds[] = {
        SIM_STREAMS_CLOSE, SIM_STREAMS_CLOSE, SIM_STREAMS_DEAFEN, SIM_STREAMS_CUT, SIM_SERVER_TLS};
    static const uint32_t pieces[] = {1, 7, 100, SIM_PIECES_RANDOM};
    enum sim_fault_kind kind = PICK(random, kinds);
    uint32_t server = below(random, plan->server_count);
    hf_time at = random_below(random, plan->healed_at);
    struct plan_step *step = add_fault(plan, at, kind, server);

    if (!step || kind == SIM_STREAMS_CLOSE || kind == SIM_STREAMS_DEAFEN)
        return;
    step->fault.number = kind == SIM_STREAMS_CUT ? PICK(random, pieces) : 0;
    step->fault.span = kind == SIM_STREAMS_CUT && one_in(random, 2) ? below(random, 1000000) : 0;
    step->fault.tls = kind == SIM_SERVER_TLS
                          ? one_in(random, 2) ? SIM_TLS_HANDSHAKE : SIM_TLS_CERTIFICATE
                          : SIM_TLS_WORKS;
    (void)add_fault(plan, at + random_below(random, plan->healed_at - at), kind, server);
}

void plan_generate_streams(struct plan *plan, struct random *random) {
    if (!one_in(random, 3))
        return;
    for (uint32_t i = 0; i < plan->account_count; i++)
        choose_transport(&plan->accounts[i], random);
    for (uint32_t left = below(random, TROUBLES_MAX + 1); left > 0; left--)
        draw_trouble(plan, random);
    plan_sort_steps(plan);
}
