#include "../cmocka_all.h"

#include "base/limits.h"
#include "daemon/view.h"

static const struct wall_clock clock_of_test = {
    .now = 1000 * HF_SECOND,
    .unix_at_now = INT64_C(1795240347443000),
};

static struct hf_address address_of(const char *text, uint16_t port) {
    struct hf_address address;

    assert_true(address_parse(slice_from(text), &address));
    address.port = port;
    return address;
}

static void assert_written(const struct writer *w, const char *expected) {
    struct hf_slice text = writer_slice(w);

    assert_int_equal(text.len, strlen(expected));
    assert_memory_equal(text.ptr, expected, text.len);
}

static void test_view__a_status_has_exactly_the_fields_of_the_contract(void **state) {
    const struct hf_account_status status = {
        .state = HF_STATE_REGISTERED,
        .server = SLICE("sip.example.com:5060"),
        .target = address_of("192.0.2.1", 5060),
        .transport = HF_TRANSPORT_UDP,
        .contact = SLICE("sip:alice@192.0.2.9:5062"),
        .registered_since_at = 990 * HF_SECOND,
        .binding_expires_at = 1119 * HF_SECOND + 499 * HF_MILLISECOND,
        .next_attempt_at = 999 * HF_SECOND,
        .failures = 2,
        .last_status = 200,
        .last_reason = SLICE("OK"),
    };
    struct status_view view;
    char buffer[1024];
    struct writer w = writer_of(buffer, sizeof(buffer));

    (void)state;
    status_view_init(&view, SLICE("office/1"), &status, &clock_of_test);
    status_view_write_json(&view, &w);
    assert_written(&w, "{\"account\": \"office/1\", \"state\": \"registered\", "
                       "\"server\": \"sip.example.com:5060\", \"target\": \"192.0.2.1:5060\", "
                       "\"transport\": \"udp\", \"contact\": \"sip:alice@192.0.2.9:5062\", "
                       "\"registered_since\": 1795240337.443, \"binding_expires_in\": 119.499, "
                       "\"next_attempt_in\": 0.000, \"failures\": 2, \"last_status\": 200, "
                       "\"last_reason\": \"OK\"}");
}

static void test_view__what_is_unknown_is_null(void **state) {
    const struct hf_account_status status = {
        .state = HF_STATE_WAITING,
        .transport = HF_TRANSPORT_TLS,
        .registered_since_at = HF_NEVER,
        .binding_expires_at = HF_NEVER,
        .next_attempt_at = HF_NEVER,
    };
    struct status_view view;
    char buffer[1024];
    struct writer w = writer_of(buffer, sizeof(buffer));

    (void)state;
    status_view_init(&view, SLICE("a"), &status, &clock_of_test);
    status_view_write_json(&view, &w);
    assert_written(&w, "{\"account\": \"a\", \"state\": \"waiting\", \"server\": null, "
                       "\"target\": null, \"transport\": \"tls\", \"contact\": null, "
                       "\"registered_since\": null, \"binding_expires_in\": null, "
                       "\"next_attempt_in\": null, \"failures\": 0, \"last_status\": null, "
                       "\"last_reason\": null}");
}

static void test_view__all_registrations_of_an_account_fit_in_one_object(void **state) {
    static char contact[640], reason[256], name[LIMIT_NAME_BYTES + 6], buffer[65536];
    struct writer w = writer_of(buffer, sizeof(buffer));
    struct json_writer json = json_object_begin(&w), list;

    (void)state;
    memset(contact, 'c', sizeof(contact));
    memset(reason, '\033', sizeof(reason)); /* grows sixfold */
    memset(name, 'n', sizeof(name));
    const struct hf_account_status status = {
        .server = slice_of(name, sizeof(name)),
        .target = address_of("2001:db8:1111:2222:3333:4444:5555:6666", 65535),
        .contact = slice_of(contact, sizeof(contact)),
        .last_reason = slice_of(reason, sizeof(reason)),
        .last_status = 699,
        .failures = UINT32_MAX,
    };
    struct status_view view;

    status_view_init(&view, SLICE_NONE, &status, &clock_of_test);
    status_view_put(&view, &json);
    list = json_list_begin(&json, "legs");
    for (int i = 0; i < LIMIT_SERVERS; i++) {
        struct json_writer leg = json_list_object(&list);

        status_view_put(&view, &leg);
        json_object_end(&leg);
    }
    json_list_end(&list);
    json_object_end(&json);
    assert_true(writer_length(&w) > 10000);
    assert_true(writer_length(&w) < STATUS_VIEW_BYTES_MAX);
}

static struct hf_event event_of_test(void) {
    return (struct hf_event){
        .kind = HF_EVENT_REGISTRATION_FAILED,
        .at = 1000 * HF_SECOND - 320 * HF_MILLISECOND,
        .server = SLICE("[2001:db8::1]:5070"),
        .target = address_of("2001:db8::1", 5070),
        .status = 403,
        .reason = SLICE("Go \"away\"\033[2J\n\xff"),
    };
}

static void test_view__an_event_has_exactly_the_fields_of_the_contract(void **state) {
    struct hf_event event = event_of_test();
    struct event_view view;
    char buffer[1024];
    struct writer w = writer_of(buffer, sizeof(buffer));

    (void)state;
    event_view_init(&view, SLICE("b/2"), &event, &clock_of_test);
    event_view_write_json(&view, &w);
    assert_written(&w, "{\"time\": \"2026-11-21T05:52:27.123Z\", \"account\": \"b/2\", "
                       "\"event\": \"registration_failed\", \"server\": \"[2001:db8::1]:5070\", "
                       "\"target\": \"[2001:db8::1]:5070\", \"status\": 403, "
                       "\"reason\": \"Go \\\"away\\\"\\u001b[2J\\u000a\xEF\xBF\xBD\"}");
}

static void test_view__a_reason_cannot_break_a_log_line_or_move_a_cursor(void **state) {
    struct hf_event event = event_of_test();
    struct event_view view;
    char buffer[1024];
    struct writer w = writer_of(buffer, sizeof(buffer));

    (void)state;
    event_view_init(&view, SLICE("b/2"), &event, &clock_of_test);
    event_view_write_text(&view, &w);
    assert_written(&w, "b/2 [2001:db8::1]:5070 registration_failed: 403 Go \"away\".[2J."
                       "\xEF\xBF\xBD");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_view__a_status_has_exactly_the_fields_of_the_contract),
        cmocka_unit_test(test_view__what_is_unknown_is_null),
        cmocka_unit_test(test_view__all_registrations_of_an_account_fit_in_one_object),
        cmocka_unit_test(test_view__an_event_has_exactly_the_fields_of_the_contract),
        cmocka_unit_test(test_view__a_reason_cannot_break_a_log_line_or_move_a_cursor),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
