/* The last decisions of one account, small enough that a million accounts can keep theirs:
 * `holdfast explain` turns them into words. */
#ifndef ACCOUNT_JOURNAL_H
#define ACCOUNT_JOURNAL_H

#include "base/writer.h"

enum { JOURNAL_ENTRIES = 8 };

/* What was decided or learnt; `value` is a second fact, as noted. */
enum journal_what {
    JOURNAL_NOTHING,
    JOURNAL_SENT,            /* REGISTER to a hop: value = hop index */
    JOURNAL_CHALLENGED,      /* answered a challenge: value = status */
    JOURNAL_TOO_BRIEF,       /* 423: value = seconds asked for instead */
    JOURNAL_ASKED_OTHERWISE, /* without what the server does not take: value = status */
    JOURNAL_REGISTERED,      /* value = granted seconds */
    JOURNAL_REFRESHED,       /* value = granted seconds */
    JOURNAL_NO_ANSWER,       /* value = hop index */
    JOURNAL_TARGET_FAILED,   /* a status that means the server cannot serve: value = status */
    JOURNAL_PASSED_OVER,     /* failed lately, others come first: value = hop index */
    JOURNAL_PATH_FAILED,     /* value = enum hf_path_failure */
    JOURNAL_NOT_FOUND,       /* the name of a hop gave no address: value = hop index */
    JOURNAL_ANSWERED,        /* a final answer that is neither: value = status */
    JOURNAL_REJECTED,        /* value = status */
    JOURNAL_FAILOVER,        /* works through another place, as others failed: value = hop index */
    JOURNAL_FAILBACK,        /* works through a better hop again: value = hop index */
    JOURNAL_FAILBACK_FAILED, /* stays where it is: value = hop index tried */
    JOURNAL_WAIT_RETRY,      /* value = milliseconds of the configured wait */
    JOURNAL_WAIT_SERVER,     /* value = milliseconds that a Retry-After asked for */
    JOURNAL_WAIT_START,      /* value = milliseconds until its turn after the start */
    JOURNAL_WAIT_TURN,       /* value = others who waited already */
    JOURNAL_WAIT_GATE,       /* value = others who waited at that target already */
    JOURNAL_WAIT_REJECTED,   /* value = milliseconds; 0 = until the settings change */
    JOURNAL_BINDING_ENDED,   /* its time ran out without a refresh */
    JOURNAL_ASKED,           /* somebody asked for a registration now */
    JOURNAL_UNREGISTERED,    /* the binding was removed */
    JOURNAL_LOOKING,         /* asked what is bound there before a removal: value = hop index */
    JOURNAL_LEFT_BOUND,      /* what is bound there is not the former binding: value = hop index */
    JOURNAL_REMOVING,        /* a removal was sent: value = hop index */
    JOURNAL_CHANGED,         /* new settings */
    JOURNAL_GIVEN_UP,        /* the binding, without the server's word: value = status */
    JOURNAL_WAIT_KEPT,       /* though the keep-alive, or the connection, is lost */
    JOURNAL_RACES,    /* against the host's other address: value = 6 if that is IPv6, else 4 */
    JOURNAL_RACE_WON, /* by that address: value = likewise */
    JOURNAL_CONNECTS_AGAIN,  /* to the same target: value = why, enum hf_path_failure */
    JOURNAL_FLOW_LOST,       /* the connection that the binding lives on: value = failure */
    JOURNAL_STANDS_BY,       /* another flow serves: gives its binding up */
    JOURNAL_KEEP_ALIVE_LOST, /* value = keep-alives in a row without an answer */
    JOURNAL_FLOW_SILENT,     /* the server answers the packets that keep the way open no more */
    JOURNAL_NETWORK_CHANGED, /* of this machine: tries again soon */
    JOURNAL_ANSWERED_LATE,   /* a REGISTER that was given up: value = hop index */
    JOURNAL_MAPPING_CHANGED, /* the server sees us somewhere else than before */
};

struct journal_entry {
    hf_time at; /* whole milliseconds */
    enum journal_what what;
    uint32_t value;
};

/* The newest first. Of each is kept how long after the former one it came, for which 49 days are
 * the longest: what is older seems younger than it is. */
struct journal {
    hf_time newest_at;
    uint8_t what[JOURNAL_ENTRIES];          /* enum journal_what */
    uint32_t since_former[JOURNAL_ENTRIES]; /* ms */
    uint32_t value[JOURNAL_ENTRIES];
};

void journal_note(struct journal *journal, enum journal_what what, uint32_t value, hf_time now);

/* A duration as a value; 49 days are the longest. */
uint32_t journal_milliseconds(hf_time span);

/* The entry `age` steps back (0 = the newest); false: there is none. */
bool journal_entry(const struct journal *journal, unsigned age, struct journal_entry *ret);

/* Writes a hop's name for journal_write: "sip.example.com via proxy". */
typedef void (*journal_hop_name)(struct writer *w, uint32_t hop, const void *context);

/* All entries, oldest first, a line each. */
void journal_write(const struct journal *journal, struct writer *w, journal_hop_name hop_name,
                   const void *context, hf_time now);

/* "2.5 s", "3 min 20 s", "2 h 5 min": for people. */
void write_span(struct writer *w, hf_time span);

#endif
