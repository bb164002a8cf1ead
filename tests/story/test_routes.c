/* The way of a request: outbound proxies and Service-Route, read from the bytes that are sent. */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

/* Server 1 is the registrar, named by its address; server 2 the proxy before it. */
#define PROXIED "proxies[1].address=192.0.2.2"

static hf_account_id add(const char *one, const char *two) {
    return world_add(&w, world_settings("generic", "expires=600", "keep_alive.method=options",
                                        "keep_alive.interval=30", one, two, NULL));
}

/* From now on every answer is this 200, with more header fields. */
static void answer_200_with(const char *headers) {
    snprintf(w.inject, sizeof w.inject,
             "SIP/2.0 200 OK\r\n%%sExpires: 600\r\n%sContent-Length: 0\r\n\r\n", headers);
    w.inject_count = 0;
}

static void run_until_options(void) {
    for (int i = 0; strncmp(w.last_request, "OPTIONS ", 8) != 0; i++) {
        assert_true(i < 60);
        run_for(&w, HF_SECOND);
    }
}

static void run_until_register(void) {
    for (int i = 0; strncmp(w.last_request, "REGISTER ", 9) != 0; i++) {
        assert_true(i < 6000);
        run_for(&w, HF_SECOND);
    }
}

/* The first line, and all Route fields in their order. */
static void assert_way(const char *request_uri, const char *routes) {
    char line[600], found[2000] = "";
    const char *at = w.last_request;
    size_t n = 0;

    snprintf(line, sizeof line, " %s SIP/2.0\r\n", request_uri);
    if (!strstr(w.last_request, line))
        fail_msg("not to %s: %s", request_uri, w.last_request);
    while ((at = strstr(at, "\r\nRoute: ")) != NULL) {
        at += strlen("\r\nRoute: ");
        n += (size_t)snprintf(found + n, sizeof found - n, "%.*s ", (int)strcspn(at, "\r"), at);
    }
    assert_string_equal(found, routes);
}

static void test_in_route__names_the_proxy_and_sends_to_it(void **state) {
    (void)state;
    add(PROXIED, NULL);
    assert_way("sip:192.0.2.1", "<sip:192.0.2.2;lr> ");
    assert_int_equal(w.servers[0].received, 0);
    assert_int_equal(w.servers[1].registers, 2);
    run_until_options();
    assert_way("sip:192.0.2.1", "<sip:192.0.2.2;lr> ");
    assert_int_equal(w.servers[0].received, 0);
}

static void test_in_route__says_the_port_of_the_proxy(void **state) {
    (void)state;
    add(PROXIED, "proxies[1].port=5060");
    assert_way("sip:192.0.2.1", "<sip:192.0.2.2:5060;lr> ");
}

static void test_not_in_route__sends_to_the_proxy_and_does_not_name_it(void **state) {
    (void)state;
    add(PROXIED, "proxy.route=not-in-route");
    assert_way("sip:192.0.2.1", "");
    assert_int_equal(w.servers[0].received, 0);
    assert_int_equal(w.servers[1].registers, 2);
}

static void test_always__sends_to_the_proxy_whatever_the_service_route_says(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:192.0.2.3;lr>\r\n");
    add(PROXIED, "proxy.route=always");
    assert_way("sip:192.0.2.1", "");
    run_until_options();
    assert_way("sip:192.0.2.1", "<sip:192.0.2.3;lr> ");
    assert_int_equal(w.servers[0].received, 0);
    assert_int_equal(w.servers[2].received, 0);
}

/* RFC 3261 section 12.2.1.1, for the preloaded route of section 8.1.2. */
static void test_a_strict_proxy__is_the_request_uri_and_the_server_the_last_route(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:home.example;lr>\r\n");
    add(PROXIED, "proxies[1].loose=no");
    assert_way("sip:192.0.2.2", "<sip:192.0.2.1> ");
    assert_int_equal(w.servers[0].received, 0);
    run_until_options();
    assert_way("sip:192.0.2.2", "<sip:home.example;lr> <sip:192.0.2.1> ");
}

static void test_a_strict_proxy__is_what_the_digest_is_made_for(void **state) {
    (void)state;
    hf_account_id a = add(PROXIED, "proxies[1].loose=no");

    assert_non_null(strstr(w.last_request, "uri=\"sip:192.0.2.2\""));
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_a_proxy_not_for_registration__is_passed_by(void **state) {
    (void)state;
    add(PROXIED, "proxy.for_registration=no");
    assert_way("sip:192.0.2.1", "");
    assert_int_equal(w.servers[0].registers, 2);
    assert_int_equal(w.servers[1].received, 0);
}

static void test_proxies_switched_off__are_passed_by(void **state) {
    (void)state;
    add(PROXIED, "proxy.enabled=no");
    assert_way("sip:192.0.2.1", "");
    assert_int_equal(w.servers[1].received, 0);
}

static void test_a_server_without_proxy__is_asked_itself(void **state) {
    (void)state;
    add(PROXIED, "servers[1].use_proxy=no");
    assert_way("sip:192.0.2.1", "");
    assert_int_equal(w.servers[1].received, 0);
}

static void test_service_route__follows_the_proxy_in_later_requests(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:edge.example;lr>, <sip:h@home.example:5070;lr>\r\n");
    add(PROXIED, NULL);
    run_until_options();
    assert_way("sip:192.0.2.1",
               "<sip:192.0.2.2;lr> <sip:edge.example;lr> <sip:h@home.example:5070;lr> ");
}

static void test_service_route__that_names_the_proxy_again_does_not_go_there_twice(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:192.0.2.2;lr>, <sip:home.example;lr>\r\n");
    add(PROXIED, NULL);
    run_until_options();
    assert_way("sip:192.0.2.1", "<sip:192.0.2.2;lr> <sip:home.example;lr> ");
}

static void test_service_route__is_not_for_register(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:home.example;lr>\r\n");
    add(NULL, NULL);
    run_until_options();
    assert_way("sip:192.0.2.1", "<sip:home.example;lr> ");
    run_until_register();
    assert_way("sip:192.0.2.1", "");
}

/* RFC 3608 section 6.1: each 200 replaces it, and one without removes it. */
static void test_service_route__is_that_of_the_latest_200(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:one.example;lr>\r\n");
    add(NULL, NULL);
    run_until_options();
    assert_way("sip:192.0.2.1", "<sip:one.example;lr> ");
    answer_200_with("Service-Route: <sip:two.example;lr>\r\n");
    run_until_register();
    run_until_options();
    assert_way("sip:192.0.2.1", "<sip:two.example;lr> ");
    answer_200_with("");
    run_until_register();
    run_until_options();
    assert_way("sip:192.0.2.1", "");
}

static void test_service_route__is_forgotten_when_its_registrar_refuses_to_renew(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:one.example;lr>\r\n");
    hf_account_id a = add(NULL, NULL);

    run_until_options();
    snprintf(w.inject, sizeof w.inject, "SIP/2.0 480 No\r\n%%sContent-Length: 0\r\n\r\n");
    run_until_register();
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED); /* until its granted time ends */
    run_until_options();
    assert_way("sip:192.0.2.1", "");
}

static void test_service_route__that_is_no_route_is_ignored(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:one.example;lr>, nonsense\r\n");
    hf_account_id a = add(NULL, NULL);

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    run_until_options();
    assert_way("sip:192.0.2.1", "");
}

static void test_service_route__of_a_strict_router_is_the_request_uri(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:strict.example>, <sip:home.example;lr>\r\n");
    add(NULL, NULL);
    run_until_options();
    assert_way("sip:strict.example", "<sip:home.example;lr> <sip:192.0.2.1> ");
}

static void test_explain__tells_the_ways_that_a_200_told(void **state) {
    char text[4096];

    (void)state;
    answer_200_with("Service-Route: <sip:home.example;lr>\r\nPath: <sip:edge.example;lr>\r\n");
    hf_account_id a = add(NULL, NULL);

    assert_true(hf_agent_explain(w.agent, a, text, sizeof text, w.now) > 0);
    assert_non_null(strstr(text, "service route: <sip:home.example;lr>\n"));
    assert_non_null(strstr(text, "path to here: <sip:edge.example;lr>\n"));
}

/* RFC 3327 section 5.1. */
static void test_register__says_that_it_supports_path(void **state) {
    (void)state;
    add(NULL, NULL);
    assert_non_null(strstr(w.last_request, "\r\nSupported: path\r\n"));
}

/* asterisk 1927: REGISTER moves to another server, and other requests still go to the dead one. */
static void test_report_2__later_requests_follow_the_target_and_the_route(void **state) {
    (void)state;
    answer_200_with("Service-Route: <sip:one.example;lr>\r\n");
    hf_account_id a =
        world_add(&w, world_settings("generic", "expires=600", "keep_alive.method=options",
                                     "keep_alive.interval=30", "failback=stay", PROXIED,
                                     "proxies[2].address=192.0.2.3", NULL));

    run_until_options();
    assert_way("sip:192.0.2.1", "<sip:192.0.2.2;lr> <sip:one.example;lr> ");
    server_refuses(&w, 1);
    answer_200_with("Service-Route: <sip:two.example;lr>\r\n");
    run_for(&w, 200 * HF_SECOND); /* keep-alives are refused, so it registers elsewhere */
    expect_registered_at(&w, a, 2);
    unsigned at_the_dead_one = w.servers[1].received, at_the_other = w.servers[2].received;

    run_for(&w, 200 * HF_SECOND);
    assert_way("sip:192.0.2.1", "<sip:192.0.2.3;lr> <sip:two.example;lr> ");
    assert_true(strncmp(w.last_request, "OPTIONS ", 8) == 0);
    assert_int_equal(w.servers[1].received, at_the_dead_one);
    assert_in_range(w.servers[2].received - at_the_other, 6, 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_in_route__names_the_proxy_and_sends_to_it),
        STORY(test_in_route__says_the_port_of_the_proxy),
        STORY(test_not_in_route__sends_to_the_proxy_and_does_not_name_it),
        STORY(test_always__sends_to_the_proxy_whatever_the_service_route_says),
        STORY(test_a_strict_proxy__is_the_request_uri_and_the_server_the_last_route),
        STORY(test_a_strict_proxy__is_what_the_digest_is_made_for),
        STORY(test_a_proxy_not_for_registration__is_passed_by),
        STORY(test_proxies_switched_off__are_passed_by),
        STORY(test_a_server_without_proxy__is_asked_itself),
        STORY(test_service_route__follows_the_proxy_in_later_requests),
        STORY(test_service_route__that_names_the_proxy_again_does_not_go_there_twice),
        STORY(test_service_route__is_not_for_register),
        STORY(test_service_route__is_that_of_the_latest_200),
        STORY(test_service_route__is_forgotten_when_its_registrar_refuses_to_renew),
        STORY(test_service_route__that_is_no_route_is_ignored),
        STORY(test_service_route__of_a_strict_router_is_the_request_uri),
        STORY(test_report_2__later_requests_follow_the_target_and_the_route),
        STORY(test_explain__tells_the_ways_that_a_200_told),
        STORY(test_register__says_that_it_supports_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
