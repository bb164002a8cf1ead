/* Stories of an account whose bindings are flows (RFC 5626). */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "story_test.h"

#define INSTANCE "urn:uuid:00000000-0000-1000-8000-000a95a0e128"

static hf_account_id add_with(const char *first, const char *second) {
    return world_add(&w, world_settings("generic", "outbound=yes", "instance=" INSTANCE,
                                        "expires=600", first, second, NULL));
}

static struct registrar_binding bound_at(unsigned server, unsigned index) {
    struct registrar_binding binding;

    assert_true(registrar_binding_of(w.servers[server].registrar, SLICE("alice@192.0.2.1"), index,
                                     &binding));
    return binding;
}

static bool last_has(const char *text) {
    return strstr(w.last_request, text) != NULL;
}

static void test_flow__is_known_by_instance_and_reg_id(void **state) {
    const hf_account_id a = add_with(NULL, NULL);

    (void)state;
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(last_has("Supported: path, outbound\r\n"));
    assert_true(last_has(";+sip.instance=\"<" INSTANCE ">\";reg-id=1\r\n"));
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_true(last_has(";reg-id=1\r\n"));
    assert_int_equal(bindings_at(&w, 0), 0);
}

static void test_flow__is_not_asked_for_without_an_instance_or_unless_told(void **state) {
    (void)state;
    world_add(&w, world_settings("generic", "outbound=yes", NULL));
    assert_false(last_has("outbound"));
    assert_false(last_has("reg-id"));
    world_add(&w,
              world_settings("generic", "instance=" INSTANCE, "user=bob", "password=pw-bob", NULL));
    assert_false(last_has("outbound"));
    assert_false(last_has("reg-id"));
    assert_true(last_has("+sip.instance"));
}

/* Another place, the same flow: nothing is removed, there is nothing to remove. */
static void test_flow__from_another_place_replaces_the_one_before(void **state) {
    const hf_account_id a = add_with("nat.rewrite_contact=yes", NULL);
    const struct hf_remembered before = world_remember(&w, a);

    (void)state;
    w.local_port = 40100;
    world_restart(&w);
    world_restore(&w,
                  world_settings("generic", "outbound=yes", "instance=" INSTANCE, "expires=600",
                                 "nat.rewrite_contact=yes", NULL),
                  &before);
    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
    assert_false(last_has("expires=0"));
    assert_false(last_has("Expires: 0"));
    run_for(&w, 1200 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
}

static void test_registrar__without_outbound_gets_an_ordinary_binding(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_IGNORES_OUTBOUND);
    const hf_account_id a = add_with(NULL, NULL);

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 0);
    run_for(&w, 300 * HF_SECOND);
    server_does(&w, 0, REGISTRAR_WORKS); /* it has learnt it */
    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
}

static void
test_report_27__an_edge_without_outbound_is_registered_through_all_the_same(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_LACKS_OUTBOUND);
    const hf_account_id a = add_with("expires=200", NULL);

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(w.servers[0].registers, 3); /* 401, 439, 200 */
    assert_false(last_has("reg-id"));
    assert_false(last_has("outbound"));
    assert_true(last_has("+sip.instance"));
    run_for(&w, 140 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 4); /* it is remembered, */
    server_does(&w, 0, REGISTRAR_WORKS);
    run_for(&w, 1500 * HF_SECOND); /* but not for ever */
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(bound_at(0, 0).reg_id, 1);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static hf_time next_attempt_in(hf_account_id account) {
    return status_of(&w, account).next_attempt_at - w.now;
}

/* Section 4.5: half to all of 30 s doubled with each failure, half an hour at the most. */
static void test_recovery__waits_as_rfc_5626_says(void **state) {
    hf_time most = 60 * HF_SECOND;

    (void)state;
    server_answers(&w, 0, 500, "", 0);
    const hf_account_id a = add_with("retry=5", NULL);

    for (int i = 0; i < 9; i++) {
        assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
        assert_in_range(next_attempt_in(a), most / 2 - HF_SECOND, most);
        run_for(&w, next_attempt_in(a) + HF_SECOND / 10);
        most = most < 900 * HF_SECOND ? 2 * most : 1800 * HF_SECOND;
    }
}

static void test_recovery__waits_as_the_settings_say_if_they_do(void **state) {
    (void)state;
    server_answers(&w, 0, 500, "", 0);
    const hf_account_id a = add_with("retry.min=4", "retry.max=16");

    assert_in_range(next_attempt_in(a), 4 * HF_SECOND, 8 * HF_SECOND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_flow__is_known_by_instance_and_reg_id),
        STORY(test_flow__is_not_asked_for_without_an_instance_or_unless_told),
        STORY(test_flow__from_another_place_replaces_the_one_before),
        STORY(test_registrar__without_outbound_gets_an_ordinary_binding),
        STORY(test_report_27__an_edge_without_outbound_is_registered_through_all_the_same),
        STORY(test_recovery__waits_as_rfc_5626_says),
        STORY(test_recovery__waits_as_the_settings_say_if_they_do),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
