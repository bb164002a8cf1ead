/* DNS answers as the engine wants them: every record with its own time to live, negative answers
 * too (RFC 1035, 2308, 2782, 3403). */
#ifndef HOLDFAST_DNS_H
#define HOLDFAST_DNS_H

#include "holdfast/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Values as on the wire. */
enum hf_dns_type {
    HF_DNS_A = 1,
    HF_DNS_AAAA = 28,
    HF_DNS_SRV = 33,
    HF_DNS_NAPTR = 35,
};

enum hf_dns_result {
    HF_DNS_OK,           /* one record or more */
    HF_DNS_NO_RECORD,    /* the name exists, but not with this type (NODATA) */
    HF_DNS_NO_NAME,      /* NXDOMAIN */
    HF_DNS_FAILED,       /* SERVFAIL, REFUSED, rubbish, validation failed */
    HF_DNS_UNANSWERED,   /* no server answered in time */
    HF_DNS_INVALID_NAME, /* the name cannot be asked for at all */
};

struct hf_dns_record {
    enum hf_dns_type type;
    uint32_t ttl; /* seconds */
    union {
        struct hf_address address; /* A, AAAA; port 0 */
        struct {
            uint16_t priority;
            uint16_t weight;
            uint16_t port;
            struct hf_slice target;
        } srv;
        struct {
            uint16_t order;
            uint16_t preference;
            struct hf_slice flags;
            struct hf_slice service;
            struct hf_slice regexp;
            struct hf_slice replacement;
        } naptr;
    };
};

/* Everything is borrowed for the time of the call. Records of another type than was asked for are
 * ignored. */
struct hf_dns_answer {
    enum hf_dns_result result;
    const struct hf_dns_record *records;
    size_t count;
    uint32_t negative_ttl; /* NO_RECORD, NO_NAME: seconds that this may be believed */
    const char *detail;    /* a text for people ("SERVFAIL from 127.0.0.53"), may be NULL */
};

#ifdef __cplusplus
}
#endif

#endif
