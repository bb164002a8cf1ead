/* Stories that hold over UDP only, or over UDP and TCP, or over IPv4 only, and why. All others are
 * told over each transport and both families. */
#include <string.h>

#include "../unit/cmocka_all.h"
#include "story.h"

static const struct {
    const char *name;
    const char *why;
} of_udp[] = {
    /* They count packets, or tell when they go: nothing is resent over a stream. */
    {"test_1xx__is_waited_on_and_is_no_answer", "resends"},
    {"test_dead_primary__is_left_after_its_retry_count", "resends"},
    {"test_failed_probe__changes_nothing_and_is_repeated", "resends"},
    {"test_phones__find_out_each_for_itself", "resends"},
    {"test_shared_health__after_a_rest_one_account_tries_for_all", "resends"},
    {"test_shared_health__spares_a_dead_server_the_removals", "resends"},
    {"test_shared_health__spares_the_others_a_dead_server", "resends"},
    {"test_shared_health__who_answers_again_serves_everybody", "resends"},
    {"test_lost_packets__of_one_account_do_not_condemn_a_server_that_serves", "resends"},
    {"test_srv__a_dead_target_is_left_for_the_next_in_the_same_attempt", "resends"},
    {"test_silence__is_retransmitted_as_the_rfc_says_then_retried", "resends"},
    {"test_report_24__an_answer_that_is_lost_leaves_nothing_under_way", "resends"},
    {"test_a_machine_that_slept__sends_one_and_counts_nothing", "resends"},
    /* A server that is gone gets no REGISTER: there is no connection to send it on, and the one
     * that there was is known to be lost at once. */
    {"test_silence__is_lost_after_the_last_try_and_not_before", "loss is known"},
    {"test_refused__is_a_try_without_an_answer", "loss is known"},
    {"test_retry__is_the_familys_own_again_and_again", "no connection, no REGISTER"},
    {"test_growing_retry__grows_to_its_end_and_starts_anew_after_a_success", "loss is known"},
    {"test_registering__says_when_it_gives_up_and_what_comes_then", "it connects first"},
    {"test_keep_alive__says_when_the_next_one_goes_and_how_many_are_unanswered", "loss is known"},
    {"test_failing_back__says_when_it_tries_that_it_tries_and_what_came_of_it",
     "it connects first"},
    {"test_srv__dns_ttl_that_led_to_a_dead_target_begins_anew", "no connection, no REGISTER"},
    {"test_shared_health__a_dead_server_is_asked_once_in_half_a_minute_at_most",
     "no connection, no REGISTER"},
    {"test_start__of_a_fleet_keeps_to_the_rate_of_the_target", "it connects first"},
    /* Each connection leaves from a port of its own, and so has a Contact of its own. */
    {"test_200__granting_0_is_no_registration", "its Contacts pile up at the registrar"},
    {"test_report_22__nothing_a_server_does_stops_an_account_for_good",
     "its Contacts pile up at the registrar"},
    {"test_memory__continues_the_binding_with_one_request", "another Contact"},
    {"test_memory__says_what_is_bound", "another port"},
    {"test_memory__is_kept_until_the_server_answers_again", "another Contact"},
    {"test_no__leaves_the_former_contact_and_instance_removes_it", "another Contact"},
    {"test_memory__of_an_ended_binding_begins_as_usual_with_the_same_call_id", "another Contact"},
    {"test_turns__go_to_those_whose_binding_ends_first", "removals of the former Contacts"},
    {"test_restart__goes_on_with_the_binding_at_each_server", "another Contact"},
    {"test_removal__that_is_not_answered_holds_nothing_up", "another Contact"},
    {"test_removal__interrupted_by_the_end_is_taken_up_again", "another Contact"},
    /* A NAT that forgets a connection ends it: nothing comes of what is sent. */
    {"test_contact__is_replaced_where_a_renewal_shows_another_place", "mapping"},
    {"test_rebinding__is_noticed_by_a_keep_alive", "mapping"},
    {"test_rebinding__is_mended_with_the_local_contact_too", "mapping"},
    {"test_rebinding__is_not_believed_again_and_again", "mapping"},
    {"test_stray__is_removed_when_an_answer_shows_it", "mapping"},
    {"test_keep__shows_that_the_nat_has_rebound", "mapping"},
    {"test_keep__unanswered_makes_the_account_register_again", "its STUN"},
    {"test_packets__keep_the_mapping_whatever_they_are", "its kinds of packets"},
    {"test_packets__are_one_for_all_accounts_on_a_path", "the pings of the path's first interval"},
    /* They say ";transport=" in a Route, or have the records of UDP. */
    {"test_outbound_proxies__are_walked_for_one_server", "Route"},
    {"test_report_10__another_target_is_not_told_of_the_path_before", "records"},
    {"test_a_strict_proxy__is_the_request_uri_and_the_server_the_last_route", "Route"},
    {"test_a_strict_proxy__is_what_the_digest_is_made_for", "Route"},
    {"test_report_2__later_requests_follow_the_target_and_the_route", "Route"},
    {"test_in_route__names_the_proxy_and_sends_to_it", "Route"},
    {"test_in_route__says_the_port_of_the_proxy", "Route"},
    {"test_service_route__follows_the_proxy_in_later_requests", "Route"},
    {"test_service_route__that_names_the_proxy_again_does_not_go_there_twice", "Route"},
    {"test_naptr__leads_to_srv_of_a_transport_that_works", "records"},
    {"test_static_dns__is_failed_over_and_back_like_any_records", "records"},
    {"test_static_dns__leads_to_the_server_while_the_dns_is_silent", "records"},
    {"test_static_dns__stands_before_it_by_static_cache_pri", "records"},
    {"test_static_dns__stands_before_it_when_it_is_preferred", "records"},
    /* A connection that brings nothing in time is closed, and nothing comes over it late. */
    {"test_slow_server__renews_with_its_late_answers", "its connection is closed"},
    {"test_slow_server__registers_who_has_no_binding", "its connection is closed"},
    {"test_moved_on__removes_what_the_first_server_bound_late", "its connection is closed"},
    {"test_moved_on__removes_what_was_bound_when_it_had_moved", "its connection is closed"},
    {"test_servers_that_share_bindings__keep_it_after_a_late_answer", "its connection is closed"},
    {"test_unregistered_meanwhile__is_so_at_the_slow_server_too", "its connection is closed"},
    {"test_forged_late_answers__have_no_effect_or_one", "its connection is closed"},
    /* What ends a connection is no rubbish to be dropped. */
    {"test_wrong_answers__of_every_kind_are_not_believed", "rubbish"},
};

/* They tell a server by its port, which is 5060. */
static const char *const not_of_tls[] = {
    "test_a_refresh_that_fails__says_that_it_tries_again_and_how_long_it_is_bound",
    "test_keep_alive__says_when_the_next_one_goes_and_how_many_are_unanswered",
    "test_registered__says_when_it_renews_and_when_the_binding_ends",
    "test_removing__says_so_and_does_not_claim_what_no_server_confirmed",
    "test_failover__by_hand_keeps_to_the_rate_too",
};

static const struct {
    const char *name;
    const char *why;
} of_ipv4[] = {
    {"test_report_60__a_machine_of_ipv4_alone_leaves_the_ipv6_of_a_name", "of both families"},
    {"test_report_60__a_machine_of_ipv6_alone_leaves_the_ipv4_of_a_name", "of both families"},
    {"test_flx__a_list_of_proxies_for_registration_or_not", "a phone's file"},
    {"test_grandstream__backup_proxy_and_mode", "a phone's file"},
    {"test_yealink__two_proxies_and_minus_one", "a phone's file"},
    {"test_static_dns__is_failed_over_and_back_like_any_records", "static A records"},
    {"test_static_dns__naptr_records_choose_the_transport", "static A records"},
};

static bool holds_over_ipv6(const char *name) {
    for (size_t i = 0; i < sizeof of_ipv4 / sizeof of_ipv4[0]; i++)
        if (strcmp(of_ipv4[i].name, name) == 0)
            return false;
    return true;
}

bool story_holds(const char *name) {
    if (world_has_ipv6() && !holds_over_ipv6(name))
        return false;
    if (!world_has_streams())
        return true;
    for (size_t i = 0; i < sizeof of_udp / sizeof of_udp[0]; i++)
        if (strcmp(of_udp[i].name, name) == 0)
            return false;
    for (size_t i = 0; i < sizeof not_of_tls / sizeof not_of_tls[0]; i++)
        if (world_port() != 5060 && strcmp(not_of_tls[i], name) == 0)
            return false;
    return true;
}

void story_is_skipped(void **state) {
    (void)state;
    skip();
}
