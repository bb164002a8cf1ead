/* The commands of the program. Each is one constant in a file of its own and one line in
 * commands.c; its help comes out of the same constant that its options are read with. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

/* What the program exits with. */
enum cli_exit {
    CLI_OK = 0,
    CLI_FAILED = 1, /* a failure that was reported on standard error */
    CLI_USAGE = 2,  /* wrong usage, reported with a hint */
};

struct cli_option {
    const char *name;     /* without its dashes; NULL ends a list */
    const char *argument; /* what stands for its value in the help; NULL: it takes none */
    const char *help;
    char letter; /* the short form, 0 = none; several options may not share one */
};

struct cli_command {
    const char *name;
    const char *operands;             /* as in the usage line, "" if there are none */
    const char *summary;              /* one line, without a full stop */
    const char *details;              /* more for --help, lines up to 78 columns; may be NULL */
    const struct cli_option *options; /* may be NULL */
    /* argv[0] is the first argument after the command's name. Returns enum cli_exit. */
    int (*run)(const struct cli_command *command, int argc, char **argv);
};

/* All commands in the order of the help; a NULL ends the list. */
extern const struct cli_command *const cli_commands[];

/* What cli_next returns besides an index into command->options. */
enum cli_next {
    CLI_NEXT_OPERAND = -1, /* `value` is an operand */
    CLI_NEXT_END = -2,
    CLI_NEXT_WRONG = -3, /* reported already: return CLI_USAGE */
};

/* A walk over a command's arguments: options and operands in any order, `--name value`,
 * `--name=value`, `-n value`, `-nvalue`, `-ab`; `--` makes operands of all that follows. */
struct cli_arguments {
    const struct cli_command *command;
    int argc;
    char **argv;
    int at;
    const char *letters; /* the rest of a group of short options, or NULL */
    bool operands_only;
    const char *value; /* of the option, or the operand */
};

void cli_arguments_init(struct cli_arguments *arguments, const struct cli_command *command,
                        int argc, char **argv);
int cli_next(struct cli_arguments *arguments);

/* Reports wrong usage with a hint on standard error; returns CLI_USAGE. */
int cli_usage_error(const struct cli_command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "holdfast: error: …" on standard error; returns CLI_FAILED. */
int cli_failure(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The help of one command, and of the program. */
void cli_print_command_help(FILE *out, const struct cli_command *command);
void cli_print_help(FILE *out);

#endif
