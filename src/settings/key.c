#include "settings/key.h"

const char *key_list_name(enum setting_scope scope) {
    switch (scope) {
    case SCOPE_SERVER:
        return "servers";
    case SCOPE_PROXY:
        return "proxies";
    case SCOPE_DNS_A:
        return "dns_a";
    case SCOPE_DNS_SRV:
        return "dns_srv";
    case SCOPE_DNS_NAPTR:
        return "dns_naptr";
    case SCOPE_GLOBAL:
    case SCOPE_IDENTITY:
    case SCOPE_ACCOUNT:
    case SCOPE_COUNT:
        break;
    }
    return NULL;
}

static bool read_plain(struct hf_slice key, struct setting_place *ret) {
    static const enum setting_scope scopes[] = {SCOPE_IDENTITY, SCOPE_ACCOUNT, SCOPE_SERVER,
                                                SCOPE_GLOBAL};

    for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
        enum setting id = setting_find(key, scopes[i]);

        if (id == SETTING_COUNT)
            continue;
        /* An address or port for all servers makes no sense. */
        if (id == SETTING_SERVER_ADDRESS || id == SETTING_SERVER_PORT)
            return false;
        *ret = (struct setting_place){id, scopes[i] == SCOPE_SERVER ? SETTINGS_ALL : 0};
        return true;
    }
    return false;
}

static bool read_indexed(enum setting_scope scope, struct hf_slice rest,
                         struct setting_place *ret) {
    struct hf_slice number = slice_split(&rest, ']');
    uint64_t index;
    enum setting id;

    if (!slice_to_number(number, &index) || rest.len < 2 || rest.ptr[0] != '.')
        return false;
    index--; /* 0 becomes too large */
    id = setting_find(slice_from_index(rest, 1), scope);
    if (index >= settings_scope_count[scope] || id == SETTING_COUNT)
        return false;
    *ret = (struct setting_place){id, (int)index};
    return true;
}

bool key_read(struct hf_slice key, struct setting_place *ret) {
    size_t bracket = slice_index(key, '[');
    struct hf_slice list = slice_of(key.ptr, bracket);

    if (bracket == key.len)
        return read_plain(key, ret);
    for (int scope = 0; scope < SCOPE_COUNT; scope++) {
        if (slice_equal(list, slice_from(key_list_name((enum setting_scope)scope))))
            return read_indexed((enum setting_scope)scope, slice_from_index(key, bracket + 1), ret);
    }
    return false;
}

void key_write(struct writer *w, struct setting_place place) {
    const struct setting_row *row = &settings_table[place.id];
    const char *list = key_list_name(row->scope);

    if (list && place.index != SETTINGS_ALL) {
        writer_put_slice(w, slice_from(list));
        writer_put_char(w, '[');
        writer_put_number(w, (uint64_t)place.index + 1);
        writer_put_literal(w, "].");
    }
    writer_put_slice(w, slice_from(row->name));
}
