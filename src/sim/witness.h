/* Watches a run from outside, and objects. It sees only what anybody on the network could see
 * (packets), what the owner of the agents is told (events, status, explanations) and what the
 * owner does; it shares no code with what it watches but the parser of messages. What it cannot
 * see beforehand, the settings, it is told as rules.
 *
 * The first objection is kept; what comes after it is not looked at. */
#ifndef SIM_WITNESS_H
#define SIM_WITNESS_H

#include "sim/sim.h"

struct hf_settings;
struct witness;

/* What can be objected to. */
enum witness_rule {
    WITNESS_CONTENT,
    WITNESS_CSEQ,          /* CSeq rises within a Call-ID, over restarts too */
    WITNESS_RESEND_BYTES,  /* a retransmission is the same, byte for byte */
    WITNESS_RESEND_TIME,   /* Timer E, Timer F (RFC 3261 section 17.1.2.2); none after an answer */
    WITNESS_RESEND_COUNT,  /* the retry count, unless it is the last candidate */
    WITNESS_GONE,          /* nothing from an account that was removed, but its own removal */
    WITNESS_NOT_WANTED,    /* nothing that binds while the owner wants none of it */
    WITNESS_ENDLESS,       /* too many requests in one exchange */
    WITNESS_STORM,         /* too many requests in the long run */
    WITNESS_TOO_EARLY,     /* an attempt before its wait is over */
    WITNESS_TOO_LATE,      /* a wait longer than anybody asked for */
    WITNESS_RETRY_AFTER,   /* Retry-After is obeyed */
    WITNESS_NONCE_UNKNOWN, /* every nonce was given out by somebody */
    WITNESS_NONCE_COUNT,   /* rises with every request */
    WITNESS_CREDENTIALS,   /* go only to the server that asked for them */
    WITNESS_GRANT,         /* `registered` never longer than a registrar granted */
    WITNESS_DROPPED,       /* a live binding is not given up because its refresh failed */
    WITNESS_EVENTS,       /* events follow each other in a sensible way, and agree with the state */
    WITNESS_PLAN,         /* somebody who wants to be registered has a plan, and not in the past */
    WITNESS_EXPLAIN,      /* the explanation is never empty */
    WITNESS_TWO_BINDINGS, /* one Contact of an account at a server */
    WITNESS_FLOW,         /* what RFC 5626 says of flows */
};

/* A word for each, for people and for telling two failures apart; static. */
const char *witness_rule_name(enum witness_rule rule);

/* What an account's settings permit. */
struct witness_rules {
    bool enabled; /* it may register */
    hf_time t1, t2, timer_f;
    hf_time patience_min;       /* the least that an answer over a connection is waited for */
    unsigned retry_counts;      /* the largest of its servers */
    hf_time wait_min, wait_max; /* between attempts */
    hf_time rejected_wait;      /* 0: for ever */
    bool single;                /* one server, no proxy: there is nobody else to go to */
    bool paced;                 /* the next request of an exchange may come later */
    bool concurrent;            /* several registrations at a time, at different servers */
    bool proxied;               /* challenges of one proxy may be answered at another */
    bool flows;                 /* its bindings are to be flows (RFC 5626) */
    bool flow_waits;            /* and their retry waits are those of section 4.5 */
};

void witness_rules_of(const struct hf_settings *settings, struct witness_rules *ret);

int witness_create(struct witness **ret); /* HF_ERROR_MEMORY */
void witness_free(struct witness *witness);

/* Servers with the same group stand for one configured name: what one of them asked for may be
 * shown to the other. In the order of their index. HF_ERROR_MEMORY. */
int witness_add_server(struct witness *witness, uint32_t group);

/* In the order of their index. `user` is what stands in From; it is the account's alone.
 * HF_ERROR_MEMORY. */
int witness_add_account(struct witness *witness, uint32_t process, const char *user,
                        const struct witness_rules *rules, hf_time now);

/* What the owner does with an account: it may act at once, whatever it waited for. */
void witness_changed(struct witness *witness, uint32_t account, const struct witness_rules *rules,
                     hf_time now);
void witness_removed(struct witness *witness, uint32_t account, hf_time now);
void witness_asked_to_register(struct witness *witness, uint32_t account, hf_time now);
void witness_asked_to_unregister(struct witness *witness, uint32_t account, hf_time now);

/* What happens, as a struct sim_observer has it. */
void witness_sent(struct witness *witness, const struct sim_packet *packet);
void witness_arrived(struct witness *witness, const struct sim_packet *packet);
void witness_event(struct witness *witness, uint32_t process, const struct hf_event *event,
                   uint32_t account);
void witness_applied(struct witness *witness, const struct sim_fault *fault, hf_time now);

/* Until when servers asked the account's process, by Retry-After, to be left alone; 0: never. */
hf_time witness_left_alone_until(const struct witness *witness, uint32_t account);

/* How the account is after a step; every account, after every step; where it has several
 * registrations at the same time, each of them. */
void witness_look(struct witness *witness, uint32_t account, const struct hf_account_status *status,
                  hf_time now);
void witness_explained(struct witness *witness, uint32_t account, const char *text);

/* For checks that others do: the first one counts here too. */
void witness_object(struct witness *witness, enum witness_rule rule, uint32_t account, hf_time now,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The first objection: its rule and a text; NULL while there is none. */
const char *witness_objection(const struct witness *witness, enum witness_rule *ret);

#endif
