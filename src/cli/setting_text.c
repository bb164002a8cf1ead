#include "cli/setting_text.h"

#include "settings/key.h"
#include "settings/value.h"

static void finish(struct writer *w) {
    (void)writer_terminate(w);
}

void setting_text_name(char *buffer, const struct setting_row *row) {
    struct writer w = writer_of(buffer, SETTING_TEXT_MAX);
    const char *list = key_list_name(row->scope);

    /* What may stand at the account is called as it is there. */
    if (list && (row->scope != SCOPE_SERVER || row == &settings_table[SETTING_SERVER_ADDRESS] ||
                 row == &settings_table[SETTING_SERVER_PORT])) {
        writer_put_slice(&w, slice_from(list));
        writer_put_literal(&w, "[N].");
    }
    writer_put_slice(&w, slice_from(row->name));
    finish(&w);
}

void setting_text_range(char *buffer, const struct setting_row *row,
                        const struct setting_key *key) {
    struct writer w = writer_of(buffer, SETTING_TEXT_MAX);
    struct value_rule rule = {.row = row, .key = key};

    value_write_range(&w, &rule);
    finish(&w);
}

void setting_text_default(char *buffer, const struct setting_row *row,
                          enum settings_family family) {
    struct writer w = writer_of(buffer, SETTING_TEXT_MAX);
    struct setting_value value = {.number = setting_default(row, family)};

    if (value.number == INHERITED) {
        writer_put_literal(&w, "as ");
        if (settings_table[row->inherits].scope == SCOPE_SERVER)
            writer_put_literal(&w, "the server's ");
        writer_put_slice(&w, slice_from(settings_table[row->inherits].name));
    } else if (setting_is_text(row->type)) {
        writer_put_literal(&w, "empty");
    } else {
        value_write(&w, row, &value);
        writer_put_slice(&w, row->type == TYPE_DURATION ? SLICE(" s") : SLICE_NONE);
    }
    finish(&w);
}

void setting_text_defaults(char *buffer, const struct setting_row *row) {
    char text[SETTING_TEXT_MAX];
    struct writer w = writer_of(buffer, SETTING_TEXT_MAX);
    int64_t generic = setting_default(row, FAMILY_GENERIC);
    bool first = true;

    setting_text_default(text, row, FAMILY_GENERIC);
    writer_put_slice(&w, slice_from(text));
    for (int family = 1; family < FAMILY_COUNT; family++) {
        if (setting_default(row, (enum settings_family)family) == generic)
            continue;
        writer_put_slice(&w, first ? SLICE(" (") : SLICE(", "));
        first = false;
        setting_text_default(text, row, (enum settings_family)family);
        writer_put_slice(&w, slice_from(settings_family_names[family]));
        writer_put_literal(&w, ": ");
        writer_put_slice(&w, slice_from(text));
    }
    if (!first)
        writer_put_char(&w, ')');
    finish(&w);
}

void setting_text_numbers(char *buffer, const struct setting_key *key) {
    struct writer w = writer_of(buffer, SETTING_TEXT_MAX);

    for (size_t i = 0; i < sizeof(key->p) / sizeof(key->p[0]); i++) {
        if (key->p[i] == 0)
            continue;
        writer_put_slice(&w, writer_length(&w) > 0 ? SLICE(", P") : SLICE("P"));
        writer_put_number(&w, key->p[i]);
    }
    finish(&w);
}

void setting_text_alias(char *buffer, const struct setting_key *key) {
    struct writer w = writer_of(buffer, SETTING_TEXT_MAX);

    if (key->name) {
        writer_put_slice(&w, key->everywhere ? SLICE_NONE : SLICE("account.N."));
        writer_put_slice(&w, slice_from(key->name));
    }
    finish(&w);
}

const char *setting_scope_text(enum setting_scope scope) {
    switch (scope) {
    case SCOPE_GLOBAL:
        return "all accounts together";
    case SCOPE_IDENTITY:
    case SCOPE_ACCOUNT:
        return "each account";
    case SCOPE_SERVER:
        return "each server";
    case SCOPE_PROXY:
        return "each outbound proxy";
    case SCOPE_DNS_A:
    case SCOPE_DNS_SRV:
    case SCOPE_DNS_NAPTR:
        return "each static DNS record";
    case SCOPE_COUNT:
        break;
    }
    return "";
}

const char *setting_type_text(enum setting_type type) {
    switch (type) {
    case TYPE_BOOL:
        return "bool";
    case TYPE_NUMBER:
        return "number";
    case TYPE_DURATION:
        return "duration";
    case TYPE_WORD:
        return "word";
    case TYPE_TEXT:
        return "text";
    case TYPE_SECRET:
        return "secret";
    case TYPE_HOST:
        return "host";
    case TYPE_IP:
        return "ip";
    }
    return "";
}
