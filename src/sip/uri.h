/* SIP, SIPS and tel URIs (RFC 3261 section 19.1, RFC 3966): parts, comparison, escaping. */
#ifndef SIP_URI_H
#define SIP_URI_H

#include "base/slice.h"
#include "base/writer.h"

enum uri_scheme {
    URI_SIP,
    URI_SIPS,
    URI_TEL,
    URI_OTHER, /* any other: only `rest` is set */
};

/* Slices of the text that was parsed; escapes ("%41") are left as they are. */
struct sip_uri {
    enum uri_scheme scheme;
    struct hf_slice user;       /* ptr NULL when there is none; tel: the number */
    struct hf_slice password;   /* ptr NULL when there is none */
    struct hf_slice host;       /* a name, IPv4, or IPv6 in brackets; tel: empty */
    uint16_t port;              /* 0: not given */
    struct hf_slice parameters; /* ";transport=tcp;lr", or empty */
    struct hf_slice headers;    /* "subject=x&to=y" without "?", or empty */
    struct hf_slice rest;       /* URI_OTHER: what follows the colon */
};

/* The whole text must be one URI. False (and *ret undefined) when it is none. */
bool uri_parse(struct hf_slice text, struct sip_uri *ret);

/* Equal by RFC 3261 section 19.1.4 (tel: RFC 3966 section 4, other schemes: same text). */
bool uri_equal(const struct sip_uri *a, const struct sip_uri *b);

/* Whether a URI parameter is there; its value may be empty. */
bool uri_parameter(const struct sip_uri *uri, struct hf_slice name, struct hf_slice *ret_value);

/* Escapes removed: "%41" becomes "A". Broken escapes stay as they are. */
void write_unescaped(struct writer *w, struct hf_slice text);

/* Text as the user part of a SIP URI: what may not stand there is escaped. */
void write_escaped_user(struct writer *w, struct hf_slice text);

#endif
