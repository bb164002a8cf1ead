/* Connections that clients of the small registrar leave lying about. */
#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/registrar_streams.h"
#include "net/clock.h"

static const char message[] = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
static struct hf_address at = {.family = HF_FAMILY_IPV4, .ip = {127, 104, 0, 1}, .port = 5071};

static uv_loop_t loop;
static struct registrar_streams *streams;
static unsigned received;
static int fds[8];

static void on_message(void *user, hf_path_id path, const struct hf_address *from,
                       struct hf_slice bytes) {
    (void)user;
    (void)path;
    (void)from;
    assert_int_equal(bytes.len, sizeof message - 1);
    received++;
}

static int setup(void **state) {
    (void)state;
    at.ip[2] = (uint8_t)(getpid() / 250 % 250); /* test runs on one machine do not meet */
    at.ip[3] = (uint8_t)(getpid() % 250 + 1);
    received = 0;
    for (size_t i = 0; i < 8; i++)
        fds[i] = -1;
    return uv_loop_init(&loop);
}

static int teardown(void **state) {
    (void)state;
    registrar_streams_free(streams);
    while (uv_run(&loop, UV_RUN_DEFAULT) != 0) {
    }
    for (size_t i = 0; i < 8; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    return uv_loop_close(&loop);
}

static void serve(struct registrar_streams_limits limits) {
    assert_int_equal(registrar_streams_create(&loop, 1, &limits, on_message, NULL, &streams), 0);
    assert_int_equal(registrar_streams_listen(streams, &at, NULL), 0);
}

static void on_time(uv_timer_t *timer) {
    (void)timer;
}

static void run_for(hf_time span) {
    const hf_time until = net_now() + span;
    uv_timer_t timer;

    (void)uv_timer_init(&loop, &timer);
    (void)uv_timer_start(&timer, on_time, 5, 5);
    while (net_now() < until)
        (void)uv_run(&loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&loop, UV_RUN_NOWAIT);
}

static void connect_one(unsigned n) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(at.port)};

    memcpy(&to.sin_addr, at.ip, 4);
    fds[n] = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fds[n], (struct sockaddr *)&to, sizeof to), 0);
    run_for(20 * HF_MILLISECOND);
}

static void say(unsigned n, const char *text, size_t len) {
    (void)!send(fds[n], text, len, MSG_NOSIGNAL);
    run_for(20 * HF_MILLISECOND);
}

static bool is_open(unsigned n) {
    char byte;

    return recv(fds[n], &byte, 1, MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static void test_registrar_streams__who_says_nothing_is_closed(void **state) {
    (void)state;
    serve((struct registrar_streams_limits){.begin = 300 * HF_MILLISECOND,
                                            .message = 20 * HF_SECOND,
                                            .idle = 20 * HF_SECOND,
                                            .most = 8});
    connect_one(0);
    connect_one(1);
    connect_one(2);
    say(1, message, sizeof message - 1);
    say(2, message, 10);
    assert_int_equal(registrar_streams_count(streams), 3);
    run_for(700 * HF_MILLISECOND);
    assert_false(is_open(0));
    assert_true(is_open(1));
    assert_false(is_open(2));
    assert_int_equal(registrar_streams_count(streams), 1);
    assert_int_equal(received, 1);
}

static void test_registrar_streams__a_message_that_comes_slowly_has_its_time(void **state) {
    (void)state;
    serve((struct registrar_streams_limits){.begin = 20 * HF_SECOND,
                                            .message = 400 * HF_MILLISECOND,
                                            .idle = 20 * HF_SECOND,
                                            .most = 8});
    connect_one(0);
    say(0, message, sizeof message - 1);
    for (unsigned i = 0; i < 50; i++) /* a second and more */
        say(0, message + i % 10, 1);
    run_for(200 * HF_MILLISECOND);
    assert_false(is_open(0));
    assert_int_equal(received, 1);
}

static void test_registrar_streams__who_is_idle_is_closed(void **state) {
    (void)state;
    serve((struct registrar_streams_limits){.begin = 20 * HF_SECOND,
                                            .message = 20 * HF_SECOND,
                                            .idle = 500 * HF_MILLISECOND,
                                            .most = 8});
    connect_one(0);
    connect_one(1);
    say(0, message, sizeof message - 1);
    for (unsigned i = 0; i < 50; i++)
        say(1, message, sizeof message - 1);
    assert_false(is_open(0));
    assert_true(is_open(1));
    assert_int_equal(received, 51);
}

static void test_registrar_streams__too_many_make_room_or_are_not_let_in(void **state) {
    (void)state;
    serve((struct registrar_streams_limits){
        .begin = 20 * HF_SECOND, .message = 20 * HF_SECOND, .idle = 20 * HF_SECOND, .most = 2});
    connect_one(0);
    connect_one(1);
    say(0, message, sizeof message - 1);
    connect_one(2);
    assert_true(is_open(0));
    assert_false(is_open(1));
    assert_true(is_open(2));
    say(2, message, sizeof message - 1);
    connect_one(3);
    assert_true(is_open(0));
    assert_true(is_open(2));
    assert_false(is_open(3));
    assert_int_equal(registrar_streams_count(streams), 2);
}

#define WITH_LOOP(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_LOOP(test_registrar_streams__who_says_nothing_is_closed),
        WITH_LOOP(test_registrar_streams__a_message_that_comes_slowly_has_its_time),
        WITH_LOOP(test_registrar_streams__who_is_idle_is_closed),
        WITH_LOOP(test_registrar_streams__too_many_make_room_or_are_not_let_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
