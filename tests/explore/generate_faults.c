/* What happens in a made-up world, and when. Every kind of trouble is on or off for a whole run
 * (swarm testing: what is always there hides what only shows without it), and some runs have none
 * at all. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "chance.h"
#include "generate.h"

enum trouble {
    TROUBLE_SERVER, /* stops, is gone, freezes, starts again */
    TROUBLE_ANSWERS,
    TROUBLE_SLOW,
    TROUBLE_LIMITS,
    TROUBLE_NONCES,
    TROUBLE_LINK,
    TROUBLE_NAT,
    TROUBLE_DNS,
    TROUBLE_PROCESS,
    TROUBLE_SETTINGS,
    TROUBLE_OWNER,
    TROUBLES
};

struct dice {
    struct plan *plan;
    struct random *random;
    hf_time end;
};

static struct plan_step *add_step(struct dice *dice, hf_time at) {
    struct plan *plan = dice->plan;

    if (plan->step_count == PLAN_STEPS_MAX)
        return NULL;
    struct plan_step *step = &plan->steps[plan->step_count++];

    *step = (struct plan_step){.at = at, .fault = {.server = SIM_NONE, .process = SIM_NONE}};
    return step;
}

static hf_time some_time(struct dice *dice) {
    return random_below(dice->random, dice->end / HF_MILLISECOND) * HF_MILLISECOND;
}

/* Trouble lasts from a moment to the whole run. */
static hf_time some_span(struct dice *dice) {
    static const uint32_t seconds[] = {1, 3, 10, 40, 60, 120, 300, 1000, 4000};

    return PICK(dice->random, seconds) * HF_SECOND + below(dice->random, 1000) * HF_MILLISECOND;
}

static struct plan_step *add_fault(struct dice *dice, hf_time at, enum sim_fault_kind kind) {
    struct plan_step *step = add_step(dice, at);

    if (step) {
        step->action = PLAN_FAULT;
        step->fault.kind = kind;
    }
    return step;
}

static struct plan_step *add_server_fault(struct dice *dice, hf_time at, enum sim_fault_kind kind,
                                          uint32_t server) {
    struct plan_step *step = add_fault(dice, at, kind);

    if (step)
        step->fault.server = server;
    return step;
}

static void trouble_server(struct dice *dice) {
    static const enum sim_fault_kind kinds[] = {SIM_SERVER_STOP, SIM_SERVER_OFF, SIM_SERVER_FREEZE};
    uint32_t server = below(dice->random, dice->plan->server_count);
    hf_time at = some_time(dice);

    for (uint32_t times = one_in(dice->random, 4) ? 4 : 1; times > 0; times--) {
        add_server_fault(dice, at, PICK(dice->random, kinds), server);
        at += some_span(dice);
        struct plan_step *step = add_server_fault(dice, at, SIM_SERVER_START, server);

        if (step)
            step->fault.forget = one_in(dice->random, 2);
        at += some_span(dice);
    }
}

static void draw_answer(struct dice *dice, struct plan_step *step) {
    static const unsigned statuses[] = {
        100, 180, 200, 202, 300, 301, 302, 305, 400, 401, 402, 403, 403, 404, 405, 406, 407, 408,
        410, 413, 415, 416, 420, 421, 423, 423, 430, 437, 439, 480, 481, 482, 483, 484, 485, 486,
        487, 488, 494, 500, 501, 502, 503, 503, 504, 505, 513, 580, 600, 603, 604, 606};
    static const char *const headers[] = {
        "Retry-After: 1|",
        "Retry-After: 5|",
        "Retry-After: 60 (later);duration=3|",
        "Retry-After: 900|",
        "Retry-After: 100000|",
        "Min-Expires: 120|",
        "Min-Expires: 7200|",
        "Min-Expires: 1|",
        "Min-Expires: 4294967295|",
        "Contact: <sip:other@192.0.2.77>|",
        "WWW-Authenticate: Digest realm=\"x\", nonce=\"again\"|",
        "WWW-Authenticate: Basic realm=\"x\"|",
        "Proxy-Authenticate: Digest realm=\"p\", nonce=\"pn\", qop=\"auth\", algorithm=SHA-256|",
        "WWW-Authenticate: Digest realm=\"x\", nonce=\"n2\", algorithm=MD7|",
        "Expires: 0|",
        "Expires: 30|",
        "Unsupported: path|",
        "Warning: 399 x \"no\"|"};
    struct registrar_fault *fault = &step->fault.registrar;

    fault->kind = REGISTRAR_ANSWERS;
    fault->status = PICK(dice->random, statuses);
    if (fault->status == 423)
        (void)snprintf(step->headers, sizeof step->headers, "Min-Expires: %u|",
                       between(dice->random, 1, 20000));
    else if (one_in(dice->random, 2))
        (void)snprintf(step->headers, sizeof step->headers, "%s", PICK(dice->random, headers));
}

static void trouble_answers(struct dice *dice) {
    uint32_t server = below(dice->random, dice->plan->server_count);
    hf_time at = some_time(dice);
    struct plan_step *step = add_server_fault(dice, at, SIM_SERVER_FAULT, server);

    if (!step)
        return;
    step->fault.registrar.kind =
        one_in(dice->random, 2) ? REGISTRAR_ANSWERS
                                : (enum registrar_fault_kind)between(
                                      dice->random, REGISTRAR_WORKS + 1, REGISTRAR_TWO_ANSWERS);
    if (step->fault.registrar.kind == REGISTRAR_ANSWERS)
        draw_answer(dice, step);
    if (one_in(dice->random, 2))
        (void)snprintf(step->method, sizeof step->method, "REGISTER");
    if (one_in(dice->random, 2)) {
        step->fault.registrar.count = between(dice->random, 1, 5);
        return;
    }
    step = add_server_fault(dice, at + some_span(dice), SIM_SERVER_FAULT, server);
    if (step)
        step->fault.registrar.kind = REGISTRAR_WORKS;
}

static void trouble_slow(struct dice *dice) {
    uint32_t server = below(dice->random, dice->plan->server_count);
    hf_time at = some_time(dice);
    bool delay = one_in(dice->random, 2);
    enum sim_fault_kind kind = delay ? SIM_SERVER_DELAY : SIM_SERVER_RATE;
    struct plan_step *step = add_server_fault(dice, at, kind, server);

    if (step && delay)
        step->fault.span = between(dice->random, 1, 40000) * HF_MILLISECOND;
    else if (step)
        step->fault.number = between(dice->random, 1, 20);
    (void)add_server_fault(dice, at + some_span(dice), kind, server); /* back to 0 */
}

static void trouble_limits(struct dice *dice) {
    static const uint32_t mins[] = {1, 1, 5, 60, 600, 100000};
    static const uint32_t maxs[] = {1, 2, 3, 10, 60, 600, 7200, 3888000, 10000000};
    struct plan_step *step = add_server_fault(dice, some_time(dice), SIM_SERVER_LIMITS,
                                              below(dice->random, dice->plan->server_count));

    if (!step)
        return;
    step->fault.number = PICK(dice->random, mins);
    step->fault.number_max = PICK(dice->random, maxs);
    if (step->fault.number_max < step->fault.number)
        step->fault.number_max = step->fault.number;
}

static void trouble_nonces(struct dice *dice) {
    uint32_t server = below(dice->random, dice->plan->server_count);
    bool realm = one_in(dice->random, 3);
    struct plan_step *step = add_server_fault(dice, some_time(dice),
                                              realm ? SIM_SERVER_REALM : SIM_SERVER_NONCES, server);

    if (step && realm)
        (void)snprintf(step->name, sizeof step->name, "realm-%u", below(dice->random, 100));
}

static void trouble_link(struct dice *dice) {
    struct plan *plan = dice->plan;
    uint32_t server = one_in(dice->random, 2) ? SIM_NONE : below(dice->random, plan->server_count);
    uint32_t process =
        one_in(dice->random, 2) ? SIM_NONE : below(dice->random, plan->process_count);
    hf_time at = some_time(dice);
    struct plan_step *step = add_fault(dice, at, SIM_LINK);

    if (!step)
        return;
    step->fault.server = server;
    step->fault.process = process;
    step->fault.link = (struct sim_link){
        .latency = between(dice->random, 1, one_in(dice->random, 4) ? 2000 : 100) * HF_MILLISECOND,
        .jitter = below(dice->random, 200) * HF_MILLISECOND,
        .loss = one_in(dice->random, 2) ? below(dice->random, 600000) : 0,
        .duplicate = one_in(dice->random, 2) ? below(dice->random, 300000) : 0,
        .reorder = one_in(dice->random, 2) ? below(dice->random, 300000) : 0,
        .down = one_in(dice->random, 4),
    };
    step = add_fault(dice, at + some_span(dice), SIM_LINK);
    if (step) {
        step->fault.server = server;
        step->fault.process = process;
        step->fault.link = plan->link;
    }
}

static void trouble_nat(struct dice *dice) {
    bool rebind = !one_in(dice->random, 3);
    struct plan_step *step =
        add_fault(dice, some_time(dice), rebind ? SIM_NAT_REBIND : SIM_NAT_TIMEOUT);

    if (!step)
        return;
    step->fault.process = below(dice->random, dice->plan->process_count);
    if (!rebind)
        step->fault.span = between(dice->random, 5, 300) * HF_SECOND;
}

static void name_fault(struct plan_step *step, const char *service, const char *name) {
    size_t length = strlen(service);

    memcpy(step->name, service, length + 1);
    (void)snprintf(step->name + length, sizeof step->name - length, "%.40s", name);
}

static void trouble_dns(struct dice *dice) {
    static const enum sim_fault_kind kinds[] = {SIM_DNS_FAILS, SIM_DNS_FAILS, SIM_DNS_SILENT,
                                                SIM_DNS_DELAY, SIM_DNS_ADDRESS};
    static const enum hf_dns_result results[] = {HF_DNS_FAILED, HF_DNS_NO_NAME, HF_DNS_NO_RECORD};
    struct plan *plan = dice->plan;
    const struct plan_name name = plan->names[below(dice->random, plan->name_count)];
    hf_time at = some_time(dice);
    enum sim_fault_kind kind = PICK(dice->random, kinds);
    bool by_srv = name.srv && kind != SIM_DNS_ADDRESS && one_in(dice->random, 2);

    for (int back = 0; back <= 1; back++) {
        bool delay = kind == SIM_DNS_DELAY;
        struct plan_step *step = add_fault(dice, at, back && !delay ? SIM_DNS_ANSWERS : kind);

        if (!step)
            return;
        if (kind == SIM_DNS_ADDRESS || one_in(dice->random, 2))
            name_fault(step, by_srv ? "_sip._udp." : "", name.name);
        at += some_span(dice);
        if (back)
            continue;
        step->fault.span = delay ? between(dice->random, 1, 8000) * HF_MILLISECOND : 0;
        step->fault.dns_result = PICK(dice->random, results);
        step->fault.number = below(dice->random, 100);
        step->fault.address =
            one_in(dice->random, 4)
                ? plan_address(192, 0, 2, 201)
                : plan->servers[name.servers[below(dice->random, name.count)]].address;
        step->fault.address.port = 0;
    }
}

static void trouble_process(struct dice *dice) {
    uint32_t process = below(dice->random, dice->plan->process_count);
    hf_time at = some_time(dice);
    struct plan_step *step =
        add_fault(dice, at, one_in(dice->random, 2) ? SIM_PROCESS_KILL : SIM_PROCESS_STOP);

    if (step)
        step->fault.process = process;
    step = add_fault(dice, at + some_span(dice), SIM_PROCESS_START);
    if (!step)
        return;
    step->fault.process = process;
    step->fault.forget = one_in(dice->random, 4);
}

static void trouble_settings(struct dice *dice) {
    static const char *const changes[] = {"password=wrong\n",
                                          "password=\n",
                                          "enabled=no\n",
                                          "enabled=yes\n",
                                          "register=no\n",
                                          "register=yes\n",
                                          "expires=45\n",
                                          "expires=600\n",
                                          "retry=3\n",
                                          "rejected_retry=2\n",
                                          "reregister_before=10\n",
                                          "contact.user=other\n",
                                          "display_name=New\n",
                                          "servers[1].address=192.0.2.1\n",
                                          "servers[1].address=sip0.example.com\n",
                                          "servers[2].address=192.0.2.1\n",
                                          "servers[1].port=5070\n",
                                          "local_port=5064\n",
                                          "keep_alive.method=options\n",
                                          "failback=stay\n"};
    struct plan_step *step = add_step(dice, some_time(dice));

    if (!step)
        return;
    step->action = PLAN_CHANGE;
    step->account = below(dice->random, dice->plan->account_count);
    (void)snprintf(step->settings, sizeof step->settings, "%s", PICK(dice->random, changes));
}

static void trouble_owner(struct dice *dice) {
    hf_time at = some_time(dice);
    uint32_t account = below(dice->random, dice->plan->account_count);
    struct plan_step *step = add_step(dice, at);

    if (!step)
        return;
    step->account = account;
    step->action = one_in(dice->random, 4)   ? PLAN_REMOVE
                   : one_in(dice->random, 2) ? PLAN_REGISTER
                                             : PLAN_UNREGISTER;
    if (step->action != PLAN_UNREGISTER || one_in(dice->random, 3))
        return;
    step = add_step(dice, at + (one_in(dice->random, 3) ? 0 : some_span(dice)));
    if (!step)
        return;
    step->account = account;
    step->action = PLAN_REGISTER;
}

static void draw_trouble(struct dice *dice, enum trouble trouble) {
    switch (trouble) {
    case TROUBLE_SERVER:
        trouble_server(dice);
        break;
    case TROUBLE_ANSWERS:
        trouble_answers(dice);
        break;
    case TROUBLE_SLOW:
        trouble_slow(dice);
        break;
    case TROUBLE_LIMITS:
        trouble_limits(dice);
        break;
    case TROUBLE_NONCES:
        trouble_nonces(dice);
        break;
    case TROUBLE_LINK:
        trouble_link(dice);
        break;
    case TROUBLE_NAT:
        trouble_nat(dice);
        break;
    case TROUBLE_DNS:
        trouble_dns(dice);
        break;
    case TROUBLE_PROCESS:
        trouble_process(dice);
        break;
    case TROUBLE_SETTINGS:
        trouble_settings(dice);
        break;
    case TROUBLE_OWNER:
        trouble_owner(dice);
        break;
    case TROUBLES:
        break;
    }
}

static int compare_steps(const void *a, const void *b) {
    const struct plan_step *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return 0;
}

/* qsort may mix steps of the same time: an equal time is made unequal first. */
void plan_sort_steps(struct plan *plan) {
    for (uint32_t i = 0; i < plan->step_count; i++)
        plan->steps[i].at += i;
    qsort(plan->steps, plan->step_count, sizeof plan->steps[0], compare_steps);
}

static void add_late_accounts(struct dice *dice) {
    for (uint32_t i = 0; i < dice->plan->account_count; i++) {
        if (!dice->plan->accounts[i].late)
            continue;
        struct plan_step *step = add_step(dice, some_time(dice));

        HF_ASSERT(step);
        step->action = PLAN_ADD;
        step->account = i;
    }
}

void plan_generate_steps(struct plan *plan, struct random *random) {
    static const uint32_t lengths[] = {30, 120, 600, 600, 1200, 3600};
    struct dice dice = {.plan = plan, .random = random, .end = PICK(random, lengths) * HF_SECOND};
    bool on[TROUBLES];
    uint32_t count = 0;

    add_late_accounts(&dice);
    for (int i = 0; i < TROUBLES; i++)
        count += on[i] = one_in(random, 3);
    if (!one_in(random, 8) && count > 0)
        for (uint32_t left = between(random, 1, 24); left > 0;) {
            uint32_t trouble = below(random, TROUBLES);

            if (on[trouble]) {
                draw_trouble(&dice, (enum trouble)trouble);
                left--;
            }
        }
    plan_sort_steps(plan);
    plan->healed_at = dice.end;
    if (plan->step_count > 0 && plan->steps[plan->step_count - 1].at >= plan->healed_at)
        plan->healed_at = plan->steps[plan->step_count - 1].at + HF_SECOND;
}
