#include "cli/commands.h"

#include <stddef.h>

const struct cli_command *const cli_commands[] = {
    &cli_run,      &cli_demo,       &cli_status,   &cli_events,    &cli_explain,
    &cli_register, &cli_unregister, &cli_reload,   &cli_metrics,   &cli_check,
    &cli_convert,  &cli_settings,   &cli_simulate, &cli_registrar, NULL,
};
