/* Stories of a second server: moving to it, staying, and coming home. */
#include <string.h>

#include "story_test.h"

/* Two servers, lifetimes of 600 s. */
static hf_account_id add(const char *failback, const char *timeout) {
    return world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2", "expires=600",
                                        "retry=30", failback, timeout, NULL));
}

static bool is_at(hf_account_id account, unsigned server) {
    struct hf_account_status status = status_of(&w, account);

    return status.state == HF_STATE_REGISTERED && status.target.ip[3] == server + 1;
}

static void test_dead_primary__is_left_after_its_retry_count(void **state) {
    hf_account_id a;

    (void)state;
    server_down(&w, 0);
    a = add("failback=stay", "retry_counts=3");
    assert_int_equal(status_of(&w, a).place, HF_PLACE_NONE);
    run_for(&w, 7499 * HF_MILLISECOND); /* 0, 0.5, 1.5, 3.5 s, and one interval more */
    assert_int_equal(w.servers[0].received, 4);
    assert_int_equal(w.servers[1].received, 0);
    run_for(&w, 2 * HF_MILLISECOND);
    assert_true(is_at(a, 1));
    assert_int_equal(status_of(&w, a).place, HF_PLACE_LESSER_SERVER);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
}

static void test_events__tell_how_long_each_target_was_asked_and_why_it_failed(void **state) {
    unsigned failed = 0;

    (void)state;
    server_down(&w, 0);
    (void)add("failback=stay", "retry_counts=3");
    run_for(&w, 7501 * HF_MILLISECOND);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
    for (unsigned i = 0; i < w.event_count; i++) {
        const struct world_event *event = &w.events[i];

        if (event->kind == HF_EVENT_REGISTRATION_FAILED) {
            assert_int_equal(event->took, 7500 * HF_MILLISECOND);
            assert_int_equal(event->cause, HF_CAUSE_TIMEOUT);
            failed++;
        } else {
            assert_int_equal(event->cause, HF_CAUSE_NONE);
            assert_true(event->took < HF_MILLISECOND);
        }
    }
    assert_int_equal(failed, 1);
}

/* Guides for phones advise to configure the same server twice: it is the last one all the same, and
 * gets the whole Timer F. */
static void test_server_configured_twice__has_the_time_of_the_last_one(void **state) {
    const struct sim_fault slow = {.kind = SIM_SERVER_DELAY, .span = 10 * HF_SECOND};
    hf_account_id a;

    (void)state;
    assert_int_equal(sim_apply(w.sim, &slow), 0);
    a = world_add(&w, world_settings("generic", "servers[2].address=192.0.2.1", "retry_counts=1",
                                     "expires=600", NULL));
    run_for(&w, 30 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_refusing_primary__is_left_at_once(void **state) {
    hf_account_id a;

    (void)state;
    server_refuses(&w, 0);
    a = add("failback=stay", "retry_counts=3");
    assert_true(is_at(a, 1));
    assert_int_equal(w.servers[0].received, 1);
}

static void test_503__is_a_failure_of_the_server_and_404_is_none(void **state) {
    const struct registrar_fault busy = {.kind = REGISTRAR_ANSWERS, .status = 503};
    const struct registrar_fault gone = {.kind = REGISTRAR_ANSWERS, .status = 404};
    hf_account_id a;

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &busy);
    a = add("failback=stay", "retry_counts=3");
    assert_true(is_at(a, 1));
    world_release(&w);
    world_init(&w);
    registrar_set_fault(w.servers[0].registrar, &gone);
    a = add("failback=stay", "retry_counts=3");
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(w.servers[1].received, 0);
}

static void test_rejection__does_not_move_on_to_the_other_server(void **state) {
    hf_account_id a;

    (void)state;
    a = add("failback=stay", "password=wrong");
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    assert_int_equal(w.servers[1].received, 0);
}

static void test_credentials__of_one_server_are_not_offered_to_the_other(void **state) {
    (void)state;
    add("failback=stay", "retry_counts=0");
    run_for(&w, 400 * HF_SECOND);
    server_refuses(&w, 0);
    unsigned before = w.servers[1].registers;

    run_for(&w, 200 * HF_SECOND);
    assert_true(w.servers[1].registers >= before + 2); /* challenged, then answered */
    assert_non_null(strstr(w.last_request, "nc=00000001"));
}

/* What is true at every second from the failover to the way home: there is a binding somewhere. */
static void run_bound_for(hf_account_id account, unsigned seconds) {
    while (seconds-- > 0) {
        run_for(&w, HF_SECOND);
        assert_int_equal(state_of(&w, account), HF_STATE_REGISTERED);
        assert_true(bindings_at(&w, 0) + bindings_at(&w, 1) >= 1);
    }
}

/* Fails over at the first refresh, heals the primary, and returns the seconds until it is home; 0
 * when it is not within `bound`. */
static unsigned seconds_to_come_home(hf_account_id a, unsigned bound) {
    run_for(&w, 400 * HF_SECOND);
    server_down(&w, 0);
    run_for(&w, 170 * HF_SECOND);
    assert_true(is_at(a, 1));
    server_up(&w, 0);
    registrar_forget_bindings(w.servers[0].registrar);
    for (unsigned s = 1; s <= bound; s++) {
        run_bound_for(a, 1);
        if (is_at(a, 0))
            return s;
    }
    return 0;
}

static void assert_home_and_tidy(void) {
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bindings_at(&w, 1), 0); /* removed after, not before, the primary accepted */
    assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 1);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

static void test_failback_by_probe__comes_home_within_a_period(void **state) {
    hf_account_id a = add("fallback.failback=probe", "fallback.timeout=60");

    (void)state;
    assert_in_range(seconds_to_come_home(a, 600), 1, 61 + 32);
    assert_home_and_tidy();
}

static void test_failback_by_registration__comes_home_at_the_renewal(void **state) {
    hf_account_id a = add("fallback.failback=registration", "retry_counts=3");

    (void)state;
    assert_in_range(seconds_to_come_home(a, 600), 300, 540);
    assert_home_and_tidy();
}

static void test_failback_by_duration__comes_home_after_it(void **state) {
    hf_account_id a =
        world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2", "expires=600",
                                     "fallback.failback=duration", "fallback.timeout=1800", NULL));

    (void)state;
    assert_in_range(seconds_to_come_home(a, 2000), 1600, 1800);
    assert_home_and_tidy();
}

static void test_stay__comes_home_only_when_the_second_server_fails(void **state) {
    hf_account_id a = add("fallback.failback=stay", "retry_counts=3");

    (void)state;
    assert_int_equal(seconds_to_come_home(a, 3000), 0);
    server_down(&w, 1);
    run_for(&w, 600 * HF_SECOND);
    assert_true(is_at(a, 0));
}

/* The backup failed: that this one is the better place does not make it a way home. */
static void test_stay__a_backup_that_fails_is_failed_over_from(void **state) {
    hf_account_id a = add("fallback.failback=stay", "retry_counts=1");

    (void)state;
    run_for(&w, 400 * HF_SECOND);
    server_refuses(&w, 0);
    run_for(&w, 200 * HF_SECOND);
    assert_true(is_at(a, 1));
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
    server_up(&w, 0);
    server_refuses(&w, 1);
    run_bound_for(a, 600);
    assert_true(is_at(a, 0));
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 2);
    assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 0);
}

static void test_failed_probe__changes_nothing_and_is_repeated(void **state) {
    hf_account_id a = add("fallback.failback=probe", "fallback.timeout=60");

    (void)state;
    server_down(&w, 0);
    hf_agent_register(w.agent, a, w.now);
    run_for(&w, 40 * HF_SECOND);
    assert_true(is_at(a, 1));
    unsigned failovers = count_events(&w, HF_EVENT_FAILOVER);

    run_bound_for(a, 3600);
    assert_true(is_at(a, 1));
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), failovers);
    assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 0);
    assert_in_range(w.servers[0].received, 300, 900); /* 11 packets a probe, about every 92 s */
}

static void test_all_dead__waits_the_retry_time_and_begins_at_the_first(void **state) {
    hf_account_id a;

    (void)state;
    server_refuses(&w, 0);
    server_refuses(&w, 1);
    a = add("failback=stay", "retry_counts=3");
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(w.servers[0].received, 1);
    assert_int_equal(w.servers[1].received, 1);
    run_for(&w, 29 * HF_SECOND);
    assert_int_equal(w.servers[0].received, 1);
    server_up(&w, 0);
    run_for(&w, 2 * HF_SECOND);
    assert_true(is_at(a, 0));
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 0);
}

static void test_outbound_proxies__are_walked_for_one_server(void **state) {
    hf_account_id a;

    (void)state;
    server_refuses(&w, 1);
    a = world_add(&w, world_settings("generic", "servers[1].address=registrar.example",
                                     "proxies[1].address=192.0.2.2", "proxies[2].address=192.0.2.3",
                                     NULL));
    assert_true(is_at(a, 2));
    assert_non_null(strstr(w.last_request, "REGISTER sip:registrar.example SIP/2.0\r\n"));
    assert_non_null(strstr(w.last_request, "Route: <sip:192.0.2.3;lr>\r\n"));
}

static void run_until_bound(unsigned server) {
    for (int seconds = 0; bindings_at(&w, server) == 0; seconds++) {
        if (seconds > 300)
            fail_msg("never came to server %u", server);
        run_for(&w, HF_SECOND);
    }
}

static void test_two_moves__remove_both_former_bindings(void **state) {
    (void)state;
    server_refuses(&w, 0);
    server_refuses(&w, 1);
    world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2", "timer.f=600",
                                 "servers[3].address=192.0.2.3", "fallback.failback=duration",
                                 "fallback.timeout=5", NULL));
    assert_int_equal(bindings_at(&w, 2), 1);
    server_down(&w, 2); /* says nothing to the removal of its binding */
    server_up(&w, 1);
    run_until_bound(1);
    server_up(&w, 0);
    run_until_bound(0);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), 0);
    assert_int_equal(bindings_at(&w, 2), 1);
    server_up(&w, 2);
    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bindings_at(&w, 2), 0);
}

static void test_removal__ends_when_its_server_is_wanted_again(void **state) {
    (void)state;
    server_refuses(&w, 0);
    hf_account_id a =
        world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2", "timer.f=600",
                                     "fallback.failback=duration", "fallback.timeout=5", NULL));

    server_up(&w, 0);
    server_down(&w, 1);
    run_until_bound(0);
    server_refuses(&w, 0); /* and back, before the second server has heard of the removal */
    server_up(&w, 1);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 4 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(status_of(&w, a).target.ip[3], 2);
    assert_int_equal(bindings_at(&w, 1), 1);
}

static void test_two_changes_of_server__remove_both_former_bindings(void **state) {
    struct hf_settings *second = world_settings("generic", "servers[1].address=192.0.2.2", NULL);
    struct hf_settings *third = world_settings("generic", "servers[1].address=192.0.2.3", NULL);

    (void)state;
    hf_account_id a = world_add(&w, world_settings("generic", NULL));

    server_down(&w, 0);
    assert_int_equal(hf_agent_change_account(w.agent, a, second, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(hf_agent_change_account(w.agent, a, third, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), 0);
    assert_int_equal(bindings_at(&w, 2), 1);
    server_up(&w, 0);
    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 0);
    hf_settings_free(second);
    hf_settings_free(third);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_dead_primary__is_left_after_its_retry_count),
        STORY(test_events__tell_how_long_each_target_was_asked_and_why_it_failed),
        STORY(test_server_configured_twice__has_the_time_of_the_last_one),
        STORY(test_refusing_primary__is_left_at_once),
        STORY(test_503__is_a_failure_of_the_server_and_404_is_none),
        STORY(test_rejection__does_not_move_on_to_the_other_server),
        STORY(test_credentials__of_one_server_are_not_offered_to_the_other),
        STORY(test_failback_by_probe__comes_home_within_a_period),
        STORY(test_failback_by_registration__comes_home_at_the_renewal),
        STORY(test_failback_by_duration__comes_home_after_it),
        STORY(test_stay__comes_home_only_when_the_second_server_fails),
        STORY(test_stay__a_backup_that_fails_is_failed_over_from),
        STORY(test_failed_probe__changes_nothing_and_is_repeated),
        STORY(test_all_dead__waits_the_retry_time_and_begins_at_the_first),
        STORY(test_outbound_proxies__are_walked_for_one_server),
        STORY(test_two_moves__remove_both_former_bindings),
        STORY(test_removal__ends_when_its_server_is_wanted_again),
        STORY(test_two_changes_of_server__remove_both_former_bindings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
