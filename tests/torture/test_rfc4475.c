/* RFC 4475: every message is given to a real agent, and the REGISTERs among them to the registrar
 * too; what comes back is compared with what the RFC says of the message. */
#include "../unit/cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "base/outbox.h"
#include "holdfast/agent.h"
#include "holdfast/settings.h"
#include "registrar/registrar.h"
#include "sip/name_addr.h"
#include "sip/via.h"

enum { DISCARDED = 0, NOT_ASKED = -1 };

struct torture {
    const char *name;
    int by_agent;     /* status of the answer; DISCARDED: none */
    int by_registrar; /* the same; NOT_ASKED: no REGISTER */
};

/* An agent has no calls yet: a good INVITE gets 480. It is no registrar: a good REGISTER gets 405.
 */
static const struct torture tortures[] = {
    /* 3.1.1 valid messages */
    {"wsinv", 480, NOT_ASKED},
    {"intmeth", 501, NOT_ASKED}, /* an unknown method with every token character */
    {"esc01", 480, NOT_ASKED},
    {"escnull", 405, 200},     /* %00 in a user part is an escape like any other */
    {"esc02", 501, NOT_ASKED}, /* RE%47IST%45R is not REGISTER */
    {"lwsdisp", 200, NOT_ASKED},
    {"longreq", 480, NOT_ASKED},
    {"dblreq", 405, 200}, /* what follows the Content-Length is dropped */
    {"semiuri", 200, NOT_ASKED},
    {"transports", 200, NOT_ASKED},
    {"mpart01", 405, NOT_ASKED},
    {"unreason", DISCARDED, NOT_ASKED}, /* good responses that nobody waits for */
    {"noreason", DISCARDED, NOT_ASKED},
    /* 3.1.2 invalid messages */
    {"badinv01", DISCARDED, NOT_ASKED}, /* its topmost Via says nothing about where to answer */
    {"clerr", 400, NOT_ASKED},
    {"ncl", 400, NOT_ASKED},
    {"scalar02", 400, 400},
    {"scalarlg", DISCARDED, NOT_ASKED},
    {"quotbal", 400, NOT_ASKED},
    {"ltgtruri", 400, NOT_ASKED},
    {"lwsruri", 400, NOT_ASKED},
    {"lwsstart", 400, NOT_ASKED},
    {"trws", 400, NOT_ASKED},
    {"escruri", 400, NOT_ASKED},
    {"baddate", 480, NOT_ASKED}, /* "can be treated as if it were not there": we read no Date */
    {"regbadct", 400, 400},
    {"badaspec", 400, NOT_ASKED},
    {"baddn", 400, NOT_ASKED},
    {"badvers", 505, NOT_ASKED},
    {"mismatch01", 400, NOT_ASKED},
    {"mismatch02", 400, NOT_ASKED},
    {"bigcode", DISCARDED, NOT_ASKED},
    /* 3.2 transaction layer */
    {"badbranch", 200, NOT_ASKED}, /* a cookie and nothing behind it: matched as RFC 2543 does */
    /* 3.3 application layer */
    {"insuf", 400, NOT_ASKED},
    {"unkscm", 416, NOT_ASKED},
    {"novelsc", 416, NOT_ASKED},
    {"unksm2", 405, 400}, /* a registrar has no address of record in To; others do not care */
    {"bext01", 420, NOT_ASKED},
    {"invut", 415, NOT_ASKED},
    {"regaut01", 405, 200}, /* an unknown scheme: an open registrar ignores it, see below */
    {"multi01", 400, NOT_ASKED},
    {"mcl01", 400, NOT_ASKED},
    {"bcast", DISCARDED, NOT_ASKED},
    {"zeromf", 200, NOT_ASKED}, /* it has arrived: only a proxy would say 483 */
    {"cparam01", 405, 200},
    {"cparam02", 405, 200},
    {"regescrt", 405, 200},
    {"sdp01", 480, NOT_ASKED},
    {"inv2543", 480, NOT_ASKED},
};

static const struct hf_address stranger = {
    .family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 9}};

static struct hf_slice load(const char *name, char *buffer, size_t size) {
    char path[512];

    snprintf(path, sizeof path, "%s/%s.dat", TORTURE, name);
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    size_t len = fread(buffer, 1, size, file);

    fclose(file);
    assert_true(len > 0 && len < size);
    return slice_of(buffer, len);
}

static int status_of_answer(struct hf_slice bytes) {
    static struct sip_message answer;

    assert_int_equal(sip_message_parse(&answer, bytes), SIP_PARSED);
    assert_false(answer.is_request);
    return (int)answer.status;
}

/* The user that the message is for, so that it gets as far as it can. */
static void set_user(struct hf_settings *settings, struct hf_slice message) {
    static struct sip_message request;
    char user[256];
    struct writer w = writer_of(user, sizeof user);
    struct sip_uri uri;

    (void)sip_message_parse(&request, message);
    if (request.is_request && uri_parse(request.request_uri, &uri) && uri.user.len > 0)
        write_unescaped(&w, uri.user);
    else
        writer_put_literal(&w, "alice");
    assert_true(writer_terminate(&w));
    assert_int_equal(hf_settings_set(settings, "user", user, NULL), 0);
}

/* An agent with one open path on which strangers can be heard. */
static struct hf_agent *make_agent(struct hf_slice message) {
    const struct hf_agent_options options = {.seed = {1}};
    const struct hf_address local = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}};
    struct hf_settings *settings;
    struct hf_agent *agent;
    struct hf_output output;
    hf_account_id id;

    assert_int_equal(hf_agent_create(&options, &agent, 0), 0);
    assert_int_equal(hf_settings_create("generic", &settings), 0);
    set_user(settings, message);
    assert_int_equal(hf_settings_set(settings, "servers[1].address", "192.0.2.2", NULL), 0);
    assert_int_equal(hf_agent_add_account(agent, settings, 0, &id, 0), 0);
    hf_settings_free(settings);
    while (hf_agent_next_output(agent, &output))
        if (output.kind == HF_OUTPUT_OPEN)
            assert_int_equal(hf_agent_path_opened(agent, output.open.path, &local, 0), 0);
    return agent;
}

static int judged_by_agent(struct hf_slice message) {
    struct hf_agent *agent = make_agent(message);
    struct hf_output output;
    int status = DISCARDED;

    assert_int_equal(hf_agent_receive(agent, 1, &stranger, message.ptr, message.len, 0), 0);
    while (hf_agent_next_output(agent, &output))
        if (output.kind == HF_OUTPUT_SEND)
            status = status_of_answer(output.send.bytes);
    hf_agent_free(agent);
    return status;
}

static int judged_by_registrar(struct hf_slice message, bool open) {
    struct registrar_options options;
    struct registrar *registrar;
    struct hf_output output;
    struct outbox outbox;
    int status = DISCARDED;

    registrar_options_init(&options);
    options.open = open;
    options.expires_min = 0;
    outbox_init(&outbox);
    assert_int_equal(registrar_create(&options, &registrar, 0), 0);
    registrar_receive(registrar, 1, &stranger, false, message, &outbox, 0);
    while (outbox_next(&outbox, &output))
        status = status_of_answer(output.send.bytes);
    registrar_free(registrar);
    outbox_release(&outbox);
    return status;
}

static void test_torture(void **state) {
    const struct torture *torture = *state;
    static char buffer[1 << 16];
    struct hf_slice message = load(torture->name, buffer, sizeof buffer);

    assert_int_equal(judged_by_agent(message), torture->by_agent);
    if (torture->by_registrar != NOT_ASKED)
        assert_int_equal(judged_by_registrar(message, true), torture->by_registrar);
}

static struct sip_message parsed;

static void parse(const char *name) {
    static char buffer[1 << 16];

    assert_int_equal(sip_message_parse(&parsed, load(name, buffer, sizeof buffer)), SIP_PARSED);
}

#define assert_slice(slice, text) assert_true(slice_equal(slice, slice_from(text)))

static void test_values__of_the_short_tortuous_invite(void **state) {
    struct sip_values values;
    struct hf_slice value, tag;
    struct sip_cseq cseq;
    struct via via;
    unsigned vias = 0;

    (void)state;
    parse("wsinv");
    assert_true(sip_tag_read(&parsed, SIP_HEADER_TO, &tag));
    assert_slice(tag, "1918181833n");
    assert_true(sip_tag_read(&parsed, SIP_HEADER_FROM, &tag));
    assert_slice(tag, "98asjd8");
    assert_true(sip_cseq_read(&parsed, &cseq));
    assert_int_equal(cseq.number, 9);
    assert_slice(sip_value(&parsed, SIP_HEADER_MAX_FORWARDS), "0068");
    values = sip_values(&parsed, SIP_HEADER_VIA);
    for (; sip_values_next(&values, &value); vias++)
        assert_true(via_parse(value, &via));
    assert_int_equal(vias, 3);
    assert_slice(via.branch, "z9hG4bK30239");
}

static void test_values__of_escapes_semicolons_and_contacts(void **state) {
    struct contact contact;
    struct sip_uri uri;
    struct hf_slice value;

    (void)state;
    parse("semiuri");
    assert_true(uri_parse(parsed.request_uri, &uri));
    assert_slice(uri.user, "user;par=u%40example.net");
    parse("cparam02");
    assert_true(contact_parse(sip_value(&parsed, SIP_HEADER_CONTACT), &contact));
    assert_true(uri_parse(contact.address.uri, &uri));
    assert_true(uri_parameter(&uri, SLICE("unknownparam"), &value));
    parse("cparam01");
    assert_true(contact_parse(sip_value(&parsed, SIP_HEADER_CONTACT), &contact));
    assert_slice(contact.address.parameters, ";unknownparam");
    parse("regescrt");
    assert_true(contact_parse(sip_value(&parsed, SIP_HEADER_CONTACT), &contact));
    assert_true(uri_parse(contact.address.uri, &uri));
    assert_slice(uri.headers, "Route=%3Csip:sip.example.com%3E");
    parse("intmeth");
    assert_int_equal(parsed.method, SIP_METHOD_OTHER);
    assert_true(uri_parse(parsed.request_uri, &uri));
    assert_slice(uri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
}

static void test_an_unknown_scheme_of_credentials_is_challenged(void **state) {
    static char buffer[1 << 16];

    (void)state;
    assert_int_equal(judged_by_registrar(load("regaut01", buffer, sizeof buffer), false), 401);
}

int main(void) {
    enum { COUNT = sizeof tortures / sizeof tortures[0] };
    struct CMUnitTest tests[COUNT + 3] = {
        cmocka_unit_test(test_values__of_the_short_tortuous_invite),
        cmocka_unit_test(test_values__of_escapes_semicolons_and_contacts),
        cmocka_unit_test(test_an_unknown_scheme_of_credentials_is_challenged),
    };

    _Static_assert(COUNT == 49, "RFC 4475 has 49 messages");
    for (size_t i = 0; i < COUNT; i++)
        tests[i + 3] = (struct CMUnitTest){.name = tortures[i].name,
                                           .test_func = test_torture,
                                           .initial_state = (void *)(uintptr_t)&tortures[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
