/* Finding our own binding in the answer to a REGISTER (RFC 3261 section 10.3 step 8), and the
 * lifetime that it was granted. Pure.
 *
 * The server's word wins over what was asked, but only its word about OUR Contact: matched by URI
 * as RFC 3261 compares URIs, else by instance (RFC 5626), else by the private parameter that we
 * put there, for registrars and boxes on the way that rewrite addresses. Somebody else's Contact
 * never counts; but where ours is missing and one Contact alone stands there, with our user, it is
 * ours beyond recognition, and a shorter lifetime of it is believed. */
#ifndef USAGE_BINDING_H
#define USAGE_BINDING_H

#include "sip/message.h"
#include "sip/name_addr.h"

struct own_contact {
    struct hf_slice uri;      /* as we sent it */
    struct hf_slice instance; /* as we sent it, with quotes and brackets; empty = none */
    uint32_t reg_id;
    uint32_t line;
};

enum grant_kind {
    GRANT_OWN,     /* our Contact is there */
    GRANT_ASSUMED, /* it is not, though the answer is a success: Expires or what was asked */
    GRANT_NONE,    /* our Contact is there with a lifetime of 0: nothing is bound */
};

struct grant {
    enum grant_kind kind;
    uint32_t seconds;  /* 1 to LIMIT_GRANTED_SECONDS */
    uint32_t contacts; /* in the answer: where there is one, no other can be a stray of ours */
};

struct grant binding_grant(const struct sip_message *response, const struct own_contact *own,
                           uint32_t asked_seconds);

/* The Contact of the answer that is ours for certain. False: there is none. */
bool binding_contact(const struct sip_message *response, const struct own_contact *own,
                     struct contact *ret);

/* Contacts with our mark that are bound beside ours: those of earlier addresses of this host, whose
 * removal got lost. */
struct strays {
    struct hf_slice first; /* its URI, a part of the response; empty: there is none */
    uint32_t count;
};

struct strays binding_strays(const struct sip_message *response, const struct own_contact *own);

#endif
