#include "target/health.h"

#include "base/limits.h"

#include "../cmocka_all.h"

static struct health health;
static const struct target a = {{.family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, 1}},
                                HF_TRANSPORT_UDP};
static const struct target b = {{.family = HF_FAMILY_IPV4, .port = 5061, .ip = {192, 0, 2, 1}},
                                HF_TRANSPORT_TLS};

static int setup(void **state) {
    const uint64_t seed[4] = {5};
    struct random random;

    (void)state;
    random_init(&random, seed);
    health_init(&health, &random);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    health_release(&health);
    return 0;
}

static enum health_state ask(const struct target *target, uint64_t scope, hf_time at) {
    hf_time until;

    return health_ask(&health, target, scope, &until, at * HF_SECOND);
}

static void fail_at(hf_time at, hf_time since) {
    health_failed(&health, &a, HEALTH_OF_ALL, 30 * HF_SECOND, false, since * HF_SECOND,
                  at * HF_SECOND);
}

static void test_health__who_failed_rests_and_one_may_try_then(void **state) {
    hf_time until;

    (void)state;
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 1), HEALTH_ALIVE);
    fail_at(10, 5);
    assert_int_equal(health_ask(&health, &a, HEALTH_OF_ALL, &until, 11 * HF_SECOND),
                     HEALTH_RESTING);
    assert_true(until == 40 * HF_SECOND);
    assert_int_equal(ask(&b, HEALTH_OF_ALL, 11), HEALTH_ALIVE);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 40), HEALTH_ALIVE);    /* one tries it */
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 41), HEALTH_ON_TRIAL); /* the others wait for him */
    health_served(&health, &a, HEALTH_OF_ALL, 42 * HF_SECOND);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 43), HEALTH_ALIVE);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 43), HEALTH_ALIVE);
}

static void test_health__a_trial_that_nobody_reports_of_is_not_for_ever(void **state) {
    (void)state;
    fail_at(10, 5);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 40), HEALTH_ALIVE);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 79), HEALTH_ON_TRIAL);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 80), HEALTH_ALIVE);
}

static void test_health__a_trial_that_is_abandoned_is_taken_by_the_next(void **state) {
    (void)state;
    health_abandon(&health, &a, HEALTH_OF_ALL); /* harmless */
    fail_at(10, 5);
    health_abandon(&health, &a, HEALTH_OF_ALL); /* nobody tries it: it rests on */
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 11), HEALTH_RESTING);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 40), HEALTH_ALIVE);
    health_abandon(&health, &a, HEALTH_OF_ALL);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 41), HEALTH_ALIVE);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 41), HEALTH_ON_TRIAL);
}

static void test_health__one_lost_answer_does_not_condemn_who_serves_others(void **state) {
    (void)state;
    health_served(&health, &a, HEALTH_OF_ALL, 7 * HF_SECOND);
    fail_at(10, 5); /* begun before it was seen to serve */
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 11), HEALTH_ALIVE);
    fail_at(20, 8);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 21), HEALTH_RESTING);
}

static void test_health__what_it_asked_for_itself_counts_in_any_case(void **state) {
    (void)state;
    health_served(&health, &a, HEALTH_OF_ALL, 9 * HF_SECOND);
    health_failed(&health, &a, HEALTH_OF_ALL, 600 * HF_SECOND, true, 5 * HF_SECOND, 10 * HF_SECOND);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 11), HEALTH_ASKED);
    fail_at(12, 11); /* a silence does not shorten it */
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 609), HEALTH_ASKED);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 610), HEALTH_ALIVE);
}

static void test_health__accounts_of_their_own_know_nothing_of_each_other(void **state) {
    (void)state;
    health_failed(&health, &a, 7, 30 * HF_SECOND, false, 0, HF_SECOND);
    assert_int_equal(ask(&a, 7, 2), HEALTH_RESTING);
    assert_int_equal(ask(&a, 8, 2), HEALTH_ALIVE);
    assert_int_equal(ask(&a, HEALTH_OF_ALL, 2), HEALTH_ALIVE);
    health_served(&health, &a, 7, 3 * HF_SECOND);
    assert_int_equal(ask(&a, 7, 4), HEALTH_ALIVE);
    assert_true(list_is_empty(&health.all)); /* nothing to be remembered */
}

static void test_health__remembers_no_more_than_it_may(void **state) {
    struct target target = a;

    (void)state;
    for (unsigned i = 0; i < LIMIT_TARGETS + 10; i++) {
        memcpy(target.address.ip, &i, sizeof i);
        health_failed(&health, &target, HEALTH_OF_ALL, HF_SECOND, false, 0, HF_SECOND);
    }
    assert_int_equal(health.by_target.count, LIMIT_TARGETS);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_health__who_failed_rests_and_one_may_try_then),
        TEST(test_health__a_trial_that_nobody_reports_of_is_not_for_ever),
        TEST(test_health__a_trial_that_is_abandoned_is_taken_by_the_next),
        TEST(test_health__one_lost_answer_does_not_condemn_who_serves_others),
        TEST(test_health__what_it_asked_for_itself_counts_in_any_case),
        TEST(test_health__accounts_of_their_own_know_nothing_of_each_other),
        TEST(test_health__remembers_no_more_than_it_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
