/* A name server that lies, loops, refuses and cuts short, by the first label of the question: the
 * answers that come of it, and another name's that is not held up. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "net/clock.h"
#include "net/resolver.h"
#include "udp_server.h"

enum { HEADER = 12, PACKET_MAX = 512, TIMEOUT_SECONDS = 2 };

#define A_RECORD "\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\1"
#define BYTES(text)                                                                                \
    { text, sizeof text - 1 }

struct hostile {
    const char *label;
    struct hf_slice flags_and_counts; /* 10 bytes behind the id */
    struct hf_slice records;          /* behind the question */
    bool good;
};

static const struct hostile cases[] = {
    {"good", BYTES("\x81\x80\0\1\0\1\0\0\0\0"), BYTES("\xc0\x0c" A_RECORD), true},
    {"refused", BYTES("\x81\x85\0\1\0\0\0\0\0\0"), BYTES(""), false},
    {"servfail", BYTES("\x81\x82\0\1\0\0\0\0\0\0"), BYTES(""), false},
    /* cut short, and nobody listens for TCP */
    {"truncated", BYTES("\x83\x80\0\1\0\0\0\0\0\0"), BYTES(""), false},
    /* its canonical name is its own */
    {"loop", BYTES("\x81\x80\0\1\0\1\0\0\0\0"), BYTES("\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c"),
     false},
    /* an address of "x", for which nobody asked */
    {"othername", BYTES("\x81\x80\0\1\0\1\0\0\0\0"), BYTES("\1x\0" A_RECORD), false},
    /* AAAA where A was asked for */
    {"othertype", BYTES("\x81\x80\0\1\0\1\0\0\0\0"),
     BYTES("\xc0\x0c\0\x1c\0\1\0\0\0\x3c\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1"), false},
    /* the counts promise more than there is */
    {"absurd", BYTES("\x81\x80\0\1\xff\xff\xff\xff\xff\xff"), BYTES("\xc0\x0c" A_RECORD), false},
    /* an address of 3 bytes, one of 65535, and a name that points at itself */
    {"short", BYTES("\x81\x80\0\1\0\1\0\0\0\0"), BYTES("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\3\x7f\0\1"),
     false},
    {"long", BYTES("\x81\x80\0\1\0\1\0\0\0\0"),
     BYTES("\xc0\x0c\0\1\0\1\0\0\0\x3c\xff\xff\x7f\0\0\1"), false},
    {"pointer", BYTES("\x81\x80\0\1\0\1\0\0\0\0"), BYTES("\xc0\xff\xc0\xff" A_RECORD), false},
    {"rubbish", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"), BYTES("\xff\xff\xff"), false},
};

enum { CASES = sizeof cases / sizeof cases[0] };

static uv_loop_t loop;
static struct udp_socket *server;
static struct {
    bool heard, found;
    hf_time at;
} outcomes[CASES];
static unsigned heard_count;

/* The length of the question: its name, then type and class; 0: it is no question. */
static size_t question_len(struct hf_slice packet) {
    size_t at = HEADER;

    while (at < packet.len && packet.ptr[at] != 0)
        at += 1 + (unsigned char)packet.ptr[at];
    return at + 5 <= packet.len ? at + 5 - HEADER : 0;
}

static const struct hostile *case_of(struct hf_slice packet) {
    for (size_t i = 0; i < CASES && packet.len > HEADER; i++) {
        const size_t len = strlen(cases[i].label);

        if ((unsigned char)packet.ptr[HEADER] == len && packet.len > HEADER + 1 + len &&
            memcmp(packet.ptr + HEADER + 1, cases[i].label, len) == 0)
            return &cases[i];
    }
    return NULL;
}

static void serve(void *user, const struct udp_packet *packets, size_t count) {
    (void)user;
    for (size_t i = 0; i < count; i++) {
        const struct hf_slice packet = packets[i].bytes;
        const struct hostile *hostile = case_of(packet);
        const size_t question = question_len(packet);
        char answer[PACKET_MAX];

        if (!hostile || question == 0 || question > 256)
            continue;
        memcpy(answer, packet.ptr, HEADER + question);
        memcpy(answer + 2, hostile->flags_and_counts.ptr, 10);
        memcpy(answer + HEADER + question, hostile->records.ptr, hostile->records.len);
        udp_send(server, &packets[i].from, NULL,
                 slice_of(answer, HEADER + question + hostile->records.len));
    }
    udp_flush(server);
}

static void answered(void *user, hf_query_id query, const struct hf_dns_answer *answer) {
    (void)user;
    assert_in_range(query, 1, CASES);
    assert_false(outcomes[query - 1].heard);
    outcomes[query - 1].heard = true;
    outcomes[query - 1].at = net_now();
    for (size_t i = 0; answer->result == HF_DNS_OK && i < answer->count; i++)
        outcomes[query - 1].found |= answer->records[i].type == HF_DNS_A;
    heard_count++;
}

static void test_resolver__believes_no_hostile_answer_and_ends_every_question(void **state) {
    struct resolver *resolver;
    const char *error;
    char text[64];

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    server = udp_server_open(&loop, 23, serve, text, sizeof text);
    assert_int_equal(resolver_create(&loop, text, TIMEOUT_SECONDS * HF_SECOND, answered, NULL,
                                     &resolver, &error),
                     0);
    const hf_time from = net_now();

    for (size_t i = CASES; i-- > 0;) { /* the good one is the last to be asked for */
        snprintf(text, sizeof text, "%s.hostile.example", cases[i].label);
        resolver_ask(resolver, (hf_query_id)(i + 1), HF_DNS_A, slice_from(text));
    }
    while (heard_count < CASES && net_now() - from < 4 * TIMEOUT_SECONDS * HF_SECOND)
        uv_run(&loop, UV_RUN_ONCE);
    for (size_t i = 0; i < CASES; i++) {
        print_message("%s: %s\n", cases[i].label, outcomes[i].found ? "found" : "nothing");
        assert_true(outcomes[i].heard);
        assert_int_equal(outcomes[i].found, cases[i].good);
    }
    assert_true(outcomes[0].at - from < HF_SECOND);
    resolver_close(resolver);
    udp_close(server);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resolver__believes_no_hostile_answer_and_ends_every_question),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
