/* Every command of the program; see commands.c for their order in the help. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct cli_command cli_run;
extern const struct cli_command cli_check;
extern const struct cli_command cli_convert;
extern const struct cli_command cli_settings;
extern const struct cli_command cli_status;
extern const struct cli_command cli_events;
extern const struct cli_command cli_metrics;
extern const struct cli_command cli_explain;
extern const struct cli_command cli_register;
extern const struct cli_command cli_unregister;
extern const struct cli_command cli_reload;
extern const struct cli_command cli_registrar;
extern const struct cli_command cli_demo;
extern const struct cli_command cli_simulate;

#endif
