/* holdfast metrics: the daemon's metrics, as they are served by HTTP. */
#include "cli/ask.h"
#include "cli/commands.h"

enum option { OPTION_CONTROL };

static const struct cli_option options[] = {
    [OPTION_CONTROL] = CLI_OPTION_CONTROL,
    {0},
};

static int print(struct ask *ask) {
    while (ask_next(ask)) {
        const char *text = json_string_value(json_object_get(ask->item, "metrics"));

        if (text)
            fputs(text, stdout);
    }
    return ask_verdict(ask);
}

static int run(const struct cli_command *command, int argc, char **argv) {
    const struct control_request request = {.command = CONTROL_METRICS};
    struct cli_arguments arguments;
    const char *control = NULL;
    struct ask ask;
    int next, result;

    cli_arguments_init(&arguments, command, argc, argv);
    while ((next = cli_next(&arguments)) != CLI_NEXT_END) {
        if (next == CLI_NEXT_WRONG)
            return CLI_USAGE;
        if (next != OPTION_CONTROL)
            return cli_usage_error(command,
                                   "there is nothing to name: metrics are of all accounts");
        control = arguments.value;
    }
    result = ask_begin(&ask, control, &request);
    if (result == CLI_OK)
        result = print(&ask);
    ask_release(&ask);
    return result;
}

const struct cli_command cli_metrics = {
    .name = "metrics",
    .operands = "",
    .summary = "Show the counters of the running daemon, in Prometheus' text format",
    .options = options,
    .run = run,
};
