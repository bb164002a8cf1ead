/* A name server that knows some names at once, and lets one wait for others. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "net/clock.h"
#include "net/resolver.h"
#include "udp_server.h"

enum { SILENT = 500, HEADER = 12, GOOD = SILENT + 1 };

static uv_loop_t loop;
static struct udp_socket *server;
static unsigned good, others;

/* Answers questions for names of four letters with 127.0.0.1; all others have more. */
static void serve(void *user, const struct udp_packet *packets, size_t count) {
    static const char record[] = "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0";
    enum { QUESTION = 1 + 4 + 1 + 7 + 1 + 4 };
    char answer[HEADER + QUESTION + sizeof record];

    (void)user;
    for (size_t i = 0; i < count; i++) {
        if (packets[i].bytes.len < HEADER + QUESTION || packets[i].bytes.ptr[HEADER] != 4)
            continue;
        memcpy(answer, packets[i].bytes.ptr, HEADER + QUESTION);
        memcpy(answer + 2, "\x81\x80\0\1\0\1\0\0\0\0", 10);
        memcpy(answer + HEADER + QUESTION, record, sizeof record);
        answer[sizeof answer - 1] = 1;
        udp_send(server, &packets[i].from, NULL, slice_of(answer, sizeof answer));
    }
    udp_flush(server);
}

static void answered(void *user, hf_query_id query, const struct hf_dns_answer *answer) {
    (void)user;
    if (query == GOOD && answer->result == HF_DNS_OK && answer->count == 1)
        good++;
    else
        others++;
}

static void test_resolver__lets_no_silent_name_hold_up_another(void **state) {
    struct resolver *resolver;
    const char *error;
    char text[64];

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    server = udp_server_open(&loop, 34, serve, text, sizeof text);
    assert_int_equal(resolver_create(&loop, text, 0, answered, NULL, &resolver, &error), 0);
    for (hf_query_id i = 1; i <= SILENT; i++) {
        snprintf(text, sizeof text, "name%u.invalid.example", (unsigned)i);
        resolver_ask(resolver, i, HF_DNS_A, slice_from(text));
    }
    const hf_time from = net_now();

    resolver_ask(resolver, GOOD, HF_DNS_A, SLICE("good.example"));
    while (good == 0 && others == 0 && net_now() - from < 10 * HF_SECOND)
        uv_run(&loop, UV_RUN_ONCE);
    print_message("answered after %u ms\n", (unsigned)((net_now() - from) / HF_MILLISECOND));
    assert_int_equal(good, 1);
    assert_int_equal(others, 0);
    assert_true(net_now() - from < HF_SECOND);
    resolver_close(resolver);
    udp_close(server);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolver__lets_no_silent_name_hold_up_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
