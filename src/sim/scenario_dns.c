/* `dns:`, a map of names to their records, each as in a zone file or as a map:
 *
 *   dns:
 *     pbx.example.com: 192.0.2.1
 *     _sip._udp.example.com:
 *       - 300 SRV 10 50 5060 pbx1.example.com
 *       - {type: SRV, ttl: 5 min, priority: 20, port: 5060, target: pbx2.example.com}
 */
#include "base/address.h"
#include "base/limits.h"
#include "sim/scenario_reading.h"

enum { WORDS_MAX = 12, TTL_NORMAL = 300 };

struct record_words {
    struct hf_slice words[WORDS_MAX];
    size_t count;
    size_t at;
};

static bool split_words(struct hf_slice text, struct record_words *ret) {
    *ret = (struct record_words){0};
    while ((text = slice_trim(text)).len > 0) {
        size_t length = 0;
        bool quoted = text.ptr[0] == '"';

        if (ret->count == WORDS_MAX)
            return false;
        while (length < text.len && (quoted ? length == 0 || text.ptr[length] != '"'
                                            : !ascii_is_blank(text.ptr[length])))
            length++;
        ret->words[ret->count++] =
            quoted ? slice_of(text.ptr + 1, length - 1) : slice_of(text.ptr, length);
        text = slice_from_index(text, length + quoted);
    }
    return true;
}

static struct hf_slice next_word(struct record_words *words) {
    return words->at < words->count ? words->words[words->at++] : SLICE_NONE;
}

static bool take_number(struct record_words *words, uint64_t max, uint64_t *ret) {
    uint64_t value;

    if (words->at == words->count || !slice_to_number(words->words[words->at], &value) ||
        value > max)
        return false;
    words->at++;
    *ret = value;
    return true;
}

static bool take_short(struct record_words *words, uint16_t *ret) {
    uint64_t value;

    if (!take_number(words, UINT16_MAX, &value))
        return false;
    *ret = (uint16_t)value;
    return true;
}

static bool read_type(struct hf_slice text, enum hf_dns_type *ret) {
    static const struct {
        const char *name;
        enum hf_dns_type type;
    } types[] = {
        {"A", HF_DNS_A}, {"AAAA", HF_DNS_AAAA}, {"SRV", HF_DNS_SRV}, {"NAPTR", HF_DNS_NAPTR}};

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (slice_equal_nocase(text, slice_from(types[i].name))) {
            *ret = types[i].type;
            return true;
        }
    }
    return false;
}

struct hf_slice reading_without_dot(struct hf_slice name) {
    while (name.len > 1 && name.ptr[name.len - 1] == '.')
        name.len--;
    return name;
}

static struct hf_slice keep(struct reading *r, struct hf_slice text) {
    const char *copy;

    text = reading_without_dot(text);
    copy = scenario_text(r->scenario, text);
    if (!copy)
        r->no_memory = true;
    return slice_of(copy, copy ? text.len : 0);
}

static bool read_data(struct reading *r, struct record_words *words, struct hf_dns_record *record) {
    switch (record->type) {
    case HF_DNS_A:
    case HF_DNS_AAAA:
        record->address = (struct hf_address){0};
        return address_parse(next_word(words), &record->address) &&
               (record->address.family == HF_FAMILY_IPV4) == (record->type == HF_DNS_A);
    case HF_DNS_SRV:
        if (!take_short(words, &record->srv.priority) || !take_short(words, &record->srv.weight) ||
            !take_short(words, &record->srv.port) || words->at == words->count)
            return false;
        record->srv.target = keep(r, next_word(words));
        return record->srv.target.len <= LIMIT_NAME_BYTES;
    case HF_DNS_NAPTR:
        if (!take_short(words, &record->naptr.order) ||
            !take_short(words, &record->naptr.preference) || words->count - words->at != 4)
            return false;
        record->naptr.flags = keep(r, next_word(words));
        record->naptr.service = keep(r, next_word(words));
        record->naptr.regexp = keep(r, next_word(words));
        record->naptr.replacement = keep(r, next_word(words));
        return record->naptr.replacement.len <= LIMIT_NAME_BYTES;
    }
    return false;
}

/* "192.0.2.1", "300 IN A 192.0.2.1", "SRV 10 50 5060 pbx1.example.com" */
static bool read_line(struct reading *r, struct hf_slice text, uint32_t ttl,
                      struct hf_dns_record *ret) {
    struct record_words words;
    struct hf_address address;
    uint64_t number;

    *ret = (struct hf_dns_record){.ttl = ttl};
    if (!split_words(text, &words) || words.count == 0)
        return false;
    if (take_number(&words, INT32_MAX, &number))
        ret->ttl = (uint32_t)number;
    if (words.at < words.count && slice_equal_nocase(words.words[words.at], SLICE("IN")))
        words.at++;
    if (words.at + 1 == words.count && address_parse(words.words[words.at], &address))
        ret->type = address.family == HF_FAMILY_IPV4 ? HF_DNS_A : HF_DNS_AAAA;
    else if (!read_type(next_word(&words), &ret->type))
        return false;
    return read_data(r, &words, ret) && words.at == words.count;
}

/* The words of a record in their order out of a map. */
static bool read_map_record(struct reading *r, yaml_node_t *item, uint32_t ttl,
                            struct hf_dns_record *ret) {
    static const struct field fields[] = {
        {"type", reading_nothing},        {"ttl", reading_nothing},
        {"address", reading_nothing},     {"priority", reading_nothing},
        {"weight", reading_nothing},      {"port", reading_nothing},
        {"target", reading_nothing},      {"order", reading_nothing},
        {"preference", reading_nothing},  {"flags", reading_nothing},
        {"service", reading_nothing},     {"regexp", reading_nothing},
        {"replacement", reading_nothing}, {0}};
    static const char *const srv[] = {"priority", "weight", "port", "target", NULL};
    static const char *const naptr[] = {"order",  "preference",  "flags", "service",
                                        "regexp", "replacement", NULL};
    static const char *const address[] = {"address", NULL};
    yaml_node_t *type = reading_find(r, item, "type");
    yaml_node_t *life = reading_find(r, item, "ttl");
    const char *const *names;
    struct record_words words = {0};

    reading_map(r, item, "a DNS record", fields, NULL);
    *ret = (struct hf_dns_record){.ttl = ttl, .type = HF_DNS_A};
    r->key = "ttl";
    if (life && !reading_seconds(r, life, &ret->ttl))
        return true; /* said already */
    if (type && !read_type(reading_raw(type), &ret->type))
        return false;
    names = ret->type == HF_DNS_SRV ? srv : ret->type == HF_DNS_NAPTR ? naptr : address;
    for (; *names; names++) {
        yaml_node_t *value = reading_find(r, item, *names);

        words.words[words.count++] = value ? reading_raw(value) : SLICE("0");
        if (!value && (strcmp(*names, "priority") != 0 && strcmp(*names, "weight") != 0 &&
                       strcmp(*names, "order") != 0 && strcmp(*names, "preference") != 0))
            words.words[words.count - 1] = SLICE_NONE;
    }
    return read_data(r, &words, ret);
}

struct hf_dns_record *reading_records(struct reading *r, yaml_node_t *node, uint32_t ttl,
                                      size_t *ret_count) {
    size_t count = reading_items(node);
    struct hf_dns_record *records = reading_list(r, node, count, sizeof *records, LIMIT_ADDRESSES);

    *ret_count = 0;
    for (size_t i = 0; records && i < count; i++) {
        yaml_node_t *item = reading_item(r, node, i);
        bool good = item->type == YAML_MAPPING_NODE
                        ? read_map_record(r, item, ttl, &records[i])
                        : read_line(r, reading_raw(item), ttl, &records[i]);

        if (!good)
            reading_error(r, item,
                          "'%.*s' is no DNS record (such as 192.0.2.1, 300 A 192.0.2.1, "
                          "SRV 10 50 5060 pbx.example.com)",
                          SLICE_ARGS(reading_raw(item)));
        else
            ++*ret_count;
    }
    return records;
}

/* `ttl` beside the names holds for all records that say nothing else. */
void scenario_read_dns(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario *scenario = r->scenario;
    size_t count = reading_pairs(value);
    yaml_node_t *life = reading_find(r, value, "ttl");
    uint32_t ttl = TTL_NORMAL;

    (void)object;
    if (value->type != YAML_MAPPING_NODE) {
        reading_error(r, value, "dns: names are written as lines 'name: records'");
        return;
    }
    if (life)
        (void)reading_seconds(r, life, &ttl);
    scenario->names = reading_list(r, value, count, sizeof *scenario->names, SCENARIO_LIST_MAX);
    for (size_t i = 0; scenario->names && i < count; i++) {
        struct scenario_name *name = &scenario->names[scenario->name_count];
        struct hf_slice key;
        yaml_node_t *records = reading_pair(r, value, i, &key);

        if (records == life ||
            !reading_name(r, records, "an entry of the DNS", key, LIMIT_NAME_BYTES))
            continue;
        *name = (struct scenario_name){.line = reading_line(records), .name = keep(r, key).ptr};
        name->records = reading_records(r, records, ttl, &name->count);
        scenario->name_count += name->name != NULL;
    }
}
