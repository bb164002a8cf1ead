#include "cli/command.h"

#include <string.h>

enum { HELP_COLUMN = 26 };

/* One entry of a list: a name, and its text in a column of its own. A text of several lines goes
 * on in that column. */
static void print_entry(FILE *out, const char *name, const char *text) {
    size_t len = strlen(name);

    fprintf(out, "  %s", name);
    if (len + 2 > HELP_COLUMN - 2)
        fprintf(out, "\n%*s", HELP_COLUMN, "");
    else
        fprintf(out, "%*s", HELP_COLUMN - 2 - (int)len, "");
    for (; *text; text++) {
        fputc(*text, out);
        if (*text == '\n')
            fprintf(out, "%*s", HELP_COLUMN, "");
    }
    fputc('\n', out);
}

static void print_option(FILE *out, const struct cli_option *option) {
    char name[64];

    snprintf(name, sizeof(name), "%c%c%s--%s%s%s", option->letter ? '-' : ' ',
             option->letter ? option->letter : ' ', option->letter ? ", " : "  ", option->name,
             option->argument ? " " : "", option->argument ? option->argument : "");
    print_entry(out, name, option->help);
}

void cli_print_command_help(FILE *out, const struct cli_command *command) {
    static const struct cli_option help = {"help", NULL, "this text", 'h'};

    fprintf(out, "Usage: holdfast %s [OPTION…]%s%s\n\n%s.\n", command->name,
            *command->operands ? " " : "", command->operands, command->summary);
    if (command->details)
        fprintf(out, "\n%s\n", command->details);
    fputs("\nOptions:\n", out);
    for (const struct cli_option *o = command->options; o && o->name; o++)
        print_option(out, o);
    print_option(out, &help);
}

void cli_print_help(FILE *out) {
    fputs("Usage: holdfast COMMAND [OPTION…] [ARGUMENT…]\n\n"
          "Keeps SIP accounts registered, from the provisioning files that phones already have.\n\n"
          "Commands:\n",
          out);
    for (size_t i = 0; cli_commands[i]; i++)
        print_entry(out, cli_commands[i]->name, cli_commands[i]->summary);
    fputs("\n'holdfast COMMAND --help' says more; 'holdfast --version' names the version.\n", out);
}
