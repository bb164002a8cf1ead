/* holdfast explain, register, unregister, reload: one question to the running daemon each. */
#include "cli/ask.h"
#include "cli/commands.h"

enum option { OPTION_CONTROL };

static const struct cli_option options[] = {
    [OPTION_CONTROL] = CLI_OPTION_CONTROL,
    {0},
};

static void print_problem(const json_t *item) {
    const char *file = json_string_value(json_object_get(item, "file"));
    const char *severity = json_string_value(json_object_get(item, "severity"));
    const char *message = json_string_value(json_object_get(item, "message"));
    long long line = (long long)json_integer_value(json_object_get(item, "line"));

    fputs(file ? file : "-", stderr);
    if (line > 0)
        fprintf(stderr, ":%lld", line);
    fprintf(stderr, ": %s: %s\n", severity ? severity : "error", message ? message : "");
}

static void print_item(const json_t *item) {
    const char *explanation = json_string_value(json_object_get(item, "explanation"));

    if (explanation)
        fputs(explanation, stdout);
    else
        print_problem(item);
}

static long long count_of(const struct ask *ask, const char *name) {
    return (long long)json_integer_value(json_object_get(ask->result, name));
}

static int ask_and_print(const char *control, const struct control_request *request) {
    struct ask ask;
    int result = ask_begin(&ask, control, request);

    if (result == CLI_OK) {
        while (ask_next(&ask))
            print_item(ask.item);
        if (json_object_get(ask.result, "added"))
            printf("%lld accounts added, %lld changed, %lld removed, %lld unchanged\n",
                   count_of(&ask, "added"), count_of(&ask, "changed"), count_of(&ask, "removed"),
                   count_of(&ask, "unchanged"));
        result = ask_verdict(&ask);
    }
    ask_release(&ask);
    return result;
}

static int run(const struct cli_command *command, enum control_command what, bool wants_account,
               int argc, char **argv) {
    struct control_request request = {.command = what};
    struct cli_arguments arguments;
    const char *control = NULL;
    int next;

    cli_arguments_init(&arguments, command, argc, argv);
    while ((next = cli_next(&arguments)) != CLI_NEXT_END) {
        if (next == CLI_NEXT_WRONG)
            return CLI_USAGE;
        if (next == OPTION_CONTROL)
            control = arguments.value;
        else if (!wants_account || request.account_len > 0)
            return cli_usage_error(command, "'%s' is too much", arguments.value);
        else if (ask_set_account(command, &request, arguments.value) != CLI_OK)
            return CLI_USAGE;
    }
    if (wants_account && request.account_len == 0)
        return cli_usage_error(command, "which account?");
    return ask_and_print(control, &request);
}

static int run_explain(const struct cli_command *command, int argc, char **argv) {
    return run(command, CONTROL_EXPLAIN, true, argc, argv);
}

static int run_register(const struct cli_command *command, int argc, char **argv) {
    return run(command, CONTROL_REGISTER, true, argc, argv);
}

static int run_unregister(const struct cli_command *command, int argc, char **argv) {
    return run(command, CONTROL_UNREGISTER, true, argc, argv);
}

static int run_reload(const struct cli_command *command, int argc, char **argv) {
    return run(command, CONTROL_RELOAD, false, argc, argv);
}

const struct cli_command cli_explain = {
    .name = "explain",
    .operands = "ACCOUNT",
    .summary = "Tell an account's last decisions in plain words, and what comes next",
    .options = options,
    .run = run_explain,
};

const struct cli_command cli_register = {
    .name = "register",
    .operands = "ACCOUNT",
    .summary = "Register an account now, whatever it waits for",
    .options = options,
    .run = run_register,
};

const struct cli_command cli_unregister = {
    .name = "unregister",
    .operands = "ACCOUNT",
    .summary = "Remove an account's binding and leave it alone until 'register'",
    .options = options,
    .run = run_unregister,
};

const struct cli_command cli_reload = {
    .name = "reload",
    .operands = "",
    .summary = "Have the running daemon read its files again",
    .details = "Only accounts that changed are touched. Where a file has an error, what it says\n"
               "about the accounts concerned is ignored: they go on as they were. Errors are\n"
               "printed, and the command exits 1.",
    .options = options,
    .run = run_reload,
};
