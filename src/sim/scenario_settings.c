#include "sim/scenario_settings.h"

#include <stdio.h>

#include "base/limits.h"
#include "settings/key.h"
#include "settings/pattern.h"
#include "sim/scenario_reading.h"

enum { KEY_MAX = 128, DEPTH_MAX = 4, SETTINGS_MAX = 256 };

int scenario_set(struct hf_settings *settings, const struct scenario_setting *setting,
                 bool template, uint32_t number, struct hf_settings_error *error) {
    char value[SCENARIO_VALUE_MAX];
    struct writer w = writer_of(value, sizeof value);

    if (template)
        pattern_write(&w, slice_from(setting->value), number);
    else
        writer_put_slice(&w, slice_from(setting->value));
    if (!writer_terminate(&w)) {
        snprintf(error->message, sizeof error->message, "%s: the value is too long", setting->key);
        return HF_ERROR_RANGE;
    }
    return hf_settings_set(settings, setting->key, value, error);
}

/* Settings while they are gathered. */
struct gathered {
    struct reading *r;
    size_t count;
    struct scenario_setting list[SETTINGS_MAX];
};

static void put_setting(struct gathered *g, const char *key, yaml_node_t *value) {
    struct scenario_setting *setting;
    struct hf_slice text = reading_raw(value);

    if (g->count == SETTINGS_MAX) {
        reading_error(g->r, value, "more than %d settings", SETTINGS_MAX);
        return;
    }
    setting = &g->list[g->count];
    if (value->type != YAML_SCALAR_NODE) {
        reading_error(g->r, value, "%s: one value is wanted here", key);
        return;
    }
    setting->line = reading_line(value);
    setting->key = scenario_text(g->r->scenario, slice_from(key));
    setting->value = scenario_text(g->r->scenario, text);
    if (!setting->key || !setting->value)
        g->r->no_memory = true;
    else if (memchr(text.ptr ? text.ptr : "", '\0', text.len))
        reading_error(g->r, value, "%s: the value has a control character", key);
    else
        g->count++;
}

/* The list that a key names: "servers" and so on, or "server" and "proxy" for one of them. */
static const char *list_name(struct hf_slice key) {
    if (slice_equal(key, SLICE("server")))
        return "servers";
    if (slice_equal(key, SLICE("proxy")))
        return "proxies";
    for (int scope = 0; scope < SCOPE_COUNT; scope++) {
        const char *name = key_list_name((enum setting_scope)scope);

        if (name && slice_equal(key, slice_from(name)))
            return name;
    }
    return NULL;
}

static void put_map(struct gathered *g, yaml_node_t *node, const char *prefix, unsigned depth,
                    bool (*skip)(struct hf_slice key));

static void put_list(struct gathered *g, const char *list, yaml_node_t *value) {
    size_t count = reading_items(value);

    for (size_t i = 0; i < count && i < LIMIT_STATIC_RECORDS; i++) {
        yaml_node_t *item = reading_item(g->r, value, i);
        char prefix[KEY_MAX];

        snprintf(prefix, sizeof prefix, "%s[%zu].", list, i + 1);
        if (item->type == YAML_MAPPING_NODE) {
            put_map(g, item, prefix, 1, NULL);
        } else {
            snprintf(prefix, sizeof prefix, "%s[%zu].address", list, i + 1);
            put_setting(g, prefix, item);
        }
    }
    if (count > LIMIT_STATIC_RECORDS)
        reading_error(g->r, value, "%s: too many entries", list);
}

/* What stands deeper has its keys joined with dots, as `holdfast settings` writes them. */
static void put_map(struct gathered *g, yaml_node_t *node, const char *prefix, unsigned depth,
                    bool (*skip)(struct hf_slice key)) {
    for (size_t i = 0; i < reading_pairs(node) && !g->r->no_memory; i++) {
        struct hf_slice key;
        yaml_node_t *value = reading_pair(g->r, node, i, &key);
        const char *list = prefix[0] ? NULL : list_name(key);
        char name[KEY_MAX];

        if ((skip && skip(key)) || slice_starts_with_nocase(key, SLICE("x-")))
            continue;
        if (g->r->visits > g->r->visits_max || depth > DEPTH_MAX || key.len == 0 ||
            strlen(prefix) + key.len + 2 > sizeof name) {
            reading_error(g->r, value, "this is no key of a setting");
            return;
        }
        snprintf(name, sizeof name, "%s%.*s%s", prefix, SLICE_ARGS(key),
                 value->type == YAML_MAPPING_NODE ? "." : "");
        if (list)
            put_list(g, list, value);
        else if (value->type == YAML_MAPPING_NODE)
            put_map(g, value, name, depth + 1, NULL);
        else
            put_setting(g, name, value);
    }
}

struct scenario_setting *reading_settings(struct reading *r, yaml_node_t *node,
                                          bool (*skip)(struct hf_slice key), size_t *ret_count) {
    struct gathered g = {.r = r};
    struct scenario_setting *list;

    *ret_count = 0;
    if (node->type != YAML_MAPPING_NODE) {
        (void)reading_wrong(r, node, "lines 'setting: value'");
        return NULL;
    }
    put_map(&g, node, "", 0, skip);
    list = reading_list(r, node, g.count, sizeof *list, SETTINGS_MAX);
    if (list) {
        memcpy(list, g.list, g.count * sizeof *list);
        *ret_count = g.count;
    }
    return list;
}
