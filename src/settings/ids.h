/* One name for each row of the table. */
#ifndef SETTINGS_IDS_H
#define SETTINGS_IDS_H

enum setting {
#define ROW(id, ...) SETTING_##id,
#include "settings/table.def"
#undef ROW
    SETTING_COUNT
};

#endif
