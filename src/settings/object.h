/* What struct hf_settings is made of; for this room only. */
#ifndef SETTINGS_OBJECT_H
#define SETTINGS_OBJECT_H

#include "settings/settings.h"
#include "settings/table.h"
#include "settings/values.h"

struct hf_settings {
    struct value_set *own;     /* slots before SLOT_PROFILE */
    struct value_set *profile; /* the others, numbered from there; often shared */
    enum settings_family family;
    uint8_t only_server; /* settings_limit_to_server, plus one; 0: no limit */
    uint8_t only_proxy;  /* settings_limit_to_proxy, likewise */
    bool own_inside;     /* `own` lies behind the struct: see settings_pack */
};

/* Where a value goes. `index` counts from 0; SETTINGS_ALL means every server of the account. */
enum { SETTINGS_ALL = -1 };

struct setting_place {
    enum setting id;
    int index;
};

/* The value as it would be stored: a number, or a text. */
struct setting_value {
    int64_t number;
    struct hf_slice text;
};

/* Checked already: type, range and place are the caller's duty. HF_ERROR_MEMORY. */
int settings_put(struct hf_settings *settings, struct setting_place place,
                 const struct setting_value *value);
int settings_unset(struct hf_settings *settings, struct setting_place place);

/* What stands at the place itself, without inheriting; false when nothing does. */
bool settings_own_value(const struct hf_settings *settings, struct setting_place place,
                        struct setting_value *ret);

/* A copy in one block, its own values behind it: not to be changed. It shares `profile`. NULL when
 * there is no memory. */
struct hf_settings *settings_pack(const struct hf_settings *settings, struct value_set *profile);

/* Equal profiles become one: `settings` takes that of `other` when they are. */
void settings_share_profile(struct hf_settings *settings, const struct hf_settings *other);

/* What is in force there. */
struct setting_value settings_value(const struct hf_settings *settings, enum setting id,
                                    unsigned index);

#endif
