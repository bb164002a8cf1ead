/* What the events of all accounts come to, for metrics. Each event costs a few additions and no
 * memory, whether anybody asks or not. */
#ifndef DAEMON_TALLY_H
#define DAEMON_TALLY_H

#include "daemon/histogram.h"
#include "holdfast/event.h"

enum { TALLY_EVENTS = HF_EVENT_CONFIG_CHANGED + 1 };

/* Why something failed. Of answers the class counts. */
enum tally_failure {
    TALLY_FAILURE_3XX,
    TALLY_FAILURE_4XX,
    TALLY_FAILURE_5XX,
    TALLY_FAILURE_6XX,
    TALLY_FAILURE_INVALID, /* an answer of 2xx without a binding */
    TALLY_FAILURE_TIMEOUT, /* no answer, no connection in time */
    TALLY_FAILURE_REFUSED, /* ICMP port unreachable, connection refused */
    TALLY_FAILURE_UNREACHABLE,
    TALLY_FAILURE_CLOSED,
    TALLY_FAILURE_TLS,
    TALLY_FAILURE_DNS,
    TALLY_FAILURE_LOCAL, /* our own side */
    TALLY_FAILURE_COUNT,
};

struct tally {
    uint64_t events[TALLY_EVENTS];
    uint64_t failures[TALLY_FAILURE_COUNT];
    struct histogram answers;   /* from choosing a target to its final answer, good or bad */
    struct histogram failovers; /* from asking the target that failed to a binding elsewhere */
};

void tally_init(struct tally *tally);

/* `failing_since_at` is the account's own: when the first target was asked that has failed since
 * its last success, 0 while none has. */
void tally_event(struct tally *tally, hf_time *failing_since_at, const struct hf_event *event);

/* Adds what another one has. */
void tally_add(struct tally *tally, const struct tally *other);

/* The label of a cause: "timeout", static. */
const char *tally_failure_name(enum tally_failure failure);

#endif
