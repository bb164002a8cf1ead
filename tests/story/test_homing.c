/* Stories of what keeps an account from going back: calls in progress, a primary that flaps. */

#include <string.h>

#include "story_test.h"

/* Registered with the second server; the first one works again. */
static hf_account_id at_backup(const char *failback, const char *more) {
    server_down(&w, 0);
    hf_account_id a = world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2",
                                                   "expires=600", "retry=30", "retry_counts=1",
                                                   "health=per-account", failback, more, NULL));

    run_for(&w, 5 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    return a;
}

static void set_busy(hf_account_id a, bool busy) {
    assert_int_equal(hf_agent_set_busy(w.agent, a, busy, w.now), 0);
    run_for(&w, HF_SECOND);
}

static void test_duration__waits_for_the_end_of_the_call(void **state) {
    char text[4096];

    (void)state;
    hf_account_id a = at_backup("fallback.failback=duration", "fallback.timeout=120");

    set_busy(a, true);
    run_for(&w, 400 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_true(hf_agent_explain(w.agent, a, text, sizeof text, w.now) > 0);
    assert_non_null(strstr(text, "when the calls in progress have ended"));
    set_busy(a, false);
    expect_registered_at(&w, a, 0);
}

static void test_registration__is_renewed_where_it_is_during_a_call(void **state) {
    (void)state;
    hf_account_id a = at_backup("fallback.failback=registration", NULL);

    set_busy(a, true);
    run_for(&w, 1200 * HF_SECOND); /* two renewals at least */
    expect_registered_at(&w, a, 1);
    set_busy(a, false);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_a_call__does_not_keep_it_from_failing_over(void **state) {
    (void)state;
    hf_account_id a = at_backup("fallback.failback=duration", "fallback.timeout=120");

    set_busy(a, true);
    server_down(&w, 1);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_a_call__is_no_hindrance_to_a_probe(void **state) {
    (void)state;
    hf_account_id a = at_backup("fallback.failback=probe", "fallback.timeout=60");

    set_busy(a, true);
    run_for(&w, 70 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_a_call_that_ends_in_time__changes_nothing(void **state) {
    (void)state;
    hf_account_id a = at_backup("fallback.failback=duration", "fallback.timeout=120");

    set_busy(a, true);
    run_for(&w, 30 * HF_SECOND);
    set_busy(a, false);
    expect_registered_at(&w, a, 1);
    run_for(&w, 120 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

/* The first server is there for two minutes and gone for two, for a day. */
static unsigned moves_back_in_a_day(const char *bound) {
    const hf_account_id a = at_backup("fallback.timeout=30", bound);

    for (unsigned i = 0; i < 24 * 15; i++) {
        run_for(&w, 120 * HF_SECOND);
        server_refuses(&w, 0);
        assert_int_equal(hf_agent_register(w.agent, a, w.now),
                         0); /* it would notice by itself, later */
        run_for(&w, 120 * HF_SECOND);
        server_up(&w, 0);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    }
    return count_events(&w, HF_EVENT_FAILBACK);
}

static void test_flapping_primary__drags_nobody_along(void **state) {
    (void)state;
    assert_in_range(moves_back_in_a_day("failback.moves_per_hour=6"), 24, 24 * 6 + 2);
    world_release(&w);
    world_init(&w);
    assert_in_range(moves_back_in_a_day("failback.moves_per_hour=1"), 10, 24 + 2);
    world_release(&w);
    world_init(&w);
    assert_true(moves_back_in_a_day("failback.moves_per_hour=0") > 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_duration__waits_for_the_end_of_the_call),
        STORY(test_registration__is_renewed_where_it_is_during_a_call),
        STORY(test_a_call__does_not_keep_it_from_failing_over),
        STORY(test_a_call__is_no_hindrance_to_a_probe),
        STORY(test_a_call_that_ends_in_time__changes_nothing),
        STORY(test_flapping_primary__drags_nobody_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
