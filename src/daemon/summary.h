/* Where all accounts are, as counts: accounts of the same state at the same place are one group. A
 * part of the accounts is counted at a time, so that the engine never waits for a million of them;
 * whoever asks adds the parts up. */
#ifndef DAEMON_SUMMARY_H
#define DAEMON_SUMMARY_H

#include "daemon/wall_clock.h"
#include "holdfast/event.h"

enum {
    SUMMARY_GROUPS_MAX = 24, /* in a part: their lines fit into one buffer of the control socket */
    SUMMARY_SERVER_BYTES = 256, /* what is more of a server's name is cut */
    SUMMARY_GROUP_BYTES_MAX = 2400,
};

/* When the next attempt is due. */
enum summary_due {
    SUMMARY_DUE_10_S,
    SUMMARY_DUE_1_MIN,
    SUMMARY_DUE_10_MIN,
    SUMMARY_DUE_1_H,
    SUMMARY_DUE_LATER,
    SUMMARY_DUE_COUNT,
};

/* The name of a count in JSON: "due_10_s". */
const char *summary_due_name(enum summary_due due);

struct summary_group {
    enum hf_account_state state;
    enum hf_account_place place;
    enum hf_transport transport;
    struct hf_address target;
    size_t server_len;
    char server[SUMMARY_SERVER_BYTES];
    uint64_t accounts;
    uint64_t failing; /* whose last attempt failed */
    uint64_t due[SUMMARY_DUE_COUNT];
};

struct summary {
    size_t count;
    struct summary_group groups[SUMMARY_GROUPS_MAX];
};

static inline void summary_init(struct summary *summary) {
    summary->count = 0;
}

/* True when the next account may need a group that there is no room for. */
static inline bool summary_is_full(const struct summary *summary) {
    return summary->count == SUMMARY_GROUPS_MAX;
}

/* The summary must not be full. */
void summary_add(struct summary *summary, const struct hf_account_status *status,
                 const struct wall_clock *clock);

/* One line for each group, with its newline. */
void summary_write(const struct summary *summary, struct writer *w);

#endif
