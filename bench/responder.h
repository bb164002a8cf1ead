/* The registrar that all clients are measured with: it copies lines, checks nothing, and so is not
 * the bottleneck. */
#ifndef BENCH_RESPONDER_H
#define BENCH_RESPONDER_H

#include "base/slice.h"

/* 401 to a REGISTER without credentials, else 200 with the Contact's address granted for so many
 * seconds, if there is one; empty when the request is none. */
struct hf_slice responder_answer(struct hf_slice request, unsigned grant, char *buffer,
                                 size_t size);

#endif
