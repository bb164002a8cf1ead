/* Flows at the registrar (RFC 5626 section 6). */
#include "../cmocka_all.h"

#include <string.h>

#include "bench.h"

#define FLOW(uri, id) "Contact: <" uri ">;+sip.instance=\"<urn:uuid:1>\";reg-id=" id "\r\n"
#define SUPPORTED "Supported: outbound, path\r\n"
#define EDGES "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKedge\r\n"

static struct registrar_binding binding_at(unsigned index) {
    struct registrar_binding binding;

    assert_true(registrar_binding_of(bench.registrar, SLICE("alice@example.com"), index, &binding));
    return binding;
}

static void assert_contact(unsigned index, const char *uri, uint32_t reg_id) {
    const struct registrar_binding binding = binding_at(index);

    assert_true(slice_equal(binding.contact, slice_from(uri)));
    assert_int_equal(binding.reg_id, reg_id);
}

static void test_outbound__a_flow_replaces_the_one_with_its_reg_id(void **state) {
    (void)state;
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@a", "1")), 200);
    assert_answered(SIP_HEADER_REQUIRE, "outbound");
    assert_answered(SIP_HEADER_FLOW_TIMER, "");
    assert_answered(SIP_HEADER_CONTACT,
                    "<sip:1@a>;+sip.instance=\"<urn:uuid:1>\";reg-id=1;expires=3600");
    bench.call_id = "another";
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@b", "1")), 200);
    assert_int_equal(bindings(), 1);
    assert_contact(0, "sip:1@b", 1);
}

static void test_outbound__flows_with_other_reg_ids_stand_beside_it(void **state) {
    (void)state;
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@a", "1")), 200);
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@a", "2")), 200); /* the same URI */
    assert_int_equal(
        ask_register(SUPPORTED "Contact: <sip:1@a>;+sip.instance=\"<urn:uuid:2>\";reg-id=1\r\n"),
        200);
    assert_int_equal(bindings(), 3);
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@c", "2") "Expires: 0\r\n"), 200);
    assert_int_equal(bindings(), 2);
    assert_int_equal(ask_register("Contact: *\r\nExpires: 0\r\n"), 200);
    assert_int_equal(bindings(), 0);
}

static void test_outbound__a_binding_becomes_a_flow_when_the_phone_learns_it(void **state) {
    (void)state;
    assert_int_equal(ask_register("Contact: <sip:1@a>\r\n"), 200);
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@a", "1")), 200);
    assert_int_equal(bindings(), 1);
    assert_contact(0, "sip:1@a", 1);
    assert_int_equal(ask_register("Contact: <sip:1@a>\r\n"), 200); /* and back */
    assert_int_equal(bindings(), 1);
    assert_contact(0, "sip:1@a", 0);
}

static void test_outbound__reg_id_says_nothing_without_instance_or_support(void **state) {
    (void)state;
    assert_int_equal(ask_register(FLOW("sip:1@a", "1")), 200);
    assert_answered(SIP_HEADER_REQUIRE, "");
    assert_int_equal(ask_register(SUPPORTED "Contact: <sip:1@b>;reg-id=1\r\n"), 200);
    assert_answered(SIP_HEADER_REQUIRE, "");
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@c", "0")), 200);
    assert_int_equal(bindings(), 3);
}

static void test_outbound__a_way_without_an_edge_gets_439(void **state) {
    (void)state;
    assert_int_equal(ask_register(EDGES SUPPORTED FLOW("sip:1@a", "1")), 439);
    assert_int_equal(ask_register(EDGES "Path: <sip:edge;lr>\r\n" SUPPORTED FLOW("sip:1@a", "1")),
                     439);
    assert_int_equal(bindings(), 0);
    assert_int_equal(ask_register(EDGES "Path: <sip:core;lr>, <sip:edge;lr;ob>\r\n" SUPPORTED FLOW(
                         "sip:1@a", "1")),
                     200);
    assert_answered(SIP_HEADER_REQUIRE, "outbound");
    assert_int_equal(ask_register(EDGES "Contact: <sip:1@b>\r\n"), 200); /* does not ask for it */
}

static void test_outbound__a_flow_is_registered_alone(void **state) {
    (void)state;
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@a", "1") "Contact: <sip:1@b>\r\n"), 400);
    assert_int_equal(bindings(), 0);
    assert_int_equal(
        ask_register(SUPPORTED FLOW("sip:1@a", "1") "Contact: <sip:1@b>;expires=0\r\n"), 200);
    assert_int_equal(bindings(), 1);
}

static void test_outbound__flow_timer_is_said_to_flows_alone(void **state) {
    struct registrar_options options = bench_options();

    (void)state;
    bench_teardown(NULL);
    options.flow_timer = 120;
    bench_open(&options);
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@a", "1")), 200);
    assert_answered(SIP_HEADER_FLOW_TIMER, "120");
    assert_int_equal(ask_register("Contact: <sip:1@b>\r\n"), 200);
    assert_answered(SIP_HEADER_FLOW_TIMER, "");
}

static void test_outbound__can_be_missing_at_the_registrar_or_on_the_way(void **state) {
    struct registrar_fault fault = {.kind = REGISTRAR_IGNORES_OUTBOUND};

    (void)state;
    registrar_set_fault(bench.registrar, &fault);
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@a", "1")), 200);
    assert_answered(SIP_HEADER_REQUIRE, "");
    fault.kind = REGISTRAR_LACKS_OUTBOUND;
    registrar_set_fault(bench.registrar, &fault);
    assert_int_equal(ask_register(SUPPORTED FLOW("sip:1@a", "1")), 439);
    assert_int_equal(ask_register("Contact: <sip:1@a>\r\n"), 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_outbound__a_flow_replaces_the_one_with_its_reg_id),
        TEST(test_outbound__flows_with_other_reg_ids_stand_beside_it),
        TEST(test_outbound__a_binding_becomes_a_flow_when_the_phone_learns_it),
        TEST(test_outbound__reg_id_says_nothing_without_instance_or_support),
        TEST(test_outbound__a_way_without_an_edge_gets_439),
        TEST(test_outbound__a_flow_is_registered_alone),
        TEST(test_outbound__flow_timer_is_said_to_flows_alone),
        TEST(test_outbound__can_be_missing_at_the_registrar_or_on_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
