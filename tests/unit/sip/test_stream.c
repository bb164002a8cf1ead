/* However a connection cuts its bytes, the same messages, pings and pongs come out. */
#include "sip/stream.h"

#include <stdlib.h>

#include "../cmocka_all.h"
#include "base/limits.h"
#include "base/writer.h"

#define HEAD "OPTIONS sip:bob@192.0.2.1 SIP/2.0\r\nCall-ID: a\r\n"
#define MESSAGE_4 HEAD "Content-Length: 4\r\n\r\nbody"
#define MESSAGE_0 "SIP/2.0 200 OK\r\nl: 0\r\n\r\n"
/* A body that looks like what stands between messages. */
#define MESSAGE_BLANKS HEAD "Content-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n"

/* What has come out, one letter an item, and the messages behind each other. */
struct outcome {
    char items[32];
    char messages[1024];
    struct writer w_items, w_messages;
    bool over;
};

static void begin(struct outcome *outcome) {
    *outcome = (struct outcome){0};
    outcome->w_items = writer_of(outcome->items, sizeof outcome->items - 1);
    outcome->w_messages = writer_of(outcome->messages, sizeof outcome->messages - 1);
}

static void feed(struct outcome *outcome, struct stream *stream, struct hf_slice input) {
    static const char letters[] = " MpoUBN";
    struct hf_slice ret;

    if (outcome->over)
        return;
    for (enum stream_item item; (item = stream_next(stream, &input, &ret)) != STREAM_MORE;) {
        writer_put_char(&outcome->w_items, letters[item]);
        if (item == STREAM_MESSAGE)
            writer_put_slice(&outcome->w_messages, ret);
        outcome->over = item >= STREAM_UNFRAMED;
        if (outcome->over)
            return;
    }
    assert_int_equal(input.len, 0);
}

static void expect(struct hf_slice bytes, size_t cut, size_t other_cut, const char *items,
                   const char *messages) {
    struct stream stream = {0};
    struct outcome outcome;

    begin(&outcome);
    feed(&outcome, &stream, slice_of(bytes.ptr, cut));
    feed(&outcome, &stream, slice_of(bytes.ptr + cut, other_cut - cut));
    feed(&outcome, &stream, slice_from_index(bytes, other_cut));
    assert_string_equal(outcome.items, items);
    assert_string_equal(outcome.messages, messages);
    if (!strpbrk(items, "UB"))
        assert_null(stream.buffer); /* an idle connection costs nothing */
    stream_clear(&stream);
}

/* In three pieces, at every pair of places. */
static void expect_however_cut(const char *text, const char *items, const char *messages) {
    struct hf_slice bytes = slice_from(text);

    for (size_t cut = 0; cut <= bytes.len; cut++)
        for (size_t other = cut; other <= bytes.len; other++)
            expect(bytes, cut, other, items, messages);
}

static void test_stream__gives_whole_messages_however_they_are_cut(void **state) {
    (void)state;
    expect_however_cut(MESSAGE_4 MESSAGE_0 MESSAGE_4, "MMM", MESSAGE_4 MESSAGE_0 MESSAGE_4);
}

static void test_stream__gives_messages_of_single_bytes(void **state) {
    struct hf_slice bytes = SLICE(MESSAGE_4 "\r\n\r\n" MESSAGE_BLANKS);
    struct stream stream = {0};
    struct outcome outcome;

    (void)state;
    begin(&outcome);
    for (size_t i = 0; i < bytes.len; i++)
        feed(&outcome, &stream, slice_of(bytes.ptr + i, 1));
    assert_string_equal(outcome.items, "MpM");
    assert_string_equal(outcome.messages, MESSAGE_4 MESSAGE_BLANKS);
    stream_clear(&stream);
}

/* Report 52. */
static void test_stream__tells_pings_from_blank_lines_inside_messages(void **state) {
    (void)state;
    expect_however_cut("\r\n\r\n" MESSAGE_BLANKS "\r\n\r\n" MESSAGE_BLANKS, "pMpM",
                       MESSAGE_BLANKS MESSAGE_BLANKS);
    expect_however_cut("\r\n\r\n\r\n\r\n", "pp", "");
    expect_however_cut("\r\n" MESSAGE_0 "\r\n" MESSAGE_0, "MM", MESSAGE_0 MESSAGE_0);
    expect_however_cut("\n\n\r\r" MESSAGE_0, "M", MESSAGE_0);
}

static void test_stream__takes_the_first_crlf_after_a_ping_of_ours_for_the_pong(void **state) {
    static const char text[] = "\r\n\r\n\r\n" MESSAGE_0;

    (void)state;
    for (size_t cut = 0; cut < sizeof text; cut++) {
        struct stream stream = {.pong_awaited = true};
        struct outcome outcome;

        begin(&outcome);
        feed(&outcome, &stream, slice_of(text, cut));
        feed(&outcome, &stream, slice_of(text + cut, sizeof text - 1 - cut));
        assert_string_equal(outcome.items, "opM"); /* the server pinged as well */
        assert_false(stream.pong_awaited);
        stream_clear(&stream);
    }
}

static void test_stream__ends_where_nobody_knows_how_long_a_message_is(void **state) {
    (void)state;
    expect_however_cut(MESSAGE_0 HEAD "\r\n", "MU", MESSAGE_0);
    expect_however_cut(HEAD "l: 4\r\nl: 5\r\n\r\nbody", "U", "");
    expect_however_cut(HEAD "l: -1\r\n\r\n", "U", "");
    expect_however_cut(HEAD "l: 65535\r\n\r\n", "U", "");
    expect_however_cut(HEAD "l: 99999999999999999999\r\n\r\n", "U", "");
    expect_however_cut("GET / HTTP/1.1\r\nl: 0\r\n\r\n", "B", "");
}

static void test_stream__holds_no_more_than_one_message(void **state) {
    struct stream stream = {0};
    struct hf_slice ret;
    size_t fed = 0;
    enum stream_item item = STREAM_MORE;

    (void)state;
    while (item == STREAM_MORE && fed < 10 * LIMIT_MESSAGE_BYTES) {
        struct hf_slice input = SLICE("X-Endless: yes\r\n");

        fed += input.len;
        item = stream_next(&stream, &input, &ret);
        assert_in_range(stream.capacity, 0, LIMIT_MESSAGE_BYTES + 1);
    }
    assert_int_equal(item, STREAM_BROKEN);
    assert_in_range(fed, LIMIT_MESSAGE_BYTES, LIMIT_MESSAGE_BYTES + 16);
    stream_clear(&stream);
}

static void test_stream__gives_the_longest_message(void **state) {
    static char text[LIMIT_MESSAGE_BYTES];
    struct stream stream = {0};
    struct hf_slice ret, input;
    struct writer w = writer_of(text, sizeof text);
    enum stream_item item = STREAM_MORE;
    const char head[] = HEAD "Content-Length: ";

    (void)state;
    writer_put_literal(&w, HEAD "Content-Length: ");
    writer_put_number(&w, sizeof text - (sizeof head - 1) - 9);
    writer_put_literal(&w, "\r\n\r\n");
    for (size_t at = 0; at < sizeof text && item == STREAM_MORE; at += input.len) {
        input = slice_of(text + at, sizeof text - at < 1000 ? sizeof text - at : 1000);
        struct hf_slice rest = input;

        item = stream_next(&stream, &rest, &ret);
    }
    assert_int_equal(item, STREAM_MESSAGE);
    assert_int_equal(ret.len, sizeof text);
    stream_clear(&stream);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream__gives_whole_messages_however_they_are_cut),
        cmocka_unit_test(test_stream__gives_messages_of_single_bytes),
        cmocka_unit_test(test_stream__tells_pings_from_blank_lines_inside_messages),
        cmocka_unit_test(test_stream__takes_the_first_crlf_after_a_ping_of_ours_for_the_pong),
        cmocka_unit_test(test_stream__ends_where_nobody_knows_how_long_a_message_is),
        cmocka_unit_test(test_stream__holds_no_more_than_one_message),
        cmocka_unit_test(test_stream__gives_the_longest_message),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
