/* Native YAML:
 *
 *   family: yealink            # whose defaults count; generic when it is not given
 *   expires: 600               # what stands here holds for all accounts
 *   accounts:
 *     - name: reception
 *       user: "2001"
 *       password: "…"
 *       keep_alive:            # the same as keep_alive.interval: 30
 *         interval: 30
 *       servers:
 *         - pbx1.example.com
 *         - address: pbx2.example.com
 *           port: 5062
 *
 * `fleet:` makes many accounts of a template (native_fleet.c).
 *
 * `server` and `proxy` are short for a list of one. Keys that begin with "x-" are passed over:
 * anchors can stand there, and "<<: *anchor" takes over what they have. */
#include <stdlib.h>
#include <yaml.h>

#include "base/limits.h"
#include "settings/draft.h"
#include "settings/key.h"
#include "settings/native.h"
#include "settings/phone.h"

/* Keys that are no settings; "x-…" is a place for anchors. */
bool native_is_structure(struct hf_slice key) {
    return slice_starts_with_nocase(key, SLICE("x-")) || slice_equal(key, SLICE("family")) ||
           slice_equal(key, SLICE("accounts")) || slice_equal(key, SLICE("fleet")) ||
           slice_equal(key, SLICE("name"));
}

struct native_map native_map_of(struct native *native, yaml_node_t *node) {
    struct native_map map = {.native = native, .node = node};

    return map;
}

unsigned native_line(const yaml_node_t *node) {
    return (unsigned)node->start_mark.line + 1;
}

struct hf_slice native_text(const yaml_node_t *node) {
    struct hf_slice text =
        slice_of((const char *)node->data.scalar.value, node->data.scalar.length);
    bool plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;

    if (plain && (slice_equal(text, SLICE("~")) || slice_equal(text, SLICE("null"))))
        return SLICE_NONE;
    return text;
}

int native_error(struct native *native, struct draft *draft, const yaml_node_t *node,
                 const char *format, struct hf_slice text) {
    draft->errors++;
    return file_report(native->file, SEVERITY_ERROR, native_line(node), format,
                       (int)(text.len < 80 ? text.len : 80), text.ptr ? text.ptr : "");
}

bool native_next(struct native_map *map, struct hf_slice *ret_key, yaml_node_t **ret_value) {
    struct native *native = map->native;
    yaml_node_pair_t *pair = map->node->data.mapping.pairs.start + map->at;
    yaml_node_t *key;

    if (pair >= map->node->data.mapping.pairs.top)
        return false;
    map->at++;
    native->visits++;
    key = yaml_document_get_node(native->document, pair->key);
    *ret_value = yaml_document_get_node(native->document, pair->value);
    *ret_key = key->type == YAML_SCALAR_NODE ? native_text(key) : SLICE_NONE;
    return true;
}

yaml_node_t *native_find(struct native *native, yaml_node_t *node, struct hf_slice name) {
    struct native_map map = native_map_of(native, node);
    struct hf_slice key;
    yaml_node_t *value;
    yaml_node_t *found = NULL;

    while (native_next(&map, &key, &value)) {
        if (slice_equal(key, name))
            found = value;
    }
    return found;
}

/* The family that a map names, or the one given. */
static int read_family(struct native *native, struct draft *draft, yaml_node_t *node,
                       enum settings_family *family) {
    yaml_node_t *value = native_find(native, node, SLICE("family"));
    int named;

    if (!value)
        return 0;
    named = value->type == YAML_SCALAR_NODE ? settings_family_of(native_text(value)) : -1;
    if (named < 0)
        return native_error(native, draft, value,
                            "family: '%.*s' is unknown (permitted: generic, grandstream-gxv3370, "
                            "grandstream-gsc35xx, grandstream-grp, yealink, flx)",
                            value->type == YAML_SCALAR_NODE ? native_text(value) : SLICE_NONE);
    if (!native->family_given)
        *family = (enum settings_family)named;
    return 0;
}

static int read_name(struct native *native, struct draft *draft, yaml_node_t *node) {
    yaml_node_t *value = native_find(native, node, SLICE("name"));
    struct hf_slice text;

    if (!value)
        return 0;
    text = value->type == YAML_SCALAR_NODE ? native_text(value) : SLICE_NONE;
    if (slice_is_empty(text) || text.len > LIMIT_NAME_BYTES)
        return native_error(native, draft, value, "name: '%.*s' is no name of 1 to 255 bytes",
                            text);
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return native_error(native, draft, value, "name: '%.*s' has a control character",
                                SLICE("…"));
    }
    draft->name = strndup(text.ptr, text.len);
    return draft->name ? 0 : HF_ERROR_MEMORY;
}

int native_read_merged(struct native *native, struct draft *draft, yaml_node_t *node) {
    yaml_node_t *merged = native_find(native, node, SLICE("<<"));
    int result = 0;

    if (merged && merged->type == YAML_MAPPING_NODE && merged != node) {
        result = native_read_settings(native, draft, merged, native_is_structure);
        memset(draft->lines, 0, sizeof(draft->lines)); /* to be overridden without a word */
    }
    if (result == 0)
        result = native_read_settings(native, draft, node, native_is_structure);
    return result;
}

static int read_account(struct native *native, const struct draft *base, yaml_node_t *node,
                        unsigned number) {
    struct draft *draft = &native->draft;
    enum settings_family family = base->settings->family;
    int result;

    *draft = (struct draft){.number = number, .line = native_line(node), .errors = base->errors};
    result = hf_settings_copy(base->settings, &draft->settings);
    if (result == 0 && node->type != YAML_MAPPING_NODE)
        result = native_error(native, draft, node, "an account is a list of 'key: value'%.*s",
                              SLICE_NONE);
    else if (result == 0)
        result = read_family(native, draft, node, &family);
    if (result == 0) {
        draft->settings->family = family;
        if (node->type == YAML_MAPPING_NODE) {
            result = read_name(native, draft, node);
            if (result == 0)
                result = native_read_merged(native, draft, node);
        }
    }
    if (result == 0)
        result = draft_finish(draft, native->file);
    draft_release(draft);
    return result;
}

static int read_accounts(struct native *native, struct draft *base, yaml_node_t *root) {
    yaml_node_t *list = native_find(native, root, SLICE("accounts"));
    yaml_node_item_t *items;
    size_t count;
    int result = 0;

    if (!list && native_find(native, root, SLICE("fleet")))
        return 0;
    if (!list || list->type != YAML_SEQUENCE_NODE)
        return native_error(native, base, list ? list : root,
                            "there is no list 'accounts:', and no 'fleet:'%.*s", SLICE_NONE);
    items = list->data.sequence.items.start;
    count = (size_t)(list->data.sequence.items.top - items);
    if (count > LIMIT_ACCOUNTS_PER_FILE)
        return native_error(native, base, list, "there are more than 100000 accounts%.*s",
                            SLICE_NONE);
    for (size_t i = 0; result == 0 && i < count; i++) {
        if (native->visits > native->visits_max)
            return native_error(native, base, list,
                                "aliases make the file larger than is sensible%.*s", SLICE_NONE);
        result = read_account(native, base, yaml_document_get_node(native->document, items[i]),
                              (unsigned)i + 1);
    }
    return result;
}

static int read_document(struct native *native) {
    yaml_node_t *root = yaml_document_get_root_node(native->document);
    struct draft base = {0};
    int result = draft_init(&base, native->file->family);

    if (result == 0 && (!root || root->type != YAML_MAPPING_NODE))
        result = file_report(native->file, SEVERITY_ERROR, root ? native_line(root) : 0,
                             "there is no list 'accounts:'");
    else if (result == 0)
        result = read_family(native, &base, root, &native->file->family);
    if (result == 0 && root && root->type == YAML_MAPPING_NODE) {
        if (native_find(native, root, SLICE("family")) && !native->family_given)
            native->file->family_reason = "as the file says";
        base.settings->family = native->file->family;
        result = native_read_merged(native, &base, root);
        base.errors += draft_is_bad(&base);
        if (result == 0)
            result = read_accounts(native, &base, root);
        if (result == 0 && native_find(native, root, SLICE("fleet")))
            result = native_read_fleets(native, &base, native_find(native, root, SLICE("fleet")));
    }
    draft_release(&base);
    return result;
}

int native_read(struct settings_file *file, struct hf_slice bytes,
                const struct settings_read_options *options) {
    struct native *native = calloc(1, sizeof *native);
    yaml_document_t document;
    yaml_parser_t parser;
    int result;

    if (!native)
        return HF_ERROR_MEMORY;
    if (!yaml_parser_initialize(&parser)) {
        free(native);
        return HF_ERROR_MEMORY;
    }
    *native =
        (struct native){.file = file,
                        .options = options,
                        .fleet_max = options->fleet_max ? options->fleet_max : LIMIT_FLEET_ACCOUNTS,
                        .document = &document,
                        .family_given = options->family != NULL,
                        .visits_max = 10000 + bytes.len};
    yaml_parser_set_input_string(&parser, (const unsigned char *)bytes.ptr, bytes.len);
    if (yaml_parser_load(&parser, &document)) {
        result = read_document(native);
        yaml_document_delete(&document);
    } else {
        unsigned line = (unsigned)parser.problem_mark.line + 1;

        /* libyaml does not always say that it had no memory, but every other fault has a text. */
        result =
            parser.error == YAML_MEMORY_ERROR || !parser.problem
                ? HF_ERROR_MEMORY
                : file_report(file, SEVERITY_ERROR, line,
                              "not valid YAML (%s); nothing of the file is used", parser.problem);
    }
    yaml_parser_delete(&parser);
    free(native);
    return result;
}
