/* What happens in the demo, and when it is over. */
#include "base/assert.h"
#include "daemon/demo_parts.h"
#include "net/clock.h"

/* Seconds in a phase: at least, and at the most before the demo is a failure. */
struct span {
    unsigned once;
    unsigned live;
    unsigned most;
};

static const struct span spans[] = {
    [DEMO_STARTING] = {0, 0, 8}, [DEMO_WELL] = {2, 8, 60},    [DEMO_OUTAGE] = {5, 12, 15},
    [DEMO_RETURN] = {0, 0, 15},  [DEMO_STOPPING] = {0, 0, 3}, [DEMO_ENDED] = {0, 0, 0},
};

const char *demo_phase_text(enum demo_phase phase) {
    switch (phase) {
    case DEMO_STARTING:
        return "everybody registers at registrar A";
    case DEMO_WELL:
        return "both registrars answer";
    case DEMO_OUTAGE:
        return "registrar A is silent";
    case DEMO_RETURN:
        return "registrar A answers again";
    case DEMO_STOPPING:
        return "bindings are removed";
    case DEMO_ENDED:
        return "over";
    }
    HF_UNREACHABLE();
}

static void set_phase(struct demo *demo, enum demo_phase phase) {
    static const unsigned legal[] = {
        [DEMO_STARTING] = 1u << DEMO_WELL | 1u << DEMO_STOPPING,
        [DEMO_WELL] = 1u << DEMO_OUTAGE | 1u << DEMO_STOPPING,
        [DEMO_OUTAGE] = 1u << DEMO_RETURN | 1u << DEMO_STOPPING,
        [DEMO_RETURN] = 1u << DEMO_WELL | 1u << DEMO_STOPPING,
        [DEMO_STOPPING] = 1u << DEMO_ENDED,
        [DEMO_ENDED] = 0,
    };

    HF_ASSERT(legal[demo->phase] & 1u << phase);
    demo->phase = phase;
    demo->phase_at = net_now();
    demo_say(demo, "-- %s --", demo_phase_text(phase));
}

static bool is_at(const struct registrar_host *host, const struct hf_address *target) {
    struct hf_address local = registrar_host_local(host);

    return address_equal(&local, target);
}

static const char *place_of(const struct demo *demo, const struct hf_address *target) {
    return is_at(demo->a, target) ? "A" : is_at(demo->b, target) ? "B" : "-";
}

static void note_binding(struct demo *demo, struct demo_account *account,
                         const struct hf_address *target) {
    if (demo->phase == DEMO_OUTAGE && is_at(demo->b, target))
        account->moved = true;
    if (demo->phase == DEMO_RETURN && is_at(demo->a, target))
        account->home = true;
}

/* ": 401 why", but nothing for a plain success. */
static void write_detail(const struct hf_event *event, char *detail, size_t size) {
    struct writer w = writer_of(detail, size);

    if (event->status / 100 != 2 && (event->status != 0 || event->reason.len > 0)) {
        writer_put_literal(&w, ": ");
        if (event->status != 0) {
            writer_put_number(&w, event->status);
            writer_put_char(&w, ' ');
        }
        writer_put_slice(&w, event->reason);
    }
    (void)writer_terminate(&w);
}

void demo_on_event(void *user, const struct hf_event *event) {
    char detail[DEMO_LINE_BYTES];
    struct demo *demo = user;
    struct demo_account *account = &demo->accounts[event->tag];
    bool binding = event->kind == HF_EVENT_REGISTERED || event->kind == HF_EVENT_REFRESHED ||
                   event->kind == HF_EVENT_FAILOVER || event->kind == HF_EVENT_FAILBACK;

    if (binding)
        note_binding(demo, account, &event->target);
    /* Refreshes come every few seconds and would bury the rest. */
    if (event->kind == HF_EVENT_REFRESHED || event->kind == HF_EVENT_REGISTERING)
        return;
    write_detail(event, detail, sizeof(detail));
    demo_say(demo, "%-13s %s %s%s", account->name, place_of(demo, &event->target),
             hf_event_name(event->kind), detail);
}

static void silence(struct demo *demo, bool silent) {
    const struct registrar_fault fault = {.kind = silent ? REGISTRAR_SILENT : REGISTRAR_WORKS};

    registrar_set_fault(registrar_host_registrar(demo->a), &fault);
    for (size_t i = 0; i < demo->account_count; i++)
        demo->accounts[i].moved = demo->accounts[i].home = false;
}

static size_t count_registered(const struct demo *demo, const struct registrar_host *where) {
    struct hf_account_status status;
    size_t count = 0;

    for (size_t i = 0; i < demo->account_count; i++) {
        if (hf_agent_account_status(demo->agent, demo->accounts[i].id, &status, net_now()) == 0 &&
            status.state == HF_STATE_REGISTERED && is_at(where, &status.target))
            count++;
    }
    return count;
}

static bool everybody_moved(const struct demo *demo) {
    for (size_t i = 0; i < demo->account_count; i++) {
        if (demo->accounts[i].has_backup && !demo->accounts[i].moved)
            return false;
    }
    return true;
}

static bool everybody_is_home(const struct demo *demo) {
    for (size_t i = 0; i < demo->account_count; i++) {
        if (!demo->accounts[i].home)
            return false;
    }
    return count_registered(demo, demo->a) == demo->account_count;
}

/* Whether what the phase waits for has come. */
static bool is_done(const struct demo *demo) {
    switch (demo->phase) {
    case DEMO_STARTING:
        return count_registered(demo, demo->a) == demo->account_count;
    case DEMO_WELL:
        return true;
    case DEMO_OUTAGE:
        return everybody_moved(demo);
    case DEMO_RETURN:
        return everybody_is_home(demo);
    case DEMO_STOPPING:
        return hf_agent_stopped(demo->agent);
    case DEMO_ENDED:
        return false;
    }
    HF_UNREACHABLE();
}

static void stop(struct demo *demo) {
    set_phase(demo, DEMO_STOPPING);
    silence(demo, false);
    hf_agent_stop(demo->agent, net_now());
    net_driver_pump(demo->net);
}

static unsigned long long binding_count(const struct registrar_host *host) {
    struct registrar_counters counters;

    registrar_count(registrar_host_registrar(host), &counters);
    return counters.bindings;
}

static void come_home(struct demo *demo) {
    demo_say(demo, "all %zu accounts came home; A holds %llu bindings", demo->account_count,
             binding_count(demo->a));
    demo->succeeded = true;
    if (demo->live)
        set_phase(demo, DEMO_WELL);
    else
        stop(demo);
}

static void advance(struct demo *demo) {
    switch (demo->phase) {
    case DEMO_STARTING:
        set_phase(demo, DEMO_WELL);
        return;
    case DEMO_WELL:
        silence(demo, true);
        set_phase(demo, DEMO_OUTAGE);
        return;
    case DEMO_OUTAGE:
        silence(demo, false);
        set_phase(demo, DEMO_RETURN);
        return;
    case DEMO_RETURN:
        come_home(demo);
        return;
    case DEMO_STOPPING:
        set_phase(demo, DEMO_ENDED);
        return;
    case DEMO_ENDED:
        return;
    }
}

/* Too long: the live demo goes on all the same, so that one can see what is wrong. */
static void give_up(struct demo *demo) {
    demo_say(demo, "this took too long: %zu of %zu accounts are registered at A, %zu at B",
             count_registered(demo, demo->a), demo->account_count, count_registered(demo, demo->b));
    demo->succeeded = false;
    if (demo->phase == DEMO_STOPPING || demo->live)
        advance(demo);
    else
        stop(demo);
}

void demo_on_tick(struct demo *demo) {
    const struct span *span = &spans[demo->phase];
    hf_time age = net_now() - demo->phase_at;
    unsigned least = demo->live ? span->live : span->once;

    if (demo->phase == DEMO_ENDED)
        return;
    if (demo->wants_end && demo->phase != DEMO_STOPPING)
        stop(demo);
    else if (age >= least * HF_SECOND && is_done(demo))
        advance(demo);
    else if (age > span->most * HF_SECOND)
        give_up(demo);
}
