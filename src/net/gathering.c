#include "net/gathering.h"

enum { MANY = 64 }; /* packets to whom a wake-up is nothing */

static const hf_time under_load = 500; /* turns that are no farther apart, in microseconds */
static const hf_time span = 50;        /* T1 is ten thousand times as long */

hf_time gathering_end_turn(struct gathering *gathering, hf_time now) {
    const bool loaded = now - gathering->turn_at < under_load;
    const bool few = gathering->received > 0 && gathering->received < MANY;

    *gathering = (struct gathering){.turn_at = now};
    return loaded && few ? span : 0;
}
