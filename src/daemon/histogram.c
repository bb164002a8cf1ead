#include "daemon/histogram.h"

#include "base/assert.h"

void histogram_init(struct histogram *histogram, const hf_time *limits, unsigned limit_count) {
    HF_ASSERT(limit_count <= HISTOGRAM_LIMITS_MAX);
    *histogram = (struct histogram){.limit_count = limit_count};
    for (unsigned i = 0; i < limit_count; i++) {
        HF_ASSERT(i == 0 || limits[i] > limits[i - 1]);
        histogram->limits[i] = limits[i];
    }
}

void histogram_add(struct histogram *histogram, hf_time value) {
    unsigned i = 0;

    while (i < histogram->limit_count && value > histogram->limits[i])
        i++;
    histogram->counts[i]++;
    histogram->sum += value;
}

uint64_t histogram_count(const struct histogram *histogram) {
    uint64_t count = 0;

    for (unsigned i = 0; i <= histogram->limit_count; i++)
        count += histogram->counts[i];
    return count;
}

void histogram_merge(struct histogram *histogram, const struct histogram *other) {
    HF_ASSERT(histogram->limit_count == other->limit_count);
    for (unsigned i = 0; i <= histogram->limit_count; i++)
        histogram->counts[i] += other->counts[i];
    histogram->sum += other->sum;
}
