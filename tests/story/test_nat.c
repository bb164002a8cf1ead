/* Stories of an account behind a NAT: where the server sees it, and what it does when that changes,
 * in virtual time. */
#include <stdio.h>
#include <string.h>

#include "story_test.h"

static int setup_behind_nat(void **state) {
    (void)state;
    world_init_behind_nat(&w, 0);
    return 0;
}

#define NAT_STORY(name)                                                                            \
    { #name, story_holds(#name) ? name : story_is_skipped, setup_behind_nat, teardown, NULL }

static void nat_rebinds(void) {
    const struct sim_fault fault = {.kind = SIM_NAT_REBIND, .process = w.process};

    assert_int_equal(sim_apply(w.sim, &fault), 0);
}

/* The only binding at the first server. */
static struct registrar_binding bound(void) {
    struct registrar_binding binding;
    uint32_t cursor = 0;

    assert_int_equal(bindings_at(&w, 0), 1);
    assert_true(registrar_next_binding(w.servers[0].registrar, &cursor, &binding));
    return binding;
}

static bool has(struct hf_slice text, const char *part) {
    char copy[512];

    assert_true(text.len < sizeof copy);
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    world_text_out(copy, sizeof copy);
    return strstr(copy, part) != NULL;
}

static bool contact_has(const char *text) {
    return has(bound().contact, text);
}

static hf_account_id add(const char *first, const char *second) {
    return world_add(&w, world_settings("generic", "expires=3600", first, second, NULL));
}

static void test_contact__names_the_local_address_unless_told_otherwise(void **state) {
    (void)state;
    add(NULL, NULL);
    run_for(&w, HF_SECOND);
    assert_true(contact_has("@198.51.100.1:"));
    assert_int_equal(w.servers[0].registers, 2);
}

static void test_contact__is_the_local_one_where_there_is_no_nat(void **state) {
    (void)state;
    add("nat.rewrite_contact=yes", NULL);
    run_for(&w, HF_SECOND);
    assert_true(contact_has("@198.51.100.1:"));
    assert_int_equal(w.servers[0].registers, 2);
}

/* The answer to the first REGISTER, a challenge, has told where we are. */
static void test_contact__names_the_outer_address_from_the_second_request_on(void **state) {
    hf_account_id a = add("nat.rewrite_contact=yes", NULL);

    (void)state;
    run_for(&w, HF_SECOND);
    assert_true(contact_has("@203.0.113.1:20000"));
    assert_int_equal(w.servers[0].registers, 2);
    assert_true(has(status_of(&w, a).contact, "@203.0.113.1:20000"));
    run_for(&w, 3600 * HF_SECOND);
    assert_true(contact_has("@203.0.113.1:20000"));
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

/* Nothing but a renewal shows the new place, and its answer is a success: another REGISTER follows
 * at once, and takes the old Contact away. */
static void test_contact__is_replaced_where_a_renewal_shows_another_place(void **state) {
    (void)state;
    add("contact.address=wan", NULL);
    run_for(&w, HF_SECOND);
    assert_true(contact_has("@203.0.113.1:20000"));
    nat_rebinds();
    while (w.servers[0].registers < 3)
        run_for(&w, HF_SECOND);
    assert_int_equal(w.servers[0].registers, 4);
    assert_true(contact_has("@203.0.113.1:20001"));
    assert_non_null(strstr(w.last_request, "@203.0.113.1:20000"));
    assert_non_null(strstr(w.last_request, ">;expires=0\r\n"));
    while (w.servers[0].registers < 5)
        run_for(&w, HF_SECOND);
    assert_null(strstr(w.last_request, "expires=0"));
}

/* The keep-alive's answer shows the new place; the old binding goes in the same breath. */
static void test_rebinding__is_noticed_by_a_keep_alive(void **state) {
    hf_account_id a = add("nat.rewrite_contact=yes", "keep_alive.method=options");

    (void)state;
    run_for(&w, HF_SECOND);
    assert_true(contact_has("@203.0.113.1:20000"));
    nat_rebinds();
    run_for(&w, 33 * HF_SECOND);
    assert_true(contact_has("@203.0.113.1:20001"));
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    assert_int_equal(count_events(&w, HF_EVENT_UNREGISTERED), 0);
}

/* Without the outer address in its Contact an account must register again as well: the server sends
 * calls to where the last REGISTER came from. */
static void test_rebinding__is_mended_with_the_local_contact_too(void **state) {
    (void)state;
    add("keep_alive.method=options", NULL);
    run_for(&w, HF_SECOND);
    assert_int_equal(bound().received.port, 20000);
    nat_rebinds();
    run_for(&w, 33 * HF_SECOND);
    assert_int_equal(bound().received.port, 20001);
    assert_true(contact_has("@198.51.100.1:"));
}

static void test_rebinding__is_not_believed_again_and_again(void **state) {
    (void)state;
    add("keep_alive.method=options", NULL);
    run_for(&w, HF_SECOND);
    for (unsigned i = 0; i < 120; i++) { /* an hour */
        nat_rebinds();
        run_for(&w, 30 * HF_SECOND);
    }
    assert_in_range(w.servers[0].registers, 3, 12);
}

/* Packets to the first server that are no REGISTER, within so many seconds. */
static unsigned packets_within(hf_time span) {
    const unsigned before = w.servers[0].received - w.servers[0].registers;

    run_for(&w, span);
    return w.servers[0].received - w.servers[0].registers - before;
}

static void expect_kept_open(const char *method) {
    world_release(&w);
    world_init_behind_nat(&w, 60 * HF_SECOND);
    add(method, "nat.keep_alive_interval=20");
    run_for(&w, HF_SECOND);
    assert_int_equal(bound().received.port, 20000);
    assert_in_range(packets_within(3000 * HF_SECOND), 3000 / 20, 3000 / 16 + 1);
    run_for(&w, 3600 * HF_SECOND);
    assert_int_equal(bound().received.port, 20000); /* it never had another */
}

static void test_packets__keep_the_mapping_whatever_they_are(void **state) {
    (void)state;
    expect_kept_open("nat.keep_alive=packet");
    expect_kept_open("nat.keep_alive=empty");
    expect_kept_open("nat.keep_alive=stun");
    expect_kept_open("nat.keep_alive=options");
    expect_kept_open("nat.keep_alive=notify");
    expect_kept_open("nat.traversal=keep-alive");
}

static void test_packets__are_one_for_all_accounts_on_a_path(void **state) {
    (void)state;
    for (int i = 0; i < 5; i++)
        add("nat.keep_alive=packet",
            i == 3 ? "nat.keep_alive_interval=10" : "nat.keep_alive_interval=60");
    run_for(&w, HF_SECOND);
    assert_in_range(packets_within(1000 * HF_SECOND), 1000 / 10, 1000 / 8 + 1);
}

static void test_packets__end_with_the_binding(void **state) {
    const hf_account_id a = add("nat.keep_alive=packet", "nat.keep_alive_interval=10");

    (void)state;
    run_for(&w, 100 * HF_SECOND);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    sim_attend(w.sim, w.process);
    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(packets_within(1000 * HF_SECOND), 0);
}

/* RFC 6223: nobody configured a keep-alive, but the server wants them. */
static void test_keep__is_done_as_often_as_the_server_wants(void **state) {
    (void)state;
    registrar_set_keep(w.servers[0].registrar, true, 50);
    add("expires=3600", NULL);
    assert_non_null(strstr(w.last_request, ";keep\r\n"));
    run_for(&w, HF_SECOND);
    assert_in_range(packets_within(1000 * HF_SECOND), 1000 / 50, 1000 / 40 + 1);
}

static void test_keep__without_a_number_is_done_as_rfc_5626_says(void **state) {
    (void)state;
    registrar_set_keep(w.servers[0].registrar, true, 0);
    add("expires=3600", NULL);
    run_for(&w, HF_SECOND);
    if (world_has_streams())
        assert_in_range(packets_within(1200 * HF_SECOND), 1200 / 120, 1200 / 96 + 1);
    else
        assert_in_range(packets_within(1200 * HF_SECOND), 1200 / 29, 1200 / 23 + 1);
}

static void test_keep__ends_when_the_server_wants_it_no_more(void **state) {
    (void)state;
    registrar_set_keep(w.servers[0].registrar, true, 10);
    add("expires=300", NULL);
    run_for(&w, 100 * HF_SECOND);
    registrar_set_keep(w.servers[0].registrar, false, 0);
    run_for(&w, 300 * HF_SECOND);
    assert_int_equal(packets_within(1000 * HF_SECOND), 0);
}

static void test_keep__is_not_done_unless_it_was_offered(void **state) {
    (void)state;
    registrar_set_keep(w.servers[0].registrar, true, 10);
    add("keep_alive.negotiate=no", "expires=3600");
    assert_null(strstr(w.last_request, ";keep"));
    run_for(&w, HF_SECOND);
    assert_int_equal(packets_within(1000 * HF_SECOND), 0);
}

/* The more frequent of both counts, and what the settings want goes on without the server. */
static void test_keep__goes_with_what_is_configured(void **state) {
    (void)state;
    registrar_set_keep(w.servers[0].registrar, true, 100);
    add("nat.keep_alive=packet", "nat.keep_alive_interval=20");
    run_for(&w, HF_SECOND);
    assert_in_range(packets_within(1000 * HF_SECOND), 1000 / 20, 1000 / 16 + 1);
}

/* A server that has answered and then does not: it is asked seven times, and the account registers
 * again, once. */
static void test_keep__unanswered_makes_the_account_register_again(void **state) {
    const struct registrar_fault silent = {.kind = REGISTRAR_SILENT};
    const struct registrar_fault none = {.kind = REGISTRAR_WORKS};
    const hf_account_id a = add("expires=3600", NULL);

    (void)state;
    registrar_set_keep(w.servers[0].registrar, true, 30);
    assert_int_equal(hf_agent_register(w.agent, a, w.now), 0);
    sim_attend(w.sim, w.process);
    run_for(&w, 60 * HF_SECOND);
    const unsigned before = w.servers[0].registers;

    registrar_set_fault(w.servers[0].registrar, &silent);
    run_for(&w, 69 * HF_SECOND); /* the next is due within 30 s, and 39.5 s are waited */
    registrar_set_fault(w.servers[0].registrar, &none);
    run_for(&w, 10 * HF_SECOND);
    assert_in_range(w.servers[0].registers, before + 1, before + 6);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    const unsigned after = w.servers[0].registers;

    run_for(&w, 600 * HF_SECOND);
    assert_int_equal(w.servers[0].registers, after);
}

/* The answers tell where we are: a NAT that rebinds is noticed. */
static void test_keep__shows_that_the_nat_has_rebound(void **state) {
    (void)state;
    registrar_set_keep(w.servers[0].registrar, true, 30);
    add("nat.rewrite_contact=yes", "expires=3600");
    run_for(&w, HF_SECOND);
    nat_rebinds();
    run_for(&w, 33 * HF_SECOND);
    assert_true(contact_has("@203.0.113.1:20001"));
}

static void test_nat_options__mean_nothing_when_they_are_not_answered(void **state) {
    const struct registrar_fault deaf = {.kind = REGISTRAR_SILENT, .method = SLICE("OPTIONS")};
    const hf_account_id a = add("nat.keep_alive=options", "nat.keep_alive_interval=10");

    (void)state;
    registrar_set_fault(w.servers[0].registrar, &deaf);
    run_for(&w, 1000 * HF_SECOND);
    assert_int_equal(count_events(&w, HF_EVENT_KEEPALIVE_LOST), 0);
    assert_int_equal(w.servers[0].registers, 2);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
}

/* A NAT that forgets after a minute, and nothing that keeps it open: calls do not arrive. */
static void test_mapping__is_forgotten_without_packets(void **state) {
    (void)state;
    world_release(&w);
    world_init_behind_nat(&w, 60 * HF_SECOND);
    add("expires=3600", NULL);
    while (w.servers[0].registers < 3)
        run_for(&w, HF_SECOND);
    assert_int_equal(bound().received.port, 20001);
}

static void test_removal__names_the_contact_that_is_bound(void **state) {
    hf_account_id a = add("nat.rewrite_contact=yes", NULL);

    (void)state;
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 1);
    assert_int_equal(hf_agent_unregister(w.agent, a, w.now), 0);
    sim_attend(w.sim, w.process);
    run_for(&w, HF_SECOND);
    assert_int_equal(bindings_at(&w, 0), 0);
    assert_non_null(strstr(w.last_request, "@203.0.113.1:20000"));
}

/* The removal of a former place got lost: the next 200 shows that it is bound still. */
static void test_stray__is_removed_when_an_answer_shows_it(void **state) {
    struct hf_slice own;

    (void)state;
    add("nat.rewrite_contact=yes", NULL);
    run_for(&w, HF_SECOND);
    own = bound().contact;
    const struct hf_slice behind = slice_from_index(own, slice_index(own, ';'));

    snprintf(w.inject, sizeof w.inject,
             "SIP/2.0 200 OK\r\n%%sContact: <%.*s>;expires=3600, "
             "<sip:alice@203.0.113.1:19999%.*s>;expires=900\r\nContent-Length: 0\r\n\r\n",
             SLICE_ARGS(own), SLICE_ARGS(behind));
    w.inject_count = 1;
    while (w.inject[0] != '\0')
        run_for(&w, HF_SECOND);
    const unsigned so_far = w.servers[0].registers;

    assert_in_range(so_far, 4, 5); /* its nonce may have become old */
    assert_non_null(strstr(w.last_request, "Contact: <sip:alice@203.0.113.1:19999;line="));
    assert_non_null(strstr(w.last_request, "\r\nExpires: 0\r\n"));
    run_for(&w, 900 * HF_SECOND); /* seen to be gone */
    assert_in_range(w.servers[0].registers, so_far + 1, so_far + 2);
    assert_true(contact_has("@203.0.113.1:20000"));
}

/* Others share the connection, and an answer to one that asks for no rport tells a port that is not
 * the one behind the NAT: the place changes twice while our request is on its way. The former
 * Contact stands in the answer too, and lives longer. */
static void test_lifetime__is_that_of_the_contact_that_was_sent(void **state) {
    const struct sim_link far = {.latency = HF_SECOND};
    const struct sim_fault faults[] = {
        {.kind = SIM_LINK, .server = SIM_NONE, .process = SIM_NONE, .link = far},
        {.kind = SIM_SERVER_LIMITS, .number = 1, .number_max = 600},
        {.kind = SIM_STREAMS_CLOSE},
    };
    const hf_account_id a = add("nat.rewrite_contact=yes", "transport=tcp");
    char user[32], password[32];

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        snprintf(user, sizeof user, "user=u%u", i);
        snprintf(password, sizeof password, "password=pw-u%u", i);
        (void)world_add(
            &w, world_settings("generic", "transport=tcp", "nat.rport=no", user, password, NULL));
    }
    run_for(&w, 10 * HF_SECOND);
    assert_int_equal(state_of(&w, a), HF_STATE_REGISTERED);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        assert_int_equal(sim_apply(w.sim, &faults[i]), 0);
    w.event_count = 0;
    while (count_events(&w, HF_EVENT_REFRESHED) == 0)
        run_for(&w, HF_SECOND / 100);
    assert_in_range(status_of(&w, a).binding_expires_at, w.now, w.now + 600 * HF_SECOND);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_contact__is_the_local_one_where_there_is_no_nat),
        NAT_STORY(test_contact__names_the_local_address_unless_told_otherwise),
        NAT_STORY(test_contact__names_the_outer_address_from_the_second_request_on),
        NAT_STORY(test_contact__is_replaced_where_a_renewal_shows_another_place),
        NAT_STORY(test_rebinding__is_noticed_by_a_keep_alive),
        NAT_STORY(test_rebinding__is_mended_with_the_local_contact_too),
        NAT_STORY(test_rebinding__is_not_believed_again_and_again),
        NAT_STORY(test_stray__is_removed_when_an_answer_shows_it),
        NAT_STORY(test_packets__keep_the_mapping_whatever_they_are),
        NAT_STORY(test_packets__are_one_for_all_accounts_on_a_path),
        NAT_STORY(test_packets__end_with_the_binding),
        STORY(test_keep__is_done_as_often_as_the_server_wants),
        STORY(test_keep__without_a_number_is_done_as_rfc_5626_says),
        STORY(test_keep__ends_when_the_server_wants_it_no_more),
        STORY(test_keep__is_not_done_unless_it_was_offered),
        STORY(test_keep__goes_with_what_is_configured),
        STORY(test_keep__unanswered_makes_the_account_register_again),
        NAT_STORY(test_keep__shows_that_the_nat_has_rebound),
        NAT_STORY(test_nat_options__mean_nothing_when_they_are_not_answered),
        NAT_STORY(test_mapping__is_forgotten_without_packets),
        NAT_STORY(test_removal__names_the_contact_that_is_bound),
        NAT_STORY(test_lifetime__is_that_of_the_contact_that_was_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
