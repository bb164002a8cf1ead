/* Stream paths on one loop with a server that they connect to. One bench a program. */
#ifndef STREAM_BENCH_H
#define STREAM_BENCH_H

#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "net/clock.h"
#include "net/listener.h"
#include "net/stream_paths.h"
#include "net/tls_server.h"

enum { BENCH_STREAMS_MAX = 1024 };

struct bench_stream {
    struct connection *stream;
    int fd; /* a silent server's; -1 */
};

struct stream_bench {
    uv_loop_t loop;
    struct stream_paths paths;
    struct listener *listener;
    SSL_CTX *server; /* NULL: plain TCP */
    bool silent;     /* accepts, and that was all */
    bool closes;     /* accepts, and closes */
    bool echoes;
    struct bench_stream accepted[BENCH_STREAMS_MAX];
    unsigned accepted_count;
    size_t server_received;
    char server_text[256]; /* the first of it */
    unsigned server_opened, server_failed;
    unsigned opened, failed, resumed, warned;
    struct hf_address local; /* of the last one opened */
    enum hf_path_failure failure;
    char detail[TLS_DETAIL_MAX];
    char warning[TLS_DETAIL_MAX];
    size_t received;
    char text[256]; /* the last of it */
};

extern struct stream_bench bench;

/* cmocka's set-up and tear-down. */
int bench_setup(void **state);
int bench_teardown(void **state);

/* Listens at this address of IPv4 or IPv6, any port if it is 0; with TLS when a certificate is
 * named: "good" is good.pem of the folder of certificates. `ca` as in tls_server_context. */
void bench_serve(const char *address, uint16_t port, const char *certificate, const char *ca);
void bench_serve_no_more(void);

/* "DIR/NAME.SUFFIX" of the folder of certificates; static. */
const char *bench_file(const char *name, const char *suffix);

/* What verifies pbx.example.com against ca.pem. */
struct hf_tls_options bench_options(void);

struct hf_output_open bench_request(hf_path_id path, const struct hf_tls_options *tls);
void bench_open(const struct hf_output_open *open);

/* Opens a path with these options and waits for the outcome. */
void bench_try(hf_path_id path, const struct hf_tls_options *tls);
void bench_close(hf_path_id path);
void bench_send(hf_path_id path, const char *text);

/* Runs the loop until *counter is at least `wanted`; fails the test after 10 s. */
void bench_await(const unsigned *counter, unsigned wanted);
void bench_await_bytes(const size_t *counter, size_t wanted);
void bench_run_for(unsigned milliseconds);

/* Kibibytes of this process that are in memory. */
long bench_memory(void);

#endif
