/* Plans with something left out. */
#include <string.h>

#include "base/address.h"
#include "plan.h"

bool plan_drop_step(struct plan *plan, uint32_t step) {
    if (step >= plan->step_count)
        return false;
    plan->step_count--;
    memmove(&plan->steps[step], &plan->steps[step + 1],
            (plan->step_count - step) * sizeof plan->steps[0]);
    return true;
}

bool plan_drop_account(struct plan *plan, uint32_t account) {
    if (account >= plan->account_count || plan->account_count == 1)
        return false;
    for (uint32_t i = plan->step_count; i-- > 0;) {
        struct plan_step *step = &plan->steps[i];

        if (step->action == PLAN_FAULT)
            continue;
        if (step->account == account)
            (void)plan_drop_step(plan, i);
        else if (step->account > account)
            step->account--;
    }
    plan->account_count--;
    memmove(&plan->accounts[account], &plan->accounts[account + 1],
            (plan->account_count - account) * sizeof plan->accounts[0]);
    return true;
}

static bool mentions(const struct plan *plan, const char *text) {
    for (uint32_t i = 0; i < plan->account_count; i++)
        if (strstr(plan->accounts[i].settings, text))
            return true;
    for (uint32_t i = 0; i < plan->step_count; i++)
        if (strstr(plan->steps[i].settings, text))
            return true;
    return false;
}

static bool is_needed(const struct plan *plan, uint32_t server) {
    char text[ADDRESS_TEXT_MAX + 2];
    struct writer w = writer_of(text, sizeof text);

    writer_put_char(&w, '=');
    address_write_host(&w, &plan->servers[server].address, false);
    writer_put_char(&w, '\n');
    if (!writer_terminate(&w) || mentions(plan, text))
        return true;
    for (uint32_t i = 0; i < plan->name_count; i++)
        for (uint32_t j = 0; j < plan->names[i].count; j++)
            if (plan->names[i].servers[j] == server && mentions(plan, plan->names[i].name))
                return true;
    return false;
}

static void forget_server(struct plan_name *name, uint32_t server) {
    uint32_t count = 0;

    for (uint32_t i = 0; i < name->count; i++) {
        if (name->servers[i] == server)
            continue;
        name->servers[count] = name->servers[i];
        if (name->servers[count] > server)
            name->servers[count]--;
        count++;
    }
    name->count = count;
}

bool plan_drop_server(struct plan *plan, uint32_t server) {
    if (server >= plan->server_count || plan->server_count == 1 || is_needed(plan, server))
        return false;
    for (uint32_t i = 0; i < plan->name_count; i++)
        forget_server(&plan->names[i], server);
    for (uint32_t i = plan->step_count; i-- > 0;) {
        struct sim_fault *fault = &plan->steps[i].fault;

        if (plan->steps[i].action != PLAN_FAULT || fault->server == SIM_NONE)
            continue;
        if (fault->server == server)
            (void)plan_drop_step(plan, i);
        else if (fault->server > server)
            fault->server--;
    }
    plan->server_count--;
    memmove(&plan->servers[server], &plan->servers[server + 1],
            (plan->server_count - server) * sizeof plan->servers[0]);
    return true;
}

static bool may_go(const char *line) {
    static const char *const needed[] = {"user=", "password=", "auth_name=", "servers[",
                                         "proxies["};

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (strncmp(line, needed[i], strlen(needed[i])) == 0)
            return false;
    return true;
}

bool plan_drop_setting(struct plan *plan, uint32_t account, uint32_t line) {
    char *at = plan->accounts[account].settings;

    for (uint32_t i = 0; i < line && *at; i++)
        at = strchr(at, '\n') + 1;
    if (*at == '\0' || !may_go(at))
        return false;
    const char *next = strchr(at, '\n') + 1;

    memmove(at, next, strlen(next) + 1);
    return true;
}
