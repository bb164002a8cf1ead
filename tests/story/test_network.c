/* Stories of a machine whose network changes, in virtual time. */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

static struct hf_settings *phone(unsigned i, const char *setting) {
    char user[32], password[32];

    snprintf(user, sizeof user, "user=u%u", i);
    snprintf(password, sizeof password, "password=pw-u%u", i);
    return world_settings("generic", user, password, "expires=3600", setting, NULL);
}

static hf_account_id add(const char *setting) {
    return world_add(&w, world_settings("generic", "expires=3600", setting, NULL));
}

static void network_changes(void) {
    hf_agent_network_changed(w.agent, w.now);
}

/* The first path of all. Another port stands for another address: the Contact is another one. */
static void address_goes(void) {
    const hf_path_id path = 1;

    w.local_port++;
    assert_int_equal(hf_agent_path_failed(w.agent, path, HF_PATH_LOCAL_ADDRESS,
                                          "the address 198.51.100.1 is gone", w.now),
                     0);
    network_changes();
}

static bool explains(hf_account_id account, const char *words) {
    char text[4096];

    assert_true(hf_agent_explain(w.agent, account, text, sizeof text, w.now) > 0);
    return strstr(text, words) != NULL;
}

static void test_outage_of_a_day__is_over_seconds_after_the_change(void **state) {
    hf_account_id a = add("retry=600");

    (void)state;
    run_for(&w, HF_SECOND);
    server_down(&w, 0);
    run_for(&w, 86400 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    server_up(&w, 0);
    while (status_of(&w, a).next_attempt_at < w.now + 60 * HF_SECOND)
        run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 0);
    network_changes();
    assert_true(explains(a, "the network of this machine has changed"));
    run_for(&w, 4 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

/* A refresh that fails does not end the binding, and the change brings the next one forward. */
static void test_refresh_that_failed__is_tried_again_after_the_change(void **state) {
    hf_account_id a = add("retry=1800");

    (void)state;
    run_for(&w, HF_SECOND);
    server_down(&w, 0);
    while (status_of(&w, a).failures == 0)
        run_for(&w, HF_SECOND);
    server_up(&w, 0);
    network_changes();
    run_for(&w, 4 * HF_SECOND);
    assert_int_equal(status_of(&w, a).failures, 0);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

/* What began before the change and fails after it does not wait as long as others. */
static void test_attempt_under_way__that_fails_is_followed_by_another_soon(void **state) {
    hf_account_id a;

    (void)state;
    server_down(&w, 0);
    a = add("retry=1800");
    run_for(&w, HF_SECOND);
    network_changes();
    while (status_of(&w, a).failures == 0)
        run_for(&w, HF_SECOND);
    server_up(&w, 0);
    run_for(&w, 4 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_change__leaves_registered_accounts_alone(void **state) {
    hf_account_id a = add(NULL);

    (void)state;
    run_for(&w, HF_SECOND);
    const unsigned before = w.servers[0].registers;

    network_changes();
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, before);
    expect_registered_at(&w, a, 0);
}

static void test_change__brings_no_rejected_account_back(void **state) {
    hf_account_id a = add("password=wrong");

    (void)state;
    run_for(&w, HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REJECTED);
    const unsigned before = w.servers[0].registers;

    network_changes();
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, before);
}

/* The server was reached, and said when to come back. */
static void test_change__does_not_cut_short_what_a_server_asked_for(void **state) {
    hf_account_id a;

    (void)state;
    snprintf(w.inject, sizeof w.inject,
             "SIP/2.0 503 Service Unavailable\r\n%%sRetry-After: 300\r\n\r\n");
    w.inject_count = 1;
    a = add(NULL);
    run_for(&w, HF_SECOND);
    assert_int_equal(status_of(&w, a).last_status, 503);
    network_changes();
    run_for(&w, 290 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, 1);
    run_for(&w, 15 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

/* Report 33: the Contact and the Via are of the new address, and the old binding goes. */
static void test_report_33__a_change_of_address_moves_the_registration(void **state) {
    char former[300];
    hf_account_id a = add(NULL);

    (void)state;
    run_for(&w, HF_SECOND);
    snprintf(former, sizeof former, "%.*s", (int)status_of(&w, a).contact.len,
             status_of(&w, a).contact.ptr);
    address_goes();
    run_for(&w, 4 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_false(slice_equal(status_of(&w, a).contact, slice_from(former)));
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
    assert_true(explains(a, "cannot be used any more"));
}

/* A fleet loses its address: it comes back in some seconds, and no faster than it may. */
static void test_fleet__comes_back_from_another_address_at_its_pace(void **state) {
    enum { PHONES = 200, RATE = 20 };

    (void)state;
    for (unsigned i = 0; i < PHONES; i++)
        (void)world_add(&w, phone(i, "rate.agent=20"));
    run_for(&w, 60 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), PHONES);
    w.event_count = 0;
    const unsigned before = w.servers[0].registers;

    address_goes();
    run_for(&w, 5 * HF_SECOND);
    assert_in_range(w.servers[0].registers - before, 2 * RATE, 12 * RATE);
    run_for(&w, 40 * HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), PHONES);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_outage_of_a_day__is_over_seconds_after_the_change),
        STORY(test_refresh_that_failed__is_tried_again_after_the_change),
        STORY(test_attempt_under_way__that_fails_is_followed_by_another_soon),
        STORY(test_change__leaves_registered_accounts_alone),
        STORY(test_change__brings_no_rejected_account_back),
        STORY(test_change__does_not_cut_short_what_a_server_asked_for),
        STORY(test_report_33__a_change_of_address_moves_the_registration),
        STORY(test_fleet__comes_back_from_another_address_at_its_pace),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
