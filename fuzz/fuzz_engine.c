/* The whole engine, without a world: the fuzzer's bytes are the calls on one agent, the time that
 * passes between them, what its paths, names and servers do, and what strangers send. After every
 * call the invariants hold and nothing storms. In the end everything works again for a while, and
 * whoever is asked to register is registered. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "engine/world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_account(struct fuzz_world *world) {
    hf_account_id *account = &world->accounts[choose_below(&world->choices, FUZZ_ACCOUNTS)];
    struct hf_settings *settings = fuzz_settings(&world->choices);

    if (*account == 0 && choose(&world->choices) & 1)
        (void)fuzz_restore(world, settings, account);
    else if (*account == 0)
        (void)hf_agent_add_account(world->agent, settings, 5, account, world->now);
    else
        (void)hf_agent_change_account(world->agent, *account, settings, world->now);
    hf_settings_free(settings);
}

static hf_account_id *some_account(struct fuzz_world *world) {
    unsigned which = choose_below(&world->choices, FUZZ_ACCOUNTS);

    for (unsigned i = 0; i < FUZZ_ACCOUNTS; i++) {
        hf_account_id *account = &world->accounts[(which + i) % FUZZ_ACCOUNTS];

        if (*account != 0)
            return account;
    }
    return &world->accounts[which];
}

static void remove_account(struct fuzz_world *world) {
    hf_account_id *account = some_account(world);

    (void)hf_agent_remove_account(world->agent, *account, world->now);
    HF_ASSERT(hf_agent_register(world->agent, *account, world->now) == HF_ERROR_UNKNOWN);
    *account = 0;
}

/* As a real owner does: time passes, and when something was due meanwhile it is done, late. */
static void pass_time(struct fuzz_world *world) {
    static const hf_time spans[] = {
        0,
        1,
        HF_MILLISECOND,
        499999,
        HF_SECOND / 2,
        HF_SECOND,
        5 * HF_SECOND,
        32 * HF_SECOND,
        60 * HF_SECOND,
        600 * HF_SECOND,
        3600 * HF_SECOND,
        86400 * HF_SECOND,
        45 * 86400 * HF_SECOND,
    };
    unsigned how = choose(&world->choices);
    hf_time deadline = hf_agent_deadline(world->agent);

    if (how >= 0x80) { /* once at every deadline, or a little beside it */
        if (deadline != HF_NEVER && deadline > world->now)
            world->now = deadline - (how & 1 ? 1 : 0);
        world->now += how & 2 ? 1 : 0;
    } else {
        world->now += spans[how % (sizeof spans / sizeof spans[0])];
    }
    hf_agent_expire(world->agent, world->now);
    HF_ASSERT(hf_agent_deadline(world->agent) > world->now);
}

static void step_deadlines(struct fuzz_world *world) {
    for (unsigned count = choose_below(&world->choices, 32); count > 0; count--) {
        hf_time deadline = hf_agent_deadline(world->agent);

        if (deadline == HF_NEVER)
            return;
        world->now = deadline > world->now ? deadline : world->now;
        hf_agent_expire(world->agent, world->now);
        HF_ASSERT(hf_agent_deadline(world->agent) > world->now);
        fuzz_check(world);
    }
}

static void open_or_fail(struct fuzz_world *world) {
    unsigned how = choose(&world->choices);
    struct fuzz_path *path = &world->paths[how % FUZZ_PATHS];

    for (unsigned i = 0; how & 0x80 && i < FUZZ_PATHS; i++)
        if (world->paths[i].id != 0 && !world->paths[i].open)
            path = &world->paths[i];
    if (how & 0x40)
        fuzz_fail_path(world, path);
    else
        fuzz_open_path(world, path);
}

/* Everything that waits gets what it hopes for. True when there was anything. */
static bool serve_all(struct fuzz_world *world) {
    struct fuzz_request *request;
    bool any = false;

    for (unsigned i = 0; i < FUZZ_QUESTIONS; i++) {
        if (world->questions[i].query == 0 || world->questions[i].answered)
            continue;
        fuzz_resolve_well(world, &world->questions[i]);
        fuzz_check(world);
        any = true;
    }
    for (unsigned i = 0; i < FUZZ_PATHS; i++) {
        if (world->paths[i].id == 0 || world->paths[i].open)
            continue;
        fuzz_open_path(world, &world->paths[i]);
        fuzz_check(world);
        any = true;
    }
    while ((request = fuzz_oldest_request(world)) != NULL) {
        fuzz_grant(world, request);
        fuzz_check(world);
        any = true;
    }
    return any;
}

/* What is to be stored, sometimes, and kept for a restore. */
static void remember(struct fuzz_world *world) {
    hf_account_id account;
    uint64_t tag;

    while (hf_agent_next_changed(world->agent, &account, &tag)) {
        HF_ASSERT(tag == 5);
        HF_ASSERT(hf_agent_remember(world->agent, account, &world->remembered) == 0);
        HF_ASSERT(memchr(world->remembered.call_id, 0, sizeof world->remembered.call_id));
    }
}

static void look(struct fuzz_world *world) {
    char text[4096];
    hf_account_id account = *some_account(world);
    size_t size = choose_below(&world->choices, 4) == 0 ? choose(&world->choices) : sizeof text;
    struct hf_account_status status;
    struct hf_agent_counters counters;

    hf_agent_count(world->agent, &counters);
    HF_ASSERT(counters.registered <= counters.accounts);
    remember(world);
    if (hf_agent_account_status(world->agent, account, &status, world->now))
        return;
    HF_ASSERT(hf_account_state_name(status.state));
    HF_ASSERT((status.state == HF_STATE_REGISTERED) <= (status.binding_expires_at != HF_NEVER));
    int length = hf_agent_explain(world->agent, account, text, size, world->now);

    HF_ASSERT(length >= 0 && (size == 0 || ((size_t)length < size && text[length] == '\0')));
}

static void step(struct fuzz_world *world) {
    switch (choose_below(&world->choices, 16)) {
    case 0:
    case 1:
        add_account(world);
        break;
    case 2:
        remove_account(world);
        break;
    case 3:
        (void)hf_agent_register(world->agent, *some_account(world), world->now);
        break;
    case 4:
        (void)hf_agent_unregister(world->agent, *some_account(world), world->now);
        break;
    case 5:
    case 6:
        pass_time(world);
        break;
    case 7:
        step_deadlines(world);
        break;
    case 8:
        open_or_fail(world);
        break;
    case 9:
        fuzz_resolve(world);
        break;
    case 10:
    case 11:
        fuzz_answer_request(world);
        break;
    case 12:
        (void)serve_all(world);
        break;
    case 13:
        fuzz_send_request(world);
        break;
    case 14:
        look(world);
        break;
    case 15:
        if (choose(&world->choices) & 3)
            fuzz_send_bytes(world);
        else
            hf_agent_stop(world->agent, world->now);
        break;
    }
    fuzz_check(world);
}

/* Time passes and everything works until the agent is content with that. */
static void live_on(struct fuzz_world *world, hf_time span) {
    hf_time end = world->now + span;

    for (unsigned steps = 0; world->now <= end; steps++) {
        HF_ASSERT(steps < 100000);
        if (serve_all(world))
            continue;
        hf_time deadline = hf_agent_deadline(world->agent);

        if (deadline > end)
            break;
        world->now = deadline > world->now ? deadline : world->now;
        hf_agent_expire(world->agent, world->now);
        fuzz_check(world);
    }
}

/* Requests that fell out of this world's small memory are sent again in time. */
static void heal(struct fuzz_world *world) {
    /* What was believed of the DNS is believed for a week at the most. */
    world->now += 8 * 86400 * HF_SECOND;
    hf_agent_expire(world->agent, world->now);
    fuzz_check(world);
    live_on(world, 3600 * HF_SECOND);
    for (unsigned i = 0; i < FUZZ_ACCOUNTS; i++) {
        struct hf_account_status status;

        if (world->accounts[i] == 0)
            continue;
        HF_ASSERT(hf_agent_register(world->agent, world->accounts[i], world->now) == 0);
        fuzz_check(world);
        live_on(world, 600 * HF_SECOND);
        HF_ASSERT(hf_agent_account_status(world->agent, world->accounts[i], &status, world->now) ==
                  0);
        HF_ASSERT(status.state == HF_STATE_REGISTERED);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct fuzz_world world;
    const struct hf_agent_options options = {.seed = {1}};

    memset(&world, 0, sizeof world);
    world.choices = (struct choices){.at = data, .end = data + size};
    world.now = HF_SECOND;
    HF_ASSERT(hf_agent_create(&options, &world.agent, world.now) == 0);
    for (unsigned steps = 0; steps < FUZZ_STEPS_MAX && world.choices.at < world.choices.end;
         steps++)
        step(&world);
    if (!world.forgetful)
        heal(&world);
    hf_agent_free(world.agent);
    return 0;
}
