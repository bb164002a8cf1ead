/* Stories of docs/answers.md: what a 200 says of lifetimes, and how it can be wrong. */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "story_test.h"

static hf_account_id add(const char *expires) {
    return world_add(&w, world_settings("generic", expires, "retry=20", NULL));
}

/* In whole seconds, from now. */
static long lifetime_of(hf_account_id account) {
    return (long)((status_of(&w, account).binding_expires_at - w.now) / HF_SECOND);
}

/* For so long nothing is lost, and the server hears no more than `registers` REGISTERs. */
static void assert_stays_bound(hf_account_id account, unsigned seconds, unsigned registers) {
    unsigned before = w.servers[0].registers;

    for (unsigned i = 0; i < seconds; i += 5) {
        run_for(&w, 5 * HF_SECOND);
        assert_int_equal(state_of(&w, account), HF_STATE_REGISTERED);
        assert_int_equal(bindings_at(&w, 0), 1);
    }
    assert_in_range(w.servers[0].registers - before, 1, registers);
}

static void test_200__without_our_contact_is_a_registration_assumed(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_NO_CONTACT);
    hf_account_id a = add("expires=600");

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(lifetime_of(a), 600);
    struct hf_slice reason = status_of(&w, a).last_reason;

    assert_non_null(memmem(reason.ptr, reason.len, "assumed", 7));
    assert_stays_bound(a, 3600, 15);
}

static void test_report_37__somebody_elses_contact_is_not_an_unregistration(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_FOREIGN_CONTACT);
    hf_account_id a = add("expires=600");

    assert_int_equal(lifetime_of(a), 600); /* theirs is 7200 */
    assert_stays_bound(a, 3600, 15);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

/* The registrar grants 120 s, and shows it for a Contact that a box on the way has changed. */
static void test_report_36__a_lifetime_for_our_moved_contact_is_believed(void **state) {
    (void)state;
    registrar_set_limits(w.servers[0].registrar, 1, 120);
    server_does(&w, 0, REGISTRAR_CONTACT_MOVED);
    hf_account_id a = add("expires=180");

    assert_int_equal(lifetime_of(a), 120);
    assert_stays_bound(a, 3600, 90);
}

static void test_200__with_our_contact_moved_is_known_again(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_CONTACT_MOVED);
    registrar_set_limits(w.servers[0].registrar, 1, 900);
    hf_account_id a = add("expires=3600");

    assert_int_equal(lifetime_of(a), 900);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_stays_bound(a, 7200, 20);
}

static void test_report_38__an_old_binding_of_ours_beside_the_new_one(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_CONTACT_TWICE);
    hf_account_id a = add("expires=600");

    assert_int_equal(lifetime_of(a), 600);
    assert_stays_bound(a, 3600, 15);
}

/* After the NAT has been restarted, the 200 still shows our former Contact, going out with 0. */
static void test_report_39__our_former_contact_with_0_stops_no_refresh(void **state) {
    hf_account_id a;

    (void)state;
    snprintf(w.inject, sizeof w.inject, "%s",
             "SIP/2.0 200 OK\r\n%sContact: <sip:alice@203.0.113.9:1024;line=00000000>;expires=0\r\n"
             "Contact: <sip:alice@198.51.100.1:40001>;expires=0\r\nExpires: 300\r\n"
             "Content-Length: 0\r\n\r\n");
    a = add("expires=600");
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(lifetime_of(a), 300);
    run_for(&w, 3600 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_true(w.servers[0].registers >= 12);
}

static void test_report_40__our_contact_in_another_spelling_is_ours(void **state) {
    hf_account_id a;
    char contact[200] = "", *line;

    (void)state;
    server_does(&w, 0, REGISTRAR_NO_CONTACT);
    a = add("expires=600");
    line = strstr(w.last_request, ";line=");
    assert_non_null(line);
    snprintf(contact, sizeof contact, "%.*s", 14, line);
    snprintf(w.inject, sizeof w.inject,
             "SIP/2.0 200 OK\r\n%%sm:\r\n \"A\"\t<sip:%%61lice@198.51.100.1:40000%s> ;q=0.1; "
             "Expires = 77\r\nl: 0\r\n\r\n",
             contact);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 0);
    assert_int_equal(lifetime_of(a), 77);
}

/* What was granted is not what is asked for next time: the life does not shrink to nothing. */
static void test_report_41__a_grant_of_a_second_less_each_time_does_not_add_up(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_GRANTS_LESS);
    hf_account_id a = add("expires=600");

    for (int i = 0; i < 200; i++) {
        run_for(&w, 600 * HF_SECOND);
        assert_non_null(strstr(w.last_request, "Expires: 600\r\n"));
        assert_in_range(lifetime_of(a), 1, 599);
    }
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_report_42__after_423_it_is_asked_again_at_once(void **state) {
    (void)state;
    registrar_set_limits(w.servers[0].registrar, 1200, 7200);
    hf_account_id a = add("expires=600");

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(lifetime_of(a), 1200);
    assert_stays_bound(a, 7200, 20); /* and refreshes ask for that at once */
    registrar_set_limits(w.servers[0].registrar, 2400, 7200);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 0);
    assert_int_equal(lifetime_of(a), 2400);
}

/* The refresh comes early enough for a whole transaction that fails, and another try. */
static void test_report_43__a_refresh_is_not_on_the_edge_of_the_end(void **state) {
    static const unsigned grants[] = {130, 300, 600, 3600, 86400};

    (void)state;
    for (size_t i = 0; i < sizeof grants / sizeof grants[0]; i++) {
        char expires[32];

        snprintf(expires, sizeof expires, "expires=%u", grants[i]);
        registrar_set_limits(w.servers[0].registrar, 1, grants[i]);
        hf_account_id a = add(expires);
        hf_time ends_at = status_of(&w, a).binding_expires_at;
        unsigned before = w.servers[0].registers;

        while (w.servers[0].registers == before)
            run_for(&w, HF_SECOND);
        assert_true(w.now + 63 * HF_SECOND <= ends_at);
        assert_int_equal(hf_agent_remove_account(w.agent, a, w.now), 0);
        run_for(&w, HF_SECOND);
    }
}

static void test_200__granting_0_is_no_registration(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_ZERO_EXPIRES);
    hf_account_id a = add("expires=600");

    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(count_events(&w, HF_EVENT_REGISTERED), 0);
    run_for(&w, 3600 * HF_SECOND);
    assert_in_range(w.servers[0].registers, 10, 200); /* every 20 s, no storm */
    server_does(&w, 0, REGISTRAR_WORKS);
    run_for(&w, 21 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_200__with_an_absurd_lifetime_is_bounded(void **state) {
    (void)state;
    server_does(&w, 0, REGISTRAR_ABSURD_EXPIRES);
    hf_account_id a = add("expires=600");

    assert_int_equal(lifetime_of(a), 45 * 24 * 3600);
    run_for(&w, 46 * 24 * 3600 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_in_range(w.servers[0].registers, 3, 5);
}

static void test_report_31__an_unreadable_contact_wedges_nothing(void **state) {
    (void)state;
    snprintf(w.inject, sizeof w.inject, "%s",
             "SIP/2.0 200 OK\r\n%sContact: \"unended <sip:x>, <<>>;;;=, sip:\r\n"
             "Contact: <sip:alice@[::1>;expires=\r\nContact: ,,\r\nExpires: 100\r\n"
             "Content-Length: 0\r\n\r\n");
    hf_account_id a = add("expires=600");

    assert_int_equal(lifetime_of(a), 100);
    run_for(&w, 3600 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_in_range(w.servers[0].registers, 36, 80);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_200__without_our_contact_is_a_registration_assumed),
        STORY(test_report_37__somebody_elses_contact_is_not_an_unregistration),
        STORY(test_report_36__a_lifetime_for_our_moved_contact_is_believed),
        STORY(test_200__with_our_contact_moved_is_known_again),
        STORY(test_report_38__an_old_binding_of_ours_beside_the_new_one),
        STORY(test_report_39__our_former_contact_with_0_stops_no_refresh),
        STORY(test_report_40__our_contact_in_another_spelling_is_ours),
        STORY(test_report_41__a_grant_of_a_second_less_each_time_does_not_add_up),
        STORY(test_report_42__after_423_it_is_asked_again_at_once),
        STORY(test_report_43__a_refresh_is_not_on_the_edge_of_the_end),
        STORY(test_200__granting_0_is_no_registration),
        STORY(test_200__with_an_absurd_lifetime_is_bounded),
        STORY(test_report_31__an_unreadable_contact_wedges_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
