/* Where a request goes: the server it is for, the proxy on the way, the flow it travels on. */
#ifndef USAGE_PLACE_H
#define USAGE_PLACE_H

#include "base/writer.h"
#include "settings/settings.h"

struct exchange_place {
    const struct hf_settings *settings;
    unsigned server;             /* index into the settings' servers */
    struct hf_slice server_host; /* a name or an address */
    uint16_t server_port;        /* 0: default */
    struct hf_slice proxy_host;  /* empty: none, or none that is to be named in Route */
    uint16_t proxy_port;
    bool proxy_loose;
    struct hf_slice service_route; /* of the binding: for requests that are no REGISTER */
    struct hf_slice gruu;          /* for the Contact of requests that are no REGISTER; or empty */
    enum hf_transport transport;
    struct hf_address local;      /* what our Via says */
    struct hf_address contact_at; /* what our Contact says: behind a NAT, what others see */
    struct hf_address former_at;  /* what it said in the binding that REGISTER is to replace; family
                                     NONE: the same, or nobody knows */
    bool removes_flow;            /* `contact` is that of the flow that we have (RFC 5626) */
    bool offers_keep;             /* our Via says that keep-alives can be had (RFC 6223) */
    struct hf_slice contact;      /* the URI of a former Contact, to be removed; empty: ours */
};

/* "sip:" or "sips:", as the settings say for this transport. */
struct hf_slice uri_scheme_text(const struct hf_settings *settings, enum hf_transport transport);

/* A host as it stands in a URI: an IPv6 address gets its brackets. */
void uri_host_write(struct writer *w, struct hf_slice host);

/* The domain of the address of record: the setting, else the server. */
struct hf_slice place_domain(const struct exchange_place *place);

/* "sip:user@domain" */
void aor_write(struct writer *w, const struct exchange_place *place);

/* The Request-URI of REGISTER: the domain without a user (RFC 3261 section 10.2); with the port
 * where the server was configured with one. */
void registrar_uri_write(struct writer *w, const struct exchange_place *place);

/* The route set of a request to `target` is the proxy, where it is to be named, and then the
 * service route (RFC 3608 section 6.1). Where its first URI is a strict router, without ";lr", that
 * is the Request-URI, and `target` the last Route (RFC 3261 section 12.2.1.1). */
void request_uri_write(struct writer *w, const struct exchange_place *place,
                       struct hf_slice target);

/* Via, with `branch`; Max-Forwards; Route where there is a route set. */
void routing_headers_write(struct writer *w, const struct exchange_place *place,
                           struct hf_slice target, const char *branch);

/* The route set as the values of one Route, "<sip:a;lr>, <sip:b;lr>"; a strict router stays first.
 */
void route_values_write(struct writer *w, const struct exchange_place *place);

/* Room for the URI of a server and for any that is taken from a route. */
enum { TARGET_URI_MAX = 1100 };

#endif
