/* The pool's table of what is in force must say what looking it up says, in every place. */
#include "../cmocka_all.h"

#include <stdio.h>

#include "settings/resolved.h"

enum { USERS = 40 };

static struct hf_settings *make(const char *family) {
    struct hf_settings *settings;

    assert_int_equal(hf_settings_create(family, &settings), 0);
    assert_int_equal(hf_settings_set(settings, "servers[1].address", "a.example:5070", NULL), 0);
    assert_int_equal(hf_settings_set(settings, "servers[3].address", "b.example", NULL), 0);
    assert_int_equal(hf_settings_set(settings, "servers[3].expires", "77", NULL), 0);
    assert_int_equal(hf_settings_set(settings, "retry_counts", "5", NULL), 0);
    assert_int_equal(hf_settings_set(settings, "proxies[2].address", "p.example", NULL), 0);
    assert_int_equal(hf_settings_set(settings, "user", "alice", NULL), 0);
    return settings;
}

static void assert_same(const struct hf_settings *a, const struct hf_settings *b) {
    for (int id = 0; id < SETTING_COUNT; id++) {
        for (unsigned i = 0; i < settings_scope_count[settings_table[id].scope]; i++) {
            struct setting_value x = settings_value(a, (enum setting)id, i);
            struct setting_value y = settings_value(b, (enum setting)id, i);

            if (x.number != y.number || !slice_equal(x.text, y.text))
                fail_msg("%s[%u] differs", settings_table[id].name, i);
        }
    }
    assert_int_equal(settings_server_count(a), settings_server_count(b));
    assert_int_equal(settings_proxy_count(a), settings_proxy_count(b));
}

static void test_pool__table_says_what_looking_up_says_in_every_family(void **state) {
    (void)state;
    for (int family = 0; family < FAMILY_COUNT; family++) {
        struct hf_settings *settings = make(settings_family_names[family]), *users[USERS];
        struct settings_pool *pool;

        assert_int_equal(settings_pool_create(&pool), 0);
        for (int i = 0; i < USERS; i++)
            assert_int_equal(settings_pool_take(pool, settings, &users[i]), 0);
        assert_null(values_resolved(settings->profile)); /* never on the caller's own block */
        assert_non_null(values_resolved(users[0]->profile));
        assert_int_equal(settings_pool_count(pool), 1);
        assert_same(settings, users[0]);
        assert_same(settings, users[USERS - 1]);
        for (int i = 0; i < USERS; i++)
            settings_pool_give(pool, users[i]);
        assert_int_equal(settings_pool_count(pool), 0);
        settings_pool_free(pool);
        hf_settings_free(settings);
    }
}

static void test_pool__one_profile_in_two_families_keeps_their_defaults(void **state) {
    struct hf_settings *generic = make("generic"), *yealink = make("yealink"), *taken[2 * USERS];
    struct settings_pool *pool;

    (void)state;
    assert_int_equal(settings_pool_create(&pool), 0);
    for (int i = 0; i < USERS; i++) {
        assert_int_equal(settings_pool_take(pool, generic, &taken[2 * i]), 0);
        assert_int_equal(settings_pool_take(pool, yealink, &taken[2 * i + 1]), 0);
    }
    assert_same(taken[0], generic);
    assert_same(taken[1], yealink);
    for (int i = 0; i < 2 * USERS; i++)
        settings_pool_give(pool, taken[i]);
    settings_pool_free(pool);
    hf_settings_free(generic);
    hf_settings_free(yealink);
}

static void test_pool__changing_a_taken_copy_leaves_the_others_alone(void **state) {
    struct hf_settings *settings = make("generic"), *users[USERS], *changed;
    struct settings_pool *pool;

    (void)state;
    assert_int_equal(settings_pool_create(&pool), 0);
    for (int i = 0; i < USERS; i++)
        assert_int_equal(settings_pool_take(pool, settings, &users[i]), 0);
    assert_int_equal(hf_settings_copy(users[0], &changed), 0);
    assert_int_equal(hf_settings_set(changed, "retry", "123", NULL), 0);
    assert_true(settings_duration(changed, SETTING_RETRY, 0) == 123 * HF_SECOND);
    assert_same(settings, users[1]);
    hf_settings_free(changed);
    for (int i = 0; i < USERS; i++)
        settings_pool_give(pool, users[i]);
    settings_pool_free(pool);
    hf_settings_free(settings);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pool__table_says_what_looking_up_says_in_every_family),
        cmocka_unit_test(test_pool__one_profile_in_two_families_keeps_their_defaults),
        cmocka_unit_test(test_pool__changing_a_taken_copy_leaves_the_others_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
