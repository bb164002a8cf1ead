/* `expect:`, a list (or a map) of measures and what they must be:
 *
 *   expect:
 *     - availability: 99.9 %
 *     - recovery_99: at most 2 min
 *     - peak_registers: 500
 *       server: primary
 *     - registered: all
 *       server: primary
 *       at: 3 h
 *     - state: registered
 *       account: phones/1
 */
#include "settings/suggest.h"
#include "sim/scenario_reading.h"
#include "sim/scenario_words.h"

static void read_server(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_expectation *expectation = object;

    if (!measure_has_server(expectation->measure))
        reading_error(r, value, "server: '%s' is not measured at a server",
                      measure_name(expectation->measure));
    else
        (void)reading_server(r, value, &expectation->server);
}

static void read_at(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_expectation *expectation = object;

    if (!measure_has_instant(expectation->measure))
        reading_error(r, value, "at: '%s' is measured over the whole run",
                      measure_name(expectation->measure));
    else
        (void)reading_time(r, value, &expectation->at);
}

static void read_account(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_expectation *expectation = object;

    if (expectation->measure != MEASURE_STATE)
        reading_error(r, value, "account: goes with 'state:'");
    else
        (void)reading_text(r, value, &expectation->account);
}

/* "at least 3", ">= 3", "= 3": the relation, which is taken off the text. */
static struct hf_slice take_relation(struct hf_slice text, struct scenario_expectation *ret) {
    static const struct {
        const char *word;
        enum scenario_relation relation;
    } words[] = {
        {"at least", RELATION_AT_LEAST}, {">=", RELATION_AT_LEAST},     {"min", RELATION_AT_LEAST},
        {"at most", RELATION_AT_MOST},   {"<=", RELATION_AT_MOST},      {"max", RELATION_AT_MOST},
        {"within", RELATION_AT_MOST},    {"exactly", RELATION_EXACTLY}, {"==", RELATION_EXACTLY},
        {"=", RELATION_EXACTLY},
    };

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!slice_starts_with_nocase(text, slice_from(words[i].word)))
            continue;
        ret->relation = words[i].relation;
        return slice_trim(slice_from_index(text, strlen(words[i].word)));
    }
    return text;
}

static bool read_state(struct hf_slice text, enum hf_account_state *ret) {
    for (int state = HF_STATE_DISABLED; state <= HF_STATE_REJECTED; state++) {
        if (slice_equal_nocase(text,
                               slice_from(hf_account_state_name((enum hf_account_state)state)))) {
            *ret = (enum hf_account_state)state;
            return true;
        }
    }
    return false;
}

static bool read_count(struct hf_slice text, struct scenario_expectation *ret) {
    uint32_t share;

    ret->share = slice_equal_nocase(text, SLICE("all"));
    ret->wanted = SHARE_WHOLE;
    if (ret->share)
        return true;
    if (slice_equal_nocase(text, SLICE("none")))
        text = SLICE("0");
    if (slice_to_number(text, &ret->wanted))
        return true;
    ret->share = words_read_share(text, &share);
    ret->wanted = share;
    return ret->share;
}

static void read_wanted(struct reading *r, struct scenario_expectation *expectation,
                        yaml_node_t *value) {
    struct hf_slice text = slice_trim(reading_raw(value));
    uint32_t share = 0;

    expectation->relation = measure_relation(expectation->measure);
    text = take_relation(text, expectation);
    switch (measure_unit(expectation->measure)) {
    case UNIT_SHARE:
        if (!words_read_share(text, &share))
            (void)reading_wrong(r, value, "a share (such as 99.9 %, at least 95 %)");
        expectation->wanted = share;
        break;
    case UNIT_TIME:
        if (!words_read_time(text, &expectation->wanted))
            (void)reading_wrong(r, value, "a time (such as 90 s, at most 5 min)");
        break;
    case UNIT_COUNT:
        if (!slice_to_number(text, &expectation->wanted))
            (void)reading_wrong(r, value, "a number (such as 500, at most 500, exactly 0)");
        break;
    case UNIT_ACCOUNTS:
        if (!read_count(text, expectation))
            (void)reading_wrong(r, value, "a number or share of accounts (such as all, 10, 99 %)");
        break;
    case UNIT_STATE:
        if (!read_state(text, &expectation->state))
            (void)reading_wrong(r, value, "a state (registered, waiting, rejected, …)");
        break;
    }
}

/* The key that is a measure; the others say where and when. */
static yaml_node_t *find_measure(struct reading *r, yaml_node_t *item,
                                 struct scenario_expectation *expectation) {
    const char *near = NULL;
    struct hf_slice unknown = SLICE_NONE;
    unsigned least = 4;

    for (size_t i = 0; i < reading_pairs(item); i++) {
        struct hf_slice key;
        yaml_node_t *value = reading_pair(r, item, i, &key);

        if (measure_find(key, &expectation->measure))
            return value;
        for (int m = 0; m < MEASURE_COUNT; m++) {
            const char *name = measure_name((enum scenario_measure)m);
            unsigned distance = word_distance(key, slice_from(name), 3);

            near = distance < least ? name : near;
            least = distance < least ? distance : least;
        }
        if (unknown.len == 0)
            unknown = slice_of(key.ptr, key.len < 60 ? key.len : 60);
    }
    if (near)
        reading_error(r, item, "expect: there is no '%.*s'; is '%s' meant?", SLICE_ARGS(unknown),
                      near);
    else
        reading_error(r, item,
                      "expect: what is '%.*s'? (there are: availability, worst_availability, "
                      "recovery_95, recovery_worst, peak_registers, registered, reachable, …)",
                      SLICE_ARGS(unknown));
    return NULL;
}

static void read_expectation(struct reading *r, yaml_node_t *item) {
    struct scenario *scenario = r->scenario;
    struct scenario_expectation *expectation = &scenario->expectations[scenario->expectation_count];
    struct field fields[] = {{NULL, reading_nothing},
                             {"server", read_server},
                             {"at", read_at},
                             {"account", read_account},
                             {0}};
    yaml_node_t *value;

    scenario_expectation_init(expectation);
    expectation->line = reading_line(item);
    value = find_measure(r, item, expectation);
    if (!value)
        return;
    fields[0].name = r->key = measure_name(expectation->measure);
    read_wanted(r, expectation, value);
    reading_map(r, item, "an expectation", fields, expectation);
    if (expectation->measure == MEASURE_STATE && !expectation->account)
        reading_error(r, item, "expect: whose state? 'account:' is missing");
    scenario->expectation_count++;
}

/* A map of measures alone: each pair is one expectation. */
static void read_pair(struct reading *r, yaml_node_t *node, size_t index) {
    yaml_node_t item = *node;

    item.data.mapping.pairs.start += index;
    item.data.mapping.pairs.top = item.data.mapping.pairs.start + 1;
    item.start_mark =
        yaml_document_get_node(r->document, item.data.mapping.pairs.start->key)->start_mark;
    read_expectation(r, &item);
}

void scenario_read_expect(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario *scenario = r->scenario;
    bool map = value->type == YAML_MAPPING_NODE;
    size_t count = map ? reading_pairs(value) : reading_items(value);

    (void)object;
    scenario->expectations =
        reading_list(r, value, count, sizeof *scenario->expectations, SCENARIO_LIST_MAX);
    for (size_t i = 0; scenario->expectations && i < count; i++) {
        yaml_node_t *item = map ? value : reading_item(r, value, i);

        if (map)
            read_pair(r, item, i);
        else if (item->type == YAML_MAPPING_NODE)
            read_expectation(r, item);
        else
            reading_error(r, item, "expect: an expectation is written as 'measure: value'");
    }
}
