/* What is due when: a binary heap by instant, and by the order of planning among equal instants,
 * so that a run is the same every time. Its entries sit in what they wake, told apart by `kind`. */
#ifndef SIM_SCHEDULE_H
#define SIM_SCHEDULE_H

#include "holdfast/types.h"

enum scheduled_kind {
    SCHEDULED_PACKET,    /* leaves a server that answers late, or arrives */
    SCHEDULED_AGENT,     /* an agent's deadline */
    SCHEDULED_REGISTRAR, /* a registrar's deadline */
    SCHEDULED_WORK,      /* a server is ready for the next request in its queue */
    SCHEDULED_ANSWER,    /* an answer of the DNS arrives */
    SCHEDULED_MAPPING,   /* a NAT looks whether a mapping is still used */
    SCHEDULED_UP,        /* of a connection: is made, or bytes arrive at the server */
    SCHEDULED_DOWN,      /* bytes arrive at the process */
    SCHEDULED_MEMORY,    /* a process writes down what has changed */
};

struct scheduled {
    size_t place; /* in the heap, from 1; 0: not planned */
    enum scheduled_kind kind;
};

struct schedule_entry {
    hf_time at;
    uint64_t sequence;
    struct scheduled *scheduled;
};

struct schedule {
    struct schedule_entry *entries; /* the first one is not used */
    size_t count;
    size_t capacity;
    uint64_t last_sequence;
};

void schedule_release(struct schedule *schedule);

/* Plans, or plans anew; HF_NEVER: not at all. An entry that is planned already for this instant
 * keeps its turn. Out of memory is an assertion: a made-up world that forgets is of no use. */
void schedule_set(struct schedule *schedule, struct scheduled *scheduled, hf_time at);

static inline void schedule_cancel(struct schedule *schedule, struct scheduled *scheduled) {
    schedule_set(schedule, scheduled, HF_NEVER);
}

/* When the first one is due; HF_NEVER when there is none. */
static inline hf_time schedule_next_at(const struct schedule *schedule) {
    return schedule->count > 0 ? schedule->entries[1].at : HF_NEVER;
}

/* Takes out the first one. There must be one. */
struct scheduled *schedule_take(struct schedule *schedule);

#endif
