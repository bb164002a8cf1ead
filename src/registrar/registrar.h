/* A small registrar in memory (RFC 3261 section 10.3, RFC 3327): for the demo, for trying things
 * out, for the simulator and the tests. It does no I/O: its host hands in messages and the time,
 * and takes answers out of an outbox (HF_OUTPUT_SEND only). It can be told to misbehave, as real
 * servers do. */
#ifndef REGISTRAR_REGISTRAR_H
#define REGISTRAR_REGISTRAR_H

#include "base/outbox.h"
#include "sip/challenge.h"

struct registrar;

enum { REGISTRAR_OFFERS_MAX = 3 };

/* The qop that challenges offer (RFC 7616 section 3.3). */
enum registrar_qop {
    REGISTRAR_QOP_AUTH,
    REGISTRAR_QOP_AUTH_INT,
    REGISTRAR_QOP_BOTH,
    REGISTRAR_QOP_NONE, /* no qop at all, as RFC 2069 has it */
};

struct registrar_options {
    uint64_t seed[4];
    const char *realm; /* copied */
    bool open;         /* nobody is challenged */
    /* Users without an entry of their own (registrar_add_user) have this in front of their name
     * as password ("pw-": alice has pw-alice); NULL: they are not known. Copied. */
    const char *password_prefix;
    enum digest_algorithm offers[REGISTRAR_OFFERS_MAX]; /* in the order in which they are sent */
    unsigned offer_count;                               /* 0: MD5 alone */
    enum registrar_qop qop;
    uint32_t nonce_lifetime; /* seconds; 0: for ever */
    uint32_t expires_min;    /* seconds; less is answered with 423 */
    uint32_t expires_max;    /* more is cut to this */
    uint32_t expires_default;
    unsigned contacts_max; /* of one address of record; one more is answered with 403 */
    /* Values of the Service-Route that a 200 gives out (RFC 3608), or NULL. Copied. */
    const char *service_route;
    uint32_t flow_timer; /* seconds that a 200 for a flow says (RFC 5626 section 10); 0: nothing */
    bool keeps;          /* asks those who offer it in their Via for keep-alives (RFC 6223) */
    uint32_t keep_seconds; /* at least so often; 0: as often as they like */
    bool any_record;       /* who is authentic may register every address of record */
};

/* MD5, realm "holdfast", 60 s to 3600 s, passwords "pw-" and the user's name. */
void registrar_options_init(struct registrar_options *options);

/* HF_ERROR_MEMORY. */
int registrar_create(const struct registrar_options *options, struct registrar **ret, hf_time now);
void registrar_free(struct registrar *registrar);

/* HF_ERROR_MEMORY. A user that is known already gets the new password. */
int registrar_add_user(struct registrar *registrar, const char *user, const char *password);

/* One message came in; `path` and `from` are where answers go. A STUN binding request is answered
 * as well (RFC 5626 section 8), unless nothing is. */
void registrar_receive(struct registrar *registrar, hf_path_id path, const struct hf_address *from,
                       bool reliable, struct hf_slice bytes, struct outbox *outbox, hf_time now);

hf_time registrar_deadline(const struct registrar *registrar);
void registrar_expire(struct registrar *registrar, hf_time now);

/* What it does wrong. */
enum registrar_fault_kind {
    REGISTRAR_WORKS,
    REGISTRAR_SILENT,           /* no answer at all */
    REGISTRAR_ANSWERS,          /* `status` with `headers`, nothing else is done */
    REGISTRAR_TRYING,           /* 100 and then nothing */
    REGISTRAR_STALE,            /* every nonce is stale */
    REGISTRAR_FOREIGN_CONTACT,  /* the 200 lists somebody else's Contact instead of ours */
    REGISTRAR_NO_CONTACT,       /* the 200 lists none */
    REGISTRAR_ZERO_EXPIRES,     /* the 200 grants 0 */
    REGISTRAR_REQUIRES,         /* 421 to whom does not support `option` (section 21.4.16) */
    REGISTRAR_REFUSES,          /* 420 to whom says that it supports `option` (section 21.4.15) */
    REGISTRAR_CONTACT_TWICE,    /* the 200 lists each Contact with 0, too, before and after */
    REGISTRAR_CONTACT_MOVED,    /* the 200 lists our Contacts at another address and port */
    REGISTRAR_ABSURD_EXPIRES,   /* the 200 grants more seconds than 64 bits hold */
    REGISTRAR_GRANTS_LESS,      /* a second less than was asked for, each time */
    REGISTRAR_TOO_BRIEF,        /* 423, whatever was asked for, and more than that as Min-Expires */
    REGISTRAR_NEW_REALMS,       /* no challenge has the realm of the one before */
    REGISTRAR_SAME_NONCE,       /* every answer to the challenge is refused, with the same nonce */
    REGISTRAR_ONE_USE_NONCES,   /* a nonce is good once, and nothing is said to be stale */
    REGISTRAR_BABBLES,          /* wrong answers of every kind go before the right one */
    REGISTRAR_TWO_ANSWERS,      /* a 500 follows whatever is answered */
    REGISTRAR_IGNORES_OUTBOUND, /* reg-id says nothing to it (RFC 5626 section 4.2.1) */
    REGISTRAR_LACKS_OUTBOUND,   /* 439 to whom asks for a flow (RFC 5626 section 11.6) */
};

struct registrar_fault {
    enum registrar_fault_kind kind;
    struct hf_slice method;  /* which requests; empty = all. Copied, at most 31 bytes */
    unsigned count;          /* how many of them; 0 = all from now on */
    unsigned status;         /* of REGISTRAR_ANSWERS */
    struct hf_slice headers; /* whole lines with their CR LF, or empty. Copied, at most 511 bytes */
    struct hf_slice option;  /* of REGISTRAR_REQUIRES. Copied, at most 31 bytes */
};

void registrar_set_fault(struct registrar *registrar, const struct registrar_fault *fault);

/* As a restart without a store does. */
void registrar_forget_bindings(struct registrar *registrar);

/* Makes every nonce that was given out stale. */
void registrar_forget_nonces(struct registrar *registrar);

/* As a restart does: transactions are forgotten; with `forget`, as one without a store, bindings
 * and nonces too. */
void registrar_restart(struct registrar *registrar, bool forget);

/* Another realm from now on (copied). HF_ERROR_MEMORY. */
int registrar_set_realm(struct registrar *registrar, struct hf_slice realm);

/* From now on. Grants are cut to `max` seconds, shorter requests than `min` get a 423. */
void registrar_set_limits(struct registrar *registrar, uint32_t expires_min, uint32_t expires_max);

/* From now on; see the options. */
void registrar_set_flow_timer(struct registrar *registrar, uint32_t seconds);

/* From now on; see the options. */
void registrar_set_keep(struct registrar *registrar, bool keeps, uint32_t seconds);

struct registrar_binding {
    struct hf_slice aor; /* "alice@example.com" */
    struct hf_slice contact;
    struct hf_slice call_id;
    struct hf_slice path;     /* the Path values, as they came */
    struct hf_slice instance; /* of a flow, with its quotes; else empty */
    uint32_t reg_id;          /* of a flow; else 0 */
    uint32_t cseq;
    hf_time ends_at;
    struct hf_address received; /* where the REGISTER came from */
};

/* Walks over all bindings: *cursor = 0 to begin; false at the end. Slices are good until the next
 * call that changes something. */
bool registrar_next_binding(const struct registrar *registrar, uint32_t *cursor,
                            struct registrar_binding *ret);

/* One address of record's bindings, by their index from 0; false at the end. */
bool registrar_binding_of(const struct registrar *registrar, struct hf_slice aor, unsigned index,
                          struct registrar_binding *ret);

/* Where a GRUU leads that this registrar gave out, to who supports them (RFC 5627): the Contact of
 * the binding that its device made last. For tests and the simulator: it looks at all bindings.
 * False: nowhere (any more). */
bool registrar_find_gruu(const struct registrar *registrar, struct hf_slice gruu,
                         struct hf_slice *ret_contact);

/* From now on it is noted which addresses of record get, lose or move a binding (a renewal alone
 * is no change). They are to be taken after each call: those of more than a megabyte are lost. */
void registrar_follow_changes(struct registrar *registrar);

/* The next one (perhaps one that was told before), good until the next call that changes
 * something; empty: any may have changed. False at the end. */
bool registrar_next_change(struct registrar *registrar, struct hf_slice *ret_aor);

/* Whether it does its work for requests of this method, as far as its fault goes. */
bool registrar_serves(const struct registrar *registrar, struct hf_slice method);

struct registrar_counters {
    uint64_t requests;
    uint64_t registers;
    uint64_t challenges;
    uint64_t accepted;
    uint64_t refused;
    uint64_t bindings; /* now */
};

void registrar_count(const struct registrar *registrar, struct registrar_counters *ret);

#endif
