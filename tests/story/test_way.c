/* Where requests that are no REGISTER go (holdfast/request.h), in each moment of a failover. */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "holdfast/request.h"
#include "story_test.h"

static hf_account_id add(const char *one, const char *two, const char *three) {
    return world_add(&w, world_settings("generic", "servers[2].address=192.0.2.2", "expires=600",
                                        "retry=30", "retry_counts=1", "timer.f=4", one, two, three,
                                        NULL));
}

static struct hf_request_way way_of(hf_account_id account) {
    struct hf_request_way way;

    assert_int_equal(hf_agent_request_way(w.agent, account, &way, w.now), 0);
    return way;
}

static void expect_way(hf_account_id account, unsigned server, bool registered) {
    struct hf_request_way way = way_of(account);

    assert_int_equal(way.target.ip[3], server + 1);
    assert_int_equal(way.registered, registered);
    assert_int_equal(way.path != 0, registered);
    assert_int_equal(way.contact.len > 0, registered);
}

static void expect_no_way(hf_account_id account) {
    struct hf_request_way way;

    assert_int_equal(hf_agent_request_way(w.agent, account, &way, w.now), HF_ERROR_STATE);
}

static void run_until_failed(hf_account_id account) {
    const unsigned before = status_of(&w, account).failures;

    for (int i = 0; status_of(&w, account).failures == before; i++) {
        assert_true(i < 700);
        run_for(&w, HF_SECOND);
    }
}

static void test_request__goes_by_way_of_the_binding(void **state) {
    hf_account_id a = add("failback=registration", NULL, NULL);

    (void)state;
    expect_way(a, 0, true);
    assert_true(world_said(way_of(a).server, "192.0.2.1"));
    assert_int_equal(way_of(a).route.len, 0);
    assert_true(slice_equal(way_of(a).contact, status_of(&w, a).contact));
}

static void test_request__follows_the_failover(void **state) {
    hf_account_id a = add("failback=registration", NULL, NULL);

    (void)state;
    server_down(&w, 0);
    run_for(&w, 700 * HF_SECOND);
    expect_way(a, 1, true);
}

/* The other server shares the registrations of the first, and wants none of its own. */
static void test_request__goes_to_a_server_that_needs_no_registration(void **state) {
    hf_account_id a = add("failback=registration", NULL, NULL);

    (void)state;
    server_down(&w, 0);
    server_answers(&w, 1, 403, "", 0);
    run_until_failed(a);
    expect_way(a, 1, false);
}

static void test_request__waits_for_the_registration_where_that_comes_first(void **state) {
    hf_account_id a = add("failback=registration", "servers[2].register_on_enable=yes",
                          "servers[1].register_on_enable=yes");

    (void)state;
    server_down(&w, 0);
    server_answers(&w, 1, 403, "", 0);
    run_until_failed(a);
    for (int i = 0; i < 700; i++) { /* the binding at the first one ends meanwhile */
        struct hf_request_way way;

        if (hf_agent_request_way(w.agent, a, &way, w.now) == 0)
            assert_int_equal(way.target.ip[3], 1);
        run_for(&w, HF_SECOND);
    }
    assert_int_equal(status_of(&w, a).place, HF_PLACE_NONE);
}

static void test_request__to_the_first_server_needs_no_registration(void **state) {
    hf_account_id a;

    (void)state;
    server_answers(&w, 0, 403, "", 0);
    server_answers(&w, 1, 403, "", 0);
    a = add("failback=registration", "servers[1].register_on_enable=yes",
            "servers[2].register_on_enable=yes");
    expect_way(a, 0, false);
}

static void test_request__never_goes_unregistered_where_that_is_forbidden(void **state) {
    hf_account_id a;

    (void)state;
    server_answers(&w, 0, 403, "", 0);
    a = world_add(&w, world_settings("generic", "failback=registration", "register_on_enable=yes",
                                     "only_signal_with_registered=yes", NULL));
    expect_no_way(a);
}

/* Yealink T21 guide p. 215: it needs the other two. */
static void test_only_signal_with_registered__needs_register_on_enable_and_a_mode(void **state) {
    hf_account_id a, b;

    (void)state;
    server_answers(&w, 0, 403, "", 0);
    a = world_add(&w, world_settings("generic", "failback=registration",
                                     "only_signal_with_registered=yes", NULL));
    b = world_add(&w, world_settings("generic", "failback=new-requests", "register_on_enable=yes",
                                     "only_signal_with_registered=yes", NULL));
    expect_way(a, 0, false);
    expect_way(b, 0, false);
}

/* "All requests begin at the first server": it is back, and the binding is at the second until the
 * next REGISTER. */
static void test_new_requests__begin_at_the_first_server_that_lives(void **state) {
    hf_account_id a = add("failback=new-requests", NULL, NULL);

    (void)state;
    server_down(&w, 0);
    for (int i = 0; status_of(&w, a).target.ip[3] != 2; i++) {
        assert_true(i < 700);
        run_for(&w, HF_SECOND);
    }
    expect_way(a, 1, true);
    server_up(&w, 0);
    run_for(&w, 60 * HF_SECOND); /* it rests no longer */
    expect_way(a, 0, false);
}

static void test_request__has_the_proxy_and_the_service_route(void **state) {
    hf_account_id a;

    (void)state;
    snprintf(w.inject, sizeof w.inject,
             "SIP/2.0 200 OK\r\n%%sExpires: 600\r\nService-Route: <sip:edge.example;lr>\r\n"
             "Content-Length: 0\r\n\r\n");
    w.inject_count = 0;
    a = world_add(&w, world_settings("generic", "proxies[1].address=192.0.2.2", NULL));
    expect_way(a, 1, true);
    if (!world_has_streams())
        assert_true(world_said(way_of(a).route, "<sip:192.0.2.2;lr>, <sip:edge.example;lr>"));
    assert_int_equal(way_of(a).route.ptr[0], '<');
}

static void test_request__of_an_account_that_does_not_register_has_a_way(void **state) {
    hf_account_id a = world_add(&w, world_settings("generic", "register=no", NULL));

    (void)state;
    expect_way(a, 0, false);
}

static void test_request__of_concurrent_registrations_takes_the_first_that_lives(void **state) {
    hf_account_id a = add("redundancy=concurrent", NULL, NULL);

    (void)state;
    expect_way(a, 0, true);
    server_down(&w, 0);
    run_for(&w, 1300 * HF_SECOND);
    expect_way(a, 1, true);
}

static void test_request__of_nobody_has_none(void **state) {
    struct hf_request_way way;
    hf_account_id a = world_add(&w, world_settings("generic", "enabled=no", NULL));

    (void)state;
    expect_no_way(a);
    assert_int_equal(hf_agent_request_way(w.agent, a + 999, &way, w.now), HF_ERROR_UNKNOWN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_request__goes_by_way_of_the_binding),
        STORY(test_request__follows_the_failover),
        STORY(test_request__goes_to_a_server_that_needs_no_registration),
        STORY(test_request__waits_for_the_registration_where_that_comes_first),
        STORY(test_request__to_the_first_server_needs_no_registration),
        STORY(test_request__never_goes_unregistered_where_that_is_forbidden),
        STORY(test_only_signal_with_registered__needs_register_on_enable_and_a_mode),
        STORY(test_new_requests__begin_at_the_first_server_that_lives),
        STORY(test_request__has_the_proxy_and_the_service_route),
        STORY(test_request__of_an_account_that_does_not_register_has_a_way),
        STORY(test_request__of_concurrent_registrations_takes_the_first_that_lives),
        STORY(test_request__of_nobody_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
