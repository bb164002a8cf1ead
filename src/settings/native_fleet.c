/* `fleet:`, one or a list of them: accounts that are made of a template, so many as a count or
 * ranges of numbers say, or one for each row of a file of credentials.
 *
 *   fleet:
 *     - count: 10000
 *       first: 1                # 1 when it is not given
 *       template:
 *         name: "desk/%05n"     # FILE-STEM/USER when it is not given
 *         user: "1%04n"
 *         password: "pw-%05n"
 *     - ranges: 2000-2999, 4000
 *       template: {user: "%n", password: "pw-%n"}
 *     - credentials: phones.csv # beside this file; user,password,auth_user,display_name,…
 *       template: {expires: 600} */
#include "settings/native_fleet.h"

#include <stdlib.h>

#include "base/limits.h"
#include "settings/pattern.h"

enum { VALUE_MAX = LIMIT_SETTING_TEXT_BYTES + 64, PROGRESS_EVERY = 2048 };

static bool is_known_key(struct hf_slice key) {
    static const char *const keys[] = {"count", "first", "ranges", "credentials", "template"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (slice_equal(key, slice_from(keys[i])))
            return true;
    return slice_starts_with_nocase(key, SLICE("x-"));
}

static int fleet_error(struct fleet *fleet, const yaml_node_t *node, const char *text) {
    fleet->base->errors++;
    return file_report(fleet->native->file, SEVERITY_ERROR, native_line(node), "%s", text);
}

static struct hf_slice scalar(const yaml_node_t *node) {
    return node->type == YAML_SCALAR_NODE ? native_text(node) : SLICE_NONE;
}

int fleet_add(struct fleet *fleet, struct hf_slice name) {
    struct settings_file *file = fleet->native->file;
    struct draft *draft = &fleet->native->draft;
    struct hf_slice user = settings_text(draft->settings, SETTING_USER, 0);
    const char *stem = strrchr(file->name, '/');
    const char *dot;
    int length;

    stem = stem ? stem + 1 : file->name;
    dot = strrchr(stem, '.');
    length = dot && dot != stem ? (int)(dot - stem) : (int)strlen(stem);
    if (name.len > 0)
        draft->name = strndup(name.ptr, name.len);
    else if (asprintf(&draft->name, "%.*s/%.*s", length, stem, SLICE_ARGS(user)) < 0)
        draft->name = NULL;
    if (!draft->name)
        return HF_ERROR_MEMORY;
    if (strlen(draft->name) > LIMIT_NAME_BYTES)
        draft->name[LIMIT_NAME_BYTES] = '\0';
    if (++fleet->native->fleet_accounts % PROGRESS_EVERY == 0 && fleet->native->options->progress)
        fleet->native->options->progress(fleet->native->options->user, fleet->made, fleet->total);
    fleet->made++;
    return draft_add(draft, file);
}

/* Settings are shared with the template until one is set. */
int fleet_begin(struct fleet *fleet, unsigned line) {
    struct draft *draft = &fleet->native->draft;

    draft->line = line;
    draft->errors = 0;
    return hf_settings_copy(fleet->template.settings, &draft->settings);
}

int fleet_assign(struct fleet *fleet, struct native_variable *variable, struct hf_slice text,
                 unsigned line) {
    struct draft *draft = &fleet->native->draft;
    struct value_rule rule = {.row = &settings_table[variable->place.id], .key = variable->key};
    struct hf_settings_error error = {0};
    char name[128];
    struct writer w = writer_of(name, sizeof name);
    int result;

    key_write(&w, variable->place);
    rule.name = writer_slice(&w);
    result = settings_assign(draft->settings, variable->place, &rule, text, &error);
    if (result == HF_ERROR_MEMORY)
        return result;
    draft->errors += result != 0;
    if ((result == 0 && !error.message[0]) || variable->refused)
        return 0;
    return file_report(fleet->native->file, result ? SEVERITY_ERROR : SEVERITY_WARNING, line, "%s",
                       error.message);
}

int fleet_fill_in(struct fleet *fleet, uint32_t number) {
    int result = 0;

    for (size_t i = 0; result == 0 && i < fleet->variables.count; i++) {
        struct native_variable *variable = &fleet->variables.list[i];
        unsigned errors = fleet->native->draft.errors;
        char text[VALUE_MAX];
        struct writer w = writer_of(text, sizeof text);

        pattern_write(&w, variable->pattern, number);
        result = fleet_assign(fleet, variable, writer_slice(&w), variable->line);
        variable->refused |= fleet->native->draft.errors > errors;
    }
    return result;
}

struct hf_slice fleet_name(const struct fleet *fleet, uint32_t number, char *buffer, size_t size) {
    struct writer w = writer_of(buffer, size);

    pattern_write(&w, fleet->name, number);
    return writer_slice(&w);
}

/* What accounts share was checked with the template; more is to be checked only where one has
 * something else. */
int fleet_check_account(struct fleet *fleet, bool identity) {
    struct draft *draft = &fleet->native->draft;

    if (draft->settings->profile != fleet->template.settings->profile)
        return draft_check(draft, fleet->native->file);
    return identity ? draft_check_identity(draft, fleet->native->file) : 0;
}

static int make_numbered(struct fleet *fleet, uint32_t number) {
    char name[LIMIT_NAME_BYTES + 1];
    int result = fleet_begin(fleet, fleet->line);

    if (result == 0)
        result = fleet_fill_in(fleet, number);
    if (result == 0)
        result = fleet_check_account(fleet, false);
    if (result == 0)
        result = fleet_add(fleet, fleet_name(fleet, number, name, sizeof name));
    draft_release(&fleet->native->draft);
    return result;
}

static int make_range(struct fleet *fleet, uint32_t first, uint64_t count) {
    int result = 0;

    for (uint64_t i = 0; result == 0 && i < count; i++)
        result = make_numbered(fleet, first + (uint32_t)i);
    return result;
}

/* "2000-2999": from, and how many. */
static bool range_of(struct hf_slice text, uint64_t *first, uint64_t *count) {
    struct hf_slice from = slice_trim(slice_split(&text, '-'));
    uint64_t last;

    if (!slice_to_number(from, first) || *first > FLEET_NUMBER_MAX)
        return false;
    last = *first;
    if (text.len > 0 && !slice_to_number(slice_trim(text), &last))
        return false;
    if (last < *first || last > FLEET_NUMBER_MAX)
        return false;
    *count = last - *first + 1;
    return true;
}

/* Calls `act` for each range; the texts are "2000-2999, 4000", one or a list. */
static int each_range(struct fleet *fleet, yaml_node_t *node,
                      int (*act)(struct fleet *fleet, uint32_t first, uint64_t count)) {
    bool list = node->type == YAML_SEQUENCE_NODE;
    yaml_node_item_t *items = list ? node->data.sequence.items.start : NULL;
    size_t texts = list ? (size_t)(node->data.sequence.items.top - items) : 1;
    uint64_t first, count;
    int result = 0;

    for (size_t i = 0; result == 0 && i < texts; i++) {
        yaml_node_t *item = list ? yaml_document_get_node(fleet->native->document, items[i]) : node;
        struct hf_slice rest = scalar(item);

        do {
            if (!range_of(slice_trim(slice_split(&rest, ',')), &first, &count))
                return fleet_error(fleet, item,
                                   "ranges: 'FIRST-LAST' is wanted, such as 1000-1999");
            result = act(fleet, (uint32_t)first, count);
        } while (result == 0 && rest.len > 0);
    }
    return result;
}

static int count_range(struct fleet *fleet, uint32_t first, uint64_t count) {
    fleet->first = fleet->total == 0 ? first : fleet->first;
    fleet->total += count;
    return 0;
}

static int read_number(struct fleet *fleet, yaml_node_t *node, const char *key, uint64_t *number) {
    char text[80];

    if (slice_to_number(scalar(node), number) && *number <= FLEET_NUMBER_MAX)
        return 0;
    snprintf(text, sizeof text, "%s: a number is wanted here", key);
    return fleet_error(fleet, node, text);
}

/* How many there are to be, and from which number on. */
static int read_numbers(struct fleet *fleet, yaml_node_t *node) {
    yaml_node_t *count = native_find(fleet->native, node, SLICE("count"));
    yaml_node_t *first = native_find(fleet->native, node, SLICE("first"));
    int result = 0;

    fleet->first = 1;
    if (first)
        result = read_number(fleet, first, "first", &fleet->first);
    if (!fleet->ranges == !count && !fleet->credentials)
        return fleet_error(fleet, node, "a fleet has a 'count:', 'ranges:' or 'credentials:'");
    if (result == 0 && fleet->ranges)
        return each_range(fleet, fleet->ranges, count_range);
    if (result == 0 && count)
        result = read_number(fleet, count, "count", &fleet->total);
    if (result == 0 && fleet->first + fleet->total > FLEET_NUMBER_MAX)
        result = fleet_error(fleet, node, "the numbers are too large");
    return result;
}

/* The template's own mistakes, told once, with the lines of this file: the accounts of a template
 * with an error are not made. The first account stands for all. */
static int check_template(struct fleet *fleet) {
    struct native *native = fleet->native;
    char name[LIMIT_NAME_BYTES + 1];
    struct hf_slice called = fleet_name(fleet, (uint32_t)fleet->first, name, sizeof name);
    int result = draft_settle(&fleet->template);

    native->draft = fleet->template;
    native->draft.settings = NULL;
    native->draft.name = called.len > 0 ? strndup(called.ptr, called.len) : NULL;
    if (result == 0)
        result = hf_settings_copy(fleet->template.settings, &native->draft.settings);
    if (result == 0)
        result = fleet_fill_in(fleet, (uint32_t)fleet->first);
    if (result == 0 && fleet->credentials)
        result = draft_check_shared(&native->draft, native->file);
    else if (result == 0)
        result = draft_check(&native->draft, native->file);
    fleet->template.errors = native->draft.errors;
    draft_release(&native->draft);
    native->draft = (struct draft){0};
    return result;
}

static int read_template(struct fleet *fleet, yaml_node_t *node) {
    struct native *native = fleet->native;
    yaml_node_t *name = native_find(native, node, SLICE("name"));
    int result;

    if (node->type != YAML_MAPPING_NODE)
        return fleet_error(fleet, node, "a template is a list of 'key: value'");
    fleet->name = name ? scalar(name) : SLICE_NONE;
    if (name && (fleet->name.len == 0 || fleet->name.len > LIMIT_NAME_BYTES))
        return fleet_error(fleet, name, "name: 1 to 255 bytes are wanted");
    native->variables = &fleet->variables;
    result = native_read_merged(native, &fleet->template, node);
    native->variables = NULL;
    return result;
}

/* A key that is misspelt would change what is made. */
static int check_keys(struct fleet *fleet, yaml_node_t *node) {
    struct native_map map = native_map_of(fleet->native, node);
    struct hf_slice key;
    yaml_node_t *value;
    int result = 0;

    while (result == 0 && native_next(&map, &key, &value)) {
        if (!is_known_key(key))
            result = native_error(fleet->native, fleet->base, value,
                                  "fleet: '%.*s' is none of count, first, ranges, credentials, "
                                  "template (settings stand in the template)",
                                  key);
    }
    return result;
}

static int make_all(struct fleet *fleet, yaml_node_t *node) {
    if (fleet->native->fleet_accounts + fleet->total > fleet->native->fleet_max)
        return fleet_error(fleet, node, "a file's fleets make 2000000 accounts at the most");
    if (fleet->credentials)
        return fleet_read_credentials(fleet);
    if (fleet->ranges)
        return each_range(fleet, fleet->ranges, make_range);
    return make_range(fleet, (uint32_t)fleet->first, fleet->total);
}

static int read_fleet(struct fleet *fleet, yaml_node_t *node) {
    yaml_node_t *template = native_find(fleet->native, node, SLICE("template"));
    unsigned before = fleet->base->errors;
    int result = check_keys(fleet, node);

    fleet->line = native_line(node);
    fleet->template.line = fleet->line;
    fleet->ranges = native_find(fleet->native, node, SLICE("ranges"));
    fleet->credentials = native_find(fleet->native, node, SLICE("credentials"));
    if (result == 0)
        result = read_numbers(fleet, node);
    if (result == 0 && template)
        result = read_template(fleet, template);
    else if (result == 0 && !fleet->credentials)
        result = fleet_error(fleet, node, "a fleet has a 'template:'");
    if (result == 0 && !draft_is_bad(&fleet->template) && fleet->base->errors == before)
        result = check_template(fleet);
    if (result != 0 || fleet->template.errors > 0 || draft_is_bad(&fleet->template) ||
        fleet->base->errors > before)
        return result;
    return make_all(fleet, node);
}

/* One fleet; what is wrong with it is of no concern to others. */
static int read_item(struct native *native, struct draft *base, yaml_node_t *node) {
    struct fleet *fleet = calloc(1, sizeof *fleet);
    unsigned errors = base->errors;
    int result;

    if (!fleet)
        return HF_ERROR_MEMORY;
    fleet->native = native;
    fleet->base = base;
    fleet->template.errors = base->errors;
    result = hf_settings_copy(base->settings, &fleet->template.settings);
    if (result == 0 && node->type != YAML_MAPPING_NODE)
        result = fleet_error(fleet, node, "a fleet is a list of 'key: value'");
    else if (result == 0)
        result = read_fleet(fleet, node);
    base->errors = errors;
    draft_release(&fleet->template);
    free(fleet);
    return result;
}

int native_read_fleets(struct native *native, struct draft *base, yaml_node_t *node) {
    yaml_node_item_t *items;
    size_t count;
    int result = 0;

    if (node->type != YAML_SEQUENCE_NODE)
        return read_item(native, base, node);
    items = node->data.sequence.items.start;
    count = (size_t)(node->data.sequence.items.top - items);
    for (size_t i = 0; result == 0 && i < count; i++)
        result = read_item(native, base, yaml_document_get_node(native->document, items[i]));
    return result;
}
