/* What metrics count, and that their text is bounded. */
#include "../cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/metrics_text.h"

static struct hf_account_status status_at(const char *server, size_t len, uint16_t port) {
    return (struct hf_account_status){
        .state = HF_STATE_REGISTERED,
        .place = HF_PLACE_BEST,
        .server = {server, len},
        .target = {.family = HF_FAMILY_IPV6, .port = port},
    };
}

static void test_histogram__counts_a_value_at_its_limit_below_it(void **state) {
    static const hf_time limits[] = {10, 20};
    struct histogram h;

    (void)state;
    histogram_init(&h, limits, 2);
    histogram_add(&h, 0);
    histogram_add(&h, 10);
    histogram_add(&h, 11);
    histogram_add(&h, 21);
    assert_int_equal(h.counts[0], 2);
    assert_int_equal(h.counts[1], 1);
    assert_int_equal(h.counts[2], 1);
    assert_int_equal(h.sum, 42);
    assert_int_equal(histogram_count(&h), 4);
}

static void test_failover__lasts_from_asking_the_first_target_that_failed(void **state) {
    struct hf_event event = {.kind = HF_EVENT_REGISTRATION_FAILED,
                             .at = 100 * HF_SECOND,
                             .took = 32 * HF_SECOND,
                             .cause = HF_CAUSE_TIMEOUT};
    hf_time failing_since_at = 0;
    struct tally tally;

    (void)state;
    tally_init(&tally);
    tally_event(&tally, &failing_since_at, &event);
    event.at += 60 * HF_SECOND;
    tally_event(&tally, &failing_since_at, &event);
    assert_int_equal(tally.failures[TALLY_FAILURE_TIMEOUT], 2);
    assert_int_equal(histogram_count(&tally.answers), 0);
    event = (struct hf_event){
        .kind = HF_EVENT_FAILOVER, .at = 161 * HF_SECOND, .took = HF_SECOND, .status = 200};
    tally_event(&tally, &failing_since_at, &event);
    event.kind = HF_EVENT_REFRESHED;
    tally_event(&tally, &failing_since_at, &event);
    assert_int_equal(histogram_count(&tally.failovers), 1);
    assert_int_equal(tally.failovers.sum, 93 * HF_SECOND);
    assert_int_equal(tally.answers.sum, HF_SECOND);
    assert_int_equal(failing_since_at, 0);
}

static void test_failover__without_a_failure_lasts_as_long_as_its_answer(void **state) {
    const struct hf_event event = {
        .kind = HF_EVENT_FAILOVER, .at = 10 * HF_SECOND, .took = HF_SECOND, .status = 200};
    hf_time failing_since_at = 0;
    struct tally tally;

    (void)state;
    tally_init(&tally);
    tally_event(&tally, &failing_since_at, &event);
    assert_int_equal(tally.failovers.sum, HF_SECOND);
}

static void test_failures__are_counted_by_the_class_of_their_answer(void **state) {
    static const struct {
        unsigned status;
        enum tally_failure failure;
    } cases[] = {{200, TALLY_FAILURE_INVALID},
                 {302, TALLY_FAILURE_3XX},
                 {403, TALLY_FAILURE_4XX},
                 {503, TALLY_FAILURE_5XX},
                 {603, TALLY_FAILURE_6XX}};
    hf_time failing_since_at = 0;
    struct tally tally;

    (void)state;
    tally_init(&tally);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct hf_event event = {.kind = HF_EVENT_REGISTRATION_FAILED,
                                       .status = cases[i].status,
                                       .cause = HF_CAUSE_ANSWER};

        tally_event(&tally, &failing_since_at, &event);
        assert_int_equal(tally.failures[cases[i].failure], 1);
    }
    assert_int_equal(histogram_count(&tally.answers), 5);
}

static void test_places__are_bounded_and_the_rest_is_counted_together(void **state) {
    struct metrics_places *places = malloc(sizeof *places);

    (void)state;
    metrics_places_init(places);
    for (unsigned i = 0; i < 3 * (METRICS_PLACES_MAX + 2); i++) {
        struct hf_account_status status =
            status_at("pbx", 3, (uint16_t)(i % (METRICS_PLACES_MAX + 2)));

        metrics_places_add(places, &status);
    }
    assert_int_equal(places->count, METRICS_PLACES_MAX);
    assert_int_equal(places->places[0].accounts, 3);
    assert_int_equal(places->elsewhere[HF_PLACE_BEST], 6);
    assert_int_equal(places->states[HF_STATE_REGISTERED], 3 * (METRICS_PLACES_MAX + 2));
    free(places);
}

static void test_places__of_accounts_without_a_binding_are_bounded_too(void **state) {
    struct metrics_places *places = malloc(sizeof *places);
    char server[16];

    (void)state;
    metrics_places_init(places);
    for (int i = 0; i < 3 * (METRICS_SERVERS_MAX + 2); i++) {
        struct hf_account_status status;

        snprintf(server, sizeof server, "pbx%d", i % (METRICS_SERVERS_MAX + 2));
        status = status_at(server, strlen(server), 5060);
        status.place = HF_PLACE_NONE;
        status.state = HF_STATE_WAITING;
        metrics_places_add(places, &status);
        status.state = HF_STATE_DISABLED;
        metrics_places_add(places, &status);
    }
    assert_int_equal(places->count, 0);
    assert_int_equal(places->unbound_count, METRICS_SERVERS_MAX);
    assert_int_equal(places->unbound[1].accounts, 3);
    assert_memory_equal(places->unbound[1].text, "pbx1", 4);
    assert_int_equal(places->unbound_elsewhere, 6);
    free(places);
}

static void test_text__of_everything_at_its_largest_fits(void **state) {
    struct metrics_places *places = malloc(sizeof *places);
    char *text = malloc(METRICS_TEXT_BYTES);
    struct writer w = writer_of(text, METRICS_TEXT_BYTES);
    struct tally tally;
    struct metrics metrics = {.tally = &tally, .places = places};
    char server[300];

    (void)state;
    memset(server, '"', sizeof server);
    memset(places, 0xff, sizeof *places);
    metrics_places_init(places);
    tally_init(&tally);
    memset(tally.events, 0xff, sizeof tally.events);
    memset(tally.failures, 0xff, sizeof tally.failures);
    memset(tally.answers.counts, 0x7f, sizeof tally.answers.counts);
    memset(tally.failovers.counts, 0x7f, sizeof tally.failovers.counts);
    memset(&metrics.counters, 0xff, sizeof metrics.counters);
    for (unsigned i = 0; i < METRICS_PLACES_MAX; i++) {
        struct hf_account_status status = status_at(server, sizeof server, (uint16_t)(65535 - i));

        memset(status.target.ip, 0xff, sizeof status.target.ip);
        status.place = HF_PLACE_LESSER_SERVER;
        metrics_places_add(places, &status);
    }
    for (int i = 0; i < METRICS_SERVERS_MAX; i++) {
        struct hf_account_status status = status_at(server, sizeof server, 0);

        server[0] = (char)('a' + i);
        status.place = HF_PLACE_NONE;
        status.state = HF_STATE_WAITING;
        metrics_places_add(places, &status);
    }
    assert_int_equal(places->count, METRICS_PLACES_MAX);
    assert_int_equal(places->unbound_count, METRICS_SERVERS_MAX);
    metrics_write(&metrics, &w);
    assert_true(writer_terminate(&w));
    assert_non_null(strstr(text, "server=\"????"));
    assert_null(strstr(text, "\"\"\""));
    free(text);
    free(places);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_histogram__counts_a_value_at_its_limit_below_it),
        cmocka_unit_test(test_failover__lasts_from_asking_the_first_target_that_failed),
        cmocka_unit_test(test_failover__without_a_failure_lasts_as_long_as_its_answer),
        cmocka_unit_test(test_failures__are_counted_by_the_class_of_their_answer),
        cmocka_unit_test(test_places__are_bounded_and_the_rest_is_counted_together),
        cmocka_unit_test(test_places__of_accounts_without_a_binding_are_bounded_too),
        cmocka_unit_test(test_text__of_everything_at_its_largest_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
