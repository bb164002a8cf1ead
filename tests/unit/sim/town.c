#include "town.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../cmocka_all.h"

struct sim *town_create(uint64_t seed, unsigned servers) {
    const struct sim_options options = {.seed = seed};
    struct sim *sim;
    uint32_t index;

    assert_int_equal(sim_create(&options, &sim), 0);
    for (unsigned i = 0; i < servers; i++) {
        char name[32];
        struct sim_server_options server = {
            .name = name,
            .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, (uint8_t)(i + 1)}}};

        snprintf(name, sizeof name, "server-%u", i);
        registrar_options_init(&server.registrar);
        assert_int_equal(sim_add_server(sim, &server, &index), 0);
        assert_int_equal(index, i);
    }
    return sim;
}

uint32_t town_add_process(struct sim *sim, bool nat, bool remembers) {
    struct sim_process_options options = {
        .name = "process",
        .address = {.family = HF_FAMILY_IPV4,
                    .ip = {198, 51, 100, (uint8_t)(sim_process_count(sim) + 1)}},
        .remembers = remembers};
    uint32_t index;

    if (nat)
        options.nat_address = (struct hf_address){.family = HF_FAMILY_IPV4, .ip = {203, 0, 113, 1}};
    assert_int_equal(sim_add_process(sim, &options, &index), 0);
    return index;
}

static void set(struct hf_settings *settings, const char *key, const char *value) {
    assert_int_equal(hf_settings_set(settings, key, value, NULL), 0);
}

uint32_t town_add_account(struct sim *sim, uint32_t process, ...) {
    char user[16], password[24], key[128];
    struct hf_settings *settings;
    const char *pair;
    va_list pairs;
    uint32_t index;

    snprintf(user, sizeof user, "u%u", sim_account_count(sim));
    snprintf(password, sizeof password, "pw-%s", user);
    assert_int_equal(hf_settings_create("generic", &settings), 0);
    set(settings, "user", user);
    set(settings, "password", password);
    set(settings, "servers[1].address", "192.0.2.1");
    if (sim_server_count(sim) > 1)
        set(settings, "servers[2].address", "192.0.2.2");
    va_start(pairs, process);
    while ((pair = va_arg(pairs, const char *)) != NULL) {
        const char *equals = strchr(pair, '=');

        assert_non_null(equals);
        snprintf(key, sizeof key, "%.*s", (int)(equals - pair), pair);
        set(settings, key, equals + 1);
    }
    va_end(pairs);
    assert_int_equal(sim_add_account(sim, process, user, settings, &index), 0);
    hf_settings_free(settings);
    return index;
}

void town_run_for(struct sim *sim, hf_time span) {
    sim_run(sim, sim_now(sim) + span);
}

enum hf_account_state town_state(struct sim *sim, uint32_t account) {
    struct hf_account_status status;

    return sim_account_status(sim, account, &status) ? HF_STATE_DISABLED : status.state;
}

uint64_t town_bindings(const struct sim *sim, uint32_t server) {
    struct registrar_counters counters;

    registrar_count(sim_registrar(sim, server), &counters);
    return counters.bindings;
}

void town_apply(struct sim *sim, enum sim_fault_kind kind, uint32_t index) {
    const struct sim_fault fault = {.kind = kind, .server = index, .process = index};

    assert_int_equal(sim_apply(sim, &fault), 0);
}
