/* Stories of fleets that each server holds to a rate of its own (rate.target). */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

static struct hf_settings *phone(unsigned i, const char *first, const char *second,
                                 const char *third) {
    char user[32], password[32];

    snprintf(user, sizeof user, "user=u%u", i);
    snprintf(password, sizeof password, "password=pw-u%u", i);
    return world_settings("generic", user, password, "servers[2].address=192.0.2.2", first, second,
                          third, NULL);
}

/* Lets time pass in steps; in no second does one server see more than `rate` REGISTERs. */
static void run_watched(unsigned seconds, unsigned rate) {
    enum { STEPS = 20 };
    unsigned at_step[WORLD_SERVERS][STEPS] = {{0}};

    for (unsigned step = 0; step < seconds * STEPS; step++) {
        unsigned before[WORLD_SERVERS];

        for (unsigned s = 0; s < WORLD_SERVERS; s++)
            before[s] = w.servers[s].registers;
        w.event_count = 0;
        run_for(&w, HF_SECOND / STEPS);
        for (unsigned s = 0; s < WORLD_SERVERS; s++) {
            unsigned sum = 0;

            at_step[s][step % STEPS] = w.servers[s].registers - before[s];
            for (unsigned i = 0; i < STEPS; i++)
                sum += at_step[s][i];
            assert_in_range(sum, 0, rate);
        }
    }
}

static void add_phones(unsigned count, hf_account_id *ids, const char *first, const char *second) {
    for (unsigned i = 0; i < count; i++) {
        ids[i] = world_add(&w, phone(i, first, second, NULL));
        w.event_count = 0;
    }
}

static void expect_explained(hf_account_id account, const char *words) {
    char text[2048];

    assert_true(hf_agent_explain(w.agent, account, text, sizeof text, w.now) > 0);
    world_text_out(text, sizeof text);
    assert_non_null(strstr(text, words));
}

/* Each is challenged: the second REGISTER counts as the first one does. */
static void test_start__of_a_fleet_keeps_to_the_rate_of_the_target(void **state) {
    enum { PHONES = 1000, RATE = 50 };
    static hf_account_id ids[PHONES];

    (void)state;
    add_phones(PHONES, ids, "rate.target=50", NULL);
    assert_in_range(w.servers[0].registers, 1, 2);
    assert_int_equal(state_of(&w, ids[PHONES - 1]), HF_STATE_WAITING);
    assert_int_equal(status_of(&w, ids[PHONES - 1]).failures, 0);
    expect_explained(ids[PHONES - 1], "waits for its turn at the target among 999");
    expect_explained(ids[PHONES - 1],
                     "waits for its turn at 192.0.2.1:5060 (192.0.2.1), to register");
    run_watched(2 * PHONES / RATE - 1, RATE);
    assert_in_range(bindings_at(&w, 0), PHONES * 9 / 10, PHONES - 1);
    run_watched(3, RATE);
    assert_int_equal(bindings_at(&w, 0), PHONES);
    assert_int_equal(bindings_at(&w, 1), 0);
}

/* The primary dies in silence. What waits at its gate goes on when it is found dead; the backup
 * sees no more than its rate, and nobody whose binding can be saved loses it. */
static void test_failover__of_a_fleet_keeps_to_the_rate_of_the_backup(void **state) {
    enum { PHONES = 1000, RATE = 50 };
    static hf_account_id ids[PHONES];

    (void)state;
    add_phones(PHONES, ids, "rate.target=50", "expires=600");
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), PHONES);
    server_down(&w, 0);
    for (int s = 0; s < 600; s++) {
        run_watched(1, 2 * RATE); /* resends do not wait, others do for them */
        for (unsigned i = 0; i < PHONES; i++)
            assert_int_equal(state_of(&w, ids[i]), HF_STATE_REGISTERED);
    }
    run_watched(60, RATE);
    assert_int_equal(bindings_at(&w, 1), PHONES);
}

/* What is sent again counts: a server that answers nobody is not asked more than one that does, and
 * has not a day's work when it comes back. */
static void test_retransmissions__are_made_up_for(void **state) {
    enum { PHONES = 300, RATE = 15 };
    static hf_account_id ids[PHONES];

    (void)state;
    server_down(&w, 0);
    server_down(&w, 1);
    add_phones(PHONES, ids, "rate.target=15", "timer.f=32");
    for (int s = 0; s < 100; s++)
        run_watched(1, 2 * RATE);
    server_up(&w, 0);
    server_up(&w, 1);
    for (int s = 0; s < 90; s++)
        run_watched(1, 2 * RATE);
    assert_int_equal(bindings_at(&w, 0) + bindings_at(&w, 1), PHONES);
}

/* All at once, because all are asked to: then the backup's gate is what they wait at. */
static void test_failover__by_hand_keeps_to_the_rate_too(void **state) {
    enum { PHONES = 400, RATE = 20 };
    static hf_account_id ids[PHONES];

    (void)state;
    add_phones(PHONES, ids, "rate.target=20", "expires=600");
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), PHONES);
    server_refuses(&w, 0);
    for (unsigned i = 0; i < PHONES; i++)
        hf_agent_register(w.agent, ids[i], w.now);
    run_for(&w, 0);
    run_watched(2, RATE);
    expect_explained(ids[PHONES - 1], "waits for its turn at 192.0.2.2:5060");
    run_watched(2 * PHONES / RATE + 1, RATE);
    assert_int_equal(bindings_at(&w, 1), PHONES);
}

/* Each target has a gate of its own; without the setting there is none. */
static void test_gate__holds_up_nobody_else(void **state) {
    enum { PHONES = 100 };
    static hf_account_id ids[PHONES];

    (void)state;
    add_phones(PHONES, ids, "rate.target=1", NULL);
    hf_account_id other = world_add(&w, world_settings("generic", "servers[1].address=192.0.2.2",
                                                       "rate.target=1", "expires=300", NULL));
    hf_account_id free = world_add(&w, phone(PHONES, NULL, NULL, NULL));

    run_for(&w, 2 * HF_SECOND);
    expect_registered_at(&w, other, 1);
    expect_registered_at(&w, free, 0);
    assert_in_range(bindings_at(&w, 0), 1, 3);
}

/* Who waits may change its mind. */
static void test_waiting__can_be_given_up(void **state) {
    enum { PHONES = 20 };
    static hf_account_id ids[PHONES];

    (void)state;
    add_phones(PHONES, ids, "rate.target=1", NULL);
    for (unsigned i = 5; i < PHONES; i++)
        hf_agent_unregister(w.agent, ids[i], w.now);
    run_for(&w, 0);
    assert_int_equal(state_of(&w, ids[PHONES - 1]), HF_STATE_UNREGISTERED);
    hf_agent_remove_account(w.agent, ids[0], w.now);
    run_for(&w, 20 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 4);
}

static void restore_some(const struct hf_remembered *before, unsigned from, unsigned to) {
    for (unsigned i = from; i < to; i++)
        (void)world_restore(&w, phone(i, "rate.target=10", "expires=120", NULL), &before[i]);
}

/* After a power cut: bindings that end soon first, then those that end later, then whoever has
 * none. Nobody whose binding can be saved loses it. */
static void test_turns__go_to_those_whose_binding_ends_first(void **state) {
    enum { PHONES = 200, SOON = 100 };
    static struct hf_remembered before[PHONES];
    hf_account_id unbound[20];

    (void)state;
    for (unsigned i = 0; i < PHONES; i++) {
        hf_account_id a = world_add(&w, phone(i, "rate.target=0", "expires=120", NULL));

        if (i == SOON - 1)
            run_for(&w, 30 * HF_SECOND);
        before[i] = world_remember(&w, a);
    }
    run_for(&w, 20 * HF_SECOND); /* left: 70 s of the first, 100 s of the others */
    world_restart(&w);
    for (unsigned i = 0; i < 20; i++)
        unbound[i] = world_add(&w, phone(PHONES + i, "rate.target=10", "expires=120", NULL));
    restore_some(before, SOON, PHONES);
    restore_some(before, 0, SOON);
    for (int s = 0; s < 30; s++) {
        run_for(&w, HF_SECOND);
        assert_true(bindings_at(&w, 0) >= PHONES);
        if (s == 15) /* one of the unbound has begun before the others came */
            assert_int_equal(state_of(&w, unbound[19]), HF_STATE_WAITING);
    }
    assert_int_equal(state_of(&w, unbound[19]), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), PHONES + 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_start__of_a_fleet_keeps_to_the_rate_of_the_target),
        STORY(test_failover__of_a_fleet_keeps_to_the_rate_of_the_backup),
        STORY(test_retransmissions__are_made_up_for),
        STORY(test_failover__by_hand_keeps_to_the_rate_too),
        STORY(test_gate__holds_up_nobody_else),
        STORY(test_waiting__can_be_given_up),
        STORY(test_turns__go_to_those_whose_binding_ends_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
