/* Settings in scenarios: native keys with their values as text. */
#ifndef SIM_SCENARIO_SETTINGS_H
#define SIM_SCENARIO_SETTINGS_H

#include "base/writer.h"
#include "settings/settings.h"
#include "settings/table.h"
#include "sim/scenario.h"

enum { SCENARIO_VALUE_MAX = 1100 };

/* Sets one setting, filled in with `number` if it is of a template. Errors and message as
 * hf_settings_set. */
int scenario_set(struct hf_settings *settings, const struct scenario_setting *setting,
                 bool template, uint32_t number, struct hf_settings_error *error);

#endif
