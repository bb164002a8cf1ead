/* How many accounts are where, for metrics: the number of series is bounded whatever the
 * configuration is. Accounts are counted one by one. */
#ifndef DAEMON_METRICS_PLACES_H
#define DAEMON_METRICS_PLACES_H

#include "holdfast/event.h"

enum {
    METRICS_PLACES_MAX = 32,    /* what is beyond is counted together */
    METRICS_SERVERS_MAX = 16,   /* the same, of accounts without a binding */
    METRICS_SERVER_BYTES = 128, /* what is more of a server's name is cut */
    METRICS_STATES = HF_STATE_REJECTED + 1,
    METRICS_PLACE_KINDS = HF_PLACE_LESSER_SERVER + 1,
};

/* A server, the address that it stands for, and how good a place that is for its accounts. */
struct metrics_place {
    struct hf_address target;
    enum hf_transport transport;
    enum hf_account_place place;
    size_t server_len;
    char server[METRICS_SERVER_BYTES];
    uint64_t accounts;
};

/* The server that accounts without a binding try, or will. */
struct metrics_server_name {
    size_t len;
    char text[METRICS_SERVER_BYTES];
    uint64_t accounts;
};

struct metrics_places {
    uint64_t states[METRICS_STATES];
    uint64_t failing;                        /* whose last attempt failed */
    uint64_t elsewhere[METRICS_PLACE_KINDS]; /* with a binding, and not in `places` */
    size_t count;
    struct metrics_place places[METRICS_PLACES_MAX]; /* of accounts with a binding */
    uint64_t unbound_elsewhere; /* that want a binding and have none, and are not in `unbound` */
    size_t unbound_count;
    struct metrics_server_name unbound[METRICS_SERVERS_MAX];
};

static inline void metrics_places_init(struct metrics_places *places) {
    *places = (struct metrics_places){0};
}

void metrics_places_add(struct metrics_places *places, const struct hf_account_status *status);

#endif
