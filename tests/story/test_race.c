/* A server with addresses of both families, over TCP: who is connected to, when, and what remains
 * of the slower one (RFC 8305). One agent held by hand. */
#include "../unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "holdfast/agent.h"
#include "holdfast/settings.h"
#include "sip/message.h"
#include "sip/response.h"

enum fate { OPENS, IS_SILENT, REFUSES };

enum { PATHS_MAX = 32 };

static struct hand {
    struct hf_agent *agent;
    hf_account_id account;
    hf_time now;
    enum fate ipv4, ipv6; /* of connections to it */
    unsigned ipv4_count;  /* addresses of the server */
    unsigned status;      /* its answer over IPv6; 0: 200 */
    struct {
        hf_path_id id;
        struct hf_address remote;
        hf_time at;
        bool closed;
    } paths[PATHS_MAX];
    unsigned count;
    hf_path_id asked; /* the path of the last REGISTER */
    unsigned sent;
    char request[8192];
    bool unanswered;
} h;

static void resolve(hf_query_id query, enum hf_dns_type type) {
    struct hf_dns_record records[4] = {0};
    struct hf_dns_answer answer = {.result = HF_DNS_OK, .records = records, .count = 1};

    for (unsigned i = 0; i < 4; i++) {
        records[i] = (struct hf_dns_record){.type = type, .ttl = 3600};
        records[i].address =
            type == HF_DNS_A
                ? (struct hf_address){.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, (uint8_t)(i + 1)}}
                : (struct hf_address){.family = HF_FAMILY_IPV6,
                                      .ip = {0x20, 1, 13, 0xb8, [15] = 1}};
    }
    if (type == HF_DNS_A)
        answer.count = h.ipv4_count;
    hf_agent_resolved(h.agent, query, &answer, h.now);
}

static void open_path(const struct hf_output_open *open) {
    const bool ipv6 = open->remote.family == HF_FAMILY_IPV6;
    struct hf_address local = {.family = open->remote.family, .port = 40000, .ip = {198, 51, 100}};

    assert_true(h.count < PATHS_MAX);
    h.paths[h.count].id = open->path;
    h.paths[h.count].at = h.now;
    h.paths[h.count++].remote = open->remote;
    switch (ipv6 ? h.ipv6 : h.ipv4) {
    case OPENS:
        hf_agent_path_opened(h.agent, open->path, &local, h.now);
        break;
    case REFUSES:
        hf_agent_path_failed(h.agent, open->path, HF_PATH_REFUSED, "refused", h.now);
        break;
    case IS_SILENT:
        break;
    }
}

static void close_path(hf_path_id id) {
    for (unsigned i = 0; i < h.count; i++)
        if (h.paths[i].id == id)
            h.paths[i].closed = true;
}

/* The server answers every REGISTER. */
static void answer(void) {
    char text[8192];
    struct writer w = writer_of(text, sizeof text);
    struct sip_message message;
    const struct hf_address *from = NULL;

    for (unsigned i = 0; i < h.count; i++)
        if (h.paths[i].id == h.asked)
            from = &h.paths[i].remote;
    assert_non_null(from);
    h.unanswered = false;
    assert_int_equal(sip_message_parse(&message, slice_from(h.request)), SIP_PARSED);
    const bool fails = h.status != 0 && from->family == HF_FAMILY_IPV6;

    response_begin(&w, &message, fails ? h.status : 200, SLICE_NONE, SLICE("tag"), from);
    if (!fails)
        writer_put_slice(&w, SLICE("Expires: 600\r\n"));
    response_end(&w, SLICE_NONE);
    assert_false(w.full);
    assert_int_equal(hf_agent_receive(h.agent, h.asked, from, text, writer_length(&w), h.now), 0);
}

static void act(const struct hf_output *output) {
    switch (output->kind) {
    case HF_OUTPUT_SEND:
        if (output->send.bytes.len < 20)
            break; /* a ping */
        assert_true(output->send.bytes.len < sizeof h.request);
        memcpy(h.request, output->send.bytes.ptr, output->send.bytes.len);
        h.request[output->send.bytes.len] = '\0';
        h.asked = output->send.path;
        h.sent++;
        h.unanswered = true;
        break;
    case HF_OUTPUT_OPEN:
        open_path(&output->open);
        break;
    case HF_OUTPUT_CLOSE:
        close_path(output->close);
        break;
    case HF_OUTPUT_RESOLVE:
        resolve(output->resolve.query, output->resolve.type);
        break;
    case HF_OUTPUT_EVENT:
        break;
    }
}

static void pull(void) {
    struct hf_output output;

    do {
        while (hf_agent_next_output(h.agent, &output))
            act(&output);
        if (h.unanswered)
            answer();
    } while (hf_agent_next_output(h.agent, &output) ? (act(&output), true) : h.unanswered);
}

static void wait_for(hf_time span) {
    const hf_time until = h.now + span;

    pull();
    while (hf_agent_deadline(h.agent) <= until) {
        if (hf_agent_deadline(h.agent) > h.now)
            h.now = hf_agent_deadline(h.agent);
        hf_agent_expire(h.agent, h.now);
        pull();
    }
    h.now = until;
}

static void begin(enum fate ipv4, enum fate ipv6) {
    static const char *const values[][2] = {{"user", "alice"},
                                            {"password", "pw-alice"},
                                            {"servers[1].address", "pbx.example.com"},
                                            {"servers[1].port", "5060"},
                                            {"transport", "tcp"},
                                            {"expires", "600"}};
    const struct hf_agent_options options = {.seed = {3}};
    struct hf_settings_error error;
    struct hf_settings *settings;

    h.ipv4 = ipv4;
    h.ipv6 = ipv6;
    assert_int_equal(hf_settings_create("generic", &settings), 0);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        assert_int_equal(hf_settings_set(settings, values[i][0], values[i][1], &error), 0);
    assert_int_equal(hf_agent_create(&options, &h.agent, h.now), 0);
    assert_int_equal(hf_agent_add_account(h.agent, settings, 0, &h.account, h.now), 0);
    hf_settings_free(settings);
    pull();
}

static int setup(void **state) {
    (void)state;
    h = (struct hand){.now = 1000 * HF_SECOND, .ipv4_count = 1};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    hf_agent_free(h.agent);
    return 0;
}

static enum hf_account_state state_now(void) {
    struct hf_account_status status;

    assert_int_equal(hf_agent_account_status(h.agent, h.account, &status, h.now), 0);
    return status.state;
}

static void assert_path(unsigned n, enum hf_family family, hf_time at, bool closed) {
    assert_true(n < h.count);
    assert_int_equal(h.paths[n].remote.family, family);
    assert_int_equal(h.paths[n].at, 1000 * HF_SECOND + at);
    assert_int_equal(h.paths[n].closed, closed);
}

static void test_race__is_not_run_while_the_first_address_is_fast(void **state) {
    (void)state;
    begin(OPENS, OPENS);
    wait_for(2 * HF_SECOND);
    assert_int_equal(state_now(), HF_STATE_REGISTERED);
    assert_int_equal(h.count, 1);
    assert_path(0, HF_FAMILY_IPV4, 0, false);
}

static void test_race__a_silent_family_costs_a_quarter_of_a_second(void **state) {
    (void)state;
    begin(IS_SILENT, OPENS);
    wait_for(249 * HF_MILLISECOND);
    assert_int_equal(h.count, 1);
    wait_for(10 * HF_MILLISECOND);
    assert_int_equal(state_now(), HF_STATE_REGISTERED);
    assert_int_equal(h.count, 2);
    assert_path(0, HF_FAMILY_IPV4, 0, true);
    assert_path(1, HF_FAMILY_IPV6, 250 * HF_MILLISECOND, false);
    assert_non_null(strstr(h.request, "\r\nContact: <sip:alice@[c633:6400::]:40000"));
}

static void test_race__the_first_address_wins_when_it_is_faster(void **state) {
    (void)state;
    begin(IS_SILENT, IS_SILENT);
    wait_for(300 * HF_MILLISECOND);
    assert_int_equal(h.count, 2);
    struct hf_address local = {.family = HF_FAMILY_IPV4, .port = 40000, .ip = {198, 51, 100}};

    hf_agent_path_opened(h.agent, h.paths[0].id, &local, h.now);
    pull();
    assert_int_equal(state_now(), HF_STATE_REGISTERED);
    assert_path(0, HF_FAMILY_IPV4, 0, false);
    assert_path(1, HF_FAMILY_IPV6, 250 * HF_MILLISECOND, true);
}

static void test_race__whoever_is_refused_goes_on_at_once(void **state) {
    (void)state;
    begin(REFUSES, OPENS);
    assert_int_equal(state_now(), HF_STATE_REGISTERED);
    assert_int_equal(h.count, 2);
    assert_path(1, HF_FAMILY_IPV6, 0, false);
}

static void test_race__a_rival_that_is_refused_changes_nothing(void **state) {
    (void)state;
    begin(IS_SILENT, REFUSES);
    wait_for(300 * HF_MILLISECOND);
    assert_int_equal(h.count, 2);
    assert_path(0, HF_FAMILY_IPV4, 0, false);
    struct hf_address local = {.family = HF_FAMILY_IPV4, .port = 40000, .ip = {198, 51, 100}};

    hf_agent_path_opened(h.agent, h.paths[0].id, &local, h.now);
    pull();
    assert_int_equal(state_now(), HF_STATE_REGISTERED);
}

static void test_race__is_against_the_other_family_past_other_addresses(void **state) {
    (void)state;
    h.ipv4_count = 3;
    begin(IS_SILENT, OPENS);
    wait_for(300 * HF_MILLISECOND);
    assert_int_equal(state_now(), HF_STATE_REGISTERED);
    assert_path(1, HF_FAMILY_IPV6, 250 * HF_MILLISECOND, false);
}

/* The slower address has not failed: when the faster one does not serve, it is asked after all, and
 * so is every other address, each once. */
static void test_race__who_lost_is_tried_when_the_winner_does_not_serve(void **state) {
    (void)state;
    h.ipv4_count = 2;
    h.status = 503;
    begin(IS_SILENT, OPENS);
    wait_for(250 * HF_MILLISECOND);
    assert_int_equal(h.sent, 1);
    assert_int_equal(h.count, 3);
    assert_path(1, HF_FAMILY_IPV6, 250 * HF_MILLISECOND, true);
    assert_path(2, HF_FAMILY_IPV4, 250 * HF_MILLISECOND, false);
    assert_int_equal(h.paths[2].remote.ip[3], 1);
    hf_agent_path_failed(h.agent, h.paths[2].id, HF_PATH_REFUSED, "refused", h.now);
    h.ipv4 = OPENS;
    pull();
    assert_int_equal(h.count, 4);
    assert_int_equal(h.paths[3].remote.ip[3], 2);
    assert_int_equal(state_now(), HF_STATE_REGISTERED);
}

static void test_race__a_connection_that_others_have_wins_at_once(void **state) {
    struct hf_settings_error error;
    struct hf_settings *settings;
    hf_account_id other;

    (void)state;
    begin(IS_SILENT, OPENS);
    wait_for(HF_SECOND);
    assert_int_equal(h.count, 2);
    assert_int_equal(hf_settings_create("generic", &settings), 0);
    assert_int_equal(hf_settings_set(settings, "user", "bob", &error), 0);
    assert_int_equal(hf_settings_set(settings, "servers[1].address", "pbx.example.com", &error), 0);
    assert_int_equal(hf_settings_set(settings, "servers[1].port", "5060", &error), 0);
    assert_int_equal(hf_settings_set(settings, "transport", "tcp", &error), 0);
    assert_int_equal(hf_agent_add_account(h.agent, settings, 1, &other, h.now), 0);
    hf_settings_free(settings);
    pull();
    wait_for(HF_SECOND);
    assert_int_equal(h.count, 3);
    assert_path(2, HF_FAMILY_IPV4, HF_SECOND, true);
    assert_int_equal(h.asked, h.paths[1].id);
}

static void test_race__an_account_that_goes_leaves_no_connection_behind(void **state) {
    (void)state;
    begin(IS_SILENT, IS_SILENT);
    wait_for(300 * HF_MILLISECOND);
    assert_int_equal(hf_agent_remove_account(h.agent, h.account, h.now), 0);
    pull();
    assert_path(0, HF_FAMILY_IPV4, 0, true);
    assert_path(1, HF_FAMILY_IPV6, 250 * HF_MILLISECOND, true);
}

#define STORY(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_race__is_not_run_while_the_first_address_is_fast),
        STORY(test_race__a_silent_family_costs_a_quarter_of_a_second),
        STORY(test_race__the_first_address_wins_when_it_is_faster),
        STORY(test_race__whoever_is_refused_goes_on_at_once),
        STORY(test_race__a_rival_that_is_refused_changes_nothing),
        STORY(test_race__is_against_the_other_family_past_other_addresses),
        STORY(test_race__who_lost_is_tried_when_the_winner_does_not_serve),
        STORY(test_race__a_connection_that_others_have_wins_at_once),
        STORY(test_race__an_account_that_goes_leaves_no_connection_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
