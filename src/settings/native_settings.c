#include "settings/key.h"
#include "settings/native.h"
#include "settings/pattern.h"
#include "settings/suggest.h"

enum { KEY_MAX = 128, MAP_DEPTH_MAX = 4 };

/* Where the keys of a map belong: to the account, or to one place of a list; below a key such as
 * "keep_alive", which is put before them. */
struct frame {
    enum setting_scope list; /* SCOPE_ACCOUNT outside of lists */
    int index;
    unsigned depth;
    char prefix[KEY_MAX];
};

/* A later value of the same place counts. */
static void drop_variable(struct native_variables *variables, struct setting_place place) {
    for (size_t i = 0; i < variables->count; i++) {
        if (variables->list[i].place.id == place.id &&
            variables->list[i].place.index == place.index)
            variables->list[i--] = variables->list[--variables->count];
    }
}

/* Of a template: filled in for each account. */
static int put_aside(struct native *native, struct draft *draft, yaml_node_t *value,
                     const struct native_variable *variable) {
    struct native_variables *variables = native->variables;

    if (variables->count == NATIVE_VARIABLES_MAX)
        return native_error(native, draft, value, "more than 64 values have a number%.*s",
                            SLICE_NONE);
    variables->list[variables->count++] = *variable;
    return 0;
}

static int put(struct native *native, struct draft *draft, struct setting_place place,
               const struct value_rule *rule, struct hf_slice text, yaml_node_t *value) {
    const struct native_variable variable = {place, rule->key, text, native_line(value), false};

    if (native->variables)
        drop_variable(native->variables, place);
    if (native->variables && pattern_varies(text))
        return put_aside(native, draft, value, &variable);
    return draft_assign(draft, native->file, place, rule, text, native_line(value));
}

static int assign(struct native *native, struct draft *draft, struct setting_place place,
                  const struct setting_key *key, yaml_node_t *value) {
    char name[KEY_MAX];
    struct writer w = writer_of(name, sizeof(name));
    struct value_rule rule = {.row = &settings_table[place.id], .key = key};

    key_write(&w, place);
    rule.name = writer_slice(&w);
    return put(native, draft, place, &rule, native_text(value), value);
}

/* Labels of the FLX page are compared by their letters and digits. */
static bool same_label(struct hf_slice a, struct hf_slice b) {
    for (;;) {
        while (a.len > 0 && strchr(" _-.", a.ptr[0]))
            a = slice_from_index(a, 1);
        while (b.len > 0 && strchr(" _-.", b.ptr[0]))
            b = slice_from_index(b, 1);
        if (a.len == 0 || b.len == 0)
            return a.len == b.len;
        if (ascii_lower(a.ptr[0]) != ascii_lower(b.ptr[0]))
            return false;
        a = slice_from_index(a, 1);
        b = slice_from_index(b, 1);
    }
}

static bool find_flx(struct hf_slice label, struct setting_place *place,
                     const struct setting_key **ret) {
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_key *key = settings_table[id].flx;

        for (; key && key->name; key++) {
            bool all = settings_table[id].scope == SCOPE_SERVER && key->index == 0;

            if (!same_label(label, slice_from(key->name)))
                continue;
            *place = (struct setting_place){(enum setting)id, all          ? SETTINGS_ALL
                                                              : key->index ? key->index - 1
                                                                           : 0};
            *ret = key;
            return true;
        }
    }
    return false;
}

static bool find_place(const struct draft *draft, const struct frame *frame, struct hf_slice key,
                       struct setting_place *place, const struct setting_key **flx) {
    bool is_flx = draft->settings->family == FAMILY_FLX;

    *flx = NULL;
    if (frame->list != SCOPE_ACCOUNT) {
        *place = (struct setting_place){setting_find(key, frame->list), frame->index};
        return place->id != SETTING_COUNT;
    }
    if (is_flx && find_flx(key, place, flx) && (*flx)->words)
        return true; /* the page's own meaning of a number */
    return key_read(key, place) || (is_flx && find_flx(key, place, flx));
}

static void suggest(const struct frame *frame, struct hf_slice key, struct hf_slice *ret) {
    unsigned best = 3;

    *ret = SLICE_NONE;
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_row *row = &settings_table[id];
        unsigned distance;

        if (frame->list == SCOPE_ACCOUNT ? row->scope > SCOPE_SERVER : row->scope != frame->list)
            continue;
        distance = word_distance(key, slice_from(row->name), 2);
        if (distance < best && distance < key.len) {
            best = distance;
            *ret = slice_from(row->name);
        }
    }
}

static int report_unknown(struct native *native, struct draft *draft, const struct frame *frame,
                          struct hf_slice key, yaml_node_t *value) {
    struct hf_slice near;
    char text[2 * KEY_MAX + 40];
    struct writer w = writer_of(text, sizeof(text));

    suggest(frame, key, &near);
    writer_put_slice(&w, slice_of(key.ptr, key.len < KEY_MAX ? key.len : KEY_MAX));
    writer_put_literal(&w, "'");
    if (near.len > 0) {
        writer_put_literal(&w, "; is ");
        writer_put_slice(&w, near);
        writer_put_literal(&w, " meant?");
    }
    return native_error(native, draft, value, "there is no setting '%.*s", writer_slice(&w));
}

static int read_map(struct native *native, struct draft *draft, yaml_node_t *node,
                    const struct frame *frame, bool (*skip)(struct hf_slice key));

/* One server, proxy or record: its address alone, or a map. */
static int read_item(struct native *native, struct draft *draft, enum setting_scope scope,
                     int index, yaml_node_t *item) {
    struct frame frame = {.list = scope, .index = index};
    enum setting address = setting_find(SLICE("address"), scope);

    if (item->type == YAML_MAPPING_NODE)
        return read_map(native, draft, item, &frame, NULL);
    if (item->type != YAML_SCALAR_NODE || address == SETTING_COUNT)
        return native_error(native, draft, item, "'%.*s' is a list of maps",
                            slice_from(key_list_name(scope)));
    return assign(native, draft, (struct setting_place){address, index}, NULL, item);
}

/* A list in an account replaces the one that holds for all accounts. */
static int clear_list(struct draft *draft, enum setting_scope scope) {
    int result = 0;

    for (int id = 0; id < SETTING_COUNT; id++) {
        if (settings_table[id].scope != scope)
            continue;
        for (int i = 0; result == 0 && i < settings_scope_count[scope]; i++) {
            struct setting_place place = {(enum setting)id, i};

            if (!draft_says(draft, place))
                result = settings_unset(draft->settings, place);
        }
    }
    return result;
}

static int read_list(struct native *native, struct draft *draft, enum setting_scope scope,
                     yaml_node_t *list) {
    yaml_node_item_t *items = list->data.sequence.items.start;
    size_t count = (size_t)(list->data.sequence.items.top - items);
    int result = clear_list(draft, scope);

    if (count > settings_scope_count[scope])
        return native_error(native, draft, list, "'%.*s' has too many entries",
                            slice_from(key_list_name(scope)));
    for (size_t i = 0; result == 0 && i < count; i++) {
        native->visits++;
        result = read_item(native, draft, scope, (int)i,
                           yaml_document_get_node(native->document, items[i]));
    }
    return result;
}

/* "a, b;lr": the addresses of a list in one text. */
static int read_text_list(struct native *native, struct draft *draft, enum setting id,
                          yaml_node_t *value) {
    struct hf_slice rest = native_text(value);
    struct value_rule rule = {.row = &settings_table[id]};
    int result = clear_list(draft, settings_table[id].scope);

    for (int i = 0; result == 0 && rest.len > 0; i++) {
        struct hf_slice item = slice_trim(slice_split(&rest, ','));
        char name[KEY_MAX];
        struct writer w = writer_of(name, sizeof(name));

        if (i >= settings_scope_count[rule.row->scope])
            return native_error(native, draft, value, "'%.*s' has too many entries",
                                slice_from(key_list_name(rule.row->scope)));
        key_write(&w, (struct setting_place){id, i});
        rule.name = writer_slice(&w);
        result = put(native, draft, (struct setting_place){id, i}, &rule, item, value);
    }
    return result;
}

/* SCOPE_COUNT when the key is not the name of a list. */
static enum setting_scope list_scope(struct hf_slice key) {
    if (slice_equal(key, SLICE("server")))
        return SCOPE_SERVER;
    if (slice_equal(key, SLICE("proxy")))
        return SCOPE_PROXY;
    for (int scope = 0; scope < SCOPE_COUNT; scope++) {
        if (key.len > 0 && slice_equal(key, slice_from(key_list_name((enum setting_scope)scope))))
            return (enum setting_scope)scope;
    }
    return SCOPE_COUNT;
}

static int read_list_key(struct native *native, struct draft *draft, enum setting_scope scope,
                         yaml_node_t *value) {
    enum setting address = setting_find(SLICE("address"), scope);

    if (value->type == YAML_SEQUENCE_NODE)
        return read_list(native, draft, scope, value);
    if (value->type == YAML_MAPPING_NODE)
        return read_item(native, draft, scope, 0, value);
    if (address != SETTING_COUNT)
        return read_text_list(native, draft, address, value);
    return native_error(native, draft, value, "'%.*s' is a list of maps",
                        slice_from(key_list_name(scope)));
}

static int read_value(struct native *native, struct draft *draft, const struct frame *frame,
                      struct hf_slice key, yaml_node_t *value) {
    struct setting_place place;
    const struct setting_key *flx;

    if (!find_place(draft, frame, key, &place, &flx))
        return report_unknown(native, draft, frame, key, value);
    if (value->type != YAML_SCALAR_NODE)
        return native_error(native, draft, value, "'%.*s' takes one value", key);
    if (flx && place.id == SETTING_PROXY_ADDRESS)
        return read_text_list(native, draft, place.id, value);
    return assign(native, draft, place, flx, value);
}

/* One pair of a map, in the pass that it belongs to: lists come after what holds for all their
 * entries. */
static int read_pair(struct native *native, struct draft *draft, const struct frame *frame,
                     struct hf_slice key, yaml_node_t *value, bool lists) {
    enum setting_scope scope =
        frame->list == SCOPE_ACCOUNT && !frame->prefix[0] ? list_scope(key) : SCOPE_COUNT;
    struct frame inner = *frame;
    struct writer w = writer_of(inner.prefix, sizeof(inner.prefix));

    if ((scope != SCOPE_COUNT) != lists)
        return 0;
    if (scope != SCOPE_COUNT)
        return read_list_key(native, draft, scope, value);
    writer_put_slice(&w, slice_from(frame->prefix));
    writer_put_slice(&w, key);
    if (key.len == 0 || w.full)
        return native_error(native, draft, value, "this is no key of a setting%.*s", SLICE_NONE);
    if (value->type != YAML_MAPPING_NODE)
        return read_value(native, draft, frame, writer_slice(&w), value);
    writer_put_char(&w, '.');
    inner.depth++;
    if (!writer_terminate(&w) || inner.depth > MAP_DEPTH_MAX)
        return native_error(native, draft, value, "there is no setting '%.*s'", key);
    return read_map(native, draft, value, &inner, NULL);
}

static int read_map(struct native *native, struct draft *draft, yaml_node_t *node,
                    const struct frame *frame, bool (*skip)(struct hf_slice key)) {
    int result = 0;

    for (int lists = 0; result == 0 && lists <= 1; lists++) {
        struct native_map map = native_map_of(native, node);
        struct hf_slice key;
        yaml_node_t *value;

        while (result == 0 && native_next(&map, &key, &value)) {
            if (slice_equal(key, SLICE("<<")) || (skip && skip(key)))
                continue;
            result = read_pair(native, draft, frame, key, value, lists);
        }
    }
    return result;
}

int native_read_settings(struct native *native, struct draft *draft, yaml_node_t *node,
                         bool (*skip)(struct hf_slice key)) {
    struct frame frame = {.list = SCOPE_ACCOUNT};

    return read_map(native, draft, node, &frame, skip);
}
