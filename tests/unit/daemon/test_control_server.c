#include "../cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/control_server.h"
#include "daemon/control_socket.h"

/* A server whose clients are plain sockets of the test; the loop is turned by hand. */
struct fixture {
    uv_loop_t loop;
    char path[CONTROL_PATH_MAX];
    struct control_server *server;
    unsigned parts; /* of an answer */
    bool later;
    char text[1 << 20]; /* what a client received last */
};

static enum control_progress answer(void *context, const struct control_request *request,
                                    uint64_t *cursor, struct writer *w) {
    struct fixture *f = context;

    (void)request;
    if (f->later)
        return CONTROL_LATER;
    if (*cursor < f->parts) {
        writer_put_literal(w, "{\"part\": ");
        writer_put_number(w, (*cursor)++);
        writer_put_literal(w, "}\n");
        return CONTROL_MORE;
    }
    control_write_ok(w);
    return CONTROL_DONE;
}

static int setup(void **state) {
    struct fixture *f = calloc(1, sizeof(*f));
    const struct control_handler handler = {answer, f};

    snprintf(f->path, sizeof(f->path), "/tmp/holdfast-control-%d.sock", (int)getpid());
    unlink(f->path);
    assert_int_equal(uv_loop_init(&f->loop), 0);
    assert_int_equal(control_server_start(&f->loop, f->path, 0600, &handler, &f->server), 0);
    *state = f;
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;

    control_server_stop(f->server);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    assert_int_not_equal(access(f->path, F_OK), 0);
    free(f);
    return 0;
}

static void turn(struct fixture *f) {
    for (int i = 0; i < 20; i++)
        uv_run(&f->loop, UV_RUN_NOWAIT);
}

static int connect_client(struct fixture *f) {
    int fd = control_socket_connect(f->path);

    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    turn(f);
    return fd;
}

static void say(struct fixture *f, int fd, const char *text) {
    (void)send(fd, text, strlen(text), MSG_NOSIGNAL);
    turn(f);
}

/* Everything that has come; false when the server has closed. */
static bool hear(struct fixture *f, int fd) {
    size_t len = 0;
    ssize_t count = -1;

    for (;;) {
        turn(f);
        count = recv(fd, f->text + len, sizeof(f->text) - 1 - len, 0);
        if (count <= 0)
            break;
        len += (size_t)count;
    }
    f->text[len] = '\0';
    return count < 0 && errno != ECONNRESET;
}

static void test_control_server__answers_come_in_parts_and_requests_in_turn(void **state) {
    struct fixture *f = *state;
    int fd = connect_client(f);

    f->parts = 2;
    say(f, fd, "{\"command\": \"status\"}\n{\"command\": \"rubbish\"}\n{\"comm");
    assert_true(hear(f, fd));
    assert_string_equal(f->text, "{\"part\": 0}\n{\"part\": 1}\n{\"result\": \"ok\"}\n"
                                 "{\"result\": \"error\", \"message\": \"there is no such "
                                 "command\"}\n");
    f->parts = 0;
    say(f, fd, "and\": \"reload\"}\n");
    assert_true(hear(f, fd));
    assert_string_equal(f->text, "{\"result\": \"ok\"}\n");
    close(fd);
}

static void test_control_server__an_answer_may_come_later(void **state) {
    struct fixture *f = *state;
    int fd = connect_client(f);

    f->later = true;
    say(f, fd, "{\"command\": \"reload\"}\n");
    assert_true(hear(f, fd));
    assert_string_equal(f->text, "");
    f->later = false;
    control_server_wake(f->server);
    assert_true(hear(f, fd));
    assert_string_equal(f->text, "{\"result\": \"ok\"}\n");
    close(fd);
}

static void test_control_server__a_line_without_end_closes_the_connection(void **state) {
    struct fixture *f = *state;
    int fd = connect_client(f);

    for (int i = 0; i < 600; i++)
        say(f, fd, "0123456789");
    assert_false(hear(f, fd));
    assert_non_null(strstr(f->text, "too long"));
    close(fd);
}

static void test_control_server__a_slow_reader_loses_events_and_is_told_how_many(void **state) {
    enum { EVENTS = 20000 };
    struct fixture *f = *state;
    int fd = connect_client(f);
    unsigned received = 0;
    unsigned long lost = 0;
    char line[64];

    assert_false(control_server_has_readers(f->server));
    say(f, fd, "{\"command\": \"events\"}\n");
    assert_true(control_server_has_readers(f->server));
    for (int i = 0; i < EVENTS; i++) {
        snprintf(line, sizeof(line), "{\"event\": %d, \"filling\": \"0123456789\"}\n", i);
        control_server_publish(f->server, slice_from(line));
        if (i % 100 == 0)
            turn(f);
    }
    assert_true(hear(f, fd));
    control_server_publish(f->server, SLICE("{\"event\": \"last\"}\n"));
    for (char *at = strtok(f->text, "\n"); at; at = strtok(NULL, "\n")) {
        if (strncmp(at, "{\"lost\": ", 9) == 0)
            lost += strtoul(at + 9, NULL, 10);
        else if (strncmp(at, "{\"event\"", 8) == 0)
            received++;
    }
    assert_true(lost > 0);
    assert_int_equal(received + lost, EVENTS);
    assert_true(hear(f, fd));
    assert_string_equal(f->text, "{\"event\": \"last\"}\n");
    close(fd);
    turn(f);
    assert_false(control_server_has_readers(f->server));
}

static void test_control_server__clients_are_bounded_in_number(void **state) {
    struct fixture *f = *state;
    int fds[CONTROL_CLIENTS_MAX];
    int more;

    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        fds[i] = connect_client(f);
    more = connect_client(f);
    assert_false(hear(f, more));
    assert_non_null(strstr(f->text, "too many clients"));
    close(more);
    say(f, fds[3], "{\"command\": \"status\"}\n");
    assert_true(hear(f, fds[3]));
    assert_string_equal(f->text, "{\"result\": \"ok\"}\n");
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
}

static void test_control_server__only_its_owner_may_open_the_socket(void **state) {
    struct fixture *f = *state;
    struct stat info;

    assert_int_equal(stat(f->path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
}

static void test_control_server__only_a_stale_socket_is_replaced(void **state) {
    struct fixture *f = *state;
    char other[CONTROL_PATH_MAX + 8];
    int fd;

    assert_int_equal(control_socket_claim(f->path), CONTROL_SOCKET_ANSWERED);
    snprintf(other, sizeof(other), "%.90s.x", f->path);
    assert_int_equal(control_socket_claim(other), CONTROL_SOCKET_FREE);
    fd = open(other, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_int_equal(control_socket_claim(other), CONTROL_SOCKET_BLOCKED);
    assert_int_equal(unlink(other), 0);
}

int main(void) {
#define SERVER_TEST(name)                                                                          \
    cmocka_unit_test_setup_teardown(test_control_server__##name, setup, teardown)
    const struct CMUnitTest tests[] = {
        SERVER_TEST(answers_come_in_parts_and_requests_in_turn),
        SERVER_TEST(an_answer_may_come_later),
        SERVER_TEST(a_line_without_end_closes_the_connection),
        SERVER_TEST(a_slow_reader_loses_events_and_is_told_how_many),
        SERVER_TEST(clients_are_bounded_in_number),
        SERVER_TEST(only_its_owner_may_open_the_socket),
        SERVER_TEST(only_a_stale_socket_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
