/* Stories of lifetimes and waits, in virtual time. */
#include <stdio.h>
#include <string.h>

#include "account/account.h"
#include "agent/internal.h"
#include "story_test.h"

static void answer(unsigned server, unsigned status, const char *headers) {
    const struct registrar_fault fault = {
        .kind = REGISTRAR_ANSWERS, .status = status, .headers = {headers, strlen(headers)}};

    registrar_set_fault(w.servers[server].registrar, &fault);
}

/* Time until the account's next attempt, which is planned. */
static hf_time wait_of(hf_account_id a) {
    struct hf_account_status status = status_of(&w, a);

    assert_true(status.next_attempt_at != HF_NEVER);
    return status.next_attempt_at - w.now;
}

/* A timer is due within the millisecond after its time. */
static void run_past(hf_account_id a) {
    run_for(&w, wait_of(a) + HF_MILLISECOND);
}

static void assert_between(hf_time value, hf_time least, hf_time most) {
    if (value + HF_MILLISECOND < least || value > most)
        fail_msg("%.3f s is not between %.3f and %.3f s", (double)value / 1e6, (double)least / 1e6,
                 (double)most / 1e6);
}

/* ---- lifetimes ---- */

static void test_grant__shorter_or_longer_than_asked_wins(void **state) {
    static const struct {
        unsigned granted;
        unsigned least, most; /* of the refresh, seconds */
    } cases[] = {{10, 4, 5},         {60, 27, 30},          {600, 482, 536},
                 {3600, 3182, 3536}, {86400, 77702, 86336}, {3888000, 3499142, 3887936}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world_release(&w);
        world_init(&w);
        snprintf(w.inject, sizeof w.inject, "SIP/2.0 200 OK\r\n%%sExpires: %u\r\n\r\n",
                 cases[i].granted);
        hf_account_id a = world_add(&w, world_settings("generic", "expires=600", NULL));

        assert_true(status_of(&w, a).binding_expires_at - w.now == cases[i].granted * HF_SECOND);
        assert_between(wait_of(a), cases[i].least * HF_SECOND, cases[i].most * HF_SECOND);
        unsigned before = w.servers[0].registers;

        run_for(&w, cases[i].most * HF_SECOND + HF_MILLISECOND);
        assert_true(w.servers[0].registers > before);
        assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
    }
}

/* 45 days, the longest that a manual knows, asked for in minutes and in full. */
static void test_lifetime_of_45_days__is_asked_for_and_kept(void **state) {
    struct registrar_counters counters;

    (void)state;
    registrar_set_limits(w.servers[0].registrar, 1, UINT32_MAX);
    hf_account_id a = world_add(&w, world_settings("grandstream-gxv3370", "expires=64800 min",
                                                   "reregister_before=64800", NULL));

    assert_non_null(strstr(w.last_request, "Expires: 3888000\r\n"));
    assert_true(wait_of(a) == (3888000 - 64800) * HF_SECOND);
    for (int month = 0; month < 12; month++) {
        run_for(&w, 30 * 86400 * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(bindings_at(&w, 0), 1);
    }
    registrar_count(w.servers[0].registrar, &counters);
    assert_in_range(counters.accepted, 9, 10); /* a year of 44.25 days each */
}

static void test_lifetime__is_each_servers_own(void **state) {
    hf_account_id a;

    (void)state;
    server_refuses(&w, 0);
    a = world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2",
                                     "servers[1].expires=600", "servers[2].expires=60",
                                     "fallback.failback=probe", "fallback.timeout=120", NULL));
    assert_non_null(strstr(w.last_request, "Expires: 60\r\n"));
    assert_between(wait_of(a), 27 * HF_SECOND, 30 * HF_SECOND);
    server_up(&w, 0);
    run_for(&w, 125 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_between(wait_of(a), 477 * HF_SECOND, 536 * HF_SECOND);
}

static void test_reregister_before__is_kept_to_the_second(void **state) {
    hf_account_id a;

    (void)state;
    a = world_add(&w, world_settings("yealink", "expires=120", "reregister_before=30", NULL));
    assert_true(wait_of(a) == 90 * HF_SECOND);
    registrar_set_limits(w.servers[0].registrar, 1, 20); /* not longer than the 30 */
    run_for(&w, 90 * HF_SECOND);
    assert_between(wait_of(a), 9 * HF_SECOND, 10 * HF_SECOND);
    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

/* At most one REGISTER a second in the long run; and from 2 s on the binding is never lost. */
static void test_grants_of_a_few_seconds__are_kept_without_a_storm(void **state) {
    (void)state;
    for (unsigned granted = 1; granted <= 5; granted++) {
        world_release(&w);
        world_init(&w);
        registrar_set_limits(w.servers[0].registrar, 1, granted);
        hf_account_id a = world_add(&w, world_settings("generic", NULL));
        unsigned lost = 0;

        run_for(&w, 10 * HF_SECOND);
        unsigned before = w.servers[0].registers;

        for (int i = 0; i < 1000; i++) {
            run_for(&w, 999 * HF_MILLISECOND);
            lost += bindings_at(&w, 0) == 0;
            w.event_count = granted == 1 ? 0 : w.event_count;
        }
        /* Nonces of the test's registrar live 300 s: a challenge now and then. */
        assert_true(w.servers[0].registers - before <= 1000 + 10);
        assert_true(granted == 1 || (lost == 0 && count_events(&w, HF_EVENT_UNREGISTERED) == 0));
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    }
}

/* The margin is there for this: the server is away while the refresh is due, and back before the
 * binding ends. */
static void test_refresh__that_fails_once_does_not_cost_the_binding(void **state) {
    static const char *const lifetimes[] = {"expires=130", "expires=180", "expires=600",
                                            "expires=3600"};

    (void)state;
    for (size_t i = 0; i < sizeof lifetimes / sizeof lifetimes[0]; i++) {
        world_release(&w);
        world_init(&w);
        hf_account_id a = world_add(&w, world_settings("generic", lifetimes[i], "retry=20", NULL));
        hf_time due = status_of(&w, a).next_attempt_at, ends = status_of(&w, a).binding_expires_at;

        run_for(&w, due - w.now - HF_SECOND);
        server_down(&w, 0);
        run_for(&w, 40 * HF_SECOND); /* 32 s until Timer F, then 20 s */
        assert_int_equal(status_of(&w, a).failures, 1);
        server_up(&w, 0);
        run_for(&w, ends - w.now + HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
        assert_int_equal(bindings_at(&w, 0), 1);
    }
}

/* ---- waits after a failure ---- */

static void test_retry__is_the_familys_own_again_and_again(void **state) {
    static const struct {
        const char *family;
        unsigned seconds;
    } cases[] = {{"generic", 30},
                 {"grandstream-gxv3370", 20},
                 {"grandstream-gsc35xx", 20},
                 {"grandstream-grp", 20},
                 {"yealink", 30},
                 {"flx", 300}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world_release(&w);
        world_init(&w);
        server_refuses(&w, 0);
        hf_account_id a =
            world_add(&w, world_settings(cases[i].family, "unregister_on_start=no", NULL));

        for (unsigned n = 1; n <= 10; n++) {
            assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
            assert_int_equal(status_of(&w, a).failures, n);
            assert_int_equal(w.servers[0].registers, n);
            assert_true(wait_of(a) == cases[i].seconds * HF_SECOND);
            run_for(&w, cases[i].seconds * HF_SECOND - HF_MILLISECOND);
            assert_int_equal(w.servers[0].registers, n);
            run_for(&w, HF_MILLISECOND);
        }
        server_up(&w, 0);
        run_for(&w, cases[i].seconds * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
        assert_int_equal(status_of(&w, a).failures, 0);
    }
}

static void test_growing_retry__grows_to_its_end_and_starts_anew_after_a_success(void **state) {
    static const unsigned upper[] = {20, 40, 80, 160, 300, 300, 300};
    hf_account_id a;

    (void)state;
    server_refuses(&w, 0);
    a = world_add(&w, world_settings("yealink", "retry.min=10", "retry.max=300", NULL));
    for (size_t i = 0; i < sizeof upper / sizeof upper[0]; i++) {
        assert_between(wait_of(a), upper[i] * HF_SECOND / 2, upper[i] * HF_SECOND);
        run_past(a);
    }
    server_up(&w, 0);
    run_past(a);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    server_refuses(&w, 0);
    run_past(a);
    assert_int_equal(status_of(&w, a).failures, 1);
    assert_between(wait_of(a), 10 * HF_SECOND, 20 * HF_SECOND);
}

static void test_random_retry__is_drawn_anew_each_time(void **state) {
    hf_time last = 0;
    unsigned different = 0;
    hf_account_id a;

    (void)state;
    server_refuses(&w, 0);
    a = world_add(&w, world_settings("grandstream-grp", "retry.random=yes", NULL));
    for (int i = 0; i < 20; i++) {
        assert_between(wait_of(a), 60 * HF_SECOND, 600 * HF_SECOND);
        different += wait_of(a) != last;
        last = wait_of(a);
        run_past(a);
    }
    assert_true(different >= 19);
}

static void test_rejection__waits_the_phones_retry_time_or_the_generic_20_minutes(void **state) {
    static const struct {
        const char *family, *setting;
        unsigned seconds; /* 0: for ever */
    } cases[] = {{"generic", "retry=30", 1200},       {"generic", "rejected_retry=0", 0},
                 {"generic", "rejected_retry=7", 7},  {"grandstream-gxv3370", "retry=20", 20},
                 {"grandstream-grp", "retry=33", 33}, {"grandstream-grp", "rejected_retry=0", 0},
                 {"yealink", "retry=30", 30},         {"flx", "retry=300", 300}};
    static const unsigned refusals[] = {401, 403};

    (void)state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        unsigned seconds = cases[i / 2].seconds;

        world_release(&w);
        world_init(&w);
        if (refusals[i % 2] == 403)
            answer(0, 403, "");
        hf_account_id a = world_add(
            &w, world_settings(cases[i / 2].family, cases[i / 2].setting, "unregister_on_start=no",
                               refusals[i % 2] == 401 ? "password=wrong" : "label=x", NULL));
        unsigned asked = w.servers[0].registers;

        assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
        assert_int_equal(status_of(&w, a).last_status, refusals[i % 2]);
        if (seconds == 0) {
            assert_true(status_of(&w, a).next_attempt_at == HF_NEVER);
            run_for(&w, 86400 * HF_SECOND);
            assert_int_equal(w.servers[0].registers, asked);
            continue;
        }
        assert_true(wait_of(a) == seconds * HF_SECOND);
        run_for(&w, seconds * HF_SECOND - HF_MILLISECOND);
        assert_int_equal(w.servers[0].registers, asked);
        run_for(&w, HF_MILLISECOND);
        assert_int_equal(w.servers[0].registers, 2 * asked);
    }
}

static void test_retry_after__counts_if_it_is_longer_and_up_to_a_day(void **state) {
    static const struct {
        unsigned status;
        const char *headers;
        unsigned seconds;
    } cases[] = {
        {503, "Retry-After: 5\r\n", 30},
        {503, "Retry-After: 31\r\n", 31},
        {503, "Retry-After: 120 (out to lunch);duration=60\r\n", 120},
        {503, "Retry-After: 4294967295\r\n", 86400},
        {503, "Retry-After: 99999999999999999999\r\n", 86400},
        {503, "Retry-After: tomorrow\r\n", 30},
        {500, "Retry-After: 300\r\n", 300},
        {486, "Retry-After: 300\r\n", 300},
        {404, "Retry-After: 300\r\n", 300},
        {600, "Retry-After: 300\r\n", 300},
        {403, "Retry-After: 300\r\n", 1200},
        {403, "Retry-After: 3000\r\n", 3000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world_release(&w);
        world_init(&w);
        answer(0, cases[i].status, cases[i].headers);
        hf_account_id a = world_add(&w, world_settings("generic", NULL));

        assert_between(wait_of(a), cases[i].seconds * HF_SECOND, cases[i].seconds * HF_SECOND);
        run_for(&w, cases[i].seconds * HF_SECOND - HF_MILLISECOND);
        assert_int_equal(w.servers[0].registers, 1);
        run_for(&w, HF_MILLISECOND);
        assert_int_equal(w.servers[0].registers, 2);
    }
}

/* One of several servers is enough: whoever asks for the shortest time is there first. */
static void test_retry_after__of_several_servers_is_the_shortest(void **state) {
    static const struct {
        const char *first, *second;
        unsigned seconds;
    } cases[] = {{"Retry-After: 600\r\n", "Retry-After: 100\r\n", 100},
                 {"Retry-After: 100\r\n", "Retry-After: 600\r\n", 100},
                 {"Retry-After: 600\r\n", "", 30}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        world_release(&w);
        world_init(&w);
        answer(0, 503, cases[i].first);
        answer(1, 503, cases[i].second);
        hf_account_id a =
            world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2", NULL));

        assert_true(wait_of(a) == cases[i].seconds * HF_SECOND);
    }
}

static void test_report_30__ten_years_of_failing_leave_it_sane(void **state) {
    hf_account_id a;

    (void)state;
    server_refuses(&w, 0);
    a = world_add(&w, world_settings("generic", "retry.min=60", "retry.max=43200", NULL));
    for (int day = 0; day < 3652; day++) {
        run_for(&w, 86400 * HF_SECOND);
        w.event_count = 0;
        assert_between(wait_of(a), 1, 43200 * HF_SECOND);
    }
    assert_in_range(status_of(&w, a).failures, 7304, 14700);
    server_up(&w, 0);
    run_past(a);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_report_30__the_count_of_failures_stops_at_its_end(void **state) {
    hf_account_id a;

    (void)state;
    server_refuses(&w, 0);
    a = world_add(&w, world_settings("generic", "retry.min=10", "retry.max=60", NULL));
    account_find(&w.agent->engine, a)->failures = UINT32_MAX - 2;
    for (int i = 0; i < 5; i++) {
        run_past(a);
        assert_between(wait_of(a), 30 * HF_SECOND, 60 * HF_SECOND);
    }
    assert_int_equal(status_of(&w, a).failures, UINT32_MAX);
}

/* ---- the start ---- */

enum { FLEET = 1000, SPREAD = 60 };

static struct hf_settings *fleet_settings(int i) {
    char user[32], password[32];

    snprintf(user, sizeof user, "user=u%d", i);
    snprintf(password, sizeof password, "password=pw-u%d", i);
    return world_settings("yealink", user, password, "start.spread=60", NULL);
}

static hf_account_id add_to_fleet(int i) {
    return world_add(&w, fleet_settings(i));
}

static void test_start__spreads_the_first_registers_evenly(void **state) {
    unsigned last = 0, most = 0, least = FLEET;
    hf_account_id first = 0;

    (void)state;
    for (int i = 0; i < FLEET; i++)
        first = i == 0 ? add_to_fleet(i) : (add_to_fleet(i), first);
    assert_in_range(w.servers[0].registers, 0, 2 * FLEET / SPREAD);
    assert_int_equal(state_of(&w, first), HF_STATE_WAITING);
    assert_int_equal(status_of(&w, first).failures, 0);
    for (int s = 0; s < SPREAD; s++) {
        run_for(&w, HF_SECOND);
        unsigned bound = bindings_at(&w, 0) - last;

        last += bound;
        most = bound > most ? bound : most;
        least = bound < least ? bound : least;
    }
    run_for(&w, HF_MILLISECOND);
    assert_int_equal(bindings_at(&w, 0), FLEET);
    assert_in_range(most, FLEET / SPREAD, 3 * FLEET / SPREAD);
    assert_in_range(least, 1, FLEET / SPREAD);
}

static void test_start__is_explained(void **state) {
    char text[2048];
    hf_account_id a;

    (void)state;
    a = world_add(&w, world_settings("generic", "start.spread=3600", NULL));
    assert_true(hf_agent_explain(w.agent, a, text, sizeof text, w.now) > 0);
    assert_non_null(strstr(text, "state: waiting\n"));
    assert_non_null(strstr(text, "waits for its turn after the start (start.spread): "));
    assert_non_null(strstr(text, "next: REGISTER in "));
}

static void test_start__is_over_for_whoever_asks_or_comes_later(void **state) {
    hf_account_id a, b;

    (void)state;
    a = world_add(&w, world_settings("generic", "start.spread=3600", NULL));
    assert_int_equal(w.servers[0].registers, 0);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 0);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    run_for(&w, 3600 * HF_SECOND);
    b = world_add(&w,
                  world_settings("generic", "start.spread=3600", "user=b", "password=pw-b", NULL));
    assert_int_equal(state_of(&w, b), HF_STATE_REGISTERED);
}

/* The spread is for the start alone: a failure is followed by the retry time and nothing else. */
static void test_start__does_not_lengthen_a_retry(void **state) {
    hf_account_id a;

    (void)state;
    server_refuses(&w, 0);
    a = world_add(&w, world_settings("generic", "start.spread=60", NULL));
    run_past(a);
    for (int i = 0; i < 5; i++) {
        assert_between(wait_of(a), 30 * HF_SECOND, 30 * HF_SECOND);
        run_past(a);
    }
}

static void test_start__can_be_called_off(void **state) {
    hf_account_id a;

    (void)state;
    a = world_add(&w, world_settings("generic", "start.spread=60", NULL));
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, 100 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 0);
    assert_int_equal(state_of(&w, a), HF_STATE_UNREGISTERED);
}

/* The spread is longer than what is left of the bindings from before: none of them is lost. */
static void test_start__renews_bindings_from_before_in_time(void **state) {
    enum { PHONES = 100 };
    static struct hf_remembered before[PHONES];

    (void)state;
    registrar_set_limits(w.servers[0].registrar, 1, 40);
    for (int i = 0; i < PHONES; i++) {
        hf_account_id a = add_to_fleet(i);

        hf_agent_register(w.agent, a, w.now);
        run_for(&w, 0);
        before[i] = world_remember(&w, a);
    }
    run_for(&w, 10 * HF_SECOND);
    unsigned registers = w.servers[0].registers;

    world_restart(&w);
    w.event_count = 0;
    for (int i = 0; i < PHONES; i++)
        (void)world_restore(&w, fleet_settings(i), &before[i]);
    assert_in_range(w.servers[0].registers - registers, 0, PHONES / 4); /* not at once ... */
    for (int s = 0; s < 16; s++) {
        run_for(&w, HF_SECOND);
        assert_int_equal(bindings_at(&w, 0), PHONES);
    }
    assert_int_equal(count_events(&w, HF_EVENT_REGISTERED), PHONES); /* ... within half of 30 s */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_grant__shorter_or_longer_than_asked_wins),
        STORY(test_lifetime_of_45_days__is_asked_for_and_kept),
        STORY(test_lifetime__is_each_servers_own),
        STORY(test_reregister_before__is_kept_to_the_second),
        STORY(test_grants_of_a_few_seconds__are_kept_without_a_storm),
        STORY(test_refresh__that_fails_once_does_not_cost_the_binding),
        STORY(test_retry__is_the_familys_own_again_and_again),
        STORY(test_growing_retry__grows_to_its_end_and_starts_anew_after_a_success),
        STORY(test_random_retry__is_drawn_anew_each_time),
        STORY(test_rejection__waits_the_phones_retry_time_or_the_generic_20_minutes),
        STORY(test_retry_after__counts_if_it_is_longer_and_up_to_a_day),
        STORY(test_retry_after__of_several_servers_is_the_shortest),
        STORY(test_report_30__ten_years_of_failing_leave_it_sane),
        STORY(test_report_30__the_count_of_failures_stops_at_its_end),
        STORY(test_start__spreads_the_first_registers_evenly),
        STORY(test_start__is_explained),
        STORY(test_start__is_over_for_whoever_asks_or_comes_later),
        STORY(test_start__does_not_lengthen_a_retry),
        STORY(test_start__can_be_called_off),
        STORY(test_start__renews_bindings_from_before_in_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
