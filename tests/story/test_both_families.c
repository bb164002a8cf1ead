/* Stories of hosts that have addresses of both families, of what becomes of one of them, and of
 * IPv6 networks whose way to IPv4 is NAT64 (RFC 6146) with the DNS64 of RFC 6147. */
#include "../unit/cmocka_all.h"
#include "base/address.h"
#include "base/slice.h"
#include "holdfast/settings.h"
#include "sim/sim.h"

static const struct hf_address server_four = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}};
static const struct hf_address server_six = {.family = HF_FAMILY_IPV6,
                                             .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
static const struct hf_address phone_four = {.family = HF_FAMILY_IPV4, .ip = {198, 51, 100, 1}};
static const struct hf_address phone_six = {.family = HF_FAMILY_IPV6,
                                            .ip = {0x20, 0x01, 0x0d, 0xb8, [5] = 1, [15] = 1}};
/* 192.0.2.1 as DNS64 writes it (RFC 6052 section 2.1). */
static const struct hf_address server_by_dns64 = {
    .family = HF_FAMILY_IPV6, .ip = {0x00, 0x64, 0xff, 0x9b, [12] = 192, 0, 2, 1}};
static const struct hf_address nowhere;

static struct {
    struct sim *sim;
    uint32_t server, process, account;
    unsigned failures;
    hf_time registered_at;
} s;

static void on_event(void *user, uint32_t process, const struct hf_event *event) {
    (void)user;
    (void)process;
    s.failures += event->kind == HF_EVENT_REGISTRATION_FAILED;
    if (event->kind == HF_EVENT_REGISTERED)
        s.registered_at = sim_now(s.sim);
}

static int setup(void **state) {
    const struct sim_options options = {.seed = 6};
    const struct sim_observer observer = {.event = on_event};

    (void)state;
    memset(&s, 0, sizeof s);
    assert_int_equal(sim_create(&options, &s.sim), 0);
    sim_observe(s.sim, &observer);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    sim_free(s.sim);
    return 0;
}

static bool open_server; /* challenges nobody */
static bool tells_place; /* the phone registers the address that the server sees */

static void add_server(struct hf_address one, struct hf_address other) {
    struct sim_server_options options = {.name = "pbx", .address = one, .other = other};

    registrar_options_init(&options.registrar);
    options.registrar.open = open_server;
    assert_int_equal(sim_add_server(s.sim, &options, &s.server), 0);
    assert_int_equal(registrar_add_user(sim_registrar(s.sim, s.server), "alice", "pw"), 0);
}

static void add_phone(struct hf_address one, struct hf_address other, struct hf_address nat) {
    const struct sim_process_options options = {
        .name = "phone", .address = one, .other = other, .nat_address = nat};

    assert_int_equal(sim_add_process(s.sim, &options, &s.process), 0);
}

static void publish(const struct hf_address *first, const struct hf_address *second) {
    const struct hf_address *addresses[] = {first, second};
    struct hf_dns_record records[2];
    size_t count = 0;

    for (size_t i = 0; i < 2; i++)
        if (addresses[i])
            records[count++] = (struct hf_dns_record){
                .type = addresses[i]->family == HF_FAMILY_IPV6 ? HF_DNS_AAAA : HF_DNS_A,
                .ttl = 3600,
                .address = *addresses[i]};
    assert_int_equal(sim_dns_set(s.sim, "pbx.example.com", records, count), 0);
}

static void register_by(const char *transport) {
    struct hf_settings_error error;
    struct hf_settings *settings;
    const char *const pairs[][2] = {{"user", "alice"},
                                    {"password", "pw"},
                                    {"servers[1].address", "pbx.example.com"},
                                    {"servers[1].port", "5060"},
                                    {"transport", transport},
                                    {"nat.rewrite_contact", tells_place ? "yes" : "no"},
                                    {"retry", "30"}};

    assert_int_equal(hf_settings_create("generic", &settings), 0);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        assert_int_equal(hf_settings_set(settings, pairs[i][0], pairs[i][1], &error), 0);
    assert_int_equal(sim_add_account(s.sim, s.process, "alice", settings, &s.account), 0);
    hf_settings_free(settings);
}

static void begin(const char *transport) {
    add_server(server_four, server_six);
    add_phone(phone_four, phone_six, nowhere);
    publish(&server_four, &server_six);
    register_by(transport);
}

static void set_ways(enum sim_way ipv4, enum sim_way ipv6) {
    const struct sim_fault fault = {.kind = SIM_LINK,
                                    .server = SIM_NONE,
                                    .process = SIM_NONE,
                                    .link = {.ipv4 = ipv4, .ipv6 = ipv6}};

    assert_int_equal(sim_apply(s.sim, &fault), 0);
}

/* The answers for AAAA records come so much later than those for A records. */
static void let_six_be_late(hf_time span) {
    const struct sim_fault fault = {.kind = SIM_DNS_DELAY, .record = SIM_RECORD_AAAA, .span = span};

    assert_int_equal(sim_apply(s.sim, &fault), 0);
}

static void run_for(hf_time span) {
    sim_run(s.sim, sim_now(s.sim) + span);
}

static struct hf_account_status status_now(void) {
    struct hf_account_status status;

    assert_int_equal(sim_account_status(s.sim, s.account, &status), 0);
    return status;
}

static void expect_registered_over(enum hf_family family, hf_time from, hf_time to) {
    const struct hf_account_status status = status_now();

    assert_int_equal(status.state, HF_STATE_REGISTERED);
    assert_int_equal(status.target.family, family);
    assert_in_range(s.registered_at - SIM_START_AT, from, to);
    assert_true(sim_is_reachable(s.sim, s.account));
}

static void test_both_families__one_that_is_silent_costs_a_connection_a_moment(void **state) {
    (void)state;
    set_ways(SIM_WAY_DOWN, SIM_WAY_OPEN);
    begin("tcp");
    run_for(HF_SECOND);
    expect_registered_over(HF_FAMILY_IPV6, 250 * HF_MILLISECOND, 260 * HF_MILLISECOND);
    assert_int_equal(s.failures, 0);
}

static void test_both_families__one_that_is_refused_costs_nothing(void **state) {
    (void)state;
    set_ways(SIM_WAY_REFUSED, SIM_WAY_OPEN);
    begin("tcp");
    run_for(HF_SECOND);
    expect_registered_over(HF_FAMILY_IPV6, 0, 10 * HF_MILLISECOND);
}

/* No connection, no race: the other address is tried when the first one has been silent. */
static void test_both_families__datagrams_go_to_the_other_one_after_a_silence(void **state) {
    (void)state;
    set_ways(SIM_WAY_DOWN, SIM_WAY_OPEN);
    begin("udp");
    run_for(40 * HF_SECOND);
    expect_registered_over(HF_FAMILY_IPV6, HF_SECOND, 33 * HF_SECOND);
}

static void test_both_families__a_connection_that_dies_is_made_again_over_the_other(void **state) {
    (void)state;
    begin("tcp");
    run_for(HF_SECOND);
    expect_registered_over(HF_FAMILY_IPV4, 0, HF_SECOND);
    set_ways(SIM_WAY_REFUSED, SIM_WAY_OPEN);
    const struct sim_fault close = {.kind = SIM_STREAMS_CLOSE};

    assert_int_equal(sim_apply(s.sim, &close), 0);
    run_for(2 * HF_SECOND);
    assert_int_equal(status_now().target.family, HF_FAMILY_IPV6);
    assert_true(sim_is_reachable(s.sim, s.account));
}

/* A machine without IPv4 hears at once that there is no way, when the DNS has told it no more than
 * the IPv4 address. */
static void test_both_families__an_answer_for_ipv6_that_comes_late_is_waited_for(void **state) {
    (void)state;
    add_server(server_four, server_six);
    add_phone(phone_six, nowhere, nowhere);
    publish(&server_four, &server_six);
    let_six_be_late(300 * HF_MILLISECOND);
    register_by("tcp");
    run_for(HF_SECOND);
    expect_registered_over(HF_FAMILY_IPV6, 300 * HF_MILLISECOND, 310 * HF_MILLISECOND);
}

static void test_both_families__an_answer_for_ipv6_that_never_comes_is_not(void **state) {
    (void)state;
    add_server(server_four, server_six);
    add_phone(phone_six, nowhere, nowhere);
    publish(&server_four, &server_six);
    let_six_be_late(60 * HF_SECOND);
    register_by("udp");
    run_for(900 * HF_MILLISECOND);
    assert_int_equal(status_now().state, HF_STATE_RESOLVING);
    run_for(200 * HF_MILLISECOND);
    assert_int_equal(status_now().state, HF_STATE_WAITING);
    run_for(90 * HF_SECOND);
    expect_registered_over(HF_FAMILY_IPV6, 60 * HF_SECOND, 91 * HF_SECOND);
}

/* It races when it is there. */
static void test_both_families__an_address_that_comes_late_races_all_the_same(void **state) {
    (void)state;
    set_ways(SIM_WAY_DOWN, SIM_WAY_OPEN);
    let_six_be_late(600 * HF_MILLISECOND);
    begin("tcp");
    run_for(HF_SECOND);
    expect_registered_over(HF_FAMILY_IPV6, 600 * HF_MILLISECOND, 860 * HF_MILLISECOND);
}

/* What a server bound over the family that was thought to be silent would get every call as well.
 */
static void test_both_families__a_lost_answer_leaves_no_binding_behind(void **state) {
    struct registrar_binding binding;
    struct sim_fault slow = {.kind = SIM_SERVER_DELAY, .span = 60 * HF_SECOND};
    uint32_t cursor = 0;

    (void)state;
    open_server = true;
    begin("udp");
    open_server = false;
    assert_int_equal(sim_apply(s.sim, &slow), 0);
    slow.span = 0;
    run_for(5 * HF_SECOND);
    assert_int_equal(sim_apply(s.sim, &slow), 0);
    run_for(200 * HF_SECOND);
    assert_int_equal(status_now().target.family, HF_FAMILY_IPV6);
    assert_true(registrar_next_binding(sim_registrar(s.sim, s.server), &cursor, &binding));
    assert_int_equal(binding.received.family, HF_FAMILY_IPV6);
    assert_false(registrar_next_binding(sim_registrar(s.sim, s.server), &cursor, &binding));
}

/* ---- NAT64 */

static const struct hf_address nat64 = {.family = HF_FAMILY_IPV4, .ip = {203, 0, 113, 1}};

/* A server of IPv4 alone. The DNS of the phone's network has made an IPv6 address of its own. */
static void begin_behind_nat64(const char *transport, hf_time nat_timeout) {
    const struct sim_fault forgetful = {.kind = SIM_NAT_TIMEOUT, .span = nat_timeout};

    add_server(server_four, server_by_dns64);
    add_phone(phone_six, nowhere, nat64);
    assert_int_equal(sim_apply(s.sim, &forgetful), 0);
    publish(&server_by_dns64, NULL);
    register_by(transport);
}

static void expect_registered_by_dns64(void) {
    const struct hf_account_status status = status_now();

    assert_int_equal(status.state, HF_STATE_REGISTERED);
    assert_true(address_same_host(&status.target, &server_by_dns64));
    assert_true(sim_is_reachable(s.sim, s.account));
}

static void test_both_families__a_name_of_dns64_leads_to_a_server_of_ipv4(void **state) {
    (void)state;
    begin_behind_nat64("udp", 0);
    run_for(HF_SECOND);
    expect_registered_by_dns64();
    run_for(4 * 3600 * HF_SECOND);
    expect_registered_by_dns64();
    assert_int_equal(s.failures, 0);
}

static void test_both_families__so_it_does_for_a_connection(void **state) {
    (void)state;
    begin_behind_nat64("tcp", 0);
    run_for(HF_SECOND);
    expect_registered_by_dns64();
    run_for(4 * 3600 * HF_SECOND);
    expect_registered_by_dns64();
    assert_int_equal(s.failures, 0);
}

/* The server sees an address of IPv4, and is told that one where a Contact is to lead through a
 * NAT: it could not send to the phone's own. */
static void test_both_families__behind_nat64_the_contact_is_what_the_server_sees(void **state) {
    struct registrar_binding binding;
    uint32_t cursor = 0;
    struct hf_address seen;

    (void)state;
    tells_place = true;
    begin_behind_nat64("udp", 0);
    tells_place = false;
    run_for(10 * HF_SECOND);
    assert_true(registrar_next_binding(sim_registrar(s.sim, s.server), &cursor, &binding));
    seen = binding.received;
    seen.port = 0;
    assert_true(address_equal(&seen, &nat64));
    assert_true(slice_starts_with_nocase(binding.contact, SLICE("sip:alice@203.0.113.1:")));
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_both_families__one_that_is_silent_costs_a_connection_a_moment),
        STORY(test_both_families__one_that_is_refused_costs_nothing),
        STORY(test_both_families__datagrams_go_to_the_other_one_after_a_silence),
        STORY(test_both_families__a_connection_that_dies_is_made_again_over_the_other),
        STORY(test_both_families__an_answer_for_ipv6_that_comes_late_is_waited_for),
        STORY(test_both_families__an_answer_for_ipv6_that_never_comes_is_not),
        STORY(test_both_families__an_address_that_comes_late_races_all_the_same),
        STORY(test_both_families__a_lost_answer_leaves_no_binding_behind),
        STORY(test_both_families__a_name_of_dns64_leads_to_a_server_of_ipv4),
        STORY(test_both_families__so_it_does_for_a_connection),
        STORY(test_both_families__behind_nat64_the_contact_is_what_the_server_sees),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
