/* What the witness says of flows (RFC 5626), fed by hand. */
#include <stdio.h>

#include "witness_bench.h"

static const struct hf_address server = {HF_FAMILY_IPV4, 0, 5060, 0, {192, 0, 2, 1}};

static const struct witness_rules rules = {.enabled = true,
                                           .t1 = HF_SECOND / 2,
                                           .t2 = 4 * HF_SECOND,
                                           .timer_f = 32 * HF_SECOND,
                                           .patience_min = HF_SECOND,
                                           .retry_counts = 3,
                                           .wait_min = 30 * HF_SECOND,
                                           .wait_max = 1800 * HF_SECOND,
                                           .concurrent = true,
                                           .proxied = true,
                                           .flows = true,
                                           .flow_waits = true};

static int setup(void **state) {
    (void)state;
    assert_int_equal(witness_create(&witness), 0);
    assert_int_equal(witness_add_server(witness, 0), 0);
    assert_int_equal(witness_add_account(witness, 0, "alice", &rules, at(0)), 0);
    return 0;
}

static void pass(bool from_process, hf_time now, const char *text) {
    pass_between(0, &server, from_process, now, text);
}

/* Each registration has the letter of its number as its Call-ID. */
static void register_as(unsigned leg, uint32_t reg_id, const char *parameters, hf_time now) {
    const struct hf_account_status status = {.state = HF_STATE_REGISTERED,
                                             .target = server,
                                             .registered_since_at = now,
                                             .binding_expires_at = now + 60 * HF_SECOND,
                                             .next_attempt_at = now + 30 * HF_SECOND,
                                             .leg = leg,
                                             .legs = 2,
                                             .reg_id = reg_id};
    const struct hf_event event = {.kind = HF_EVENT_REGISTERED, .at = now, .leg = leg};
    char text[1024];

    (void)snprintf(text, sizeof text,
                   "REGISTER sip:example.com SIP/2.0\r\n"
                   "Via: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK%u\r\n"
                   "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:alice@example.com>\r\n"
                   "Call-ID: %c\r\nCSeq: 1 REGISTER\r\n"
                   "Contact: <sip:alice@198.51.100.1>%s\r\nSupported: path, outbound\r\n\r\n",
                   leg, 'a' + leg, parameters);
    pass(true, now, text);
    (void)snprintf(text, sizeof text,
                   "SIP/2.0 200 X\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK%u\r\n"
                   "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:alice@example.com>;tag=2\r\n"
                   "Call-ID: %c\r\nCSeq: 1 REGISTER\r\n"
                   "Contact: <sip:alice@198.51.100.1>;expires=60\r\n\r\n",
                   leg, 'a' + leg);
    pass(false, now, text);
    witness_event(witness, 0, &event, 0);
    witness_look(witness, 0, &status, now);
}

static void look_waiting(unsigned leg, unsigned failures, hf_time now, hf_time next) {
    const struct hf_account_status status = {.state = HF_STATE_WAITING,
                                             .registered_since_at = HF_NEVER,
                                             .binding_expires_at = HF_NEVER,
                                             .next_attempt_at = next,
                                             .failures = failures,
                                             .leg = leg,
                                             .legs = 2};

    witness_look(witness, 0, &status, now);
}

static void give_up(unsigned leg, hf_time now) {
    const struct hf_event event = {.kind = HF_EVENT_UNREGISTERED, .at = now, .leg = leg};

    witness_event(witness, 0, &event, 0);
    look_waiting(leg, 0, now, now + 3600 * HF_SECOND);
}

static void assert_silent(void) {
    const char *objection = witness_objection(witness, NULL);

    if (objection)
        fail_msg("%s", objection);
}

static void assert_objects(enum witness_rule rule) {
    enum witness_rule broken = WITNESS_CONTENT;

    assert_non_null(witness_objection(witness, &broken));
    assert_string_equal(witness_rule_name(broken), witness_rule_name(rule));
}

#define FLOW(number) ";+sip.instance=\"<urn:x>\";reg-id=" #number

static void test_witness__is_content_with_two_flows(void **state) {
    (void)state;
    register_as(0, 1, FLOW(1), at(1));
    register_as(1, 2, FLOW(2), at(2));
    assert_silent();
}

static void test_witness__wants_an_instance_with_a_flow(void **state) {
    (void)state;
    register_as(0, 1, ";reg-id=1", at(1));
    assert_objects(WITNESS_FLOW);
}

static void test_witness__wants_two_flows_to_be_two(void **state) {
    (void)state;
    register_as(0, 1, FLOW(1), at(1));
    register_as(1, 1, FLOW(1), at(2));
    assert_objects(WITNESS_FLOW);
}

static void test_witness__lets_one_stand_by_that_is_no_flow(void **state) {
    (void)state;
    register_as(0, 1, FLOW(1), at(1));
    register_as(1, 0, "", at(2));
    give_up(1, at(3));
    assert_silent();
}

static void test_witness__lets_no_flow_stand_by(void **state) {
    (void)state;
    register_as(0, 1, FLOW(1), at(1));
    register_as(1, 2, FLOW(2), at(2));
    give_up(1, at(3));
    assert_objects(WITNESS_DROPPED);
}

/* Its removal was under way when the other's binding was lost. */
static void test_witness__lets_one_stand_by_beside_what_was_just_lost(void **state) {
    (void)state;
    register_as(0, 0, "", at(1));
    register_as(1, 0, "", at(2));
    give_up(0, at(3));
    give_up(1, at(3));
    assert_silent();
}

static void test_witness__lets_nobody_stand_by_for_what_was_lost_long_ago(void **state) {
    (void)state;
    register_as(0, 0, "", at(1));
    register_as(1, 0, "", at(2));
    give_up(0, at(3));
    give_up(1, at(36));
    assert_objects(WITNESS_DROPPED);
}

static void test_witness__lets_nobody_stand_by_who_is_alone(void **state) {
    (void)state;
    register_as(1, 0, "", at(2));
    give_up(1, at(3));
    assert_objects(WITNESS_DROPPED);
}

/* After the first failure 30 s to 180 s, whatever the account has besides. */
static void test_witness__wants_the_waits_of_section_4_5(void **state) {
    (void)state;
    look_waiting(0, 0, at(1), at(1));
    look_waiting(0, 1, at(33), at(33 + 180));
    assert_silent();
    look_waiting(0, 2, at(300), at(300 + 361));
    assert_objects(WITNESS_TOO_LATE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_witness__is_content_with_two_flows),
        TEST(test_witness__wants_an_instance_with_a_flow),
        TEST(test_witness__wants_two_flows_to_be_two),
        TEST(test_witness__lets_one_stand_by_that_is_no_flow),
        TEST(test_witness__lets_no_flow_stand_by),
        TEST(test_witness__lets_one_stand_by_beside_what_was_just_lost),
        TEST(test_witness__lets_nobody_stand_by_for_what_was_lost_long_ago),
        TEST(test_witness__lets_nobody_stand_by_who_is_alone),
        TEST(test_witness__wants_the_waits_of_section_4_5),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
