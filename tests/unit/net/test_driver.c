/* The engine driven over real sockets, with the small registrar at the other end. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "base/outbox.h"
#include "holdfast/settings.h"
#include "net/clock.h"
#include "net/driver.h"
#include "registrar/registrar.h"
#include "udp_server.h"

struct bench {
    uv_loop_t loop;
    struct registrar *registrar;
    struct udp_socket *socket;
    struct hf_agent *agent;
    struct net_driver *driver;
    unsigned events[HF_EVENT_CONFIG_CHANGED + 1];
    char reason[160]; /* of the last failure */
    int stop_at;      /* enum hf_event_kind; -1: none */
    unsigned hold_up; /* microseconds for which the process stands still after an answer */
};

static struct bench bench;

static void serve(void *user, const struct udp_packet *packets, size_t count) {
    struct outbox outbox;
    struct hf_output output;

    (void)user;
    outbox_init(&outbox);
    for (size_t i = 0; i < count; i++)
        registrar_receive(bench.registrar, 1, &packets[i].from, false, packets[i].bytes, &outbox,
                          net_now());
    while (outbox_next(&outbox, &output))
        udp_send(bench.socket, &output.send.to, NULL, output.send.bytes);
    udp_flush(bench.socket);
    outbox_release(&outbox);
    usleep(bench.hold_up);
}

static void on_event(void *user, const struct hf_event *event) {
    (void)user;
    bench.events[event->kind]++;
    if (event->kind == HF_EVENT_REGISTRATION_FAILED)
        snprintf(bench.reason, sizeof bench.reason, "%.*s", SLICE_ARGS(event->reason));
    if ((int)event->kind == bench.stop_at)
        uv_stop(&bench.loop);
}

static int setup(void **state) {
    static const struct udp_handler handler = {serve, udp_server_ignore};
    struct udp_options udp = {.local = {.family = HF_FAMILY_IPV4, .ip = {127, 0, 0, 1}}};
    struct registrar_options options;
    struct hf_agent_options agent = {0};
    const struct net_options net = {.on_event = on_event};
    const char *error;

    (void)state;
    memset(&bench, 0, sizeof bench);
    bench.stop_at = -1;
    registrar_options_init(&options);
    net_seed(agent.seed);
    assert_int_equal(uv_loop_init(&bench.loop), 0);
    assert_int_equal(registrar_create(&options, &bench.registrar, net_now()), 0);
    assert_int_equal(udp_open(&bench.loop, &udp, &handler, NULL, &bench.socket), 0);
    assert_int_equal(hf_agent_create(&agent, &bench.agent, net_now()), 0);
    assert_int_equal(net_driver_create(&bench.loop, bench.agent, &net, &bench.driver, &error), 0);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    net_driver_close(bench.driver, NULL, NULL);
    udp_close(bench.socket);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench.loop), 0);
    hf_agent_free(bench.agent);
    registrar_free(bench.registrar);
    return 0;
}

static void add_account_at(const char *user, const char *host, uint16_t port, uint16_t local_port) {
    struct hf_settings *settings;
    char text[64];
    hf_account_id id;

    assert_int_equal(hf_settings_create("generic", &settings), 0);
    assert_int_equal(hf_settings_set(settings, "user", user, NULL), 0);
    snprintf(text, sizeof text, "pw-%s", user);
    assert_int_equal(hf_settings_set(settings, "password", text, NULL), 0);
    snprintf(text, sizeof text, "%s:%u", host, port);
    assert_int_equal(hf_settings_set(settings, "servers[1].address", text, NULL), 0);
    if (local_port > 0) {
        snprintf(text, sizeof text, "%u", local_port);
        assert_int_equal(hf_settings_set(settings, "bind.address", "127.0.0.1", NULL), 0);
        assert_int_equal(hf_settings_set(settings, "local_port", text, NULL), 0);
    }
    assert_int_equal(hf_agent_add_account(bench.agent, settings, 0, &id, net_now()), 0);
    hf_settings_free(settings);
    net_driver_pump(bench.driver);
}

static void add_account(const char *user, const char *host, uint16_t port) {
    add_account_at(user, host, port, 0);
}

static void on_time_up(uv_timer_t *timer) {
    uv_stop(timer->loop);
}

static void run_until(enum hf_event_kind kind) {
    uv_timer_t timer;

    bench.stop_at = (int)kind;
    uv_timer_init(&bench.loop, &timer);
    uv_timer_start(&timer, on_time_up, 5000, 0);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
}

static void test_driver__registers_over_a_real_socket(void **state) {
    struct registrar_binding binding;
    uint32_t cursor = 0;

    (void)state;
    add_account("alice", "127.0.0.1", udp_local(bench.socket).port);
    run_until(HF_EVENT_REGISTERED);
    assert_int_equal(bench.events[HF_EVENT_REGISTERED], 1);
    assert_true(registrar_next_binding(bench.registrar, &cursor, &binding));
    assert_true(slice_equal(binding.aor, SLICE("alice@127.0.0.1")));
}

static void test_driver__does_not_take_for_silent_whose_answer_is_here(void **state) {
    struct hf_agent_counters counters;

    (void)state;
    bench.hold_up = 700000; /* more than T1 */
    add_account("late", "127.0.0.1", udp_local(bench.socket).port);
    run_until(HF_EVENT_REGISTERED);
    hf_agent_count(bench.agent, &counters);
    assert_int_equal(bench.events[HF_EVENT_REGISTERED], 1);
    assert_int_equal(counters.retransmissions_sent, 0);
}

static void test_driver__registers_two_thousand_at_once(void **state) {
    enum { ACCOUNTS = 2000 };
    struct hf_agent_counters counters = {0};
    char user[16];

    (void)state;
    for (int i = 0; i < ACCOUNTS; i++) {
        snprintf(user, sizeof user, "u%d", i);
        add_account(user, "127.0.0.1", udp_local(bench.socket).port);
    }
    for (hf_time end = net_now() + 10 * HF_SECOND; net_now() < end;) {
        run_until(HF_EVENT_REGISTERED);
        hf_agent_count(bench.agent, &counters);
        if (counters.registered == ACCOUNTS)
            break;
    }
    assert_int_equal(counters.registered, ACCOUNTS);
    assert_int_equal(bench.events[HF_EVENT_REGISTRATION_FAILED], 0);
    print_message("%u requests, %u retransmissions\n", (unsigned)counters.requests_sent,
                  (unsigned)counters.retransmissions_sent);
}

static void test_driver__reports_a_dead_port_at_once(void **state) {
    (void)state;
    add_account("alice", "127.0.0.1", udp_local(bench.socket).port);
    add_account("bob", "127.0.0.1", 9);
    run_until(HF_EVENT_REGISTRATION_FAILED);
    assert_int_equal(bench.events[HF_EVENT_REGISTRATION_FAILED], 1);
    assert_string_equal(bench.reason, "refused by the server's host: nobody listens at its port");
    if (bench.events[HF_EVENT_REGISTERED] == 0)
        run_until(HF_EVENT_REGISTERED);
    assert_int_equal(bench.events[HF_EVENT_REGISTERED], 1);
}

static void test_driver__says_which_local_port_is_taken_and_goes_on(void **state) {
    const uint16_t port = udp_local(bench.socket).port;
    char wanted[128];

    (void)state;
    add_account_at("alice", "127.0.0.1", port, port);
    snprintf(wanted, sizeof wanted,
             "the local port cannot be used: 127.0.0.1:%u: Address already in use", port);
    assert_int_equal(bench.events[HF_EVENT_REGISTRATION_FAILED], 1);
    assert_string_equal(bench.reason, wanted);
    add_account("bob", "127.0.0.1", port);
    run_until(HF_EVENT_REGISTERED);
    assert_int_equal(bench.events[HF_EVENT_REGISTERED], 1);
}

static void test_driver__finds_localhost_without_a_dns_server(void **state) {
    (void)state;
    add_account("alice", "localhost", udp_local(bench.socket).port);
    run_until(HF_EVENT_REGISTERED);
    assert_int_equal(bench.events[HF_EVENT_REGISTERED], 1);
}

static void test_driver__says_that_nobody_takes_a_tcp_connection(void **state) {
    struct hf_settings *settings;
    hf_account_id id;
    struct hf_account_status status;

    (void)state;
    assert_int_equal(hf_settings_create("generic", &settings), 0);
    assert_int_equal(hf_settings_set(settings, "user", "a", NULL), 0);
    assert_int_equal(hf_settings_set(settings, "transport", "tcp", NULL), 0);
    assert_int_equal(hf_settings_set(settings, "servers[1].address", "127.25.2.1", NULL), 0);
    assert_int_equal(hf_agent_add_account(bench.agent, settings, 0, &id, net_now()), 0);
    hf_settings_free(settings);
    net_driver_pump(bench.driver);
    run_until(HF_EVENT_REGISTRATION_FAILED);
    assert_int_equal(hf_agent_account_status(bench.agent, id, &status, net_now()), 0);
    assert_int_equal(status.state, HF_STATE_WAITING);
    assert_int_equal(bench.events[HF_EVENT_REGISTRATION_FAILED], 1);
    assert_non_null(strstr(bench.reason, "nobody listens at its port"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_driver__registers_over_a_real_socket, setup, teardown),
        cmocka_unit_test_setup_teardown(test_driver__does_not_take_for_silent_whose_answer_is_here,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_driver__registers_two_thousand_at_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_driver__reports_a_dead_port_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_driver__says_which_local_port_is_taken_and_goes_on,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_driver__finds_localhost_without_a_dns_server, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_driver__says_that_nobody_takes_a_tcp_connection, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
