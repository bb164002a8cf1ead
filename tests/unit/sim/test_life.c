/* A quiet life in the made-up world: registering, years passing, names, restarts. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/slice.h"
#include "town.h"

static void test_account__registers_and_is_kept_for_years(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t account = town_add_account(sim, town_add_process(sim, false, false), NULL);

    (void)state;
    town_run_for(sim, 0);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    assert_int_equal(town_bindings(sim, 0), 1);
    for (int day = 0; day < 365; day++) {
        town_run_for(sim, 86400 * HF_SECOND);
        assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
        assert_int_equal(town_bindings(sim, 0), 1);
    }
    sim_free(sim);
}

static void test_lifetime_of_45_days__passes_in_a_few_steps(void **state) {
    struct sim *sim = town_create(1, 1);
    const struct sim_fault limits = {
        .kind = SIM_SERVER_LIMITS, .number = 60, .number_max = 45 * 86400};

    (void)state;
    assert_int_equal(sim_apply(sim, &limits), 0);
    uint32_t account =
        town_add_account(sim, town_add_process(sim, false, false), "expires=3888000", NULL);

    town_run_for(sim, HF_SECOND);
    uint64_t steps = sim_steps(sim);

    town_run_for(sim, 44 * 86400 * HF_SECOND);
    assert_in_range(sim_steps(sim) - steps, 1, 100); /* the timer wheels turn, and little else */
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    sim_free(sim);
}

static void test_clock__stands_where_it_was_told_to(void **state) {
    struct sim *sim = town_create(1, 1);

    (void)state;
    assert_true(sim_now(sim) == SIM_START_AT);
    assert_false(sim_step(sim, SIM_START_AT + 5));
    assert_true(sim_now(sim) == SIM_START_AT + 5);
    sim_free(sim);
}

static void test_names__are_answered_and_changed(void **state) {
    struct sim *sim = town_create(1, 2);
    const struct hf_dns_record record = {
        .type = HF_DNS_A, .ttl = 60, .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}}};
    struct sim_fault moved = {.kind = SIM_DNS_ADDRESS,
                              .name = SLICE("sip.example.com"),
                              .number = 60,
                              .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 2}}};

    (void)state;
    assert_int_equal(sim_dns_set(sim, "sip.example.com", &record, 1), 0);
    town_add_account(sim, town_add_process(sim, false, false), "servers[1].address=SIP.example.com",
                     "servers[2].address=", "expires=600", NULL);
    town_run_for(sim, HF_SECOND);
    assert_int_equal(town_bindings(sim, 0), 1);
    assert_int_equal(sim_apply(sim, &moved), 0);
    town_run_for(sim, 1200 * HF_SECOND);
    assert_int_equal(town_bindings(sim, 1), 1);
    moved.name = SLICE("nowhere.example.com");
    assert_int_equal(sim_apply(sim, &moved), HF_ERROR_UNKNOWN);
    sim_free(sim);
}

static void test_process__that_starts_again_registers_its_accounts(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, false);
    uint32_t account = town_add_account(sim, process, NULL);

    (void)state;
    town_run_for(sim, HF_SECOND);
    town_apply(sim, SIM_PROCESS_KILL, process);
    assert_null(sim_agent(sim, process));
    assert_int_equal(town_state(sim, account), HF_STATE_DISABLED);
    town_run_for(sim, HF_SECOND);
    town_apply(sim, SIM_PROCESS_START, process);
    town_run_for(sim, HF_SECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    sim_free(sim);
}

static void test_process__that_stops_in_order_takes_its_bindings_along(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, false);

    (void)state;
    town_add_account(sim, process, "unregister_at_exit=yes", NULL);
    town_run_for(sim, HF_SECOND);
    town_apply(sim, SIM_PROCESS_STOP, process);
    town_run_for(sim, HF_SECOND);
    assert_null(sim_agent(sim, process));
    assert_int_equal(town_bindings(sim, 0), 0);
    sim_free(sim);
}

static void test_account__removed_leaves_no_binding_behind(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t account = town_add_account(sim, town_add_process(sim, false, false), NULL);

    (void)state;
    town_run_for(sim, HF_SECOND);
    assert_int_equal(sim_remove_account(sim, account), 0);
    assert_int_equal(sim_remove_account(sim, account), HF_ERROR_UNKNOWN);
    town_run_for(sim, HF_SECOND);
    assert_int_equal(town_bindings(sim, 0), 0);
    sim_free(sim);
}

static void test_account__without_a_user_is_refused_whether_its_process_runs_or_not(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, false), index;
    uint32_t account = town_add_account(sim, process, NULL);
    struct hf_settings *settings;

    (void)state;
    assert_int_equal(hf_settings_create("generic", &settings), 0);
    assert_int_equal(sim_add_account(sim, process, "nobody", settings, &index), HF_ERROR_INVALID);
    town_apply(sim, SIM_PROCESS_KILL, process);
    assert_int_equal(sim_add_account(sim, process, "nobody", settings, &index), HF_ERROR_INVALID);
    assert_int_equal(sim_change_account(sim, account, settings), HF_ERROR_INVALID);
    hf_settings_free(settings);
    town_apply(sim, SIM_PROCESS_START, process);
    town_run_for(sim, HF_SECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    sim_free(sim);
}

static void test_hosts__of_one_address_are_refused(void **state) {
    struct sim *sim = town_create(1, 1);
    struct sim_server_options server = {
        .name = "again", .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}}};
    uint32_t index;

    (void)state;
    registrar_options_init(&server.registrar);
    assert_int_equal(sim_add_server(sim, &server, &index), HF_ERROR_INVALID);
    server.address.port = 5080;
    assert_int_equal(sim_add_server(sim, &server, &index), 0);
    sim_free(sim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account__registers_and_is_kept_for_years),
        cmocka_unit_test(test_lifetime_of_45_days__passes_in_a_few_steps),
        cmocka_unit_test(test_clock__stands_where_it_was_told_to),
        cmocka_unit_test(test_names__are_answered_and_changed),
        cmocka_unit_test(test_process__that_starts_again_registers_its_accounts),
        cmocka_unit_test(test_process__that_stops_in_order_takes_its_bindings_along),
        cmocka_unit_test(test_account__removed_leaves_no_binding_behind),
        cmocka_unit_test(test_account__without_a_user_is_refused_whether_its_process_runs_or_not),
        cmocka_unit_test(test_hosts__of_one_address_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
