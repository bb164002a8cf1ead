#include "sim/scenario_reading.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/address.h"
#include "settings/suggest.h"

unsigned reading_line(const yaml_node_t *node) {
    return (unsigned)node->start_mark.line + 1;
}

static void report(struct reading *r, bool warning, const yaml_node_t *node, const char *format,
                   va_list arguments) {
    char text[sizeof(((struct scenario_message *)0)->text)];

    vsnprintf(text, sizeof text, format, arguments);
    for (char *c = text; *c; c++) /* one line, whatever the file has */
        *c = (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c;
    if (scenario_report(r->messages, warning, node ? reading_line(node) : 0, "%s", text) != 0)
        r->no_memory = true;
}

void reading_error(struct reading *r, const yaml_node_t *node, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    report(r, false, node, format, arguments);
    va_end(arguments);
}

void reading_warning(struct reading *r, const yaml_node_t *node, const char *format, ...) {
    va_list arguments;

    va_start(arguments, format);
    report(r, true, node, format, arguments);
    va_end(arguments);
}

struct hf_slice reading_raw(const yaml_node_t *node) {
    struct hf_slice text;

    if (node->type != YAML_SCALAR_NODE)
        return SLICE_NONE;
    text = slice_of((const char *)node->data.scalar.value, node->data.scalar.length);
    if (node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
        (slice_equal(text, SLICE("~")) || slice_equal(text, SLICE("null"))))
        return SLICE_NONE;
    return text;
}

bool reading_is_empty(const yaml_node_t *node) {
    return node->type == YAML_SCALAR_NODE && reading_raw(node).len == 0;
}

size_t reading_pairs(const yaml_node_t *node) {
    if (node->type != YAML_MAPPING_NODE)
        return 0;
    return (size_t)(node->data.mapping.pairs.top - node->data.mapping.pairs.start);
}

yaml_node_t *reading_pair(struct reading *r, yaml_node_t *node, size_t index,
                          struct hf_slice *ret_key) {
    yaml_node_pair_t *pair = node->data.mapping.pairs.start + index;

    r->visits++;
    *ret_key = reading_raw(yaml_document_get_node(r->document, pair->key));
    return yaml_document_get_node(r->document, pair->value);
}

yaml_node_t *reading_find(struct reading *r, yaml_node_t *node, const char *name) {
    for (size_t i = 0; i < reading_pairs(node); i++) {
        struct hf_slice key;
        yaml_node_t *value = reading_pair(r, node, i, &key);

        if (slice_equal(key, slice_from(name)))
            return value;
    }
    return NULL;
}

size_t reading_items(const yaml_node_t *node) {
    if (node->type == YAML_SEQUENCE_NODE)
        return (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
    return !reading_is_empty(node);
}

yaml_node_t *reading_item(struct reading *r, yaml_node_t *node, size_t index) {
    r->visits++;
    if (node->type != YAML_SEQUENCE_NODE)
        return node;
    return yaml_document_get_node(r->document, node->data.sequence.items.start[index]);
}

void *reading_list(struct reading *r, const yaml_node_t *node, size_t count, size_t size,
                   size_t max) {
    void *list;

    if (count > max) {
        reading_error(r, node, "%s: more than %zu entries", r->key, max);
        return NULL;
    }
    if (r->visits > r->visits_max) {
        reading_error(r, node, "aliases make the file larger than is sensible");
        return NULL;
    }
    list = scenario_list(r->scenario, count, size);
    if (!list)
        r->no_memory = true;
    return list;
}

unsigned reading_tolerance(struct hf_slice word) {
    return word.len < 3 ? 0 : word.len < 6 ? 1 : 2;
}

/* The field that a misspelt key may mean. */
static const char *nearest(const struct field *fields, struct hf_slice key) {
    const char *best = NULL;
    unsigned least = reading_tolerance(key) + 1;

    for (; fields->name; fields++) {
        unsigned distance = word_distance(key, slice_from(fields->name), 2);

        if (distance < least) {
            least = distance;
            best = fields->name;
        }
    }
    return best;
}

static void report_unknown(struct reading *r, const yaml_node_t *node, const char *what,
                           const struct field *fields, struct hf_slice key) {
    const char *near = nearest(fields, key);
    char all[160] = "";
    size_t length = 0;

    key.len = key.len < 60 ? key.len : 60;
    if (near) {
        reading_error(r, node, "%s has no '%.*s'; is '%s' meant?", what, SLICE_ARGS(key), near);
        return;
    }
    for (; fields->name && length + 30 < sizeof all; fields++)
        length += (size_t)snprintf(all + length, sizeof all - length, "%s%s", length ? ", " : "",
                                   fields->name);
    reading_error(r, node, "%s has no '%.*s' (it has: %s%s)", what, SLICE_ARGS(key), all,
                  fields->name ? ", …" : "");
}

/* "x-…" is a place for anchors. */
static bool is_passed_over(struct hf_slice key) {
    return slice_starts_with_nocase(key, SLICE("x-"));
}

static void check_keys(struct reading *r, yaml_node_t *node, const char *what,
                       const struct field *fields) {
    for (size_t i = 0; i < reading_pairs(node); i++) {
        struct hf_slice key, other;
        yaml_node_t *value = reading_pair(r, node, i, &key);
        const yaml_node_pair_t *pair = node->data.mapping.pairs.start + i;
        const yaml_node_t *at = yaml_document_get_node(r->document, pair->key);
        const struct field *field = fields;

        (void)value;
        while (field->name && !slice_equal(key, slice_from(field->name)))
            field++;
        if (!field->name && !is_passed_over(key)) {
            report_unknown(r, at, what, fields, key);
            continue;
        }
        for (size_t k = 0; field->name && k < i; k++) {
            (void)reading_pair(r, node, k, &other);
            if (slice_equal(key, other)) {
                reading_error(r, at, "'%s' stands here twice", field->name);
                break;
            }
        }
        if (r->visits > r->visits_max)
            return;
    }
}

void reading_map(struct reading *r, yaml_node_t *node, const char *what, const struct field *fields,
                 void *object) {
    const char *outer = r->key;

    if (node->type != YAML_MAPPING_NODE) {
        reading_error(r, node, "%s is written as lines 'key: value'", what);
        return;
    }
    check_keys(r, node, what, fields);
    for (const struct field *field = fields; field->name && r->visits <= r->visits_max; field++) {
        yaml_node_t *value = reading_find(r, node, field->name);

        r->key = field->name;
        if (value && !reading_is_empty(value))
            field->read(r, object, value);
        else if (value)
            reading_error(r, value, "%s: nothing is written there", field->name);
    }
    r->key = outer;
}

bool reading_wrong(struct reading *r, const yaml_node_t *node, const char *permitted) {
    struct hf_slice text = reading_raw(node);

    if (node->type != YAML_SCALAR_NODE)
        reading_error(r, node, "%s: one value is wanted here: %s", r->key, permitted);
    else
        reading_error(r, node, "%s: '%.*s' is not %s", r->key, (int)(text.len < 60 ? text.len : 60),
                      text.ptr ? text.ptr : "", permitted);
    return false;
}

static bool has_control_characters(struct hf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return true;
    }
    return false;
}

bool reading_name(struct reading *r, const yaml_node_t *node, const char *what,
                  struct hf_slice name, size_t max) {
    if (name.len > 0 && name.len <= max && !has_control_characters(name))
        return true;
    reading_error(r, node, "%s needs a name of 1 to %zu bytes without control characters", what,
                  max);
    return false;
}

bool reading_text(struct reading *r, yaml_node_t *node, const char **ret) {
    struct hf_slice text = reading_raw(node);
    const char *copy;

    if (text.len == 0 || text.len > 1024)
        return reading_wrong(r, node, "a text of 1 to 1024 bytes");
    if (has_control_characters(text))
        return reading_wrong(r, node, "a text without control characters");
    copy = scenario_text(r->scenario, text);
    if (!copy)
        r->no_memory = true;
    else
        *ret = copy;
    return copy != NULL;
}
