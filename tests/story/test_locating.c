/* Stories of servers that are found by NAPTR and SRV records (RFC 3263): the targets of one name
 * are failed over and back like servers. */

#include <stdio.h>

#include "base/slice.h"
#include "story_test.h"

static struct hf_dns_record srv(uint16_t priority, const char *target, uint32_t ttl) {
    return (struct hf_dns_record){
        .type = HF_DNS_SRV,
        .ttl = ttl,
        .srv = {
            .priority = priority, .weight = 1, .port = world_port(), .target = slice_from(target)}};
}

static struct hf_dns_record host(uint8_t last_byte, uint32_t ttl) {
    return (struct hf_dns_record){
        .type = HF_DNS_A,
        .ttl = ttl,
        .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, last_byte}}};
}

static void set(const char *name, const struct hf_dns_record *records, size_t count) {
    assert_int_equal(world_dns_set(w.sim, name, records, count), 0);
}

/* "example" by SRV: the first server, and when that fails the second. */
static void publish(uint32_t ttl) {
    const struct hf_dns_record services[] = {srv(10, "a.example", ttl), srv(20, "b.example", ttl)};
    const struct hf_dns_record a = host(1, ttl), b = host(2, ttl);

    set(world_service(), services, 2);
    set("a.example", &a, 1);
    set("b.example", &b, 1);
}

static hf_account_id add(const char *failback, const char *more) {
    return world_add(&w, world_settings("generic", "servers[1].address=example", "expires=600",
                                        "retry=30", "retry_counts=3", failback, more, NULL));
}

static void test_srv__the_lowest_priority_is_registered_with(void **state) {
    (void)state;
    publish(3600);
    hf_account_id a = add("failback=stay", NULL);

    expect_registered_at(&w, a, 0);
    assert_int_equal(status_of(&w, a).place, HF_PLACE_BEST);
    assert_int_equal(bindings_at(&w, 1), 0);
}

static void test_srv__a_dead_target_is_left_for_the_next_in_the_same_attempt(void **state) {
    (void)state;
    publish(3600);
    server_down(&w, 0);
    hf_account_id a = add("failback=stay", NULL);

    run_for(&w, 7501 * HF_MILLISECOND); /* four transmissions */
    expect_registered_at(&w, a, 1);
    assert_int_equal(status_of(&w, a).place, HF_PLACE_LESSER_TARGET);
    assert_int_equal(w.servers[0].received, 4);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 1);
    run_for(&w, 3600 * HF_SECOND);
    assert_int_equal(w.servers[0].received, 4); /* it stays where it is */
}

static void test_srv__a_binding_that_dies_moves_and_comes_back_with_its_renewal(void **state) {
    (void)state;
    publish(60);
    hf_account_id a = add("failback=registration", NULL);

    expect_registered_at(&w, a, 0);
    server_down(&w, 0);
    run_for(&w, 620 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 1);
    run_for(&w, 5 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 1), 0); /* make before break, and the old one is gone */
}

static void test_srv__dns_ttl_brings_it_back_when_the_records_end(void **state) {
    (void)state;
    publish(300);
    server_down(&w, 0);
    hf_account_id a = add("failback=dns-ttl", NULL);

    run_for(&w, 10 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    run_for(&w, 280 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    run_for(&w, 20 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

/* The try asked the DNS anew: the time to live of that answer runs now. */
static void test_srv__dns_ttl_that_led_to_a_dead_target_begins_anew(void **state) {
    (void)state;
    publish(200);
    server_down(&w, 0);
    hf_account_id a = add("failback=dns-ttl", "health=per-account");

    run_for(&w, 10 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    const unsigned before = w.servers[0].received;

    run_for(&w, 380 * HF_SECOND); /* no renewal yet, but one time to live has ended */
    assert_in_range(w.servers[0].received - before, 1, 11); /* one try, with the whole Timer F */
    server_up(&w, 0);
    run_for(&w, 15 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_srv__duration_brings_it_back_after_its_time(void **state) {
    (void)state;
    publish(3600);
    server_down(&w, 0);
    hf_account_id a = add("failback=duration", "failback.timeout=120");

    run_for(&w, 10 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    run_for(&w, 120 * HF_SECOND);
    expect_registered_at(&w, a, 1); /* the try failed and changed nothing */
    server_up(&w, 0);
    run_for(&w, 130 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_srv__equals_share_the_load_by_weight_and_a_refresh_stays(void **state) {
    const struct hf_dns_record services[] = {srv(1, "a.example", 60), srv(1, "b.example", 60)};
    const struct hf_dns_record a = host(1, 60), b = host(2, 60);

    (void)state;
    set(world_service(), services, 2);
    set("a.example", &a, 1);
    set("b.example", &b, 1);
    for (unsigned i = 0; i < 100; i++) {
        char user[24], password[24];

        snprintf(user, sizeof user, "user=u%u", i);
        snprintf(password, sizeof password, "password=pw-u%u", i);
        world_add(&w, world_settings("generic", "servers[1].address=example", "expires=600",
                                     "failback=stay", user, password, NULL));
    }
    run_for(&w, HF_SECOND);
    const unsigned at_a = bindings_at(&w, 0);

    assert_in_range(at_a, 30, 70);
    assert_int_equal(bindings_at(&w, 1), 100 - at_a);
    run_for(&w, 7200 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), at_a);
    assert_int_equal(bindings_at(&w, 1), 100 - at_a);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER) + count_events(&w, HF_EVENT_FAILBACK), 0);
}

static void test_srv__a_target_that_leaves_the_dns_is_left_at_the_next_renewal(void **state) {
    (void)state;
    publish(60);
    hf_account_id a = add("failback=stay", NULL);
    const struct hf_dns_record only_b = srv(20, "b.example", 60);

    expect_registered_at(&w, a, 0);
    set(world_service(), &only_b, 1);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 0); /* nothing has failed */
    assert_int_equal(status_of(&w, a).place, HF_PLACE_BEST);
}

/* Nothing fails and nobody moves when it is there again: there is a better target now. */
static void test_srv__a_better_target_that_returns_to_the_dns_is_no_failover(void **state) {
    const struct hf_dns_record only_b = srv(20, "b.example", 60);

    (void)state;
    publish(60);
    hf_account_id a = add("failback=stay", NULL);

    set(world_service(), &only_b, 1);
    run_for(&w, 600 * HF_SECOND);
    publish(60);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(status_of(&w, a).place, HF_PLACE_LESSER_TARGET);
    set(world_service(), &only_b, 1);
    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(status_of(&w, a).place, HF_PLACE_BEST);
    assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 0);
    assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 0);
}

/* Each mode goes to it in its own time, and that is told as going back. */
static void test_srv__going_to_a_target_that_returned_to_the_dns_is_a_failback(void **state) {
    static const char *const modes[] = {"failback=registration", "failback=duration",
                                        "failback=dns-ttl"};

    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        const struct hf_dns_record only_b = srv(20, "b.example", 60);

        publish(60);
        hf_account_id a = add(modes[i], "failback.timeout=100");

        set(world_service(), &only_b, 1);
        run_for(&w, 600 * HF_SECOND);
        publish(60);
        run_for(&w, 750 * HF_SECOND);
        expect_registered_at(&w, a, 0);
        assert_int_equal(count_events(&w, HF_EVENT_FAILOVER), 0);
        assert_int_equal(count_events(&w, HF_EVENT_FAILBACK), 1);
        world_release(&w);
        world_init(&w);
    }
}

/* The better one was gone from the DNS; where each request begins at the first target, it does so
 * as soon as the name leads there again. */
static void test_srv__a_better_target_that_comes_into_the_dns_has_the_next_renewal(void **state) {
    static const char *const modes[] = {"failback=registration", "failback=new-requests"};

    (void)state;
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        const struct hf_dns_record only_b = srv(20, "b.example", 60);

        publish(60);
        set(world_service(), &only_b, 1);
        hf_account_id a = add(modes[i], NULL);

        expect_registered_at(&w, a, 1);
        publish(60);
        run_for(&w, 560 * HF_SECOND); /* one renewal */
        expect_registered_at(&w, a, 0);
        run_for(&w, 5 * HF_SECOND);
        assert_int_equal(bindings_at(&w, 1), 0);
        world_release(&w);
        world_init(&w);
    }
}

static void test_srv__without_records_the_name_itself_is_asked(void **state) {
    const struct hf_dns_record c = host(3, 60);

    (void)state;
    set("example", &c, 1);
    expect_registered_at(&w, add("failback=stay", NULL), 2);
}

static void test_naptr__leads_to_srv_of_a_transport_that_works(void **state) {
    const struct hf_dns_record naptr[] = {{.type = HF_DNS_NAPTR,
                                           .ttl = 60,
                                           .naptr = {.order = 1,
                                                     .flags = SLICE("s"),
                                                     .service = SLICE("SIP+D2U"),
                                                     .replacement = slice_from(world_service())}}};

    (void)state;
    publish(60);
    set("example", naptr, 1);
    expect_registered_at(&w, add("failback=stay", "transport=dns"), 0);
}

static void test_srv__a_ttl_of_zero_asks_again_for_each_attempt_and_no_more(void **state) {
    (void)state;
    publish(0);
    hf_account_id a = add("failback=stay", NULL);

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 0);
    const struct hf_dns_record other = srv(1, "b.example", 0);

    set(world_service(), &other, 1);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 1);
}

static void test_silent_srv__does_not_keep_an_account_from_the_addresses(void **state) {
    const struct hf_dns_record c = host(3, 60);
    const struct sim_fault silent = {.kind = SIM_DNS_SILENT, .name = slice_from(world_service())};

    (void)state;
    publish(60);
    set("example", &c, 1);
    assert_int_equal(sim_apply(w.sim, &silent), 0);
    hf_account_id a = add("failback=stay", NULL);

    run_for(&w, 20 * HF_SECOND);
    expect_registered_at(&w, a, 2);
}

static void test_configured_addresses__are_tried_in_their_order(void **state) {
    (void)state;
    server_refuses(&w, 0);
    hf_account_id a = world_add(&w, world_settings("generic", "servers[1].address=not.to.be.asked",
                                                   "dns.mode=static", "dns.primary_ip=192.0.2.1",
                                                   "dns.backup_ip_1=192.0.2.2", "failback=duration",
                                                   "failback.timeout=120", NULL));

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    run_for(&w, 130 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_restart__begins_at_the_srv_target_that_held_the_binding(void **state) {
    (void)state;
    publish(60);
    server_down(&w, 0);
    hf_account_id a = add("failback=stay", NULL);

    run_for(&w, 10 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    const struct hf_remembered remembered = world_remember(&w, a);

    server_up(&w, 0);
    world_restart(&w);
    a = world_restore(&w,
                      world_settings("generic", "servers[1].address=example", "expires=600",
                                     "retry=30", "retry_counts=3", "failback=stay", NULL),
                      &remembered);
    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 1);
    assert_int_equal(bindings_at(&w, 0), 0);
}

/* RFC 3263 section 4.2: addresses of the name itself only count when there are no SRV records. */
static void test_srv__when_all_its_targets_fail_the_bare_name_is_not_asked(void **state) {
    const struct hf_dns_record c = host(3, 60);

    (void)state;
    publish(60);
    set("example", &c, 1);
    server_down(&w, 0);
    server_down(&w, 1);
    hf_account_id a = add("failback=stay", NULL);

    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(w.servers[2].received, 0);
    server_up(&w, 1);
    run_for(&w, 120 * HF_SECOND);
    expect_registered_at(&w, a, 1);
}

/* SERVFAIL, REFUSED and silence say nothing about the name. */
static void test_failing_dns__leaves_the_last_good_answer_in_use(void **state) {
    const struct sim_fault fails = {.kind = SIM_DNS_FAILS, .dns_result = HF_DNS_FAILED};
    const struct sim_fault silent = {.kind = SIM_DNS_SILENT};

    (void)state;
    publish(60);
    hf_account_id a = add("failback=registration", NULL);

    expect_registered_at(&w, a, 0);
    assert_int_equal(sim_apply(w.sim, &fails), 0);
    run_for(&w, 1200 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(sim_apply(w.sim, &silent), 0);
    server_down(&w, 0);
    run_for(&w, 1200 * HF_SECOND);
    expect_registered_at(&w, a, 1);
}

/* One waits a second for the name, the other one a minute: they ask one question. */
static void test_query_timeout__counts_for_each_account_by_itself(void **state) {
    const struct hf_dns_record c = host(3, 60);
    const struct sim_fault slow = {.kind = SIM_DNS_DELAY, .span = 5 * HF_SECOND};

    (void)state;
    set("late", &c, 1);
    assert_int_equal(sim_apply(w.sim, &slow), 0);
    hf_account_id hasty =
        world_add(&w, world_settings("generic", "servers[1].address=late", "servers[1].port=5060",
                                     "servers[2].address=192.0.2.2", "dns.query_timeout=1", NULL));
    hf_account_id patient =
        world_add(&w, world_settings("generic", "servers[1].address=late", "servers[1].port=5060",
                                     "servers[2].address=192.0.2.2", "dns.query_timeout=60", NULL));

    run_for(&w, HF_SECOND - HF_MILLISECOND);
    assert_int_equal(state_of(&w, hasty), HF_STATE_RESOLVING);
    run_for(&w, HF_MILLISECOND);
    expect_registered_at(&w, hasty, 1);
    assert_int_equal(state_of(&w, patient), HF_STATE_RESOLVING);
    run_for(&w, 4 * HF_SECOND);
    expect_registered_at(&w, patient, 2);
}

/* What the DNS said last counts when it is silent now; where it never said anything that is told.
 */
static void test_query_timeout__uses_the_last_good_answer(void **state) {
    const struct sim_fault slow = {.kind = SIM_DNS_DELAY, .span = 100 * HF_SECOND};

    (void)state;
    publish(60);
    hf_account_id a = add("failback=stay", "dns.query_timeout=2");

    expect_registered_at(&w, a, 0);
    assert_int_equal(sim_apply(w.sim, &slow), 0);
    run_for(&w, 120 * HF_SECOND);
    hf_agent_register(w.agent, a, w.now);
    run_for(&w, 7 * HF_SECOND); /* three questions: NAPTR, SRV, addresses */
    assert_int_equal(status_of(&w, a).failures, 0);
    expect_registered_at(&w, a, 0);
    assert_true(status_of(&w, a).next_attempt_at > w.now + 200 * HF_SECOND);
    hf_account_id lost = world_add(
        &w, world_settings("generic", "servers[1].address=nowhere", "dns.query_timeout=2", NULL));

    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(state_of(&w, lost), HF_STATE_WAITING);
    assert_int_equal(count_events(&w, HF_EVENT_DNS_FAILED), 1);
    assert_true(
        slice_equal(status_of(&w, lost).last_reason, SLICE("the DNS did not answer in time")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_srv__the_lowest_priority_is_registered_with),
        STORY(test_query_timeout__counts_for_each_account_by_itself),
        STORY(test_query_timeout__uses_the_last_good_answer),
        STORY(test_srv__a_dead_target_is_left_for_the_next_in_the_same_attempt),
        STORY(test_srv__a_binding_that_dies_moves_and_comes_back_with_its_renewal),
        STORY(test_srv__dns_ttl_brings_it_back_when_the_records_end),
        STORY(test_srv__dns_ttl_that_led_to_a_dead_target_begins_anew),
        STORY(test_srv__duration_brings_it_back_after_its_time),
        STORY(test_srv__equals_share_the_load_by_weight_and_a_refresh_stays),
        STORY(test_srv__a_target_that_leaves_the_dns_is_left_at_the_next_renewal),
        STORY(test_srv__a_better_target_that_returns_to_the_dns_is_no_failover),
        STORY(test_srv__going_to_a_target_that_returned_to_the_dns_is_a_failback),
        STORY(test_srv__a_better_target_that_comes_into_the_dns_has_the_next_renewal),
        STORY(test_srv__without_records_the_name_itself_is_asked),
        STORY(test_naptr__leads_to_srv_of_a_transport_that_works),
        STORY(test_srv__a_ttl_of_zero_asks_again_for_each_attempt_and_no_more),
        STORY(test_silent_srv__does_not_keep_an_account_from_the_addresses),
        STORY(test_configured_addresses__are_tried_in_their_order),
        STORY(test_srv__when_all_its_targets_fail_the_bare_name_is_not_asked),
        STORY(test_failing_dns__leaves_the_last_good_answer_in_use),
        STORY(test_restart__begins_at_the_srv_target_that_held_the_binding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
