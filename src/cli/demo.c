/* holdfast demo: two registrars and a handful of phones, and an outage. */
#include <unistd.h>

#include "cli/commands.h"
#include "daemon/demo.h"

enum option { OPTION_ONCE };

static const struct cli_option options[] = {
    [OPTION_ONCE] = {"once", NULL,
                     "go through it once and print what happens; without a\n"
                     "terminal this is what is done anyway",
                     '1'},
    {0},
};

static int run(const struct cli_command *command, int argc, char **argv) {
    bool live = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    struct cli_arguments arguments;
    int next;

    cli_arguments_init(&arguments, command, argc, argv);
    while ((next = cli_next(&arguments)) != CLI_NEXT_END) {
        if (next == CLI_NEXT_WRONG)
            return CLI_USAGE;
        if (next == CLI_NEXT_OPERAND)
            return cli_usage_error(command, "'%s' is too much", arguments.value);
        live = false;
    }
    return demo_run(live) == 0 ? CLI_OK : CLI_FAILED;
}

const struct cli_command cli_demo = {
    .name = "demo",
    .operands = "",
    .summary = "Watch phones of every family live through the outage of a registrar",
    .details = "Runs two small registrars on 127.0.0.1 and registers accounts of every family of\n"
               "phones, read from provisioning files as the vendors write them. Registrar A falls\n"
               "silent and comes back; accounts that have a backup work through B meanwhile.\n"
               "Nothing leaves this machine.\n\n"
               "With --once, exits 0 when every account came home, 1 otherwise.",
    .options = options,
    .run = run,
};
