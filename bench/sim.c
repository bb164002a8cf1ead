/* sim ACCOUNTS LIFETIME DAYS: registers so many accounts for LIFETIME seconds in the made-up world,
 * lets DAYS of steady life pass, and prints the account-hours that pass in a second of CPU time
 * (of wall time, on a machine that is idle), and CPU microseconds of a renewal, engine and
 * registrar together. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/assert.h"
#include "holdfast/settings.h"
#include "sim/sim.h"

static void must(int error) {
    HF_ASSERT(error == 0);
}

static double cpu_seconds(void) {
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void add_server(struct sim *sim, uint32_t lifetime) {
    struct sim_server_options options = {
        .name = "registrar", .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}}};
    uint32_t server;

    registrar_options_init(&options.registrar);
    options.registrar.expires_max = lifetime;
    options.registrar.nonce_lifetime = 0; /* a renewal is one request and one answer */
    must(sim_add_server(sim, &options, &server));
}

static void add_accounts(struct sim *sim, uint32_t count, const char *lifetime) {
    const struct sim_process_options options = {
        .name = "fleet", .address = {.family = HF_FAMILY_IPV4, .ip = {198, 51, 100, 1}}};
    struct hf_settings *settings;
    uint32_t process, account;

    must(sim_add_process(sim, &options, &process));
    must(hf_settings_create("generic", &settings));
    must(hf_settings_set(settings, "servers[1].address", "192.0.2.1", NULL));
    must(hf_settings_set(settings, "expires", lifetime, NULL));
    for (uint32_t i = 0; i < count; i++) {
        char user[32], password[40];

        snprintf(user, sizeof user, "u%u", i);
        snprintf(password, sizeof password, "pw-u%u", i);
        must(hf_settings_set(settings, "user", user, NULL));
        must(hf_settings_set(settings, "password", password, NULL));
        must(sim_add_account(sim, process, user, settings, &account));
    }
    hf_settings_free(settings);
}

static uint64_t registered_so_far(const struct sim *sim) {
    struct registrar_counters counters;

    registrar_count(sim_registrar(sim, 0), &counters);
    HF_ASSERT(counters.bindings == sim_account_count(sim));
    return counters.accepted;
}

int main(int argc, char **argv) {
    const struct sim_options options = {.seed = 1};
    struct sim *sim;

    HF_ASSERT(argc == 4);
    uint32_t accounts = (uint32_t)atol(argv[1]);
    uint64_t days = (uint64_t)atol(argv[3]);

    must(sim_create(&options, &sim));
    add_server(sim, (uint32_t)atol(argv[2]));
    add_accounts(sim, accounts, argv[2]);
    sim_run(sim, SIM_START_AT + 3600 * HF_SECOND);
    uint64_t renewals = registered_so_far(sim);
    double begin = cpu_seconds();

    sim_run(sim, sim_now(sim) + days * 86400 * HF_SECOND);
    double seconds = cpu_seconds() - begin;

    renewals = registered_so_far(sim) - renewals;
    printf("%.0f %.2f\n", (double)accounts * (double)days * 24 / seconds,
           renewals > 0 ? seconds * 1e6 / (double)renewals : 0);
    sim_free(sim);
    return 0;
}
