#ifndef SIM_WITNESS_INTERNAL_H
#define SIM_WITNESS_INTERNAL_H

#include "base/map.h"
#include "sim/witness.h"
#include "sip/message.h"

enum {
    WITNESS_REGISTERS = 160, /* the last ones of an account */
    WITNESS_OTHERS = 480,    /* and its last requests of other kinds */
    WITNESS_REQUESTS = WITNESS_REGISTERS + WITNESS_OTHERS,
    WITNESS_PLACES = 96, /* targets that an account was seen at */
    WITNESS_CALLS = 32,  /* Call-IDs of an account */
    WITNESS_LEGS = 8,    /* registrations that it has at the same time */
    WITNESS_USER_MAX = 32,
    WITNESS_CONTACT_MAX = 256,
    WITNESS_TEXT_MAX = 512,
};

/* One client transaction, as it is seen on the wire. */
struct seen_request {
    uint64_t branch; /* hash; 0: no such request */
    uint64_t bytes;  /* hash */
    uint32_t cseq;
    struct hf_address to;
    hf_time first_at;
    hf_time last_at;
    hf_time interval; /* of Timer E */
    hf_time t2;
    hf_time timer_f;
    hf_time patience; /* over a connection, at least */
    unsigned resends;
    uint64_t call;  /* hash of its Call-ID */
    bool on_stream; /* a connection: nothing is resent */
    bool resumes;   /* the one before it, over another connection */
    bool is_register;
    bool removes; /* Expires: 0, or no Contact: it binds nothing */
    bool provisional;
    bool answered;
    bool was_bound;    /* when it was sent */
    uint32_t failures; /* of the account, then */
    uint32_t asked;    /* seconds */
    char contact[WITNESS_CONTACT_MAX];
};

/* What an account knows of one target. */
struct seen_place {
    struct hf_address target; /* family NONE: no such place */
    uint64_t call;            /* for which Call-ID, where there are several registrations; else 0 */
    bool failed;
    hf_time failed_at;      /* at the earliest */
    hf_time retry_after_at; /* not before; 0: nothing was asked */
    hf_time answered_at;    /* the last final answer that was no success */
    unsigned in_a_row;      /* requests since then that followed an answer at once */
    hf_time granted_end_at; /* 0: nothing was granted */
    hf_time level_at;       /* of the bucket */
    double level;
};

struct seen_call {
    uint64_t id; /* hash; 0: none */
    uint32_t cseq;
};

/* The latest REGISTER that binds of one Call-ID. */
struct seen_latest {
    uint64_t call; /* hash; 0: none, or any */
    struct seen_request *request;
};

enum seen_bound { SEEN_UNBOUND, SEEN_BOUND, SEEN_UNKNOWN };

/* One of the registrations that an account has at the same time; most have one. */
struct seen_leg {
    enum seen_bound bound; /* as the events say */
    hf_time unbound_at;    /* when they said last that a binding ended; 0: never */
    bool letting_go;       /* was told to, and may still be at it */
    bool granted_nothing;  /* a 200 said that there is no binding */
    bool looked;           /* `last` is of this life of the process */
    struct {
        enum hf_account_state state;
        hf_time at;
        unsigned failures;
        hf_time next_attempt_at;
        hf_time binding_expires_at;
        uint32_t reg_id;
    } last;
};

struct seen_account {
    uint32_t process;
    char user[WITNESS_USER_MAX];
    struct witness_rules rules;
    bool gone;
    bool wanted;       /* the owner wants it registered */
    bool owner_acted;  /* since the last look: waits do not count */
    hf_time wanted_at; /* when that changed last */
    hf_time served_at; /* by the last 200 that granted something, however late */
    struct seen_request requests[WITNESS_REQUESTS];
    unsigned next_register;
    unsigned next_other;
    /* NULL: none since the owner acted. Where there is one registration at a time, the first. */
    struct seen_latest latest[WITNESS_LEGS];
    unsigned next_latest;
    struct seen_place places[WITNESS_PLACES];
    struct seen_call calls[WITNESS_CALLS];
    unsigned next_call;
    struct seen_leg legs[WITNESS_LEGS];
    hf_time retry_after_at; /* the latest end of a Retry-After that its process was told */
};

/* A nonce that an account was given. */
struct seen_nonce {
    struct map_node node;
    uint32_t account;
    uint32_t group;
    uint32_t count; /* the highest that it was used with */
    uint64_t nonce;
};

struct witness {
    uint32_t *groups;
    uint32_t server_count;
    struct seen_account **accounts;
    uint32_t account_count;
    struct map nonces;
    bool ipv6_comes_late; /* the DNS has had AAAA answers later than others */
    enum witness_rule broken;
    char objection[WITNESS_TEXT_MAX];
};

uint64_t witness_hash(struct hf_slice bytes);
struct seen_account *witness_account(struct witness *witness, uint32_t account);
/* By the user part of From (requests) or To (answers to them); SIM_NONE: nobody's. */
uint32_t witness_find_account(const struct witness *witness, uint32_t process,
                              const struct sip_message *message);
/* Made when it is not there yet. */
struct seen_place *witness_place(struct seen_account *account, const struct hf_address *target,
                                 uint64_t call);
/* The latest end of a grant there. */
hf_time witness_granted_end(const struct seen_account *account, const struct hf_address *target);
struct seen_request *witness_find_request(struct seen_account *account, uint64_t branch);
/* Whether some registrar's grant has not ended. */
bool witness_is_bound(const struct seen_account *account, hf_time now);
/* Several registrations at a time are clients of their own: a server may give all of them one
 * nonce, and each counts for itself (RFC 7616 section 3.4). */
uint64_t witness_nonce_hash(const struct seen_account *account, struct hf_slice nonce,
                            const struct sip_message *message);
/* NULL: there is no memory. */
struct seen_nonce *witness_note_nonce(struct witness *witness, uint32_t account, uint64_t nonce,
                                      uint32_t group);
struct seen_nonce *witness_find_nonce(const struct witness *witness, uint32_t account,
                                      uint64_t nonce);
/* Of those with this Call-ID, where the account has several registrations at a time. */
struct seen_request **witness_latest(struct seen_account *account, uint64_t call);
void witness_leave_bound_open(struct seen_account *account);
/* When Timer E or F would have made itself seen. */
hf_time witness_request_dead_at(const struct seen_request *request);

/* witness_flows.c: the registration may be given up, as another one of the account serves: one that
 * is no flow stands by. */
bool witness_may_stand_by(const struct seen_account *account, const struct seen_leg *leg,
                          hf_time now);
/* How long a flow may be waited for, after so many failures. */
void witness_flow_waits(const struct witness_rules *rules, unsigned failures, hf_time *min,
                        hf_time *max);
/* What a REGISTER says of its flow. */
void witness_check_flow(struct witness *witness, uint32_t index, const struct sip_message *message,
                        hf_time now);
/* No two registrations of an account are one flow. */
void witness_look_at_flow(struct witness *witness, uint32_t index,
                          const struct hf_account_status *status, hf_time now);

void witness_request_sent(struct witness *witness, uint32_t index,
                          const struct sip_message *message, const struct sim_packet *packet);
void witness_check_credentials(struct witness *witness, uint32_t index,
                               const struct sip_message *message, const struct sim_packet *packet);
void witness_answer_arrived(struct witness *witness, uint32_t index,
                            const struct sip_message *message, const struct sim_packet *packet);

#endif
