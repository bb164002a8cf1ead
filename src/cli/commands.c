#include "cli/commands.h"

#include <stddef.h>

const struct cli_command *const cli_commands[] = {
    &cli_check,
    &cli_convert,
    &cli_settings,
    NULL,
};
