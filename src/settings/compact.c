#include "settings/draft.h"

/* Moves every value of a record from one index to another. */
static int move_record(struct hf_settings *settings, enum setting_scope scope, int from, int to) {
    int result = 0;

    for (int id = 0; result == 0 && id < SETTING_COUNT; id++) {
        struct setting_place old = {(enum setting)id, from};
        struct setting_value value = {0};
        struct hf_settings *keep = NULL;

        if (settings_table[id].scope != scope)
            continue;
        result = hf_settings_copy(settings, &keep); /* the text lives in the old values */
        if (result == 0 && settings_own_value(keep, old, &value) && to >= 0)
            result = settings_put(settings, (struct setting_place){old.id, to}, &value);
        if (result == 0)
            result = settings_unset(settings, old);
        hf_settings_free(keep);
    }
    return result;
}

static int compact(struct hf_settings *settings, enum setting_scope scope, enum setting name) {
    int next = 0;
    int result = 0;

    for (int i = 0; result == 0 && i < settings_scope_count[scope]; i++) {
        if (slice_is_empty(settings_text(settings, name, (unsigned)i)))
            result = move_record(settings, scope, i, -1);
        else if (next++ < i)
            result = move_record(settings, scope, i, next - 1);
    }
    return result;
}

int draft_compact_records(struct draft *draft) {
    int result = compact(draft->settings, SCOPE_DNS_A, SETTING_DNS_A_NAME);

    if (result == 0)
        result = compact(draft->settings, SCOPE_DNS_SRV, SETTING_DNS_SRV_NAME);
    if (result == 0)
        result = compact(draft->settings, SCOPE_DNS_NAPTR, SETTING_DNS_NAPTR_NAME);
    return result;
}
