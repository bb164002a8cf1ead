/* Stories of fleets that share a limited rate, in virtual time. */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

static struct hf_settings *phone(unsigned i, const char *first, const char *second) {
    char user[32], password[32];

    snprintf(user, sizeof user, "user=u%u", i);
    snprintf(password, sizeof password, "password=pw-u%u", i);
    return world_settings("generic", user, password, first, second, NULL);
}

/* Lets time pass in steps; in no second are there more than `rate` REGISTERs. */
static void run_watched(unsigned seconds, unsigned rate) {
    enum { STEPS = 20 };
    unsigned at_step[STEPS] = {0};

    for (unsigned step = 0; step < seconds * STEPS; step++) {
        unsigned before = w.servers[0].registers;

        w.event_count = 0;
        run_for(&w, HF_SECOND / STEPS);
        at_step[step % STEPS] = w.servers[0].registers - before;

        unsigned sum = 0;

        for (unsigned i = 0; i < STEPS; i++)
            sum += at_step[i];
        assert_in_range(sum, 0, rate);
    }
}

static void test_start__of_a_fleet_keeps_to_the_rate(void **state) {
    enum { PHONES = 2000, RATE = 100 };
    hf_account_id last = 0;
    char text[2048];

    (void)state;
    for (unsigned i = 0; i < PHONES; i++) {
        last = world_add(&w, phone(i, "rate.agent=100", "expires=3600"));
        w.event_count = 0;
    }
    assert_in_range(w.servers[0].registers, 1, 4);
    assert_int_equal(state_of(&w, last), HF_STATE_WAITING);
    assert_int_equal(status_of(&w, last).failures, 0);
    assert_true(hf_agent_explain(w.agent, last, text, sizeof text, w.now) > 0);
    assert_non_null(strstr(text, "waits for its turn among 199"));
    assert_non_null(strstr(text, "next: REGISTER when its turn comes; waiting for theirs: 199"));
    run_watched(2 * PHONES / RATE, RATE); /* each is challenged: two REGISTERs */
    assert_in_range(bindings_at(&w, 0), PHONES * 94 / 100, PHONES);
    run_watched(3, RATE);
    assert_int_equal(bindings_at(&w, 0), PHONES);
    assert_int_equal(state_of(&w, last), HF_STATE_REGISTERED);
}

/* All notice at about the same time that their server answers no keep-alive. */
static void test_lost_keep_alives__of_a_fleet_keep_to_the_rate(void **state) {
    enum { PHONES = 300, RATE = 5 };

    (void)state;
    for (unsigned i = 0; i < PHONES; i++) {
        char user[32], password[32];

        snprintf(user, sizeof user, "user=u%u", i);
        snprintf(password, sizeof password, "password=pw-u%u", i);
        world_add(&w, world_settings("generic", user, password, "rate.agent=5", "expires=3600",
                                     "servers[2].address=192.0.2.2", "keep_alive.method=options",
                                     "keep_alive.interval=30", "health=per-account", NULL));
    }
    run_for(&w, 140 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), PHONES);
    server_refuses(&w, 0);
    run_watched(240, RATE);
    w.event_count = 0;
    assert_int_equal(bindings_at(&w, 1), PHONES);
}

/* Refreshes of a fleet that marches in step are pulled apart, and none comes too late. */
static void test_refreshes__keep_to_the_rate_and_lose_no_binding(void **state) {
    enum { PHONES = 300, RATE = 20 };

    (void)state;
    for (unsigned i = 0; i < PHONES; i++) {
        hf_account_id a = world_add(&w, phone(i, "rate.agent=20", "reregister_before=60"));

        hf_agent_register(w.agent, a, w.now);
        run_for(&w, 0);
        w.event_count = 0;
    }
    run_for(&w, 120 * HF_SECOND); /* they were registered at once, and that is made up for */
    assert_int_equal(bindings_at(&w, 0), PHONES);
    run_for(&w, 3400 * HF_SECOND);
    for (int s = 0; s < 120; s++) {
        run_watched(1, RATE);
        assert_int_equal(bindings_at(&w, 0), PHONES);
    }
}

static void restore_some(const struct hf_remembered *before, unsigned from, unsigned to) {
    for (unsigned i = from; i < to; i++)
        (void)world_restore(&w, phone(i, "rate.agent=10", "expires=120"), &before[i]);
}

/* After a power cut: bindings that end soon first, then those that end later, then whoever has
 * none. Nobody whose binding can be saved loses it. */
static void test_turns__go_to_those_whose_binding_ends_first(void **state) {
    enum { PHONES = 200, SOON = 100 };
    static struct hf_remembered before[PHONES];
    hf_account_id unbound[20];

    (void)state;
    for (unsigned i = 0; i < PHONES; i++) {
        hf_account_id a = world_add(&w, phone(i, "rate.agent=0", "expires=120"));

        if (i == SOON - 1)
            run_for(&w, 30 * HF_SECOND);
        before[i] = world_remember(&w, a);
    }
    run_for(&w, 20 * HF_SECOND); /* left: 70 s of the first, 100 s of the others */
    assert_int_equal(bindings_at(&w, 0), PHONES);
    world_restart(&w);
    for (unsigned i = 0; i < 20; i++)
        unbound[i] = world_add(&w, phone(PHONES + i, "rate.agent=10", "expires=120"));
    restore_some(before, SOON, PHONES);
    restore_some(before, 0, SOON);
    for (int s = 0; s < 30; s++) {
        run_for(&w, HF_SECOND);
        assert_true(bindings_at(&w, 0) >= PHONES);
        if (s == 15) /* ten of the unbound might have begun before the others came */
            assert_int_equal(state_of(&w, unbound[19]), HF_STATE_WAITING);
    }
    assert_int_equal(state_of(&w, unbound[19]), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), PHONES + 20);
    assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 0);
}

static void test_removal__waits_for_nobody(void **state) {
    hf_account_id ids[50];

    (void)state;
    for (unsigned i = 0; i < 50; i++)
        ids[i] = world_add(&w, phone(i, "rate.agent=1", "expires=3600"));
    assert_int_equal(state_of(&w, ids[49]), HF_STATE_WAITING);
    hf_agent_register(w.agent, ids[49], w.now);
    run_for(&w, 0);
    assert_int_equal(state_of(&w, ids[49]), HF_STATE_REGISTERED);
    hf_agent_unregister(w.agent, ids[49], w.now);
    hf_agent_unregister(w.agent, ids[48], w.now);
    run_for(&w, 0);
    assert_int_equal(state_of(&w, ids[49]), HF_STATE_UNREGISTERED);
    assert_int_equal(state_of(&w, ids[48]), HF_STATE_UNREGISTERED);
    run_for(&w, 300 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 48);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_start__of_a_fleet_keeps_to_the_rate),
        STORY(test_lost_keep_alives__of_a_fleet_keep_to_the_rate),
        STORY(test_refreshes__keep_to_the_rate_and_lose_no_binding),
        STORY(test_turns__go_to_those_whose_binding_ends_first),
        STORY(test_removal__waits_for_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
