/* One agent held by hand, without a world around it: answers that come late or from elsewhere,
 * paths that fail, a clock that jumps. */
#include "../unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "holdfast/agent.h"
#include "holdfast/settings.h"
#include "sip/message.h"
#include "sip/response.h"

static struct hand {
    struct hf_agent *agent;
    hf_account_id account;
    hf_time now;
    bool no_network; /* paths cannot be opened */
    hf_path_id path; /* opened last */
    unsigned opened, closed;
    unsigned sent; /* REGISTERs */
    struct hf_address server;
    char request[8192]; /* the last one */
} h;

static void pull(void) {
    const struct hf_address local = {
        .family = HF_FAMILY_IPV4, .port = 40000, .ip = {198, 51, 100, 1}};
    struct hf_output output;

    while (hf_agent_next_output(h.agent, &output)) {
        switch (output.kind) {
        case HF_OUTPUT_SEND:
            assert_true(output.send.bytes.len < sizeof h.request);
            memcpy(h.request, output.send.bytes.ptr, output.send.bytes.len);
            h.request[output.send.bytes.len] = '\0';
            h.sent++;
            break;
        case HF_OUTPUT_OPEN:
            h.path = output.open.path;
            h.opened++;
            if (h.no_network)
                hf_agent_path_failed(h.agent, h.path, HF_PATH_UNREACHABLE, "no network", h.now);
            else
                hf_agent_path_opened(h.agent, h.path, &local, h.now);
            break;
        case HF_OUTPUT_CLOSE:
            h.closed++;
            break;
        case HF_OUTPUT_RESOLVE:
            fail_msg("the server has an address");
            break;
        case HF_OUTPUT_EVENT:
            break;
        }
    }
}

static void begin(const char *key, const char *value) {
    const struct hf_agent_options options = {.seed = {3}};
    struct hf_settings_error error;
    struct hf_settings *settings;

    assert_int_equal(hf_settings_create("generic", &settings), 0);
    assert_int_equal(hf_settings_set(settings, "user", "alice", &error), 0);
    assert_int_equal(hf_settings_set(settings, "password", "pw-alice", &error), 0);
    assert_int_equal(hf_settings_set(settings, "servers[1].address", "192.0.2.1", &error), 0);
    assert_int_equal(hf_settings_set(settings, "retry", "20", &error), 0);
    assert_int_equal(hf_settings_set(settings, "expires", "600", &error), 0);
    assert_int_equal(hf_settings_set(settings, key, value, &error), 0);
    assert_int_equal(hf_agent_create(&options, &h.agent, h.now), 0);
    assert_int_equal(hf_agent_add_account(h.agent, settings, 0, &h.account, h.now), 0);
    hf_settings_free(settings);
    pull();
}

static int setup(void **state) {
    (void)state;
    h = (struct hand){
        .now = 1000 * HF_SECOND,
        .server = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}},
    };
    return 0;
}

static int teardown(void **state) {
    (void)state;
    hf_agent_free(h.agent);
    return 0;
}

/* The answer to a request, on this path. */
static int answer(const char *request, unsigned status, const char *headers, hf_path_id path,
                  const struct hf_address *from) {
    char text[8192];
    struct writer w = writer_of(text, sizeof text);
    struct sip_message message;

    assert_int_equal(sip_message_parse(&message, slice_from(request)), SIP_PARSED);
    response_begin(&w, &message, status, SLICE_NONE, SLICE("tag"), from);
    writer_put_slice(&w, slice_from(headers));
    response_end(&w, SLICE_NONE);
    assert_false(w.full);
    int result = hf_agent_receive(h.agent, path, from, text, writer_length(&w), h.now);

    pull();
    return result;
}

static void wait_for(hf_time span) {
    const hf_time until = h.now + span;

    while (hf_agent_deadline(h.agent) <= until) {
        if (hf_agent_deadline(h.agent) > h.now)
            h.now = hf_agent_deadline(h.agent);
        hf_agent_expire(h.agent, h.now);
        pull();
    }
    h.now = until;
}

static struct hf_account_status status(void) {
    struct hf_account_status status;

    assert_int_equal(hf_agent_account_status(h.agent, h.account, &status, h.now), 0);
    return status;
}

static uint64_t strays(void) {
    struct hf_agent_counters counters;

    hf_agent_count(h.agent, &counters);
    return counters.strays_received;
}

static void test_late_answer__counts_for_nothing(void **state) {
    char first[8192];

    (void)state;
    begin("expires", "600");
    memcpy(first, h.request, sizeof first);
    wait_for(40 * HF_SECOND); /* Timer F is over */
    assert_int_equal(status().state, HF_STATE_WAITING);
    answer(first, 200, "Expires: 600\r\n", h.path, &h.server); /* whether its path is open or not */
    assert_int_equal(status().state, HF_STATE_WAITING);
    wait_for(15 * HF_SECOND); /* asked again */
    assert_int_equal(status().state, HF_STATE_REGISTERING);
    assert_int_equal(answer(first, 200, "Expires: 600\r\n", h.path, &h.server), 0);
    assert_int_equal(status().state, HF_STATE_REGISTERING);
    assert_int_equal(strays(), 1);
    assert_int_equal(answer(h.request, 200, "Expires: 600\r\n", h.path, &h.server), 0);
    assert_int_equal(status().state, HF_STATE_REGISTERED);
    assert_int_equal(answer(first, 403, "", h.path, &h.server), 0);
    assert_int_equal(answer(h.request, 403, "", h.path, &h.server), 0);
    assert_int_equal(status().state, HF_STATE_REGISTERED);
    assert_int_equal(strays(), 3);
}

static void test_answer_from_another_address__counts(void **state) {
    const struct hf_address other = {
        .family = HF_FAMILY_IPV4, .port = 32768, .ip = {203, 0, 113, 77}};

    (void)state;
    begin("expires", "600");
    assert_int_equal(answer(h.request, 200, "Expires: 600\r\n", h.path, &other), 0);
    assert_int_equal(status().state, HF_STATE_REGISTERED);
    wait_for(540 * HF_SECOND);
    assert_memory_equal(status().target.ip, h.server.ip,
                        4); /* the refresh goes where the first went */
}

/* Without a network every attempt fails before anything is sent; when it is back all is well. */
static void test_report_23__a_lost_network_is_got_over(void **state) {
    (void)state;
    h.no_network = true;
    begin("retry", "20");
    wait_for(86400 * HF_SECOND);
    assert_int_equal(h.sent, 0);
    assert_in_range(h.opened, 86400 / 21, 86400 / 20 + 1);
    assert_int_equal(status().state, HF_STATE_WAITING);
    h.no_network = false;
    wait_for(20 * HF_SECOND);
    assert_int_equal(h.sent, 1);
    answer(h.request, 200, "Expires: 600\r\n", h.path, &h.server);
    assert_int_equal(status().state, HF_STATE_REGISTERED);
}

/* The path of the binding breaks, again and again: each time there is another one, and the refresh
 * goes out on it. */
static void test_report_26__a_path_may_break_any_number_of_times(void **state) {
    (void)state;
    begin("expires", "600");
    for (unsigned i = 0; i < 50; i++) {
        answer(h.request, 200, "Expires: 600\r\n", h.path, &h.server);
        assert_int_equal(status().state, HF_STATE_REGISTERED);
        unsigned opened = h.opened, sent = h.sent;

        wait_for(10 * HF_SECOND);
        hf_agent_path_failed(h.agent, h.path, HF_PATH_REFUSED, "gone", h.now);
        pull();
        while (h.sent == sent)
            wait_for(HF_SECOND);
        assert_true(h.now < status().binding_expires_at);
        assert_int_equal(h.opened, opened + 1);
    }
    answer(h.request, 200, "Expires: 600\r\n", h.path, &h.server);
    assert_int_equal(status().state, HF_STATE_REGISTERED);
}

/* The machine slept for ten hours: the first thing it does is to register. */
static void test_report_32__after_a_sleep_it_registers_at_once(void **state) {
    (void)state;
    begin("expires", "600");
    answer(h.request, 200, "Expires: 600\r\n", h.path, &h.server);
    for (int night = 0; night < 3; night++) {
        unsigned sent = h.sent;

        h.now += 36000 * HF_SECOND;
        hf_agent_expire(h.agent, h.now);
        pull();
        assert_int_equal(h.sent, sent + 1);
        answer(h.request, 200, "Expires: 600\r\n", h.path, &h.server);
        assert_int_equal(status().state, HF_STATE_REGISTERED);
        assert_true(status().binding_expires_at == h.now + 600 * HF_SECOND);
    }
}

/* It answers 606 and hangs up: neither alone, nor both, is a reason to try sooner. */
static void test_report_54__an_error_and_the_end_of_the_path_do_not_skip_the_wait(void **state) {
    (void)state;
    begin("retry", "120");
    for (int i = 1; i <= 100; i++) {
        hf_path_id path = h.path;

        assert_int_equal(h.sent, i);
        answer(h.request, 606, "", path, &h.server);
        hf_agent_path_failed(h.agent, path, HF_PATH_REFUSED, "closed", h.now);
        pull();
        wait_for(119 * HF_SECOND);
        assert_int_equal(h.sent, i);
        wait_for(HF_SECOND);
    }
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_late_answer__counts_for_nothing),
        TEST(test_answer_from_another_address__counts),
        TEST(test_report_23__a_lost_network_is_got_over),
        TEST(test_report_26__a_path_may_break_any_number_of_times),
        TEST(test_report_32__after_a_sleep_it_registers_at_once),
        TEST(test_report_54__an_error_and_the_end_of_the_path_do_not_skip_the_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
