/* Which accounts share a connection, and what the owner is told when one is to be opened. */
#include "account/paths.h"

#include "../cmocka_all.h"
#include "base/slice.h"

struct house {
    struct random random;
    struct timer_wheel wheel;
    struct outbox outbox;
    struct paths paths;
};

static int set_up(void **state) {
    static struct house house;
    const uint64_t seed[4] = {1, 2, 3, 4};

    random_init(&house.random, seed);
    outbox_init(&house.outbox);
    timer_wheel_init(&house.wheel, 0);
    paths_init(&house.paths, &house.wheel, 0, &house.random);
    *state = &house;
    return 0;
}

static int tear_down(void **state) {
    struct house *house = *state;

    paths_release(&house->paths);
    outbox_release(&house->outbox);
    return 0;
}

static const struct hf_tls_options plain_options = {
    .server_name = {"sip.example.com", 15}, .ca = {"/ca.pem", 7}, .verify = true};

static struct path *hold(struct house *house, const struct hf_tls_options *tls) {
    const struct path_wish wish = {
        .key = {.remote = {.family = HF_FAMILY_IPV4, .port = 5061, .ip = {192, 0, 2, 1}},
                .transport = tls ? HF_TRANSPORT_TLS : HF_TRANSPORT_TCP},
        .tls = tls,
        .connect_timeout = 5 * HF_SECOND};

    return path_hold(&house->paths, &wish, &house->outbox);
}

static void let_go(struct house *house, struct path *path) {
    path_let_go(&house->paths, path, &house->outbox);
}

static void test_connection__is_shared_by_those_who_ask_the_same_of_tls(void **state) {
    struct house *house = *state;
    char name[] = "sip.example.com"; /* equal, elsewhere in memory */
    struct hf_tls_options other = plain_options;

    other.server_name = slice_from(name);
    struct path *first = hold(house, &plain_options), *second = hold(house, &other);

    assert_ptr_equal(first, second);
    let_go(house, first);
    let_go(house, second);
    assert_int_equal(house->paths.tls_profiles.by_content.count, 0);
}

static void test_connection__is_not_shared_where_one_tls_option_differs(void **state) {
    struct house *house = *state;
    struct hf_tls_options others[9];
    struct path *first = hold(house, &plain_options), *path[9];

    for (int i = 0; i < 9; i++)
        others[i] = plain_options;
    others[0].server_name = SLICE("sip.example.org");
    others[1].ca = SLICE("/other.pem");
    others[2].certificate = SLICE("/client.pem");
    others[3].key = SLICE("/client.pem");
    others[4].pin = SLICE("sha256/AAAA");
    others[5].ciphers = SLICE("AES128-SHA");
    others[6].version_min = HF_TLS_1_3;
    others[7].verify = false;
    others[8].server_name = SLICE("sip.example.co"); /* not the same bytes, cut elsewhere */
    others[8].ca = SLICE("m/ca.pem");
    for (int i = 0; i < 9; i++) {
        path[i] = hold(house, &others[i]);
        assert_ptr_not_equal(path[i], first);
        for (int k = 0; k < i; k++)
            assert_ptr_not_equal(path[i], path[k]);
    }
    struct path *tcp = hold(house, NULL);

    assert_ptr_not_equal(tcp, first);
    for (int i = 0; i < 9; i++)
        let_go(house, path[i]);
    let_go(house, tcp);
    let_go(house, first);
    assert_int_equal(house->paths.tls_profiles.by_content.count, 0);
}

/* A path may be let go of before its owner has heard of it. */
static void test_opening__tells_the_options_though_nobody_holds_the_path_any_more(void **state) {
    struct house *house = *state;
    struct hf_output output;

    let_go(house, hold(house, &plain_options));
    assert_true(outbox_next(&house->outbox, &output));
    assert_int_equal(output.kind, HF_OUTPUT_OPEN);
    assert_int_equal(output.open.connect_timeout, 5 * HF_SECOND);
    assert_true(slice_equal(output.open.tls->server_name, SLICE("sip.example.com")));
    assert_true(slice_equal(output.open.tls->ca, SLICE("/ca.pem")));
    assert_true(output.open.tls->verify);
    assert_int_equal(output.open.tls->pin.len, 0);
    assert_true(outbox_next(&house->outbox, &output));
    assert_int_equal(output.kind, HF_OUTPUT_CLOSE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_connection__is_shared_by_those_who_ask_the_same_of_tls,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_connection__is_not_shared_where_one_tls_option_differs,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            test_opening__tells_the_options_though_nobody_holds_the_path_any_more, set_up,
            tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
