/* What an agent tells its owner: events of accounts, and the state that an account is in.
 * The words are those of `holdfast status --json` and `holdfast events --json`. */
#ifndef HOLDFAST_EVENT_H
#define HOLDFAST_EVENT_H

#include "holdfast/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Names one account of one agent; never reused for another. 0 is no account. */
typedef uint64_t hf_account_id;

enum hf_account_state {
    HF_STATE_DISABLED,     /* configured not to register */
    HF_STATE_UNREGISTERED, /* no binding, and nothing is being done about it */
    HF_STATE_RESOLVING,    /* looking up the server's name */
    HF_STATE_REGISTERING,  /* a REGISTER is on its way, no binding yet */
    HF_STATE_REGISTERED,   /* a binding is held, also while a refresh of it fails */
    HF_STATE_WAITING,      /* no binding; the next attempt is at next_attempt_at */
    HF_STATE_REJECTED,     /* the server refuses the credentials or the account */
};

enum hf_event_kind {
    HF_EVENT_REGISTERING,         /* first REGISTER of an attempt sent */
    HF_EVENT_REGISTERED,          /* a binding where there was none */
    HF_EVENT_REFRESHED,           /* the binding was prolonged */
    HF_EVENT_REGISTRATION_FAILED, /* an attempt failed; status 0 = no answer; see reason */
    HF_EVENT_UNREGISTERED,        /* the binding is gone: removed, or its time ended */
    HF_EVENT_KEEPALIVE_LOST,      /* the server does not answer OPTIONS any more */
    HF_EVENT_FAILOVER,            /* works through another target now, the former one failed */
    HF_EVENT_FAILBACK,            /* works through a better target again */
    HF_EVENT_DNS_FAILED,          /* a name gave no usable answer */
    HF_EVENT_TLS_FAILED,          /* handshake or certificate refused */
    HF_EVENT_CONFIG_CHANGED,      /* the account's settings were replaced */
};

/* Why a target, or a name, was of no use. */
enum hf_failure_cause {
    HF_CAUSE_NONE,        /* nothing failed */
    HF_CAUSE_ANSWER,      /* what was answered: see the status */
    HF_CAUSE_TIMEOUT,     /* no answer, or no connection in time */
    HF_CAUSE_REFUSED,     /* ICMP port unreachable, connection refused */
    HF_CAUSE_UNREACHABLE, /* ICMP host or network unreachable, no route */
    HF_CAUSE_CLOSED,      /* the server ended the connection */
    HF_CAUSE_TLS,         /* handshake or certificate */
    HF_CAUSE_DNS,         /* a name gave no usable answer */
    HF_CAUSE_LOCAL,       /* something on our side: a port, memory, a transport that is not there */
};

/* `server` is the configured name ("sip.example.com:5060"), `target` the address it stands for
 * (family HF_FAMILY_NONE while none is known). Slices are good until the next call on the agent. */
struct hf_event {
    enum hf_event_kind kind;
    hf_account_id account;
    uint64_t tag; /* what the owner gave to hf_agent_add_account */
    unsigned leg; /* which of the registrations that the account has at the same time; 0: the first
                     or only one */
    hf_time at;
    struct hf_slice server;
    struct hf_address target;
    enum hf_transport transport;
    unsigned status;        /* SIP status code, 0 where there is none */
    struct hf_slice reason; /* reason phrase or a text of ours; may be empty */
    hf_time took;           /* from choosing the target to its answer, or to giving it up, challenge
                               included; 0 where no target was asked, or none was chosen anew */
    enum hf_failure_cause cause; /* of the kinds that tell of a failure */
};

/* How good the place is at which an account's binding is. */
enum hf_account_place {
    HF_PLACE_NONE,          /* there is no binding */
    HF_PLACE_BEST,          /* the first server (or proxy), and none of its targets is better */
    HF_PLACE_LESSER_TARGET, /* the first server, and it has better targets */
    HF_PLACE_LESSER_SERVER, /* another server (or proxy) than the first */
};

struct hf_account_status {
    enum hf_account_state state;
    uint64_t tag;
    struct hf_slice server;
    struct hf_address target;
    enum hf_transport transport;
    enum hf_account_place place;
    struct hf_slice contact; /* the URI of our binding; empty before the first REGISTER */
    /* What the registrar gave this device to be reached by from anywhere (RFC 5627): the public
     * one, and the temporary one that hides who it is. For the Contact of your own requests; empty:
     * it gave none. Right after a restart: those from before it. */
    struct hf_slice public_gruu;
    struct hf_slice temporary_gruu;
    hf_time registered_since_at; /* HF_NEVER while there is no binding */
    hf_time binding_expires_at;  /* HF_NEVER while there is no binding */
    hf_time next_attempt_at; /* next REGISTER, never in the past; HF_NEVER when none is planned */
    unsigned failures;       /* failed attempts since the last success */
    unsigned last_status;    /* of the last final answer, 0 = none */
    struct hf_slice last_reason;
    unsigned leg;    /* which of them this is: the one that calls go through */
    unsigned legs;   /* registrations that the account has at the same time, 1 or more */
    uint32_t reg_id; /* of the flow that the binding is (RFC 5626); 0: it is none */
};

/* The words of the JSON contract; static. */
HF_API const char *hf_account_state_name(enum hf_account_state state);
HF_API const char *hf_event_name(enum hf_event_kind kind);

#ifdef __cplusplus
}
#endif

#endif
