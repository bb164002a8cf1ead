#include "daemon/metrics_server.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/list.h"
#include "net/socket_address.h"

struct metrics_server {
    uv_loop_t *loop;
    struct MHD_Daemon *http; /* its sockets are in an epoll set, which is watched */
    struct hf_address local;
    uv_poll_t poll;
    uv_timer_t timer;
    unsigned open_handles;
    void (*wanted)(void *user);
    void *user;
    struct list_node waiting; /* requests that are suspended */
    struct hf_slice text;     /* the last one */
    bool running;             /* within run() */
};

/* What is known of a request from its first line on. */
struct request {
    struct list_node node;
    struct MHD_Connection *connection;
    bool waited;
};

static void on_timer(uv_timer_t *timer);

/* Does what is to be done, and sees to being called again. */
static void run(struct metrics_server *server) {
    MHD_UNSIGNED_LONG_LONG milliseconds;

    HF_ASSERT(!server->running);
    server->running = true;
    (void)MHD_run(server->http);
    server->running = false;
    if (MHD_get_timeout(server->http, &milliseconds) == MHD_YES)
        uv_timer_start(&server->timer, on_timer, milliseconds, 0);
    else
        uv_timer_stop(&server->timer);
}

static void on_timer(uv_timer_t *timer) {
    run(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    run(poll->data);
}

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status, const char *type,
                               struct hf_slice text) {
    struct MHD_Response *response =
        MHD_create_response_from_buffer(text.len, (void *)text.ptr, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result = MHD_NO;

    if (!response)
        return MHD_NO;
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES &&
        (status != MHD_HTTP_METHOD_NOT_ALLOWED ||
         MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD") == MHD_YES))
        result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result wait_for_text(struct metrics_server *server, struct request *request) {
    bool first = list_is_empty(&server->waiting);

    request->waited = true;
    list_append(&server->waiting, &request->node);
    MHD_suspend_connection(request->connection);
    if (first)
        server->wanted(server->user);
    return MHD_YES;
}

/* Called for a request's head, for its body, and again after it waited. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **context) {
    struct metrics_server *server = user;
    struct request *request = *context;

    (void)version;
    (void)body;
    if (!request) {
        request = calloc(1, sizeof(*request));
        if (!request)
            return MHD_NO;
        list_init(&request->node);
        request->connection = connection;
        *context = request;
        return MHD_YES;
    }
    if (*body_len > 0) {
        *body_len = 0; /* nobody wants it */
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return respond(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "text/plain",
                       SLICE("only GET and HEAD\n"));
    if (strcmp(url, "/metrics") != 0)
        return respond(connection, MHD_HTTP_NOT_FOUND, "text/plain",
                       SLICE("metrics are at /metrics\n"));
    if (!request->waited)
        return wait_for_text(server, request);
    return respond(connection, MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8",
                   server->text);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code) {
    struct request *request = *context;

    (void)user;
    (void)connection;
    (void)code;
    if (request)
        list_remove(&request->node);
    free(request);
    *context = NULL;
}

static void resume_all(struct metrics_server *server) {
    while (!list_is_empty(&server->waiting)) {
        struct request *request = CONTAINER_OF(server->waiting.next, struct request, node);

        list_remove(&request->node);
        MHD_resume_connection(request->connection);
    }
}

void metrics_server_answer(struct metrics_server *server, struct hf_slice text) {
    if (list_is_empty(&server->waiting))
        return;
    server->text = text;
    resume_all(server);
    run(server);
}

static int listen_at(struct hf_address *local) {
    union socket_address address;
    socklen_t len = socket_address_from(&address, local);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;

    if (fd < 0)
        return -errno;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (bind(fd, &address.any, len) != 0 || listen(fd, METRICS_CLIENTS_MAX) != 0 ||
        getsockname(fd, &address.any, &len) != 0) {
        int error = errno;

        close(fd);
        return -error;
    }
    *local = socket_address_to(&address);
    return fd;
}

static void handle_closed(uv_handle_t *handle) {
    struct metrics_server *server = handle->data;

    if (--server->open_handles > 0)
        return;
    resume_all(server); /* as MHD wants it before it ends */
    MHD_stop_daemon(server->http);
    free(server);
}

int metrics_server_start(uv_loop_t *loop, const struct hf_address *local,
                         void (*wanted)(void *user), void *user, struct metrics_server **ret) {
    struct metrics_server *server = calloc(1, sizeof(*server));
    int fd;

    if (!server)
        return -ENOMEM;
    *server = (struct metrics_server){
        .loop = loop, .local = *local, .wanted = wanted, .user = user, .open_handles = 2};
    list_init(&server->waiting);
    fd = listen_at(&server->local);
    if (fd < 0) {
        free(server);
        return fd;
    }
    server->http = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)METRICS_CLIENTS_MAX,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)METRICS_CLIENT_IDLE_SECONDS,
        MHD_OPTION_NOTIFY_COMPLETED, on_completed, server, MHD_OPTION_END);
    if (!server->http) {
        close(fd);
        free(server);
        return -ENOMEM;
    }
    uv_poll_init(loop, &server->poll,
                 MHD_get_daemon_info(server->http, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
    uv_timer_init(loop, &server->timer);
    server->poll.data = server->timer.data = server;
    uv_poll_start(&server->poll, UV_READABLE, on_readable);
    run(server);
    *ret = server;
    return 0;
}

struct hf_address metrics_server_local(const struct metrics_server *server) {
    return server->local;
}

void metrics_server_stop(struct metrics_server *server) {
    if (!server)
        return;
    uv_close((uv_handle_t *)&server->poll, handle_closed);
    uv_close((uv_handle_t *)&server->timer, handle_closed);
}
