/* TCP and TLS paths: connecting, sending, receiving, and peers that do not do their part. */
#include "stream_bench.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/address.h"
#include "base/limits.h"
#include "net/socket_address.h"

enum { SENT_MAX = 64 << 20 };

static void open_one(hf_path_id path) {
    bench_try(path, NULL);
    assert_string_equal(bench.detail, "");
}

static void test_tcp__carries_bytes_both_ways(void **state) {
    (void)state;
    bench.echoes = true;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open_one(1);
    assert_int_equal(bench.local.family, HF_FAMILY_IPV4);
    assert_int_not_equal(bench.local.port, 0);
    bench_send(1, "REGISTER sip:");
    bench_send(1, "example.com SIP/2.0\r\n");
    bench_await_bytes(&bench.received, 34);
    assert_string_equal(bench.server_text, "REGISTER sip:example.com SIP/2.0\r\n");
}

static void test_tcp__carries_bytes_over_ipv6(void **state) {
    (void)state;
    if (access("/proc/net/if_inet6", R_OK))
        skip();
    bench.echoes = true;
    bench_serve("::1", 0, NULL, NULL);
    open_one(1);
    assert_int_equal(bench.local.family, HF_FAMILY_IPV6);
    bench_send(1, "hello");
    bench_await_bytes(&bench.received, 5);
}

static void test_tcp__says_that_nobody_listens(void **state) {
    struct hf_output_open open;

    (void)state;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open = bench_request(1, NULL);
    bench_serve_no_more();
    bench_open(&open);
    bench_await(&bench.failed, 1);
    assert_int_equal(bench.failure, HF_PATH_REFUSED);
    assert_string_equal(bench.detail, "nobody listens at its port");
}

static void test_tcp__says_that_the_peer_has_closed(void **state) {
    (void)state;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open_one(1);
    bench_await(&bench.accepted_count, 1);
    bench_serve_no_more();
    bench_await(&bench.failed, 1);
    assert_int_equal(bench.failure, HF_PATH_CLOSED);
    assert_string_equal(bench.detail, "the peer has closed the connection");
}

static void test_tcp__says_that_the_peer_has_reset(void **state) {
    const struct linger none = {.l_onoff = 1};

    (void)state;
    bench.silent = true;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open_one(1);
    bench_await(&bench.accepted_count, 1);
    setsockopt(bench.accepted[0].fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    bench_serve_no_more();
    bench_await(&bench.failed, 1);
    assert_int_equal(bench.failure, HF_PATH_CLOSED);
    assert_string_equal(bench.detail, "the peer has reset the connection");
}

/* The same address and port again at once, although the first connection was closed from here. */
static void test_tcp__takes_the_port_that_was_asked_for_again_and_again(void **state) {
    struct hf_output_open open;

    (void)state;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open = bench_request(1, NULL);
    open.local = (struct hf_address){.family = HF_FAMILY_IPV4, .ip = {127, 25, 1, 1}, .port = 5062};
    for (open.path = 1; open.path <= 3; open.path++) {
        bench_open(&open);
        bench_await(&bench.opened, open.path);
        assert_memory_equal(&bench.local, &open.local, sizeof open.local);
        bench_close(open.path);
    }
}

static void test_tcp__says_that_the_local_port_is_taken(void **state) {
    struct hf_output_open open;

    (void)state;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open = bench_request(1, NULL);
    open.local = open.remote; /* somebody listens there */
    bench_open(&open);
    assert_int_equal(bench.failed, 1);
    assert_int_equal(bench.failure, HF_PATH_LOCAL_PORT);
    assert_string_equal(bench.detail, "Address already in use");
}

/* Many short-lived ones more than there are slots; a bench has room for so many. */
static void test_tcp__leaves_from_another_port_where_that_will_do(void **state) {
    struct hf_output_open open;

    (void)state;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open = bench_request(1, NULL);
    open.local = open.remote; /* somebody listens there */
    open.or_any_port = true;
    bench_open(&open);
    bench_await(&bench.opened, 1);
    assert_int_not_equal(bench.local.port, open.local.port);
    assert_non_null(strstr(bench.warning, "is taken: using others"));
}

static void test_tls__connections_that_differ_do_not_fight_for_a_port(void **state) {
    struct hf_tls_options options = bench_options();
    struct hf_output_open open;

    (void)state;
    bench_serve("127.0.0.1", 0, "good", NULL);
    open = bench_request(1, &options);
    open.local = (struct hf_address){.family = HF_FAMILY_IPV4, .ip = {127, 25, 1, 2}, .port = 5062};
    bench_open(&open);
    bench_await(&bench.opened, 1);
    assert_int_equal(bench.local.port, 5062);
    open.path = 2;
    options.ciphers = SLICE("HIGH");
    bench_open(&open);
    bench_await(&bench.opened, 2);
    assert_int_not_equal(bench.local.port, 5062);
    assert_int_equal(bench.failed, 0);
    assert_non_null(strstr(bench.warning, "local TLS port 5062 is taken: using others"));
}

static void test_tcp__a_port_serves_several_peers(void **state) {
    struct listener *first;
    struct hf_output_open open;

    (void)state;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open = bench_request(1, NULL);
    open.local = (struct hf_address){.family = HF_FAMILY_IPV4, .ip = {127, 25, 1, 3}, .port = 5062};
    bench_open(&open);
    bench_await(&bench.opened, 1);
    first = bench.listener;
    bench_serve("127.0.0.2", 0, NULL, NULL);
    open.remote = bench_request(2, NULL).remote;
    open.path = 2;
    bench_open(&open);
    bench_await(&bench.opened, 2);
    assert_int_equal(bench.local.port, 5062);
    listener_close(first);
}

static void test_tcp__makes_no_more_connections_at_once_than_the_limit(void **state) {
    struct hf_tls_options options = bench_options();
    struct hf_output_open open;

    (void)state;
    bench_serve("127.0.0.1", 0, "good", NULL);
    open = bench_request(1, &options);
    for (open.path = 1; open.path <= 500; open.path++)
        bench_open(&open);
    assert_int_equal(bench.paths.under_way, LIMIT_HANDSHAKES);
    bench_await(&bench.opened, 500);
    assert_int_equal(bench.paths.under_way_most, LIMIT_HANDSHAKES);
    assert_int_equal(bench.paths.under_way, 0);
    assert_int_equal(bench.failed, 0);
}

/* A server that accepts and says nothing: all fail when their time is up, not a hundred each time,
 * and meanwhile others are served. */
static void test_tls__a_silent_peer_hurts_nobody_else(void **state) {
    struct hf_tls_options options = bench_options();
    struct listener *silent;
    struct hf_output_open open;

    (void)state;
    bench_serve("127.0.0.1", 0, "good", NULL);
    bench.silent = true;
    open = bench_request(1, &options);
    open.connect_timeout = HF_SECOND;
    for (open.path = 1; open.path <= 300; open.path++)
        bench_open(&open);
    bench_run_for(100);
    silent = bench.listener;
    SSL_CTX *server = bench.server;

    bench.listener = NULL;
    bench.server = NULL;
    bench.silent = false;
    bench_serve("127.0.0.1", 0, "good", NULL);
    bench_try(1000, &options);
    assert_int_equal(bench.opened, 1);
    assert_int_equal(bench.failed, 0);
    bench_await(&bench.failed, 300);
    assert_int_equal(bench.failure, HF_PATH_TIMEOUT);
    assert_int_equal(bench.opened, 1);
    listener_close(silent);
    SSL_CTX_free(server);
}

static void test_tcp__closes_paths_that_wait_or_are_being_made(void **state) {
    struct hf_tls_options options = bench_options();
    struct hf_output_open open;

    (void)state;
    bench_serve("127.0.0.1", 0, "good", NULL);
    open = bench_request(1, &options);
    for (open.path = 1; open.path <= 300; open.path++)
        bench_open(&open);
    for (hf_path_id path = 300; path > 0; path -= 2)
        bench_close(path);
    bench_await(&bench.opened, 150);
    bench_run_for(50);
    assert_int_equal(bench.opened, 150);
    assert_int_equal(bench.failed, 0);
}

/* Feeds the handshake of a server to the client byte by byte, slowly: its time runs out. */
static void test_tls__a_peer_of_a_byte_at_a_time_runs_out_of_time(void **state) {
    static const unsigned char hello[] = {0x16, 3, 3, 0, 0x7a, 2, 0, 0, 0x76, 3, 3};
    struct hf_tls_options options = bench_options();
    struct hf_output_open open;

    (void)state;
    bench.silent = true;
    bench_serve("127.0.0.1", 0, "good", NULL);
    open = bench_request(1, &options);
    open.connect_timeout = HF_SECOND;
    bench_open(&open);
    bench_await(&bench.accepted_count, 1);
    for (unsigned i = 0; i < sizeof hello && bench.failed == 0; i++) {
        (void)!write(bench.accepted[0].fd, &hello[i], 1);
        bench_run_for(200);
    }
    assert_int_equal(bench.failed, 1);
    assert_int_equal(bench.failure, HF_PATH_TIMEOUT);
}

static void flood(hf_path_id path) {
    static char text[60001];

    memset(text, 'x', sizeof text - 1);
    for (size_t sent = 0; sent < SENT_MAX && bench.failed == 0; sent += sizeof text - 1)
        bench_send(path, text);
}

/* A peer that reads nothing: what waits for it is bounded, then the path has failed. */
static void test_tcp__a_peer_that_takes_nothing_is_given_up(void **state) {
    long before;

    (void)state;
    bench.silent = true;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open_one(1);
    before = bench_memory();
    flood(1);
    assert_int_equal(bench.failed, 1);
    assert_int_equal(bench.failure, HF_PATH_CLOSED);
    assert_string_equal(bench.detail, "the peer takes nothing: too much waits to be sent to it");
    assert_true(bench_memory() - before < 32 << 10);
}

static void test_tls__a_peer_that_takes_nothing_is_given_up(void **state) {
    struct hf_tls_options options = bench_options();
    long before;

    (void)state;
    bench_serve("127.0.0.1", 0, "good", NULL);
    bench_try(1, &options);
    before = bench_memory();
    flood(1); /* the server's loop does not run meanwhile */
    assert_int_equal(bench.failed, 1);
    assert_string_equal(bench.detail, "the peer takes nothing: too much waits to be sent to it");
    assert_true(bench_memory() - before < 32 << 10);
}

/* This process's descriptor of the socket that is bound there. */
static int descriptor_at(const struct hf_address *local) {
    for (int fd = 3; fd < 256; fd++) {
        union socket_address address;
        socklen_t len = sizeof address;

        if (getsockname(fd, &address.any, &len))
            continue;
        const struct hf_address found = socket_address_to(&address);

        if (address_equal(&found, local))
            return fd;
    }
    return -1;
}

static void fill(int fd) {
    static char zeroes[65536];

    while (send(fd, zeroes, sizeof zeroes, MSG_DONTWAIT) > 0)
        bench_run_for(1);
}

/* Ten thousand accounts may have one connection, and all begin at once. */
static void test_tcp__carries_what_all_accounts_say_at_once(void **state) {
    char text[601];
    struct stream_path *path;

    (void)state;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open_one(1);
    path = stream_path_find(&bench.paths, 1);
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (unsigned i = 0; i < 10000; i++)
        stream_path_send(&bench.paths, path, slice_from(text));
    stream_paths_flush(&bench.paths);
    bench_await_bytes(&bench.server_received, 10000 * (sizeof text - 1));
    assert_int_equal(bench.failed, 0);
}

/* While more waits than LIMIT_STREAM_HOLD_BYTES the peer is not read: it cannot ask for more and
 * more answers that it does not take. */
static void test_tcp__does_not_listen_to_who_does_not(void **state) {
    static char text[60001];

    (void)state;
    bench.silent = true;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open_one(1);
    bench_await(&bench.accepted_count, 1);
    memset(text, 'x', sizeof text - 1);
    fill(descriptor_at(&bench.local)); /* of the system's buffers; ours follow */
    bench_send(1, text);
    bench_send(1, text);
    bench_run_for(10);
    assert_int_equal(write(bench.accepted[0].fd, "more", 4), 4);
    bench_run_for(50);
    assert_int_equal(bench.received, 0);
    for (unsigned round = 0; round < 1000 && bench.received == 0; round++) {
        char taken[65536];

        (void)!read(bench.accepted[0].fd, taken, sizeof taken);
        bench_run_for(1);
    }
    assert_int_equal(bench.received, 4);
}

/* What has arrived is handed on however it was cut, and is not kept. */
static void test_tcp__memory_does_not_grow_with_what_comes_in(void **state) {
    static char text[16384];
    long before;
    unsigned round = 0;

    (void)state;
    bench.silent = true;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open_one(1);
    bench_await(&bench.accepted_count, 1);
    bench_run_for(10);
    before = bench_memory();
    for (size_t sent = 0; sent < 64 << 20; round++) {
        ssize_t wrote = write(bench.accepted[0].fd, text, round % 2 ? 1 : sizeof text);

        sent += wrote > 0 ? (size_t)wrote : 0;
        if (round % 8 == 0)
            uv_run(&bench.loop, UV_RUN_NOWAIT);
    }
    assert_true(bench_memory() - before < 2 << 10);
    assert_true(bench.received > 60 << 20);
}

static void test_tcp__marks_its_packets(void **state) {
    struct hf_output_open open;
    int tos = 0;
    socklen_t len = sizeof tos;

    (void)state;
    bench_serve("127.0.0.1", 0, NULL, NULL);
    open = bench_request(1, NULL);
    open.dscp = 26;
    bench_open(&open);
    bench_await(&bench.opened, 1);
    assert_int_equal(getsockopt(descriptor_at(&bench.local), IPPROTO_IP, IP_TOS, &tos, &len), 0);
    assert_int_equal(tos, 26 << 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_tcp__carries_bytes_both_ways),
        TEST(test_tcp__carries_bytes_over_ipv6),
        TEST(test_tcp__says_that_nobody_listens),
        TEST(test_tcp__says_that_the_peer_has_closed),
        TEST(test_tcp__says_that_the_peer_has_reset),
        TEST(test_tcp__takes_the_port_that_was_asked_for_again_and_again),
        TEST(test_tcp__says_that_the_local_port_is_taken),
        TEST(test_tcp__leaves_from_another_port_where_that_will_do),
        TEST(test_tls__connections_that_differ_do_not_fight_for_a_port),
        TEST(test_tcp__a_port_serves_several_peers),
        TEST(test_tcp__makes_no_more_connections_at_once_than_the_limit),
        TEST(test_tls__a_silent_peer_hurts_nobody_else),
        TEST(test_tcp__closes_paths_that_wait_or_are_being_made),
        TEST(test_tls__a_peer_of_a_byte_at_a_time_runs_out_of_time),
        TEST(test_tcp__a_peer_that_takes_nothing_is_given_up),
        TEST(test_tls__a_peer_that_takes_nothing_is_given_up),
        TEST(test_tcp__carries_what_all_accounts_say_at_once),
        TEST(test_tcp__does_not_listen_to_who_does_not),
        TEST(test_tcp__memory_does_not_grow_with_what_comes_in),
        TEST(test_tcp__marks_its_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
