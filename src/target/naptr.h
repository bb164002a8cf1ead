/* What the NAPTR records of a SIP domain say about its transports (RFC 3263 section 4.1, RFC
 * 3403). Pure. */
#ifndef TARGET_NAPTR_H
#define TARGET_NAPTR_H

#include "base/limits.h"
#include "holdfast/dns.h"

/* Where a record's replacement leads. */
enum naptr_next {
    NAPTR_TO_SRV,       /* flag "S": SRV records of that name */
    NAPTR_TO_ADDRESSES, /* flag "A": addresses of that name */
    NAPTR_TO_NAPTR,     /* no flag: NAPTR records of that name */
};

struct naptr_step {
    enum naptr_next next;
    enum hf_transport transport;
    struct hf_slice name; /* the replacement; lives as long as the records */
};

/* A bit for each transport that may be used: 1 << HF_TRANSPORT_UDP, and so on. */
typedef unsigned transport_set;

/* The records that a SIP client may use, in the order in which they are to be tried: order first,
 * then preference. Other services, regular expressions (flag "U") and transports that are not
 * permitted are left out. Returns how many there are. */
size_t naptr_order(const struct hf_dns_record *records, size_t count, transport_set permitted,
                   struct naptr_step ret[LIMIT_ADDRESSES]);

/* How good a record is, low first: order, then preference; those that are of no use to a SIP client
 * are the worst. */
uint64_t naptr_rank(const struct hf_dns_record *record);

#endif
