/* The registrar that the engine is measured with: it answers by copying lines, checks nothing, and
 * so is not the bottleneck. */
#ifndef BENCH_RESPONDER_H
#define BENCH_RESPONDER_H

#include <sys/types.h>

#include "base/slice.h"

/* 401 to a REGISTER without credentials, else 200 with the Contact echoed; empty when the request
 * is none. */
struct hf_slice responder_answer(struct hf_slice request, char *buffer, size_t size);

/* Serves on 127.0.0.1 in a process of its own; *ret_port is where. -1 when that cannot be had. */
pid_t responder_start(uint16_t *ret_port);

#endif
