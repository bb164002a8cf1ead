/* Service-Route and Path of a 200: what is taken from it, and what is not. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>

#include "usage/routes.h"

static struct routes *learn(const char *headers) {
    static struct sip_message message;
    static char text[16384];

    snprintf(text, sizeof text, "SIP/2.0 200 OK\r\n%s\r\n", headers);
    assert_int_equal(sip_message_parse(&message, slice_from(text)), SIP_PARSED);
    return routes_learn(&message);
}

static void assert_learned(const char *headers, const char *service, const char *path) {
    struct routes *routes = learn(headers);

    assert_non_null(routes);
    assert_true(slice_equal(routes_service(routes), slice_from(service)));
    assert_true(slice_equal(routes_path(routes), slice_from(path)));
    free(routes);
}

static void test_routes__keep_their_order_over_values_and_fields(void **state) {
    (void)state;
    assert_learned("Service-Route: <sip:a.example;lr>\r\n", "<sip:a.example;lr>", "");
    assert_learned("Service-Route: <sip:a.example;lr>, <sip:b.example:5070;lr>\r\n"
                   "Service-Route: \"Proxy, <third>\" <sips:h@[2001:db8::1];lr>;x=y\r\n",
                   "<sip:a.example;lr>, <sip:b.example:5070;lr>, <sips:h@[2001:db8::1];lr>", "");
    assert_learned("Path: <sip:edge.example;lr;ob>\r\nService-Route:\r\n <sip:a.example;lr>\r\n",
                   "<sip:a.example;lr>", "<sip:edge.example;lr;ob>");
}

static void test_routes__are_none_where_the_answer_has_none(void **state) {
    (void)state;
    assert_null(learn("Expires: 60\r\n"));
    assert_int_equal(routes_service(NULL).len, 0);
    assert_int_equal(routes_path(NULL).len, 0);
}

static void test_routes__one_wrong_value_makes_the_list_absent(void **state) {
    static const char *const wrong[] = {"sip:a.example;lr",
                                        "<tel:+4930>",
                                        "<sip:>",
                                        "<>",
                                        "<sip:a.example;lr",
                                        "<sip:a.example?Route=x>",
                                        "<sip:a example>",
                                        "<sip:a\texample>",
                                        "<sip:a.example;x=\xc3\xa4>",
                                        "<sip:a.example>, <x:y>",
                                        "<sip:a\x1b[2J.example>",
                                        "*",
                                        "<sip:a.example>, <sip:b<c>"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char headers[256];

        snprintf(headers, sizeof headers, "Service-Route: %s\r\nPath: <sip:p;lr>\r\n", wrong[i]);
        struct routes *routes = learn(headers);

        assert_non_null(routes);
        if (routes_service(routes).len != 0)
            fail_msg("believed: %s", wrong[i]);
        assert_true(slice_equal(routes_path(routes), SLICE("<sip:p;lr>")));
        free(routes);
    }
}

/* So many values of so many bytes each. */
static struct routes *learn_many(unsigned count, unsigned bytes) {
    static char headers[12000];
    int n = snprintf(headers, sizeof headers, "Service-Route: ");

    for (unsigned i = 0; i < count; i++)
        n += snprintf(headers + n, sizeof headers - (size_t)n, "%s<sip:%0*u.example;lr>",
                      i > 0 ? "," : "", (int)bytes - 17, i);
    snprintf(headers + n, sizeof headers - (size_t)n, "\r\n");
    return learn(headers);
}

static void test_routes__are_bounded_in_number_and_in_length(void **state) {
    struct routes *routes = learn_many(ROUTES_VALUES_MAX, 100);

    (void)state;
    assert_non_null(routes);
    assert_int_equal(routes_service(routes).len, 10 * 100 + 9 * 2);
    free(routes);
    assert_null(learn_many(ROUTES_VALUES_MAX + 1, 20));
    assert_null(learn_many(ROUTES_VALUES_MAX, 103));
}

static void test_routes_take_first__walks_the_list(void **state) {
    struct routes *routes = learn("Service-Route: <sip:a;lr>,<sip:b>\r\n");
    struct hf_slice list = routes_service(routes), uri;

    (void)state;
    assert_true(routes_take_first(&list, &uri));
    assert_true(slice_equal(uri, SLICE("sip:a;lr")));
    assert_true(routes_take_first(&list, &uri));
    assert_true(slice_equal(uri, SLICE("sip:b")));
    assert_false(routes_take_first(&list, &uri));
    free(routes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_routes__keep_their_order_over_values_and_fields),
        cmocka_unit_test(test_routes__are_none_where_the_answer_has_none),
        cmocka_unit_test(test_routes__one_wrong_value_makes_the_list_absent),
        cmocka_unit_test(test_routes__are_bounded_in_number_and_in_length),
        cmocka_unit_test(test_routes_take_first__walks_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
