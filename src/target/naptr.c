#include "target/naptr.h"

#include "base/slice.h"

struct service {
    struct hf_slice name;
    enum hf_transport transport;
};

/* RFC 3263 section 4.1 and its IANA registry; SIP over TLS is SIPS+D2T. */
static const struct service services[] = {
    {{"SIP+D2U", 7}, HF_TRANSPORT_UDP},
    {{"SIP+D2T", 7}, HF_TRANSPORT_TCP},
    {{"SIPS+D2T", 8}, HF_TRANSPORT_TLS},
};

static bool find_service(struct hf_slice name, enum hf_transport *ret) {
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        if (slice_equal_nocase(services[i].name, name)) {
            *ret = services[i].transport;
            return true;
        }
    }
    return false;
}

static bool read_flags(struct hf_slice flags, enum naptr_next *ret) {
    if (flags.len == 0)
        *ret = NAPTR_TO_NAPTR;
    else if (slice_equal_nocase(flags, SLICE("s")))
        *ret = NAPTR_TO_SRV;
    else if (slice_equal_nocase(flags, SLICE("a")))
        *ret = NAPTR_TO_ADDRESSES;
    else
        return false;
    return true;
}

static bool is_usable(const struct hf_dns_record *record, transport_set permitted,
                      struct naptr_step *ret) {
    ret->name = record->naptr.replacement;
    return record->type == HF_DNS_NAPTR && find_service(record->naptr.service, &ret->transport) &&
           (permitted & 1u << ret->transport) && read_flags(record->naptr.flags, &ret->next) &&
           ret->name.len > 0 && !slice_equal(ret->name, SLICE("."));
}

static uint32_t rank(const struct hf_dns_record *record) {
    return (uint32_t)record->naptr.order << 16 | record->naptr.preference;
}

uint64_t naptr_rank(const struct hf_dns_record *record) {
    struct naptr_step step;

    return rank(record) + (is_usable(record, ~0u, &step) ? 0 : UINT64_C(1) << 32);
}

size_t naptr_order(const struct hf_dns_record *records, size_t count, transport_set permitted,
                   struct naptr_step ret[LIMIT_ADDRESSES]) {
    uint32_t ranks[LIMIT_ADDRESSES];
    struct naptr_step step;
    size_t used = 0;

    for (size_t i = 0; i < count && used < LIMIT_ADDRESSES; i++) {
        if (!is_usable(&records[i], permitted, &step))
            continue;
        size_t at = used++;

        for (; at > 0 && ranks[at - 1] > rank(&records[i]); at--) {
            ranks[at] = ranks[at - 1];
            ret[at] = ret[at - 1];
        }
        ranks[at] = rank(&records[i]);
        ret[at] = step;
    }
    return used;
}
