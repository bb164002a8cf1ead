/* Stories of accounts whose provisioning file brings DNS records along. */

#include "base/slice.h"
#include "story_test.h"

/* What the DNS says when it speaks: the third server. */
static void publish(void) {
    const struct hf_dns_record record = {
        .type = HF_DNS_A, .ttl = 60, .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 3}}};

    assert_int_equal(world_dns_set(w.sim, "a.example", &record, 1), 0);
    assert_int_equal(world_dns_set(w.sim, "example", &record, 1), 0);
}

static void dns_is_silent(void) {
    const struct sim_fault silent = {.kind = SIM_DNS_SILENT};

    assert_int_equal(sim_apply(w.sim, &silent), 0);
}

/* "example" by static SRV records: a, the first server; when that fails b, the second. */
static hf_account_id add(const char *cache, const char *more) {
    return world_add(
        &w, world_settings("generic", "servers[1].address=example", "expires=600", "retry=30",
                           "retry_counts=3", "failback=registration",
                           "dns_srv[1].name=_sip._udp.example", "dns_srv[1].target=b.example",
                           "dns_srv[1].priority=20", "dns_srv[1].port=5060",
                           "dns_srv[2].name=_SIP._udp.example.", "dns_srv[2].target=a.example",
                           "dns_srv[2].priority=10", "dns_srv[2].port=5060",
                           "dns_a[1].name=a.example", "dns_a[1].ip=192.0.2.1",
                           "dns_a[3].name=b.example", "dns_a[3].ip=192.0.2.2", cache, more, NULL));
}

static void test_static_dns__leads_to_the_server_while_the_dns_is_silent(void **state) {
    (void)state;
    dns_is_silent();
    hf_account_id a = add("dns.cache=backup", NULL);

    run_for(&w, 40 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_static_dns__is_failed_over_and_back_like_any_records(void **state) {
    (void)state;
    dns_is_silent();
    server_down(&w, 0);
    hf_account_id a = add("dns.cache=preferred", NULL);

    run_for(&w, 7501 * HF_MILLISECOND); /* four transmissions, and no wait for the DNS */
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    run_for(&w, 700 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 1), 0);
}

static void test_static_dns__stands_behind_what_the_dns_says(void **state) {
    (void)state;
    publish();
    hf_account_id a = add("dns.cache=backup", NULL);

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 2); /* a static SRV record, but the address of the DNS */
}

static void test_static_dns__stands_before_it_when_it_is_preferred(void **state) {
    (void)state;
    publish();
    hf_account_id a = add("dns.cache=preferred", NULL);

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_static_dns__stands_before_it_by_static_cache_pri(void **state) {
    (void)state;
    publish();
    hf_account_id a = add("dns.cache=backup", "dns.cache_prefer=yes");

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_static_dns__counts_for_nothing_when_it_is_off(void **state) {
    (void)state;
    publish();
    server_down(&w, 2);
    hf_account_id a = add("dns.cache=off", "dns.cache_prefer=yes");

    run_for(&w, 120 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0) + bindings_at(&w, 1), 0);
    server_up(&w, 2);
    run_for(&w, 120 * HF_SECOND);
    expect_registered_at(&w, a, 2);
}

static void test_static_dns__naptr_records_choose_the_transport(void **state) {
    (void)state;
    dns_is_silent();
    hf_account_id a = world_add(
        &w, world_settings("generic", "servers[1].address=example", "transport=dns",
                           "dns.cache=preferred", "dns_naptr[1].name=example",
                           "dns_naptr[1].order=1", "dns_naptr[1].flags=a",
                           "dns_naptr[1].service=SIP+D2U", "dns_naptr[1].replace=b.example",
                           "dns_a[1].name=b.example", "dns_a[1].ip=192.0.2.2", NULL));

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_static_dns__leads_to_the_server_while_the_dns_is_silent),
        STORY(test_static_dns__is_failed_over_and_back_like_any_records),
        STORY(test_static_dns__stands_behind_what_the_dns_says),
        STORY(test_static_dns__stands_before_it_when_it_is_preferred),
        STORY(test_static_dns__stands_before_it_by_static_cache_pri),
        STORY(test_static_dns__counts_for_nothing_when_it_is_off),
        STORY(test_static_dns__naptr_records_choose_the_transport),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
