#include "settings/resolved.h"

#include <stdlib.h>

#include "base/assert.h"

struct resolved *resolved_create(const struct hf_settings *settings) {
    struct resolved *resolved = calloc(1, sizeof *resolved);

    HF_ASSERT(!values_resolved(settings->profile));
    if (!resolved)
        return NULL;
    resolved->family = settings->family;
    resolved->servers = settings_server_count(settings);
    resolved->proxies = settings_proxy_count(settings);
    for (int id = 0; id < SETTING_COUNT; id++) {
        enum setting_scope scope = settings_table[id].scope;
        unsigned slot = settings_first_slot[id] + (scope == SCOPE_SERVER ? 1u : 0u);

        if (settings_first_slot[id] < SLOT_PROFILE)
            continue; /* the account's own */
        for (unsigned i = 0; i < settings_scope_count[scope]; i++)
            resolved->values[slot - SLOT_PROFILE + i] =
                settings_value(settings, (enum setting)id, i);
    }
    return resolved;
}
