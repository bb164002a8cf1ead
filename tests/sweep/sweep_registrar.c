/* The small registrar without memory: it answers with a failure, or not at all, and serves again
 * once there is memory. */
#include <stdio.h>
#include <string.h>

#include "../unit/cmocka_all.h"
#include "famine.h"
#include "registrar/registrar.h"
#include "sip/digest.h"
#include "sip/message.h"

static struct registrar *registrar;
static hf_time now;

/* The status of the answer; 0: there was none. */
static unsigned ask(const char *user, unsigned cseq) {
    const struct hf_address from = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 9}};
    struct sip_message message;
    struct hf_output output;
    struct outbox outbox;
    unsigned status = 0;
    char bytes[1024];
    int len = snprintf(bytes, sizeof bytes,
                       "REGISTER sip:example.com SIP/2.0\r\n"
                       "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK%s%u\r\n"
                       "From: <sip:%s@example.com>;tag=1\r\nTo: <sip:%s@example.com>\r\n"
                       "Call-ID: %s\r\nCSeq: %u REGISTER\r\n"
                       "Contact: <sip:%s@192.0.2.9>\r\nPath: <sip:edge.example.com;lr>\r\n"
                       "Content-Length: 0\r\n\r\n",
                       user, cseq, user, user, user, cseq, user);

    outbox_init(&outbox);
    famine_arm();
    registrar_receive(registrar, 1, &from, false, slice_of(bytes, (size_t)len), &outbox, now);
    famine_disarm();
    while (outbox_next(&outbox, &output)) {
        assert_int_equal(output.kind, HF_OUTPUT_SEND);
        assert_int_equal(sip_message_parse(&message, output.send.bytes), SIP_PARSED);
        status = message.status;
    }
    outbox_release(&outbox);
    return status;
}

static void serve(void) {
    struct registrar_options options;
    struct registrar_counters counters;
    int error;

    registrar_options_init(&options);
    options.open = true;
    options.service_route = "<sip:edge.example.com;lr>";
    now = HF_SECOND;
    registrar = NULL;
    famine_arm();
    error = registrar_create(&options, &registrar, now);
    famine_disarm();
    assert_true(error == 0 || error == HF_ERROR_MEMORY);
    if (error)
        return;
    for (unsigned i = 1; i <= 6; i++) {
        unsigned status = ask(i & 1 ? "alice" : "bob", i);

        assert_true(status == 200 || famine_failures() > 0);
        now += HF_SECOND;
        registrar_expire(registrar, now);
    }
    famine_arm();
    error = registrar_add_user(registrar, "carol", "secret");
    if (error == 0)
        error = registrar_add_user(registrar, "carol", "another secret");
    famine_disarm();
    assert_true(error == 0 || error == HF_ERROR_MEMORY);
    famine_restore();
    assert_int_equal(ask("alice", 20), 200);
    assert_int_equal(ask("bob", 20), 200);
    registrar_count(registrar, &counters);
    assert_int_equal(counters.bindings, 2);
    registrar_free(registrar);
}

static void test_registrar__no_memory_now_and_then_is_survived(void **state) {
    (void)state;
    famine_sweep(serve, 1, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_registrar__no_memory_now_and_then_is_survived, famine_say),
    };

    digest_context_free(digest_context_create()); /* libcrypto's own beginnings */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
