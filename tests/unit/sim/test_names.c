/* The DNS: what it has, and how it fails. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/slice.h"
#include "town.h"

static unsigned failures; /* events dns_failed */

static void on_event(void *user, uint32_t process, const struct hf_event *event) {
    (void)user;
    (void)process;
    if (event->kind == HF_EVENT_DNS_FAILED)
        failures++;
}

static struct sim *named_town(void) {
    struct sim *sim = town_create(1, 2);
    const struct hf_dns_record srv[] = {
        {.type = HF_DNS_SRV,
         .ttl = 60,
         .srv = {.priority = 1, .port = 5060, .target = SLICE("a.example.com")}},
        {.type = HF_DNS_SRV,
         .ttl = 60,
         .srv = {.priority = 2, .port = 5060, .target = SLICE("b.example.com")}},
    };
    const struct hf_dns_record address = {
        .type = HF_DNS_A, .ttl = 60, .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}}};
    struct hf_dns_record other = address;

    failures = 0;
    other.address.ip[3] = 2;
    sim_observe(sim, &(struct sim_observer){.event = on_event});
    assert_int_equal(sim_dns_set(sim, "_sip._udp.example.com", srv, 2), 0);
    assert_int_equal(sim_dns_set(sim, "a.example.com", &address, 1), 0);
    assert_int_equal(sim_dns_set(sim, "b.example.com", &other, 1), 0);
    return sim;
}

static uint32_t add(struct sim *sim, const char *server, const char *mode) {
    return town_add_account(sim, town_add_process(sim, false, false), server, mode,
                            "servers[2].address=", "expires=600", "retry=20", NULL);
}

static void apply(struct sim *sim, enum sim_fault_kind kind, struct hf_slice name,
                  enum hf_dns_result result, hf_time span) {
    const struct sim_fault fault = {.kind = kind, .name = name, .dns_result = result, .span = span};

    assert_int_equal(sim_apply(sim, &fault), 0);
}

static void test_srv__leads_to_the_first_target_and_then_to_the_second(void **state) {
    struct sim *sim = named_town();
    uint32_t account = add(sim, "servers[1].address=example.com", "dns.mode=srv");

    (void)state;
    town_run_for(sim, HF_SECOND);
    assert_true(sim_reaches(sim, account, 0));
    town_apply(sim, SIM_SERVER_OFF, 0);
    town_run_for(sim, 600 * HF_SECOND);
    assert_true(sim_reaches(sim, account, 1));
    sim_free(sim);
}

static void test_name__that_fails_is_told_and_comes_back(void **state) {
    static const enum hf_dns_result results[] = {HF_DNS_FAILED, HF_DNS_NO_NAME, HF_DNS_NO_RECORD};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct sim *sim = named_town();

        apply(sim, SIM_DNS_FAILS, SLICE("a.example.com"), results[i], 0);
        uint32_t account = add(sim, "servers[1].address=a.example.com", "dns.mode=a");

        town_run_for(sim, HF_SECOND);
        assert_int_equal(failures, 1);
        assert_int_equal(town_state(sim, account), HF_STATE_WAITING);
        apply(sim, SIM_DNS_ANSWERS, SLICE("a.example.com"), HF_DNS_OK, 0);
        town_run_for(sim, 120 * HF_SECOND);
        assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
        sim_free(sim);
    }
}

static void test_silence__of_all_the_dns_is_given_up_after_ten_seconds(void **state) {
    struct sim *sim = named_town();

    (void)state;
    apply(sim, SIM_DNS_SILENT, SLICE_NONE, HF_DNS_OK, 0);
    uint32_t account = add(sim, "servers[1].address=a.example.com:5060", "dns.query_timeout=60");

    town_run_for(sim, 9 * HF_SECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_RESOLVING);
    assert_int_equal(failures, 0);
    town_run_for(sim, 2 * HF_SECOND);
    assert_int_equal(failures, 1);
    sim_free(sim);
}

static void test_delays__of_all_and_of_a_name_add_up(void **state) {
    struct sim *sim = named_town();

    (void)state;
    apply(sim, SIM_DNS_DELAY, SLICE_NONE, HF_DNS_OK, 2 * HF_SECOND);
    apply(sim, SIM_DNS_DELAY, SLICE("a.example.com"), HF_DNS_OK, HF_SECOND);
    uint32_t account = add(sim, "servers[1].address=a.example.com", "dns.mode=a");

    town_run_for(sim, 2999 * HF_MILLISECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_RESOLVING);
    town_run_for(sim, HF_MILLISECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    sim_free(sim);
}

static void test_question__of_a_process_that_is_gone_is_answered_to_nobody(void **state) {
    struct sim *sim = named_town();

    (void)state;
    apply(sim, SIM_DNS_DELAY, SLICE_NONE, HF_DNS_OK, 2 * HF_SECOND);
    uint32_t account = add(sim, "servers[1].address=a.example.com", "dns.mode=a");

    town_run_for(sim, HF_SECOND);
    town_apply(sim, SIM_PROCESS_START, 0);
    town_run_for(sim, 1500 * HF_MILLISECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_RESOLVING);
    town_run_for(sim, HF_SECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    sim_free(sim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_srv__leads_to_the_first_target_and_then_to_the_second),
        cmocka_unit_test(test_name__that_fails_is_told_and_comes_back),
        cmocka_unit_test(test_silence__of_all_the_dns_is_given_up_after_ten_seconds),
        cmocka_unit_test(test_delays__of_all_and_of_a_name_add_up),
        cmocka_unit_test(test_question__of_a_process_that_is_gone_is_answered_to_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
