/* Stories of an account that is given a GRUU (RFC 5627), in virtual time. */
#include <stdio.h>
#include <string.h>

#include "holdfast/request.h"
#include "story_test.h"

#define INSTANCE "urn:uuid:00000000-0000-1000-8000-000a95a0e128"
#define PUBLIC "sip:alice@192.0.2.1;gr=" INSTANCE

static hf_account_id add(const char *one, const char *two) {
    return world_add(&w, world_settings("generic", "expires=600", "gruu=yes", "instance=" INSTANCE,
                                        one, two, NULL));
}

static bool was_asked(const char *text) {
    return strstr(w.last_request, text) != NULL;
}

static bool public_is(hf_account_id a, const char *text) {
    return world_said(status_of(&w, a).public_gruu, text);
}

static bool leads_to_the_binding(struct hf_slice gruu) {
    struct registrar_binding binding;
    struct hf_slice contact;
    uint32_t cursor = 0;

    return registrar_next_binding(w.servers[0].registrar, &cursor, &binding) &&
           registrar_find_gruu(w.servers[0].registrar, gruu, &contact) &&
           slice_equal(contact, binding.contact);
}

static void test_gruus__are_asked_for_and_told(void **state) {
    const hf_account_id a = add(NULL, NULL);
    char text[4096];

    (void)state;
    run_for(&w, HF_SECOND);
    assert_true(was_asked("Supported: path, gruu\r\n"));
    assert_true(public_is(a, PUBLIC));
    assert_true(leads_to_the_binding(status_of(&w, a).public_gruu));
    assert_true(leads_to_the_binding(status_of(&w, a).temporary_gruu));
    assert_true(hf_agent_explain(w.agent, a, text, sizeof text, w.now) > 0);
    world_text_out(text, sizeof text);
    assert_non_null(strstr(text, "\npublic GRUU: " PUBLIC "\n"));
    assert_non_null(strstr(text, "\ntemporary GRUU: sip:tgruu."));
}

static void test_gruus__are_not_asked_for_unless_wanted_and_there_is_an_instance(void **state) {
    const hf_account_id a = world_add(&w, world_settings("generic", "instance=" INSTANCE, NULL));

    (void)state;
    run_for(&w, HF_SECOND);
    assert_true(was_asked("Supported: path\r\n"));
    assert_true(public_is(a, ""));
    world_add(&w, world_settings("generic", "gruu=yes", "user=bob", "password=pw-bob", NULL));
    assert_true(was_asked("Supported: path\r\n"));
}

static void test_requests__have_it_as_contact(void **state) {
    (void)state;
    add("keep_alive.method=options", "keep_alive.interval=30");
    for (int i = 0; i < 40 && strncmp(w.last_request, "OPTIONS ", 8) != 0; i++)
        run_for(&w, HF_SECOND);
    assert_true(was_asked("\r\nContact: <" PUBLIC ">\r\n"));
    for (int i = 0; i < 700 && strncmp(w.last_request, "REGISTER ", 9) != 0; i++)
        run_for(&w, HF_SECOND);
    assert_true(was_asked("\r\nContact: <sip:alice@198.51.100.1"));
}

/* Section 4.4.1: what makes a dialog names the one, too, from the 200 on and as long as it lasts.
 */
static void test_calls__have_it_as_contact(void **state) {
    const hf_account_id a = add(NULL, NULL);
    struct hf_request_way way;

    (void)state;
    run_for(&w, HF_SECOND);
    assert_int_equal(hf_agent_request_way(w.agent, a, &way, w.now), 0);
    assert_true(world_said(way.contact, PUBLIC));
    assert_false(slice_equal(way.contact, status_of(&w, a).contact));
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(hf_agent_request_way(w.agent, a, &way, w.now), 0);
    assert_false(way.registered);
    assert_int_equal(way.contact.len, 0);
}

static void test_temporary__is_another_after_each_refresh(void **state) {
    const hf_account_id a = add(NULL, NULL);
    char before[400];

    (void)state;
    run_for(&w, HF_SECOND);
    snprintf(before, sizeof before, "%.*s", SLICE_ARGS(status_of(&w, a).temporary_gruu));
    run_for(&w, 600 * HF_SECOND);
    assert_true(leads_to_the_binding(status_of(&w, a).temporary_gruu));
    assert_false(slice_equal(status_of(&w, a).temporary_gruu, slice_from(before)));
    assert_true(leads_to_the_binding(slice_from(before))); /* the Call-ID is the same */
}

static void test_gruus__end_with_the_binding(void **state) {
    const hf_account_id a = add(NULL, NULL);

    (void)state;
    run_for(&w, HF_SECOND);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    sim_attend(w.sim, w.process);
    run_for(&w, HF_SECOND);
    assert_true(public_is(a, ""));
}

/* The server cannot be asked right after the start: what it gave before is good until then. */
static void test_restart__keeps_them_while_the_server_is_away(void **state) {
    hf_account_id a = add(NULL, NULL);

    (void)state;
    run_for(&w, HF_SECOND);
    const struct hf_remembered before = world_remember(&w, a);

    assert_true(world_said(slice_from(before.pub_gruu), PUBLIC));
    server_down(&w, 0);
    world_restart(&w);
    a = world_restore(
        &w, world_settings("generic", "expires=600", "gruu=yes", "instance=" INSTANCE, NULL),
        &before);
    assert_true(public_is(a, PUBLIC));
    assert_true(slice_equal(status_of(&w, a).temporary_gruu, slice_from(before.temp_gruu)));
    const struct hf_remembered again = world_remember(&w, a);

    assert_string_equal(again.temp_gruu, before.temp_gruu);
    server_up(&w, 0);
    run_for(&w, 120 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(public_is(a, PUBLIC));
    assert_true(leads_to_the_binding(slice_from(before.temp_gruu)));
}

/* The first REGISTER fails, and the next begins a Call-ID of its own: the temporary one is void. */
static void test_restart__forgets_the_temporary_one_with_the_call_id(void **state) {
    const struct registrar_fault fault = {
        .kind = REGISTRAR_ANSWERS, .status = 500, .count = 1, .method = SLICE("REGISTER")};
    hf_account_id a = add(NULL, NULL);

    (void)state;
    run_for(&w, HF_SECOND);
    const struct hf_remembered before = world_remember(&w, a);

    registrar_set_fault(w.servers[0].registrar, &fault);
    world_restart(&w);
    a = world_restore(
        &w, world_settings("generic", "expires=600", "gruu=yes", "instance=" INSTANCE, NULL),
        &before);
    run_for(&w, HF_SECOND);
    assert_string_not_equal(world_remember(&w, a).call_id, before.call_id);
    assert_true(public_is(a, PUBLIC));
    assert_int_equal(status_of(&w, a).temporary_gruu.len, 0);
    run_for(&w, 120 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(leads_to_the_binding(status_of(&w, a).temporary_gruu));
}

static void test_refused__is_asked_without_it(void **state) {
    const struct registrar_fault fault = {.kind = REGISTRAR_REFUSES, .option = SLICE("gruu")};

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &fault);
    const hf_account_id a = add(NULL, NULL);

    run_for(&w, HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(was_asked("Supported: path\r\n"));
    assert_true(was_asked("+sip.instance"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_gruus__are_asked_for_and_told),
        STORY(test_gruus__are_not_asked_for_unless_wanted_and_there_is_an_instance),
        STORY(test_requests__have_it_as_contact),
        STORY(test_calls__have_it_as_contact),
        STORY(test_temporary__is_another_after_each_refresh),
        STORY(test_gruus__end_with_the_binding),
        STORY(test_restart__keeps_them_while_the_server_is_away),
        STORY(test_restart__forgets_the_temporary_one_with_the_call_id),
        STORY(test_refused__is_asked_without_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
