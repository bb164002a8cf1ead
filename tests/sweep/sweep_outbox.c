/* An outbox that cannot grow: what is asked for is refused, what is sent is a lost packet, and
 * what has to be closed is closed later. */
#include "../unit/cmocka_all.h"
#include "account/paths.h"
#include "base/slice.h"
#include "famine.h"

enum { PATHS = 40 };

static struct path *held[PATHS];

static struct path *hold(struct paths *paths, uint16_t port, struct outbox *outbox) {
    const struct hf_tls_options tls = {.server_name = SLICE("sip.example.com"), .verify = true};
    const struct path_wish wish = {
        .key.remote = {.family = HF_FAMILY_IPV4, .port = port, .ip = {192, 0, 2, 1}},
        .key.transport = HF_TRANSPORT_TLS,
        .tls = &tls};

    famine_arm();
    struct path *path = path_hold(paths, &wish, outbox);

    famine_disarm();
    return path;
}

/* Takes everything out; the number of outputs of a kind. */
static unsigned drain(struct paths *paths, struct outbox *outbox, enum hf_output_kind kind) {
    struct hf_output output;
    unsigned count = 0;

    do {
        while (outbox_next(outbox, &output))
            count += output.kind == kind;
    } while (paths_close_rest(paths, outbox));
    return count;
}

static void open_and_close(void) {
    const uint64_t seed[4] = {1};
    struct timer_wheel wheel;
    struct random random;
    struct outbox outbox;
    struct paths paths;
    unsigned opened = 0, filled = 0;

    random_init(&random, seed);
    outbox_init(&outbox);
    timer_wheel_init(&wheel, 0);
    paths_init(&paths, &wheel, 0, &random);
    for (uint16_t i = 0; i < PATHS; i++)
        opened += (held[i] = hold(&paths, (uint16_t)(i + 1), &outbox)) != NULL;
    assert_int_equal(paths.by_id.count, opened);
    assert_int_equal(drain(&paths, &outbox, HF_OUTPUT_OPEN), opened);
    while (filled++ < outbox.capacity) /* the next output would need memory */
        outbox_event(&outbox, &(struct hf_event){0});
    famine_arm();
    for (unsigned i = 0; i < PATHS; i++)
        path_let_go(&paths, held[i], &outbox);
    famine_disarm();
    assert_int_equal(paths.by_id.count, 0);
    if (opened > 0) /* the rest needs no memory, whatever is planned */
        assert_int_equal(drain(&paths, &outbox, HF_OUTPUT_CLOSE), opened);
    assert_false(paths_close_rest(&paths, &outbox));
    paths_release(&paths);
    outbox_release(&outbox);
}

static void test_outbox__what_cannot_be_closed_now_is_closed_later(void **state) {
    (void)state;
    famine_sweep(open_and_close, 1, 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_outbox__what_cannot_be_closed_now_is_closed_later,
                                  famine_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
