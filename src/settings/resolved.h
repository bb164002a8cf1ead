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

/* Where a setting is read, in few bytes: this happens dozens of times for every request. */
struct resolved_place {
    uint16_t slot; /* of index 0; what holds for all servers stands before it */
    uint8_t count; /* of indices */
    uint8_t type;  /* enum setting_type */
};

extern const struct resolved_place resolved_places[SETTING_COUNT];

/* For the profile of `settings`; its texts point into the profile. NULL when there is no memory. */
struct resolved *resolved_create(const struct hf_settings *settings);

/* The value of a place, or NULL when it has to be looked up. */
static inline const struct setting_value *resolved_find(const struct hf_settings *settings,
                                                        const struct resolved_place *place,
                                                        unsigned index) {
    const struct resolved *resolved = values_resolved(settings->profile);

    if (!resolved || resolved->family != settings->family || place->slot < SLOT_PROFILE)
        return NULL;
    return &resolved->values[place->slot - SLOT_PROFILE + index];
}

#endif
