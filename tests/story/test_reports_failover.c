/* What users of other programs reported of failover and failback, told again here:
 * docs/reports.md has the list. */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

static hf_account_id add_three(const char *setting, const char *another) {
    return world_add(&w, world_settings("generic", "expires=300", "retry_counts=1",
                                        "servers[2].address=192.0.2.2",
                                        "servers[3].address=192.0.2.3", setting, another, NULL));
}

static void give_address(const char *name, uint8_t last) {
    const struct hf_dns_record record = {
        .type = HF_DNS_A,
        .ttl = 300,
        .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, last}}};

    assert_int_equal(world_dns_set(w.sim, name, &record, 1), 0);
}

/* The name stands for two targets, and nobody listens at the first: what is said of us in the
 * REGISTER to the second is where that one really came from. */
static void test_report_10__another_target_is_not_told_of_the_path_before(void **state) {
    const struct hf_dns_record records[] = {
        {.type = HF_DNS_SRV, .ttl = 300, .srv = {10, 0, 5060, SLICE("a.example.com")}},
        {.type = HF_DNS_SRV, .ttl = 300, .srv = {20, 0, 5060, SLICE("b.example.com")}},
    };
    char ours[64];

    (void)state;
    assert_int_equal(world_dns_set(w.sim, "_sip._udp.example.com", records, 2), 0);
    give_address("a.example.com", 1);
    give_address("b.example.com", 2);
    server_refuses(&w, 0);
    const hf_account_id a = world_add(
        &w, world_settings("generic", "servers[1].address=example.com", "dns.mode=srv", NULL));

    run_for(&w, HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(w.servers[0].received > 0);
    struct registrar_binding binding;
    uint32_t cursor = 0;

    assert_true(registrar_next_binding(w.servers[1].registrar, &cursor, &binding));
    snprintf(ours, sizeof ours, "198.51.100.1:%u", binding.received.port);
    const char *via = strstr(w.last_request, "Via: SIP/2.0/UDP ");
    const char *contact = strstr(w.last_request, "Contact: <sip:alice@");

    assert_non_null(via);
    assert_non_null(contact);
    assert_memory_equal(via + strlen("Via: SIP/2.0/UDP "), ours, strlen(ours));
    assert_memory_equal(contact + strlen("Contact: <sip:alice@"), ours, strlen(ours));
}

/* One registration at a time, by priority, and a probe that finds the better ones back: up the
 * whole ladder, one after the other. */
static void test_report_15__servers_are_used_by_priority_and_found_back(void **state) {
    (void)state;
    server_refuses(&w, 0);
    server_refuses(&w, 1);
    const hf_account_id a = add_three("fallback.failback=probe", "fallback.timeout=60");

    run_for(&w, 5 * HF_SECOND);
    expect_registered_at(&w, a, 2);
    server_up(&w, 1);
    run_for(&w, 130 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(bindings_at(&w, 2), 0);
    server_up(&w, 0);
    run_for(&w, 130 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bindings_at(&w, 1), 0);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

/* A primary that is there for one minute and gone for the next, all day: REGISTERs and removals at
 * the backup stay within what the brake allows. */
static void test_report_17__a_flapping_primary_makes_no_storm(void **state) {
    (void)state;
    server_refuses(&w, 0);
    const hf_account_id a = add_three("fallback.failback=probe", "fallback.timeout=10");

    for (unsigned minute = 0; minute < 24 * 60; minute++) {
        if (minute % 2 == 0)
            server_refuses(&w, 0);
        else
            server_up(&w, 0);
        run_for(&w, 60 * HF_SECOND);
        assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    }
    print_message("%u moves back, %u REGISTERs at the backup in a day\n",
                  count_events(&w, HF_EVENT_FAILBACK), w.servers[1].registers);
    assert_in_range(count_events(&w, HF_EVENT_FAILBACK), 24, 24 * 6 + 2); /* six an hour */
    assert_true(w.servers[1].registers < 24 * 60); /* 288 renewals, and what moves cost */
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

/* Where the binding is counts from the very first REGISTER of a start on. */
static void test_report_21__a_restart_begins_where_the_binding_is(void **state) {
    (void)state;
    server_refuses(&w, 0);
    const hf_account_id a = add_three("fallback.failback=stay", NULL);

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 1);
    const struct hf_remembered before = world_remember(&w, a);

    server_up(&w, 0);
    world_restart(&w);
    const unsigned at_first = w.servers[0].received;
    const hf_account_id b = world_restore(
        &w,
        world_settings("generic", "expires=300", "retry_counts=1", "servers[2].address=192.0.2.2",
                       "servers[3].address=192.0.2.3", "fallback.failback=stay", NULL),
        &before);

    run_for(&w, 3600 * HF_SECOND);
    expect_registered_at(&w, b, 1);
    assert_int_equal(w.servers[0].received, at_first);
    assert_int_equal(bindings_at(&w, 1), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_report_10__another_target_is_not_told_of_the_path_before),
        STORY(test_report_15__servers_are_used_by_priority_and_found_back),
        STORY(test_report_17__a_flapping_primary_makes_no_storm),
        STORY(test_report_21__a_restart_begins_where_the_binding_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
