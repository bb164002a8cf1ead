#include "../cmocka_all.h"

#include "sip/date.h"
#include "sip/message.h"

#include <stdio.h>
#include <time.h>

static void assert_date(const char *text, uint64_t expected) {
    uint64_t seconds = 1;

    assert_true(sip_date_parse(slice_from(text), &seconds));
    assert_true(seconds == expected);
}

static void test_date__is_read_as_the_rfc_writes_it(void **state) {
    (void)state;
    assert_date("Thu, 01 Jan 1970 00:00:00 GMT", 0);
    assert_date("Sat, 13 Nov 2010 23:29:00 GMT", 1289690940);
    assert_date("Sat, 21 Nov 2026 09:00:00 GMT", 1795251600);
    assert_date("29 feb 2000 12:00:01 gmt", 951825601);
    assert_date("Fri,31 Dec 9999\r\n 23:59:59 GMT", 253402300799);
}

static void test_date__agrees_with_the_calendar_of_the_system(void **state) {
    (void)state;
    for (time_t day = 0; day < 400 * 366; day++) {
        time_t at = day * 86400 + day % 86400;
        char text[64];
        struct tm tm;

        assert_non_null(gmtime_r(&at, &tm));
        strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &tm);
        assert_date(text, (uint64_t)at);
    }
}

static void test_date__that_is_none_is_not_read(void **state) {
    static const char *const texts[] = {
        "",
        "Sat",
        "Sat, ",
        "Sat, 21",
        "Sat, 21 Nov",
        "Sat, 21 Nov 2026",
        "Sat, 21 Nov 2026 09:00 GMT",
        "Sat, 21 Nov 2026 09:00:00",
        "Sat, 21 Nov 2026 09:00:00 CET",
        "Sat, 21 Nov 2026 09:00:00 GMT+1",
        "Sat, 21 Nov 2026 09:00:00 GMT x",
        "Sat, 0 Nov 2026 09:00:00 GMT",
        "Sat, 32 Nov 2026 09:00:00 GMT",
        "Sat, 21 Nev 2026 09:00:00 GMT",
        "Sat, 21 Nov 1969 09:00:00 GMT",
        "Sat, 21 Nov 20260 09:00:00 GMT",
        "Sat, 21 Nov 2026 24:00:00 GMT",
        "Sat, 21 Nov 2026 09:60:00 GMT",
        "Sat, 21 Nov 2026 09:00:61 GMT",
        "Saturday, 21-Nov-26 09:00:00 GMT",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint64_t seconds;

        if (sip_date_parse(slice_from(texts[i]), &seconds))
            fail_msg("read: %s", texts[i]);
    }
}

/* -1: none. */
static long retry_after(const char *headers) {
    static struct sip_message message;
    static char text[1024];
    uint32_t seconds;

    snprintf(text, sizeof text, "SIP/2.0 503 No\r\n%s\r\n", headers);
    assert_int_equal(sip_message_parse(&message, slice_from(text)), SIP_PARSED);
    return sip_retry_after_read(&message, &seconds) ? (long)seconds : -1;
}

static void test_retry_after__is_read_in_both_forms(void **state) {
    (void)state;
    assert_int_equal(retry_after("Retry-After: 18000;duration=3600\r\n"), 18000);
    assert_int_equal(retry_after("retry-after:120 (I'm in a meeting)\r\n"), 120);
    assert_int_equal(retry_after("Retry-After: 7(x)\r\n"), 7);
    assert_int_equal(retry_after("Retry-After: 99999999999\r\n"), UINT32_MAX);
    assert_int_equal(retry_after("Retry-After: -5\r\n"), -1);
    assert_int_equal(retry_after("Retry-After: 5 minutes\r\n"), 5);
    assert_int_equal(retry_after("Retry-After: soon\r\n"), -1);
    assert_int_equal(retry_after("Retry-After:\r\n"), -1);
    assert_int_equal(retry_after("Retry-After: Sat, 21 Nov 2026 09:00:00 GMT\r\n"
                                 "Date: Sat, 21 Nov 2026 08:55:00 GMT\r\n"),
                     300);
    assert_int_equal(retry_after("Date: Sat, 21 Nov 1970 08:55:00 GMT\r\n"
                                 "Retry-After: Sat, 21 Nov 9999 09:00:00 GMT\r\n"),
                     UINT32_MAX);
    /* past, or without anything to count from: it says nothing */
    assert_int_equal(retry_after("Retry-After: Sat, 21 Nov 2026 09:00:00 GMT\r\n"
                                 "Date: Sat, 21 Nov 2026 09:00:01 GMT\r\n"),
                     -1);
    assert_int_equal(retry_after("Retry-After: Sat, 21 Nov 2026 09:00:00 GMT\r\n"), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_date__is_read_as_the_rfc_writes_it),
        cmocka_unit_test(test_date__agrees_with_the_calendar_of_the_system),
        cmocka_unit_test(test_date__that_is_none_is_not_read),
        cmocka_unit_test(test_retry_after__is_read_in_both_forms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
