/* loopback PORT ACCOUNTS: registers so many accounts of one agent with the responder over UDP, and
 * refreshes each once: engine and net of the real program (bench/measure.h). */
#include <stdlib.h>

#include "base/assert.h"
#include "bench/account_name.h"
#include "bench/measure.h"
#include "holdfast/settings.h"
#include "net/clock.h"
#include "net/driver.h"

struct run {
    uv_loop_t loop;
    struct hf_agent *agent;
    struct net_driver *driver;
    hf_account_id *accounts;
    long count, started, done;
    enum hf_event_kind awaited;
    struct hf_settings *settings;
};

static void must(int error) {
    HF_ASSERT(error == 0);
}

static void start_one(struct run *run) {
    char user[ACCOUNT_NAME_MAX], password[ACCOUNT_NAME_MAX];
    long i = run->started++;

    if (run->awaited == HF_EVENT_REFRESHED) {
        must(hf_agent_register(run->agent, run->accounts[i], net_now()));
        return;
    }
    account_name(user, SLICE("user"), i);
    account_name(password, SLICE("password"), i);
    must(hf_settings_set(run->settings, "user", user, NULL));
    must(hf_settings_set(run->settings, "password", password, NULL));
    must(
        hf_agent_add_account(run->agent, run->settings, (uint64_t)i, &run->accounts[i], net_now()));
}

/* Keeps a window of accounts under way. */
static void on_event(void *user, const struct hf_event *event) {
    struct run *run = user;

    if (event->kind != run->awaited)
        return;
    if (++run->done == run->count)
        uv_stop(&run->loop);
    else if (run->started < run->count)
        start_one(run);
}

/* Until every account has had the event. */
static void measure(struct run *run, enum hf_event_kind awaited, const char *phase,
                    const struct measure *start) {
    const struct measure begin = measure_now();

    run->awaited = awaited;
    run->started = run->done = 0;
    while (run->started < run->count && run->started < BENCH_WINDOW)
        start_one(run);
    net_driver_pump(run->driver);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    measure_tell(phase, run->done, run->count - run->done, start, &begin);
}

int main(int argc, char **argv) {
    struct run run = {.count = argc > 2 ? atol(argv[2]) : 1000};
    const struct net_options net = {.on_event = on_event, .user = &run};
    struct hf_agent_options options = {0};
    char address[32];
    const char *error;

    HF_ASSERT(argc > 1 && run.count > 0);
    run.accounts = calloc((size_t)run.count, sizeof *run.accounts);
    snprintf(address, sizeof address, "127.0.0.1:%s", argv[1]);
    net_seed(options.seed);
    must(uv_loop_init(&run.loop));
    must(hf_settings_create("generic", &run.settings));
    must(hf_settings_set(run.settings, "servers[1].address", address, NULL));
    must(hf_agent_create(&options, &run.agent, net_now()));
    must(net_driver_create(&run.loop, run.agent, &net, &run.driver, &error));
    const struct measure start = measure_now();

    measure(&run, HF_EVENT_REGISTERED, "registration", &start);
    measure(&run, HF_EVENT_REFRESHED, "refresh", &start);
    return 0;
}
