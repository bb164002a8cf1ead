/* Outbound proxies: found and failed over like servers, each with what its phone's file says of
 * it. Server 1 is the registrar's own address, where nobody is to come; 2 and 3 are proxies. */
#include <stdio.h>
#include <string.h>

#include "base/slice.h"
#include "settings/file.h"
#include "story_test.h"

static hf_account_id add(const char *one, const char *two, const char *three) {
    return world_add(&w, world_settings("generic", "expires=600", "retry=20",
                                        "proxies[1].address=192.0.2.2",
                                        "proxies[2].address=192.0.2.3", one, two, three, NULL));
}

/* The first account of a provisioning file. */
static hf_account_id add_from(const char *path, const char *text) {
    const struct settings_read_options options = {0};
    struct settings_file file;
    struct hf_settings *settings;

    assert_int_equal(settings_file_read(&file, path, slice_from(text), &options), 0);
    assert_int_equal(file.errors, 0);
    assert_int_equal(hf_settings_copy(file.accounts[0].settings, &settings), 0);
    settings_file_release(&file);
    return world_add(&w, settings);
}

static bool last_request_has(const char *text) {
    return strstr(w.last_request, text) != NULL;
}

/* Works through the second proxy since the first one refused one packet; the first one works
 * again. */
static hf_account_id add_and_fail_over(const char *one, const char *two, const char *three) {
    server_refuses(&w, 1);
    hf_account_id a = add(one, two, three);

    expect_registered_at(&w, a, 2);
    assert_true(last_request_has("\r\nRoute: <sip:192.0.2.3;lr>\r\n"));
    server_up(&w, 1);
    return a;
}

static void test_a_dead_proxy__is_left_for_the_next_at_once(void **state) {
    (void)state;
    hf_account_id a = add("failback=stay", "retry_counts=1", NULL);

    expect_registered_at(&w, a, 1);
    assert_true(last_request_has("REGISTER sip:192.0.2.1 SIP/2.0\r\n"));
    server_down(&w, 1);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
    assert_int_equal(w.servers[0].received, 0);
}

static void test_fallback_interval__brings_back_to_the_first_proxy(void **state) {
    (void)state;
    hf_account_id a =
        add_and_fail_over("failback=registration", "proxy.fallback_interval=120", NULL);

    run_for(&w, 119 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    assert_int_equal(w.servers[1].received, 1);
    run_for(&w, 2 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    /* Behind real proxies there is one registrar, which has one binding now: to remove it by the
     * former way would leave none. */
    assert_int_equal(bindings_at(&w, 2), 1);
    assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 1);
}

static void test_fallback_interval__tries_again_while_the_first_proxy_is_dead(void **state) {
    (void)state;
    hf_account_id a =
        add_and_fail_over("failback=registration", "proxy.fallback_interval=50", NULL);

    server_refuses(&w, 1);
    run_for(&w, 160 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    assert_int_equal(w.servers[1].received, 1 + 3); /* at 50, 100 and 150 s */
    server_up(&w, 1);
    run_for(&w, 50 * HF_SECOND);
    expect_registered_at(&w, a, 1);
}

static void test_fallback_interval__zero_leaves_it_to_failback(void **state) {
    (void)state;
    hf_account_id a = add_and_fail_over("failback=registration", NULL, NULL);

    run_for(&w, 400 * HF_SECOND); /* the renewal is at about 530 s */
    expect_registered_at(&w, a, 2);
    run_for(&w, 200 * HF_SECOND);
    expect_registered_at(&w, a, 1);
}

static void test_fallback_interval__does_not_move_whoever_is_to_stay(void **state) {
    (void)state;
    hf_account_id a = add_and_fail_over("failback=stay", "proxy.fallback_interval=50", NULL);

    run_for(&w, 3600 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    assert_int_equal(w.servers[1].received, 1);
}

static void test_failback_of_a_proxy__is_its_own(void **state) {
    (void)state;
    hf_account_id a = add_and_fail_over("failback=stay", "proxies[2].failback=duration",
                                        "proxies[2].failback.timeout=90");

    run_for(&w, 89 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    run_for(&w, 2 * HF_SECOND);
    expect_registered_at(&w, a, 1);
}

/* How often the first proxy was sent the REGISTER that it did not answer, given its settings. */
static unsigned sends_to_a_dead_proxy(const char *one, const char *two, const char *three) {
    server_down(&w, 1);
    hf_account_id a = add(one, two, three);

    run_for(&w, 60 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    return w.servers[1].received;
}

static void test_retry_counts_of_a_proxy__are_its_own(void **state) {
    (void)state;
    assert_int_equal(
        sends_to_a_dead_proxy("servers[1].retry_counts=5", "proxies[1].retry_counts=1", NULL), 2);
}

static void test_retry_counts_of_a_proxy__are_else_those_of_the_server_of_its_number(void **s) {
    (void)s;
    assert_int_equal(sends_to_a_dead_proxy("servers[1].retry_counts=2", NULL, NULL), 3);
}

/* There is no second server: what is said of the first one counts for both proxies. */
static void test_failback_of_a_proxy__is_else_that_of_the_server_that_is_reached(void **state) {
    (void)state;
    hf_account_id a =
        add_and_fail_over("servers[1].failback=duration", "servers[1].failback.timeout=90", NULL);

    run_for(&w, 91 * HF_SECOND);
    expect_registered_at(&w, a, 1);
}

static void test_prefer_primary__renews_by_way_of_the_first_proxy(void **state) {
    (void)state;
    hf_account_id a = add_and_fail_over("failback=stay", "proxy.prefer_primary=yes", NULL);

    run_for(&w, 400 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    run_for(&w, 200 * HF_SECOND);
    expect_registered_at(&w, a, 1);
}

static struct hf_dns_record srv(uint16_t priority, const char *target) {
    return (struct hf_dns_record){
        .type = HF_DNS_SRV,
        .ttl = 3600,
        .srv = {.priority = priority, .weight = 1, .port = 5060, .target = slice_from(target)}};
}

static void publish_host(const char *name, uint8_t last_byte) {
    const struct hf_dns_record record = {
        .type = HF_DNS_A,
        .ttl = 3600,
        .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, last_byte}}};

    assert_int_equal(world_dns_set(w.sim, name, &record, 1), 0);
}

/* edge.example stands for two proxies by SRV (RFC 3263). */
static void publish_edges(void) {
    const struct hf_dns_record services[] = {srv(10, "a.example"), srv(20, "b.example")};

    assert_int_equal(world_dns_set(w.sim, "_sip._udp.edge.example", services, 2), 0);
    publish_host("a.example", 2);
    publish_host("b.example", 3);
}

static void test_srv__behind_a_proxys_name_is_failed_over_like_a_servers(void **state) {
    (void)state;
    publish_edges();
    hf_account_id a =
        world_add(&w, world_settings("generic", "expires=600", "failback=registration",
                                     "retry_counts=1", "proxies[1].address=edge.example", NULL));

    expect_registered_at(&w, a, 1);
    server_down(&w, 1);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    assert_int_equal(status_of(&w, a).place, HF_PLACE_LESSER_TARGET);
    /* the name is in Route, and the server in the first line, whichever target it is */
    assert_true(last_request_has("REGISTER sip:192.0.2.1 SIP/2.0\r\n"));
    assert_true(last_request_has("\r\nRoute: <sip:edge.example;lr>\r\n"));
    server_up(&w, 1);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(w.servers[0].received, 0);
}

/* The server's name need not exist in our DNS: only the proxy must find it. */
static void test_the_server_behind_a_proxy__is_never_looked_up(void **state) {
    (void)state;
    hf_account_id a = add("servers[1].address=home.invalid", NULL, NULL);

    expect_registered_at(&w, a, 1);
    assert_true(last_request_has("REGISTER sip:home.invalid SIP/2.0\r\n"));
    assert_int_equal(count_events(&w, HF_EVENT_DNS_FAILED), 0);
}

static void test_yealink__two_proxies_and_minus_one(void **state) {
    (void)state;
    server_down(&w, 1);
    hf_account_id a = add_from("a.cfg", "#!version:1.0.0.1\n"
                                        "account.1.enable = 1\n"
                                        "account.1.user_name = alice\n"
                                        "account.1.password = pw-alice\n"
                                        "account.1.sip_server.1.address = 192.0.2.1\n"
                                        "account.1.sip_server.1.retry_counts = 1\n"
                                        "account.1.sip_server.1.failback_mode = 2\n"
                                        "account.1.outbound_proxy_enable = 1\n"
                                        "account.1.outbound_proxy.1.address = 192.0.2.2\n"
                                        "account.1.outbound_proxy.1.retry_counts = -1\n"
                                        "account.1.outbound_proxy.2.address = 192.0.2.3\n"
                                        "account.1.outbound_proxy_fallback_interval = 120\n");

    run_for(&w, 2 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    assert_int_equal(w.servers[1].received, 2);
    assert_true(last_request_has("\r\nRoute: <sip:192.0.2.3:5060;lr>\r\n"));
    server_up(&w, 1);
    run_for(&w, 120 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(w.servers[0].received, 0);
}

static void test_grandstream__backup_proxy_and_mode(void **state) {
    (void)state;
    server_refuses(&w, 1);
    hf_account_id a = add_from("gxv.txt", "P271=1\nP47=192.0.2.1\nP35=alice\nP36=alice\n"
                                          "P34=pw-alice\nP48=192.0.2.2\nP2333=192.0.2.3\n"
                                          "P2305=1\n");

    expect_registered_at(&w, a, 2);
    assert_false(last_request_has("\r\nRoute: "));
    assert_int_equal(w.servers[0].received, 0);
}

static void test_flx__a_list_of_proxies_for_registration_or_not(void **state) {
    static const char *const base = "family: flx\n"
                                    "accounts:\n"
                                    "  - Registrar: 192.0.2.1\n"
                                    "    Username: alice\n"
                                    "    Password: pw-alice\n"
                                    "    Outbound Proxy: 192.0.2.2;lr, 192.0.2.3;lr\n"
                                    "    Use Proxy for Registration: ";
    char text[400];

    (void)state;
    server_refuses(&w, 1);
    snprintf(text, sizeof text, "%syes\n", base);
    hf_account_id a = add_from("a.yaml", text);

    expect_registered_at(&w, a, 2);
    assert_true(last_request_has("\r\nRoute: <sip:192.0.2.3;lr>\r\n"));
    assert_int_equal(w.servers[0].received, 0);
    snprintf(text, sizeof text, "%sno\n", base);
    a = add_from("b.yaml", text);
    expect_registered_at(&w, a, 0);
    assert_false(last_request_has("\r\nRoute: "));
}

/* pjproject 4066: the DNS fails while an account recovers, and from then on the registrar's own
 * host is looked up and asked instead of the proxy. Here that host can be found, and is a trap. */
static void test_report_11__after_a_dns_failure_the_proxy_is_still_the_way(void **state) {
    struct world_name *edge = &w.names[0];

    (void)state;
    *edge = (struct world_name){.name = "edge.example",
                                .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 2}},
                                .ttl = 30};
    w.names[1] = (struct world_name){.name = "home.example",
                                     .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}},
                                     .ttl = 30};
    hf_account_id a = world_add(&w, world_settings("generic", "expires=300", "retry=20",
                                                   "servers[1].address=home.example",
                                                   "proxies[1].address=edge.example", NULL));

    expect_registered_at(&w, a, 1);
    server_refuses(&w, 1);
    edge->failure = HF_DNS_FAILED;
    run_for(&w, 600 * HF_SECOND);
    edge->failure = HF_DNS_OK;
    edge->address.family = HF_FAMILY_NONE; /* no such name */
    run_for(&w, 600 * HF_SECOND);
    assert_true(count_events(&w, HF_EVENT_DNS_FAILED) > 0);
    assert_int_not_equal(state_of(&w, a), HF_STATE_REGISTERED);
    server_up(&w, 1);
    edge->address.family = HF_FAMILY_IPV4;
    run_for(&w, 90 * HF_SECOND); /* not 301 s */
    expect_registered_at(&w, a, 1);
    assert_true(last_request_has("REGISTER sip:home.example SIP/2.0\r\n"));
    assert_true(last_request_has("\r\nRoute: <sip:edge.example;lr>\r\n"));
    assert_int_equal(w.servers[0].received, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_a_dead_proxy__is_left_for_the_next_at_once),
        STORY(test_fallback_interval__brings_back_to_the_first_proxy),
        STORY(test_fallback_interval__tries_again_while_the_first_proxy_is_dead),
        STORY(test_fallback_interval__zero_leaves_it_to_failback),
        STORY(test_fallback_interval__does_not_move_whoever_is_to_stay),
        STORY(test_failback_of_a_proxy__is_its_own),
        STORY(test_failback_of_a_proxy__is_else_that_of_the_server_that_is_reached),
        STORY(test_retry_counts_of_a_proxy__are_its_own),
        STORY(test_retry_counts_of_a_proxy__are_else_those_of_the_server_of_its_number),
        STORY(test_prefer_primary__renews_by_way_of_the_first_proxy),
        STORY(test_srv__behind_a_proxys_name_is_failed_over_like_a_servers),
        STORY(test_the_server_behind_a_proxy__is_never_looked_up),
        STORY(test_report_11__after_a_dns_failure_the_proxy_is_still_the_way),
        STORY(test_yealink__two_proxies_and_minus_one),
        STORY(test_grandstream__backup_proxy_and_mode),
        STORY(test_flx__a_list_of_proxies_for_registration_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
