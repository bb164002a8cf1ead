#include "cli/command.h"

#include <stddef.h>

const struct cli_command *const cli_commands[] = {
    NULL,
};
