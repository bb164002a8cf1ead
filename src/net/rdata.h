/* Record data as it comes on the wire (RFC 1035, 2782, 3403, 3596) into struct hf_dns_record. Pure;
 * the bytes are hostile. */
#ifndef NET_RDATA_H
#define NET_RDATA_H

#include "base/slice.h"
#include "holdfast/dns.h"

enum { RDATA_NAME_MAX = 256 };

/* Texts of the record that are not simply part of the rdata: names, written with dots. */
struct rdata_texts {
    char name[RDATA_NAME_MAX];
};

/* False when the data are malformed. The record's ttl is left alone; its texts are good as long
 * as `rdata` and `texts` are. */
bool rdata_parse(enum hf_dns_type type, struct hf_slice rdata, struct rdata_texts *texts,
                 struct hf_dns_record *ret);

#endif
