/* Stories of targets that are known to be dead: whom they are spared, and when they are tried. */
#include <stdio.h>

#include "base/slice.h"
#include "story_test.h"

/* One more account, of a family, with two servers. */
static hf_account_id add(const char *family, const char *more) {
    static unsigned number;
    char user[24], password[24];

    snprintf(user, sizeof user, "user=u%u", ++number);
    snprintf(password, sizeof password, "password=pw-u%u", number);
    return world_add(&w,
                     world_settings(family, user, password, "servers[2].address=192.0.2.2",
                                    "expires=600", "retry=30", "retry_counts=3",
                                    "fallback.failback=stay", "redundancy=successive", more, NULL));
}

static void let_the_first_one_find_out(const char *family) {
    server_down(&w, 0);
    hf_account_id first = add(family, NULL);

    run_for(&w, 8 * HF_SECOND);
    expect_registered_at(&w, first, 1);
    assert_int_equal(w.servers[0].received, 4);
}

static void test_shared_health__spares_the_others_a_dead_server(void **state) {
    (void)state;
    let_the_first_one_find_out("generic");
    for (unsigned i = 0; i < 20; i++)
        expect_registered_at(&w, add("generic", NULL), 1); /* at once */
    assert_int_equal(w.servers[0].received, 4);
}

static void test_shared_health__after_a_rest_one_account_tries_for_all(void **state) {
    (void)state;
    let_the_first_one_find_out("generic");
    run_for(&w, 31 * HF_SECOND);
    for (unsigned i = 0; i < 20; i++)
        add("generic", NULL);
    run_for(&w, 8 * HF_SECOND);
    assert_int_equal(w.servers[0].received, 8); /* four more, of one of them */
    assert_int_equal(bindings_at(&w, 1), 21);
}

static void test_shared_health__who_answers_again_serves_everybody(void **state) {
    (void)state;
    let_the_first_one_find_out("generic");
    server_up(&w, 0);
    expect_registered_at(&w, add("generic", NULL), 1); /* nobody knows it yet */
    run_for(&w, 31 * HF_SECOND);
    for (unsigned i = 0; i < 20; i++)
        add("generic", NULL);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 20); /* the one who tried, and all after it */
}

/* What is passed over is not bothered with the removal of a binding either. */
static void test_shared_health__spares_a_dead_server_the_removals(void **state) {
    (void)state;
    for (unsigned i = 0; i < 20; i++)
        expect_registered_at(&w, add("generic", NULL), 0);
    assert_int_equal(bindings_at(&w, 0), 20);
    run_for(&w, HF_SECOND);
    unsigned before = w.servers[0].received;

    server_down(&w, 0);
    run_for(&w, 900 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), 20);
    /* Renewals fall within a minute: a few begin before the first has failed, one in each rest. */
    assert_in_range(w.servers[0].received - before, 4, 60);
}

static void test_phones__find_out_each_for_itself(void **state) {
    (void)state;
    let_the_first_one_find_out("yealink");
    hf_account_id second = add("yealink", NULL);

    run_for(&w, 8 * HF_SECOND);
    expect_registered_at(&w, second, 1);
    assert_int_equal(w.servers[0].received, 8);
}

static void test_dead_servers__are_all_tried_when_none_is_alive(void **state) {
    (void)state;
    server_down(&w, 0);
    server_down(&w, 1);
    hf_account_id a = add("generic", NULL);

    run_for(&w, 41 * HF_SECOND); /* 7.5 s, 32 s, and both have failed */
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    server_up(&w, 1);
    hf_account_id b = add("generic", NULL);

    run_for(&w, HF_SECOND);
    assert_int_equal(status_of(&w, b).target.ip[3], 1); /* it has to begin with one of them */
    run_for(&w, 40 * HF_SECOND);
    expect_registered_at(&w, b, 1);
}

/* Away from a dead first server, one after the other, with shared health and a way home that is
 * long. */
static void add_away(const char *failback, hf_account_id *accounts, unsigned count) {
    server_down(&w, 0);
    for (unsigned i = 0; i < count; i++) {
        char user[24], password[24];

        snprintf(user, sizeof user, "user=away%u", i);
        snprintf(password, sizeof password, "password=pw-away%u", i);
        accounts[i] =
            world_add(&w, world_settings("generic", user, password, "servers[2].address=192.0.2.2",
                                         "expires=7200", "retry_counts=3", failback,
                                         "fallback.timeout=600", NULL));
        run_for(&w, (i == 0 ? 8000 : 1000) * HF_MILLISECOND);
        expect_registered_at(&w, accounts[i], 1);
    }
}

/* The first one's probe, sent when it was still dead, is no answer for the second one, whose own
 * comes a moment after. */
static void
test_shared_health__a_probe_that_is_passed_over_goes_when_the_rest_has_ended(void **state) {
    hf_account_id a[2];

    (void)state;
    add_away("fallback.failback=probe", a, 2);
    run_for(&w, 602 * HF_SECOND); /* the first one asks, the second one waits for it */
    server_up(&w, 0);
    run_for(&w, 45 * HF_SECOND);
    expect_registered_at(&w, a[1], 0);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a[0], 0);
}

/* What one of them finds alive, the others who waited for that go to as well. */
static void test_shared_health__ways_home_that_fall_due_during_a_trial_follow_it(void **state) {
    const struct sim_fault slow = {.kind = SIM_SERVER_DELAY, .span = 3 * HF_SECOND};
    hf_account_id a[4];

    (void)state;
    add_away("fallback.failback=duration", a, 4);
    server_up(&w, 0);
    assert_int_equal(sim_apply(w.sim, &slow), 0);
    run_for(&w, 620 * HF_SECOND);
    for (unsigned i = 0; i < 4; i++)
        expect_registered_at(&w, a[i], 0);
}

/* Waiting for each other's trials does not make them ask more often. */
static void test_shared_health__a_dead_server_is_asked_once_in_half_a_minute_at_most(void **state) {
    hf_account_id a[10];

    (void)state;
    add_away("fallback.failback=probe", a, 10);
    run_for(&w, 500 * HF_SECOND);
    const unsigned before = w.servers[0].received;

    run_for(&w, 1800 * HF_SECOND); /* the time of three probes of each */
    assert_in_range((w.servers[0].received - before) / 4, 6, 30);
}

static void test_retry_after__keeps_every_account_away_and_phones_only_their_own(void **state) {
    const struct registrar_fault busy = {
        .kind = REGISTRAR_ANSWERS, .status = 503, .headers = SLICE("Retry-After: 600\r\n")};

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &busy);
    expect_registered_at(&w, add("generic", NULL), 1);
    for (unsigned i = 0; i < 10; i++)
        expect_registered_at(&w, add("generic", NULL), 1);
    assert_int_equal(w.servers[0].received, 1);
    expect_registered_at(&w, add("yealink", NULL), 1);
    assert_int_equal(w.servers[0].received, 2);
    run_for(&w, 590 * HF_SECOND);
    expect_registered_at(&w, add("generic", NULL), 1);
    assert_int_equal(w.servers[0].received, 2);
    registrar_set_fault(w.servers[0].registrar, &(struct registrar_fault){0});
    run_for(&w, 20 * HF_SECOND);
    expect_registered_at(&w, add("generic", NULL), 0);
}

/* Where the only server asked to be left alone nobody goes there before that time has passed. */
static void test_retry_after__of_the_only_server_is_waited_for_by_all(void **state) {
    const struct registrar_fault busy = {.kind = REGISTRAR_ANSWERS,
                                         .count = 1,
                                         .status = 503,
                                         .headers = SLICE("Retry-After: 300\r\n")};
    hf_account_id a, b;

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &busy);
    a = world_add(&w, world_settings("generic", "retry=30", NULL));
    run_for(&w, 10 * HF_SECOND);
    b = world_add(&w, world_settings("generic", "retry=30", "user=bob", "password=pw-bob", NULL));
    assert_int_equal(state_of(&w, b), HF_STATE_WAITING);
    assert_true(status_of(&w, b).next_attempt_at == status_of(&w, a).next_attempt_at);
    run_for(&w, 289 * HF_SECOND);
    assert_int_equal(w.servers[0].received, 1);
    run_for(&w, 2 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    expect_registered_at(&w, b, 0);
}

/* Whoever asks for nothing may be there again at any time: a server whose name is not found is one
 * of them. */
static void
test_retry_after__of_one_server_is_not_waited_for_where_a_name_was_not_found(void **state) {
    const struct registrar_fault busy = {.kind = REGISTRAR_ANSWERS,
                                         .count = 1,
                                         .status = 503,
                                         .headers = SLICE("Retry-After: 3000\r\n")};
    hf_account_id a;

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &busy);
    a = world_add(&w, world_settings("generic", "retry=30", "servers[2].address=nowhere", NULL));
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_in_range(status_of(&w, a).next_attempt_at - w.now, 1, 30 * HF_SECOND);
}

/* It counts from the answer, not from the end of the attempt. */
static void test_retry_after__counts_from_the_answer(void **state) {
    const struct registrar_fault busy = {
        .kind = REGISTRAR_ANSWERS, .status = 503, .headers = SLICE("Retry-After: 300\r\n")};
    const struct registrar_fault later = {
        .kind = REGISTRAR_ANSWERS, .status = 503, .headers = SLICE("Retry-After: 3000\r\n")};
    const struct sim_fault slow = {.kind = SIM_SERVER_DELAY, .server = 1, .span = 10 * HF_SECOND};
    hf_account_id a;

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &busy);
    registrar_set_fault(w.servers[1].registrar, &later);
    assert_int_equal(sim_apply(w.sim, &slow), 0);
    const hf_time answered_at = w.now;

    a = add("generic", "failback=stay");
    run_for(&w, 11 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_in_range(status_of(&w, a).next_attempt_at - answered_at, 300 * HF_SECOND,
                    300 * HF_SECOND + HF_MILLISECOND);
}

static void test_lost_packets__of_one_account_do_not_condemn_a_server_that_serves(void **state) {
    const struct registrar_fault silent = {.kind = REGISTRAR_SILENT, .count = 4};

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &silent);
    hf_account_id unlucky = add("generic", NULL);

    run_for(&w, 7 * HF_SECOND); /* all four are gone; the answer to the next one comes */
    expect_registered_at(&w, add("generic", NULL), 0);
    run_for(&w, HF_SECOND);
    expect_registered_at(&w, unlucky, 1);
    expect_registered_at(&w, add("generic", NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_shared_health__spares_the_others_a_dead_server),
        STORY(test_shared_health__after_a_rest_one_account_tries_for_all),
        STORY(test_shared_health__who_answers_again_serves_everybody),
        STORY(test_shared_health__spares_a_dead_server_the_removals),
        STORY(test_phones__find_out_each_for_itself),
        STORY(test_dead_servers__are_all_tried_when_none_is_alive),
        STORY(test_shared_health__a_probe_that_is_passed_over_goes_when_the_rest_has_ended),
        STORY(test_shared_health__ways_home_that_fall_due_during_a_trial_follow_it),
        STORY(test_shared_health__a_dead_server_is_asked_once_in_half_a_minute_at_most),
        STORY(test_retry_after__keeps_every_account_away_and_phones_only_their_own),
        STORY(test_retry_after__of_the_only_server_is_waited_for_by_all),
        STORY(test_retry_after__of_one_server_is_not_waited_for_where_a_name_was_not_found),
        STORY(test_retry_after__counts_from_the_answer),
        STORY(test_lost_packets__of_one_account_do_not_condemn_a_server_that_serves),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
