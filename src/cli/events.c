/* holdfast events: what happens to the accounts of the running daemon, from now on. */
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/view_json.h"

static const struct cli_option options[] = {
    {"json", NULL, "one object a line, for programs", 'j'},
    CLI_OPTION_CONTROL,
    {0},
};

static void print_text(const json_t *item) {
    const char *time = json_string_value(json_object_get(item, "time"));
    const json_t *lost = json_object_get(item, "lost");
    struct event_view view;
    char line[8192];
    struct writer w = writer_of(line, sizeof(line));

    if (lost) {
        printf("(%lld events are missing here: they were not read fast enough)\n",
               (long long)json_integer_value(lost));
        return;
    }
    event_view_from_json(&view, item);
    event_view_write_text(&view, &w);
    printf("%s %.*s\n", time ? time : "-", SLICE_ARGS(writer_slice(&w)));
}

/* The first line says that the events begin; they end only with the daemon. */
static int follow(struct ask *ask, bool json) {
    if (ask_next(ask) || ask_verdict(ask) != CLI_OK)
        return CLI_FAILED;
    while (ask_next(ask)) {
        if (json)
            puts(ask->line);
        else
            print_text(ask->item);
        if (fflush(stdout) != 0)
            return CLI_FAILED;
    }
    return cli_failure("holdfast has stopped");
}

static int run(const struct cli_command *command, int argc, char **argv) {
    struct control_request request = {.command = CONTROL_EVENTS};
    struct ask_words words;
    struct ask ask;
    int result = ask_read(command, ASK_OF_ALL, argc, argv, &request, &words);

    if (result != CLI_OK)
        return result;
    result = ask_begin(&ask, words.control, &request);
    if (result == CLI_OK)
        result = follow(&ask, words.json);
    ask_release(&ask);
    return result;
}

const struct cli_command cli_events = {
    .name = "events",
    .operands = "",
    .summary = "Show what happens to the accounts of the running daemon, from now on",
    .options = options,
    .run = run,
};
