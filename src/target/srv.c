#include "target/srv.h"

#include "base/slice.h"

static bool is_root(struct hf_slice name) {
    return name.len == 0 || slice_equal(name, SLICE("."));
}

uint64_t srv_rank(const struct hf_dns_record *record) {
    return record->srv.priority + (is_root(record->srv.target) ? UINT64_C(1) << 32 : 0);
}

static bool comes_before(const struct hf_dns_record *a, const struct hf_dns_record *b) {
    /* Records of no weight stand first, so that chance can pick them at all (RFC 2782). */
    return a->srv.priority < b->srv.priority ||
           (a->srv.priority == b->srv.priority && a->srv.weight == 0 && b->srv.weight > 0);
}

static void swap(struct srv_order *order, size_t a, size_t b) {
    uint8_t index = order->index[a];

    order->index[a] = order->index[b];
    order->index[b] = index;
}

static void sort(const struct hf_dns_record *records, struct srv_order *order) {
    for (size_t i = 1; i < order->count; i++)
        for (size_t k = i;
             k > 0 && comes_before(&records[order->index[k]], &records[order->index[k - 1]]); k--)
            swap(order, k, k - 1);
}

/* Moves one record of [from, end) to `from`: the first whose running sum of weights reaches a
 * number drawn from 0 to their sum. The others keep their order. */
static void draw(const struct hf_dns_record *records, struct srv_order *order, size_t from,
                 size_t end, struct random *random) {
    uint64_t sum = 0, running = 0;

    for (size_t i = from; i < end; i++)
        sum += records[order->index[i]].srv.weight;
    uint64_t drawn = random_below(random, sum + 1);
    size_t chosen = from;

    for (; chosen + 1 < end; chosen++) {
        running += records[order->index[chosen]].srv.weight;
        if (running >= drawn)
            break;
    }
    for (; chosen > from; chosen--)
        swap(order, chosen, chosen - 1);
}

static size_t end_of_priority(const struct hf_dns_record *records, const struct srv_order *order,
                              size_t from) {
    size_t end = from + 1;

    while (end < order->count &&
           records[order->index[end]].srv.priority == records[order->index[from]].srv.priority)
        end++;
    return end;
}

void srv_order(const struct hf_dns_record *records, size_t count, struct random *random,
               struct srv_order *ret) {
    uint8_t level = 0;

    *ret = (struct srv_order){0};
    for (size_t i = 0; i < count && ret->count < LIMIT_ADDRESSES; i++)
        if (records[i].type == HF_DNS_SRV && !is_root(records[i].srv.target))
            ret->index[ret->count++] = (uint8_t)i;
    sort(records, ret);
    for (size_t from = 0; from < ret->count; level++) {
        size_t end = end_of_priority(records, ret, from);

        for (; from < end; from++) {
            ret->level[from] = level;
            draw(records, ret, from, end, random);
        }
    }
}
