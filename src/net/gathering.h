/* Whether the loop should let answers gather before it looks at its sockets again, as network cards
 * do before they interrupt: under load the peer answers while we send, and to wake for each answer
 * costs as much as to handle it. Where little comes in nothing waits. */
#ifndef NET_GATHERING_H
#define NET_GATHERING_H

#include <stddef.h>

#include "holdfast/types.h"

/* All zero to begin with. */
struct gathering {
    size_t received; /* packets of this turn */
    hf_time turn_at; /* when the last one ended */
};

static inline void gathering_note(struct gathering *gathering, size_t packets) {
    gathering->received += packets;
}

/* Ends a turn of the loop, whose packets are handled: how long to let more gather, 0 = not at all.
 * The answers to what was just sent are the later by that. */
hf_time gathering_end_turn(struct gathering *gathering, hf_time now);

#endif
