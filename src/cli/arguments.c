#include "cli/command.h"

#include <stdarg.h>
#include <string.h>

void cli_arguments_init(struct cli_arguments *arguments, const struct cli_command *command,
                        int argc, char **argv) {
    *arguments = (struct cli_arguments){.command = command, .argc = argc, .argv = argv};
}

int cli_usage_error(const struct cli_command *command, const char *format, ...) {
    va_list list;

    fprintf(stderr, "holdfast %s: ", command->name);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fprintf(stderr, "\nTry 'holdfast %s --help'.\n", command->name);
    return CLI_USAGE;
}

int cli_failure(const char *format, ...) {
    va_list list;

    fputs("holdfast: error: ", stderr);
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fputc('\n', stderr);
    return CLI_FAILED;
}

static int wrong(const struct cli_command *command, const char *format, const char *name) {
    (void)cli_usage_error(command, format, name);
    return CLI_NEXT_WRONG;
}

/* The value of an option that needs one and has not got it in the same word. */
static bool take_value(struct cli_arguments *a) {
    if (a->at == a->argc)
        return false;
    a->value = a->argv[a->at++];
    return true;
}

static int next_long(struct cli_arguments *a, const char *word) {
    const struct cli_option *options = a->command->options;
    const char *equals = strchr(word, '=');
    size_t len = equals ? (size_t)(equals - word) : strlen(word);

    for (int i = 0; options && options[i].name; i++) {
        if (strlen(options[i].name) != len || memcmp(options[i].name, word, len) != 0)
            continue;
        if (!options[i].argument) {
            if (equals)
                return wrong(a->command, "option '--%s' takes no value", options[i].name);
            return i;
        }
        if (equals)
            a->value = equals + 1;
        else if (!take_value(a))
            return wrong(a->command, "option '--%s' needs a value", options[i].name);
        return i;
    }
    return wrong(a->command, "there is no option '--%s'", word);
}

static int next_letter(struct cli_arguments *a) {
    const struct cli_option *options = a->command->options;
    char text[2] = {*a->letters++, 0};

    for (int i = 0; options && options[i].name; i++) {
        if (options[i].letter != text[0])
            continue;
        if (!options[i].argument)
            return i;
        if (*a->letters) {
            a->value = a->letters;
            a->letters = NULL;
        } else if (!take_value(a)) {
            return wrong(a->command, "option '-%s' needs a value", text);
        }
        return i;
    }
    return wrong(a->command, "there is no option '-%s'", text);
}

int cli_next(struct cli_arguments *a) {
    char *word;

    a->value = NULL;
    if (a->letters && *a->letters)
        return next_letter(a);
    a->letters = NULL;
    if (a->at == a->argc)
        return CLI_NEXT_END;
    word = a->argv[a->at++];
    if (!a->operands_only && strcmp(word, "--") == 0) {
        a->operands_only = true;
        return cli_next(a);
    }
    if (a->operands_only || word[0] != '-' || word[1] == '\0') {
        a->value = word;
        return CLI_NEXT_OPERAND;
    }
    if (word[1] == '-')
        return next_long(a, word + 2);
    a->letters = word + 1;
    return next_letter(a);
}
