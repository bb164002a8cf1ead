/* What is in force in every place of a profile, worked out once: reading a setting is then reading
 * an array. A pool makes it for profiles that many accounts share. */
#ifndef SETTINGS_RESOLVED_H
#define SETTINGS_RESOLVED_H

#include "settings/object.h"

struct resolved {
    enum settings_family family; /* whose defaults it has */
    unsigned servers, proxies;   /* as settings_server_count, settings_proxy_count */
    struct setting_value values[SLOT_COUNT - SLOT_PROFILE];
};

/* For the profile of `settings`; its texts point into the profile. NULL when there is no memory. */
struct resolved *resolved_create(const struct hf_settings *settings);

/* The value of a place, or NULL when it has to be looked up. */
static inline const struct setting_value *resolved_find(const struct hf_settings *settings,
                                                        enum setting id, unsigned index) {
    const struct resolved *resolved = values_resolved(settings->profile);
    unsigned slot = settings_first_slot[id] + index;

    if (!resolved || resolved->family != settings->family || slot < SLOT_PROFILE)
        return NULL;
    if (settings_table[id].scope == SCOPE_SERVER)
        slot++; /* the first is for all servers */
    return &resolved->values[slot - SLOT_PROFILE];
}

#endif
