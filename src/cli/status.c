/* holdfast status: the state of every account of the running daemon, or of one. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/summary.h"
#include "cli/view_json.h"
#include "daemon/status_table.h"

static const struct cli_option options[] = {
    {"json", NULL, "an array of objects (of --summary: one), for programs", 'j'},
    {"summary", NULL, "only how many accounts are where", 's'},
    CLI_OPTION_CONTROL,
    {0},
};

static int by_name(const void *a, const void *b) {
    const json_t *const *x = a;
    const json_t *const *y = b;

    /* As people count: phone/2 before phone/10. */
    return strverscmp(json_string_value(json_object_get(*x, "account")),
                      json_string_value(json_object_get(*y, "account")));
}

static size_t terminal_width(void) {
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

static int print_table(json_t **items, size_t count) {
    struct text_table table;
    struct timespec now;
    int result = 0;

    clock_gettime(CLOCK_REALTIME, &now);
    qsort(items, count, sizeof(*items), by_name);
    status_table_init(&table);
    for (size_t i = 0; i < count && result == 0; i++) {
        struct status_view view;

        status_view_from_json(&view, items[i]);
        result = status_table_add(&table, &view, now.tv_sec * 1000LL + now.tv_nsec / 1000000);
    }
    if (result == 0)
        text_table_write(&table, stdout, terminal_width());
    text_table_release(&table);
    return result == 0 ? CLI_OK : cli_failure("out of memory");
}

/* Written as it comes: no list of a million accounts has to be kept. */
static int answer_json(struct ask *ask) {
    bool any = false;
    int result;

    for (; ask_next(ask); any = true)
        printf("%s%s", any ? ",\n  " : "[\n  ", ask->line);
    result = ask_verdict(ask);
    if (any)
        puts("\n]");
    else if (result == CLI_OK)
        puts("[]");
    return result;
}

static int answer_table(struct ask *ask) {
    json_t **items = NULL;
    size_t count = 0;
    int result = CLI_OK;

    while (result == CLI_OK && ask_next(ask)) {
        json_t **grown = items;

        if ((count & (count - 1)) == 0)
            grown = realloc(items, (count ? count * 2 : 1) * sizeof(*items));
        if (!grown)
            result = cli_failure("out of memory");
        else if (json_is_string(json_object_get(ask->item, "account")))
            grown[count++] = json_incref(ask->item);
        items = grown ? grown : items;
    }
    if (result == CLI_OK)
        result = ask_verdict(ask);
    if (result == CLI_OK)
        result = print_table(items, count);
    for (size_t i = 0; i < count; i++)
        json_decref(items[i]);
    free(items);
    return result;
}

static int run(const struct cli_command *command, int argc, char **argv) {
    struct control_request request = {.command = CONTROL_STATUS};
    struct ask_words words;
    struct ask ask;
    int result = ask_read(command, ASK_OF_ALL_OR_ONE, argc, argv, &request, &words);

    if (result != CLI_OK)
        return result;
    if (words.summary && request.account_len > 0)
        return cli_usage_error(command, "--summary is of all accounts, not of one");
    if (words.summary)
        return cli_print_summary(words.control, words.json, terminal_width());
    result = ask_begin(&ask, words.control, &request);
    if (result == CLI_OK)
        result = words.json ? answer_json(&ask) : answer_table(&ask);
    ask_release(&ask);
    return result;
}

const struct cli_command cli_status = {
    .name = "status",
    .operands = "[ACCOUNT]",
    .summary = "Show the state of the accounts of the running daemon",
    .details = "In JSON, times are seconds: registered_since since 1970, binding_expires_in and\n"
               "next_attempt_in from now. What is unknown is null.",
    .options = options,
    .run = run,
};
