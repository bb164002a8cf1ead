#include "target/locate.h"

#include <stdio.h>
#include <string.h>

#include "../cmocka_all.h"
#include "base/slice.h"

/* A zone of a few records; a name without any does not exist. */
struct zone_record {
    const char *name;
    struct hf_dns_record record;
};

static struct names names;
static struct outbox outbox;
static struct random rng;
static struct locating locating;
static struct list_node waiter;
static struct zone_record zone[32];
static unsigned zone_count, questions;
static char asked[1024]; /* "A sip.example, SRV _sip._udp.example, …" */

static int setup(void **state) {
    const uint64_t seed[4] = {13};

    (void)state;
    random_init(&rng, seed);
    names_init(&names, &rng);
    outbox_init(&outbox);
    list_init(&waiter);
    zone_count = questions = 0;
    asked[0] = '\0';
    locating = (struct locating){0};
    return 0;
}

static int teardown(void **state) {
    (void)state;
    list_remove(&waiter);
    locate_end(&locating);
    names_release(&names);
    outbox_release(&outbox);
    return 0;
}

static void add_a(const char *name, uint8_t last_byte, uint32_t ttl) {
    zone[zone_count++] =
        (struct zone_record){name,
                             {.type = HF_DNS_A,
                              .ttl = ttl,
                              .address = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, last_byte}}}};
}

static void add_srv(const char *name, uint16_t priority, uint16_t weight, uint16_t port,
                    const char *target, uint32_t ttl) {
    zone[zone_count++] = (struct zone_record){
        name,
        {.type = HF_DNS_SRV, .ttl = ttl, .srv = {priority, weight, port, slice_from(target)}}};
}

static void add_naptr(const char *name, uint16_t order, const char *flags, const char *service,
                      const char *replacement) {
    zone[zone_count++] = (struct zone_record){name,
                                              {.type = HF_DNS_NAPTR,
                                               .ttl = 60,
                                               .naptr = {.order = order,
                                                         .preference = 1,
                                                         .flags = slice_from(flags),
                                                         .service = slice_from(service),
                                                         .replacement = slice_from(replacement)}}};
}

static const char *type_name(enum hf_dns_type type) {
    switch (type) {
    case HF_DNS_A:
        return "A";
    case HF_DNS_AAAA:
        return "AAAA";
    case HF_DNS_SRV:
        return "SRV";
    case HF_DNS_NAPTR:
        return "NAPTR";
    }
    return "?";
}

static void answer_from_zone(const struct hf_output_resolve *question, hf_time now) {
    struct hf_dns_record records[32];
    struct hf_dns_answer answer = {.result = HF_DNS_NO_NAME, .records = records};
    struct list_node woken;
    size_t len = strlen(asked);

    questions++;
    snprintf(asked + len, sizeof asked - len, "%s%s %.*s", len > 0 ? ", " : "",
             type_name(question->type), (int)question->name.len, question->name.ptr);
    for (unsigned i = 0; i < zone_count; i++)
        if (zone[i].record.type == question->type &&
            slice_equal_nocase(slice_from(zone[i].name), question->name))
            records[answer.count++] = zone[i].record;
    if (answer.count > 0)
        answer.result = HF_DNS_OK;
    list_init(&woken);
    assert_int_equal(names_resolved(&names, question->query, &answer, &woken, now), 0);
    while (list_take_first(&woken))
        continue;
}

static bool six_is_silent;

/* The next target as "192.0.2.1:5060/udp level 0", or "-"; every question is answered in a
 * microsecond of its own, so that nothing hangs together by chance. */
static const char *next_target(hf_time *now) {
    static char text[80];
    static const char *const transports[] = {"udp", "tcp", "tls"};
    struct candidate found;
    struct hf_output output;
    enum locate_result result;

    while ((result = locate_next(&locating, &names, &rng, &waiter, &outbox, &found, *now)) ==
           LOCATE_WAITING) {
        bool any = false;

        assert_true(list_is_linked(&waiter));
        while (outbox_next(&outbox, &output)) {
            char name[256];

            snprintf(name, sizeof name, "%.*s", (int)output.resolve.name.len,
                     output.resolve.name.ptr);
            output.resolve.name = slice_from(name);
            if (six_is_silent && output.resolve.type == HF_DNS_AAAA)
                continue;
            answer_from_zone(&output.resolve, ++*now);
            any = true;
            if (!list_is_linked(&waiter))
                break; /* it looks at once, as the agent does */
        }
        if (!any) { /* nobody answers */
            list_remove(&waiter);
            *now = locate_awaits_late(&locating);
            locate_give_question_up(&locating);
        }
    }
    if (result == LOCATE_DONE)
        return "-";
    snprintf(text, sizeof text, "192.0.2.%u:%u/%s level %u", found.target.address.ip[3],
             found.target.address.port, transports[found.target.transport], found.level);
    return text;
}

static const struct next_hop by_dns = {
    .host = {"example", 7},
    .transport_by_dns = true,
    .srv_without = 1u << HF_TRANSPORT_UDP | 1u << HF_TRANSPORT_TCP | 1u << HF_TRANSPORT_TLS};

static void test_locate__takes_an_address_as_it_is(void **state) {
    const struct next_hop hop = {.host = SLICE("[2001:db8::1]"), .transport = HF_TRANSPORT_TLS};
    struct candidate found;

    (void)state;
    locate_begin(&locating, &hop, NULL);
    assert_int_equal(locate_next(&locating, &names, &rng, &waiter, &outbox, &found, 0),
                     LOCATE_FOUND);
    assert_int_equal(found.target.address.port, 5061);
    assert_true(found.expires_at == HF_NEVER);
    assert_int_equal(locate_peek(&locating, &names, &rng, &outbox, &found, 0), LOCATE_DONE);
    assert_int_equal(locate_next(&locating, &names, &rng, &waiter, &outbox, &found, 0),
                     LOCATE_DONE);
    assert_int_equal(questions, 0);
}

static void test_locate__a_port_means_addresses(void **state) {
    const struct next_hop hop = {.host = SLICE("example"), .port = 5080};
    hf_time now = 0;

    (void)state;
    add_a("example", 1, 60);
    add_srv("_sip._udp.example", 1, 1, 5062, "other.example", 60);
    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "192.0.2.1:5080/udp level 0");
    assert_string_equal(asked, "A example, AAAA example");
}

static void test_locate__waits_for_aaaa_when_its_addresses_have_failed(void **state) {
    const struct next_hop hop = {.host = SLICE("example"), .port = 5080};
    struct candidate found;
    hf_time now = 0;

    (void)state;
    add_a("example", 1, 60);
    six_is_silent = true;
    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "192.0.2.1:5080/udp level 0");
    assert_in_range(now, 50 * HF_MILLISECOND, 51 * HF_MILLISECOND);
    assert_false(list_is_linked(&waiter));
    assert_int_equal(locate_next(&locating, &names, &rng, &waiter, &outbox, &found, now),
                     LOCATE_WAITING);
    assert_true(list_is_linked(&waiter));
    assert_int_equal(locate_awaits_late(&locating), now + HF_SECOND);
    list_remove(&waiter);
    locate_give_question_up(&locating);
    assert_int_equal(locate_next(&locating, &names, &rng, &waiter, &outbox, &found, now),
                     LOCATE_DONE);
    six_is_silent = false;
}

static void test_locate__without_a_port_srv_says_where(void **state) {
    const struct next_hop hop = {.host = SLICE("example"), .transport = HF_TRANSPORT_TCP};
    hf_time now = 0;

    (void)state;
    add_srv("_sip._tcp.example", 20, 0, 5070, "b.example", 60);
    add_srv("_sip._tcp.example", 10, 0, 5069, "a.example", 60);
    add_a("a.example", 1, 60);
    add_a("a.example", 2, 60);
    add_a("b.example", 3, 60);
    add_a("example", 9, 60);
    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "192.0.2.1:5069/tcp level 0");
    assert_string_equal(next_target(&now), "192.0.2.2:5069/tcp level 0");
    assert_string_equal(next_target(&now), "192.0.2.3:5070/tcp level 1");
    assert_string_equal(next_target(&now), "-");
}

static void test_locate__without_srv_the_name_itself_counts(void **state) {
    hf_time now = 0;

    (void)state;
    add_a("example", 9, 60);
    locate_begin(&locating, &by_dns, NULL);
    assert_string_equal(next_target(&now), "192.0.2.9:5060/udp level 0");
    assert_string_equal(next_target(&now), "-");
    assert_non_null(strstr(asked, "NAPTR example, SRV _sip._udp.example, SRV _sip._tcp.example, "
                                  "SRV _sips._tcp.example, A example"));
}

static void test_locate__naptr_says_which_transport(void **state) {
    hf_time now = 0;

    (void)state;
    add_naptr("example", 20, "s", "SIP+D2U", "u.example");
    add_naptr("example", 10, "s", "SIPS+D2T", "t.example");
    add_srv("u.example", 0, 0, 5060, "a.example", 60);
    add_srv("t.example", 0, 0, 5061, "a.example", 60);
    add_a("a.example", 1, 60);
    locate_begin(&locating, &by_dns, NULL);
    assert_string_equal(next_target(&now), "192.0.2.1:5061/tls level 0");
    assert_string_equal(next_target(&now), "192.0.2.1:5060/udp level 256");
    assert_string_equal(next_target(&now), "-");
}

static void test_locate__naptr_may_lead_to_naptr_but_not_in_a_circle(void **state) {
    hf_time now = 0;

    (void)state;
    add_naptr("example", 1, "", "SIP+D2U", "next.example");
    add_naptr("next.example", 1, "a", "SIP+D2U", "a.example");
    add_a("a.example", 4, 60);
    locate_begin(&locating, &by_dns, NULL);
    assert_string_equal(next_target(&now), "192.0.2.4:5060/udp level 0");
    assert_string_equal(next_target(&now), "-");

    add_naptr("circle", 1, "", "SIP+D2U", "circle");
    add_a("circle", 5, 60);
    const struct next_hop circle = {
        .host = SLICE("circle"), .transport_by_dns = true, .srv_without = 1};

    locate_begin(&locating, &circle, NULL);
    assert_string_equal(next_target(&now), "192.0.2.5:5060/udp level 0");
    assert_true(questions < 30);
}

/* Every record may be used once, though it has gone stale before the walk is done. */
static void test_locate__a_ttl_of_zero_lasts_for_one_walk(void **state) {
    const struct next_hop hop = {.host = SLICE("example")};
    hf_time now = 0;

    (void)state;
    add_srv("_sip._udp.example", 1, 0, 5060, "a.example", 0);
    add_srv("_sip._udp.example", 2, 0, 5060, "b.example", 0);
    add_a("a.example", 1, 0);
    add_a("b.example", 2, 0);
    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "192.0.2.1:5060/udp level 0");
    now += 40 * HF_SECOND;
    assert_string_equal(next_target(&now), "192.0.2.2:5060/udp level 1");
    assert_string_equal(next_target(&now), "-");
    unsigned before = questions;

    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "192.0.2.1:5060/udp level 0");
    assert_true(questions > before);
}

static void test_locate__a_root_target_means_that_there_is_no_service(void **state) {
    const struct next_hop hop = {.host = SLICE("example")};
    hf_time now = 0;

    (void)state;
    add_srv("_sip._udp.example", 0, 0, 0, ".", 60);
    add_a("example", 1, 60);
    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "-");
}

static void test_locate__what_cannot_be_found_is_passed_over(void **state) {
    const struct next_hop hop = {.host = SLICE("example")};
    hf_time now = 0;

    (void)state;
    add_srv("_sip._udp.example", 1, 0, 5060, "missing.example", 60);
    add_srv("_sip._udp.example", 2, 0, 5060, "b.example", 60);
    add_a("b.example", 2, 60);
    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "192.0.2.2:5060/udp level 1");
    assert_string_equal(next_target(&now), "-");
}

static void test_locate__prefers_the_target_that_served_while_the_name_leads_there(void **state) {
    const struct next_hop hop = {.host = SLICE("example")};
    struct candidate served = {0};
    hf_time now = 0;

    (void)state;
    add_srv("_sip._udp.example", 1, 0, 5060, "a.example", 1);
    add_srv("_sip._udp.example", 2, 0, 5070, "b.example", 1);
    add_a("a.example", 1, 1);
    add_a("b.example", 2, 1);
    add_a("b.example", 3, 1);
    locate_begin(&locating, &hop, NULL);
    next_target(&now);
    next_target(&now);
    assert_int_equal(locate_next(&locating, &names, &rng, &waiter, &outbox, &served, now),
                     LOCATE_FOUND); /* 192.0.2.3, the second address of b */
    locate_begin(&locating, &hop, &served);
    assert_string_equal(next_target(&now), "192.0.2.3:5070/udp level 1");
    assert_string_equal(next_target(&now), "192.0.2.2:5070/udp level 1");
    assert_string_equal(next_target(&now), "192.0.2.1:5060/udp level 0");
    assert_string_equal(next_target(&now), "-");

    zone_count = 1; /* b is gone from the DNS */
    add_a("a.example", 1, 1);
    now += 9 * HF_SECOND;
    locate_begin(&locating, &hop, &served);
    assert_string_equal(next_target(&now), "192.0.2.1:5060/udp level 0");
    assert_string_equal(next_target(&now), "-");
}

static void test_locate__can_look_ahead(void **state) {
    const struct next_hop hop = {.host = SLICE("example"), .port = 5060};
    struct candidate found;
    hf_time now = 0;

    (void)state;
    add_a("example", 1, 60);
    add_a("example", 2, 60);
    six_is_silent = true;
    locate_begin(&locating, &hop, NULL);
    next_target(&now);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(locate_peek(&locating, &names, &rng, &outbox, &found, now), LOCATE_FOUND);
        assert_int_equal(found.target.address.ip[3], 2);
    }
    assert_string_equal(next_target(&now), "192.0.2.2:5060/udp level 0");
    /* IPv6 addresses may still come */
    assert_int_equal(locate_peek(&locating, &names, &rng, &outbox, &found, now), LOCATE_WAITING);
    assert_true(locate_has_only_late(&locating));
    assert_string_equal(next_target(&now), "-");
    six_is_silent = false;
}

static void test_locate__configured_addresses_need_no_dns(void **state) {
    const struct next_hop hop = {.host = SLICE("example"),
                                 .port = 5062,
                                 .fixed = {{.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 7}},
                                           {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 8}}},
                                 .fixed_count = 2};
    const struct candidate served = {
        .target = {{.family = HF_FAMILY_IPV4, .port = 5062, .ip = {192, 0, 2, 8}},
                   HF_TRANSPORT_UDP}};
    hf_time now = 0;

    (void)state;
    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "192.0.2.7:5062/udp level 0");
    assert_string_equal(next_target(&now), "192.0.2.8:5062/udp level 1");
    assert_string_equal(next_target(&now), "-");
    locate_begin(&locating, &hop, &served);
    assert_string_equal(next_target(&now), "192.0.2.8:5062/udp level 1");
    assert_string_equal(next_target(&now), "192.0.2.7:5062/udp level 0");
    assert_int_equal(questions, 0);
}

static void test_locate__knows_the_addresses_that_it_has_seen(void **state) {
    const struct next_hop hop = {.host = SLICE("example")};
    const struct hf_address second = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 2}},
                            strange = {.family = HF_FAMILY_IPV4, .ip = {192, 0, 2, 3}};
    hf_time now = 0;

    (void)state;
    add_srv("_sip._udp.example", 1, 0, 5060, "a.example", 60);
    add_srv("_sip._udp.example", 2, 0, 5060, "b.example", 60);
    add_a("a.example", 1, 60);
    add_a("b.example", 2, 60);
    add_a("c.example", 3, 60);
    assert_false(locate_leads_to(&names, &hop, &second));
    locate_begin(&locating, &hop, NULL);
    next_target(&now);
    next_target(&now);
    assert_true(locate_leads_to(&names, &hop, &second));
    assert_false(locate_leads_to(&names, &hop, &strange));
}

/* A service that leads to itself has no address, and is not followed. */
static void test_locate__srv_that_leads_to_itself_leads_nowhere(void **state) {
    const struct next_hop hop = {.host = SLICE("example")};
    hf_time now = 0;

    (void)state;
    add_srv("_sip._udp.example", 1, 65535, 0, "_sip._udp.example", 60);
    add_srv("_sip._udp.example", 1, 65535, 0, "example", 60);
    add_srv("example", 1, 1, 1, "example", 60);
    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "-");
    assert_true(questions <= 5); /* SRV, then A and AAAA of both */
}

/* RFC 2782 wants a name; an address can only mean itself. Port 0 is the transport's own. */
static void test_locate__srv_that_leads_to_an_address_asks_for_no_name(void **state) {
    const struct next_hop hop = {.host = SLICE("example")};
    hf_time now = 0;

    (void)state;
    add_srv("_sip._udp.example", 1, 65535, 0, "192.0.2.7", 60);
    add_srv("_sip._udp.example", 1, 65535, 65535, "192.0.2.7", 60);
    add_srv("_sip._udp.example", 2, 0, 5060, "", 60);
    locate_begin(&locating, &hop, NULL);
    const bool first_is_default = strstr(next_target(&now), ":5060/udp level 0") != NULL;

    assert_string_equal(next_target(&now), first_is_default ? "192.0.2.7:65535/udp level 0"
                                                            : "192.0.2.7:5060/udp level 0");
    assert_string_equal(next_target(&now), "-");
    assert_int_equal(questions, 1);
}

/* NAPTR records with regular expressions, odd flags, other services or no replacement say nothing
 * to a SIP client (RFC 3263 section 4.1): it goes on as if there were none. */
static void test_locate__naptr_that_sip_cannot_use_is_passed_over(void **state) {
    hf_time now = 0;

    (void)state;
    add_naptr("example", 1, "u", "SIP+D2U", ".");
    zone[0].record.naptr.regexp = SLICE("!^.*$!sip:liar@example!");
    add_naptr("example", 1, "s", "E2U+sip", "_sip._udp.liar");
    add_naptr("example", 1, "s", "SIP+D2U", "");
    add_naptr("example", 1, "ss", "SIP+D2U", "_sip._udp.liar");
    add_srv("_sip._udp.example", 1, 1, 5070, "a.example", 60);
    add_srv("_sip._udp.liar", 1, 1, 5070, "liar", 60);
    add_a("a.example", 1, 60);
    add_a("liar", 66, 60);
    locate_begin(&locating, &by_dns, NULL);
    assert_non_null(strstr(next_target(&now), "192.0.2.1:5070/udp"));
    assert_string_equal(next_target(&now), "-");
}

/* With "_sips._tcp." before it the name of 255 bytes is longer than any name. */
static void test_locate__a_name_of_255_bytes_leads_to_its_addresses(void **state) {
    char text[LIMIT_NAME_BYTES + 1];
    const struct next_hop hop = {.host = {text, LIMIT_NAME_BYTES}, .transport = HF_TRANSPORT_TLS};
    hf_time now = 0;

    (void)state;
    memset(text, 'a', LIMIT_NAME_BYTES);
    text[LIMIT_NAME_BYTES] = '\0';
    add_a(text, 1, 60);
    locate_begin(&locating, &hop, NULL);
    assert_string_equal(next_target(&now), "192.0.2.1:5061/tls level 0");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_locate__takes_an_address_as_it_is),
        TEST(test_locate__a_port_means_addresses),
        TEST(test_locate__waits_for_aaaa_when_its_addresses_have_failed),
        TEST(test_locate__without_a_port_srv_says_where),
        TEST(test_locate__without_srv_the_name_itself_counts),
        TEST(test_locate__naptr_says_which_transport),
        TEST(test_locate__naptr_may_lead_to_naptr_but_not_in_a_circle),
        TEST(test_locate__a_ttl_of_zero_lasts_for_one_walk),
        TEST(test_locate__a_root_target_means_that_there_is_no_service),
        TEST(test_locate__what_cannot_be_found_is_passed_over),
        TEST(test_locate__prefers_the_target_that_served_while_the_name_leads_there),
        TEST(test_locate__can_look_ahead),
        TEST(test_locate__knows_the_addresses_that_it_has_seen),
        TEST(test_locate__configured_addresses_need_no_dns),
        TEST(test_locate__srv_that_leads_to_itself_leads_nowhere),
        TEST(test_locate__srv_that_leads_to_an_address_asks_for_no_name),
        TEST(test_locate__naptr_that_sip_cannot_use_is_passed_over),
        TEST(test_locate__a_name_of_255_bytes_leads_to_its_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
