/* One value of a file, or of a caller, into settings. */
#ifndef SETTINGS_ASSIGN_H
#define SETTINGS_ASSIGN_H

#include "settings/object.h"
#include "settings/value.h"

/* Reads the text by the rule and stores it; an empty text takes the setting back to its default.
 * A setting of all servers replaces what single servers had. Errors as value_read, and
 * HF_ERROR_MEMORY. */
int settings_assign(struct hf_settings *settings, struct setting_place place,
                    const struct value_rule *rule, struct hf_slice text,
                    struct hf_settings_error *error);

/* By native key. */
int settings_set(struct hf_settings *settings, struct hf_slice key, struct hf_slice value,
                 struct hf_settings_error *error);

#endif
