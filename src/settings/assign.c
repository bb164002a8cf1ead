#include "settings/assign.h"

#include "base/assert.h"
#include "settings/key.h"
#include "settings/object.h"

static int clear(struct hf_settings *settings, struct setting_place place) {
    int count = settings_scope_count[settings_table[place.id].scope];
    int error = settings_unset(settings, place);

    for (int i = 0; error == 0 && place.index == SETTINGS_ALL && i < count; i++)
        error = settings_unset(settings, (struct setting_place){place.id, i});
    return error;
}

/* What else a server's text says: port, transport, loose routing. */
static int assign_host_parts(struct hf_settings *settings, struct setting_place place,
                             const struct value_rule *rule, const struct host_text *host) {
    const struct setting_row *row = &settings_table[place.id];
    struct setting_place port = {row->port, place.index};
    bool proxy = place.id == SETTING_PROXY_ADDRESS;
    struct setting_place transport = {proxy ? SETTING_PROXY_TRANSPORT : SETTING_TRANSPORT,
                                      place.index};
    struct value_rule transport_rule = {.row = &settings_table[transport.id],
                                        .name = SLICE("transport")};
    struct hf_settings_error ignored;
    int error = 0;

    if (host->port)
        error = settings_put(settings, port, &(struct setting_value){.number = host->port});
    else if (rule->format == VALUE_GRANDSTREAM) /* there, the port is part of the address */
        error = settings_unset(settings, port);
    if (error == 0 && host->transport.len > 0 && row->scope != SCOPE_ACCOUNT)
        error = settings_assign(settings, transport, &transport_rule, host->transport, &ignored);
    return error;
}

static int assign(struct hf_settings *settings, struct setting_place place,
                  const struct value_rule *rule, struct hf_slice text,
                  struct hf_settings_error *error) {
    struct setting_value value = {0};
    struct host_text host = {0};
    int result;

    HF_ASSERT(rule->row == &settings_table[place.id]);
    error->message[0] = '\0';
    text = rule->row->type == TYPE_SECRET ? text : slice_trim(text);
    if (slice_is_empty(text)) {
        if (rule->row->type == TYPE_HOST && rule->format == VALUE_GRANDSTREAM &&
            settings_unset(settings, (struct setting_place){rule->row->port, place.index}) != 0)
            return HF_ERROR_MEMORY;
        return clear(settings, place);
    }
    result = value_read(rule, text, &value, &host, error);
    if (result != 0)
        return result;
    bool puts = setting_is_text(rule->row->type) || value.number != INHERITED;

    if (!puts || place.index == SETTINGS_ALL)
        result = clear(settings, place);
    if (result == 0 && puts)
        result = settings_put(settings, place, &value);
    if (result == 0 && rule->row->type == TYPE_HOST)
        result = assign_host_parts(settings, place, rule, &host);
    return result;
}

/* Several values may be touched; where one of them fails, none has changed. */
int settings_assign(struct hf_settings *settings, struct setting_place place,
                    const struct value_rule *rule, struct hf_slice text,
                    struct hf_settings_error *error) {
    struct value_set *own = values_share(settings->own);
    struct value_set *profile = values_share(settings->profile);
    int result = assign(settings, place, rule, text, error);

    if (result != 0) {
        struct hf_settings changed = *settings;

        settings->own = own;
        settings->profile = profile;
        own = changed.own;
        profile = changed.profile;
    }
    values_release(own);
    values_release(profile);
    return result;
}

static void explain_unknown(struct hf_slice key, struct hf_settings_error *error) {
    struct writer w = writer_of(error->message, sizeof(error->message));

    writer_put_literal(&w, "there is no setting '");
    writer_put_slice(&w, slice_of(key.ptr, key.len < 100 ? key.len : 100));
    writer_put_literal(&w, "'");
    if (slice_equal(key, SLICE("address")) || slice_equal(key, SLICE("port")))
        writer_put_literal(&w, " without a server's number: servers[1].address");
    (void)writer_terminate(&w);
}

int settings_set(struct hf_settings *settings, struct hf_slice key, struct hf_slice value,
                 struct hf_settings_error *error) {
    struct setting_place place;
    struct value_rule rule = {.name = key};

    if (!key_read(key, &place)) {
        explain_unknown(key, error);
        return HF_ERROR_UNKNOWN;
    }
    rule.row = &settings_table[place.id];
    return settings_assign(settings, place, &rule, value, error);
}

int hf_settings_set(struct hf_settings *settings, const char *key, const char *value,
                    struct hf_settings_error *error) {
    struct hf_settings_error unwanted;

    return settings_set(settings, slice_from(key), slice_from(value), error ? error : &unwanted);
}

int hf_settings_get(const struct hf_settings *settings, const char *key, char *buffer,
                    size_t size) {
    struct setting_place place;
    struct setting_value value;
    struct writer w = writer_of(buffer, size);

    if (!key_read(slice_from(key), &place))
        return HF_ERROR_UNKNOWN;
    value =
        settings_value(settings, place.id, place.index == SETTINGS_ALL ? 0 : (unsigned)place.index);
    value_write(&w, &settings_table[place.id], &value);
    return writer_terminate(&w) ? 0 : HF_ERROR_LIMIT;
}
