/* Stories of what `explain` says: in every state the decisions so far, what is being done, what
 * comes next and when. */
#include "../unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "story.h"

static struct world w;
static char text[8192];

/* What the daemon has (process_control.c). */
enum { EXPLANATION_ROOM = 61440 };

static int setup(void **state) {
    (void)state;
    world_init(&w);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    world_release(&w);
    return 0;
}

static void explain(hf_account_id account) {
    assert_true(hf_agent_explain(w.agent, account, text, sizeof text, w.now) > 0);
    world_text_out(text, sizeof text);
}

static void assert_says(const char *what) {
    if (!strstr(text, what))
        fail_msg("\"%s\" is not in:\n%s", what, text);
}

static void assert_does_not_say(const char *what) {
    if (strstr(text, what))
        fail_msg("\"%s\" is in:\n%s", what, text);
}

/* "… in 12.3 s": what the explanation says after a text, in tenths of a second. */
static unsigned tenths_after(const char *what) {
    unsigned seconds, tenths;
    const char *at = strstr(text, what);

    if (!at || sscanf(at + strlen(what), "%u.%u s", &seconds, &tenths) != 2)
        fail_msg("\"%s\" and a time are not in:\n%s", what, text);
    return seconds * 10 + tenths;
}

static void give_always(const char *answer) {
    snprintf(w.inject, sizeof w.inject, "%s\r\n%%sContent-Length: 0\r\n\r\n", answer);
    w.inject_count = 0;
}

static void test_disabled__says_that_nothing_comes(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "enabled=no", NULL));

    (void)state;
    explain(a);
    assert_says("state: disabled\n");
    assert_says("next: nothing: its settings do not want it registered\n");
}

static void test_unregistered__says_what_it_waits_for(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", NULL));

    (void)state;
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    explain(a);
    assert_says("state: unregistered\n");
    assert_says("the binding is removed\n");
    assert_says("next: nothing, until somebody asks or the settings change\n");
}

static void test_resolving__says_which_name_it_waits_for(void **state) {
    (void)state;
    w.names[0] = (struct world_name){.name = "sip.example.com", .silent = true};
    hf_account_id a = world_add(&w, world_settings("generic", "servers[1].address=sip.example.com",
                                                   "servers[2].address=192.0.2.2", NULL));

    explain(a);
    assert_says("state: resolving\n");
    assert_says("now: waits for the DNS to tell where sip.example.com is, to register\n");
    assert_says("if that fails: tries 192.0.2.2\n");
    assert_does_not_say("next:");
}

static void test_registering__says_when_it_gives_up_and_what_comes_then(void **state) {
    (void)state;
    server_down(&w, 0);
    server_down(&w, 1);
    hf_account_id a =
        world_add(&w, world_settings("generic", "retry=20", "servers[1].retry_counts=3",
                                     "servers[2].address=192.0.2.2", NULL));

    run_for(&w, HF_SECOND);
    explain(a);
    assert_says("state: registering\n");
    assert_says("now: waits for the answer of 192.0.2.1:5060 (192.0.2.1), to register; ");
    assert_says("if that fails: tries 192.0.2.2\n");
    hf_time left = tenths_after("no answer within ") * (HF_SECOND / 10);

    run_for(&w, left - HF_SECOND / 2);
    assert_int_equal(w.servers[1].received, 0);
    run_for(&w, HF_SECOND);
    assert_in_range(w.servers[1].received, 1, 2); /* it happens when it was said */
    explain(a);
    assert_says("no answer from 192.0.2.1: it counts as failed\n");
    assert_says("now: waits for the answer of 192.0.2.2:5060 (192.0.2.2), to register; ");
    assert_says("if that fails: waits 20.0 s or what the server asks for, then tries again\n");
    left = tenths_after("no answer within ") * (HF_SECOND / 10);
    run_for(&w, left - HF_SECOND / 2);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERING);
    run_for(&w, HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
}

static void test_registered__says_when_it_renews_and_when_the_binding_ends(void **state) {
    hf_account_id a =
        world_add(&w, world_settings("generic", "expires=120", "reregister_before=100", NULL));

    (void)state;
    run_for(&w, HF_SECOND);
    explain(a);
    assert_says("state: registered\n");
    assert_says("1.0 s ago: challenged with 401, sent the credentials\n");
    assert_says("1.0 s ago: registered, granted 2 min\n");
    assert_says("bound at 192.0.2.1:5060 (192.0.2.1), which ends in 1 min 59 s\n");
    unsigned registers = w.servers[0].registers;
    hf_time left = tenths_after("next: REGISTER in ") * (HF_SECOND / 10);

    assert_says(", to renew the binding, first at 192.0.2.1\n");
    assert_does_not_say("OPTIONS");
    run_for(&w, left - HF_SECOND);
    assert_int_equal(w.servers[0].registers, registers);
    run_for(&w, 2 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, registers + 1);
    explain(a);
    assert_says("refreshed, granted 2 min\n");
}

static void test_keep_alive__says_when_the_next_one_goes_and_how_many_are_unanswered(void **state) {
    hf_account_id a = world_add(
        &w, world_settings("generic", "keep_alive.method=options", "keep_alive.interval=30", NULL));

    (void)state;
    server_down(&w, 0);
    explain(a);
    assert_says(", 0 of 3 unanswered\n");
    hf_time left = tenths_after("next: OPTIONS in ") * (HF_SECOND / 10);
    unsigned received = w.servers[0].received;

    run_for(&w, left);
    assert_int_equal(w.servers[0].received, received);
    run_for(&w, HF_SECOND / 5);
    assert_int_equal(w.servers[0].received, received + 1);
    run_for(&w, 35 * HF_SECOND);
    explain(a);
    assert_says(", 1 of 3 unanswered, one open\n");
    run_for(&w, 55 * HF_SECOND);
    explain(a);
    assert_says("no answer to 3 keep-alives in a row\n");
    assert_says("now: waits for the answer of 192.0.2.1:5060 (192.0.2.1), to renew the binding; ");
    assert_says("keep-alive: none until a REGISTER has succeeded\n");
}

static void
test_a_refresh_that_fails__says_that_it_tries_again_and_how_long_it_is_bound(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=600", "retry=20", NULL));

    (void)state;
    give_always("SIP/2.0 503 Service Unavailable");
    for (int i = 0; i < 600 && status_of(&w, a).failures == 0; i++)
        run_for(&w, HF_SECOND);
    explain(a);
    assert_says("state: registered\n");
    assert_says("the server answered 503: it counts as failed\n");
    assert_says("waits before the next try, as configured: 20.0 s\n");
    assert_says("bound at 192.0.2.1:5060 (192.0.2.1), which ends in ");
    assert_in_range(tenths_after("next: REGISTER in "), 185, 200);
}

static void test_waiting__says_until_when_and_why(void **state) {
    (void)state;
    give_always("SIP/2.0 503 Service Unavailable\r\nRetry-After: 45");
    hf_account_id a = world_add(&w, world_settings("generic", "retry=20", NULL));

    run_for(&w, 5 * HF_SECOND);
    explain(a);
    assert_says("state: waiting\n");
    assert_says("waits as the server asked (Retry-After): 45.0 s\n");
    assert_int_equal(tenths_after("next: REGISTER in "), 400);
    assert_says(", to try again, first at 192.0.2.1\n");
}

static void test_rejected__says_until_when_and_why(void **state) {
    (void)state;
    hf_account_id a =
        world_add(&w, world_settings("generic", "password=wrong", "rejected_retry=1200", NULL));
    hf_account_id b =
        world_add(&w, world_settings("generic", "password=wrong", "rejected_retry=0", NULL));

    explain(a);
    assert_says("state: rejected\n");
    assert_says("rejected with 401: no other server is tried\n");
    assert_says("waits after the rejection: 20 min\n");
    assert_says("next: REGISTER in 20 min, to try again, first at 192.0.2.1\n");
    explain(b);
    assert_says("waits after the rejection: until the settings change\n");
    assert_says("next: nothing, until somebody asks or the settings change\n");
}

static void test_removing__says_so_and_does_not_claim_what_no_server_confirmed(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", NULL));

    (void)state;
    server_down(&w, 0);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    explain(a);
    assert_says("sent the removal of the binding to 192.0.2.1\n");
    assert_says("now: waits for the answer of 192.0.2.1:5060 (192.0.2.1), to remove the binding; ");
    assert_says("if that fails: gives the binding up, which ends by itself\n");
    assert_does_not_say("next:");
    run_for(&w, 60 * HF_SECOND);
    explain(a);
    assert_says("gave the binding up; the server did not confirm it\n");
    assert_does_not_say("the binding is removed\n");
}

static void test_failing_back__says_when_it_tries_that_it_tries_and_what_came_of_it(void **state) {
    (void)state;
    server_down(&w, 0);
    hf_account_id a =
        world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2", "expires=3600",
                                     "fallback.failback=probe", "fallback.timeout=50", NULL));

    run_for(&w, 40 * HF_SECOND);
    explain(a);
    assert_says("moved to 192.0.2.2, as others failed\n");
    assert_says("bound at 192.0.2.2:5060 (192.0.2.2), which ends in ");
    run_for(&w, tenths_after("next: tries to move back to 192.0.2.1 in ") * (HF_SECOND / 10) +
                    HF_SECOND);
    explain(a);
    assert_says("state: registered\n");
    assert_says("now: waits for the answer of 192.0.2.1:5060 (192.0.2.1), to move back; ");
    assert_says("if that fails: stays where it is\n");
    assert_says("next: REGISTER in ");
    run_for(&w, 40 * HF_SECOND);
    explain(a);
    assert_says("could not move back to 192.0.2.1, stays where it is\n");
    server_up(&w, 0);
    server_down(&w, 1);
    run_for(&w, 51 * HF_SECOND);
    explain(a);
    assert_says("moved back to 192.0.2.1\n");
    assert_says("in the background: waits for the answer of 192.0.2.2:5060 (192.0.2.");
    assert_says(", to remove the binding; ");
    assert_says("bound at 192.0.2.1:5060 (192.0.2.1), ");
}

static void test_the_end_of_the_binding__is_told(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "expires=60", NULL));

    (void)state;
    server_down(&w, 0);
    for (int i = 0; i < 100 && state_of(&w, a) == HF_STATE_REGISTERED; i++)
        run_for(&w, HF_SECOND);
    explain(a);
    assert_says("the binding's time ended without a refresh\n");
    assert_does_not_say("bound at");
}

static void test_a_small_buffer__is_filled_and_ended(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", NULL));
    char small[10];

    (void)state;
    assert_in_range(hf_agent_explain(w.agent, a, small, sizeof small, w.now), 1, 9);
    assert_string_equal(small, "state: ");
    assert_int_equal(hf_agent_explain(w.agent, a, small, 0, w.now), 0);
    assert_int_equal(hf_agent_explain(w.agent, a + 1, small, sizeof small, w.now),
                     HF_ERROR_UNKNOWN);
}

/* As many registrations at a time as there can be, with names as long as they get, and all of them
 * in trouble: `holdfast explain` hands in as much room as this takes. */
static void test_explanation__of_eight_registrations_has_room(void **state) {
    static char long_text[EXPLANATION_ROOM];
    char servers[LIMIT_SERVERS][320], proxy[320];

    (void)state;
    for (unsigned i = 0; i < LIMIT_SERVERS; i++)
        (void)snprintf(servers[i], sizeof servers[i],
                       "servers[%u].address=%u%0*d.%0*d.%0*d.example.com", i + 1, i, 60, 0, 60, 0,
                       60, 0);
    (void)snprintf(proxy, sizeof proxy, "proxies[1].address=p%0*d.%0*d.%0*d.%0*d.x", 60, 0, 60, 0,
                   60, 0, 60, 0);
    hf_account_id a =
        world_add(&w, world_settings("generic", "redundancy=concurrent", "retry=30", proxy,
                                     servers[0], servers[1], servers[2], servers[3], servers[4],
                                     servers[5], servers[6], servers[7], NULL));

    run_for(&w, 3600 * HF_SECOND);
    assert_int_equal(status_of(&w, a).legs, LIMIT_SERVERS);
    const int len = hf_agent_explain(w.agent, a, long_text, sizeof long_text, w.now);

    assert_in_range(len, 1000, EXPLANATION_ROOM - 1);
    for (unsigned i = 0; i < LIMIT_SERVERS; i++)
        assert_non_null(strstr(long_text, strchr(servers[i], '=') + 1));
}

int main(void) {
#define TEST(name)                                                                                 \
    { #name, story_holds(#name) ? name : story_is_skipped, setup, teardown, NULL }
    const struct CMUnitTest tests[] = {
        TEST(test_disabled__says_that_nothing_comes),
        TEST(test_unregistered__says_what_it_waits_for),
        TEST(test_resolving__says_which_name_it_waits_for),
        TEST(test_registering__says_when_it_gives_up_and_what_comes_then),
        TEST(test_registered__says_when_it_renews_and_when_the_binding_ends),
        TEST(test_keep_alive__says_when_the_next_one_goes_and_how_many_are_unanswered),
        TEST(test_a_refresh_that_fails__says_that_it_tries_again_and_how_long_it_is_bound),
        TEST(test_waiting__says_until_when_and_why),
        TEST(test_rejected__says_until_when_and_why),
        TEST(test_removing__says_so_and_does_not_claim_what_no_server_confirmed),
        TEST(test_failing_back__says_when_it_tries_that_it_tries_and_what_came_of_it),
        TEST(test_the_end_of_the_binding__is_told),
        TEST(test_a_small_buffer__is_filled_and_ended),
        TEST(test_explanation__of_eight_registrations_has_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
