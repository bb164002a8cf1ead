#include "../cmocka_all.h"

#include <string.h>

#include "net/udp_queue.h"

static struct udp_queue queue;

static void put(unsigned number, size_t len) {
    static char bytes[65536];
    const struct hf_address to = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {127, 0, 0, 1}};

    memset(bytes, (int)(number & 0xff), len);
    udp_queue_put(&queue, &to, NULL, slice_of(bytes, len));
}

/* Takes `count` packets from the front, and checks that they are the ones from `first` on. */
static void take(unsigned first, unsigned count, size_t len) {
    struct udp_batch batch;

    while (count > 0) {
        unsigned got = udp_queue_batch(&queue, &batch);

        got = got < count ? got : count;
        assert_true(got > 0);
        for (unsigned i = 0; i < got; i++) {
            const unsigned char *bytes = batch.parts[i].iov_base;

            assert_int_equal(batch.parts[i].iov_len, len);
            assert_int_equal(bytes[0], (first + i) & 0xff);
            assert_int_equal(bytes[len - 1], (first + i) & 0xff);
        }
        udp_queue_drop(&queue, got);
        first += got;
        count -= got;
    }
}

static void test_udp_queue__uses_its_room_again_without_ever_being_empty(void **state) {
    enum { WAITING = 100, LENGTH = 1000, ROUNDS = 2000 };
    unsigned in = 0, out = 0;

    (void)state;
    udp_queue_init(&queue);
    while (in < WAITING)
        put(in++, LENGTH);
    /* 200 MB in all, three times what may wait at once */
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < WAITING; i++)
            put(in++, LENGTH);
        take(out, WAITING, LENGTH);
        out += WAITING;
    }
    assert_int_equal(queue.dropped, 0);
    assert_true(queue.bytes_capacity < 4 << 20);
    take(out, WAITING, LENGTH);
    assert_int_equal(udp_queue_count(&queue), 0);
    udp_queue_release(&queue);
}

static void test_udp_queue__drops_what_is_too_much(void **state) {
    enum { LENGTH = 60000, PACKETS = 2000 };

    (void)state;
    udp_queue_init(&queue);
    for (unsigned i = 0; i < PACKETS; i++)
        put(i, LENGTH);
    assert_int_equal(udp_queue_count(&queue), (64 << 20) / LENGTH);
    assert_int_equal(queue.dropped, PACKETS - (64 << 20) / LENGTH);
    take(0, (64 << 20) / LENGTH, LENGTH);
    udp_queue_release(&queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_udp_queue__uses_its_room_again_without_ever_being_empty),
        cmocka_unit_test(test_udp_queue__drops_what_is_too_much),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
