#include "bench.h"

#include <stdio.h>
#include <string.h>

#include "../cmocka_all.h"
#include "base/writer.h"

struct bench bench;

static const struct hf_address phone = {
    .family = HF_FAMILY_IPV4, .port = 5062, .ip = {192, 0, 2, 77}};

struct registrar_options bench_options(void) {
    struct registrar_options options;

    registrar_options_init(&options);
    options.seed[0] = 11;
    options.open = true;
    options.contacts_max = 3;
    return options;
}

void bench_open(const struct registrar_options *options) {
    bench = (struct bench){.now = 100 * HF_SECOND, .user = "alice", .call_id = "c1"};
    outbox_init(&bench.outbox);
    assert_int_equal(registrar_create(options, &bench.registrar, bench.now), 0);
}

int bench_setup(void **state) {
    const struct registrar_options options = bench_options();

    (void)state;
    bench_open(&options);
    return 0;
}

int bench_teardown(void **state) {
    (void)state;
    registrar_free(bench.registrar);
    outbox_release(&bench.outbox);
    return 0;
}

unsigned ask_again(void) {
    struct hf_output output;
    unsigned status = 0;

    registrar_receive(bench.registrar, 1, &phone, false, slice_from(bench.request), &bench.outbox,
                      bench.now);
    bench.answers = bench.unreadable = 0;
    while (outbox_next(&bench.outbox, &output)) {
        assert_int_equal(output.kind, HF_OUTPUT_SEND);
        assert_true(status == 0 || bench.talks); /* one request, one answer */
        assert_true(output.send.bytes.len < sizeof bench.answer);
        memcpy(bench.answer, output.send.bytes.ptr, output.send.bytes.len);
        bool readable =
            sip_message_parse(&bench.message, slice_of(bench.answer, output.send.bytes.len)) ==
            SIP_PARSED;

        assert_true(readable || bench.talks);
        bench.answers++;
        bench.unreadable += !readable;
        if (readable)
            status = bench.message.status;
    }
    return status;
}

unsigned ask(const char *method, const char *lines) {
    bench.cseq++;
    bench.branch++;
    int len = snprintf(bench.request, sizeof bench.request,
                       "%s sip:example.com SIP/2.0\r\n"
                       "Via: SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bK%u\r\n"
                       "Max-Forwards: 70\r\n"
                       "From: <sip:%s@example.com>;tag=f\r\n"
                       "To: <sip:%s@Example.COM>\r\n"
                       "Call-ID: %s\r\n"
                       "CSeq: %u %s\r\n"
                       "%s\r\n",
                       method, bench.branch, bench.user, bench.user, bench.call_id, bench.cseq,
                       method, lines);

    assert_true(len > 0 && (size_t)len < sizeof bench.request);
    return ask_again();
}

unsigned ask_register(const char *lines) {
    return ask("REGISTER", lines);
}

/* All values, with commas. */
const char *answered(enum sip_header header) {
    static char text[4096];
    struct writer w = writer_of(text, sizeof text);
    struct sip_values values = sip_values(&bench.message, header);
    struct hf_slice value;

    while (sip_values_next(&values, &value)) {
        if (writer_length(&w) > 0)
            writer_put_literal(&w, ", ");
        writer_put_slice(&w, value);
    }
    assert_true(writer_terminate(&w));
    return text;
}

void assert_answered(enum sip_header header, const char *value) {
    assert_string_equal(answered(header), value);
}

unsigned bindings(void) {
    struct registrar_counters counters;
    struct registrar_binding binding;
    uint32_t cursor = 0;
    unsigned count = 0;

    while (registrar_next_binding(bench.registrar, &cursor, &binding)) {
        assert_true(binding.ends_at > bench.now);
        count++;
    }
    registrar_count(bench.registrar, &counters);
    assert_int_equal(count, counters.bindings);
    return count;
}

void wait_seconds(unsigned seconds) {
    hf_time until = bench.now + seconds * HF_SECOND;

    while (registrar_deadline(bench.registrar) <= until) {
        if (bench.now < registrar_deadline(bench.registrar))
            bench.now = registrar_deadline(bench.registrar);
        registrar_expire(bench.registrar, bench.now);
    }
    bench.now = until;
}
