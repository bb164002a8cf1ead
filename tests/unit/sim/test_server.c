/* Servers that refuse, freeze, are slow, have too much to do, forget, and change their mind. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/slice.h"
#include "town.h"

static void apply(struct sim *sim, struct sim_fault fault) {
    assert_int_equal(sim_apply(sim, &fault), 0);
}

static struct sim_server_counters counters_of(const struct sim *sim, uint32_t server) {
    struct sim_server_counters counters;

    sim_server_count_packets(sim, server, &counters);
    return counters;
}

static unsigned challenges_at(const struct sim *sim, uint32_t server) {
    struct registrar_counters counters;

    registrar_count(sim_registrar(sim, server), &counters);
    return (unsigned)counters.challenges;
}

static void test_stopped_server__is_left_at_once_a_silent_one_after_a_while(void **state) {
    static const enum sim_fault_kind kinds[] = {SIM_SERVER_STOP, SIM_SERVER_OFF};

    (void)state;
    for (int nat = 0; nat < 2; nat++) {
        for (unsigned i = 0; i < 2; i++) {
            struct sim *sim = town_create(1, 2);
            uint32_t process = town_add_process(sim, nat, false);

            apply(sim, (struct sim_fault){.kind = kinds[i]});
            uint32_t account = town_add_account(sim, process, NULL);

            town_run_for(sim, HF_SECOND);
            assert_int_equal(sim_reaches(sim, account, 1), kinds[i] == SIM_SERVER_STOP);
            town_run_for(sim, 32 * HF_SECOND);
            assert_true(sim_reaches(sim, account, 1));
            sim_free(sim);
        }
    }
}

static void test_frozen_server__goes_on_with_what_waits(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, false);

    (void)state;
    town_apply(sim, SIM_SERVER_FREEZE, 0);
    uint32_t account = town_add_account(sim, process, NULL);

    town_run_for(sim, 10 * HF_SECOND);
    assert_true(counters_of(sim, 0).received > 1);
    assert_int_equal(challenges_at(sim, 0), 0);
    town_apply(sim, SIM_SERVER_START, 0);
    town_run_for(sim, 0); /* no resend is due: the answer is to what was received before */
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    sim_free(sim);
}

static void test_frozen_server__that_is_stopped_has_lost_what_waited(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, false);

    (void)state;
    town_apply(sim, SIM_SERVER_FREEZE, 0);
    town_add_account(sim, process, NULL);
    town_run_for(sim, 10 * HF_SECOND);
    town_apply(sim, SIM_SERVER_OFF, 0);
    town_apply(sim, SIM_SERVER_START, 0);
    town_run_for(sim, 0);
    assert_int_equal(challenges_at(sim, 0), 0);
    sim_free(sim);
}

static void test_slow_server__answers_late_and_not_any_more_after_its_end(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t process = town_add_process(sim, false, false);

    (void)state;
    apply(sim, (struct sim_fault){.kind = SIM_SERVER_DELAY, .span = 300 * HF_MILLISECOND});
    uint32_t account = town_add_account(sim, process, "expires=600", NULL);

    town_run_for(sim, 599 * HF_MILLISECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERING);
    town_run_for(sim, HF_MILLISECOND); /* the challenge, and the answer */
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    assert_int_equal(sim_remove_account(sim, account), 0);
    account = town_add_account(sim, process, NULL);
    town_run_for(sim, 100 * HF_MILLISECOND);
    town_apply(sim, SIM_SERVER_OFF, 0);
    town_run_for(sim, HF_SECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERING);
    sim_free(sim);
}

static void test_rate__is_kept_and_more_than_the_queue_holds_is_lost(void **state) {
    const struct sim_options options = {.seed = 1};
    struct sim_server_options server = {.name = "small",
                                        .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}},
                                        .rate = 10,
                                        .queue_max = 5};
    struct registrar_counters worked;
    struct sim *sim;
    uint32_t index;

    (void)state;
    assert_int_equal(sim_create(&options, &sim), 0);
    registrar_options_init(&server.registrar);
    assert_int_equal(sim_add_server(sim, &server, &index), 0);
    uint32_t process = town_add_process(sim, false, false);

    for (int i = 0; i < 20; i++)
        town_add_account(sim, process, NULL);
    town_run_for(sim, 0);
    registrar_count(sim_registrar(sim, 0), &worked);
    assert_int_equal(worked.requests, 1);
    assert_int_equal(counters_of(sim, 0).received, 21); /* one is answered, and answers */
    assert_int_equal(counters_of(sim, 0).overflowed, 15);
    for (int tenth = 1; tenth <= 20; tenth++) {
        town_run_for(sim, HF_SECOND / 10);
        registrar_count(sim_registrar(sim, 0), &worked);
        assert_true(worked.requests <= 1 + (unsigned)tenth);
    }
    apply(sim, (struct sim_fault){.kind = SIM_SERVER_RATE});
    town_run_for(sim, 120 * HF_SECOND);
    assert_int_equal(town_bindings(sim, 0), 20);
    sim_free(sim);
}

static void test_restart__with_its_store_keeps_bindings_and_without_loses_them(void **state) {
    struct sim *sim = town_create(1, 1);

    (void)state;
    town_add_account(sim, town_add_process(sim, false, false), NULL);
    town_run_for(sim, HF_SECOND);
    town_apply(sim, SIM_SERVER_STOP, 0);
    town_apply(sim, SIM_SERVER_START, 0);
    assert_int_equal(town_bindings(sim, 0), 1);
    apply(sim, (struct sim_fault){.kind = SIM_SERVER_START, .forget = true});
    assert_int_equal(town_bindings(sim, 0), 0);
    sim_free(sim);
}

static void test_nonces__made_stale_and_another_realm_are_answered_anew(void **state) {
    static const struct sim_fault faults[] = {
        {.kind = SIM_SERVER_NONCES},
        {.kind = SIM_SERVER_REALM, .name = {"elsewhere", 9}},
    };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct sim *sim = town_create(1, 1);
        uint32_t account = town_add_account(sim, town_add_process(sim, false, false), NULL);

        town_run_for(sim, HF_SECOND);
        assert_int_equal(challenges_at(sim, 0), 1);
        apply(sim, faults[i]);
        hf_agent_register(sim_agent(sim, 0), sim_account_id(sim, account), sim_now(sim));
        sim_attend(sim, 0);
        town_run_for(sim, HF_SECOND);
        assert_int_equal(challenges_at(sim, 0), 2);
        assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
        sim_free(sim);
    }
}

static void test_limits_and_faults__of_the_registrar_are_passed_on(void **state) {
    struct sim *sim = town_create(1, 1);
    struct hf_account_status status;

    (void)state;
    apply(sim, (struct sim_fault){.kind = SIM_SERVER_LIMITS, .number = 120, .number_max = 240});
    uint32_t account = town_add_account(sim, town_add_process(sim, false, false), NULL);

    town_run_for(sim, 0);
    assert_int_equal(sim_account_status(sim, account, &status), 0);
    assert_true(status.binding_expires_at == sim_now(sim) + 240 * HF_SECOND);
    apply(sim, (struct sim_fault){.kind = SIM_SERVER_FAULT,
                                  .registrar = {.kind = REGISTRAR_ANSWERS, .status = 403}});
    town_run_for(sim, 240 * HF_SECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REJECTED);
    sim_free(sim);
}

static bool answer_teapot(void *user, const struct sim_packet *request, struct outbox *outbox) {
    unsigned *asked = user;

    assert_int_equal(request->server, 0);
    assert_true(request->bytes.len > 8);
    outbox_send(outbox, 1, &request->from, SLICE("neither SIP nor anything"));
    return ++*asked <= 2;
}

static void test_answer__of_somebody_else_takes_the_registrars_place(void **state) {
    struct sim *sim = town_create(1, 1);
    unsigned asked = 0;

    (void)state;
    sim_answer_instead(sim, 0, answer_teapot, &asked);
    uint32_t account = town_add_account(sim, town_add_process(sim, false, false), NULL);

    town_run_for(sim, HF_SECOND);
    assert_int_equal(asked, 2);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERING);
    town_run_for(sim, HF_SECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    sim_free(sim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stopped_server__is_left_at_once_a_silent_one_after_a_while),
        cmocka_unit_test(test_frozen_server__goes_on_with_what_waits),
        cmocka_unit_test(test_frozen_server__that_is_stopped_has_lost_what_waited),
        cmocka_unit_test(test_slow_server__answers_late_and_not_any_more_after_its_end),
        cmocka_unit_test(test_rate__is_kept_and_more_than_the_queue_holds_is_lost),
        cmocka_unit_test(test_restart__with_its_store_keeps_bindings_and_without_loses_them),
        cmocka_unit_test(test_nonces__made_stale_and_another_realm_are_answered_anew),
        cmocka_unit_test(test_limits_and_faults__of_the_registrar_are_passed_on),
        cmocka_unit_test(test_answer__of_somebody_else_takes_the_registrars_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
