/* Requests from outside, as the whole agent answers them: whose they are, who sends them, what is
 * said. */
#include "../unit/cmocka_all.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/internal.h"
#include "base/outbox.h"
#include "holdfast/settings.h"
#include "registrar/registrar.h"

static const struct hf_address server = {
    .family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}};
static const struct hf_address stranger = {
    .family = HF_FAMILY_IPV4, .port = 5060, .ip = {203, 0, 113, 9}};
static const struct hf_address local = {
    .family = HF_FAMILY_IPV4, .port = 40000, .ip = {198, 51, 100, 1}};

static struct hf_agent *agent;
static struct registrar *registrar;
static hf_path_id path; /* the last one opened */
static char contact[256];
static char answer[4096]; /* the last; "" = none */
static unsigned answers;
static hf_time now;

static void answer_register(struct hf_slice request) {
    struct outbox outbox;
    struct hf_output output;
    const char *at = memmem(request.ptr, request.len, "\r\nContact: <", 12);

    assert_non_null(at);
    snprintf(contact, sizeof contact, "%.*s", (int)strcspn(at + 12, ">"), at + 12);
    outbox_init(&outbox);
    registrar_receive(registrar, path, &local, false, request, &outbox, now);
    while (outbox_next(&outbox, &output))
        hf_agent_receive(agent, path, &server, output.send.bytes.ptr, output.send.bytes.len, now);
    outbox_release(&outbox);
}

static void resolve(const struct hf_output_resolve *question) {
    const struct hf_dns_record record = {.type = HF_DNS_A, .ttl = 60, .address = server};
    const struct hf_dns_answer none = {.result = HF_DNS_NO_RECORD, .negative_ttl = 60};
    const struct hf_dns_answer one = {.records = &record, .count = 1};

    hf_agent_resolved(agent, question->query, question->type == HF_DNS_A ? &one : &none, now);
}

static void pump(void) {
    char bytes[8192];
    struct hf_output output;

    while (hf_agent_next_output(agent, &output)) {
        if (output.kind == HF_OUTPUT_OPEN) {
            path = output.open.path;
            assert_int_equal(hf_agent_path_opened(agent, path, &local, now), 0);
        } else if (output.kind == HF_OUTPUT_RESOLVE) {
            resolve(&output.resolve);
        } else if (output.kind == HF_OUTPUT_SEND) {
            struct hf_slice sent = output.send.bytes;

            memcpy(bytes, sent.ptr, sent.len);
            bytes[sent.len] = '\0';
            if (memcmp(bytes, "REGISTER", 8) == 0) {
                answer_register(slice_of(bytes, sent.len));
            } else {
                strcpy(answer, bytes);
                answers++;
            }
        }
    }
    agent_check(agent);
}

static hf_account_id add_account(const char *user, ...) {
    struct hf_settings *settings;
    const char *pair;
    hf_account_id id;
    va_list pairs;

    assert_int_equal(hf_settings_create("generic", &settings), 0);
    assert_int_equal(hf_settings_set(settings, "user", user, NULL), 0);
    assert_int_equal(hf_settings_set(settings, "servers[1].address", "192.0.2.1", NULL), 0);
    va_start(pairs, user);
    while ((pair = va_arg(pairs, const char *)) != NULL) {
        char key[64];

        snprintf(key, sizeof key, "%.*s", (int)strcspn(pair, "="), pair);
        assert_int_equal(hf_settings_set(settings, key, strchr(pair, '=') + 1, NULL), 0);
    }
    va_end(pairs);
    assert_int_equal(hf_agent_add_account(agent, settings, 1, &id, now), 0);
    hf_settings_free(settings);
    pump();
    return id;
}

static int setup(void **state) {
    const struct hf_agent_options options = {.seed = {7}};
    struct registrar_options open;

    (void)state;
    now = 1000 * HF_SECOND;
    answers = 0;
    registrar_options_init(&open);
    open.open = true;
    assert_int_equal(hf_agent_create(&options, &agent, now), 0);
    assert_int_equal(registrar_create(&open, &registrar, now), 0);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    hf_agent_free(agent);
    registrar_free(registrar);
    return 0;
}

static unsigned branches;
static size_t asked_len;

/* Sends a request to the agent; the status of its answer, 0 when there is none. */
static int ask_from(const struct hf_address *from, const char *method, const char *uri,
                    const char *more) {
    char request[2048];
    int status = 0;

    answer[0] = '\0';
    branches++;
    int len = snprintf(request, sizeof request,
                       "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK%u\r\n"
                       "From: <sip:pinger@192.0.2.1>;tag=1\r\nTo: <%s>\r\nCall-ID: %u@x\r\n"
                       "CSeq: 1 %s\r\n%sContent-Length: 0\r\n\r\n",
                       method, uri, branches, uri, branches, method, more);

    asked_len = (size_t)len;
    assert_int_equal(hf_agent_receive(agent, path, from, request, asked_len, now), 0);
    pump();
    if (answer[0] != '\0')
        assert_int_equal(sscanf(answer, "SIP/2.0 %d ", &status), 1);
    return status;
}

static int ask(const char *method, const char *uri, const char *more) {
    return ask_from(&server, method, uri, more);
}

static bool answer_has(const char *text) {
    return strstr(answer, text) != NULL;
}

static void test_options__to_our_contact_tells_what_we_can_do(void **state) {
    (void)state;
    add_account("alice", NULL);
    assert_int_equal(ask("OPTIONS", contact, ""), 200);
    assert_true(answer_has("\r\nAllow: OPTIONS, NOTIFY\r\n"));
    assert_true(answer_has("\r\nAccept: application/sdp\r\n"));
    assert_true(answer_has("\r\nSupported: path\r\n"));
    assert_true(answer_has("\r\nAllow-Events: keep-alive, message-summary\r\n"));
    assert_true(answer_has(";tag="));
}

static void test_options__to_our_user_or_to_no_user_at_all_is_answered(void **state) {
    (void)state;
    add_account("alice", NULL);
    assert_int_equal(ask("OPTIONS", "sip:alice@198.51.100.1:40000", ""), 200);
    assert_int_equal(ask("OPTIONS", "sip:%61lice@192.0.2.1", ""), 200); /* an escape */
    assert_int_equal(ask("OPTIONS", "sip:198.51.100.1:40000", ""), 200);
}

static void test_a_user_that_is_none_of_ours__is_not_found(void **state) {
    (void)state;
    hf_account_id alice = add_account("alice", NULL);

    assert_int_equal(ask("OPTIONS", "sip:mallory@198.51.100.1:40000", ""), 404);
    assert_int_equal(ask("OPTIONS", "sip:Alice@198.51.100.1:40000", ""), 404); /* case matters */
    assert_int_equal(ask("INVITE", "sip:mallory@198.51.100.1:40000", ""), 404);
    assert_int_equal(ask("NOTIFY", "sip:@198.51.100.1:40000", "Event: keep-alive\r\n"), 400);
    assert_int_equal(hf_agent_remove_account(agent, alice, now), 0);
    add_account("bob", NULL);
    assert_int_equal(ask("OPTIONS", "sip:alice@198.51.100.1:40000", ""), 404);
}

static void test_accounts_of_one_user__are_told_apart_by_their_line(void **state) {
    char first[256];

    (void)state;
    add_account("alice", "accept.server_only=yes", NULL);
    strcpy(first, contact);
    add_account("alice", "servers[2].address=203.0.113.9", "domain=b.example",
                "servers[1].address=sip.b.example", "accept.server_only=yes", NULL);
    assert_string_not_equal(first, contact);
    assert_int_equal(ask_from(&stranger, "OPTIONS", first, ""), 403);
    assert_int_equal(ask_from(&stranger, "OPTIONS", contact, ""), 200); /* its second server */
}

static void test_contact_user__is_what_requests_are_addressed_to(void **state) {
    (void)state;
    add_account("alice", "contact.user=line1", NULL);
    assert_int_equal(ask("OPTIONS", "sip:line1@198.51.100.1:40000", ""), 200);
}

static void test_changed_settings__are_found_by_the_new_user(void **state) {
    struct hf_settings *settings;

    (void)state;
    hf_account_id id = add_account("alice", NULL);

    assert_int_equal(hf_settings_create("generic", &settings), 0);
    assert_int_equal(hf_settings_set(settings, "user", "carol", NULL), 0);
    assert_int_equal(hf_settings_set(settings, "servers[1].address", "192.0.2.1", NULL), 0);
    assert_int_equal(hf_agent_change_account(agent, id, settings, now), 0);
    hf_settings_free(settings);
    pump();
    assert_int_equal(ask("OPTIONS", "sip:carol@198.51.100.1:40000", ""), 200);
    assert_int_equal(ask("OPTIONS", "sip:alice@198.51.100.1:40000", ""), 404);
}

static void test_notify__of_keep_alives_and_voice_mail_is_taken(void **state) {
    (void)state;
    add_account("alice", NULL);
    assert_int_equal(ask("NOTIFY", contact, "Event: keep-alive\r\n"), 200);
    assert_int_equal(ask("NOTIFY", contact, "o: Keep-Alive;id=1\r\n"), 200);
    assert_int_equal(ask("NOTIFY", contact, "Event: message-summary\r\n"), 200);
    assert_int_equal(ask("NOTIFY", contact, ""), 200); /* not even an Event */
}

static void test_notify__of_other_events_and_of_dialogs_is_refused(void **state) {
    (void)state;
    add_account("alice", NULL);
    assert_int_equal(ask("NOTIFY", contact, "Event: check-sync\r\n"), 489);
    assert_true(answer_has("\r\nAllow-Events: keep-alive, message-summary\r\n"));
    char request[1024];

    answer[0] = '\0';
    int len = snprintf(request, sizeof request,
                       "NOTIFY %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKdialog\r\n"
                       "From: <sip:pinger@192.0.2.1>;tag=1\r\nTo: <%s>;tag=17\r\nCall-ID: d@x\r\n"
                       "CSeq: 1 NOTIFY\r\nEvent: keep-alive\r\nContent-Length: 0\r\n\r\n",
                       contact, contact);

    assert_int_equal(hf_agent_receive(agent, path, &server, request, (size_t)len, now), 0);
    pump();
    assert_true(answer_has("SIP/2.0 481 "));
}

static void test_other_methods__are_refused_with_those_that_are_allowed(void **state) {
    (void)state;
    add_account("alice", NULL);
    assert_int_equal(ask("MESSAGE", contact, ""), 405);
    assert_true(answer_has("\r\nAllow: OPTIONS, NOTIFY\r\n"));
    assert_int_equal(ask("DANCE", contact, ""), 501);
    assert_true(answer_has("\r\nAllow: OPTIONS, NOTIFY\r\n"));
    assert_int_equal(ask("INVITE", contact, ""), 480);
    assert_int_equal(ask("BYE", contact, ""), 481);
    assert_int_equal(ask("OPTIONS", contact, "Require: 100rel\r\n"), 420);
    assert_true(answer_has("\r\nUnsupported: 100rel\r\n"));
    assert_int_equal(ask("ACK", contact, ""), 0); /* never answered */
}

static void test_known_servers_only__refuses_strangers(void **state) {
    (void)state;
    add_account("alice", "accept.server_only=yes", NULL);
    assert_int_equal(ask_from(&stranger, "OPTIONS", contact, ""), 403);
    assert_int_equal(ask_from(&stranger, "INVITE", contact, ""), 403);
    assert_int_equal(ask_from(&stranger, "NOTIFY", "sip:198.51.100.1:40000", ""), 403);
    assert_int_equal(ask_from(&stranger, "ACK", contact, ""), 0);
    assert_int_equal(ask("OPTIONS", contact, ""), 200);
    struct hf_address other_port = server;

    other_port.port = 5070; /* many servers send from another port */
    assert_int_equal(ask_from(&other_port, "OPTIONS", contact, ""), 200);
}

static void test_known_servers__are_those_of_all_names_and_proxies(void **state) {
    struct hf_address proxy = stranger, second = stranger;

    (void)state;
    proxy.ip[3] = 10;
    second.ip[3] = 11;
    add_account("alice", "accept.server_only=yes", "servers[1].address=sip.example.com",
                "servers[2].address=203.0.113.11", NULL);
    assert_int_equal(ask("OPTIONS", contact, ""), 200); /* what its name leads to */
    assert_int_equal(ask_from(&second, "OPTIONS", contact, ""), 200);
    assert_int_equal(ask_from(&proxy, "OPTIONS", contact, ""), 403);
    add_account("bob", "accept.server_only=yes", "proxies[1].address=203.0.113.10", NULL);
    assert_int_equal(ask_from(&proxy, "OPTIONS", "sip:bob@198.51.100.1", ""), 200);
    assert_int_equal(ask("OPTIONS", "sip:bob@198.51.100.1", ""), 200); /* behind its proxy */
}

static void test_everybody__is_answered_where_the_settings_do_not_say_otherwise(void **state) {
    (void)state;
    add_account("alice", NULL);
    assert_int_equal(ask_from(&stranger, "OPTIONS", contact, ""), 200);
}

static void test_a_flood_of_strangers__leaves_no_state_and_gets_few_answers(void **state) {
    (void)state;
    add_account("alice", "accept.server_only=yes", NULL);
    for (int i = 0; i < 10000; i++)
        ask_from(&stranger, "OPTIONS", contact, "");
    assert_int_equal(answers, 100);
    assert_int_equal(agent->servers.slab.count, 0);
    assert_int_equal(ask("OPTIONS", contact, ""), 200); /* our server is heard all the while */
    now += HF_SECOND;
    assert_int_equal(ask_from(&stranger, "OPTIONS", contact, ""), 403);
}

static void test_an_answer__is_hardly_longer_than_what_it_answers(void **state) {
    (void)state;
    add_account("alice", "accept.server_only=yes", NULL);
    assert_int_equal(ask_from(&stranger, "OPTIONS", contact, ""), 403);
    assert_in_range(strlen(answer), 100, asked_len + 40); /* a tag, and received */
    assert_int_equal(ask("OPTIONS", contact, ""), 200);
    assert_in_range(strlen(answer), 100, asked_len * 2);
}

static void test_a_retransmission__gets_the_very_same_answer(void **state) {
    char first[4096];

    (void)state;
    add_account("alice", NULL);
    ask("OPTIONS", contact, "");
    strcpy(first, answer);
    branches--; /* the same branch once more */
    ask("OPTIONS", contact, "");
    assert_string_equal(answer, first);
    assert_int_equal(agent->servers.slab.count, 1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_options__to_our_contact_tells_what_we_can_do),
        TEST(test_options__to_our_user_or_to_no_user_at_all_is_answered),
        TEST(test_a_user_that_is_none_of_ours__is_not_found),
        TEST(test_accounts_of_one_user__are_told_apart_by_their_line),
        TEST(test_contact_user__is_what_requests_are_addressed_to),
        TEST(test_changed_settings__are_found_by_the_new_user),
        TEST(test_notify__of_keep_alives_and_voice_mail_is_taken),
        TEST(test_notify__of_other_events_and_of_dialogs_is_refused),
        TEST(test_other_methods__are_refused_with_those_that_are_allowed),
        TEST(test_known_servers_only__refuses_strangers),
        TEST(test_known_servers__are_those_of_all_names_and_proxies),
        TEST(test_everybody__is_answered_where_the_settings_do_not_say_otherwise),
        TEST(test_a_flood_of_strangers__leaves_no_state_and_gets_few_answers),
        TEST(test_an_answer__is_hardly_longer_than_what_it_answers),
        TEST(test_a_retransmission__gets_the_very_same_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
