/* holdfast settings: the table of settings. */
#include <string.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/setting_text.h"

enum option {
    OPTION_JSON,
    OPTION_MARKDOWN,
};

static const struct cli_option options[] = {
    [OPTION_JSON] = {"json", NULL, "as one JSON array", 0},
    [OPTION_MARKDOWN] = {"markdown", NULL, "as the page docs/settings.md", 0},
    {0},
};

static void print_short(const struct setting_row *row) {
    char name[SETTING_TEXT_MAX];
    char range[SETTING_TEXT_MAX];
    char defaults[SETTING_TEXT_MAX];

    setting_text_name(name, row);
    setting_text_range(range, row, NULL);
    setting_text_defaults(defaults, row);
    printf("%s\n    %s%s\n    %s; default: %s\n", name, row->help,
           row->acted_on ? "" : " [kept, not acted on yet]", range, defaults);
}

static void print_key(const char *vendor, const char *text) {
    if (text[0])
        printf("    %s: %s\n", vendor, text);
}

static void print_keys(const struct setting_row *row) {
    char text[SETTING_TEXT_MAX];

    for (const struct setting_key *key = row->yealink; key && key->name; key++)
        print_key("Yealink", key->name);
    for (const struct setting_key *key = row->grandstream; key && (key->name || key->p[0]); key++) {
        setting_text_numbers(text, key);
        print_key("Grandstream", text);
        setting_text_alias(text, key);
        print_key("Grandstream", text);
    }
    for (const struct setting_key *key = row->flx; key && key->name; key++)
        print_key("FLX", key->name);
    print_key("source", row->source);
}

/* Settings whose name has the word in it; all of them without a word. */
static size_t print_list(const char *word) {
    size_t count = 0;

    for (int id = 0; id < SETTING_COUNT; id++) {
        const struct setting_row *row = &settings_table[id];
        char name[SETTING_TEXT_MAX];

        setting_text_name(name, row);
        if (word && !strstr(name, word))
            continue;
        print_short(row);
        if (word)
            print_keys(row);
        count++;
    }
    return count;
}

static int run(const struct cli_command *command, int argc, char **argv) {
    struct cli_arguments arguments;
    const char *word = NULL;
    int form = -1;
    int next;

    cli_arguments_init(&arguments, command, argc, argv);
    while ((next = cli_next(&arguments)) != CLI_NEXT_END) {
        if (next == CLI_NEXT_WRONG)
            return CLI_USAGE;
        if (next != CLI_NEXT_OPERAND)
            form = next;
        else if (word)
            return cli_usage_error(command, "one word at a time");
        else
            word = arguments.value;
    }
    if (word && form >= 0)
        return cli_usage_error(command, "a word and --json or --markdown do not go together");
    if (form == OPTION_MARKDOWN)
        settings_print_markdown(stdout);
    else if (form == OPTION_JSON)
        return settings_print_json(stdout) == 0 ? CLI_OK : cli_failure("out of memory");
    else if (print_list(word) == 0)
        return cli_failure("no setting has '%s' in its name", word);
    return CLI_OK;
}

const struct cli_command cli_settings = {
    .name = "settings",
    .operands = "[WORD]",
    .summary = "List every setting, with its keys in the vendors' files",
    .details = "With a word, those settings whose name has it, in full.",
    .options = options,
    .run = run,
};
