/* One exchange with one target: a REGISTER and, where it is challenged or asks for too short a
 * life, its repetitions, until the target's verdict is known (RFC 3261 section 10.2).
 * It knows nothing of other targets and of waiting: account/ does. */
#ifndef USAGE_EXCHANGE_H
#define USAGE_EXCHANGE_H

#include "sip/message.h"
#include "usage/binding.h"
#include "usage/place.h"
#include "usage/registration.h"

struct gruus;

enum exchange_kind {
    EXCHANGE_BIND,      /* make or renew the binding */
    EXCHANGE_REMOVE,    /* remove it: Expires 0 */
    EXCHANGE_LOOK,      /* what is bound there? No Contact (RFC 3261 section 10.2.3) */
    EXCHANGE_CLEAR,     /* the same before registering there: what is accepted is remembered */
    EXCHANGE_CLEAR_ALL, /* and everybody's: Contact: * (RFC 3261 section 10.2.2) */
};

struct exchange {
    uint8_t kind;                      /* enum exchange_kind */
    uint8_t challenges;                /* answered in this exchange */
    uint8_t stale;                     /* of these, on a nonce that had gone stale */
    uint8_t too_brief;                 /* 423 answered */
    uint8_t extensions;                /* answers about extensions that were followed */
    uint8_t offered;                   /* of enum extension: in the last request */
    bool sent_fresh[CREDENTIAL_SLOTS]; /* the last request answered a challenge of this exchange */
    bool sent_remembered[CREDENTIAL_SLOTS]; /* it carried remembered credentials */
    bool passed[CREDENTIAL_SLOTS]; /* the fresh ones were good enough for a 423, 420, 439 */
    struct credential_set fresh;   /* made in this exchange */
    uint32_t expires;              /* what the last request asked for */
};

enum exchange_verdict {
    EXCHANGE_AGAIN,    /* send another request at once */
    EXCHANGE_BOUND,    /* the binding is there, for `granted` seconds */
    EXCHANGE_REMOVED,  /* the binding is gone */
    EXCHANGE_SEEN,     /* our Contact is bound there for `granted` seconds more; 0: it is not */
    EXCHANGE_REJECTED, /* credentials or account refused: nothing will mend that by itself */
    EXCHANGE_ANSWERED, /* another final answer: the server works, but does not register us */
    EXCHANGE_TARGET_FAILED, /* the server cannot serve (408, 500, 502, 503, 504) */
};

struct exchange_answer {
    unsigned status;
    struct hf_slice reason; /* of the message, or a text of ours that says more */
    uint32_t granted;       /* seconds */
    hf_time retry_after;    /* 0: not given */
    bool assumed;           /* BOUND, but our Contact was not in the answer */
    bool outbound;          /* BOUND, as a flow (RFC 5626) */
    uint32_t flow_timer;    /* of a flow, seconds; 0: not given */
    struct gruus *gruus;    /* BOUND: what our Contact got, the caller's to free; or NULL */
    struct strays strays;   /* BOUND: former Contacts of ours beside it */
};

void exchange_begin(struct exchange *exchange, enum exchange_kind kind);

/* What was looked at is to be removed: another request follows. */
void exchange_remove(struct exchange *exchange);

/* Drops what it has made; harmless twice. */
void exchange_release(struct exchange *exchange);

/* The next CSeq; the request that follows carries it. */
uint32_t exchange_next_cseq(struct registration *registration);

/* Writes the next request into the buffer. Empty when it does not fit, or without memory. */
struct hf_slice exchange_request(struct exchange *exchange, struct registration *registration,
                                 const struct exchange_place *place, const char *branch,
                                 struct digest_context *digest, char *buffer, size_t size);

/* What a 2xx that comes when the exchange is over says of the Contact that was sent: seconds, 0 if
 * it is not there or not bound. Nothing else is learnt but what it is reached by (the caller's to
 * free, or NULL); `place` need only have the settings, the Contact's address and the transport. */
uint32_t exchange_late_grant(const struct exchange *exchange,
                             const struct registration *registration,
                             const struct exchange_place *place, const struct sip_message *response,
                             struct gruus **ret_gruus);

/* Judges a final answer by the table of answers.h. On EXCHANGE_BOUND the credentials that worked
 * are remembered. Of the place it reads the settings, the server, the transport and where our
 * Contact is. */
enum exchange_verdict exchange_answer(struct exchange *exchange, struct registration *registration,
                                      const struct exchange_place *place,
                                      struct digest_context *digest, struct random *random,
                                      const struct sip_message *response,
                                      struct exchange_answer *ret);

#endif
