/* Values of a scenario: numbers, times, addresses, and who is meant by a name. */
#include <stdio.h>

#include "base/address.h"
#include "settings/suggest.h"
#include "sim/scenario_reading.h"
#include "sim/scenario_words.h"

bool reading_bool(struct reading *r, yaml_node_t *node, bool *ret) {
    static const char *const words[] = {"no", "yes", "false", "true", "off", "on", "0", "1"};
    struct hf_slice text = reading_raw(node);

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (slice_equal_nocase(text, slice_from(words[i]))) {
            *ret = i % 2;
            return true;
        }
    }
    return reading_wrong(r, node, "yes or no");
}

bool reading_number(struct reading *r, yaml_node_t *node, uint64_t max, uint64_t *ret) {
    char permitted[60];
    uint64_t value;

    snprintf(permitted, sizeof permitted, "a whole number up to %llu", (unsigned long long)max);
    if (!slice_to_number(slice_trim(reading_raw(node)), &value) || value > max)
        return reading_wrong(r, node, permitted);
    *ret = value;
    return true;
}

bool reading_number32(struct reading *r, yaml_node_t *node, uint32_t max, uint32_t *ret) {
    uint64_t value;

    if (!reading_number(r, node, max, &value))
        return false;
    *ret = (uint32_t)value;
    return true;
}

bool reading_time(struct reading *r, yaml_node_t *node, hf_time *ret) {
    if (words_read_time(reading_raw(node), ret))
        return true;
    return reading_wrong(r, node, "a time (such as 90 s, 5 min, 1 h 30 min, 2 d)");
}

bool reading_seconds(struct reading *r, yaml_node_t *node, uint32_t *ret) {
    hf_time time;

    if (!reading_time(r, node, &time))
        return false;
    if (time % HF_SECOND != 0 || time / HF_SECOND > UINT32_MAX)
        return reading_wrong(r, node, "a time in whole seconds");
    *ret = (uint32_t)(time / HF_SECOND);
    return true;
}

bool reading_share(struct reading *r, yaml_node_t *node, uint32_t *ret) {
    if (words_read_share(reading_raw(node), ret))
        return true;
    return reading_wrong(r, node, "a share (such as 0.5 %)");
}

bool reading_address(struct reading *r, yaml_node_t *node, bool port, struct hf_address *ret) {
    struct hf_slice text = slice_trim(reading_raw(node));
    struct hf_slice digits = SLICE_NONE;
    size_t colon = text.len;
    uint64_t number = 0;

    while (colon > 0 && text.ptr[colon - 1] != ':' && text.ptr[colon - 1] != ']')
        colon--;
    /* an IPv6 address without brackets has more than one colon and no port */
    if (port && colon > 0 && text.ptr[colon - 1] == ':' &&
        (text.ptr[0] == '[' || slice_index(text, ':') == colon - 1)) {
        digits = slice_from_index(text, colon);
        text.len = colon - 1;
        if (!slice_to_number(digits, &number) || number == 0 || number > UINT16_MAX)
            return reading_wrong(r, node, "an IP address with a port from 1 to 65535");
    }
    if (!address_parse(text, ret))
        return reading_wrong(r, node, port ? "an IP address (or address:port)" : "an IP address");
    ret->port = (uint16_t)number;
    return true;
}

static const char *server_name(const struct scenario *scenario, size_t index) {
    return scenario->servers[index].options.name;
}

static const char *process_name(const struct scenario *scenario, size_t index) {
    return scenario->processes[index].options.name;
}

/* Who of `count` is called so; "all" is everybody. */
static bool find(struct reading *r, yaml_node_t *node, const char *kind,
                 const char *(*name_of)(const struct scenario *scenario, size_t index),
                 size_t count, uint32_t *ret) {
    struct hf_slice text = slice_trim(reading_raw(node));
    const char *near = NULL;
    unsigned least = reading_tolerance(text) + 1;

    for (size_t i = 0; i < count; i++) {
        struct hf_slice name = slice_from(name_of(r->scenario, i));
        unsigned distance = word_distance(text, name, 2);

        if (slice_equal(text, name)) {
            *ret = (uint32_t)i;
            return true;
        }
        if (distance < least) {
            least = distance;
            near = name.ptr;
        }
    }
    if (slice_equal(text, SLICE("all"))) {
        *ret = SIM_NONE;
        return true;
    }
    text.len = text.len < 60 ? text.len : 60;
    if (near)
        reading_error(r, node, "%s: there is no %s '%.*s'; is '%s' meant?", r->key, kind,
                      SLICE_ARGS(text), near);
    else
        reading_error(r, node, "%s: there is no %s '%.*s'", r->key, kind, SLICE_ARGS(text));
    return false;
}

bool reading_server(struct reading *r, yaml_node_t *node, uint32_t *ret) {
    return find(r, node, "server", server_name, r->scenario->server_count, ret);
}

bool reading_process(struct reading *r, yaml_node_t *node, uint32_t *ret) {
    return find(r, node, "process", process_name, r->scenario->process_count, ret);
}
