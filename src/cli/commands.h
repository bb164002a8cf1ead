/* Every command of the program; see commands.c for their order in the help. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct cli_command cli_check;
extern const struct cli_command cli_convert;
extern const struct cli_command cli_settings;

#endif
