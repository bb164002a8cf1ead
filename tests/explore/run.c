#include "run.h"

#include <string.h>

#include "base/address.h"
#include "world.h"

enum { STEPS_MAX = 200000, SETTLE_SECONDS = 60 };

/* A name's wrong address may be believed so long; a lost DNS answer takes no longer. */
static const hf_time names_span = 200 * HF_SECOND;

static void fail(const struct world *world, struct run_result *ret, const char *what,
                 const char *text, uint32_t account) {
    ret->failed = true;
    (void)snprintf(ret->what, sizeof ret->what, "%s", what);
    (void)snprintf(ret->text, sizeof ret->text, "%s: %s at %.6f s: %s", what,
                   sim_account_name(world->sim, world->accounts[account].index),
                   (double)(sim_now(world->sim) - SIM_START_AT) / 1e6, text);
}

static bool is_meant(const struct world *world, uint32_t account) {
    const struct world_account *mine = &world->accounts[account];

    return mine->index != SIM_NONE && !mine->removed && mine->rules.enabled;
}

/* One of its candidates is a place where nobody lives: it may stumble over it for ever. */
static bool has_dead_candidate(const struct plan_account *account) {
    return strstr(account->settings, "192.0.2.200") || strstr(account->settings, "2001:db8::200");
}

/* Its host has no way to the IPv4 addresses of its servers' names: they fail at once, and it says
 * so, whenever it begins anew. */
static bool is_without_ipv4(const struct plan *plan, uint32_t account) {
    const struct plan_process *process = &plan->processes[plan->accounts[account].process];

    return process->address.family == HF_FAMILY_IPV6 && process->other.family == HF_FAMILY_NONE &&
           plan->servers[0].address.family == HF_FAMILY_IPV4;
}

/* Its owner wants it to renew in the last seconds, and to wait for its turn then: the manual's
 * number is kept to, whatever comes of it. */
static bool cuts_it_close(const struct plan *plan, uint32_t account) {
    const char *own = plan->accounts[account].settings;

    if (!strstr(own, "reregister_before=1\n") && !strstr(own, "reregister_before=5\n"))
        return false;
    for (uint32_t i = 0; i < plan->account_count; i++)
        if (plan->accounts[i].process == plan->accounts[account].process &&
            strstr(plan->accounts[i].settings, "rate."))
            return true;
    return false;
}

/* With all servers where it is registered with all, but for one that is dead for ever. */
static bool is_registered(const struct world *world, uint32_t account) {
    const struct world_account *mine = &world->accounts[account];

    return mine->has_status && (has_dead_candidate(&world->plan->accounts[account])
                                    ? mine->status.state == HF_STATE_REGISTERED
                                    : mine->all_registered);
}

/* One attempt at all candidates, all of them silent. */
static hf_time walk_of(const struct world *world, uint32_t account) {
    const struct plan *plan = world->plan;

    return (plan->server_count * 8 + 2) * (world->accounts[account].rules.timer_f + HF_SECOND) +
           names_span;
}

static hf_time longest_wait(const struct witness_rules *rules) {
    return rules->rejected_wait > rules->wait_max ? rules->rejected_wait : rules->wait_max;
}

/* Refused for ever, by settings: the owner has mended what was wrong, and says so. */
static void wake_the_rejected(struct world *world) {
    for (uint32_t i = 0; i < world->plan->account_count; i++) {
        struct plan_step ask = {.action = PLAN_REGISTER, .account = i};

        if (is_meant(world, i) && world->accounts[i].has_status &&
            world->accounts[i].any_refused_for_good)
            world_do(world, &ask);
    }
}

static hf_time bound_of(const struct world *world, uint32_t account, hf_time now) {
    const struct world_account *mine = &world->accounts[account];
    hf_time begin = now;

    if (mine->has_status && mine->last_attempt_at > begin)
        begin = mine->last_attempt_at;
    if (mine->index != SIM_NONE && witness_left_alone_until(world->witness, mine->index) > begin)
        begin = witness_left_alone_until(world->witness, mine->index);
    return begin + 2 * walk_of(world, account) + longest_wait(&mine->rules);
}

/* Lets what was under way come to its end, asks those that were refused for ever to try again, and
 * demands that everybody is registered within a bound. */
static bool come_home(struct world *world, struct run_result *ret) {
    hf_time settled = sim_now(world->sim) + SETTLE_SECONDS * HF_SECOND;
    bool done[PLAN_ACCOUNTS_MAX] = {false};
    hf_time bounds[PLAN_ACCOUNTS_MAX];

    for (uint32_t i = 0; i < world->plan->account_count; i++)
        if (settled < sim_now(world->sim) + walk_of(world, i))
            settled = sim_now(world->sim) + walk_of(world, i);
    if (!world_run(world, settled, STEPS_MAX))
        return false;
    wake_the_rejected(world);
    for (uint32_t i = 0; i < world->plan->account_count; i++)
        bounds[i] = bound_of(world, i, sim_now(world->sim));
    for (;;) {
        hf_time next = HF_NEVER, now = sim_now(world->sim);

        for (uint32_t i = 0; i < world->plan->account_count; i++) {
            done[i] = done[i] || !is_meant(world, i) || is_registered(world, i);
            if (!done[i] && bounds[i] <= now) {
                fail(world, ret, "liveness", "not registered in time", i);
                return false;
            }
            if (!done[i] && bounds[i] < next)
                next = bounds[i];
        }
        if (next == HF_NEVER || sim_steps(world->sim) >= STEPS_MAX)
            return true;
        if (next > now + 10 * HF_SECOND)
            next = now + 10 * HF_SECOND;
        if (!world_run(world, next, STEPS_MAX))
            return false;
    }
}

/* What is left of its binding. */
static hf_time remaining_of(const struct world *world, uint32_t account) {
    hf_time end_at = world->accounts[account].status.binding_expires_at;

    return end_at == HF_NEVER || end_at < sim_now(world->sim) ? 0 : end_at - sim_now(world->sim);
}

/* It never began without its memory, nor had settings that may have left a binding behind at a
 * server that could not be told. */
static bool has_one_past(const struct plan *plan, uint32_t account) {
    uint32_t process = plan->accounts[account].process;

    for (uint32_t i = 0; i < plan->step_count; i++) {
        const struct plan_step *step = &plan->steps[i];

        if (step->action == PLAN_FAULT && step->fault.kind == SIM_PROCESS_START &&
            step->fault.process == process &&
            (step->fault.forget || !plan->processes[process].remembers))
            return false;
        if (step->action == PLAN_CHANGE && step->account == account)
            return false;
    }
    return true;
}

static bool is_of(struct hf_slice aor, const char *user) {
    return slice_equal(slice_split(&aor, '@'), slice_from(user));
}

/* Of an account that has several registrations at the same time: two of its servers' names may
 * stand for one server. */
static bool is_contact_of_a_leg(struct world *world, uint32_t account, struct hf_slice contact) {
    struct hf_account_status leg;

    for (unsigned i = 0; sim_leg_status(world->sim, world->accounts[account].index, i, &leg) == 0;
         i++)
        if (leg.legs > 1 && slice_equal(leg.contact, contact))
            return true;
    return false;
}

/* Flows are told apart by their numbers, wherever their Contacts lead. */
static bool is_flow_of_a_leg(struct world *world, uint32_t account,
                             const struct registrar_binding *binding) {
    struct hf_account_status leg;

    for (unsigned i = 0; binding->reg_id != 0 &&
                         sim_leg_status(world->sim, world->accounts[account].index, i, &leg) == 0;
         i++)
        if (leg.reg_id == binding->reg_id)
            return true;
    return false;
}

static bool uses_streams(const struct plan_account *account) {
    return strstr(account->settings, "transport=t") != NULL;
}

/* Each connection of its own has another port: at a server that failed, and that it has not come
 * back to, the Contacts of several may be left. */
static bool has_left(struct world *world, uint32_t account, uint32_t server) {
    const struct plan_server *plan = &world->plan->servers[server];
    struct hf_account_status leg;

    if (!uses_streams(&world->plan->accounts[account]))
        return false;
    for (unsigned i = 0; sim_leg_status(world->sim, world->accounts[account].index, i, &leg) == 0;
         i++)
        if (address_same_host(&leg.target, &plan->address) ||
            address_same_host(&leg.target, &plan->other))
            return false;
    return true;
}

/* Its Contact stands once in what a server holds for it. */
static bool holds_two(struct world *world, uint32_t account, uint32_t server, char *text,
                      size_t text_size) {
    const struct registrar *registrar = sim_registrar(world->sim, server);
    const char *user = sim_account_name(world->sim, world->accounts[account].index);
    struct registrar_binding one, other;
    uint32_t cursor = 0;

    while (registrar_next_binding(registrar, &cursor, &one)) {
        uint32_t further = cursor;

        while (is_of(one.aor, user) && registrar_next_binding(registrar, &further, &other)) {
            if ((one.reg_id != other.reg_id && is_flow_of_a_leg(world, account, &one) &&
                 is_flow_of_a_leg(world, account, &other)) ||
                !slice_equal(one.aor, other.aor) || slice_equal(one.contact, other.contact) ||
                (is_contact_of_a_leg(world, account, one.contact) &&
                 is_contact_of_a_leg(world, account, other.contact)))
                continue;
            (void)snprintf(text, text_size, "%.*s and %.*s at server %u", SLICE_ARGS(one.contact),
                           SLICE_ARGS(other.contact), server);
            return true;
        }
    }
    return false;
}

/* It may be on its way from one connection to the next just now. */
static void check_bindings(struct world *world, uint32_t account, uint32_t server) {
    static const hf_time moment = 7 * HF_SECOND;
    char text[RUN_TEXT_MAX];

    for (unsigned looks = 0; holds_two(world, account, server, text, sizeof text); looks++) {
        if (looks == 3)
            witness_object(world->witness, WITNESS_TWO_BINDINGS, world->accounts[account].index,
                           sim_now(world->sim), "%s", text);
        if (looks == 3 || !world_run(world, sim_now(world->sim) + moment, UINT64_MAX))
            return;
    }
}

/* Whether its settings say that each renewal begins at the first server. */
static bool goes_home_when_renewed(const struct hf_settings *settings) {
    static const char *const keys[] = {"servers[1].failback", "servers[2].failback",
                                       "servers[3].failback", "servers[4].failback"};
    char word[32];

    if (hf_settings_get(settings, "fallback.failback", word, sizeof word))
        return false;
    if (strcmp(word, "same") != 0)
        return strcmp(word, "registration") == 0;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (hf_settings_get(settings, keys[i], word, sizeof word) ||
            (strcmp(word, "registration") != 0 && strcmp(word, "new-requests") != 0))
            return false;
    return true;
}

/* It may work through another server than its first one now, but not for ever. */
static bool is_away(const struct world *world, uint32_t account) {
    const struct world_account *mine = &world->accounts[account];
    const char *server = mine->server + (mine->server[0] == '[' ? 1 : 0);
    char first[128];

    return is_meant(world, account) && !has_dead_candidate(&world->plan->accounts[account]) &&
           !mine->rules.proxied && goes_home_when_renewed(mine->settings) &&
           hf_settings_get(mine->settings, "servers[1].address", first, sizeof first) == 0 &&
           strncmp(server, first, strlen(first)) != 0;
}

/* Without trouble for so long, any brake on going back is off, and it has been renewed since. */
static const hf_time way_home = 7300 * HF_SECOND;

static bool came_home(const struct world *world, uint32_t account, hf_time since) {
    return since + way_home > sim_now(world->sim) ||
           remaining_of(world, account) > 1800 * HF_SECOND || !is_away(world, account);
}

/* Three of the longest lifetimes, unless that is many of the shortest; and long enough to
 * come home. */
static hf_time staying_span(const struct world *world) {
    hf_time longest = 60 * HF_SECOND, shortest = 60 * HF_SECOND;
    bool away = false;

    for (uint32_t i = 0; i < world->plan->account_count; i++) {
        away |= is_away(world, i);
        hf_time life = is_meant(world, i) ? remaining_of(world, i) : 0;

        if (life < 30 * HF_SECOND)
            continue;
        longest = life > longest ? life : longest;
        shortest = life < shortest ? life : shortest;
    }
    hf_time span = 3 * longest < 60 * shortest ? 3 * longest : 60 * shortest;

    return away && span < way_home ? way_home : span;
}

/* What the registrars and the network say in the end; `ends_at`: of the bindings of the time
 * before, which have all been renewed since. */
static bool check_the_other_side(struct world *world, hf_time since, const hf_time ends_at[],
                                 struct run_result *ret) {
    const struct plan *plan = world->plan;

    for (uint32_t i = 0; i < plan->account_count; i++) {
        if (!is_meant(world, i))
            continue;
        for (uint32_t server = 0; has_one_past(plan, i) && server < plan->server_count; server++)
            if (!has_left(world, i, server))
                check_bindings(world, i, server);
        if (!has_dead_candidate(&plan->accounts[i]) &&
            plan->processes[plan->accounts[i].process].nat_address.family == HF_FAMILY_NONE &&
            ends_at[i] < sim_now(world->sim) &&
            !sim_is_reachable(world->sim, world->accounts[i].index)) {
            fail(world, ret, "unreachable", "registered, but a call would not reach it", i);
            return false;
        }
        if (!came_home(world, i, since)) {
            fail(world, ret, "failback", "did not go back to its first server", i);
            return false;
        }
    }
    return true;
}

/* A NAT forgets its connections while they are idle, and it renews so shortly before the end that
 * it cannot find that out and connect anew in time. */
static bool renews_too_late(const struct world *world, uint32_t account) {
    static const hf_time time_to_find_out = 5 * HF_SECOND;
    const struct plan_account *plan = &world->plan->accounts[account];

    return world->plan->processes[plan->process].nat_timeout > 0 && uses_streams(plan) &&
           world->accounts[account].shortest_margin < time_to_find_out;
}

/* Nothing goes wrong any more: nobody may lose a binding or even fail to renew it. */
static bool stay(struct world *world, struct run_result *ret) {
    hf_time since = sim_now(world->sim), until = since + staying_span(world);
    hf_time ends_at[PLAN_ACCOUNTS_MAX];

    for (uint32_t i = 0; i < world->plan->account_count; i++) {
        world->accounts[i].failed_since = false;
        world->accounts[i].shortest_margin = HF_NEVER;
        ends_at[i] = since + remaining_of(world, i);
    }
    while (sim_now(world->sim) < until && sim_steps(world->sim) < STEPS_MAX) {
        hf_time next = sim_now(world->sim) + 60 * HF_SECOND;

        if (!world_run(world, next < until ? next : until, STEPS_MAX))
            return false;
        for (uint32_t i = 0; i < world->plan->account_count; i++) {
            if (!is_meant(world, i) || has_dead_candidate(&world->plan->accounts[i]) ||
                cuts_it_close(world->plan, i) || renews_too_late(world, i))
                continue;
            if (!is_registered(world, i) ||
                (world->accounts[i].failed_since && !is_without_ipv4(world->plan, i))) {
                fail(world, ret, "stay", "did not stay registered without a failure", i);
                return false;
            }
        }
    }
    return sim_steps(world->sim) >= STEPS_MAX || check_the_other_side(world, since, ends_at, ret);
}

static bool break_everything(struct world *world) {
    const struct plan *plan = world->plan;

    for (uint32_t i = 0; i < plan->step_count; i++) {
        if (!world_run(world, SIM_START_AT + plan->steps[i].at, STEPS_MAX) ||
            sim_steps(world->sim) >= STEPS_MAX)
            return false;
        world_do(world, &plan->steps[i]);
    }
    return world_run(world, SIM_START_AT + plan->healed_at, STEPS_MAX);
}

static void run_phases(struct world *world, struct run_result *ret) {
    if (!break_everything(world) || sim_steps(world->sim) >= STEPS_MAX)
        return;
    world_heal(world);
    if (come_home(world, ret) && sim_steps(world->sim) < STEPS_MAX)
        (void)stay(world, ret);
}

void run_plan(const struct plan *plan, FILE *trace, struct run_result *ret) {
    static struct world world;
    enum witness_rule rule;
    const char *objection;

    *ret = (struct run_result){0};
    if (!world_init(&world, plan, trace, ret->text, sizeof ret->text)) {
        ret->failed = true;
        (void)snprintf(ret->what, sizeof ret->what, "plan");
        world_release(&world);
        return;
    }
    run_phases(&world, ret);
    ret->steps = sim_steps(world.sim);
    ret->end_at = sim_now(world.sim);
    ret->capped = ret->steps >= STEPS_MAX;
    ret->trace = world.hash;
    objection = witness_objection(world.witness, &rule);
    if (objection) {
        ret->failed = true;
        (void)snprintf(ret->what, sizeof ret->what, "%s", witness_rule_name(rule));
        (void)snprintf(ret->text, sizeof ret->text, "%s", objection);
    }
    world_release(&world);
}
