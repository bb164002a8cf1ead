/* holdfast: the program. Finds the command and runs it; see commands.c for the list. */
#include <errno.h>
#include <string.h>

#include "cli/command.h"

static const struct cli_command *find_command(const char *name) {
    for (size_t i = 0; cli_commands[i]; i++) {
        if (strcmp(cli_commands[i]->name, name) == 0)
            return cli_commands[i];
    }
    return NULL;
}

static bool asks_for_help(int argc, char **argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    }
    return false;
}

static bool is_one_of(const char *word, const char *a, const char *b) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static int run(int argc, char **argv) {
    bool help = argc > 2 && strcmp(argv[1], "help") == 0;
    const struct cli_command *command;

    if (argc < 2) {
        cli_print_help(stderr);
        return CLI_USAGE;
    }
    if (argc == 2 && (is_one_of(argv[1], "--help", "-h") || strcmp(argv[1], "help") == 0)) {
        cli_print_help(stdout);
        return CLI_OK;
    }
    if (is_one_of(argv[1], "--version", "version")) {
        puts("holdfast " HOLDFAST_VERSION);
        return CLI_OK;
    }
    if (help) {
        argc--;
        argv++;
    }
    command = find_command(argv[1]);
    if (!command) {
        fprintf(stderr, "holdfast: there is no command '%s'\nTry 'holdfast --help'.\n", argv[1]);
        return CLI_USAGE;
    }
    if (help || asks_for_help(argc - 2, argv + 2)) {
        cli_print_command_help(stdout, command);
        return CLI_OK;
    }
    return command->run(command, argc - 2, argv + 2);
}

int main(int argc, char **argv) {
    int result = run(argc, argv);

    /* Output that did not arrive is a failure, or a full disk would look like success. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && result == CLI_OK)
        result = cli_failure("cannot write the output: %s", strerror(errno));
    return result;
}
