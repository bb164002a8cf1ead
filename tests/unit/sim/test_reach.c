/* Whether a call would arrive, and that whoever watches is told when that may have changed. */
#include "../cmocka_all.h"

#include <string.h>

#include "town.h"

struct watch {
    struct sim *sim;
    unsigned told;
    bool reachable; /* account 0, when it was told last */
};

static void on_reach(void *user, uint32_t account) {
    struct watch *watch = user;

    watch->told++;
    if (account == 0 || account == SIM_NONE)
        watch->reachable = sim_is_reachable(watch->sim, 0);
}

static void watch_over(struct watch *watch, struct sim *sim) {
    *watch = (struct watch){.sim = sim};
    sim_observe(sim, &(struct sim_observer){.user = watch, .reach = on_reach});
}

/* Lets the time pass in small steps, in each of which what was told last must be true. */
static void run_watched_for(struct watch *watch, hf_time span) {
    hf_time until = sim_now(watch->sim) + span;

    while (sim_step(watch->sim, until))
        assert_int_equal(watch->reachable, sim_is_reachable(watch->sim, 0));
    assert_int_equal(watch->reachable, sim_is_reachable(watch->sim, 0));
}

static void test_account__is_reached_where_it_is_bound(void **state) {
    struct sim *sim = town_create(1, 2);
    struct watch watch;

    (void)state;
    watch_over(&watch, sim);
    uint32_t account = town_add_account(sim, town_add_process(sim, false, false), NULL);

    assert_false(sim_is_reachable(sim, account));
    run_watched_for(&watch, HF_SECOND);
    assert_true(sim_reaches(sim, account, 0));
    assert_false(sim_reaches(sim, account, 1));
    assert_true(watch.reachable);
    sim_free(sim);
}

static void test_renewals__are_not_told(void **state) {
    struct sim *sim = town_create(1, 1);
    struct watch watch;

    (void)state;
    watch_over(&watch, sim);
    town_add_account(sim, town_add_process(sim, false, false), "expires=600", NULL);
    run_watched_for(&watch, HF_SECOND);
    watch.told = 0;
    run_watched_for(&watch, 86400 * HF_SECOND);
    assert_int_equal(watch.told, 0);
    sim_free(sim);
}

static void test_server__that_does_not_work_reaches_nobody(void **state) {
    static const enum sim_fault_kind kinds[] = {SIM_SERVER_STOP, SIM_SERVER_OFF, SIM_SERVER_FREEZE};

    (void)state;
    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct sim *sim = town_create(1, 1);
        struct watch watch;

        watch_over(&watch, sim);
        town_add_account(sim, town_add_process(sim, false, false), NULL);
        run_watched_for(&watch, HF_SECOND);
        town_apply(sim, kinds[i], 0);
        assert_false(watch.reachable);
        run_watched_for(&watch, HF_SECOND);
        town_apply(sim, SIM_SERVER_START, 0);
        assert_true(watch.reachable);
        sim_free(sim);
    }
}

static void test_server__that_refuses_everything_reaches_nobody(void **state) {
    struct sim *sim = town_create(1, 1);
    struct sim_fault fault = {.kind = SIM_SERVER_FAULT,
                              .registrar = {.kind = REGISTRAR_ANSWERS, .status = 503}};
    struct watch watch;

    (void)state;
    watch_over(&watch, sim);
    town_add_account(sim, town_add_process(sim, false, false), NULL);
    run_watched_for(&watch, HF_SECOND);
    assert_int_equal(sim_apply(sim, &fault), 0);
    assert_false(watch.reachable);
    fault.registrar.method = (struct hf_slice){"REGISTER", 8};
    assert_int_equal(sim_apply(sim, &fault), 0);
    assert_true(watch.reachable);
    sim_free(sim);
}

static void test_binding__lost_or_expired_reaches_nobody(void **state) {
    struct sim *sim = town_create(1, 1);
    const struct sim_fault forget = {.kind = SIM_SERVER_START, .forget = true};
    struct sim_fault cut = {.kind = SIM_LINK, .server = SIM_NONE, .process = SIM_NONE};
    struct watch watch;

    (void)state;
    watch_over(&watch, sim);
    town_add_account(sim, town_add_process(sim, false, false), "expires=600", NULL);
    run_watched_for(&watch, HF_SECOND);
    assert_int_equal(sim_apply(sim, &forget), 0);
    assert_false(watch.reachable);
    run_watched_for(&watch, 600 * HF_SECOND);
    assert_true(watch.reachable);
    cut.link.down = true;
    assert_int_equal(sim_apply(sim, &cut), 0);
    assert_false(watch.reachable);
    run_watched_for(&watch, 1200 * HF_SECOND); /* the binding ends meanwhile */
    cut.link.down = false;
    assert_int_equal(sim_apply(sim, &cut), 0);
    assert_false(watch.reachable);
    run_watched_for(&watch, 1200 * HF_SECOND);
    assert_true(watch.reachable);
    sim_free(sim);
}

static void test_process__that_is_gone_is_not_reached(void **state) {
    struct sim *sim = town_create(1, 1);
    struct watch watch;

    (void)state;
    watch_over(&watch, sim);
    town_add_account(sim, town_add_process(sim, false, false), "local_port=5070", NULL);
    run_watched_for(&watch, HF_SECOND);
    assert_true(watch.reachable);
    town_apply(sim, SIM_PROCESS_KILL, 0);
    assert_false(watch.reachable);
    town_apply(sim, SIM_PROCESS_START, 0);
    run_watched_for(&watch, HF_SECOND);
    assert_true(watch.reachable);
    sim_free(sim);
}

static void test_nat__that_forgets_cuts_calls_off(void **state) {
    struct sim *sim = town_create(1, 1);
    const struct sim_fault timeout = {.kind = SIM_NAT_TIMEOUT, .span = 30 * HF_SECOND};
    struct watch watch;

    (void)state;
    watch_over(&watch, sim);
    town_add_account(sim, town_add_process(sim, true, false), "local_port=5070", "expires=600",
                     NULL);
    run_watched_for(&watch, 10 * HF_SECOND);
    assert_true(watch.reachable);
    town_apply(sim, SIM_NAT_REBIND, 0);
    assert_false(watch.reachable);
    run_watched_for(&watch, 600 * HF_SECOND); /* the refresh comes from another port */
    assert_true(watch.reachable);
    assert_int_equal(sim_apply(sim, &timeout), 0);
    run_watched_for(&watch, 31 * HF_SECOND);
    assert_false(watch.reachable);
    sim_free(sim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account__is_reached_where_it_is_bound),
        cmocka_unit_test(test_renewals__are_not_told),
        cmocka_unit_test(test_server__that_does_not_work_reaches_nobody),
        cmocka_unit_test(test_server__that_refuses_everything_reaches_nobody),
        cmocka_unit_test(test_binding__lost_or_expired_reaches_nobody),
        cmocka_unit_test(test_process__that_is_gone_is_not_reached),
        cmocka_unit_test(test_nat__that_forgets_cuts_calls_off),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
