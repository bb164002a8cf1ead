/* name-addr and addr-spec with their parameters: From, To, Contact, Route, Path, Service-Route
 * (RFC 3261 sections 20.10, 20.20, 20.34, 20.39). */
#ifndef SIP_NAME_ADDR_H
#define SIP_NAME_ADDR_H

#include "base/slice.h"
#include "base/writer.h"
#include "sip/message.h"
#include "sip/uri.h"

struct name_addr {
    struct hf_slice display;    /* with its quotes, if it has any; may be empty */
    struct hf_slice uri;        /* without angle brackets */
    struct hf_slice parameters; /* of the header, not of the URI: ";tag=x", or empty */
};

/* One value. Without angle brackets every ";" begins a header parameter (section 20.10). False
 * when it is against the grammar; the URI itself is not looked into. */
bool name_addr_parse(struct hf_slice value, struct name_addr *ret);

/* The tag of a From or To that occurs exactly once; empty when it has none. False when the field
 * is missing, double or wrong. */
bool sip_tag_read(const struct sip_message *message, enum sip_header header,
                  struct hf_slice *ret_tag);

/* One value of Contact. */
struct contact {
    bool star; /* "*": nothing else is set */
    struct name_addr address;
    bool has_expires;
    uint32_t expires;         /* seconds; beyond 32 bits UINT32_MAX */
    struct hf_slice instance; /* of +sip.instance, with its quotes; empty when there is none */
    struct hf_slice pub_gruu; /* with its quotes (RFC 5627), as the next; empty: none */
    struct hf_slice temp_gruu;
    uint32_t reg_id; /* 0: none (RFC 5626 section 4.2) */
};

/* A malformed `expires` counts as absent (RFC 3261 section 20.10 gives no error for it). */
bool contact_parse(struct hf_slice value, struct contact *ret);

/* A display name as token or quoted string, with the blank after it; nothing when it is empty. */
void write_display_name(struct writer *w, struct hf_slice display);

#endif
