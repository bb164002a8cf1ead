/* Many settings in few bytes, that come one after another and are often alike. */
#ifndef SETTINGS_PRESS_H
#define SETTINGS_PRESS_H

#include "settings/object.h"

/* By what settings are compared with others that are not at hand: what is the account's own (user,
 * password, instance…), and all else. Hashes of 64 bits (SipHash): settings that are not the same
 * have the same print once in 10^19 times. The same settings said in other words may differ. */
struct settings_print {
    uint64_t own;
    uint64_t rest;
};

/* Remembers the last profile, which the next settings most often have too. */
struct settings_press {
    bool begun;
    enum settings_family family;
    struct value_set *profile; /* held */
    uint64_t print;            /* of both */
};

void settings_press_release(struct settings_press *press);

/* The settings take the last ones' profile if it is equal. */
struct settings_print settings_print(struct settings_press *press, struct hf_settings *settings);

/* One block instead of two; not to be changed any more. HF_ERROR_MEMORY, and *settings is as
 * before. */
int settings_pack_in_place(struct hf_settings **settings);

/* Leaves out what is the account's own, for settings whose own values somebody else has too; */
void settings_drop_own(struct hf_settings *settings);
/* and puts them in again. HF_ERROR_MEMORY. */
int settings_adopt_own(struct hf_settings *settings, const struct hf_settings *other);

#endif
