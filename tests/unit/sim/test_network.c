/* What links and NATs do to packets: as often and as late as they were told to. */
#include "../cmocka_all.h"

#include <string.h>

#include "base/slice.h"
#include "town.h"

struct traffic {
    unsigned sent[2]; /* from servers, from processes */
    unsigned arrived[2];
    hf_time first_late, last_late; /* the shortest and the longest time since one was sent */
    hf_time sent_at;
};

static void on_sent(void *user, const struct sim_packet *packet) {
    struct traffic *traffic = user;

    traffic->sent[packet->from_process]++;
    traffic->sent_at = packet->at;
}

static void on_arrived(void *user, const struct sim_packet *packet) {
    struct traffic *traffic = user;
    hf_time late = packet->at - traffic->sent_at;

    traffic->arrived[packet->from_process]++;
    if (late < traffic->first_late)
        traffic->first_late = late;
    if (late > traffic->last_late)
        traffic->last_late = late;
}

static void watch(struct traffic *traffic, struct sim *sim) {
    *traffic = (struct traffic){.first_late = HF_NEVER};
    sim_observe(sim,
                &(struct sim_observer){.user = traffic, .sent = on_sent, .arrived = on_arrived});
}

static void set_link(struct sim *sim, struct sim_link link) {
    const struct sim_fault fault = {
        .kind = SIM_LINK, .server = SIM_NONE, .process = SIM_NONE, .link = link};

    assert_int_equal(sim_apply(sim, &fault), 0);
}

/* A town whose one account sends about a REGISTER a second. */
static struct sim *busy_town(struct traffic *traffic, struct sim_link link) {
    struct sim *sim = town_create(3, 1);
    const struct sim_fault limits = {.kind = SIM_SERVER_LIMITS, .number = 1, .number_max = 1};

    watch(traffic, sim);
    set_link(sim, link);
    assert_int_equal(sim_apply(sim, &limits), 0);
    town_add_account(sim, town_add_process(sim, false, false), NULL);
    return sim;
}

static void test_perfect_link__delivers_everything_at_once(void **state) {
    struct traffic traffic;
    struct sim *sim = busy_town(&traffic, (struct sim_link){0});

    (void)state;
    town_run_for(sim, 100 * HF_SECOND);
    assert_in_range(traffic.sent[1], 90, 110);
    assert_int_equal(traffic.arrived[1], traffic.sent[1]);
    assert_int_equal(traffic.arrived[0], traffic.sent[0]);
    assert_true(traffic.last_late == 0);
    sim_free(sim);
}

static void test_loss__is_as_frequent_as_it_should_be_both_ways(void **state) {
    struct traffic traffic;
    struct sim *sim = busy_town(&traffic, (struct sim_link){.loss = 300000});

    (void)state;
    town_run_for(sim, 4000 * HF_SECOND);
    for (int way = 0; way < 2; way++) {
        assert_true(traffic.sent[way] > 2000);
        assert_in_range(traffic.arrived[way] * 100 / traffic.sent[way], 66, 74);
    }
    sim_free(sim);
}

static void test_latency_and_jitter__are_within_their_bounds(void **state) {
    struct traffic traffic;
    struct sim *sim = busy_town(
        &traffic, (struct sim_link){.latency = 20 * HF_MILLISECOND, .jitter = 10 * HF_MILLISECOND});

    (void)state;
    town_run_for(sim, 1000 * HF_SECOND);
    assert_in_range(traffic.first_late, 20 * HF_MILLISECOND, 21 * HF_MILLISECOND);
    assert_in_range(traffic.last_late, 29 * HF_MILLISECOND, 30 * HF_MILLISECOND);
    assert_int_equal(traffic.arrived[1], traffic.sent[1]);
    sim_free(sim);
}

static void test_duplicates__arrive_beside_the_first(void **state) {
    struct traffic traffic;
    struct sim *sim = busy_town(&traffic, (struct sim_link){.duplicate = 500000});

    (void)state;
    town_run_for(sim, 1000 * HF_SECOND);
    assert_in_range(traffic.arrived[1] * 100 / traffic.sent[1], 142, 158);
    sim_free(sim);
}

static void test_reordering__holds_some_back_by_ten_latencies(void **state) {
    struct traffic traffic;
    struct sim *sim =
        busy_town(&traffic, (struct sim_link){.latency = 5 * HF_MILLISECOND, .reorder = 200000});

    (void)state;
    town_run_for(sim, 100 * HF_SECOND);
    assert_true(traffic.first_late == 5 * HF_MILLISECOND);
    assert_true(traffic.last_late == 55 * HF_MILLISECOND);
    sim_free(sim);
}

static void test_partition__is_between_the_two_that_were_named(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t first = town_add_process(sim, false, false);
    uint32_t second = town_add_process(sim, false, false);
    struct sim_fault cut = {.kind = SIM_LINK, .process = first, .link = {.down = true}};

    (void)state;
    assert_int_equal(sim_apply(sim, &cut), 0);
    uint32_t a = town_add_account(sim, first, NULL), b = town_add_account(sim, second, NULL);

    town_run_for(sim, 60 * HF_SECOND);
    assert_int_not_equal(town_state(sim, a), HF_STATE_REGISTERED);
    assert_int_equal(town_state(sim, b), HF_STATE_REGISTERED);
    cut.link.down = false;
    assert_int_equal(sim_apply(sim, &cut), 0);
    town_run_for(sim, 120 * HF_SECOND);
    assert_int_equal(town_state(sim, a), HF_STATE_REGISTERED);
    cut.process = 2;
    assert_int_equal(sim_apply(sim, &cut), HF_ERROR_UNKNOWN);
    sim_free(sim);
}

static struct hf_address bound_from(const struct sim *sim) {
    struct registrar_binding binding;
    uint32_t cursor = 0;

    assert_true(registrar_next_binding(sim_registrar(sim, 0), &cursor, &binding));
    return binding.received;
}

static void test_nat__shows_its_own_address_and_another_port_after_it_forgot(void **state) {
    struct sim *sim = town_create(1, 1);
    const struct sim_fault timeout = {.kind = SIM_NAT_TIMEOUT, .span = 60 * HF_SECOND};
    struct hf_address first, second;

    (void)state;
    uint32_t account = town_add_account(sim, town_add_process(sim, true, false), "expires=600",
                                        "keep_alive.method=off", NULL);
    town_run_for(sim, HF_SECOND);
    first = bound_from(sim);
    assert_int_equal(first.ip[0], 203);
    assert_true(sim_is_reachable(sim, account));
    town_run_for(sim, 600 * HF_SECOND); /* without a timeout it is kept for ever */
    second = bound_from(sim);
    assert_int_equal(first.port, second.port);
    assert_int_equal(sim_apply(sim, &timeout), 0);
    town_run_for(sim, 600 * HF_SECOND);
    second = bound_from(sim);
    assert_int_not_equal(first.port, second.port);
    town_run_for(sim, 61 * HF_SECOND);
    assert_false(sim_is_reachable(sim, account)); /* though it is registered */
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERED);
    sim_free(sim);
}

static void test_two_phones__behind_one_nat_get_ports_of_their_own(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t a = town_add_account(sim, town_add_process(sim, true, false), "local_port=5060", NULL);
    uint32_t b = town_add_account(sim, town_add_process(sim, true, false), "local_port=5060", NULL);

    (void)state;
    town_run_for(sim, HF_SECOND);
    assert_true(sim_is_reachable(sim, a) && sim_is_reachable(sim, b));
    town_apply(sim, SIM_NAT_REBIND, 0);
    assert_true(!sim_is_reachable(sim, a) && sim_is_reachable(sim, b));
    sim_free(sim);
}

static void test_host__where_nobody_lives_is_silent(void **state) {
    struct sim *sim = town_create(1, 1);
    uint32_t account = town_add_account(sim, town_add_process(sim, false, false),
                                        "servers[1].address=192.0.2.77", NULL);
    struct hf_account_status status;

    (void)state;
    town_run_for(sim, 31 * HF_SECOND);
    assert_int_equal(town_state(sim, account), HF_STATE_REGISTERING);
    town_run_for(sim, 2 * HF_SECOND);
    assert_int_equal(sim_account_status(sim, account, &status), 0);
    assert_int_equal(status.failures, 1);
    sim_free(sim);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_perfect_link__delivers_everything_at_once),
        cmocka_unit_test(test_loss__is_as_frequent_as_it_should_be_both_ways),
        cmocka_unit_test(test_latency_and_jitter__are_within_their_bounds),
        cmocka_unit_test(test_duplicates__arrive_beside_the_first),
        cmocka_unit_test(test_reordering__holds_some_back_by_ten_latencies),
        cmocka_unit_test(test_partition__is_between_the_two_that_were_named),
        cmocka_unit_test(test_nat__shows_its_own_address_and_another_port_after_it_forgot),
        cmocka_unit_test(test_two_phones__behind_one_nat_get_ports_of_their_own),
        cmocka_unit_test(test_host__where_nobody_lives_is_silent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
