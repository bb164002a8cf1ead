#include <jansson.h>

#include "cli/setting_text.h"

static json_t *list_of_yealink(const struct setting_key *key) {
    json_t *list = json_array();

    for (; key && key->name; key++)
        json_array_append_new(list, json_string(key->name));
    return list;
}

static json_t *list_of_grandstream(const struct setting_key *key) {
    char alias[SETTING_TEXT_MAX];
    json_t *list = json_array();

    for (; key && (key->name || key->p[0]); key++) {
        json_t *numbers = json_array();

        for (size_t i = 0; i < sizeof(key->p) / sizeof(key->p[0]); i++)
            json_array_append_new(numbers, key->p[i] ? json_integer(key->p[i]) : json_null());
        setting_text_alias(alias, key);
        json_array_append_new(list, json_pack("{s:o, s:s}", "p", numbers, "alias", alias));
    }
    return list;
}

static json_t *defaults_of(const struct setting_row *row) {
    char text[SETTING_TEXT_MAX];
    json_t *defaults = json_object();

    for (int family = 0; family < FAMILY_COUNT; family++) {
        setting_text_default(text, row, (enum settings_family)family);
        json_object_set_new(defaults, settings_family_names[family], json_string(text));
    }
    return defaults;
}

static json_t *object_of(const struct setting_row *row) {
    char name[SETTING_TEXT_MAX];
    char range[SETTING_TEXT_MAX];

    setting_text_name(name, row);
    setting_text_range(range, row, NULL);
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:b}", "name", name,
                     "scope", setting_scope_text(row->scope), "type", setting_type_text(row->type),
                     "permitted", range, "defaults", defaults_of(row), "yealink",
                     list_of_yealink(row->yealink), "grandstream",
                     list_of_grandstream(row->grandstream), "flx", list_of_yealink(row->flx),
                     "help", row->help, "source", row->source, "acted_on", row->acted_on);
}

int settings_print_json(FILE *out) {
    json_t *list = json_array();
    int result = 0;

    for (int id = 0; list && id < SETTING_COUNT; id++) {
        if (json_array_append_new(list, object_of(&settings_table[id])) != 0)
            result = HF_ERROR_MEMORY;
    }
    if (!list || result != 0 || json_dumpf(list, out, JSON_INDENT(2)) != 0)
        result = HF_ERROR_MEMORY;
    json_decref(list);
    fputc('\n', out);
    return result;
}
