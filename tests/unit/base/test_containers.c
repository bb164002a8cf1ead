#include "../cmocka_all.h"

#include "base/address.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/random.h"
#include "base/slab.h"

static void test_slab__notices_a_handle_that_was_kept_too_long(void **state) {
    struct slab slab;
    uint64_t first, second;

    (void)state;
    slab_init(&slab, sizeof(int));
    int *a = slab_take(&slab, &first);
    *a = 7;
    assert_ptr_equal(slab_get(&slab, first), a);
    slab_give(&slab, first);
    assert_null(slab_get(&slab, first));
    int *b = slab_take(&slab, &second);
    assert_ptr_equal(a, b);
    assert_int_equal(*b, 0);
    assert_null(slab_get(&slab, first));
    assert_null(slab_get(&slab, 0));
    assert_null(slab_get(&slab, UINT64_MAX));
    slab_release(&slab);
}

static void test_slab__keeps_elements_in_place_while_it_grows(void **state) {
    struct slab slab;
    uint64_t handles[1000];
    uint64_t *elements[1000];
    uint32_t cursor = 0;
    uint64_t handle;
    size_t walked = 0;

    (void)state;
    slab_init(&slab, sizeof(uint64_t));
    for (size_t i = 0; i < 1000; i++) {
        elements[i] = slab_take(&slab, &handles[i]);
        *elements[i] = i;
    }
    for (size_t i = 0; i < 1000; i++) {
        assert_ptr_equal(slab_get(&slab, handles[i]), elements[i]);
        assert_int_equal(*elements[i], i);
    }
    for (size_t i = 0; i < 1000; i += 2)
        slab_give(&slab, handles[i]);
    for (uint64_t *element; (element = slab_next(&slab, &cursor, &handle)) != NULL; walked++)
        assert_int_equal(*element % 2, 1);
    assert_int_equal(walked, 500);
    slab_release(&slab);
}

/* Chunks of the slab that have memory. */
static unsigned chunks_in_use(const struct slab *slab) {
    unsigned count = 0;

    for (uint32_t i = 0; i < slab->chunk_count; i++)
        count += slab->chunks[i].slots != NULL;
    return count;
}

static void test_slab__gives_the_memory_of_a_rush_back(void **state) {
    enum { RUSH = 10000 };
    static uint64_t handles[RUSH];
    struct slab slab;
    uint32_t cursor = 0;
    uint64_t kept, again;

    (void)state;
    slab_init(&slab, sizeof(uint64_t));
    for (size_t i = 0; i < RUSH; i++)
        assert_non_null(slab_take(&slab, &handles[i]));
    const unsigned most = chunks_in_use(&slab);

    for (size_t i = 0; i < RUSH; i++)
        if (i != RUSH / 2)
            slab_give(&slab, handles[i]);
    assert_true(most > 70 && chunks_in_use(&slab) <= 4);
    assert_non_null(slab_get(&slab, handles[RUSH / 2]));
    assert_non_null(slab_next(&slab, &cursor, &kept));
    assert_true(kept == handles[RUSH / 2]);
    assert_null(slab_next(&slab, &cursor, &kept));
    /* what takes their places has other handles, and theirs lead nowhere */
    for (size_t i = 0; i < RUSH; i++)
        assert_non_null(slab_take(&slab, &again));
    assert_int_equal(chunks_in_use(&slab), most);
    for (size_t i = 0; i < RUSH; i++)
        assert_true((slab_get(&slab, handles[i]) == NULL) == (i != RUSH / 2));
    slab_release(&slab);
}

static void test_slab__allocates_nothing_while_a_few_come_and_go(void **state) {
    struct slab slab;
    uint64_t handles[200];

    (void)state;
    slab_init(&slab, sizeof(uint64_t));
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < 200; i++)
            assert_non_null(slab_take(&slab, &handles[i]));
        for (size_t i = 200; i-- > 128;)
            slab_give(&slab, handles[i]);
        assert_int_equal(chunks_in_use(&slab), slab.chunk_count);
        for (size_t i = 0; i < 128; i++)
            slab_give(&slab, handles[i]);
    }
    slab_release(&slab);
}

struct thing {
    uint64_t key;
    struct map_node node;
};

static void test_map__finds_what_was_inserted_and_not_what_was_removed(void **state) {
    static struct thing things[1000];
    struct map map;

    (void)state;
    map_init(&map);
    assert_null(map_first(&map, 1));
    for (uint64_t i = 0; i < 1000; i++) {
        things[i].key = i;
        assert_int_equal(map_insert(&map, &things[i].node, i / 2), 0); /* collisions in pairs */
    }
    for (uint64_t i = 0; i < 1000; i += 2)
        map_remove(&map, &things[i].node);
    for (uint64_t i = 0; i < 500; i++) {
        struct map_node *node = map_first(&map, i);

        assert_non_null(node);
        assert_int_equal(CONTAINER_OF(node, struct thing, node)->key, i * 2 + 1);
        assert_null(map_next(node));
    }
    map_release(&map);
}

/* The reference vector of the SipHash paper: key 00..0f, input 00..0e. */
static void test_hash__agrees_with_the_reference_vector(void **state) {
    const struct hash_key key = {{0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};
    uint8_t input[15];

    (void)state;
    for (uint8_t i = 0; i < sizeof input; i++)
        input[i] = i;
    assert_true(hash_bytes(&key, input, sizeof input) == 0xa129ca6149be45e5u);
}

static void test_random__repeats_itself_from_the_same_seed_only(void **state) {
    const uint64_t seed_a[4] = {1}, seed_b[4] = {2};
    struct random a, b, c;

    (void)state;
    random_init(&a, seed_a);
    random_init(&b, seed_a);
    random_init(&c, seed_b);
    assert_true(random_next(&a) == random_next(&b));
    assert_true(random_next(&a) != random_next(&c));
    for (int i = 0; i < 1000; i++)
        assert_true(random_below(&a, 10) < 10);
    assert_true(random_below(&a, 0) == 0);
}

static void assert_address_text(const char *text, const char *expected) {
    struct hf_address address = {0};
    char buffer[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(buffer, sizeof buffer);

    assert_true(address_parse(slice_from(text), &address));
    address.port = 5060;
    address_write(&w, &address);
    assert_true(writer_terminate(&w));
    assert_string_equal(buffer, expected);
}

static void test_address__reads_and_writes_both_families(void **state) {
    struct hf_address address;

    (void)state;
    assert_address_text("127.0.0.1", "127.0.0.1:5060");
    assert_address_text("[::1]", "[::1]:5060");
    assert_address_text("2001:DB8::0001", "[2001:db8::1]:5060");
    assert_false(address_parse(SLICE("127.0.0.1.2"), &address));
    assert_false(address_parse(SLICE("example.com"), &address));
    assert_false(address_parse(SLICE("[::1"), &address));
    assert_false(address_parse(SLICE("127.0.0.1\0"), &address));
    assert_false(address_parse(SLICE(""), &address));
    assert_true(address_parse(SLICE("fe80::1%3"), &address));
    assert_int_equal(address.scope_id, 3);
    assert_false(address_parse(SLICE("fe80::1%eth0"), &address));
    assert_true(address_has_zone(SLICE("[fe80::1%eth0]")));
    assert_false(address_has_zone(SLICE("fe80::1")));
    assert_false(address_has_zone(SLICE("50%:1")));
    assert_true(slice_equal(address_without_zone(SLICE("[fe80::1%eth0]")), SLICE("fe80::1")));
    assert_true(slice_equal(address_without_zone(SLICE("[fe80::1]")), SLICE("[fe80::1]")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slab__notices_a_handle_that_was_kept_too_long),
        cmocka_unit_test(test_slab__keeps_elements_in_place_while_it_grows),
        cmocka_unit_test(test_slab__gives_the_memory_of_a_rush_back),
        cmocka_unit_test(test_slab__allocates_nothing_while_a_few_come_and_go),
        cmocka_unit_test(test_map__finds_what_was_inserted_and_not_what_was_removed),
        cmocka_unit_test(test_hash__agrees_with_the_reference_vector),
        cmocka_unit_test(test_random__repeats_itself_from_the_same_seed_only),
        cmocka_unit_test(test_address__reads_and_writes_both_families),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
