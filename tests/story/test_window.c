/* Stories of programs with many accounts and no limit set: no more REGISTERs are under way to a
 * server than it bears (rate.window). */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

enum { PHONES = 1000, CROWD = 3000, WINDOW = 64 };

static hf_account_id ids[CROWD];

static void add(unsigned count, const char *first, const char *second, const char *third) {
    for (unsigned i = 0; i < count; i++) {
        char user[32], password[32];

        snprintf(user, sizeof user, "user=u%u", i);
        snprintf(password, sizeof password, "password=pw-u%u", i);
        ids[i] =
            world_add(&w, world_settings("generic", user, password, first, second, third, NULL));
        w.event_count = 0;
    }
}

static void add_phones(const char *first, const char *second, const char *third) {
    add(PHONES, first, second, third);
}

static void expect_explained(hf_account_id account, const char *words) {
    char text[2048];

    assert_true(hf_agent_explain(w.agent, account, text, sizeof text, w.now) > 0);
    world_text_out(text, sizeof text);
    assert_non_null(strstr(text, words));
}

/* Nobody knows yet that it is dead. Those who wait are let go in waves, each at least twice the
 * former. */
static void test_silent_server__is_asked_in_waves(void **state) {
    (void)state;
    server_down(&w, 0);
    add_phones("timer.f=32", NULL, NULL);
    assert_in_range(w.servers[0].received, 0, WINDOW);
    assert_int_equal(state_of(&w, ids[PHONES - 1]), HF_STATE_WAITING);
    expect_explained(ids[PHONES - 1], "waits for its turn at ");
    assert_int_equal(state_of(&w, ids[WINDOW - 1]), HF_STATE_REGISTERING);
    assert_int_equal(state_of(&w, ids[WINDOW]), HF_STATE_WAITING);
    for (unsigned asking = WINDOW; asking < PHONES; asking *= 2) {
        assert_int_equal(state_of(&w, ids[asking - 1]), HF_STATE_REGISTERING);
        run_for(&w, HF_SECOND / 2);
    }
    assert_int_equal(state_of(&w, ids[PHONES - 1]), HF_STATE_REGISTERING);
    server_up(&w, 0);
    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), PHONES);
}

/* Phones that share nothing: each finds out for itself, and the window holds none of them up for
 * more than a few seconds. */
static void test_dead_server__holds_nobody_up_for_long(void **state) {
    (void)state;
    server_down(&w, 0);
    add_phones("servers[2].address=192.0.2.2", "health=per-account", "timer.f=4");
    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), PHONES);
}

/* With shared health those who wait go on as soon as it is known. */
static void test_dead_server__is_not_asked_by_those_who_wait(void **state) {
    (void)state;
    server_refuses(&w, 0);
    add_phones("servers[2].address=192.0.2.2", NULL, NULL);
    run_for(&w, 2 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), PHONES);
    assert_in_range(w.servers[0].registers, 0, WINDOW);
}

static void test_window__of_zero_holds_nobody_up(void **state) {
    (void)state;
    server_down(&w, 0);
    add_phones("rate.window=0", "timer.f=32", NULL);
    assert_int_equal(state_of(&w, ids[PHONES - 1]), HF_STATE_REGISTERING);
}

/* One after the other, challenge and all; a rate is kept to as well. */
static void test_window__of_one_with_a_rate(void **state) {
    (void)state;
    add_phones("rate.window=1", "rate.target=200", NULL);
    run_for(&w, 5 * HF_SECOND);
    assert_in_range(bindings_at(&w, 0), 200, 500);
    run_for(&w, 7 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), PHONES);
}

/* Whoever goes away while it is under way, or while it waits, leaves its place to another. */
static void test_place__of_an_account_that_is_removed_is_free(void **state) {
    (void)state;
    server_down(&w, 0);
    add_phones("rate.window=2", "timer.f=32", NULL);
    for (unsigned i = 0; i < PHONES; i += 2)
        hf_agent_remove_account(w.agent, ids[i], w.now);
    for (unsigned i = 1; i < PHONES; i += 4)
        hf_agent_unregister(w.agent, ids[i], w.now);
    run_for(&w, 2 * HF_SECOND);
    server_up(&w, 0);
    run_for(&w, 20 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), PHONES / 4);
}

static unsigned attempts(void) {
    struct hf_agent_counters counters;

    hf_agent_count(w.agent, &counters);
    return (unsigned)counters.attempts;
}

/* Settings that are read again hold for some before they hold for all: whoever has no window waits
 * for the rate alone, at a gate whose window is full. */
static void test_window__of_some_at_a_gate_is_not_that_of_others(void **state) {
    (void)state;
    server_down(&w, 0);
    for (unsigned i = 0; i < 4; i++)
        ids[i] = world_add(&w, world_settings("generic", i == 0 ? "rate.window=1" : "rate.window=0",
                                              "rate.target=1", "timer.f=32", NULL));
    run_for(&w, 3 * HF_SECOND);
    server_up(&w, 0);
    run_for(&w, 20 * HF_SECOND);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(state_of(&w, ids[i]), HF_STATE_REGISTERED);
}

/* Most of those who wait take no more memory than they have to, come to their turn none the less,
 * and can be told to go away. */
static void test_crowd__waits_without_attempts(void **state) {
    (void)state;
    server_down(&w, 0);
    add(CROWD, "rate.target=500", NULL, NULL);
    assert_in_range(attempts(), PHONES, CROWD / 2);
    assert_int_equal(state_of(&w, ids[CROWD - 1]), HF_STATE_WAITING);
    expect_explained(ids[CROWD - 1], "waits for its turn at the target among 299");
    expect_explained(ids[CROWD - 1], "REGISTER when its turn comes; waiting for theirs: ");
    hf_agent_remove_account(w.agent, ids[CROWD - 1], w.now);
    hf_agent_unregister(w.agent, ids[CROWD - 2], w.now);
    server_up(&w, 0);
    for (unsigned s = 0; s < 20; s++) {
        w.event_count = 0;
        run_for(&w, HF_SECOND);
        assert_in_range(attempts(), 0, CROWD / 2);
    }
    assert_int_equal(bindings_at(&w, 0), CROWD - 2);
}

/* It is found dead: they all go on, though not in one moment. */
static void test_crowd__at_a_dead_server_goes_elsewhere(void **state) {
    (void)state;
    server_refuses(&w, 0);
    add(CROWD, "servers[2].address=192.0.2.2", "rate.window=8", NULL);
    run_for(&w, 3 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), CROWD);
    assert_in_range(w.servers[0].registers, 0, WINDOW);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_silent_server__is_asked_in_waves),
        STORY(test_dead_server__holds_nobody_up_for_long),
        STORY(test_dead_server__is_not_asked_by_those_who_wait),
        STORY(test_window__of_zero_holds_nobody_up),
        STORY(test_window__of_one_with_a_rate),
        STORY(test_window__of_some_at_a_gate_is_not_that_of_others),
        STORY(test_crowd__waits_without_attempts),
        STORY(test_crowd__at_a_dead_server_goes_elsewhere),
        STORY(test_place__of_an_account_that_is_removed_is_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
