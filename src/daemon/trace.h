/* Messages as they go over the wire, for people who look for a fault. Whatever a challenge was
 * answered with is masked: nobody can try passwords on a trace. */
#ifndef DAEMON_TRACE_H
#define DAEMON_TRACE_H

#include <stdio.h>

#include "holdfast/types.h"

/* The message, each line indented, under a heading with the peer's address. */
void trace_message(FILE *out, bool sent, const struct hf_address *peer, struct hf_slice bytes);

#endif
