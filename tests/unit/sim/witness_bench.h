/* A witness that tests feed by hand with the traffic of one process. */
#ifndef TESTS_UNIT_SIM_WITNESS_BENCH_H
#define TESTS_UNIT_SIM_WITNESS_BENCH_H

#include "../cmocka_all.h"

#include <string.h>

#include "sim/witness.h"

static const struct hf_address own = {HF_FAMILY_IPV4, 0, 5060, 0, {198, 51, 100, 1}};

static struct witness *witness;

/* Seconds since the start. */
static inline hf_time at(double seconds) {
    return SIM_START_AT + (hf_time)(seconds * 1e6);
}

static inline int teardown(void **state) {
    (void)state;
    witness_free(witness);
    return 0;
}

/* Between the process and the server of that number and address. */
static inline void pass_between(unsigned number, const struct hf_address *server, bool from_process,
                                hf_time now, const char *text) {
    const struct sim_packet packet = {.at = now,
                                      .server = number,
                                      .from_process = from_process,
                                      .from = from_process ? own : *server,
                                      .to = from_process ? *server : own,
                                      .bytes = {text, strlen(text)}};

    if (from_process)
        witness_sent(witness, &packet);
    else
        witness_arrived(witness, &packet);
}

#endif
