/* What one registration keeps from one REGISTER to the next, whichever server it goes to: Call-ID,
 * CSeq and tag (RFC 3261 section 10.2), the parameter that marks our Contact, and the credentials
 * that were accepted last. */
#ifndef USAGE_REGISTRATION_H
#define USAGE_REGISTRATION_H

#include "base/random.h"
#include "settings/settings.h"
#include "usage/authentication.h"

/* What a request offers, and leaves out for a server that does not take it. */
enum extension {
    EXTENSION_PATH = 1,     /* Supported: path (RFC 3327) */
    EXTENSION_INSTANCE = 2, /* +sip.instance in Contact (RFC 5626) */
    EXTENSION_OUTBOUND = 4, /* and reg-id: a flow (outbound.h) */
    EXTENSION_GRUU = 8,     /* Supported: gruu (RFC 5627) */
    EXTENSION_FLOW = EXTENSION_OUTBOUND | EXTENSION_INSTANCE, /* no flow without an instance */
};

struct registration {
    uint64_t call_id[2];
    uint64_t tag;
    uint32_t cseq;
    uint32_t line;              /* the private parameter of our Contact; the same after a restart */
    uint32_t expires_min;       /* what a 423 taught us to ask for at least, seconds; 0 = nothing */
    uint8_t left_out;           /* of enum extension, */
    uint8_t left_out_server;    /* for this server */
    uint8_t outbound_rests;     /* since outbound was left out there: see outbound_count_rest */
    uint8_t credentials_server; /* that took these; they are offered to no other */
    struct credential_set credentials; /* what was accepted last */
};

void registration_init(struct registration *registration, const struct hf_settings *settings,
                       struct random *random);
/* Begins anew: another Call-ID and tag, CSeq from the start. */
void registration_renew(struct registration *registration, struct random *random);
void registration_release(struct registration *registration);

/* A Contact that is as long as a whole request is never sent. */
enum { CALL_ID_MAX = 40, LINE_TEXT_MAX = 12, CONTACT_URI_MAX = LIMIT_REQUEST_BYTES };

/* Our Contact's URI: user, local address, transport, line. `scheme_sips` per settings. */
void contact_uri_write(struct writer *w, const struct registration *registration,
                       const struct hf_settings *settings, const struct hf_address *local,
                       enum hf_transport transport);

/* The user part of our Contact, not escaped. */
struct hf_slice contact_user(const struct hf_settings *settings);

void call_id_write(struct writer *w, const struct registration *registration);

#endif
