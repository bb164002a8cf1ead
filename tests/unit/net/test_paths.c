/* Paths over shared sockets: cheap by the hundred thousand, and each answers for itself. */
#include "../cmocka_all.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "net/clock.h"
#include "net/paths.h"

enum { MANY = 200000 };

static uv_loop_t loop;
static struct net_paths paths;
static struct hf_address failed_peer, from;
static unsigned failures;
static char got[64];
static bool from_stranger;

static void received(void *user, const struct udp_packet *packets, size_t count) {
    for (size_t i = 0; i < count; i++) {
        snprintf(got, sizeof got, "%.*s", SLICE_ARGS(packets[i].bytes));
        from = packets[i].from;
        from_stranger = net_path_to_peer(&paths, user, &from) == NULL;
    }
    uv_stop(&loop);
}

static void failed(void *user, const struct hf_address *peer, enum hf_path_failure failure,
                   const char *detail) {
    struct net_path *path = net_path_to_peer(&paths, user, peer);

    (void)failure;
    assert_non_null(detail);
    failed_peer = *peer;
    failures++;
    if (path)
        net_path_close(&paths, path);
    uv_stop(&loop);
}

static int setup(void **state) {
    static const struct udp_handler handler = {received, failed};

    (void)state;
    failures = 0;
    got[0] = '\0';
    assert_int_equal(uv_loop_init(&loop), 0);
    net_paths_init(&paths, &loop, &handler, NULL);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    net_paths_release(&paths);
    while (uv_run(&loop, UV_RUN_DEFAULT) != 0) /* a stop may be left over */
        ;
    return uv_loop_close(&loop);
}

static struct hf_address address(const char *text, uint16_t port) {
    struct hf_address ret;

    assert_true(address_parse(slice_from(text), &ret));
    ret.port = port;
    return ret;
}

static struct net_path *open_path(hf_path_id id, struct hf_address local,
                                  struct hf_address remote) {
    const struct hf_output_open open = {
        .path = id, .transport = HF_TRANSPORT_UDP, .local = local, .remote = remote, .dscp = 26};
    enum hf_path_failure failure;
    struct net_path *path;
    char detail[128] = "";

    assert_int_equal(net_path_open(&paths, &open, &path, &failure, detail, sizeof detail), 0);
    return path;
}

static const struct hf_address any = {0};

/* A plain socket as the peer. */
static int open_peer(const char *ip, struct hf_address *ret) {
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(ip)};
    socklen_t len = sizeof at;
    int on = 1, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    setsockopt(fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
    *ret = address(ip, ntohs(at.sin_port));
    return fd;
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

static void test_paths__are_cheap_by_the_hundred_thousand(void **state) {
    struct hf_address peer = address("127.38.0.0", 0);
    struct net_path *first = NULL, *path;
    hf_time start = net_now();

    (void)state;
    for (uint32_t i = 0; i < MANY; i++) {
        peer.port = (uint16_t)(1024 + i % 50000);
        peer.ip[3] = (uint8_t)(1 + i / 50000);
        path = open_path(i + 1, any, peer);
        first = first ? first : path;
        assert_ptr_equal(path->socket, first->socket);
    }
    hf_time opened = net_now();

    for (uint32_t i = 0; i < MANY; i++) {
        path = net_path_find(&paths, i + 1);
        assert_ptr_equal(net_path_to_peer(&paths, path->socket, &path->remote), path);
    }
    hf_time found = net_now();

    for (uint32_t i = 0; i < MANY; i++)
        net_path_close(&paths, net_path_find(&paths, i + 1));
    assert_null(net_path_find(&paths, 1));
    print_message("%u ns to open, %u ns to find\n", (unsigned)((opened - start) * 1000 / MANY),
                  (unsigned)((found - opened) * 1000 / MANY));
    assert_true(found - opened < 2 * HF_SECOND);
}

static void test_paths__send_from_the_address_that_they_report(void **state) {
    struct hf_address peer, sender = {0};
    int fd = open_peer("127.38.0.7", &peer);
    struct net_path *path = open_path(1, any, peer);
    struct sockaddr_in at;
    char bytes[16], control[64];
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr header = {.msg_name = &at,
                            .msg_namelen = sizeof at,
                            .msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};

    (void)state;
    assert_int_not_equal(path->local.port, 0);
    net_path_send(path, &peer, SLICE("hello"));
    net_paths_flush(&paths);
    assert_int_equal(recvmsg(fd, &header, 0), 5);
    sender = address(inet_ntoa(at.sin_addr), ntohs(at.sin_port));
    assert_true(address_equal(&sender, &path->local));
    /* the code point is in the upper six bits of the octet (RFC 2474) */
    assert_int_equal(CMSG_FIRSTHDR(&header)->cmsg_type, IP_TOS);
    assert_int_equal(*CMSG_DATA(CMSG_FIRSTHDR(&header)), 26 << 2);
    close(fd);
}

static void test_paths__fail_alone(void **state) {
    struct hf_address alive, dead;
    int fd = open_peer("127.38.0.7", &alive), gone = open_peer("127.38.0.8", &dead);

    (void)state;
    close(gone);
    struct net_path *one = open_path(1, any, alive), *two = open_path(2, any, dead);

    assert_ptr_equal(one->socket, two->socket);
    /* the ICMP error of each packet is there before the next one is sent, to another peer */
    for (int i = 0; i < 20; i++) {
        net_path_send(two, &dead, SLICE("x"));
        net_paths_flush(&paths);
        net_path_send(one, &alive, SLICE("y"));
        net_paths_flush(&paths);
    }
    run_at_most(1000);
    run_at_most(50);
    assert_true(failures > 0);
    assert_true(address_equal(&failed_peer, &dead));
    assert_ptr_equal(net_path_find(&paths, 1), one);
    assert_null(net_path_find(&paths, 2));
    char bytes[8];
    unsigned arrived = 0;

    while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) == 1)
        arrived++;
    assert_int_equal(arrived, 20);
    close(fd);
}

static void test_paths__outlive_a_farm_of_servers_that_goes_down(void **state) {
    enum { DEAD = 200 };
    struct hf_address alive, dead;
    int fd = open_peer("127.38.0.7", &alive);
    struct net_path *one = open_path(1, any, alive);
    unsigned arrived = 0;
    char byte;

    (void)state;
    for (uint16_t i = 0; i < DEAD; i++) {
        dead = address("127.38.0.8", (uint16_t)(2000 + i));
        net_path_send(open_path(2u + i, any, dead), &dead, SLICE("x"));
        net_path_send(one, &alive, SLICE("y"));
    }
    net_paths_flush(&paths);
    for (int i = 0; i < 1000 && failures < DEAD; i++)
        run_at_most(100);
    assert_int_equal(failures, DEAD);
    assert_ptr_equal(net_path_find(&paths, 1), one);
    assert_ptr_equal(net_path_any(one->socket), one);
    while (recv(fd, &byte, 1, MSG_DONTWAIT) == 1)
        arrived++;
    assert_int_equal(arrived, DEAD);
    close(fd);
}

static void test_paths__may_each_have_a_port_of_their_own(void **state) {
    enum { SOCKETS = 4000 };
    struct hf_address peer = address("127.38.0.8", 5060);
    struct hf_address local = address("127.38.0.9", 0);

    (void)state;
    for (uint16_t i = 0; i < SOCKETS; i++) {
        local.port = (uint16_t)(10000 + i);
        assert_int_equal(open_path(1u + i, local, peer)->local.port, local.port);
    }
    local.port = 10000 + SOCKETS / 2;
    assert_ptr_equal(open_path(SOCKETS + 1, local, peer)->socket,
                     net_path_find(&paths, 1 + SOCKETS / 2)->socket);
}

static void test_paths__say_which_peer_cannot_be_sent_to(void **state) {
    struct hf_address alive;
    int fd = open_peer("127.38.0.7", &alive);
    struct net_path *one = open_path(1, any, alive);
    char big[66000];

    (void)state;
    memset(big, 'x', sizeof big);
    struct net_path *two = open_path(2, any, address("127.38.0.9", 5060));

    /* longer than any datagram, and enough to be sent while more is being queued */
    net_path_send(two, &two->remote, slice_of(big, sizeof big));
    for (int i = 0; i < 70; i++)
        net_path_send(one, &alive, SLICE("y"));
    net_paths_flush(&paths);
    assert_int_equal(failures, 1);
    assert_null(net_path_find(&paths, 2));
    assert_ptr_equal(net_path_find(&paths, 1), one);
    close(fd);
}

static void test_paths__name_the_local_port_that_is_taken(void **state) {
    struct hf_address taken;
    int fd = open_peer("127.38.0.7", &taken);
    const struct hf_output_open open = {
        .path = 1, .local = taken, .remote = address("127.38.0.8", 5060)};
    enum hf_path_failure failure;
    struct net_path *path;
    char detail[128], wanted[128];

    (void)state;
    assert_int_not_equal(net_path_open(&paths, &open, &path, &failure, detail, sizeof detail), 0);
    assert_int_equal(failure, HF_PATH_LOCAL_PORT);
    snprintf(wanted, sizeof wanted, "127.38.0.7:%u: Address already in use", taken.port);
    assert_string_equal(detail, wanted);
    close(fd);
}

static void test_paths__leave_from_another_port_where_that_will_do(void **state) {
    struct hf_address taken;
    int fd = open_peer("127.38.0.7", &taken);
    struct hf_output_open open = {
        .path = 1, .local = taken, .or_any_port = true, .remote = address("127.38.0.8", 5060)};
    enum hf_path_failure failure;
    struct net_path *first, *second;
    char detail[128];

    (void)state;
    assert_int_equal(net_path_open(&paths, &open, &first, &failure, detail, sizeof detail), 0);
    assert_int_not_equal(first->local.port, taken.port);
    close(fd);
    open.path = 2;
    open.remote = address("127.38.0.9", 5060);
    assert_int_equal(net_path_open(&paths, &open, &second, &failure, detail, sizeof detail), 0);
    assert_int_equal(second->local.port, taken.port);
}

static void test_paths__share_a_port_with_whom_another_would_do_as_well(void **state) {
    struct hf_address local;
    int fd = open_peer("127.38.0.7", &local);
    struct hf_output_open open = {
        .path = 1, .local = local, .or_any_port = true, .remote = address("127.38.0.8", 5060)};
    enum hf_path_failure failure;
    struct net_path *first, *second;
    char detail[128];

    (void)state;
    close(fd);
    assert_int_equal(net_path_open(&paths, &open, &first, &failure, detail, sizeof detail), 0);
    open.path = 2;
    open.or_any_port = false;
    assert_int_equal(net_path_open(&paths, &open, &second, &failure, detail, sizeof detail), 0);
    assert_ptr_equal(first->socket, second->socket);
    assert_int_equal(second->local.port, local.port);
}

static void test_paths__use_their_local_port_again_at_once(void **state) {
    struct hf_address local, peer = address("127.38.0.8", 5060);
    int fd = open_peer("127.38.0.7", &local);

    (void)state;
    close(fd);
    net_path_close(&paths, open_path(1, local, peer));
    net_paths_flush(&paths);
    assert_int_equal(open_path(2, local, peer)->local.port, local.port);
}

static void test_paths__hear_strangers_too(void **state) {
    struct hf_address peer, stranger;
    int fd = open_peer("127.38.0.7", &peer), other = open_peer("127.38.0.8", &stranger);
    struct net_path *path = open_path(1, any, peer);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(path->local.port)};

    (void)state;
    memcpy(&to.sin_addr, path->local.ip, 4);
    sendto(other, "boo", 3, 0, (struct sockaddr *)&to, sizeof to);
    run_at_most(1000);
    assert_string_equal(got, "boo");
    assert_true(from_stranger);
    assert_true(address_equal(&from, &stranger));
    assert_ptr_equal(net_path_any(path->socket), path);
    sendto(fd, "hello", 5, 0, (struct sockaddr *)&to, sizeof to);
    run_at_most(1000);
    assert_string_equal(got, "hello");
    assert_false(from_stranger);
    close(fd);
    close(other);
}

#define WITH_PATHS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_PATHS(test_paths__are_cheap_by_the_hundred_thousand),
        WITH_PATHS(test_paths__send_from_the_address_that_they_report),
        WITH_PATHS(test_paths__fail_alone),
        WITH_PATHS(test_paths__outlive_a_farm_of_servers_that_goes_down),
        WITH_PATHS(test_paths__may_each_have_a_port_of_their_own),
        WITH_PATHS(test_paths__say_which_peer_cannot_be_sent_to),
        WITH_PATHS(test_paths__name_the_local_port_that_is_taken),
        WITH_PATHS(test_paths__leave_from_another_port_where_that_will_do),
        WITH_PATHS(test_paths__share_a_port_with_whom_another_would_do_as_well),
        WITH_PATHS(test_paths__use_their_local_port_again_at_once),
        WITH_PATHS(test_paths__hear_strangers_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
