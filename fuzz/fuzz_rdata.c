/* Any bytes as the data of a DNS record. */
#include "base/assert.h"
#include "net/rdata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const enum hf_dns_type types[] = {HF_DNS_A, HF_DNS_AAAA, HF_DNS_SRV, HF_DNS_NAPTR};
    struct rdata_texts texts;

    for (int i = 0; i < 4; i++) {
        struct hf_dns_record record = {0};

        if (rdata_parse(types[i], slice_of((const char *)data, size), &texts, &record) &&
            types[i] == HF_DNS_SRV)
            HF_ASSERT(record.srv.target.len < RDATA_NAME_MAX);
    }
    return 0;
}
