/* Connections that end, die, or are no use, and what becomes of those who are registered on them.
 */
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "story_test.h"

static hf_account_id add_over(const char *transport, const char *setting) {
    char text[32];

    snprintf(text, sizeof text, "transport=%s", transport);
    return world_add(&w, world_settings("generic", "servers[1].address=192.0.2.1:5060", text,
                                        "expires=600", "retry=20", setting, NULL));
}

static hf_account_id add(const char *setting) {
    return add_over("tcp", setting);
}

static void happen(enum sim_fault_kind kind, uint32_t server) {
    const struct sim_fault fault = {.kind = kind, .server = server};

    assert_int_equal(sim_apply(w.sim, &fault), 0);
}

static void cut(uint32_t piece, hf_time span) {
    const struct sim_fault fault = {.kind = SIM_STREAMS_CUT, .number = piece, .span = span};

    assert_int_equal(sim_apply(w.sim, &fault), 0);
}

static void test_report_45__over_tcp_the_granted_lifetime_counts(void **state) {
    (void)state;
    registrar_set_limits(w.servers[0].registrar, 1, 60);
    hf_account_id a = add("expires=3600");

    assert_int_equal(status_of(&w, a).binding_expires_at, w.now + 60 * HF_SECOND);
}

static void test_bytes__may_come_one_by_one(void **state) {
    (void)state;
    cut(1, 0);
    hf_account_id a = add("user_agent=x");

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    cut(1, 20 * HF_MILLISECOND); /* and slowly */
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 31 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 1);
    cut(SIM_PIECES_RANDOM, 0);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 2);
}

/* The answer never becomes whole: the wait for it ends as if there were none. */
static void test_bytes__that_trickle_hold_nobody_for_ever(void **state) {
    (void)state;
    cut(1, HF_SECOND);
    hf_account_id a = add("user_agent=x");
    hf_account_id other = world_add(
        &w, world_settings("generic", "servers[1].address=192.0.2.2:5060", "transport=tcp", NULL));

    assert_int_equal(state_of(&w, other), HF_STATE_REGISTERED);

    run_for(&w, 33 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    cut(0, 0);
    run_for(&w, 20 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

/* The server takes what is sent and says nothing, on the connections that there are. */
static void test_report_51__a_connection_that_is_dead_is_not_used_again(void **state) {
    hf_account_id a = add("user_agent=x");

    (void)state;
    happen(SIM_STREAMS_DEAFEN, 0);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, 31 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 0);
    run_for(&w, 2 * HF_SECOND); /* over another connection, without a wait */
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 1);
    assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 0);
    assert_int_equal(bindings_at(&w, 0), 1);
}

/* However long a connection may take: the next one renews the binding in time. */
static void test_dead_connection__is_found_before_the_binding_ends(void **state) {
    (void)state;
    hf_account_id a = world_add(&w, world_settings("generic", "servers[1].address=192.0.2.1:5060",
                                                   "transport=tcp", "expires=60",
                                                   "transport.connect_timeout=60", NULL));

    happen(SIM_STREAMS_DEAFEN, 0);
    run_for(&w, 61 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
    assert_int_equal(bindings_at(&w, 0), 1);
}

/* OPTIONS find a dead connection long before the refresh does. */
static void test_report_53__keep_alives_are_sent_over_streams_unasked(void **state) {
    (void)state;
    hf_account_id a = world_add(&w, world_settings("generic", "servers[1].address=192.0.2.1:5060",
                                                   "transport=tcp", "expires=3600", "retry=20",
                                                   "keep_alive.method=options", NULL));

    happen(SIM_STREAMS_DEAFEN, 0);
    run_for(&w, 200 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 1);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 1);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(bindings_at(&w, 0), 1);
}

/* A final answer that is an error, and the end of the connection with it. */
static void test_report_54__an_error_and_a_fin_do_not_skip_the_wait(void **state) {
    (void)state;
    server_answers(&w, 0, 606, "", 0);
    hf_account_id a = add("user_agent=x");

    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    unsigned registers = w.servers[0].registers;

    for (int i = 0; i < 19; i++) {
        happen(SIM_STREAMS_CLOSE, 0);
        run_for(&w, HF_SECOND);
    }
    assert_int_equal(w.servers[0].registers, registers);
    server_does(&w, 0, REGISTRAR_WORKS);
    run_for(&w, 2 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

static void test_report_56__a_lost_connection_is_registered_on_anew_at_once(void **state) {
    hf_account_id a = add("user_agent=x");

    (void)state;
    run_for(&w, 60 * HF_SECOND);
    happen(SIM_STREAMS_CLOSE, 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 1);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

/* Each REGISTER has one Contact, and the old one is gone afterwards. */
static void test_report_57__the_former_contact_is_removed_in_a_request_of_its_own(void **state) {
    (void)state;
    (void)add("user_agent=x");
    run_for(&w, 60 * HF_SECOND);
    happen(SIM_STREAMS_CLOSE, 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_non_null(strstr(w.last_request, "Expires: 0\r\n"));
    const char *contact = strstr(w.last_request, "Contact: ");

    assert_non_null(contact);
    assert_null(strstr(contact + 1, "Contact: "));
}

/* A server that registers and closes, again and again, is not run into the ground. */
static void test_connections__that_never_last_are_made_ever_more_rarely(void **state) {
    (void)state;
    (void)add("user_agent=x");
    for (int s = 0; s < 3600; s++) {
        happen(SIM_STREAMS_CLOSE, 0);
        run_for(&w, HF_SECOND);
    }
    assert_in_range(w.servers[0].registers, 5, 60);
}

static void test_many__on_one_connection_come_back_spread(void **state) {
    enum { MANY = 200 };
    unsigned most = 0;

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        char user[32], password[32];

        snprintf(user, sizeof user, "user=u%u", i);
        snprintf(password, sizeof password, "password=pw-u%u", i);
        (void)world_add(&w, world_settings("generic", "servers[1].address=192.0.2.1:5060",
                                           "transport=tcp", "expires=600", user, password, NULL));
    }
    run_for(&w, 60 * HF_SECOND);
    unsigned first = w.servers[0].registers, before = first;

    happen(SIM_STREAMS_CLOSE, 0);
    for (int i = 0; i < 30; i++) {
        run_for(&w, HF_SECOND / 10);
        if (w.servers[0].registers - before > most)
            most = w.servers[0].registers - before;
        before = w.servers[0].registers;
    }
    assert_in_range(before - first, MANY, 3 * MANY); /* and the former Contacts' removals */
    assert_in_range(most, 1, MANY / 2);
    assert_int_equal(bindings_at(&w, 0), MANY);
}

static void test_tls__that_fails_says_so_and_sends_nothing(void **state) {
    struct sim_fault fault = {.kind = SIM_SERVER_TLS, .tls = SIM_TLS_CERTIFICATE};

    (void)state;
    assert_int_equal(sim_apply(w.sim, &fault), 0);
    hf_account_id a = add_over("tls", "user_agent=x");

    assert_int_equal(state_of(&w, a), HF_STATE_WAITING);
    assert_int_equal(count_events(&w, HF_EVENT_TLS_FAILED), 1);
    assert_int_equal(w.servers[0].received, 0);
    fault.tls = SIM_TLS_WORKS;
    assert_int_equal(sim_apply(w.sim, &fault), 0);
    run_for(&w, 21 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

/* Two servers; the connection dies with the first one, and nobody waits for the refresh. */
static void test_dead_server__is_left_as_soon_as_its_connection_ends(void **state) {
    (void)state;
    hf_account_id a = add("servers[2].address=192.0.2.2:5060");

    server_refuses(&w, 0);
    run_for(&w, HF_SECOND);
    expect_registered_at(&w, a, 1);
}

static hf_account_id add_long(void) {
    static char text[1024];

    snprintf(text, sizeof text, "user_agent=%0900d", 1);
    return add_over("udp", text);
}

static void test_long_request__by_udp_goes_over_a_connection(void **state) {
    hf_account_id a = add_long();

    (void)state;
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_non_null(strstr(w.last_request, "Via: SIP/2.0/TCP "));
    assert_non_null(strstr(w.last_request, ";transport=tcp;"));
    assert_int_equal(status_of(&w, a).transport, HF_TRANSPORT_TCP);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    run_for(&w, HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_REFRESHED), 1);
    assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 0);
    assert_int_equal(bindings_at(&w, 0), 1);
}

static void test_long_request__goes_by_udp_where_connections_are_refused(void **state) {
    const struct sim_fault refused = {.kind = SIM_SERVER_TLS, .tls = SIM_TLS_REFUSED};

    (void)state;
    assert_int_equal(sim_apply(w.sim, &refused), 0);
    hf_account_id a = add_long();

    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_non_null(strstr(w.last_request, "Via: SIP/2.0/UDP "));
    assert_int_equal(count_events(&w, HF_EVENT_REGISTRATION_FAILED), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_report_45__over_tcp_the_granted_lifetime_counts),
        STORY(test_bytes__may_come_one_by_one),
        STORY(test_bytes__that_trickle_hold_nobody_for_ever),
        STORY(test_report_51__a_connection_that_is_dead_is_not_used_again),
        STORY(test_dead_connection__is_found_before_the_binding_ends),
        STORY(test_report_53__keep_alives_are_sent_over_streams_unasked),
        STORY(test_report_54__an_error_and_a_fin_do_not_skip_the_wait),
        STORY(test_report_56__a_lost_connection_is_registered_on_anew_at_once),
        STORY(test_report_57__the_former_contact_is_removed_in_a_request_of_its_own),
        STORY(test_connections__that_never_last_are_made_ever_more_rarely),
        STORY(test_many__on_one_connection_come_back_spread),
        STORY(test_tls__that_fails_says_so_and_sends_nothing),
        STORY(test_long_request__by_udp_goes_over_a_connection),
        STORY(test_long_request__goes_by_udp_where_connections_are_refused),
        STORY(test_dead_server__is_left_as_soon_as_its_connection_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
