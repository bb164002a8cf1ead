/* Stories of an account that asks a STUN server where it is before it registers, in virtual time.
 */
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "sip/stun.h"
#include "story_test.h"

static const struct hf_address stun_address = {
    .family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 53}, .port = 3478};
static uint32_t stun_server;

static void add_stun_server(void) {
    struct sim_server_options options = {.name = "stun", .address = world_address(stun_address)};

    registrar_options_init(&options.registrar);
    assert_int_equal(sim_add_server(w.sim, &options, &stun_server), 0);
}

static int setup_cone(void **state) {
    (void)state;
    world_init_behind_cone(&w);
    add_stun_server();
    return 0;
}

static int setup_symmetric(void **state) {
    (void)state;
    world_init_behind_nat(&w, 0);
    add_stun_server();
    return 0;
}

#define CONE(name)                                                                                 \
    { #name, story_holds(#name) ? name : story_is_skipped, setup_cone, teardown, NULL }
#define SYMMETRIC(name)                                                                            \
    { #name, story_holds(#name) ? name : story_is_skipped, setup_symmetric, teardown, NULL }

static hf_account_id add(const char *server, const char *more) {
    return world_add(&w, world_settings("generic", "expires=3600", "nat.traversal=stun",
                                        "nat.rport=no", server, more, NULL));
}

static unsigned asked(void) {
    struct sim_server_counters counters;

    sim_server_count_packets(w.sim, stun_server, &counters);
    return (unsigned)counters.received;
}

static void stun_server_does(enum sim_fault_kind kind) {
    const struct sim_fault fault = {.kind = kind, .server = stun_server};

    assert_int_equal(sim_apply(w.sim, &fault), 0);
}

static void nat_rebinds(void) {
    const struct sim_fault fault = {.kind = SIM_NAT_REBIND, .process = w.process};

    assert_int_equal(sim_apply(w.sim, &fault), 0);
}

static bool request_has(const char *text) {
    return strstr(w.last_request, text) != NULL;
}

static struct registrar_binding bound(void) {
    struct registrar_binding binding;
    uint32_t cursor = 0;

    assert_int_equal(bindings_at(&w, 0), 1);
    assert_true(registrar_next_binding(w.servers[0].registrar, &cursor, &binding));
    return binding;
}

static bool contact_has(const char *text) {
    char contact[512];

    snprintf(contact, sizeof contact, "%.*s", SLICE_ARGS(bound().contact));
    world_text_out(contact, sizeof contact);
    return strstr(contact, text) != NULL;
}

static bool explained(hf_account_id a, const char *text) {
    char buffer[4096];

    assert_true(hf_agent_explain(w.agent, a, buffer, sizeof buffer, w.now) > 0);
    world_text_out(buffer, sizeof buffer);
    return strstr(buffer, text) != NULL;
}

/* Without rport the answer goes where the Via says: through the NAT, as that is the outer end. */
static void test_first_register__names_the_place_that_the_stun_server_told(void **state) {
    const hf_account_id a = add("nat.stun_server=192.0.2.53", NULL);

    (void)state;
    assert_true(request_has("Via: SIP/2.0/UDP 203.0.113.1:20000;"));
    assert_true(contact_has("@203.0.113.1:20000"));
    assert_int_equal(w.servers[0].registers, 2); /* a challenge, and no Contact of another place */
    assert_int_equal(asked(), 1);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(
        explained(a, "STUN server 192.0.2.53 sees us at 203.0.113.1:20000, as of 0.0 s ago"));
}

static void set_name(const char *name, const struct hf_dns_record *record) {
    assert_int_equal(world_dns_set(w.sim, name, record, 1), 0);
}

/* RFC 8489 section 8.1. */
static void test_server__is_found_by_srv_unless_there_is_a_port(void **state) {
    const struct hf_dns_record service = {
        .type = HF_DNS_SRV, .ttl = 60, .srv = {.port = 3478, .target = SLICE("host.stun.example")}};
    struct hf_dns_record address = {.type = HF_DNS_A, .ttl = 60, .address = stun_address};

    (void)state;
    address.address.port = 0;
    set_name("_stun._udp.stun.example", &service);
    set_name("host.stun.example", &address);
    set_name("plain.example", &address);
    add("nat.stun_server=stun.example", NULL);
    run_for(&w, HF_SECOND);
    assert_int_equal(asked(), 1);
    assert_true(contact_has("@203.0.113.1:20000"));
    world_add(&w, world_settings("generic", "user=bob", "password=pw-bob", "nat.traversal=auto",
                                 "nat.stun_server=plain.example:3478", NULL));
    run_for(&w, HF_SECOND);
    assert_int_equal(asked(), 1); /* the path has one that asks already */
}

static void test_server__without_srv_is_found_by_its_address(void **state) {
    struct hf_dns_record address = {.type = HF_DNS_A, .ttl = 0, .address = stun_address};

    (void)state;
    address.address.port = 0;
    set_name("plain.example", &address);
    add("nat.stun_server=plain.example", NULL);
    run_for(&w, HF_SECOND);
    assert_int_equal(asked(), 1);
    assert_true(contact_has("@203.0.113.1:20000"));
}

/* Four seconds, and no more; it is asked on, seven times. */
static void test_dead_server__delays_the_first_register_by_four_seconds(void **state) {
    (void)state;
    stun_server_does(SIM_SERVER_OFF);
    const hf_account_id a = world_add(
        &w, world_settings("generic", "expires=3600", "nat.traversal=stun",
                           "nat.stun_server=192.0.2.53", "nat.keep_alive_interval=60", NULL));

    run_for(&w, 3900 * HF_MILLISECOND);
    assert_int_equal(w.servers[0].registers, 0);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERING);
    assert_true(explained(a, "asks the STUN server first"));
    run_for(&w, 200 * HF_MILLISECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(contact_has("@203.0.113.1:")); /* rport told it */
    assert_true(explained(a, "STUN server 192.0.2.53: no answer yet"));
    run_for(&w, 40 * HF_SECOND);
    assert_int_equal(asked(), 7);
    assert_true(explained(a, "STUN server 192.0.2.53 has never answered"));
    run_for(&w, 100 * HF_SECOND);
    assert_true(asked() > 7);
}

static void test_name_that_is_not_there__delays_nothing(void **state) {
    (void)state;
    world_add(
        &w, world_settings("generic", "nat.traversal=stun", "nat.stun_server=none.example", NULL));
    run_for(&w, 100 * HF_MILLISECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
}

/* Nothing but the STUN server notices it: the account has no keep-alive. */
static void test_rebinding__is_noticed_and_the_old_contact_goes(void **state) {
    const hf_account_id a = add("nat.stun_server=192.0.2.53", "nat.keep_alive_interval=30");

    (void)state;
    run_for(&w, HF_SECOND);
    nat_rebinds();
    run_for(&w, 35 * HF_SECOND);
    assert_true(contact_has("@203.0.113.1:20001"));
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
    assert_true(explained(a, "sees us at another address"));
}

static void test_interval__is_kept_and_one_asks_for_all(void **state) {
    (void)state;
    add("nat.stun_server=192.0.2.53", "nat.keep_alive_interval=60");
    for (int i = 0; i < 5; i++) {
        char user[32], password[32];

        snprintf(user, sizeof user, "user=u%d", i);
        snprintf(password, sizeof password, "password=pw-u%d", i);
        world_add(&w,
                  world_settings("generic", user, password, "nat.traversal=stun",
                                 "nat.stun_server=192.0.2.53", "nat.keep_alive_interval=60", NULL));
    }
    run_for(&w, HF_SECOND);
    const unsigned before = asked();

    assert_int_equal(before, 1);
    run_for(&w, 1000 * HF_SECOND);
    assert_in_range(asked() - before, 1000 / 60, 1000 / 48 + 1);
}

static void test_asking__ends_with_the_binding(void **state) {
    const hf_account_id a = add("nat.stun_server=192.0.2.53", "nat.keep_alive_interval=10");

    (void)state;
    run_for(&w, 100 * HF_SECOND);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    sim_attend(w.sim, w.process);
    run_for(&w, 20 * HF_SECOND);
    const unsigned before = asked();

    run_for(&w, 1000 * HF_SECOND);
    assert_int_equal(asked(), before);
}

/* Each peer gets another port: what the SIP server says counts, and does not change again. */
static void test_symmetric_nat__the_sip_servers_word_wins(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", "expires=3600", "nat.traversal=stun",
                                 "nat.stun_server=192.0.2.53", "nat.keep_alive_interval=10", NULL));
    run_for(&w, 10 * HF_SECOND);
    assert_true(contact_has("@203.0.113.1:20001"));
    const unsigned registers = w.servers[0].registers;

    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, registers);
    assert_true(contact_has("@203.0.113.1:20001"));
}

/* What a stranger says is not believed, nor what comes without having been asked for. */
static void test_answers__of_others_are_not_believed(void **state) {
    const struct hf_address stranger = world_address(
        (struct hf_address){.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 99}, .port = 3478});
    const struct hf_address server = world_address(stun_address);
    char request[STUN_REQUEST_BYTES], answer[STUN_RESPONSE_MAX];
    const uint64_t nothing[2] = {0, 0};
    const hf_account_id a = add("nat.stun_server=192.0.2.53", "nat.keep_alive_interval=60");

    (void)state;
    run_for(&w, HF_SECOND);
    stun_request_write(request, nothing);
    const struct hf_slice lie = stun_answer(slice_of(request, sizeof request), &stranger, answer);

    for (hf_path_id path = 1; path < 4; path++) {
        (void)hf_agent_receive(w.agent, path, &server, lie.ptr, lie.len, w.now);
        (void)hf_agent_receive(w.agent, path, &stranger, lie.ptr, lie.len, w.now);
    }
    run_for(&w, 10 * HF_SECOND);
    assert_true(contact_has("@203.0.113.1:20000"));
    assert_true(explained(a, "sees us at 203.0.113.1:20000"));
}

static void test_no_server__nothing_is_waited_for(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", "nat.traversal=stun", NULL));
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_true(contact_has("@198.51.100.1:40000"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        CONE(test_first_register__names_the_place_that_the_stun_server_told),
        CONE(test_server__is_found_by_srv_unless_there_is_a_port),
        CONE(test_server__without_srv_is_found_by_its_address),
        CONE(test_dead_server__delays_the_first_register_by_four_seconds),
        CONE(test_name_that_is_not_there__delays_nothing),
        CONE(test_rebinding__is_noticed_and_the_old_contact_goes),
        CONE(test_interval__is_kept_and_one_asks_for_all),
        CONE(test_asking__ends_with_the_binding),
        SYMMETRIC(test_symmetric_nat__the_sip_servers_word_wins),
        STORY(test_no_server__nothing_is_waited_for),
        CONE(test_answers__of_others_are_not_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
