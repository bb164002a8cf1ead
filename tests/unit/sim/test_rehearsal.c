/* Scenarios carried out: that the figures are what happened. */
#include "../cmocka_all.h"

#include <expat.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "sim/report.h"
#include "sip/uri.h"

#define MINUTE (60 * HF_SECOND)

static struct scenario scenario;
static struct scenario_messages messages;
static struct fleet fleet;
static struct rehearsal rehearsal;

static void rehearse(const char *text, uint64_t seed) {
    messages = (struct scenario_messages){0};
    assert_int_equal(scenario_read(&scenario, slice_from(text), &messages), 0);
    assert_int_equal(fleet_init(&fleet, &scenario, seed, &messages), 0);
    assert_int_equal(fleet_check(&fleet, &messages), 0);
    if (messages.count > 0)
        fail_msg("%u: %s", messages.list[0].line, messages.list[0].text);
    assert_int_equal(rehearsal_init(&rehearsal, &scenario, &fleet, seed), 0);
    assert_int_equal(rehearsal_run(&rehearsal), 0);
    for (size_t i = 0; i < scenario.expectation_count; i++) {
        char got[100];

        report_got(got, sizeof got, &rehearsal.verdicts[i]);
        if (!rehearsal.verdicts[i].held)
            fail_msg("line %u: got %s", scenario.expectations[i].line, got);
    }
}

static void done(void) {
    rehearsal_release(&rehearsal);
    fleet_release(&fleet);
    scenario_release(&scenario);
    scenario_messages_release(&messages);
}

static void assert_about(hf_time got, hf_time wanted) {
    assert_in_range(got, wanted - 2 * HF_SECOND, wanted + 2 * HF_SECOND);
}

#define ONE                                                                                        \
    "duration: 100 min\nservers: [a]\n"                                                            \
    "accounts: {template: {user: u, password: p, servers: [a], expires: 2 min, retry: 10}}\n"

static void test_outage__counts_from_the_fault_until_a_call_arrives_again(void **state) {
    (void)state;
    rehearse(ONE "timeline: [{at: 50 min, do: server-off, server: a, for: 10 min}]\n", 1);
    assert_int_equal(rehearsal.figures.recovery.count, 1);
    assert_in_range(rehearsal.figures.recovery.worst, 10 * MINUTE, 11 * MINUTE);
    assert_int_equal(
        rehearsal.figures.availability,
        1000000 -
            (rehearsal.figures.recovery.worst + rehearsal.figures.startup.worst + 5999) / 6000);
    assert_int_equal(rehearsal.measure.accounts[0].outages, 1);
    assert_int_equal(rehearsal.figures.unrecovered, 0);
    done();
}

static void test_outage__that_does_not_end_counts_until_the_end(void **state) {
    (void)state;
    rehearse(ONE "timeline: [{at: 90 min, do: server-stop, server: a}]\n"
                 "expect: [unrecovered: exactly 1, {registered: none, at: 100 min}]\n",
             1);
    assert_about(rehearsal.figures.recovery.worst, 10 * MINUTE);
    done();
}

static void test_account__that_is_never_reached_is_not_available(void **state) {
    (void)state;
    rehearse("duration: 10 min\nservers: {a: {users: {u: other}}}\n"
             "accounts: {template: {user: u, password: p, server: a}}\n"
             "expect: [rejected: exactly 1, {state: rejected, account: u}, availability: at most 0]"
             "\n",
             1);
    assert_int_equal(rehearsal.figures.never_reached, 1);
    assert_int_equal(rehearsal.figures.recovery.count, 0);
    assert_about(rehearsal.figures.startup.worst, 10 * MINUTE);
    done();
}

static void test_registers__are_counted_in_their_second(void **state) {
    (void)state;
    rehearse("duration: 10 min\nservers: [{name: a, open: yes}]\nnetwork: {latency: 0}\n"
             "accounts: [{count: 7, start: 5 min, template: {user: u%n, server: a}}]\n",
             1);
    assert_int_equal(rehearsal.servers[0].registers, 7);
    assert_int_equal(rehearsal.servers[0].peak, 7);
    assert_int_equal(rehearsal.servers[0].peak_second, 300);
    assert_int_equal(rehearsal.servers[0].bindings, 7);
    done();
}

static void test_files_accounts__are_known_by_their_authentication_name(void **state) {
    (void)state;
    rehearse("duration: 1 min\nservers: {a: {strangers: no}}\n"
             "accounts: {template: {user: u, auth_name: other, password: p, server: a}}\n"
             "expect: [registered: all]\n",
             1);
    done();
}

static void test_everything__that_lasts_is_undone(void **state) {
    static const char *const faults[] = {
        "server-off, server: a",
        "server-stop, server: a",
        "server-freeze, server: a",
        "server-fault, server: a, status: 500",
        "server-fault, server: a, fault: silent",
        "server-rate, server: a, rate: 1",
        "server-delay, server: a, delay: 50 s",
        "server-limits, server: a, expires_min: 50, expires_max: 60",
        "server-realm, server: a, realm: elsewhere",
        "link, server: a, loss: 100 %",
        "partition",
        "dns-fails",
        "dns-silent, name: a",
        "dns-delay, delay: 50 s",
        "dns-address, name: a, address: 192.0.2.77, ttl: 10",
        "dns-records, name: a, records: []",
        "process-kill",
        "process-stop, forget: yes",
        "process-sleep",
    };

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char text[600];

        snprintf(text, sizeof text,
                 ONE "timeline: [{at: 10 min, for: 20 min, every: 30 min, times: 2, do: %s}]\n"
                     "expect: [registered: all, unrecovered: none, availability: at least 55 %%]\n",
                 faults[i]);
        rehearse(text, i);
        assert_int_equal(rehearsal.band_count, 2);
        assert_int_equal(rehearsal.bands[1].until_at, 60 * MINUTE);
        done();
    }
}

static void test_accounts__can_be_changed_and_removed(void **state) {
    (void)state;
    rehearse("duration: 30 min\nservers: [a, b]\n"
             "accounts: {count: 2, template: {user: u%n, password: p, server: a}}\n"
             "timeline:\n"
             "  - {at: 10 min, do: account-change, account: u1, set: {'servers[1].address': b}}\n"
             "  - {at: 20 min, do: account-remove, account: u2}\n"
             "expect:\n"
             "  - {registered: exactly 1, server: b, at: 15 min}\n"
             "  - {registered: exactly 1, server: a, at: 15 min}\n"
             "  - {registered: exactly 1}\n"
             "  - {bindings: exactly 0, server: a}\n"
             "  - {unrecovered: none}\n",
             1);
    done();
}

#define STUN(nat)                                                                                  \
    "duration: 10 min\nservers: {a: , stun: {address: '192.0.2.53:3478'}}\n"                       \
    "accounts: {" nat ", template: {user: u, password: p, server: a, nat.rport: no,\n"             \
    "  nat.traversal: stun, nat.stun_server: 192.0.2.53}}\n"

/* The registrar has heard of the account at the place that it says it is at. */
static bool contact_is_true(void) {
    struct registrar_binding binding;
    struct sip_uri uri;
    uint32_t cursor = 0;

    assert_true(registrar_next_binding(sim_registrar(rehearsal.sim, 0), &cursor, &binding));
    assert_true(uri_parse(binding.contact, &uri));
    return uri.port == binding.received.port;
}

/* What a STUN server tells is true elsewhere, too, where the NAT shows every peer the same. */
static void test_stun__finds_the_way_through_a_cone_nat_alone(void **state) {
    (void)state;
    rehearse(STUN("nat: yes, nat_cone: yes"), 1);
    assert_true(contact_is_true());
    done();
    rehearse(STUN("nat: yes"), 1);
    assert_false(contact_is_true());
    done();
}

#define FLEET                                                                                      \
    "title: a <fleet> & more\nduration: 2 h\nservers: {a: {rate: 5, queue: 3}, b: }\n"             \
    "network: {jitter: 30 ms, loss: 2 %, duplicate: 1 %, reorder: 1 %}\n"                          \
    "accounts: {count: 20, spread: 1 min, nat: yes, nat_timeout: 1 min,\n"                         \
    "  template: {user: u%n, password: p, servers: [a, b], expires: 5 min}}\n"                     \
    "timeline: [{at: 30 min, do: server-off, server: a, for: 10 min}, {at: 1 h, do: "              \
    "nat-rebind}]\n"

static void test_same_seed__gives_the_same_bytes(void **state) {
    char *texts[3][3];

    (void)state;
    for (int i = 0; i < 3; i++) {
        rehearse(FLEET, i < 2 ? 7 : 8);
        assert_int_equal(report_table(&rehearsal, &texts[i][0]), 0);
        assert_int_equal(report_json(&rehearsal, &texts[i][1]), 0);
        assert_int_equal(report_chart(&rehearsal, &texts[i][2]), 0);
        done();
    }
    for (int k = 0; k < 3; k++) {
        assert_string_equal(texts[0][k], texts[1][k]);
        assert_string_not_equal(texts[0][k], texts[2][k]);
        for (int i = 0; i < 3; i++)
            free(texts[i][k]);
    }
}

static void test_written_scenario__runs_the_same(void **state) {
    char *first = NULL, *second = NULL, *text = NULL;

    (void)state;
    rehearse(FLEET, 3);
    assert_int_equal(report_json(&rehearsal, &first), 0);
    assert_int_equal(scenario_write(&scenario, &text), 0);
    done();
    rehearse(text, 3);
    assert_int_equal(report_json(&rehearsal, &second), 0);
    done();
    assert_string_equal(first, second);
    free(first);
    free(second);
    free(text);
}

static void test_json_and_chart__are_well_formed(void **state) {
    char *json = NULL, *chart = NULL;
    XML_Parser parser = XML_ParserCreate(NULL);
    json_t *object;

    (void)state;
    rehearse(FLEET, 5);
    assert_int_equal(report_json(&rehearsal, &json), 0);
    assert_int_equal(report_chart(&rehearsal, &chart), 0);
    object = json_loads(json, 0, NULL);
    assert_non_null(object);
    assert_int_equal(json_array_size(json_object_get(object, "accounts")), 20);
    assert_int_equal(json_array_size(json_object_get(object, "servers")), 2);
    assert_true(json_is_real(json_object_get(object, "availability")));
    assert_true(json_is_true(json_object_get(object, "held")));
    json_decref(object);
    assert_int_equal(XML_Parse(parser, chart, (int)strlen(chart), 1), XML_STATUS_OK);
    assert_non_null(strstr(chart, "a &lt;fleet&gt; &amp; more"));
    assert_non_null(strstr(chart, "server-off a"));
    XML_ParserFree(parser);
    free(json);
    free(chart);
    done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outage__counts_from_the_fault_until_a_call_arrives_again),
        cmocka_unit_test(test_outage__that_does_not_end_counts_until_the_end),
        cmocka_unit_test(test_account__that_is_never_reached_is_not_available),
        cmocka_unit_test(test_registers__are_counted_in_their_second),
        cmocka_unit_test(test_files_accounts__are_known_by_their_authentication_name),
        cmocka_unit_test(test_everything__that_lasts_is_undone),
        cmocka_unit_test(test_accounts__can_be_changed_and_removed),
        cmocka_unit_test(test_stun__finds_the_way_through_a_cone_nat_alone),
        cmocka_unit_test(test_same_seed__gives_the_same_bytes),
        cmocka_unit_test(test_written_scenario__runs_the_same),
        cmocka_unit_test(test_json_and_chart__are_well_formed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
