/* Stories of a backup server in the manuals: when an account goes home from it. */

#include "story_test.h"

/* Registered with the second server after the first one was dead. */
static hf_account_id at_backup(const char *phone, const char *failback, const char *more) {
    server_down(&w, 0);
    hf_account_id a = world_add(&w, world_settings(phone, "servers[2].address=192.0.2.2",
                                                   "expires=600", "redundancy=successive",
                                                   "health=per-account", failback, more, NULL));

    run_for(&w, 60 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    return a;
}

static void test_grandstream__prefer_primary_0_stays_until_the_backup_fails(void **state) {
    (void)state;
    hf_account_id a = at_backup("grandstream-grp", "fallback.failback=stay", NULL);

    server_up(&w, 0);
    run_for(&w, 3600 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    server_down(&w, 1);
    run_for(&w, 900 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_grandstream__prefer_primary_1_goes_home_with_a_renewal(void **state) {
    (void)state;
    hf_account_id a = at_backup("grandstream-grp", "fallback.failback=registration", NULL);

    server_up(&w, 0);
    run_for(&w, 120 * HF_SECOND); /* it is not due before half of the 600 s */
    expect_registered_at(&w, a, 1);
    run_for(&w, 600 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 1), 0);
}

static void test_grandstream__prefer_primary_2_goes_home_when_it_answers(void **state) {
    (void)state;
    hf_account_id a =
        at_backup("grandstream-grp", "fallback.failback=probe", "fallback.timeout=60");

    run_for(&w, 180 * HF_SECOND); /* the probes of a dead primary cost nothing */
    expect_registered_at(&w, a, 1);
    server_up(&w, 0);
    run_for(&w, 100 * HF_SECOND);
    expect_registered_at(&w, a, 0);
}

static void test_flx__rolls_back_to_the_registrar_after_its_interval(void **state) {
    (void)state;
    hf_account_id a = at_backup("flx", "fallback.failback=probe", "fallback.timeout=120");

    server_up(&w, 0);
    run_for(&w, 20 * HF_SECOND);
    expect_registered_at(&w, a, 1);
    run_for(&w, 140 * HF_SECOND);
    expect_registered_at(&w, a, 0);
    assert_int_equal(bindings_at(&w, 1), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORY(test_grandstream__prefer_primary_0_stays_until_the_backup_fails),
        STORY(test_grandstream__prefer_primary_1_goes_home_with_a_renewal),
        STORY(test_grandstream__prefer_primary_2_goes_home_when_it_answers),
        STORY(test_flx__rolls_back_to_the_registrar_after_its_interval),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
