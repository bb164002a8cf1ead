/* A histogram as Prometheus has them: how many values were not above each of some limits. */
#ifndef DAEMON_HISTOGRAM_H
#define DAEMON_HISTOGRAM_H

#include "holdfast/types.h"

enum { HISTOGRAM_LIMITS_MAX = 12 };

struct histogram {
    unsigned limit_count;
    hf_time limits[HISTOGRAM_LIMITS_MAX];      /* rising */
    uint64_t counts[HISTOGRAM_LIMITS_MAX + 1]; /* of each interval; the last has no limit */
    hf_time sum;
};

void histogram_init(struct histogram *histogram, const hf_time *limits, unsigned limit_count);
void histogram_add(struct histogram *histogram, hf_time value);

/* Adds what another one of the same limits has. */
void histogram_merge(struct histogram *histogram, const struct histogram *other);

/* All values that were added. */
uint64_t histogram_count(const struct histogram *histogram);

#endif
