/* How many may be under way: the window against servers near and far, small and dead. */
#include "../cmocka_all.h"

#include "target/window.h"

enum { FIRST = 64, RING = 1 << 14 };

/* A server: answers come `delay` after a request, one each `work` at the earliest, and what finds
 * more than `queue` waiting is lost; it is asked again after T1. Steps of 100 us. */
struct server {
    hf_time delay, work;
    uint32_t queue;
};

struct outcome {
    uint64_t answered, lost, most;
};

static const hf_time step = 100;

/* Whether it is given back. */
static bool lose(struct window *window, hf_time now) {
    const bool given = window_lost(window, now);

    if (given)
        window_give(window);
    return given;
}

static struct outcome ask_for(const struct server *server, hf_time span, struct window *window) {
    static hf_time answer_at[RING], sent_at[RING], lost_at[RING];
    unsigned first = 0, next = 0, lost_first = 0, lost_next = 0;
    hf_time free_at = 0;
    struct outcome outcome = {0};

    for (hf_time now = HF_SECOND; now < HF_SECOND + span; now += step) {
        for (; first != next && answer_at[first] <= now; first = (first + 1) % RING) {
            window_answered(window, now - sent_at[first], now);
            window_give(window);
            outcome.answered++;
        }
        for (; lost_first != lost_next && lost_at[lost_first] + window_round <= now;
             lost_first = (lost_first + 1) % RING) {
            (void)lose(window, now);
            outcome.lost++;
        }
        while (window_take(window, now)) {
            const hf_time from = free_at > now ? free_at : now;

            if (server->work > 0 && (from - now) / server->work >= server->queue) {
                lost_at[lost_next] = now;
                lost_next = (lost_next + 1) % RING;
                continue;
            }
            free_at = from + server->work;
            sent_at[next] = now;
            answer_at[next] = free_at + server->delay;
            next = (next + 1) % RING;
            assert_int_not_equal(next, first);
        }
        if (window->under_way > outcome.most)
            outcome.most = window->under_way;
    }
    return outcome;
}

static struct window begun(void) {
    struct window window = {0};

    window_begin_with(&window, FIRST);
    return window;
}

/* The buffer of its socket holds a hundred, and it is never asked for more. */
static void test_window__does_not_overflow_a_server_that_is_near(void **state) {
    const struct server server = {.work = 50, .queue = 100};
    struct window window = begun();
    struct outcome outcome = ask_for(&server, 10 * HF_SECOND, &window);

    (void)state;
    assert_int_equal(outcome.lost, 0);
    assert_int_equal(outcome.most, FIRST);
    assert_true(outcome.answered > 150000); /* of 200,000 */
}

static void test_window__grows_for_a_server_that_is_far(void **state) {
    const struct server server = {.delay = 50 * HF_MILLISECOND, .work = 100, .queue = 1000};
    struct window window = begun();
    struct outcome outcome = ask_for(&server, 10 * HF_SECOND, &window);

    (void)state;
    assert_int_equal(outcome.lost, 0);
    assert_true(outcome.answered > 80000); /* of 100,000; FIRST alone are 12,800 */
}

/* Far, and small: now and then one is lost, never many. */
static void test_window__is_halved_by_a_loss(void **state) {
    const struct server server = {.delay = 50 * HF_MILLISECOND, .work = 300, .queue = 20};
    struct window window = begun();
    struct outcome outcome = ask_for(&server, 20 * HF_SECOND, &window);

    (void)state;
    assert_true(outcome.lost > 0);
    assert_true(outcome.lost * 20 < outcome.answered);
    assert_true(outcome.answered > 20000);
}

/* It answers one after the other, 20 ms each: that many at once would all have to be sent again.
 * They are still its work, and keep others from it. */
static void test_window__shrinks_for_a_server_that_is_slow(void **state) {
    struct window window = begun();
    hf_time now = HF_SECOND;

    (void)state;
    for (unsigned i = 0; i < FIRST; i++)
        assert_true(window_take(&window, now));
    for (unsigned i = 1; i <= FIRST; i++) {
        now += 20 * HF_MILLISECOND;
        window_answered(&window, i * 20 * HF_MILLISECOND, now);
        window_give(&window);
        if (i == 25) /* all that are left are sent again */
            for (unsigned left = window.under_way; left > 0; left--)
                assert_false(lose(&window, now));
    }
    assert_int_equal(window.under_way, 0);
    assert_int_equal(window.width, FIRST / 2);
    for (unsigned i = 0; i < 10; i++) {
        now += window_round;
        assert_true(window_take(&window, now));
        assert_false(lose(&window, now));
        window_answered(&window, window_round, now);
        window_give(&window);
    }
    assert_int_equal(window.width, 1);
}

/* It is wider again when answers come in good time, though not as quickly as once. */
static void test_window__recovers(void **state) {
    struct window window = begun();
    hf_time now = HF_SECOND;

    (void)state;
    window_answered(&window, HF_MILLISECOND, now);
    window.width = 1;
    window.lost = true;
    for (unsigned i = 0; i < 20 * FIRST * FIRST; i++) {
        now += 10 * HF_MILLISECOND;
        while (window_take(&window, now))
            ;
        window_answered(&window, 200 * HF_MILLISECOND, now);
        window_give(&window);
    }
    assert_int_equal(window.width, FIRST);
}

/* Each is sent again before its answer can be there. */
static void test_window__is_not_halved_by_a_server_that_is_very_far(void **state) {
    static const hf_time took = 700 * HF_MILLISECOND;
    struct window window = begun();
    hf_time now = HF_SECOND;

    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        while (window_take(&window, now))
            ;
        const unsigned sent = window.under_way;

        now += took;
        for (unsigned i = 0; i < sent; i++) {
            assert_true(round == 0 || lose(&window, now));
            window_answered(&window, took, now);
        }
        if (round == 0)
            while (window.under_way > 0)
                window_give(&window);
    }
    assert_true(window.width > 3 * FIRST);
}

/* Some answer, some never will: those do not stand in the others' way. */
static void test_window__does_not_count_what_is_sent_again(void **state) {
    struct window window = begun();
    hf_time now = HF_SECOND;

    (void)state;
    for (unsigned i = 0; i < FIRST; i++)
        assert_true(window_take(&window, now));
    window_answered(&window, HF_MILLISECOND, now + HF_MILLISECOND);
    window_give(&window);
    now += window_round;
    window_answered(&window, HF_MILLISECOND, now);
    for (unsigned i = 1; i < FIRST; i++)
        assert_true(lose(&window, now));
    assert_int_equal(window.under_way, 0);
    assert_int_equal(window.width, FIRST);
}

/* Of a thousand who want to know whether it is alive, all have asked after three seconds. */
static void test_window__opens_when_nobody_answers(void **state) {
    struct window window = begun();
    unsigned sent = 0;

    (void)state;
    for (hf_time now = HF_SECOND; now <= HF_SECOND + 5 * window_round; now += 10 * HF_MILLISECOND)
        while (window_take(&window, now))
            sent++;
    assert_int_equal(sent, FIRST << 5);
    assert_int_equal(window.width, FIRST << 5);

    window_answered(&window, 3 * HF_SECOND, 4 * HF_SECOND);
    assert_int_equal(window.width, FIRST);
    assert_false(window_take(&window, 4 * HF_SECOND));
}

/* From a server that was slow an answer may still come. */
static void test_window__has_patience_with_the_slow(void **state) {
    struct window window = begun();

    (void)state;
    while (window_take(&window, HF_SECOND))
        ;
    window_answered(&window, HF_SECOND, 2 * HF_SECOND);
    assert_false(window_take(&window, 2 * HF_SECOND + window_round));
    assert_int_equal(window_opens_at(&window), 6 * HF_SECOND + window_round);
    assert_true(window_take(&window, 6 * HF_SECOND + window_round));
}

/* With datagrams each is sent again, and so leaves the window, when it opens. */
static void test_window__opens_for_what_is_sent_again_too(void **state) {
    struct window window = begun();
    unsigned waves = 0;

    (void)state;
    for (hf_time now = HF_SECOND; now < HF_SECOND + 5 * window_round; now += window_round) {
        for (unsigned left = window.under_way; left > 0; left--)
            assert_true(lose(&window, now));
        unsigned sent = 0;

        while (window_take(&window, now))
            sent++;
        assert_int_equal(sent, FIRST << waves++);
    }
}

/* Nobody was there to ask: that is no silence. */
static void test_window__is_not_opened_by_quiet(void **state) {
    struct window window = begun();

    (void)state;
    assert_true(window_take(&window, HF_SECOND));
    window_answered(&window, HF_MILLISECOND, HF_SECOND);
    window_give(&window);
    for (unsigned i = 0; i < FIRST; i++)
        assert_true(window_take(&window, 60 * HF_SECOND));
    assert_false(window_take(&window, 60 * HF_SECOND));
    assert_in_range(window_opens_at(&window), 60 * HF_SECOND + window_round,
                    60 * HF_SECOND + 2 * window_round);
}

static void test_window__takes_what_cannot_wait(void **state) {
    struct window window = begun();

    (void)state;
    while (window_take(&window, HF_SECOND))
        ;
    window_force(&window, HF_SECOND);
    assert_int_equal(window.under_way, FIRST + 1);
    window_give(&window);
    window_give(&window);
    assert_true(window_take(&window, HF_SECOND));
    window_begin_with(&window, 2 * FIRST); /* the settings were read again */
    assert_true(window_take(&window, HF_SECOND));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window__does_not_overflow_a_server_that_is_near),
        cmocka_unit_test(test_window__grows_for_a_server_that_is_far),
        cmocka_unit_test(test_window__is_halved_by_a_loss),
        cmocka_unit_test(test_window__shrinks_for_a_server_that_is_slow),
        cmocka_unit_test(test_window__recovers),
        cmocka_unit_test(test_window__is_not_halved_by_a_server_that_is_very_far),
        cmocka_unit_test(test_window__does_not_count_what_is_sent_again),
        cmocka_unit_test(test_window__opens_when_nobody_answers),
        cmocka_unit_test(test_window__has_patience_with_the_slow),
        cmocka_unit_test(test_window__opens_for_what_is_sent_again_too),
        cmocka_unit_test(test_window__is_not_opened_by_quiet),
        cmocka_unit_test(test_window__takes_what_cannot_wait),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
