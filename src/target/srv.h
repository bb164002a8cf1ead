/* The order in which the SRV records of one name are tried (RFC 2782, "Usage rules"). Pure. */
#ifndef TARGET_SRV_H
#define TARGET_SRV_H

#include "base/limits.h"
#include "base/random.h"
#include "holdfast/dns.h"

/* Records of an answer, in the order in which they are to be tried. Equal levels are equally
 * good: weight and chance alone decided between them. */
struct srv_order {
    uint8_t index[LIMIT_ADDRESSES]; /* into the records */
    uint8_t level[LIMIT_ADDRESSES]; /* 0 = the lowest priority value, and so on */
    size_t count;
};

/* Lowest priority first; among equal priorities chosen by weight, each with a chance of its share
 * of what is left. A single record with target "." means that there is no such service: nothing
 * is ordered. At most LIMIT_ADDRESSES records are looked at. */
void srv_order(const struct hf_dns_record *records, size_t count, struct random *random,
               struct srv_order *ret);

/* How good a record is by its priority alone, low first; one without a target is the worst. */
uint64_t srv_rank(const struct hf_dns_record *record);

#endif
