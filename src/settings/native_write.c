/* Accounts as native YAML. */
#include <stdlib.h>

#include "base/writer.h"
#include "settings/entries.h"
#include "settings/file.h"
#include "settings/key.h"
#include "settings/value.h"

/* Text that grows. */
struct text {
    char *bytes;
    size_t length;
    size_t capacity;
    bool no_memory;
};

static void put(struct text *text, struct hf_slice more) {
    if (text->no_memory)
        return;
    if (text->capacity - text->length <= more.len) {
        size_t capacity = (text->capacity + more.len + 1) * 2;
        char *grown = realloc(text->bytes, capacity);

        if (!grown) {
            text->no_memory = true;
            return;
        }
        text->bytes = grown;
        text->capacity = capacity;
    }
    if (more.len > 0)
        memcpy(text->bytes + text->length, more.ptr, more.len);
    text->length += more.len;
    text->bytes[text->length] = '\0';
}

/* The code point that begins here and its length; bytes that are not UTF-8 count as themselves. */
static uint32_t code_point(struct hf_slice text, size_t *ret_length) {
    unsigned char lead = (unsigned char)text.ptr[0];
    size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);

    *ret_length = 1;
    if (length > text.len || !utf8_is_valid(slice_of(text.ptr, length)))
        return lead;
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)text.ptr[i] & 0x3f);
    *ret_length = length;
    return code;
}

/* YAML forbids control characters and folds lines at some that are none. */
static bool is_plain(uint32_t code) {
    return (code >= ' ' && code <= '~' && code != '"' && code != '\\') ||
           (code >= 0xa0 && code != 0x2028 && code != 0x2029 && code != 0xfeff && code != 0xfffe &&
            code != 0xffff);
}

static void put_quoted(struct text *text, struct hf_slice value) {
    put(text, SLICE("\""));
    while (value.len > 0) {
        size_t length;
        uint32_t code = code_point(value, &length);
        char escape[12];
        struct writer w = writer_of(escape, sizeof(escape));

        if (!is_plain(code)) {
            writer_put_literal(&w, "\\");
            if (code == '"' || code == '\\') {
                writer_put_char(&w, (char)code);
            } else {
                writer_put_char(&w, 'u');
                writer_put_hex(&w, code, 4);
            }
            put(text, writer_slice(&w));
        } else {
            put(text, slice_of(value.ptr, length));
        }
        value = slice_from_index(value, length);
    }
    put(text, SLICE("\""));
}

/* A value that the file sets and that would not be the same without it. */
static bool is_needed(const struct hf_settings *settings, struct setting_place place,
                      struct setting_value *ret) {
    unsigned index = place.index == SETTINGS_ALL ? 0 : (unsigned)place.index;
    struct hf_settings *without = NULL;
    struct setting_value other;
    bool same;

    if (!settings_own_value(settings, place, ret) || hf_settings_copy(settings, &without) != 0)
        return false;
    /* What all servers have is measured by a server that has nothing of its own. */
    for (int i = 0; place.index == SETTINGS_ALL && i < settings_scope_count[SCOPE_SERVER]; i++)
        (void)settings_unset(without, (struct setting_place){place.id, i});
    (void)settings_unset(without, place);
    other = settings_value(without, place.id, index);
    same = setting_is_text(settings_table[place.id].type) ? slice_equal(ret->text, other.text)
                                                          : ret->number == other.number;
    hf_settings_free(without);
    return !same;
}

static void put_pair(struct text *text, const char *indent, enum setting id,
                     const struct setting_value *value) {
    const struct setting_row *row = &settings_table[id];
    char buffer[64];
    struct writer w = writer_of(buffer, sizeof(buffer));

    put(text, slice_from(indent));
    put(text, slice_from(row->name));
    put(text, SLICE(": "));
    if (setting_is_text(row->type)) {
        put_quoted(text, value->text);
    } else {
        value_write(&w, row, value);
        put(text, writer_slice(&w));
    }
    put(text, SLICE("\n"));
}

static bool has_record(const struct hf_settings *settings, enum setting_scope scope, int index) {
    struct setting_value value;

    for (int id = 0; id < SETTING_COUNT; id++) {
        if (settings_table[id].scope == scope &&
            is_needed(settings, (struct setting_place){(enum setting)id, index}, &value))
            return true;
    }
    return false;
}

static void put_record(struct text *text, const struct hf_settings *settings,
                       enum setting_scope scope, int index) {
    const char *indent = "      - ";

    for (int id = 0; id < SETTING_COUNT; id++) {
        struct setting_value value;

        if (settings_table[id].scope != scope ||
            !is_needed(settings, (struct setting_place){(enum setting)id, index}, &value))
            continue;
        put_pair(text, indent, (enum setting)id, &value);
        indent = "        ";
    }
    if (indent[6] == '-') /* nothing at all: the place is kept for those after it */
        put(text, SLICE("      - {}\n"));
}

static void put_list(struct text *text, const struct hf_settings *settings,
                     enum setting_scope scope) {
    int count = settings_scope_count[scope];

    while (count > 0 && !has_record(settings, scope, count - 1))
        count--;
    if (count == 0)
        return;
    put(text, SLICE("    "));
    put(text, slice_from(key_list_name(scope)));
    put(text, SLICE(":\n"));
    for (int i = 0; i < count; i++)
        put_record(text, settings, scope, i);
}

static void put_account(struct text *text, const struct settings_file *file,
                        const struct settings_account *account) {
    const struct hf_settings *settings = account->settings;

    put(text, SLICE("  - name: "));
    put_quoted(text, slice_from(account->name));
    put(text, SLICE("\n"));
    if (settings->family != file->family) {
        put(text, SLICE("    family: "));
        put(text, slice_from(settings_family_names[settings->family]));
        put(text, SLICE("\n"));
    }
    for (int id = 0; id < SETTING_COUNT; id++) {
        enum setting_scope scope = settings_table[id].scope;
        struct setting_place place = {(enum setting)id, scope == SCOPE_SERVER ? SETTINGS_ALL : 0};
        struct setting_value value;

        if (scope <= SCOPE_SERVER && is_needed(settings, place, &value))
            put_pair(text, "    ", place.id, &value);
    }
    for (int scope = SCOPE_SERVER; scope < SCOPE_COUNT; scope++)
        put_list(text, settings, (enum setting_scope)scope);
}

int settings_native_write(const struct settings_file *file, char **ret) {
    struct text text = {0};

    put(&text, SLICE("family: "));
    put(&text, slice_from(settings_family_names[file->family]));
    put(&text, file->account_count > 0 ? SLICE("\n\naccounts:\n") : SLICE("\n\naccounts: []\n"));
    for (size_t i = 0; i < file->account_count; i++)
        put_account(&text, file, &file->accounts[i]);
    if (text.no_memory) {
        free(text.bytes);
        return HF_ERROR_MEMORY;
    }
    *ret = text.bytes;
    return 0;
}
