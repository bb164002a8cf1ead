/* holdfast explain, register, unregister, reload: one question to the running daemon each. */
#include "cli/ask.h"
#include "cli/commands.h"

static const struct cli_option options[] = {
    CLI_OPTION_CONTROL,
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

static int run(const struct cli_command *command, enum control_command what,
               enum ask_account account, int argc, char **argv) {
    struct control_request request = {.command = what};
    struct ask_words words;
    int result = ask_read(command, account, argc, argv, &request, &words);

    return result == CLI_OK ? ask_and_print(words.control, &request) : result;
}

static int run_explain(const struct cli_command *command, int argc, char **argv) {
    return run(command, CONTROL_EXPLAIN, ASK_OF_ONE, argc, argv);
}

static int run_register(const struct cli_command *command, int argc, char **argv) {
    return run(command, CONTROL_REGISTER, ASK_OF_ONE, argc, argv);
}

static int run_unregister(const struct cli_command *command, int argc, char **argv) {
    return run(command, CONTROL_UNREGISTER, ASK_OF_ONE, argc, argv);
}

static int run_reload(const struct cli_command *command, int argc, char **argv) {
    return run(command, CONTROL_RELOAD, ASK_OF_ALL, argc, argv);
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
