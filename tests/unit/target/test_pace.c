/* How many a second: every rate, asked as often as it lets itself be asked. */
#include "../cmocka_all.h"

#include "base/random.h"
#include "target/pace.h"

enum { SENT_MAX = 20000 };

static hf_time sent_at[SENT_MAX];

/* Takes whatever there is for `span`, looking as a timer of whole milliseconds does that is up to
 * `late` ms late. */
static unsigned take_all(uint32_t rate, hf_time span, uint64_t late) {
    struct pace pace = {0};
    struct random random;
    unsigned sent = 0;

    random_init(&random, (const uint64_t[4]){rate, late, 1, 2});
    for (hf_time now = 7 * HF_SECOND; now < 7 * HF_SECOND + span;) {
        while (sent < SENT_MAX && pace_take(&pace, rate, now))
            sent_at[sent++] = now;
        assert_true(sent < SENT_MAX && pace.next_at > now);
        now = (pace.next_at + HF_MILLISECOND - 1) / HF_MILLISECOND * HF_MILLISECOND;
        if (late > 0)
            now += random_below(&random, late + 1) * HF_MILLISECOND;
    }
    return sent;
}

static void assert_no_second_has_more(uint32_t rate, unsigned sent) {
    for (unsigned i = rate; i < sent; i++)
        assert_true(sent_at[i] - sent_at[i - rate] >= HF_SECOND);
}

static void test_pace__no_second_has_more_and_few_have_much_less(void **state) {
    (void)state;
    for (uint32_t rate = 1; rate <= 3000; rate += rate < 200 ? 1 : 97) {
        unsigned sent = take_all(rate, 5 * HF_SECOND, 0);

        assert_no_second_has_more(rate, sent);
        assert_true(sent >= 5 * rate * 92 / 100);
        assert_true(rate != 100 || sent == 475); /* exact, where lots allow it */
    }
}

/* A busy machine: what a late timer missed is made up for, but not more than that. */
static void test_pace__late_timers_do_not_slow_it_down(void **state) {
    (void)state;
    for (uint32_t rate = 1; rate <= 1500; rate += rate < 200 ? 1 : 97)
        for (uint64_t late = 1; late <= 36; late += 7) {
            unsigned sent = take_all(rate, 10 * HF_SECOND, late);

            assert_no_second_has_more(rate, sent);
            assert_true(sent + 2 >= 10 * rate * 80 / 100);
        }
}

static void test_pace__makes_up_for_a_few_lots_at_most(void **state) {
    struct pace pace = {0};
    unsigned sent = 0;

    (void)state;
    while (pace_take(&pace, 100, HF_SECOND))
        sent++;
    assert_int_equal(sent, 1);
    while (pace_take(&pace, 100, 1900 * HF_MILLISECOND))
        sent++;
    assert_int_equal(sent, 1 + 1 + 8);
}

/* Who was refused went away, or the machine slept. */
static void test_pace__nobody_waits_for_a_second(void **state) {
    struct pace pace = {0};
    unsigned sent = 0;

    (void)state;
    while (pace_take(&pace, 100, HF_SECOND))
        ;
    while (pace_take(&pace, 100, 3600 * HF_SECOND))
        sent++;
    assert_int_equal(sent, 1);
}

static void test_pace__saves_nothing_up(void **state) {
    struct pace pace = {0};
    unsigned sent = 0;

    (void)state;
    assert_true(pace_take(&pace, 100, HF_SECOND));
    while (pace_take(&pace, 100, 3600 * HF_SECOND))
        sent++;
    assert_int_equal(sent, 1);
}

static void test_pace__without_a_limit_is_none(void **state) {
    struct pace pace = {0};

    (void)state;
    for (int i = 0; i < 100000; i++)
        assert_true(pace_take(&pace, 0, HF_SECOND));
}

/* A challenge is answered at once; those who come after make up for it. */
static void test_pace__what_cannot_wait_is_made_up_for(void **state) {
    struct pace pace = {0};
    unsigned sent = 0;

    (void)state;
    for (hf_time now = 0; now < 10 * HF_SECOND; now += HF_MILLISECOND)
        while (pace_take(&pace, 100, now)) {
            pace_charge(&pace, 100, now);
            sent += 2;
        }
    assert_in_range(sent, 940, 1002);
}

/* One pace lets begin what another lets out, twice for each: the first may not run ahead, however
 * late both are looked at: by what one look lets out. */
static unsigned most_waiting(hf_time step) {
    struct pace begins = {0}, gate = {0};
    unsigned waiting = 0, most = 0;

    for (hf_time now = 0; now < 60 * HF_SECOND; now += step) {
        while (pace_take(&begins, 2000, now))
            waiting += 2;
        for (; waiting > 0 && pace_take(&gate, 2000, now); waiting--)
            if (waiting % 2)
                pace_charge(&begins, 2000, now);
        most = waiting > most ? waiting : most;
    }
    return most;
}

/* However much was sent that could not wait, somebody's turn comes within a second after it. */
static void test_pace__owes_a_second_at_most(void **state) {
    struct pace pace = {0};
    hf_time now = HF_SECOND;

    (void)state;
    for (int i = 0; i < 100000; i++)
        pace_charge(&pace, 100, now);
    while (!pace_take(&pace, 100, now))
        now += HF_MILLISECOND;
    assert_in_range(now, 1900 * HF_MILLISECOND, 2100 * HF_MILLISECOND);
}

static void test_pace__a_charged_one_is_not_faster_than_another(void **state) {
    (void)state;
    for (hf_time step = HF_MILLISECOND; step < 100 * HF_MILLISECOND; step += HF_MILLISECOND)
        assert_in_range(most_waiting(step), 1, 2000 / 200 * (1 + step / (5 * HF_MILLISECOND)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pace__no_second_has_more_and_few_have_much_less),
        cmocka_unit_test(test_pace__late_timers_do_not_slow_it_down),
        cmocka_unit_test(test_pace__makes_up_for_a_few_lots_at_most),
        cmocka_unit_test(test_pace__nobody_waits_for_a_second),
        cmocka_unit_test(test_pace__saves_nothing_up),
        cmocka_unit_test(test_pace__without_a_limit_is_none),
        cmocka_unit_test(test_pace__what_cannot_wait_is_made_up_for),
        cmocka_unit_test(test_pace__owes_a_second_at_most),
        cmocka_unit_test(test_pace__a_charged_one_is_not_faster_than_another),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
