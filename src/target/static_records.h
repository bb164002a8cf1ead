/* DNS records that a provisioning file brings along (Yealink's dns_cache_a, dns_cache_srv and
 * dns_cache_naptr). Where they are kept is not known here: whoever begins a walk says how they are
 * read. */
#ifndef TARGET_STATIC_RECORDS_H
#define TARGET_STATIC_RECORDS_H

#include "target/names.h"

enum static_use {
    STATIC_OFF,
    STATIC_BACKUP,    /* when the DNS has no such record, or fails */
    STATIC_PREFERRED, /* first; the DNS is asked for what is not among them */
};

struct static_record {
    struct hf_slice name; /* whose record it is; empty: an empty place, passed over */
    struct hf_dns_record record;
};

/* Reads the n-th record of the table that the type is in (addresses of both families are in one);
 * false behind the last one. */
typedef bool static_record_reader(const void *table, enum hf_dns_type type, unsigned n,
                                  struct static_record *ret);

struct static_records {
    enum static_use use;
    static_record_reader *read; /* NULL with STATIC_OFF */
    const void *table;          /* lives, as its texts do, as long as what is found in it */
};

/* Those of a name and type, for the caller to let go of; NULL when there are none, or no memory.
 * Their time to live begins now. */
struct name_records *static_records_find(const struct static_records *records, struct hf_slice name,
                                         enum hf_dns_type type, hf_time now);

/* Whether any of them has this address. */
bool static_records_lead_to(const struct static_records *records, const struct hf_address *address);

#endif
