/* The witness is fed with traffic by hand: with good traffic, at which it must be silent, and with
 * each kind of bad traffic, to which it must object. */
#include <stdarg.h>
#include <stdio.h>

#include "witness_bench.h"

static const struct hf_address servers[] = {{HF_FAMILY_IPV4, 0, 5060, 0, {192, 0, 2, 1}},
                                            {HF_FAMILY_IPV4, 0, 5060, 0, {192, 0, 2, 2}},
                                            {HF_FAMILY_IPV6, 0, 5060, 0, {0x20, 0x01, 0x0d, 0xb8}}};

static const struct witness_rules rules = {.enabled = true,
                                           .t1 = HF_SECOND / 2,
                                           .t2 = 4 * HF_SECOND,
                                           .timer_f = 32 * HF_SECOND,
                                           .patience_min = HF_SECOND,
                                           .retry_counts = 3,
                                           .wait_min = 30 * HF_SECOND,
                                           .wait_max = 30 * HF_SECOND,
                                           .rejected_wait = 60 * HF_SECOND,
                                           .single = true};

static const char *transport = "UDP"; /* in Via */

static int setup(void **state) {
    (void)state;
    assert_int_equal(witness_create(&witness), 0);
    assert_int_equal(witness_add_server(witness, 0), 0);
    assert_int_equal(witness_add_server(witness, 1), 0);
    assert_int_equal(witness_add_account(witness, 0, "alice", &rules, at(0)), 0);
    return 0;
}

static void again(void) {
    teardown(NULL);
    setup(NULL);
}

static void pass(unsigned server, bool from_process, hf_time now, const char *text) {
    pass_between(server, &servers[server], from_process, now, text);
}

/* A REGISTER; its branch is made from its CSeq. `more`: lines with their CR LF. */
static void ask(unsigned server, hf_time now, unsigned cseq, unsigned expires, const char *more) {
    char text[1024];

    (void)snprintf(text, sizeof text,
                   "REGISTER sip:example.com SIP/2.0\r\n"
                   "Via: SIP/2.0/%s 198.51.100.1;branch=z9hG4bK%u\r\n"
                   "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:alice@example.com>\r\n"
                   "Call-ID: c\r\nCSeq: %u REGISTER\r\nContact: <sip:alice@198.51.100.1>\r\n"
                   "Expires: %u\r\n%s\r\n",
                   transport, cseq, cseq, expires, more);
    pass(server, true, now, text);
}

static void answer(unsigned server, hf_time now, unsigned cseq, unsigned status, const char *more) {
    char text[1024];

    (void)snprintf(text, sizeof text,
                   "SIP/2.0 %u X\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK%u\r\n"
                   "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:alice@example.com>;tag=2\r\n"
                   "Call-ID: c\r\nCSeq: %u REGISTER\r\n%s\r\n",
                   status, cseq, cseq, more);
    pass(server, false, now, text);
}

static void tell(hf_time now, enum hf_event_kind kind) {
    const struct hf_event event = {.kind = kind, .at = now};

    witness_event(witness, 0, &event, 0);
}

static struct hf_account_status registered(hf_time since, hf_time until, hf_time next) {
    return (struct hf_account_status){.state = HF_STATE_REGISTERED,
                                      .target = servers[0],
                                      .registered_since_at = since,
                                      .binding_expires_at = until,
                                      .next_attempt_at = next};
}

static void look_waiting(hf_time now, unsigned failures, hf_time next) {
    const struct hf_account_status status = {.state = HF_STATE_WAITING,
                                             .registered_since_at = HF_NEVER,
                                             .binding_expires_at = HF_NEVER,
                                             .next_attempt_at = next,
                                             .failures = failures};

    witness_look(witness, 0, &status, now);
}

#define GRANT "Contact: <sip:alice@198.51.100.1>;expires=60\r\n"
#define CHALLENGE "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n"
#define CREDENTIALS(count)                                                                         \
    "Authorization: Digest username=\"alice\", realm=\"r\", nonce=\"n\", uri=\"sip:example.com\"," \
    " response=\"00000000000000000000000000000000\", cnonce=\"c\", qop=auth, nc=" count "\r\n"

static void register_well(void) {
    ask(0, at(1), 1, 3600, "");
    answer(0, at(1.1), 1, 401, CHALLENGE);
    ask(0, at(1.1), 2, 3600, CREDENTIALS("00000001"));
    tell(at(1.1), HF_EVENT_REGISTERING);
    answer(0, at(1.2), 2, 200, GRANT);
    tell(at(1.2), HF_EVENT_REGISTERED);
    const struct hf_account_status status = registered(at(1.2), at(61.2), at(31));

    witness_look(witness, 0, &status, at(1.2));
}

static void assert_silent(void) {
    const char *objection = witness_objection(witness, NULL);

    if (objection)
        fail_msg("%s", objection);
}

static void assert_objects(enum witness_rule rule) {
    enum witness_rule broken;
    const char *objection = witness_objection(witness, &broken);

    if (!objection)
        fail_msg("no objection, but there should be one: %s", witness_rule_name(rule));
    if (broken != rule)
        fail_msg("%s, but it should be: %s", objection, witness_rule_name(rule));
}

static void test_witness__is_silent_when_all_is_well(void **state) {
    (void)state;
    register_well();
    ask(0, at(31), 3, 3600, CREDENTIALS("00000002"));
    ask(0, at(31.5), 3, 3600, CREDENTIALS("00000002"));
    ask(0, at(32.5), 3, 3600, CREDENTIALS("00000002"));
    answer(0, at(32.6), 3, 200, GRANT);
    tell(at(32.6), HF_EVENT_REFRESHED);
    const struct hf_account_status status = registered(at(1.2), at(92.6), at(60));

    witness_look(witness, 0, &status, at(32.6));
    witness_explained(witness, 0, "all is well\n");
    assert_silent();
}

static void test_witness__wants_cseq_to_rise(void **state) {
    (void)state;
    ask(0, at(1), 7, 3600, "");
    answer(0, at(1.1), 7, 401, CHALLENGE);
    ask(0, at(1.1), 6, 3600, "");
    assert_objects(WITNESS_CSEQ);
}

static void test_witness__wants_retransmissions_to_be_the_same_and_in_time(void **state) {
    (void)state;
    ask(0, at(1), 1, 3600, "");
    ask(0, at(1.5), 1, 3601, "");
    assert_objects(WITNESS_RESEND_BYTES);
    again();
    ask(0, at(1), 1, 3600, "");
    ask(0, at(1.4), 1, 3600, "");
    assert_objects(WITNESS_RESEND_TIME);
    again();
    ask(0, at(1), 1, 3600, "");
    answer(0, at(1.1), 1, 403, "");
    ask(0, at(1.5), 1, 3600, "");
    assert_objects(WITNESS_RESEND_TIME);
}

/* For the whole of Timer F, from 1 s on. */
static void ask_in_vain(void) {
    static const double times[] = {1, 1.5, 2.5, 4.5, 8.5, 12.5, 16.5, 20.5, 24.5, 28.5, 32.5};

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        ask(0, at(times[i]), 1, 3600, "");
}

static void test_witness__wants_the_last_alone_to_have_the_full_time(void **state) {
    const struct sim_fault late = {
        .kind = SIM_DNS_DELAY, .record = SIM_RECORD_AAAA, .span = 8 * HF_SECOND};

    (void)state;
    ask_in_vain();
    ask(1, at(33), 2, 3600, "");
    assert_objects(WITNESS_RESEND_COUNT);
    again();
    ask_in_vain();
    ask(2, at(33), 2, 3600, "");
    assert_objects(WITNESS_RESEND_COUNT);
    again();
    witness_applied(witness, &late, at(0));
    ask_in_vain();
    ask(2, at(33), 2, 3600, ""); /* nobody knew of it before */
    assert_silent();
}

static void test_witness__wants_no_more_retransmissions_than_timer_f_permits(void **state) {
    (void)state;
    ask_in_vain();
    assert_silent();
    ask(0, at(36.5), 1, 3600, "");
    assert_objects(WITNESS_RESEND_TIME);
}

static void test_witness__wants_nothing_of_who_is_gone_or_not_wanted(void **state) {
    (void)state;
    register_well();
    witness_removed(witness, 0, at(5));
    ask(0, at(5), 3, 0, "");
    assert_silent();
    ask(0, at(6), 4, 3600, "");
    assert_objects(WITNESS_GONE);
    again();
    witness_removed(witness, 0, at(5));
    tell(at(6), HF_EVENT_UNREGISTERED);
    assert_objects(WITNESS_GONE);
    again();
    witness_asked_to_unregister(witness, 0, at(5));
    ask(0, at(6), 4, 3600, "");
    assert_objects(WITNESS_NOT_WANTED);
}

static void test_witness__wants_exchanges_to_end(void **state) {
    (void)state;
    for (unsigned cseq = 1; cseq < 20; cseq++) {
        ask(0, at(1), cseq, 3600, "");
        answer(0, at(1), cseq, 401, CHALLENGE);
    }
    assert_objects(WITNESS_ENDLESS);
}

static void test_witness__wants_no_storm(void **state) {
    (void)state;
    for (unsigned cseq = 1; cseq < 150; cseq++) {
        ask(0, at(1 + cseq * 0.1), cseq, 3600, "");
        answer(0, at(1.05 + cseq * 0.1), cseq, 200, GRANT);
    }
    assert_objects(WITNESS_STORM);
}

static void test_witness__wants_waits_to_be_waited(void **state) {
    (void)state;
    ask(0, at(1), 1, 3600, "");
    answer(0, at(1.1), 1, 503, "");
    ask(0, at(31), 2, 3600, "");
    assert_objects(WITNESS_TOO_EARLY);
    again();
    ask(0, at(1), 1, 3600, "");
    answer(0, at(1.1), 1, 503, "Retry-After: 100\r\n");
    ask(0, at(100), 2, 3600, "");
    assert_objects(WITNESS_RETRY_AFTER);
    again();
    ask(0, at(1), 1, 3600, "");
    answer(0, at(1.1), 1, 503, "Retry-After: 100\r\n");
    ask(0, at(101.1), 2, 3600, "");
    assert_silent();
    again();
    ask(0, at(1), 1, 3600, "");
    look_waiting(at(1.1), 1, at(31.2));
    answer(0, at(2), 1, 503, ""); /* the wait has begun already */
    ask(0, at(31.2), 2, 3600, "");
    assert_silent();
}

static void test_witness__wants_waits_to_be_waited_over_a_connection_too(void **state) {
    (void)state;
    transport = "TCP";
    ask(0, at(1), 1, 3600, "");
    answer(0, at(1.1), 1, 503, "");
    ask(0, at(31), 2, 3600, "");
    assert_objects(WITNESS_TOO_EARLY);
    again();
    ask(0, at(1), 1, 3600, "");
    ask(1, at(1.1), 2, 0, ""); /* a removal in the background */
    answer(0, at(1.5), 1, 401, "");
    ask(0, at(1.5), 3, 3600, "");
    assert_silent();
    transport = "UDP";
}

static void test_witness__wants_what_is_told_of_waits_to_be_true(void **state) {
    (void)state;
    look_waiting(at(1), 1, at(40));
    ask(0, at(39), 1, 3600, "");
    assert_objects(WITNESS_TOO_EARLY);
    again();
    look_waiting(at(1), 1, at(31));
    look_waiting(at(2), 2, at(20));
    assert_objects(WITNESS_TOO_EARLY);
    again();
    look_waiting(at(1), 1, at(31));
    look_waiting(at(2), 2, at(900));
    assert_objects(WITNESS_TOO_LATE);
    again();
    look_waiting(at(1), 1, HF_NEVER);
    assert_objects(WITNESS_PLAN);
    again();
    look_waiting(at(5), 1, at(4));
    assert_objects(WITNESS_PLAN);
}

static void test_witness__wants_nonces_that_were_given_and_counts_that_rise(void **state) {
    (void)state;
    ask(0, at(1), 1, 3600, CREDENTIALS("00000001"));
    assert_objects(WITNESS_NONCE_UNKNOWN);
    again();
    register_well();
    ask(0, at(31), 3, 3600, CREDENTIALS("00000001"));
    assert_objects(WITNESS_NONCE_COUNT);
}

static void test_witness__wants_credentials_to_stay_where_they_belong(void **state) {
    (void)state;
    register_well();
    ask(1, at(31), 3, 3600, CREDENTIALS("00000002"));
    assert_objects(WITNESS_CREDENTIALS);
}

static void test_witness__wants_the_grant_to_be_kept_to(void **state) {
    struct hf_account_status status = registered(at(1.2), at(3601), at(31));

    (void)state;
    register_well();
    witness_look(witness, 0, &status, at(2));
    assert_objects(WITNESS_GRANT);
    again();
    register_well();
    status = registered(at(1.2), at(61.2), at(70));
    witness_look(witness, 0, &status, at(62));
    assert_objects(WITNESS_GRANT);
    again();
    register_well();
    status = registered(at(1.2), at(61.2), at(70));
    witness_look(witness, 0, &status, at(2)); /* renewed after its end */
    assert_objects(WITNESS_PLAN);
}

static void test_witness__wants_live_bindings_to_be_kept(void **state) {
    (void)state;
    register_well();
    ask(0, at(31), 3, 3600, CREDENTIALS("00000002"));
    answer(0, at(31.1), 3, 503, "");
    tell(at(31.1), HF_EVENT_UNREGISTERED);
    assert_objects(WITNESS_DROPPED);
    again();
    register_well();
    look_waiting(at(31.1), 1, at(61.1));
    assert_objects(WITNESS_EVENTS); /* nobody was told */
}

static void test_witness__wants_events_to_make_sense(void **state) {
    (void)state;
    register_well();
    tell(at(2), HF_EVENT_REGISTERED);
    assert_objects(WITNESS_EVENTS);
    again();
    tell(at(2), HF_EVENT_REFRESHED);
    assert_objects(WITNESS_EVENTS);
    again();
    tell(at(2), HF_EVENT_UNREGISTERED);
    assert_objects(WITNESS_EVENTS);
    again();
    witness_explained(witness, 0, "");
    assert_objects(WITNESS_EXPLAIN);
}

static void test_witness__keeps_the_first_objection(void **state) {
    (void)state;
    witness_object(witness, WITNESS_TWO_BINDINGS, 0, at(1), "%d at one server", 2);
    witness_object(witness, WITNESS_STORM, SIM_NONE, at(1), "and more");
    assert_objects(WITNESS_TWO_BINDINGS);
    assert_string_equal(witness_objection(witness, NULL),
                        "two-bindings: alice at 1.000000 s: 2 at one server");
}

#define CASE(name) cmocka_unit_test_setup_teardown(test_witness__##name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(is_silent_when_all_is_well),
        CASE(wants_cseq_to_rise),
        CASE(wants_retransmissions_to_be_the_same_and_in_time),
        CASE(wants_no_more_retransmissions_than_timer_f_permits),
        CASE(wants_the_last_alone_to_have_the_full_time),
        CASE(wants_nothing_of_who_is_gone_or_not_wanted),
        CASE(wants_exchanges_to_end),
        CASE(wants_no_storm),
        CASE(wants_waits_to_be_waited),
        CASE(wants_waits_to_be_waited_over_a_connection_too),
        CASE(wants_what_is_told_of_waits_to_be_true),
        CASE(wants_nonces_that_were_given_and_counts_that_rise),
        CASE(wants_credentials_to_stay_where_they_belong),
        CASE(wants_the_grant_to_be_kept_to),
        CASE(wants_live_bindings_to_be_kept),
        CASE(wants_events_to_make_sense),
        CASE(keeps_the_first_objection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
