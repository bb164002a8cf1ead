/* Via (RFC 3261 section 20.42, RFC 3581, RFC 6223). */
#ifndef SIP_VIA_H
#define SIP_VIA_H

#include "base/slice.h"
#include "base/writer.h"
#include "sip/message.h"

struct via {
    struct hf_slice transport; /* "UDP", "TCP", "TLS", or any other */
    struct hf_slice host;      /* sent-by; IPv6 in brackets */
    uint16_t port;             /* 0: not given */
    struct hf_slice branch;    /* empty when there is none */
    struct hf_slice received;  /* empty when there is none */
    struct hf_slice maddr;
    bool has_rport;
    uint16_t rport; /* 0: no value, as in requests */
    bool has_keep;  /* RFC 6223 */
    bool keep_told; /* with a value, as in answers: */
    uint32_t keep;  /* seconds; 0: as we like */
    struct hf_slice parameters;
};

/* One value. */
bool via_parse(struct hf_slice value, struct via *ret);

/* The topmost Via of a message. False when there is none or it is wrong. */
bool sip_top_via_read(const struct sip_message *message, struct via *ret);

/* RFC 3261 section 8.1.1.7: the magic cookie in front of a branch that is unique. */
bool is_rfc3261_branch(struct hf_slice branch);

/* The topmost Via of a request that came in, as it goes back in the response: with received and
 * rport filled in (RFC 3261 section 18.2.1, RFC 3581 section 4). */
void via_write_received(struct writer *w, struct hf_slice value, const struct hf_address *from);

/* The same with a value for its `keep`, if it has one (RFC 6223 section 4.3). */
void via_write_keeping(struct writer *w, struct hf_slice value, const struct hf_address *from,
                       uint32_t seconds);

#endif
