#include "../cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"
#include "net/udp.h"

enum { PACKETS = 50000, WINDOW = 200 };

struct end {
    struct udp_socket *socket;
    struct hf_address peer;
    unsigned sent, received, failed;
    struct hf_address failed_peer;
    enum hf_path_failure failure;
    bool echoes;
};

static uv_loop_t loop;

static void send_one(struct end *end) {
    char text[32];
    int len = snprintf(text, sizeof text, "packet %u", end->sent++);

    udp_send(end->socket, &end->peer, NULL, slice_of(text, (size_t)len));
}

static void received(void *user, const struct udp_packet *packets, size_t count) {
    struct end *end = user;

    for (size_t i = 0; i < count; i++) {
        end->received++;
        if (end->echoes)
            udp_send(end->socket, &packets[i].from, NULL, packets[i].bytes);
        else if (end->sent < PACKETS)
            send_one(end);
    }
    udp_flush(end->socket);
    if (!end->echoes && end->received == PACKETS)
        uv_stop(&loop);
}

static void failed(void *user, const struct hf_address *peer, enum hf_path_failure failure,
                   const char *detail) {
    struct end *end = user;

    assert_non_null(detail);
    print_message("failed: %s\n", detail);
    end->failed++;
    end->failed_peer = *peer;
    end->failure = failure;
    uv_stop(&loop);
}

static const struct udp_handler handler = {received, failed};

static int open_end(struct end *end, const char *ip, uint16_t port) {
    struct udp_options options = {.dscp = 26};

    assert_true(address_parse(slice_from(ip), &options.local));
    options.local.port = port;
    return udp_open(&loop, &options, &handler, end, &end->socket);
}

static void on_time_up(uv_timer_t *timer) {
    uv_stop(timer->loop);
}

static void run_at_most(unsigned ms) {
    uv_timer_t timer;

    uv_timer_init(&loop, &timer);
    uv_timer_start(&timer, on_time_up, ms, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&loop, UV_RUN_NOWAIT);
}

static void close_both(struct end *a, struct end *b) {
    udp_close(a->socket);
    udp_close(b->socket);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void move_packets(const char *ip) {
    struct end a = {0}, b = {.echoes = true};

    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(open_end(&a, ip, 0), 0);
    assert_int_equal(open_end(&b, ip, 0), 0);
    a.peer = udp_local(b.socket);
    for (int i = 0; i < WINDOW; i++)
        send_one(&a);
    udp_flush(a.socket);
    run_at_most(20000);
    assert_int_equal(a.received, PACKETS);
    assert_int_equal(b.received, PACKETS);
    close_both(&a, &b);
}

static void test_udp__moves_batches_without_loss(void **state) {
    (void)state;
    move_packets("127.0.0.1");
}

static void test_udp__moves_ipv6_too(void **state) {
    struct end a = {0};

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    int error = open_end(&a, "::1", 0);

    udp_close(error ? NULL : a.socket);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    if (error) {
        print_message("no IPv6 on this machine: skipped\n");
        skip();
    }
    move_packets("::1");
}

static void test_udp__tells_which_peer_refuses(void **state) {
    struct end a = {0}, b = {0};

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(open_end(&a, "0.0.0.0", 0), 0);
    assert_int_equal(open_end(&b, "127.0.0.1", 0), 0);
    struct hf_address dead = udp_local(b.socket);
    struct hf_address source = {.family = HF_FAMILY_IPV4, .ip = {127, 0, 0, 1}};

    udp_close(b.socket);
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(open_end(&b, "127.0.0.2", 0), 0);
    struct hf_address alive = udp_local(b.socket);

    udp_send(a.socket, &alive, &source, SLICE("x"));
    udp_send(a.socket, &dead, &source, SLICE("y"));
    udp_flush(a.socket);
    run_at_most(2000);
    assert_int_equal(a.failed, 1);
    assert_true(address_equal(&a.failed_peer, &dead));
    assert_int_equal(a.failure, HF_PATH_REFUSED);
    run_at_most(50);
    assert_int_equal(b.received, 1);
    close_both(&a, &b);
}

static void test_udp__reports_a_port_in_use(void **state) {
    struct end a = {0}, b = {0}, c = {0};

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(open_end(&a, "127.0.0.1", 0), 0);
    assert_int_equal(open_end(&b, "127.0.0.1", udp_local(a.socket).port), -EADDRINUSE);
    assert_int_equal(open_end(&c, "127.0.0.2", udp_local(a.socket).port), 0);
    close_both(&a, &c);
}

static void test_udp__knows_its_source_address(void **state) {
    struct hf_address peer, source;

    (void)state;
    assert_true(address_parse(SLICE("127.0.0.9"), &peer));
    peer.port = 5060;
    assert_int_equal(udp_source_for(&peer, &source), 0);
    assert_int_equal(source.ip[0], 127);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_udp__moves_batches_without_loss),
        cmocka_unit_test(test_udp__moves_ipv6_too),
        cmocka_unit_test(test_udp__tells_which_peer_refuses),
        cmocka_unit_test(test_udp__reports_a_port_in_use),
        cmocka_unit_test(test_udp__knows_its_source_address),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
