/* The process under test: killed, stopped, suspended, started; with a memory and without. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/slice.h"
#include "town.h"

static unsigned registers_at(const struct sim *sim, uint32_t server) {
    struct sim_server_counters counters;

    sim_server_count_packets(sim, server, &counters);
    return (unsigned)counters.registers;
}

static void test_memory__continues_the_one_binding(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, true);
    uint32_t account = town_add_account(sim, process, NULL);

    (void)state;
    town_run_for(sim, 2 * HF_SECOND);
    for (int i = 0; i < 5; i++) {
        unsigned before = registers_at(sim, 0);

        town_apply(sim, SIM_PROCESS_KILL, process);
        town_apply(sim, SIM_PROCESS_START, process);
        town_run_for(sim, 2 * HF_SECOND);
        assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
        assert_int_equal(town_bindings(sim, 0), 1);
        assert_int_equal(registers_at(sim, 0) - before, 1);
        assert_true(sim_is_reachable(sim, account));
    }
    sim_free(sim);
}

static void test_memory__lost_leaves_the_old_binding_beside_the_new_one(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, true);
    const struct sim_fault forget = {.kind = SIM_PROCESS_START, .process = process, .forget = true};

    (void)state;
    town_add_account(sim, process, NULL);
    town_run_for(sim, 2 * HF_SECOND);
    assert_int_equal(sim_apply(sim, &forget), 0);
    town_run_for(sim, 2 * HF_SECOND);
    assert_int_equal(town_bindings(sim, 0), 2);
    sim_free(sim);
}

/* What was not written down yet is lost: a kill right after the first answer. */
static void test_memory__is_written_once_a_second(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, true);

    (void)state;
    town_add_account(sim, process, NULL);
    town_run_for(sim, HF_SECOND / 2);
    unsigned before = registers_at(sim, 0);

    town_apply(sim, SIM_PROCESS_KILL, process);
    town_apply(sim, SIM_PROCESS_START, process);
    town_run_for(sim, HF_SECOND / 2);
    assert_int_equal(registers_at(sim, 0) - before, 2); /* challenged anew */
    assert_int_equal(town_bindings(sim, 0), 1);         /* the port was kept, though */
    sim_free(sim);
}

static void test_process__suspended_hears_nothing_and_catches_up(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, false);
    uint32_t account = town_add_account(sim, process, "expires=600", NULL);
    const struct sim_fault sleep = {
        .kind = SIM_PROCESS_SLEEP, .process = process, .span = 1800 * HF_SECOND};

    (void)state;
    town_run_for(sim, HF_SECOND);
    unsigned before = registers_at(sim, 0);

    assert_int_equal(sim_apply(sim, &sleep), 0);
    assert_false(sim_is_reachable(sim, account));
    town_run_for(sim, 1799 * HF_SECOND);
    assert_int_equal(registers_at(sim, 0), before);
    assert_int_equal(town_bindings(sim, 0), 0);
    town_run_for(sim, 3 * HF_SECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    assert_true(sim_is_reachable(sim, account));
    sim_free(sim);
}

static void test_stopping_process__killed_is_gone(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, false);

    (void)state;
    town_add_account(sim, process, "unregister_at_exit=yes", NULL);
    town_run_for(sim, HF_SECOND);
    town_apply(sim, SIM_SERVER_OFF, 0);
    town_apply(sim, SIM_PROCESS_STOP, process);
    town_run_for(sim, HF_SECOND);
    assert_non_null(sim_agent(sim, process)); /* it waits for an answer */
    town_apply(sim, SIM_PROCESS_KILL, process);
    assert_null(sim_agent(sim, process));
    town_apply(sim, SIM_PROCESS_KILL, process); /* no more than it is already */
    town_run_for(sim, HF_SECOND);
    sim_free(sim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory__continues_the_one_binding),
        cmocka_unit_test(test_memory__lost_leaves_the_old_binding_beside_the_new_one),
        cmocka_unit_test(test_memory__is_written_once_a_second),
        cmocka_unit_test(test_process__suspended_hears_nothing_and_catches_up),
        cmocka_unit_test(test_stopping_process__killed_is_gone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
