#include "../cmocka_all.h"

#include "base/heap.h"
#include "base/random.h"

enum { NODES = 500, STEPS = 20000, KEYS = 50 };

static struct heap_node nodes[NODES];
static uint64_t order_of[NODES]; /* when it was added, by our own count */

/* The one that must come first, found by looking at all. */
static int first_of_all(void) {
    int first = -1;

    for (int i = 0; i < NODES; i++)
        if (heap_is_queued(&nodes[i]) &&
            (first < 0 || nodes[i].key < nodes[first].key ||
             (nodes[i].key == nodes[first].key && order_of[i] < order_of[first])))
            first = i;
    return first;
}

static void test_heap__gives_the_most_urgent_first_whatever_is_added_and_removed(void **state) {
    const uint64_t seed[4] = {5};
    struct heap heap = {0};
    struct random random;
    uint64_t added = 0;
    size_t count = 0;

    (void)state;
    random_init(&random, seed);
    for (int step = 0; step < STEPS; step++) {
        int i = (int)random_below(&random, NODES);

        if (!heap_is_queued(&nodes[i])) {
            heap_add(&heap, &nodes[i], random_below(&random, KEYS));
            order_of[i] = added++;
            count++;
        } else if (random_below(&random, 2)) {
            heap_remove(&heap, &nodes[i]);
            heap_remove(&heap, &nodes[i]); /* harmless */
            count--;
        } else {
            heap_remove(&heap, heap_first(&heap));
            count--;
        }
        int first = first_of_all();

        assert_true(heap_first(&heap) == (first < 0 ? NULL : &nodes[first]));
        assert_int_equal(heap.count, count);
    }
    while (heap_first(&heap)) {
        assert_true(heap_first(&heap) == &nodes[first_of_all()]);
        heap_remove(&heap, heap_first(&heap));
    }
    assert_int_equal(heap.count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_heap__gives_the_most_urgent_first_whatever_is_added_and_removed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
