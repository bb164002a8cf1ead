/* The resolver against a real name server: right, silent, refusing and gone. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/address.h"
#include "dns_server.h"
#include "net/clock.h"
#include "net/resolver.h"

enum { ANSWERS = 8, RECORDS = 128, SKIPPED = 77 };

struct heard {
    hf_query_id query;
    enum hf_dns_result result;
    size_t count;
    uint32_t negative_ttl;
    char detail[128];
    char target[RECORDS][64]; /* SRV: the target; NAPTR: the replacement */
    struct hf_dns_record records[RECORDS];
};

static struct dns_server server;
static uv_loop_t loop;
static struct resolver *resolver;
static struct heard heard[ANSWERS];
static size_t heard_count;

static void copy_text(char to[64], struct hf_slice text) {
    snprintf(to, 64, "%.*s", SLICE_ARGS(text));
}

static void answered(void *user, hf_query_id query, const struct hf_dns_answer *answer) {
    struct heard *h = &heard[heard_count++];

    (void)user;
    *h = (struct heard){.query = query,
                        .result = answer->result,
                        .count = answer->count,
                        .negative_ttl = answer->negative_ttl};
    snprintf(h->detail, sizeof h->detail, "%s", answer->detail ? answer->detail : "");
    for (size_t i = 0; i < answer->count && i < RECORDS; i++) {
        h->records[i] = answer->records[i];
        if (answer->records[i].type == HF_DNS_SRV)
            copy_text(h->target[i], answer->records[i].srv.target);
        if (answer->records[i].type == HF_DNS_NAPTR)
            copy_text(h->target[i], answer->records[i].naptr.replacement);
    }
    uv_stop(&loop);
}

static void open_resolver(const char *at, hf_time timeout) {
    const char *error;

    heard_count = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(resolver_create(&loop, at, timeout, answered, NULL, &resolver, &error), 0);
}

static int setup(void **state) {
    (void)state;
    open_resolver(server.at, 1500 * HF_MILLISECOND);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    resolver_close(resolver);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

/* Waits for the answer; there is always one. */
static const struct heard *ask(enum hf_dns_type type, const char *name) {
    static hf_query_id last;

    heard_count = 0;
    resolver_ask(resolver, ++last, type, slice_from(name));
    while (heard_count == 0)
        uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(heard[0].query, last);
    return &heard[0];
}

static void assert_address(const struct hf_dns_record *record, const char *text) {
    struct hf_address address;

    assert_true(address_parse(slice_from(text), &address));
    assert_true(address_equal(&record->address, &address));
}

static void test_resolver__reads_addresses_with_their_own_ttl(void **state) {
    const struct heard *h = ask(HF_DNS_A, "pbx.phones.test");

    (void)state;
    assert_int_equal(h->result, HF_DNS_OK);
    assert_int_equal(h->count, 1);
    assert_address(&h->records[0], "127.38.0.11");
    assert_int_equal(h->records[0].ttl, 3);
    h = ask(HF_DNS_AAAA, "pbx.phones.test.");
    assert_int_equal(h->count, 1);
    assert_address(&h->records[0], "2001:db8::11");
    h = ask(HF_DNS_A, "alias.phones.test");
    assert_int_equal(h->count, 2);
}

static void test_resolver__tells_the_time_that_is_left(void **state) {
    (void)state;
    assert_int_equal(ask(HF_DNS_A, "pbx2.phones.test")->records[0].ttl, 90);
    uv_sleep(2100);
    const struct heard *h = ask(HF_DNS_A, "pbx2.phones.test");

    assert_in_range(h->records[0].ttl, 86, 88);
}

/* A chain is good as long as its shortest part; a record without a life is good for one use. */
static void test_resolver__never_makes_a_life_longer(void **state) {
    (void)state;
    assert_in_range(ask(HF_DNS_A, "short.phones.test")->records[0].ttl, 4, 5);
    assert_int_equal(ask(HF_DNS_A, "zero.phones.test")->records[0].ttl, 0);
    assert_int_equal(ask(HF_DNS_A, "zero.phones.test")->records[0].ttl, 0);
}

static unsigned good, bad;

static void counted(void *user, hf_query_id query, const struct hf_dns_answer *answer) {
    (void)user;
    (void)query;
    if (answer->result == HF_DNS_OK && answer->count == 1)
        good++;
    else
        bad++;
}

static void test_resolver__answers_thousands_at_once(void **state) {
    enum { QUESTIONS = 5000 };
    struct resolver *many;
    const char *error;
    char name[64];

    (void)state;
    good = bad = 0;
    assert_int_equal(resolver_create(&loop, server.at, 0, counted, NULL, &many, &error), 0);
    for (hf_query_id i = 1; i <= QUESTIONS; i++) {
        snprintf(name, sizeof name, "n%u.many.phones.test", (unsigned)i);
        resolver_ask(many, i, HF_DNS_A, slice_from(name));
    }
    for (hf_time end = net_now() + 20 * HF_SECOND; good + bad < QUESTIONS && net_now() < end;)
        uv_run(&loop, UV_RUN_ONCE);
    resolver_close(many);
    print_message("%u answered, %u not\n", good, bad);
    assert_int_equal(good, QUESTIONS);
}

static void test_resolver__reads_srv_and_naptr(void **state) {
    const struct heard *h = ask(HF_DNS_SRV, "_sip._udp.phones.test");
    size_t first;

    (void)state;
    assert_int_equal(h->count, 2);
    first = h->records[0].srv.priority == 10 ? 0 : 1;
    assert_int_equal(h->records[first].srv.weight, 60);
    assert_int_equal(h->records[first].srv.port, 5070);
    assert_string_equal(h->target[first], "pbx.phones.test");
    assert_string_equal(h->target[1 - first], "pbx2.phones.test");
    h = ask(HF_DNS_SRV, "_sip._tcp.phones.test");
    assert_int_equal(h->count, 1);
    assert_string_equal(h->target[0], "");
    h = ask(HF_DNS_NAPTR, "phones.test");
    assert_int_equal(h->count, 1);
    assert_int_equal(h->records[0].naptr.preference, 20);
    assert_string_equal(h->target[0], "_sip._udp.phones.test");
}

/* Too many for one packet: the server cuts its answer short, and is asked again by TCP. */
static void test_resolver__reads_an_answer_that_needs_tcp(void **state) {
    const struct heard *h = ask(HF_DNS_SRV, "_sip._udp.big.phones.test");
    bool best = false;

    (void)state;
    assert_int_equal(h->result, HF_DNS_OK);
    assert_int_equal(h->count, DNS_SERVER_BIG);
    for (size_t i = 0; i < h->count; i++)
        best |= h->records[i].srv.priority == 1;
    assert_true(best);
}

static void test_resolver__tells_no_name_from_no_record(void **state) {
    const struct heard *h = ask(HF_DNS_A, "nobody.phones.test");

    (void)state;
    assert_int_equal(h->result, HF_DNS_NO_NAME);
    assert_int_equal(h->negative_ttl, 7);
    h = ask(HF_DNS_SRV, "pbx.phones.test");
    assert_int_equal(h->result, HF_DNS_NO_RECORD);
    assert_int_equal(h->negative_ttl, 7);
}

/* Names that RFC 6761 and 8375 take out of the public DNS belong to the server that was set. */
static void test_resolver__asks_for_private_names_too(void **state) {
    (void)state;
    assert_int_equal(ask(HF_DNS_A, "pbx.phones.home.arpa")->result, HF_DNS_OK);
    assert_int_equal(ask(HF_DNS_A, "pbx.phones.test")->result, HF_DNS_OK);
}

static void test_resolver__says_why_a_server_failed(void **state) {
    const struct heard *h = ask(HF_DNS_A, "pbx.broken.test");

    (void)state;
    assert_int_equal(h->result, HF_DNS_FAILED);
    assert_non_null(strstr(h->detail, "SERVFAIL"));
    h = ask(HF_DNS_A, "pbx.refused.example");
    assert_int_equal(h->result, HF_DNS_FAILED);
    assert_string_not_equal(h->detail, "");
}

static void test_resolver__does_not_ask_for_what_is_no_name(void **state) {
    char long_name[400];

    (void)state;
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    assert_int_equal(ask(HF_DNS_A, "")->result, HF_DNS_INVALID_NAME);
    assert_int_equal(ask(HF_DNS_A, long_name)->result, HF_DNS_INVALID_NAME);
    long_name[100] = '\0';
    assert_int_equal(ask(HF_DNS_A, long_name)->result, HF_DNS_INVALID_NAME);
    assert_int_equal(ask(HF_DNS_A, "a..b")->result, HF_DNS_INVALID_NAME);
}

static void test_resolver__survives_a_silent_server(void **state) {
    hf_time from = net_now();

    (void)state;
    dns_server_freeze(&server);
    assert_int_equal(ask(HF_DNS_A, "late1.phones.test")->result, HF_DNS_UNANSWERED);
    assert_in_range(net_now() - from, 1400 * HF_MILLISECOND, 1900 * HF_MILLISECOND);
    assert_int_equal(ask(HF_DNS_A, "late1.phones.test")->result, HF_DNS_UNANSWERED);
    dns_server_thaw(&server);
    for (int i = 0; i < 10 && ask(HF_DNS_A, "late1.phones.test")->result != HF_DNS_OK; i++)
        uv_sleep(200);
    assert_int_equal(heard[0].result, HF_DNS_OK);
    assert_int_equal(ask(HF_DNS_A, "late2.phones.test")->result, HF_DNS_OK);
}

static void test_resolver__closes_with_questions_open(void **state) {
    (void)state;
    heard_count = 0;
    dns_server_freeze(&server);
    resolver_ask(resolver, 1, HF_DNS_A, SLICE("late2.phones.test"));
    resolver_ask(resolver, 2, HF_DNS_AAAA, SLICE("late2.phones.test"));
    uv_run(&loop, UV_RUN_NOWAIT);
    assert_int_equal(teardown(NULL), 0);
    assert_int_equal(heard_count, 0);
    dns_server_thaw(&server);
}

static void test_resolver__says_that_nobody_listens(void **state) {
    (void)state;
    open_resolver("127.0.0.1:9", 1500 * HF_MILLISECOND);
    const struct heard *h = ask(HF_DNS_A, "pbx.phones.test");

    assert_true(h->result == HF_DNS_FAILED || h->result == HF_DNS_UNANSWERED);
    assert_string_not_equal(h->detail, "");
    assert_int_equal(ask(HF_DNS_A, "localhost")->result, HF_DNS_OK);
    assert_address(&heard[0].records[0], "127.0.0.1");
    assert_int_equal(ask(HF_DNS_AAAA, "localhost")->result, HF_DNS_OK);
}

static void write_servers(const char *path, const char *host) {
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file, "nameserver %s\n", host);
    fclose(file);
}

static void test_resolver__follows_the_file_of_name_servers(void **state) {
    char path[128];

    (void)state;
    if (geteuid() != 0) {
        print_message("port 53 is not permitted: skipped\n");
        skip();
    }
    snprintf(path, sizeof path, "%s/resolv.conf", server.folder);
    write_servers(path, "127.0.0.1");
    open_resolver(path, 1500 * HF_MILLISECOND);
    resolver_ask(resolver, 900, HF_DNS_A, SLICE("pbx2.phones.test"));
    write_servers(path, server.host);
    uv_run(&loop, UV_RUN_NOWAIT);
    resolver_ask(resolver, 901, HF_DNS_A, SLICE("pbx2.phones.test"));
    while (heard_count < 2)
        uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(heard[0].query, 901);
    assert_int_equal(heard[0].result, HF_DNS_OK);
    assert_int_equal(heard[1].query, 900);
    assert_int_not_equal(heard[1].result, HF_DNS_OK);
    assert_int_equal(teardown(NULL), 0);
}

static void test_resolver__refuses_a_server_that_is_no_address(void **state) {
    static const char *const wrong[] = {
        "dns.example", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", "[::1", "", "10.0.0.1/24"};
    struct resolver *none;
    const char *error;

    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        error = NULL;
        assert_int_equal(resolver_create(&loop, wrong[i], 0, answered, NULL, &none, &error), -1);
        assert_non_null(error);
    }
    assert_int_equal(uv_loop_close(&loop), 0);
}

#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_SERVER(test_resolver__reads_addresses_with_their_own_ttl),
        WITH_SERVER(test_resolver__tells_the_time_that_is_left),
        WITH_SERVER(test_resolver__never_makes_a_life_longer),
        WITH_SERVER(test_resolver__answers_thousands_at_once),
        WITH_SERVER(test_resolver__reads_srv_and_naptr),
        WITH_SERVER(test_resolver__reads_an_answer_that_needs_tcp),
        WITH_SERVER(test_resolver__tells_no_name_from_no_record),
        WITH_SERVER(test_resolver__asks_for_private_names_too),
        WITH_SERVER(test_resolver__says_why_a_server_failed),
        WITH_SERVER(test_resolver__does_not_ask_for_what_is_no_name),
        WITH_SERVER(test_resolver__survives_a_silent_server),
        cmocka_unit_test_setup(test_resolver__closes_with_questions_open, setup),
        cmocka_unit_test_teardown(test_resolver__says_that_nobody_listens, teardown),
        cmocka_unit_test(test_resolver__follows_the_file_of_name_servers),
        cmocka_unit_test(test_resolver__refuses_a_server_that_is_no_address),
    };

    if (!dns_server_exists()) {
        fprintf(stderr, "there is no knotd on this machine: skipped\n");
        return SKIPPED;
    }
    int failed = 1;

    if (dns_server_start(&server))
        failed = cmocka_run_group_tests(tests, NULL, NULL);
    else
        fprintf(stderr, "knotd does not start\n");
    dns_server_stop(&server);
    return failed;
}
