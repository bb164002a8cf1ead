#include "target/static_records.h"

#include <stdlib.h>

#include "base/address.h"
#include "base/limits.h"
#include "base/slice.h"

/* "Example.COM." is "example.com". */
static struct hf_slice without_dot(struct hf_slice name) {
    if (name.len > 1 && name.ptr[name.len - 1] == '.')
        name.len--;
    return name;
}

static bool is_of(const struct static_record *record, struct hf_slice name, enum hf_dns_type type) {
    return record->record.type == type && record->name.len > 0 &&
           slice_equal_nocase(without_dot(record->name), without_dot(name));
}

struct name_records *static_records_find(const struct static_records *records, struct hf_slice name,
                                         enum hf_dns_type type, hf_time now) {
    struct static_record found[LIMIT_STATIC_RECORDS];
    struct name_records *copy;
    uint32_t count = 0;

    if (records->use == STATIC_OFF)
        return NULL;
    for (unsigned n = 0;
         count < LIMIT_STATIC_RECORDS && records->read(records->table, type, n, &found[count]); n++)
        if (is_of(&found[count], name, type))
            count++;
    copy = count > 0 ? malloc(sizeof *copy + count * sizeof copy->list[0]) : NULL;
    if (!copy)
        return NULL;
    *copy = (struct name_records){.holders = 1, .count = count, .expires_at = HF_NEVER};
    for (uint32_t i = 0; i < count; i++) {
        const hf_time end_at = now + found[i].record.ttl * HF_SECOND;

        copy->list[i] = found[i].record;
        if (end_at < copy->expires_at)
            copy->expires_at = end_at;
    }
    return copy;
}

bool static_records_lead_to(const struct static_records *records,
                            const struct hf_address *address) {
    struct static_record record;

    if (records->use == STATIC_OFF)
        return false;
    for (unsigned n = 0; records->read(records->table, HF_DNS_A, n, &record); n++)
        if (record.name.len > 0 && address_same_host(&record.record.address, address))
            return true;
    return false;
}
