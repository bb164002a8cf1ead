#include "settings/resolved.h"

#include <stdlib.h>

#include "base/assert.h"

enum {
    ALL_GLOBAL = 0,
    ALL_IDENTITY = 0,
    ALL_ACCOUNT = 0,
    ALL_SERVER = 1, /* the slot for all servers */
    ALL_PROXY = 0,
    ALL_DNS_A = 0,
    ALL_DNS_SRV = 0,
    ALL_DNS_NAPTR = 0,
};

const struct resolved_place resolved_places[SETTING_COUNT] = {
#define ROW(id, row_name, row_scope, row_type, ...)                                                \
    [SETTING_##                                                                                    \
        id] = {SLOT_##id + ALL_##row_scope, SLOTS_##row_scope - ALL_##row_scope, TYPE_##row_type},
#include "settings/table.def"
#undef ROW
};

struct resolved *resolved_create(const struct hf_settings *settings) {
    struct resolved *resolved = calloc(1, sizeof *resolved);

    HF_ASSERT(!values_resolved(settings->profile));
    if (!resolved)
        return NULL;
    resolved->family = settings->family;
    resolved->servers = settings_server_count(settings);
    resolved->proxies = settings_proxy_count(settings);
    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct resolved_place *place = &resolved_places[id];

        if (place->slot < SLOT_PROFILE)
            continue; /* the account's own */
        for (unsigned i = 0; i < place->count; i++)
            resolved->values[place->slot - SLOT_PROFILE + i] =
                settings_value(settings, (enum setting)id, i);
    }
    return resolved;
}
