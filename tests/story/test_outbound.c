/* Stories of an account whose bindings are flows (RFC 5626). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"
#include "holdfast/request.h"
#include "story_test.h"

#define INSTANCE "urn:uuid:00000000-0000-1000-8000-000a95a0e128"

static hf_account_id add_with(const char *first, const char *second) {
    return world_add(&w, world_settings("generic", "outbound=yes", "instance=" INSTANCE,
                                        "expires=600", first, second, NULL));
}

static hf_account_id add_with_more(const char *const *pairs) {
    struct hf_settings *settings =
        world_settings("generic", "outbound=yes", "instance=" INSTANCE, "expires=600", NULL);
    struct hf_settings_error error;

    for (; *pairs; pairs++) {
        char key[64], value[64];
        const char *equals = strchr(*pairs, '=');

        snprintf(key, sizeof key, "%.*s", (int)(equals - *pairs), *pairs);
        world_text_in(value, sizeof value, equals + 1);
        assert_int_equal(hf_settings_set(settings, key, value, &error), 0);
    }
    return world_add(&w, settings);
}

static struct registrar_binding bound_at(unsigned server, unsigned index) {
    struct registrar_binding binding;
    char user[64];

    world_text_in(user, sizeof user, "alice@192.0.2.1");
    assert_true(
        registrar_binding_of(w.servers[server].registrar, slice_from(user), index, &binding));
    return binding;
}

static bool last_has(const char *text) {
    return strstr(w.last_request, text) != NULL;
}

static void test_flow__is_known_by_instance_and_reg_id(void **state) {
    const hf_account_id a = add_with(NULL, NULL);

    (void)state;
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(last_has("Supported: path, outbound\r\n"));
    assert_true(last_has(";+sip.instance=\"<" INSTANCE ">\";reg-id=1\r\n"));
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_true(last_has(";reg-id=1\r\n"));
    assert_int_equal(bindings_at(&w, 0), 0);
}

/* Section 4.3: what belongs to a dialog is to come by the flow as well. */
static void test_calls__by_a_flow_say_so_in_their_contact(void **state) {
    const hf_account_id a = add_with(NULL, NULL);
    struct hf_request_way way;
    char expected[512];

    (void)state;
    snprintf(expected, sizeof expected, "%.*s;ob", SLICE_ARGS(status_of(&w, a).contact));
    assert_int_equal(hf_agent_request_way(w.agent, a, &way, w.now), 0);
    assert_true(slice_equal(way.contact, slice_from(expected)));
    server_does(&w, 0, REGISTRAR_IGNORES_OUTBOUND);
    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(hf_agent_request_way(w.agent, a, &way, w.now), 0);
    assert_true(slice_equal(way.contact, status_of(&w, a).contact));
}

static void test_flow__is_not_asked_for_without_an_instance_or_unless_told(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", "outbound=yes", NULL));
    assert_false(last_has("outbound"));
    assert_false(last_has("reg-id"));
    world_add(&w,
              world_settings("generic", "instance=" INSTANCE, "user=bob", "password=pw-bob", NULL));
    assert_false(last_has("outbound"));
    assert_false(last_has("reg-id"));
    assert_true(last_has("+sip.instance"));
}

/* Another place, the same flow: nothing is removed, there is nothing to remove. */
static void test_flow__from_another_place_replaces_the_one_before(void **state) {
    const hf_account_id a = add_with("nat.rewrite_contact=yes", NULL);
    const struct hf_remembered before = world_remember(&w, a);

    (void)state;
    w.local_port = 40100;
    world_restart(&w);
    world_restore(&w,
                  world_settings("generic", "outbound=yes", "instance=" INSTANCE, "expires=600",
                                 "nat.rewrite_contact=yes", NULL),
                  &before);
    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
    assert_false(last_has("expires=0"));
    assert_false(last_has("Expires: 0"));
    run_for(&w, 1200 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
}

static void test_registrar__without_outbound_gets_an_ordinary_binding(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_IGNORES_OUTBOUND);
    const hf_account_id a = add_with(NULL, NULL);

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 0);
    run_for(&w, 300 * HF_SECOND);
    server_does(&w, 0, REGISTRAR_WORKS); /* it has learnt it */
    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
}

static void
test_report_27__an_edge_without_outbound_is_registered_through_all_the_same(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_LACKS_OUTBOUND);
    const hf_account_id a = add_with("expires=200", NULL);

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(w.servers[0].registers, 3); /* 401, 439, 200 */
    assert_false(last_has("reg-id"));
    assert_false(last_has("outbound"));
    assert_true(last_has("+sip.instance"));
    run_for(&w, 140 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 4); /* it is remembered, */
    server_does(&w, 0, REGISTRAR_WORKS);
    run_for(&w, 1500 * HF_SECOND); /* but not for ever */
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

/* A server that minds the instance as well is offered both again, or neither: a reg-id says nothing
 * without an instance (section 4.2.1). */
static void test_flow__is_never_offered_without_its_instance(void **state) {
    (void)state;
    const hf_account_id a = add_with("expires=60", NULL);

    server_answers(&w, 0, 439, "", 1);
    run_for(&w, 100 * HF_SECOND);
    server_answers(&w, 0, 420, "Unsupported: outbound\r\n", 1);
    for (unsigned i = 0; i < 600; i++) {
        run_for(&w, HF_SECOND);
        assert_true(!last_has(";reg-id=") || last_has("+sip.instance="));
    }
    expect_registered_at(&w, a, 0);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
}

static hf_time next_attempt_in(hf_account_id account) {
    return status_of(&w, account).next_attempt_at - w.now;
}

/* Section 4.5: half to all of 30 s doubled with each failure, half an hour at the most. */
static void test_recovery__waits_as_rfc_5626_says(void **state) {
    hf_time most = 60 * HF_SECOND;

    (void)state;
    server_answers(&w, 0, 500, "", 0);
    const hf_account_id a = add_with("retry=5", NULL);

    for (int i = 0; i < 9; i++) {
        assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
        assert_in_range(next_attempt_in(a), most / 2 - HF_SECOND, most);
        run_for(&w, next_attempt_in(a) + HF_SECOND / 10);
        most = most < 900 * HF_SECOND ? 2 * most : 1800 * HF_SECOND;
    }
}

static void test_recovery__waits_as_the_settings_say_if_they_do(void **state) {
    (void)state;
    server_answers(&w, 0, 500, "", 0);
    const hf_account_id a = add_with("retry.min=4", "retry.max=16");

    assert_in_range(next_attempt_in(a), 4 * HF_SECOND, 8 * HF_SECOND);
}

/* One flow by way of each of two edge proxies, the first two servers of the world. */
static hf_account_id add_flows(const char *more) {
    char one[64], two[64];
    const char *transport = getenv("HOLDFAST_TRANSPORT");

    snprintf(one, sizeof one, "proxies[1].transport=%s", transport ? transport : "udp");
    snprintf(two, sizeof two, "proxies[2].transport=%s", transport ? transport : "udp");
    return add_with_more((const char *const[]){
        "servers[1].address=registrar.example", "proxies[1].address=192.0.2.1",
        "proxies[2].address=192.0.2.2", one, two, "timer.f=4", more, NULL});
}

static struct hf_account_status leg_of(hf_account_id account, unsigned leg) {
    struct hf_account_status status;

    assert_int_equal(hf_agent_leg_status(w.agent, account, leg, &status, w.now), 0);
    return status;
}

static void expect_bindings(unsigned first, unsigned second) {
    assert_int_equal(bindings_at(&w, 0), first);
    assert_int_equal(bindings_at(&w, 1), second);
}

static uint32_t reg_id_at(unsigned server) {
    struct registrar_binding binding;

    assert_true(registrar_binding_of(w.servers[server].registrar, SLICE("alice@registrar.example"),
                                     0, &binding));
    return binding.reg_id;
}

static void test_flows__go_by_each_proxy_with_a_reg_id_of_its_own(void **state) {
    const hf_account_id a = add_flows(NULL);
    char first[256];

    (void)state;
    expect_bindings(1, 1);
    assert_int_equal(status_of(&w, a).legs, 2);
    assert_int_equal(reg_id_at(0), 1);
    assert_int_equal(reg_id_at(1), 2);
    snprintf(first, sizeof first, "%.*s", SLICE_ARGS(leg_of(a, 0).contact));
    assert_false(slice_equal(slice_from(first), leg_of(a, 1).contact));
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    expect_bindings(0, 0);
}

static void test_flows__keep_their_reg_ids_over_a_restart(void **state) {
    struct hf_remembered memories[2];
    hf_account_id a = add_flows(NULL);

    (void)state;
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(hf_agent_remember_leg(w.agent, a, i, &memories[i]), 0);
    w.local_port = 40100;
    world_restart(&w);
    a = add_flows(NULL); /* even without them */
    expect_bindings(1, 1);
    assert_int_equal(reg_id_at(0), 1);
    assert_int_equal(reg_id_at(1), 2);
    run_for(&w, 1200 * HF_SECOND);
    expect_bindings(1, 1);
}

/* Section 4.5: the other flow serves; the lost one is tried more rarely than where all are lost,
 * and comes back with its reg-id. */
static void test_flows__one_that_fails_leaves_the_other_and_comes_back(void **state) {
    const hf_account_id a = add_flows("retry_counts=1");

    (void)state;
    server_down(&w, 0);
    while (leg_of(a, 0).state != HF_STATE_WAITING)
        run_for(&w, HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    expect_registered_at(&w, a, 1);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
    while (leg_of(a, 0).failures < 1 || leg_of(a, 0).state != HF_STATE_WAITING)
        run_for(&w, HF_SECOND);
    assert_true(leg_of(a, 0).next_attempt_at - w.now <= 720 * HF_SECOND);
    server_up(&w, 0);
    run_for(&w, 1800 * HF_SECOND);
    expect_bindings(1, 1);
    assert_int_equal(reg_id_at(0), 1);
    assert_int_equal(leg_of(a, 0).state, HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 1);
}

static void test_recovery__is_slower_while_another_flow_serves(void **state) {
    (void)state;
    server_answers(&w, 0, 480, "", 0);
    const hf_account_id a = add_flows(NULL);

    assert_int_equal(leg_of(a, 0).state, HF_STATE_WAITING);
    run_for(&w, leg_of(a, 0).next_attempt_at - w.now + HF_SECOND / 10);
    assert_int_equal(leg_of(a, 0).failures, 2); /* now the other one is there for certain */
    assert_in_range(leg_of(a, 0).next_attempt_at - w.now, 179 * HF_SECOND, 360 * HF_SECOND);
}

/* A registrar without outbound would call both: one registration serves, the other stands by. */
static void test_flows__without_outbound_one_serves_and_the_other_stands_by(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_IGNORES_OUTBOUND);
    server_does(&w, 1, REGISTRAR_IGNORES_OUTBOUND);
    const hf_account_id a = add_flows("retry_counts=1");

    run_for(&w, 5 * HF_SECOND);
    expect_bindings(1, 0);
    assert_int_equal(leg_of(a, 1).state, HF_STATE_WAITING);
    run_for(&w, 3000 * HF_SECOND);
    expect_bindings(1, 0);
    server_down(&w, 0);
    while (state_of(&w, a) == HF_STATE_REGISTERED && leg_of(a, 1).state != HF_STATE_REGISTERED)
        run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, leg_of(a, 0).state == HF_STATE_REGISTERED ? 0 : 1);
    assert_int_equal(bindings_at(&w, 1), 1);
    server_up(&w, 0);
    run_for(&w, 1000 * HF_SECOND);
    expect_bindings(1, 0); /* as before */
}

/* An edge that lacks outbound is not used while a flow can be had by another one. */
static void test_flows__an_edge_without_outbound_stands_by(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_LACKS_OUTBOUND);
    const hf_account_id a = add_flows(NULL);

    run_for(&w, 5 * HF_SECOND);
    expect_bindings(0, 1);
    expect_registered_at(&w, a, 1);
    server_does(&w, 0, REGISTRAR_WORKS);
    run_for(&w, 3610 * HF_SECOND);
    expect_bindings(1, 1); /* it has looked again, and asked for a flow */
    assert_int_equal(reg_id_at(0), 1);
}

/* Packets that keep the ways open and what else the first server is sent, within a time. */
static unsigned packets_within(hf_time span) {
    const unsigned before = w.servers[0].received;

    run_for(&w, span);
    return w.servers[0].received - before;
}

static void world_with_flow_timer(uint32_t seconds) {
    registrar_set_flow_timer(w.servers[0].registrar, seconds);
}

/* Section 4.4: between four fifths and all of what the server says. */
static void test_flow_timer__is_followed(void **state) {
    (void)state;
    world_with_flow_timer(50);
    add_with("expires=3600", NULL);
    assert_in_range(packets_within(1000 * HF_SECOND), 1000 / 50, 1000 / 40 + 1);
}

static void test_flow__is_kept_alive_without_a_flow_timer(void **state) {
    (void)state;
    add_with("expires=3600", NULL);
    if (world_has_streams())
        assert_in_range(packets_within(1200 * HF_SECOND), 1200 / 120, 1200 / 96 + 1);
    else
        assert_in_range(packets_within(1200 * HF_SECOND), 1200 / 29, 1200 / 23 + 1);
}

static void test_registrar__without_outbound_is_not_kept_alive(void **state) {
    (void)state;
    world_with_flow_timer(50);
    server_does(&w, 0, REGISTRAR_IGNORES_OUTBOUND);
    add_with("expires=3600", NULL);
    assert_int_equal(packets_within(1000 * HF_SECOND), 0);
}

/* Another account on the same way says nothing of flows, and is told nothing of a Flow-Timer. */
static void test_flow__is_kept_alive_whoever_shares_its_way(void **state) {
    (void)state;
    world_with_flow_timer(50);
    add_with("expires=3600", NULL);
    world_add(&w, world_settings("generic", "user=bob", "password=pw-bob", "expires=3600", NULL));
    assert_in_range(packets_within(1000 * HF_SECOND), 1000 / 50, 1000 / 40 + 1);
}

/* Sections 4.4.1, 4.4.2: no answer, no flow. It is made again, with its reg-id. */
static void test_flow__that_answers_no_more_is_made_again(void **state) {
    const struct registrar_fault silent = {.kind = REGISTRAR_SILENT};
    const struct registrar_fault none = {.kind = REGISTRAR_WORKS};
    const hf_account_id a = add_with("expires=3600", NULL);

    (void)state;
    run_for(&w, 200 * HF_SECOND);
    const unsigned before = w.servers[0].registers;

    if (world_has_streams()) {
        server_down(&w, 0); /* without a word: the connection is dead and nobody said so */
        run_for(&w, 125 * HF_SECOND);
        server_up(&w, 0);
        run_for(&w, 200 * HF_SECOND);
    } else {
        registrar_set_fault(w.servers[0].registrar, &silent);
        run_for(&w, 69 * HF_SECOND); /* the next is due within 29 s, and 39.5 s are waited */
        registrar_set_fault(w.servers[0].registrar, &none);
        run_for(&w, 100 * HF_SECOND);
    }
    assert_true(w.servers[0].registers > before);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
}

/* The answer to a keep-alive shows it (section 4.4.2): the flow is registered from the new place,
 * and nothing needs to be removed. */
static void test_nat__that_rebinds_gets_the_same_flow(void **state) {
    const struct sim_fault rebind = {.kind = SIM_NAT_REBIND};

    (void)state;
    world_release(&w);
    world_init_behind_nat(&w, 0);
    const hf_account_id a = add_with("expires=3600", "nat.rewrite_contact=yes");

    run_for(&w, 60 * HF_SECOND);
    const uint16_t port = bound_at(0, 0).received.port;

    assert_int_equal(sim_apply(w.sim, &rebind), 0);
    run_for(&w, 130 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
    assert_int_not_equal(bound_at(0, 0).received.port, port);
    assert_false(last_has("expires=0"));
    assert_false(last_has("Expires: 0"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_flow__is_known_by_instance_and_reg_id),
        STORY(test_calls__by_a_flow_say_so_in_their_contact),
        STORY(test_flow__is_not_asked_for_without_an_instance_or_unless_told),
        STORY(test_flow__from_another_place_replaces_the_one_before),
        STORY(test_registrar__without_outbound_gets_an_ordinary_binding),
        STORY(test_report_27__an_edge_without_outbound_is_registered_through_all_the_same),
        STORY(test_flows__go_by_each_proxy_with_a_reg_id_of_its_own),
        STORY(test_flows__keep_their_reg_ids_over_a_restart),
        STORY(test_flows__one_that_fails_leaves_the_other_and_comes_back),
        STORY(test_recovery__is_slower_while_another_flow_serves),
        STORY(test_flows__without_outbound_one_serves_and_the_other_stands_by),
        STORY(test_flows__an_edge_without_outbound_stands_by),
        STORY(test_flow_timer__is_followed),
        STORY(test_flow__is_kept_alive_without_a_flow_timer),
        STORY(test_registrar__without_outbound_is_not_kept_alive),
        STORY(test_flow__is_kept_alive_whoever_shares_its_way),
        STORY(test_flow__that_answers_no_more_is_made_again),
        STORY(test_nat__that_rebinds_gets_the_same_flow),
        STORY(test_flow__is_never_offered_without_its_instance),
        STORY(test_recovery__waits_as_rfc_5626_says),
        STORY(test_recovery__waits_as_the_settings_say_if_they_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
