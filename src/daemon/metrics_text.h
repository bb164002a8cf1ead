/* The metrics of the daemon in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/). */
#ifndef DAEMON_METRICS_TEXT_H
#define DAEMON_METRICS_TEXT_H

#include "base/writer.h"
#include "daemon/control_server.h"
#include "daemon/metrics_places.h"
#include "daemon/tally.h"
#include "holdfast/agent.h"

/* Whatever the numbers are, the text fits, and as JSON into one part of an answer. */
enum { METRICS_TEXT_BYTES = 48 * 1024 };

struct metrics_process {
    uint64_t resident_bytes;
    uint64_t descriptors;
    uint64_t descriptors_max;
    uint64_t virtual_bytes;
    hf_time cpu_time;
    int64_t started; /* ms since 1970 */
};

struct metrics_store {
    bool wanted;
    bool works;
    uint64_t rows_waiting; /* to be written */
    uint64_t errors;
};

struct metrics {
    const struct tally *tally;
    const struct metrics_places *places;
    struct hf_agent_counters counters;
    struct control_counts control;
    struct metrics_store store;
    struct metrics_process process;
    uint64_t reloads;
    uint64_t file_errors; /* of the files as they were read last */
};

void metrics_write(const struct metrics *metrics, struct writer *w);

#endif
