#include "stream_bench.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/address.h"

struct stream_bench bench;

static struct tcp_options accepted_options;
static char receive_buffer[TCP_RECEIVE_BYTES];

/* ---- the server */

static void on_server_opened(void *user) {
    (void)user;
    bench.server_opened++;
}

static void on_server_received(void *user, struct hf_slice bytes) {
    struct bench_stream *accepted = user;
    size_t room = sizeof bench.server_text - 1;

    if (bench.server_received < room) {
        size_t len =
            bytes.len < room - bench.server_received ? bytes.len : room - bench.server_received;

        memcpy(bench.server_text + bench.server_received, bytes.ptr, len);
    }
    bench.server_received += bytes.len;
    if (bench.echoes) {
        assert_int_equal(connection_send(accepted->stream, bytes), 0);
        connection_flush(accepted->stream);
    }
}

static void on_server_failed(void *user, enum hf_path_failure failure, const char *detail) {
    struct bench_stream *accepted = user;

    (void)failure;
    (void)detail;
    bench.server_failed++;
    connection_close(accepted->stream);
    accepted->stream = NULL;
}

static void on_accepted(void *user, int fd) {
    static const struct connection_handler handler = {on_server_opened, on_server_received,
                                                      on_server_failed};
    struct bench_stream *accepted = &bench.accepted[bench.accepted_count++];

    (void)user;
    assert_true(bench.accepted_count < BENCH_STREAMS_MAX);
    *accepted = (struct bench_stream){.fd = -1};
    if (bench.closes)
        close(fd);
    else if (bench.silent)
        accepted->fd = fd;
    else
        assert_int_equal(connection_adopt(&bench.loop, fd, &accepted_options,
                                          bench.server ? tls_server_create(bench.server) : NULL,
                                          &handler, accepted, &accepted->stream),
                         0);
}

const char *bench_file(const char *name, const char *suffix) {
    static char texts[64][200];
    static unsigned next;
    char *text = texts[next++ % 64];

    snprintf(text, sizeof texts[0], "%s/%s.%s", getenv("CERTIFICATES"), name, suffix);
    return text;
}

void bench_serve(const char *address, uint16_t port, const char *certificate, const char *ca) {
    char text[TLS_DETAIL_MAX];
    struct writer why = writer_of(text, sizeof text);
    struct hf_address local;

    assert_true(address_parse(slice_from(address), &local));
    local.port = port;
    if (certificate) {
        bench.server = tls_server_context(bench_file(certificate, "pem"),
                                          bench_file(certificate, "key"), ca, &why);
        assert_non_null(bench.server);
    }
    assert_int_equal(listener_open(&bench.loop, &local, on_accepted, NULL, &bench.listener), 0);
}

void bench_serve_no_more(void) {
    for (unsigned i = 0; i < bench.accepted_count; i++) {
        connection_close(bench.accepted[i].stream);
        if (bench.accepted[i].fd >= 0)
            close(bench.accepted[i].fd);
    }
    bench.accepted_count = 0;
    listener_close(bench.listener);
    bench.listener = NULL;
    SSL_CTX_free(bench.server);
    bench.server = NULL;
}

/* ---- the paths */

static void on_opened(void *user, hf_path_id id, const struct hf_address *local) {
    const struct tls_session *tls;

    (void)user;
    bench.opened++;
    bench.local = *local;
    tls = stream_path_tls(stream_path_find(&bench.paths, id));
    if (tls && tls_is_resumed(tls))
        bench.resumed++;
}

static void on_received(void *user, hf_path_id path, const struct hf_address *from,
                        struct hf_slice bytes) {
    size_t len = bytes.len < sizeof bench.text ? bytes.len : sizeof bench.text - 1;

    (void)user;
    (void)path;
    (void)from;
    bench.received += bytes.len;
    memcpy(bench.text, bytes.ptr, len);
    bench.text[len] = '\0';
}

static void on_failed(void *user, hf_path_id path, enum hf_path_failure failure,
                      const char *detail) {
    (void)user;
    (void)path;
    bench.failed++;
    bench.failure = failure;
    snprintf(bench.detail, sizeof bench.detail, "%s", detail);
}

static void on_warning(void *user, const char *text) {
    (void)user;
    bench.warned++;
    snprintf(bench.warning, sizeof bench.warning, "%s", text);
}

int bench_setup(void **state) {
    static const struct stream_paths_handler handler = {on_opened, on_received, on_failed,
                                                        on_warning};

    (void)state;
    memset(&bench, 0, sizeof bench);
    accepted_options.receive_buffer = receive_buffer;
    assert_int_equal(uv_loop_init(&bench.loop), 0);
    assert_int_equal(stream_paths_init(&bench.paths, &bench.loop, &handler, NULL), 0);
    return 0;
}

int bench_teardown(void **state) {
    (void)state;
    stream_paths_release(&bench.paths);
    bench_serve_no_more();
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&bench.loop), 0);
    return 0;
}

struct hf_tls_options bench_options(void) {
    return (struct hf_tls_options){.server_name = SLICE("pbx.example.com"),
                                   .ca = slice_from(bench_file("ca", "pem")),
                                   .verify = true};
}

struct hf_output_open bench_request(hf_path_id path, const struct hf_tls_options *tls) {
    return (struct hf_output_open){.path = path,
                                   .transport = tls ? HF_TRANSPORT_TLS : HF_TRANSPORT_TCP,
                                   .remote = listener_local(bench.listener),
                                   .connect_timeout = 5 * HF_SECOND,
                                   .tls = tls};
}

void bench_open(const struct hf_output_open *open) {
    stream_paths_open(&bench.paths, open, net_now());
}

void bench_try(hf_path_id path, const struct hf_tls_options *tls) {
    unsigned before = bench.opened + bench.failed;
    struct hf_output_open open = bench_request(path, tls);
    hf_time until = net_now() + 10 * HF_SECOND;

    bench_open(&open);
    while (bench.opened + bench.failed == before && net_now() < until)
        uv_run(&bench.loop, UV_RUN_ONCE);
    assert_int_equal(bench.opened + bench.failed, before + 1);
}

void bench_close(hf_path_id path) {
    struct stream_path *found = stream_path_find(&bench.paths, path);

    assert_non_null(found);
    stream_path_close(&bench.paths, found);
}

void bench_send(hf_path_id path, const char *text) {
    struct stream_path *found = stream_path_find(&bench.paths, path);

    assert_non_null(found);
    stream_path_send(&bench.paths, found, slice_from(text));
    stream_paths_flush(&bench.paths);
}

static void on_time_up(uv_timer_t *timer) {
    uv_stop(timer->loop);
}

void bench_run_for(unsigned milliseconds) {
    uv_timer_t timer;

    uv_timer_init(&bench.loop, &timer);
    uv_update_time(&bench.loop);
    uv_timer_start(&timer, on_time_up, milliseconds, 0);
    uv_run(&bench.loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&bench.loop, UV_RUN_NOWAIT);
}

void bench_await(const unsigned *counter, unsigned wanted) {
    hf_time until = net_now() + 10 * HF_SECOND;

    while (*counter < wanted && net_now() < until)
        bench_run_for(5);
    if (*counter < wanted)
        print_error("%u of %u; the last failure: %s\n", *counter, wanted, bench.detail);
    assert_true(*counter >= wanted);
}

void bench_await_bytes(const size_t *counter, size_t wanted) {
    hf_time until = net_now() + 10 * HF_SECOND;

    while (*counter < wanted && net_now() < until)
        bench_run_for(5);
    assert_true(*counter >= wanted);
}

long bench_memory(void) {
    FILE *file = fopen("/proc/self/statm", "re");
    long pages = 0;

    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}
