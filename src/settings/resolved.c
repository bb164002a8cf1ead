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

#define IS_OWN(id) ((int)SLOT_##id < (int)SLOT_PROFILE)

const struct resolved_place resolved_places[SETTING_COUNT] = {
#define ROW(id, row_name, row_scope, row_type, ...)                                                \
    [SETTING_##id] = {                                                                             \
        .first = IS_OWN(id) ? 0 : SLOT_##id + ALL_##row_scope - SLOT_PROFILE,                      \
        .count = IS_OWN(id) ? 0 : SLOTS_##row_scope - ALL_##row_scope,                             \
        .type = TYPE_##row_type,                                                                   \
    },
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

        for (unsigned i = 0; i < place->count; i++)
            resolved->values[place->first + i] = settings_value(settings, (enum setting)id, i);
    }
    return resolved;
}
