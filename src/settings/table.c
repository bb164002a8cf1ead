#include "settings/table.h"

#include "base/limits.h"
#include "settings/words.h"

/* The vocabulary of the rows. */
#define SECONDS(n) ((int64_t)(n)*1000000)
#define MILLISECONDS(n) ((int64_t)(n)*1000)
#define MINUTES(n) SECONDS((int64_t)(n)*60)
#define FOR(family, value) .by_family[FAMILY_##family] = {true, (value)}
#define FOR_GRANDSTREAM(value) FOR(GXV3370, value), FOR(GSC35XX, value), FOR(GRP, value)
#define IN(family) (1 << FAMILY_##family)
#define KEYS(...) ((const struct setting_key[]){__VA_ARGS__, {0}})
#define WORDS(...) ((const struct setting_word[]){__VA_ARGS__, {0}})
/* P-numbers of accounts 1 to 6: as listed, or in one of the two regular series. */
#define P(a, b, c, d, e, f) .p = {a, b, c, d, e, f}
#define P_24(n) .p = {n, n + 100, n + 200, n + 300, n + 400, n + 500}
#define P_26(n) P_24(n)

static const struct setting_word yealink_transport[] = {{"0", TRANSPORT_IS_UDP},
                                                        {"1", TRANSPORT_IS_TCP},
                                                        {"2", TRANSPORT_IS_TLS},
                                                        {"3", TRANSPORT_BY_DNS},
                                                        {0}};
static const struct setting_word yealink_failback[] = {{"0", FAILBACK_NEW_REQUESTS},
                                                       {"1", FAILBACK_DNS_TTL},
                                                       {"2", FAILBACK_REGISTRATION},
                                                       {"3", FAILBACK_DURATION},
                                                       {0}};
/* "-1" at a proxy: as its server. */
static const struct setting_word yealink_proxy[] = {{"-1", INHERITED}, {0}};
static const struct setting_word yealink_proxy_failback[] = {
    {"-1", INHERITED},        {"0", FAILBACK_NEW_REQUESTS},
    {"1", FAILBACK_DNS_TTL},  {"2", FAILBACK_REGISTRATION},
    {"3", FAILBACK_DURATION}, {0}};
static const struct setting_word yealink_proxy_timeout[] = {{"-1", INHERITED}, {"0", 0}, {0}};
static const struct setting_word header_use[] = {
    {"default", HEADER_DEFAULT}, {"no", HEADER_NO}, {"yes", HEADER_YES}, {0}};
static const struct setting_word grandstream_header_use[] = {{"0", HEADER_DEFAULT},
                                                             {"1", HEADER_NO},
                                                             {"2", HEADER_YES},
                                                             {"Default", HEADER_DEFAULT},
                                                             {"No", HEADER_NO},
                                                             {"Yes", HEADER_YES},
                                                             {0}};

#define YEALINK_TRANSPORT yealink_transport
#define YEALINK_FAILBACK yealink_failback
#define YEALINK_PROXY yealink_proxy
#define YEALINK_PROXY_FAILBACK yealink_proxy_failback
#define YEALINK_PROXY_TIMEOUT yealink_proxy_timeout
#define HEADER_USE header_use
#define GRANDSTREAM_HEADER_USE grandstream_header_use

const struct setting_row settings_table[SETTING_COUNT] = {
#define ROW(id, row_name, row_scope, row_type, ...)                                                \
    [SETTING_##id] = {                                                                             \
        .name = (row_name), .scope = SCOPE_##row_scope, .type = TYPE_##row_type, __VA_ARGS__},
#include "settings/table.def"
#undef ROW
};

const uint8_t settings_scope_count[SCOPE_COUNT] = {
    [SCOPE_GLOBAL] = 1,
    [SCOPE_IDENTITY] = 1,
    [SCOPE_ACCOUNT] = 1,
    [SCOPE_SERVER] = LIMIT_SERVERS,
    [SCOPE_PROXY] = LIMIT_PROXIES,
    [SCOPE_DNS_A] = LIMIT_STATIC_RECORDS,
    [SCOPE_DNS_SRV] = LIMIT_STATIC_RECORDS,
    [SCOPE_DNS_NAPTR] = LIMIT_STATIC_RECORDS,
};

const char *const settings_family_names[FAMILY_COUNT + 1] = {
    [FAMILY_GENERIC] = "generic",
    [FAMILY_GXV3370] = "grandstream-gxv3370",
    [FAMILY_GSC35XX] = "grandstream-gsc35xx",
    [FAMILY_GRP] = "grandstream-grp",
    [FAMILY_YEALINK] = "yealink",
    [FAMILY_FLX] = "flx",
};

int settings_family_of(struct hf_slice name) {
    for (int i = 0; i < FAMILY_COUNT; i++) {
        if (slice_equal_nocase(name, slice_from(settings_family_names[i])))
            return i;
    }
    return -1;
}

int64_t setting_default(const struct setting_row *row, enum settings_family family) {
    const struct setting_default *own = &row->by_family[family];

    return own->given ? own->value : row->normal;
}

enum setting setting_find(struct hf_slice name, enum setting_scope scope) {
    for (int i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = &settings_table[i];

        if (row->scope == scope && slice_equal(name, slice_from(row->name)))
            return (enum setting)i;
    }
    return SETTING_COUNT;
}
