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
    uint16_t first; /* in the values of a `struct resolved`, of index 0 */
    uint8_t count;  /* of indices; 0: the account's own, which is not there */
    uint8_t type;   /* enum setting_type */
};

extern const struct resolved_place resolved_places[SETTING_COUNT];

/* For the profile of `settings`; its texts point into the profile. NULL when there is no memory. */
struct resolved *resolved_create(const struct hf_settings *settings);

/* The value of a place, or NULL when it has to be looked up, if there is such a place. */
static inline const struct setting_value *resolved_find(const struct hf_settings *settings,
                                                        enum setting id, unsigned index) {
    const struct resolved_place *place = &resolved_places[id];
    const struct resolved *resolved = values_resolved(settings->profile);

    if (!resolved || resolved->family != settings->family || index >= place->count)
        return NULL;
    return &resolved->values[place->first + index];
}

#endif
