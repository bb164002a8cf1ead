#include "../cmocka_all.h"

#include <stdio.h>

#include "daemon/control_protocol.h"

static int parse(struct hf_slice line, struct control_request *ret) {
    char error[CONTROL_ERROR_BYTES] = "";
    int result = control_request_parse(line, ret, error);

    /* Whoever is refused is told why. */
    assert_true((result == 0) == (error[0] == '\0'));
    return result;
}

static void test_control_protocol__requests_survive_writing_and_reading(void **state) {
    (void)state;
    for (int c = CONTROL_STATUS; c <= CONTROL_RELOAD; c++) {
        struct control_request request = {.command = (enum control_command)c};
        struct control_request back;
        char text[CONTROL_REQUEST_BYTES_MAX];
        struct writer w = writer_of(text, sizeof(text));
        struct hf_slice line;

        if (c != CONTROL_SUMMARY && c != CONTROL_EVENTS && c != CONTROL_RELOAD) {
            memcpy(request.account, "a\"\\\nü/1", 8);
            request.account_len = 8;
        }
        control_request_write(&request, &w);
        line = writer_slice(&w);
        assert_int_equal(slice_index(line, '\n'), line.len - 1);
        assert_int_equal(parse(slice_of(line.ptr, line.len - 1), &back), 0);
        assert_int_equal(back.command, c);
        assert_true(slice_equal(control_request_account(&back), control_request_account(&request)));
    }
}

static void test_control_protocol__anything_else_is_refused_and_changes_nothing(void **state) {
    static const struct hf_slice wrong[] = {
        SLICE(""),
        SLICE("status"),
        SLICE("[]"),
        SLICE("null"),
        SLICE("{}"),
        SLICE("{\"command\": 1}"),
        SLICE("{\"command\": \"destroy\"}"),
        SLICE("{\"command\": \"status\""),
        SLICE("{\"command\": \"status\"} {}"),
        SLICE("{\"command\": \"status\", \"command\": \"events\"}"),
        SLICE("{\"command\": \"status\", \"account\": 7}"),
        SLICE("{\"command\": \"status\", \"account\": \"\"}"),
        SLICE("{\"command\": \"status\", \"account\": null}"),
        SLICE("{\"command\": \"status\", \"acount\": \"a\"}"),
        SLICE("{\"command\": \"explain\"}"),
        SLICE("{\"command\": \"events\", \"account\": \"a\"}"),
        SLICE("{\"command\": \"reload\", \"account\": \"a\"}"),
        SLICE("{\"command\": \"status\", \"account\": \"\xff\"}"),
        SLICE("{\"command\": \"stat\\u0000us\"}"),
        SLICE("\0\0\0"),
    };
    struct control_request request = {.command = CONTROL_RELOAD};

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(parse(wrong[i], &request), HF_ERROR_INVALID);
    assert_int_equal(request.command, CONTROL_RELOAD);
}

static void test_control_protocol__size_and_depth_are_bounded(void **state) {
    static char text[CONTROL_REQUEST_BYTES_MAX + 2];
    struct control_request request;
    int len;

    (void)state;
    memset(text, '[', sizeof(text));
    assert_int_equal(parse(slice_of(text, CONTROL_REQUEST_BYTES_MAX), &request), HF_ERROR_INVALID);
    assert_int_equal(parse(slice_of(text, sizeof(text)), &request), HF_ERROR_INVALID);
    len = snprintf(text, sizeof(text), "{\"command\": \"status\", \"account\": \"%0255d\"}", 0);
    assert_int_equal(parse(slice_of(text, (size_t)len), &request), 0);
    assert_int_equal(request.account_len, 255);
    len = snprintf(text, sizeof(text), "{\"command\": \"status\", \"account\": \"%0256d\"}", 0);
    assert_int_equal(parse(slice_of(text, (size_t)len), &request), HF_ERROR_INVALID);
}

static void test_control_protocol__an_unknown_account_brings_near_ones_to_mind(void **state) {
    char text[4096];
    struct writer w = writer_of(text, sizeof(text));
    struct near_names near;

    (void)state;
    near_names_init(&near, SLICE("ofice/1"));
    near_names_offer(&near, SLICE("office/1"));
    near_names_offer(&near, SLICE("office/2"));
    control_write_unknown_account(&w, &near);
    assert_true(writer_terminate(&w));
    assert_string_equal(text, "{\"result\": \"error\", \"message\": \"there is no account "
                              "'ofice/1'; did you mean 'office/1' or 'office/2'?\"}\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_control_protocol__requests_survive_writing_and_reading),
        cmocka_unit_test(test_control_protocol__anything_else_is_refused_and_changes_nothing),
        cmocka_unit_test(test_control_protocol__size_and_depth_are_bounded),
        cmocka_unit_test(test_control_protocol__an_unknown_account_brings_near_ones_to_mind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
