/* Lifetimes and waits as each manual writes them: unit, both ends of the range, and what happens
 * just outside. */
#include "file_helper.h"

struct timing_case {
    const char *line;
    const char *name;
    const char *value;   /* in force, in seconds; NULL: the line is an error */
    const char *warning; /* part of what is said with the value, or of the error */
};

#define GRANDSTREAM "P35 = u\nP47 = a\n"
#define YEALINK                                                                                    \
    "#!version:1.0.0.1\naccount.1.enable = 1\naccount.1.user_name = 7\n"                           \
    "account.1.password = p\naccount.1.sip_server.1.address = a\n"                                 \
    "account.1.sip_server.2.address = b\n"
#define FLX "family: flx\naccounts:\n  - username: u\n    password: p\n    registrar: a\n"

static void check_case(const char *path, const char *head, const struct timing_case *c) {
    char text[1024];

    snprintf(text, sizeof(text), "%s%s\n", head, c->line);
    struct settings_file file = read_text(path, text);

    if (c->value) {
        if (file.errors > 0)
            fail_msg("%s: %s", c->line, file.diagnostics[0].message);
        assert_value(&file, 0, c->name, c->value);
        if (count_said(&file, -1, SEVERITY_WARNING, c->warning ? c->warning : "out of range") !=
            (c->warning != NULL))
            fail_msg("%s: a warning is missing, or too much", c->line);
    } else if (count_said(&file, -1, SEVERITY_ERROR, c->warning) != 1) {
        fail_msg("%s: is no error", c->line);
    }
    settings_file_release(&file);
}

static void check_cases(const char *path, const char *head, const struct timing_case *cases,
                        size_t count) {
    for (size_t i = 0; i < count; i++)
        check_case(path, head, &cases[i]);
}

static void test_grandstream__minutes_and_seconds(void **state) {
    static const struct timing_case cases[] = {
        {"", "expires", "3600", NULL},
        {"P32 = 1", "expires", "60", NULL},
        {"P32 = 64800", "expires", "3888000", NULL}, /* 45 days */
        {"P32 = 0", "expires", "60", "P32"},
        {"P32 = 64801", "expires", NULL, "1 to 64800"},
        {"P32 = -1", "expires", NULL, "negative"},
        {"P32 = 1.5", "expires", "90", NULL},
        {"P32 = soon", "expires", NULL, "P32"},
        {"", "reregister_before", "0", NULL},
        {"P2330 = 0", "reregister_before", "0", NULL},
        {"P2330 = 64800", "reregister_before", "64800", NULL},
        {"P2330 = 64801", "reregister_before", NULL, "0 to 64800"},
        {"P2330 = -1", "reregister_before", NULL, "P2330"},
        {"", "retry", "20", NULL},
        {"P138 = 1", "retry", "1", NULL},
        {"P138 = 3600", "retry", "3600", NULL},
        {"P138 = 0", "retry", NULL, "1 to 3600"},
        {"P138 = 3601", "retry", NULL, "1 to 3600"},
        {"P138 = 45", "rejected_retry", "45", NULL},
        {"P26002 = 0", "rejected_retry", "0", NULL},
        {"P26002 = 3600", "rejected_retry", "3600", NULL},
        {"P26002 = 3601", "rejected_retry", NULL, "0 to 3600"},
        {"", "retry.random", "no", NULL},
        {"P60096 = 1", "retry.random", "yes", NULL},
        {"", "retry.random_min", "60", NULL},
        {"P60097 = 5", "retry.random_min", "5", NULL},
        {"", "retry.random_max", "600", NULL},
        {"P60098 = 50", "retry.random_max", "50", NULL},
    };

    (void)state;
    check_cases("a.txt", GRANDSTREAM, cases, sizeof cases / sizeof cases[0]);
}

static void test_yealink__seconds_for_each_server(void **state) {
    static const struct timing_case cases[] = {
        {"", "servers[1].expires", "3600", NULL},
        {"account.1.sip_server.1.expires = 30", "servers[1].expires", "30", NULL},
        {"account.1.sip_server.1.expires = 30", "servers[2].expires", "3600", NULL},
        {"account.1.sip_server.2.expires = 2147483647", "servers[2].expires", "2147483647", NULL},
        {"account.1.sip_server.2.expires = 2147483648", "expires", NULL, "30 to 2147483647"},
        {"account.1.sip_server.1.expires = 29", "expires", NULL, "30 to 2147483647"},
        {"", "reregister_before", "0", NULL},
        {"account.1.register_expires_overlap = -1", "reregister_before", "0", NULL},
        {"account.1.register_expires_overlap = 1", "reregister_before", "1", NULL},
        {"account.1.register_expires_overlap = 30", "reregister_before", "30", NULL},
        {"account.1.register_expires_overlap = 0", "reregister_before", NULL, "overlap"},
        {"account.1.register_expires_overlap = -2", "reregister_before", NULL, "overlap"},
        {"", "retry", "30", NULL},
        {"account.1.reg_fail_retry_interval = 0", "retry", "1", NULL},
        {"account.1.reg_fail_retry_interval = 1800", "retry", "1800", NULL},
        {"account.1.reg_fail_retry_interval = 1801", "retry", NULL, "1800"},
        {"account.1.reg_fail_retry_interval = 77", "rejected_retry", "77", NULL},
        {"", "retry.min", "0", NULL},
        {"account.1.reg_failed_retry_min_time = 10", "retry.min", "10", NULL},
        {"", "retry.max", "60", NULL},
        {"account.1.reg_failed_retry_max_time = 1800", "retry.max", "1800", NULL},
        {"account.1.reg_failed_retry_min_time = -1", "retry.min", NULL, "min_time"},
        {"", "start.spread", "0", NULL},
        {"sip.reg_surge_prevention = 60", "start.spread", "60", NULL},
        {"sip.reg_surge_prevention = 61", "start.spread", NULL, "0 to 60"},
    };

    (void)state;
    check_cases("a.cfg", YEALINK, cases, sizeof cases / sizeof cases[0]);
}

static void test_flx__seconds_with_its_own_meaning_of_0(void **state) {
    static const struct timing_case cases[] = {
        {"", "expires", "55", NULL},
        {"    registration_timeout: 0", "expires", "55", NULL},
        {"    registration_timeout: 1", "expires", "1", NULL},
        {"    registration_timeout: 3600", "expires", "3600", NULL},
        {"", "retry", "300", NULL},
        {"    auto_re_registration_retry_interval: 1", "retry", "1", NULL},
        {"    auto_re_registration_retry_interval: 60", "rejected_retry", "60", NULL},
        {"    auto_re_registration_retry_interval: 60", "fallback.timeout", "60", NULL},
        {"    auto_re_registration_retry_interval: 0", "retry", NULL, "retry"},
    };

    (void)state;
    check_cases("a.yaml", FLX, cases, sizeof cases / sizeof cases[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grandstream__minutes_and_seconds),
        cmocka_unit_test(test_yealink__seconds_for_each_server),
        cmocka_unit_test(test_flx__seconds_with_its_own_meaning_of_0),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
