/* holdfast metrics: the daemon's metrics, as they are served by HTTP. */
#include "cli/ask.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    CLI_OPTION_CONTROL,
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
    struct control_request request = {.command = CONTROL_METRICS};
    struct ask_words words;
    struct ask ask;
    int result = ask_read(command, ASK_OF_ALL, argc, argv, &request, &words);

    if (result != CLI_OK)
        return result;
    result = ask_begin(&ask, words.control, &request);
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
