#include "world.h"

#include <string.h>

#include "base/assert.h"

static bool apply_settings(struct hf_settings *settings, const char *lines) {
    char copy[PLAN_SETTINGS_MAX], *rest, *line;

    (void)snprintf(copy, sizeof copy, "%s", lines);
    for (line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        char *value = strchr(line, '=');

        if (!value)
            return false;
        *value++ = '\0';
        if (hf_settings_set(settings, line, value, NULL))
            return false;
    }
    return true;
}

static bool add_server(struct world *world, const struct plan_server *server, uint32_t index) {
    struct sim_server_options options = {.address = server->address,
                                         .other = server->other,
                                         .rate = server->rate,
                                         .queue_max = server->queue_max};
    char name[32], realm[32];
    uint32_t ignored;

    (void)snprintf(name, sizeof name, "server%u", index);
    (void)snprintf(realm, sizeof realm, "group-%u", server->group);
    options.name = name;
    registrar_options_init(&options.registrar);
    options.registrar.seed[0] = world->plan->seed;
    options.registrar.seed[1] = index;
    options.registrar.realm = realm;
    options.registrar.open = server->open;
    options.registrar.password_prefix = "pw-";
    options.registrar.offer_count = server->offer_count;
    for (unsigned i = 0; i < server->offer_count; i++)
        options.registrar.offers[i] = (enum digest_algorithm)server->offers[i];
    options.registrar.qop = (enum registrar_qop)server->qop;
    options.registrar.nonce_lifetime = server->nonce_lifetime;
    options.registrar.expires_min = server->expires_min;
    options.registrar.expires_max = server->expires_max;
    options.registrar.contacts_max = 1000;
    options.registrar.flow_timer = server->flow_timer;
    return sim_add_server(world->sim, &options, &ignored) == 0 &&
           witness_add_server(world->witness, server->group) == 0;
}

static bool add_process(struct world *world, const struct plan_process *process, uint32_t index) {
    struct sim_process_options options = {.address = process->address,
                                          .other = process->other,
                                          .nat_address = process->nat_address,
                                          .nat_timeout = process->nat_timeout,
                                          .remembers = process->remembers};
    char name[32];
    uint32_t ignored;

    (void)snprintf(name, sizeof name, "process%u", index);
    options.name = name;
    return sim_add_process(world->sim, &options, &ignored) == 0;
}

static struct hf_dns_record address_record(const struct hf_address *address, uint32_t ttl) {
    struct hf_dns_record record = {.type =
                                       address->family == HF_FAMILY_IPV6 ? HF_DNS_AAAA : HF_DNS_A,
                                   .ttl = ttl,
                                   .address = *address};

    record.address.port = 0;
    return record;
}

/* One record, or one of each family. */
static size_t put_records(const struct world *world, uint32_t server, uint32_t ttl,
                          struct hf_dns_record *records) {
    const struct plan_server *plan = &world->plan->servers[server];

    records[0] = address_record(&plan->address, ttl);
    if (plan->other.family == HF_FAMILY_NONE)
        return 1;
    records[1] = address_record(&plan->other, ttl);
    return 2;
}

/* SRV records for UDP, each to a name of the server's own. */
static bool set_srv_name(struct world *world, const struct plan_name *name) {
    struct hf_dns_record records[PLAN_RECORDS_MAX], addresses[2];
    char hosts[PLAN_RECORDS_MAX][PLAN_TEXT_MAX], full[PLAN_TEXT_MAX + 16];

    for (uint32_t i = 0; i < name->count; i++) {
        size_t count = put_records(world, name->servers[i], name->ttl, addresses);

        (void)snprintf(hosts[i], sizeof hosts[i], "host%u.example.com", name->servers[i] + 1);
        if (sim_dns_set(world->sim, hosts[i], addresses, count))
            return false;
        records[i] = (struct hf_dns_record){.type = HF_DNS_SRV,
                                            .ttl = name->ttl,
                                            .srv = {.priority = (uint16_t)(i / 2),
                                                    .weight = (uint16_t)(10 * i),
                                                    .port = 5060,
                                                    .target = slice_from(hosts[i])}};
    }
    (void)snprintf(full, sizeof full, "_sip._udp.%s", name->name);
    return sim_dns_set(world->sim, full, records, name->count) == 0;
}

/* The name leads somewhere by its address records in any case: it is asked for them where a port
 * stands beside it (RFC 3263 section 4.2). */
static bool set_name(struct world *world, const struct plan_name *name) {
    struct hf_dns_record records[2 * PLAN_RECORDS_MAX];
    size_t count = 0;

    for (uint32_t i = 0; i < name->count; i++)
        count += put_records(world, name->servers[i], name->ttl, records + count);
    return sim_dns_set(world->sim, name->name, records, count) == 0 &&
           (!name->srv || set_srv_name(world, name));
}

static bool make_account(struct world *world, uint32_t index) {
    const struct plan_account *account = &world->plan->accounts[index];
    struct world_account *mine = &world->accounts[index];

    mine->index = SIM_NONE;
    if (hf_settings_create(account->family, &mine->settings) ||
        !apply_settings(mine->settings, account->settings) ||
        hf_settings_copy(mine->settings, &mine->original))
        return false;
    witness_rules_of(mine->settings, &mine->rules);
    return true;
}

static bool add_account(struct world *world, uint32_t index) {
    struct world_account *mine = &world->accounts[index];
    const struct plan_account *account = &world->plan->accounts[index];
    const char *user = account->settings + strlen("user=");
    char name[32];

    (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(user, "\n"), user);
    mine->index = sim_account_count(world->sim);
    return witness_add_account(world->witness, account->process, name, &mine->rules,
                               sim_now(world->sim)) == 0 &&
           sim_add_account(world->sim, account->process, name, mine->settings, &mine->index) == 0;
}

/* With the first one of its group, if that is another. */
static void join(struct world *world, uint32_t index) {
    const struct plan_server *servers = world->plan->servers;

    for (uint32_t i = 0; servers[index].shares && i < index; i++)
        if (servers[i].group == servers[index].group) {
            sim_join_server(world->sim, index, i);
            return;
        }
}

static bool populate(struct world *world, char *error, size_t error_size) {
    const struct plan *plan = world->plan;
    const struct sim_fault link = {
        .kind = SIM_LINK, .server = SIM_NONE, .process = SIM_NONE, .link = plan->link};

    for (uint32_t i = 0; i < plan->server_count; i++)
        if (!add_server(world, &plan->servers[i], i)) {
            (void)snprintf(error, error_size, "server %u makes no sense", i);
            return false;
        }
    for (uint32_t i = 0; i < plan->server_count; i++)
        join(world, i);
    for (uint32_t i = 0; i < plan->name_count; i++)
        if (!set_name(world, &plan->names[i])) {
            (void)snprintf(error, error_size, "name %u makes no sense", i);
            return false;
        }
    for (uint32_t i = 0; i < plan->process_count; i++)
        if (!add_process(world, &plan->processes[i], i)) {
            (void)snprintf(error, error_size, "process %u makes no sense", i);
            return false;
        }
    (void)sim_apply(world->sim, &link);
    for (uint32_t i = 0; i < plan->account_count; i++)
        if (!make_account(world, i) || (!plan->accounts[i].late && !add_account(world, i))) {
            (void)snprintf(error, error_size, "account %u makes no sense", i);
            return false;
        }
    return true;
}

bool world_init(struct world *world, const struct plan *plan, FILE *trace, char *error,
                size_t error_size) {
    const struct sim_options options = {.seed = plan->seed};

    *world = (struct world){.plan = plan, .trace = trace, .hash = 0xcbf29ce484222325};
    if (sim_create(&options, &world->sim) || witness_create(&world->witness)) {
        (void)snprintf(error, error_size, "out of memory");
        return false;
    }
    world_watch(world);
    return populate(world, error, error_size);
}

void world_release(struct world *world) {
    sim_free(world->sim);
    witness_free(world->witness);
    for (uint32_t i = 0; i < PLAN_ACCOUNTS_MAX; i++) {
        hf_settings_free(world->accounts[i].settings);
        hf_settings_free(world->accounts[i].original);
    }
}

/* What comes of it comes at once: the witness must know before. */
static void do_fault(struct world *world, const struct sim_fault *fault) {
    world_note(world, "!! %s server %d process %d %.*s", sim_fault_name(fault->kind),
               (int)fault->server, (int)fault->process, SLICE_ARGS(fault->name));
    witness_applied(world->witness, fault, sim_now(world->sim));
    if (fault->process < PLAN_PROCESSES_MAX && fault->kind == SIM_PROCESS_STOP)
        world->stopping[fault->process] = true;
    if (fault->process < PLAN_PROCESSES_MAX &&
        (fault->kind == SIM_PROCESS_KILL || fault->kind == SIM_PROCESS_START))
        world->stopping[fault->process] = false;
    (void)sim_apply(world->sim, fault);
}

static void apply_fault(struct world *world, const struct plan_step *step) {
    struct sim_fault fault = step->fault;
    char headers[2 * PLAN_HEADERS_MAX], *to = headers;

    for (const char *from = step->headers; *from; from++) {
        if (*from == '|')
            *to++ = '\r';
        *to++ = *from == '|' ? '\n' : *from;
    }
    fault.name = slice_from(step->name);
    fault.registrar.method = slice_from(step->method);
    fault.registrar.headers = slice_of(headers, (size_t)(to - headers));
    fault.registrar.option = SLICE("path");
    do_fault(world, &fault);
}

static void change_settings(struct world *world, uint32_t index, struct hf_settings *settings) {
    struct world_account *mine = &world->accounts[index];

    if (!hf_settings_equal(settings, mine->settings)) {
        hf_settings_free(mine->settings);
        HF_ASSERT(!hf_settings_copy(settings, &mine->settings));
        witness_rules_of(settings, &mine->rules);
        mine->unwell = false;
        witness_changed(world->witness, mine->index, &mine->rules, sim_now(world->sim));
    }
    HF_ASSERT(!sim_change_account(world->sim, mine->index, settings));
}

static void change_account(struct world *world, const struct plan_step *step) {
    struct hf_settings *settings;

    HF_ASSERT(!hf_settings_copy(world->accounts[step->account].settings, &settings));
    if (apply_settings(settings, step->settings))
        change_settings(world, step->account, settings);
    hf_settings_free(settings);
}

static void ask_agent(struct world *world, uint32_t account, bool wanted) {
    struct world_account *mine = &world->accounts[account];
    uint32_t process = world->plan->accounts[account].process;
    struct hf_agent *agent = sim_agent(world->sim, process);
    hf_account_id id = sim_account_id(world->sim, mine->index);
    hf_time now = sim_now(world->sim);

    if (!agent || id == 0)
        return;
    if (wanted) {
        witness_asked_to_register(world->witness, mine->index, now);
        HF_ASSERT(!hf_agent_register(agent, id, now));
    } else {
        witness_asked_to_unregister(world->witness, mine->index, now);
        HF_ASSERT(!hf_agent_unregister(agent, id, now));
    }
    mine->unwell = !wanted;
    sim_attend(world->sim, process);
}

void world_do(struct world *world, const struct plan_step *step) {
    struct world_account *mine = &world->accounts[step->account];

    if (step->action != PLAN_FAULT &&
        (mine->removed || step->account >= PLAN_ACCOUNTS_MAX ||
         (mine->index == SIM_NONE) != (step->action == PLAN_ADD) ||
         world->stopping[world->plan->accounts[step->account].process]))
        return;
    if (step->action != PLAN_FAULT)
        world_note(world, "owner: action %d on account %u %s", (int)step->action, step->account,
                   step->settings);
    switch (step->action) {
    case PLAN_FAULT:
        apply_fault(world, step);
        break;
    case PLAN_ADD:
        (void)add_account(world, step->account);
        break;
    case PLAN_CHANGE:
        change_account(world, step);
        break;
    case PLAN_REMOVE:
        mine->removed = true;
        witness_removed(world->witness, mine->index, sim_now(world->sim));
        (void)sim_remove_account(world->sim, mine->index);
        break;
    case PLAN_REGISTER:
        ask_agent(world, step->account, true);
        break;
    case PLAN_UNREGISTER:
        ask_agent(world, step->account, false);
        break;
    case PLAN_ACTIONS:
        break;
    }
}

static void heal_server(struct world *world, uint32_t server) {
    const struct plan_server *plan = &world->plan->servers[server];
    const struct sim_fault faults[] = {
        {.kind = SIM_SERVER_FAULT, .server = server},
        {.kind = SIM_SERVER_DELAY, .server = server},
        {.kind = SIM_SERVER_RATE, .server = server},
        {.kind = SIM_SERVER_TLS, .server = server},
        {.kind = SIM_STREAMS_CUT, .server = server},
        {.kind = SIM_SERVER_LIMITS,
         .server = server,
         .number = plan->expires_min,
         .number_max = plan->expires_max},
        {.kind = SIM_SERVER_START, .server = server},
    };

    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        do_fault(world, &faults[i]);
}

static void heal_process(struct world *world, uint32_t process) {
    const struct sim_fault nat = {.kind = SIM_NAT_TIMEOUT,
                                  .process = process,
                                  .span = world->plan->processes[process].nat_timeout};
    const struct sim_fault start = {.kind = SIM_PROCESS_START, .process = process};

    do_fault(world, &nat);
    if (!sim_agent(world->sim, process) || world->stopping[process])
        do_fault(world, &start);
}

static void heal_name(struct world *world, const char *name) {
    const struct sim_fault answers = {.kind = SIM_DNS_ANSWERS, .name = slice_from(name)};
    const struct sim_fault delay = {.kind = SIM_DNS_DELAY, .name = slice_from(name)};

    do_fault(world, &delay);
    do_fault(world, &answers);
}

void world_heal(struct world *world) {
    const struct plan *plan = world->plan;
    char name[PLAN_TEXT_MAX + 16];
    const struct sim_fault everywhere[] = {
        {.kind = SIM_LINK, .server = SIM_NONE, .process = SIM_NONE, .link = plan->link},
        {.kind = SIM_DNS_ANSWERS},
        {.kind = SIM_DNS_DELAY},
    };

    world_note(world, "everything is put right");
    for (size_t i = 0; i < sizeof everywhere / sizeof everywhere[0]; i++)
        do_fault(world, &everywhere[i]);
    for (uint32_t i = 0; i < plan->name_count; i++) {
        heal_name(world, plan->names[i].name);
        (void)snprintf(name, sizeof name, "_sip._udp.%s", plan->names[i].name);
        heal_name(world, name);
        (void)set_name(world, &plan->names[i]);
    }
    for (uint32_t i = 0; i < plan->server_count; i++)
        heal_server(world, i);
    for (uint32_t i = 0; i < plan->process_count; i++)
        heal_process(world, i);
    for (uint32_t i = 0; i < plan->account_count; i++) {
        struct world_account *mine = &world->accounts[i];

        if (mine->removed || mine->index == SIM_NONE)
            continue;
        change_settings(world, i, mine->original);
        if (mine->unwell)
            ask_agent(world, i, true);
    }
}

static void note_margin(struct world_account *mine, const struct hf_account_status *leg) {
    hf_time margin = leg->binding_expires_at - leg->next_attempt_at;

    if (leg->state == HF_STATE_REGISTERED && leg->failures == 0 &&
        leg->binding_expires_at >= leg->next_attempt_at && margin < mine->shortest_margin)
        mine->shortest_margin = margin;
}

/* It is no flow, and lets another one serve, which the account's own status tells of. */
static bool stands_by(const struct world_account *mine, const struct hf_account_status *leg) {
    bool waits = leg->state == HF_STATE_WAITING || leg->state == HF_STATE_RESOLVING ||
                 leg->state == HF_STATE_REGISTERING; /* it looks again now */

    return mine->rules.flows && leg->legs > 1 && waits && leg->failures == 0 &&
           mine->status.state == HF_STATE_REGISTERED;
}

static void look_at_legs(struct world *world, struct world_account *mine, hf_time now) {
    struct hf_account_status leg;

    mine->all_registered = true;
    mine->any_refused_for_good = false;
    mine->last_attempt_at = 0;
    for (unsigned i = 0; sim_leg_status(world->sim, mine->index, i, &leg) == 0; i++) {
        witness_look(world->witness, mine->index, &leg, now);
        note_margin(mine, &leg);
        if (stands_by(mine, &leg))
            continue;
        mine->all_registered =
            mine->all_registered && leg.state == HF_STATE_REGISTERED && leg.failures == 0;
        if (leg.next_attempt_at == HF_NEVER)
            mine->any_refused_for_good |= leg.state == HF_STATE_REJECTED;
        else if (leg.next_attempt_at > mine->last_attempt_at)
            mine->last_attempt_at = leg.next_attempt_at;
    }
}

static void look_at(struct world *world, uint32_t account, hf_time now) {
    struct world_account *mine = &world->accounts[account];
    uint32_t process = world->plan->accounts[account].process;
    char text[8192];

    mine->has_status = mine->index != SIM_NONE && !mine->removed &&
                       sim_account_status(world->sim, mine->index, &mine->status) == 0;
    if (!mine->has_status)
        return;
    (void)snprintf(mine->server, sizeof mine->server, "%.*s", SLICE_ARGS(mine->status.server));
    look_at_legs(world, mine, now);
    if (!mine->event_seen)
        return;
    mine->event_seen = false;
    text[0] = '\0';
    (void)hf_agent_explain(sim_agent(world->sim, process), sim_account_id(world->sim, mine->index),
                           text, sizeof text, now);
    witness_explained(world->witness, mine->index, text);
}

/* Where nothing was sent, received or told, nothing has changed; now and then everybody is looked
 * at all the same. */
static void look_around(struct world *world, hf_time now, bool everywhere) {
    everywhere = everywhere || sim_steps(world->sim) % 64 == 0;
    for (uint32_t i = 0; i < world->plan->account_count; i++)
        if (everywhere || world->stirred[world->plan->accounts[i].process])
            look_at(world, i, now);
    memset(world->stirred, 0, sizeof world->stirred);
}

enum { STEPS_AT_ONE_INSTANT_MAX = 20000 };

bool world_run(struct world *world, hf_time until, uint64_t steps_max) {
    for (bool more = true; more && sim_steps(world->sim) < steps_max;) {
        more = sim_step(world->sim, until);
        hf_time now = sim_now(world->sim);

        world->steps_at_now = now == world->last_now ? world->steps_at_now + 1 : 0;
        world->last_now = now;
        if (world->steps_at_now > STEPS_AT_ONE_INSTANT_MAX)
            witness_object(world->witness, WITNESS_STORM, SIM_NONE, now, "time stands still");
        look_around(world, now, !more);
        if (witness_objection(world->witness, NULL))
            return false;
    }
    return true;
}
