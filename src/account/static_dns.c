#include "account/static_dns.h"

#include "base/address.h"
#include "base/limits.h"

static uint32_t ttl_of(const struct hf_settings *settings, enum setting id, unsigned n) {
    return (uint32_t)(settings_duration(settings, id, n) / HF_SECOND);
}

/* A record without a readable address is an empty place. */
static void read_address(const struct hf_settings *settings, unsigned n,
                         struct static_record *ret) {
    struct hf_address address;

    if (!address_parse(settings_text(settings, SETTING_DNS_A_IP, n), &address))
        return;
    address.port = 0;
    ret->name = settings_text(settings, SETTING_DNS_A_NAME, n);
    ret->record =
        (struct hf_dns_record){.type = address.family == HF_FAMILY_IPV6 ? HF_DNS_AAAA : HF_DNS_A,
                               .ttl = ttl_of(settings, SETTING_DNS_A_TTL, n),
                               .address = address};
}

static void read_srv(const struct hf_settings *settings, unsigned n, struct static_record *ret) {
    ret->name = settings_text(settings, SETTING_DNS_SRV_NAME, n);
    ret->record = (struct hf_dns_record){
        .type = HF_DNS_SRV,
        .ttl = ttl_of(settings, SETTING_DNS_SRV_TTL, n),
        .srv = {.priority = (uint16_t)settings_number(settings, SETTING_DNS_SRV_PRIORITY, n),
                .weight = (uint16_t)settings_number(settings, SETTING_DNS_SRV_WEIGHT, n),
                .port = (uint16_t)settings_number(settings, SETTING_DNS_SRV_PORT, n),
                .target = settings_text(settings, SETTING_DNS_SRV_TARGET, n)}};
}

static void read_naptr(const struct hf_settings *settings, unsigned n, struct static_record *ret) {
    ret->name = settings_text(settings, SETTING_DNS_NAPTR_NAME, n);
    ret->record = (struct hf_dns_record){
        .type = HF_DNS_NAPTR,
        .ttl = ttl_of(settings, SETTING_DNS_NAPTR_TTL, n),
        .naptr = {.order = (uint16_t)settings_number(settings, SETTING_DNS_NAPTR_ORDER, n),
                  .preference =
                      (uint16_t)settings_number(settings, SETTING_DNS_NAPTR_PREFERENCE, n),
                  .flags = settings_text(settings, SETTING_DNS_NAPTR_FLAGS, n),
                  .service = settings_text(settings, SETTING_DNS_NAPTR_SERVICE, n),
                  .replacement = settings_text(settings, SETTING_DNS_NAPTR_REPLACE, n)}};
}

static bool read_record(const void *table, enum hf_dns_type type, unsigned n,
                        struct static_record *ret) {
    if (n >= LIMIT_STATIC_RECORDS)
        return false;
    *ret = (struct static_record){0};
    switch (type) {
    case HF_DNS_A:
    case HF_DNS_AAAA:
        read_address(table, n, ret);
        break;
    case HF_DNS_SRV:
        read_srv(table, n, ret);
        break;
    case HF_DNS_NAPTR:
        read_naptr(table, n, ret);
        break;
    }
    return true;
}

static enum static_use use_of(const struct hf_settings *settings) {
    switch ((enum setting_dns_cache)settings_word(settings, SETTING_DNS_CACHE, 0)) {
    case DNS_CACHE_PREFERRED:
        return STATIC_PREFERRED;
    case DNS_CACHE_BACKUP:
        return settings_bool(settings, SETTING_DNS_CACHE_PREFER, 0) ? STATIC_PREFERRED
                                                                    : STATIC_BACKUP;
    case DNS_CACHE_OFF:
        break;
    }
    return STATIC_OFF;
}

struct static_records static_dns_of(const struct hf_settings *settings) {
    return (struct static_records){.use = use_of(settings), .read = read_record, .table = settings};
}
