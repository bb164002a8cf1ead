/* The reader of scenarios and its opposite: what people write, and what they get for it. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/slice.h"
#include "sim/scenario_words.h"

/* What a scenario needs in any case. */
#define SERVERS "servers: [primary, backup]\n"
#define ACCOUNTS "accounts: {count: 2, template: {user: u%n, servers: [primary, backup]}}\n"

static struct scenario scenario;
static struct scenario_messages messages;

static void read_text(const char *text) {
    messages = (struct scenario_messages){0};
    assert_int_equal(scenario_read(&scenario, slice_from(text), &messages), 0);
}

static void read_good(const char *text) {
    read_text(text);
    if (messages.count > 0)
        fail_msg("%u: %s", messages.list[0].line, messages.list[0].text);
}

static void done(void) {
    scenario_release(&scenario);
    scenario_messages_release(&messages);
}

static void assert_server(size_t index, const char *name, const char *address) {
    char text[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);

    assert_string_equal(scenario.servers[index].options.name, name);
    address_write(&w, &scenario.servers[index].options.address);
    assert_true(writer_terminate(&w));
    assert_string_equal(text, address);
}

static void test_servers__may_be_written_in_several_ways(void **state) {
    static const char *const ways[] = {
        "servers: [primary, backup]\n",
        "servers:\n  - primary\n  - backup: 192.0.2.2\n",
        "servers: {primary: 192.0.2.1, backup: 192.0.2.2}\n",
        "servers: {primary: , backup: {address: 192.0.2.2}}\n",
        "servers:\n  - name: primary\n  - {name: backup, address: 192.0.2.2}\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        char text[400];

        snprintf(text, sizeof text, "%s%s", ways[i], ACCOUNTS);
        read_good(text);
        assert_int_equal(scenario.server_count, 2);
        assert_server(0, "primary", "192.0.2.1");
        assert_server(1, "backup", "192.0.2.2");
        done();
    }
}

static void test_servers__have_their_names_in_the_dns(void **state) {
    (void)state;
    read_good("servers: {a.example.com: 192.0.2.1, 2001:db8::1: , b: '[2001:db8::2]:5062'}\n"
              "dns: {a.example.com: [10 A 192.0.2.1]}\n"
              "accounts: {template: {user: u, server: a.example.com}}\n");
    assert_int_equal(scenario.name_count, 2);
    assert_string_equal(scenario.names[0].name, "a.example.com");
    assert_int_equal(scenario.names[0].records[0].ttl, 10);
    assert_string_equal(scenario.names[1].name, "b");
    assert_int_equal(scenario.names[1].records[0].type, HF_DNS_AAAA);
    assert_int_equal(scenario.names[1].records[0].address.port, 0);
    assert_server(2, "b", "[2001:db8::2]:5062");
    done();
}

static void test_records__are_read_as_in_zone_files_and_as_maps(void **state) {
    const struct hf_dns_record *r;

    (void)state;
    read_good(SERVERS ACCOUNTS "dns:\n"
                               "  ttl: 2 min\n"
                               "  x:\n"
                               "    - 300 IN SRV 10 50 5062 primary.\n"
                               "    - {type: SRV, ttl: 5 min, priority: 10, weight: 50, port: 5062,"
                               " target: primary}\n"
                               "    - NAPTR 1 2 \"s\" \"SIP+D2U\" \"\" _sip._udp.x\n"
                               "    - AAAA 2001:db8::1\n");
    r = scenario.names[0].records;
    assert_int_equal(scenario.names[0].count, 4);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(r[i].ttl, 300);
        assert_int_equal(r[i].srv.weight, 50);
        assert_int_equal(r[i].srv.port, 5062);
        assert_true(slice_equal(r[i].srv.target, SLICE("primary")));
    }
    assert_int_equal(r[2].ttl, 120);
    assert_true(slice_equal(r[2].naptr.service, SLICE("SIP+D2U")));
    assert_int_equal(r[2].naptr.regexp.len, 0);
    assert_int_equal(r[3].type, HF_DNS_AAAA);
    done();
}

static void test_times__are_as_people_write_them(void **state) {
    static const struct {
        const char *text;
        hf_time time;
    } good[] = {
        {"90 s", 90 * HF_SECOND},
        {"90", 90 * HF_SECOND},
        {"5min", 300 * HF_SECOND},
        {"2 h", 7200 * HF_SECOND},
        {"3 days", 259200 * HF_SECOND},
        {"1 h 30 min", 5400 * HF_SECOND},
        {"1.5 h", 5400 * HF_SECOND},
        {"250 ms", 250 * HF_MILLISECOND},
        {"0.000001 s", 1},
        {"0", 0},
    };
    static const char *const bad[] = {"",      "s",    "-1 s", "5 parsecs", "1 h 30",
                                      "1:30",  ". s",  "1. s", "99999 d",   "1000000000000 s",
                                      "1 s s", "1,5 h"};
    hf_time time;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char text[64];
        struct writer w = writer_of(text, sizeof text);

        assert_true(words_read_time(slice_from(good[i].text), &time));
        assert_int_equal(time, good[i].time);
        words_write_time(&w, time);
        assert_true(words_read_time(writer_slice(&w), &time));
        assert_int_equal(time, good[i].time);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(words_read_time(slice_from(bad[i]), &time));
}

static void test_shares__need_their_sign(void **state) {
    uint32_t share;

    (void)state;
    assert_true(words_read_share(SLICE("99.95 %"), &share));
    assert_int_equal(share, 999500);
    assert_true(words_read_share(SLICE("0"), &share));
    assert_int_equal(share, 0);
    assert_false(words_read_share(SLICE("0.5"), &share));
    assert_false(words_read_share(SLICE("101 %"), &share));
}

static void test_steps__are_undone_and_repeated(void **state) {
    const struct scenario_step *step;

    (void)state;
    read_good("duration: 1 h\n" SERVERS ACCOUNTS "timeline:\n"
              "  - {at: 10 min, do: server-off, server: primary, for: 2 min, every: 5 min}\n"
              "  - {do: link, at: 1, server: all, loss: 5 %}\n"
              "  - {do: server-fault, at: 2, server: backup, status: 503,"
              " headers: {Retry-After: 30}}\n"
              "  - {do: partition, at: 3, server: primary, for: 1 s}\n");
    step = &scenario.steps[0];
    assert_int_equal(step->fault.kind, SIM_SERVER_OFF);
    assert_int_equal(step->fault.server, 0);
    assert_int_equal(step->span, 120 * HF_SECOND);
    assert_int_equal(step->times, 10); /* at 10, 15 … 55 min */
    assert_int_equal(scenario.steps[1].fault.server, SIM_NONE);
    assert_int_equal(scenario.steps[1].fault.link.loss, 50000);
    assert_int_equal(scenario.steps[1].fault.link.latency, SCENARIO_LATENCY);
    assert_int_equal(scenario.steps[2].fault.registrar.kind, REGISTRAR_ANSWERS);
    assert_true(
        slice_equal(scenario.steps[2].fault.registrar.headers, SLICE("Retry-After: 30\r\n")));
    assert_true(scenario.steps[3].fault.link.down);
    done();
}

static void test_duration__covers_the_timeline_when_it_is_not_given(void **state) {
    (void)state;
    read_good(SERVERS ACCOUNTS "timeline: [{at: 2 h, do: server-off, server: backup, for: 1 h}]\n");
    assert_int_equal(scenario.duration, 4 * 3600 * HF_SECOND);
    done();
    read_good(SERVERS ACCOUNTS);
    assert_int_equal(scenario.duration, 3600 * HF_SECOND);
    done();
}

static void test_expectations__have_a_sense_of_their_own(void **state) {
    (void)state;
    read_good(SERVERS ACCOUNTS "expect:\n"
                               "  - availability: 99.9 %\n"
                               "  - recovery_99: within 2 min\n"
                               "  - {registered: all, server: primary, at: 30 min}\n"
                               "  - failovers: '>= 3'\n"
                               "  - {state: waiting, account: u1}\n");
    assert_int_equal(scenario.expectations[0].relation, RELATION_AT_LEAST);
    assert_int_equal(scenario.expectations[0].wanted, 999000);
    assert_int_equal(scenario.expectations[1].relation, RELATION_AT_MOST);
    assert_int_equal(scenario.expectations[2].server, 0);
    assert_true(scenario.expectations[2].share);
    assert_int_equal(scenario.expectations[2].at, 1800 * HF_SECOND);
    assert_int_equal(scenario.expectations[3].relation, RELATION_AT_LEAST);
    assert_int_equal(scenario.expectations[4].state, HF_STATE_WAITING);
    done();
}

static void test_mistakes__are_all_told_with_their_lines(void **state) {
    static const unsigned lines[] = {1, 3, 4, 6, 8, 9};

    (void)state;
    read_text("duration: soon\n"
              "servers:\n"
              "  primary: {adress: 192.0.2.1}\n"
              "  backup: 192.0.2.300\n"
              "accounts:\n"
              "  template: {user: u, servers: [primary], expiress: 30}\n"
              "timeline:\n"
              "  - {at: 1 min, do: server-of, server: primary}\n"
              "  - {at: 1 min, do: server-off, server: primry}\n");
    assert_int_equal(messages.errors, 6);
    assert_int_equal(messages.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(messages.list[i].line, lines[i]);
    assert_non_null(strstr(messages.list[1].text, "is 'address' meant?"));
    assert_non_null(strstr(messages.list[4].text, "is 'server-off' meant?"));
    assert_non_null(strstr(messages.list[5].text, "is 'primary' meant?"));
    done();
}

static void test_aliases__do_not_make_a_small_file_large(void **state) {
    char text[4096] = "x-a: &a [u, u, u, u, u, u, u, u, u, u]\n";
    size_t length = strlen(text);

    (void)state;
    for (char c = 'b'; c < 'k'; c++)
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "x-%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c,
                                   c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
    snprintf(text + length, sizeof text - length, "servers: *j\naccounts: *j\n");
    read_text(text);
    assert_true(messages.errors > 0);
    done();
}

static void test_written_scenario__is_read_back_the_same(void **state) {
    char *once = NULL, *twice = NULL;

    (void)state;
    read_good(
        "title: \"a \\\"b\\\" \\u2028\"\nduration: 90 min\nseed: 18446744073709551615\n"
        "servers:\n"
        "  primary: {address: '192.0.2.1:5062', rate: 50/s, queue: 10, delay: 20 ms, qop: both,\n"
        "    expires_max: 30 s, offers: [MD5, SHA-256-sess], users: {u1: x}, strangers: no}\n"
        "  backup: {open: yes, realm: r, nonce_lifetime: 0, contacts_max: 2, ipv6: yes}\n"
        "processes: [{name: office, ipv6: '2001:db8::7'}, {name: home, nat: yes, nat_timeout: 30 "
        "s, nat_cone: yes,\n"
        "  remembers: no}]\n"
        "network: {latency: 1.5 ms, loss: 0.0001 %}\n"
        "links: [{server: backup, process: home, jitter: 3 ms, down: yes}]\n"
        "dns: {n: [10 NAPTR 1 2 s SIP+D2U '' x], empty: []}\n"
        "accounts:\n"
        "  - {files: [a.cfg, b.xml], set: {retry: 30}, family: flx, process: home}\n"
        "  - {count: 1, ipv6: only, template: {user: six, servers: [backup]}}\n"
        "  - {count: 3, first: 7, start: 1 s, spread: 2 s, nat: yes, nat_timeout: 1 min,\n"
        "     nat_cone: yes,\n"
        "     name: 'p%02n', template: {user: 'u%n', keep_alive: {interval: 20},\n"
        "     servers: [primary, {address: backup, port: 5060}]}}\n"
        "timeline:\n"
        "  - {at: 1, do: server-limits, server: all, expires_min: 20, expires_max: 40, for: 5}\n"
        "  - {at: 2, do: server-fault, server: primary, fault: requires, option: x, method: A,\n"
        "     count: 3}\n"
        "  - {at: 3, do: server-fault, server: backup, status: 500, headers: ['A: b', 'C: d']}\n"
        "  - {at: 4, do: dns-address, name: primary, address: 192.0.2.9, ttl: 9}\n"
        "  - {at: 5, do: dns-records, name: n, records: []}\n"
        "  - {at: 6, do: account-change, account: p07, set: {expires: 60}}\n"
        "  - {at: 7, do: account-remove, account: all}\n"
        "  - {at: 8, do: process-kill, process: office, forget: yes, for: 1, every: 9, times: 4}\n"
        "  - {at: 9, do: dns-fails, result: no-name}\n"
        "  - {at: 10, do: nat-timeout, process: home, timeout: 9}\n"
        "  - {at: 11, do: process-sleep, process: all, for: 3}\n"
        "  - {at: 11, do: link, process: office, ipv4: refused, ipv6: no}\n"
        "  - {at: 11, do: dns-delay, name: primary, delay: 3, type: AAAA}\n"
        "  - {at: 12, do: server-realm, server: primary, realm: other}\n"
        "expect:\n"
        "  - {peak_registers: exactly 3, server: primary}\n"
        "  - {registered: 50 %, server: backup, at: 30}\n"
        "  - {state: rejected, account: p08, at: 5 min}\n");
    assert_int_equal(scenario_write(&scenario, &once), 0);
    done();
    read_good(once);
    assert_int_equal(scenario_write(&scenario, &twice), 0);
    assert_string_equal(once, twice);
    assert_string_equal(scenario.title, "a \"b\" \xe2\x80\xa8");
    assert_int_equal(scenario.steps[7].times, 4);
    assert_true(scenario.steps[7].fault.forget);
    assert_int_equal(scenario.steps[3].fault.number, 9);
    assert_true(scenario.links[1].link.down);
    assert_int_equal(scenario.links[1].link.loss, 1);
    assert_int_equal(scenario.servers[1].options.other.family, HF_FAMILY_IPV6);
    assert_int_equal(scenario.processes[0].options.other.ip[15], 7);
    assert_int_equal(scenario.accounts[1].ipv6, SCENARIO_IPV6_ONLY);
    assert_int_equal(scenario.steps[11].fault.link.ipv4, SIM_WAY_REFUSED);
    assert_int_equal(scenario.steps[11].fault.link.ipv6, SIM_WAY_DOWN);
    assert_int_equal(scenario.steps[12].fault.record, SIM_RECORD_AAAA);
    done();
    free(once);
    free(twice);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers__may_be_written_in_several_ways),
        cmocka_unit_test(test_servers__have_their_names_in_the_dns),
        cmocka_unit_test(test_records__are_read_as_in_zone_files_and_as_maps),
        cmocka_unit_test(test_times__are_as_people_write_them),
        cmocka_unit_test(test_shares__need_their_sign),
        cmocka_unit_test(test_steps__are_undone_and_repeated),
        cmocka_unit_test(test_duration__covers_the_timeline_when_it_is_not_given),
        cmocka_unit_test(test_expectations__have_a_sense_of_their_own),
        cmocka_unit_test(test_mistakes__are_all_told_with_their_lines),
        cmocka_unit_test(test_aliases__do_not_make_a_small_file_large),
        cmocka_unit_test(test_written_scenario__is_read_back_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
