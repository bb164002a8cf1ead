/* Stories of names that have addresses of both families, on machines that have one of them. */
#include "base/address.h"
#include "story_test.h"

static const struct hf_address six = {.family = HF_FAMILY_IPV6,
                                      .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 6}};
static const struct hf_address four = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 1}};
/* A server beside those of every story, at an address of IPv6. */
static void add_server(void) {
    struct sim_server_options options = {.name = "six", .address = six};
    uint32_t index;

    registrar_options_init(&options.registrar);
    assert_int_equal(sim_add_server(w.sim, &options, &index), 0);
}

static struct hf_dns_record record(const struct hf_address *address) {
    return (struct hf_dns_record){.type =
                                      address->family == HF_FAMILY_IPV6 ? HF_DNS_AAAA : HF_DNS_A,
                                  .ttl = 3600,
                                  .address = *address};
}

/* The name "both" has one or two addresses. */
static void publish(const struct hf_address *first, const struct hf_address *second) {
    const struct hf_dns_record records[] = {record(first), record(second)};

    assert_int_equal(world_dns_set(w.sim, "both", records, first == second ? 1 : 2), 0);
}

static struct hf_settings *phone(void) {
    return world_settings("generic", "servers[1].address=both", "retry=5", NULL);
}

/* A program on a machine of IPv6 alone, with one account, is registered at `six` within a second.
 */
static void expect_registered_over_six(void) {
    const struct sim_process_options options = {
        .name = "program of six",
        .address = {.family = HF_FAMILY_IPV6, .ip = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}}};
    struct hf_settings *settings = phone();
    struct hf_account_status status;
    uint32_t process, account;

    assert_int_equal(sim_add_process(w.sim, &options, &process), 0);
    assert_int_equal(sim_add_account(w.sim, process, "alice", settings, &account), 0);
    hf_settings_free(settings);
    run_for(&w, 6 * HF_SECOND);
    assert_int_equal(sim_account_status(w.sim, account, &status), 0);
    assert_int_equal(status.state, HF_STATE_REGISTERED);
    assert_true(address_same_host(&status.target, &six));
}

static void test_report_60__a_machine_of_ipv6_alone_registers(void **state) {
    (void)state;
    add_server();
    publish(&six, &six);
    expect_registered_over_six();
}

static void test_report_60__a_machine_of_ipv6_alone_leaves_the_ipv4_of_a_name(void **state) {
    (void)state;
    add_server();
    publish(&four, &six);
    expect_registered_over_six();
    assert_int_equal(w.servers[0].registers, 0);
}

static void test_report_60__a_machine_of_ipv4_alone_leaves_the_ipv6_of_a_name(void **state) {
    (void)state;
    add_server();
    publish(&six, &four);
    hf_account_id a = world_add(&w, phone());

    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_report_60__a_machine_of_ipv6_alone_registers),
        STORY(test_report_60__a_machine_of_ipv6_alone_leaves_the_ipv4_of_a_name),
        STORY(test_report_60__a_machine_of_ipv4_alone_leaves_the_ipv6_of_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
