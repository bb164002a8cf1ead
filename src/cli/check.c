/* holdfast check: what is in provisioning files, and what is wrong with it. */
#include <stdlib.h>
#include <string.h>

#include "base/writer.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "daemon/config_files.h"
#include "daemon/progress.h"

enum option {
    OPTION_VERBOSE,
    OPTION_FAMILY,
};

static const struct cli_option options[] = {
    [OPTION_VERBOSE] = {"verbose", NULL,
                        "also print what is read but not used: keys that do not concern\n"
                        "holdfast, and settings that it does not act on yet",
                        'v'},
    [OPTION_FAMILY] = {"family", "NAME", "take the files for those of another family of phones",
                       'f'},
    {0},
};

enum { COLUMNS = 5, CELL_MAX = 80 };

struct line {
    char cells[COLUMNS][CELL_MAX];
};

static void put_text(char *cell, const char *text) {
    snprintf(cell, CELL_MAX, "%s", text);
}

/* "pbx1.example.com:5062, pbx2.example.com": the servers in their order. */
static void put_servers(char *cell, const struct hf_settings *settings) {
    struct writer w = writer_of(cell, CELL_MAX - 4); /* room for "…" */
    unsigned count = settings_server_count(settings);

    for (unsigned i = 0; i < count; i++) {
        struct hf_slice address = settings_text(settings, SETTING_SERVER_ADDRESS, i);
        int64_t port = settings_number(settings, SETTING_SERVER_PORT, i);

        if (i > 0)
            writer_put_literal(&w, ", ");
        if (slice_index(address, ':') < address.len)
            writer_put_char(&w, '[');
        writer_put_slice(&w, address);
        if (slice_index(address, ':') < address.len)
            writer_put_char(&w, ']');
        if (port != 0 && port != 5060) {
            writer_put_char(&w, ':');
            writer_put_number(&w, (uint64_t)port);
        }
    }
    memcpy(w.at, w.full ? "…" : "", w.full ? sizeof("…") : 1);
}

static void put_state(char *cell, const struct settings_account *account) {
    const struct hf_settings *s = account->settings;

    if (account->errors > 0)
        snprintf(cell, CELL_MAX, "not usable: %u error%s", account->errors,
                 account->errors == 1 ? "" : "s");
    else if (!settings_bool(s, SETTING_ENABLED, 0))
        put_text(cell, "disabled");
    else if (!settings_bool(s, SETTING_REGISTER, 0))
        put_text(cell, "does not register");
    else
        snprintf(cell, CELL_MAX, "%llu s",
                 (unsigned long long)(settings_duration(s, SETTING_EXPIRES, 0) / HF_SECOND));
}

static void fill_line(struct line *line, const struct settings_account *account) {
    static const char *const transports[] = {"udp", "tcp", "tls", "dns"};
    struct hf_slice user = settings_text(account->settings, SETTING_USER, 0);

    put_text(line->cells[0], account->name);
    snprintf(line->cells[1], CELL_MAX, "%.*s", SLICE_ARGS(user));
    put_servers(line->cells[2], account->settings);
    put_text(line->cells[3], transports[settings_word(account->settings, SETTING_TRANSPORT, 0)]);
    put_state(line->cells[4], account);
}

/* Letters, not bytes: what follows a lead byte of UTF-8 takes no room. */
static int width_of(const char *text) {
    int width = 0;

    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void print_lines(const struct line *lines, size_t count) {
    int widths[COLUMNS] = {0};

    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < COLUMNS; c++) {
            int width = width_of(lines[i].cells[c]);

            widths[c] = width > widths[c] ? width : widths[c];
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < COLUMNS; c++)
            printf("  %s%*s", lines[i].cells[c],
                   c + 1 < COLUMNS ? widths[c] - width_of(lines[i].cells[c]) : 0, "");
        putchar('\n');
    }
}

static int print_file(const struct settings_file *file, bool verbose) {
    struct line *lines = calloc(file->account_count + 1, sizeof *lines);

    if (!lines)
        return HF_ERROR_MEMORY;
    printf("%s: %s, family %s", file->name, settings_format_name(file->format),
           settings_family_names[file->family]);
    if (verbose)
        printf(" (%s); %zu values read, %zu that do not concern holdfast", file->family_reason,
               file->known, file->unknown);
    putchar('\n');
    lines[0] = (struct line){{"ACCOUNT", "USER", "SERVERS", "TRANSPORT", "EXPIRES"}};
    for (size_t i = 0; i < file->account_count; i++)
        fill_line(&lines[i + 1], &file->accounts[i]);
    if (file->account_count > 0)
        print_lines(lines, file->account_count + 1);
    else
        puts("  no accounts");
    free(lines);
    return 0;
}

static void print_count(size_t count, const char *what, const char *after) {
    printf("%zu %s%s%s", count, what, count == 1 ? "" : "s", after);
}

static int report(const struct config_files *files, bool verbose) {
    size_t accounts = 0;
    char aside[512];

    fflush(stdout);
    config_files_print(stderr, files, verbose);
    if (config_files_aside_text(files, aside, sizeof aside))
        fprintf(stderr, "note: %s\n", aside);
    for (size_t i = 0; i < files->count; i++) {
        if (files->list[i].format != FORMAT_UNKNOWN && print_file(&files->list[i], verbose) != 0)
            return cli_failure("out of memory");
        accounts += files->list[i].account_count;
    }
    print_count(files->count, "file", ", ");
    print_count(accounts, "account", accounts != files->accounts ? "" : ", ");
    if (accounts != files->accounts)
        printf(" (%zu usable), ", files->accounts);
    print_count(files->errors, "error", ", ");
    print_count(files->warnings, "warning", "\n");
    return files->errors > 0 ? CLI_FAILED : CLI_OK;
}

static int run(const struct cli_command *command, int argc, char **argv) {
    struct settings_read_options how = {0};
    struct config_files files = {0};
    struct cli_arguments arguments;
    const char **paths = calloc((size_t)argc + 1, sizeof(*paths));
    size_t count = 0;
    bool verbose = false;
    int next;
    int result;

    if (!paths)
        return cli_failure("out of memory");
    cli_arguments_init(&arguments, command, argc, argv);
    while ((next = cli_next(&arguments)) != CLI_NEXT_END && next != CLI_NEXT_WRONG) {
        if (next == CLI_NEXT_OPERAND)
            paths[count++] = arguments.value;
        else if (next == OPTION_VERBOSE)
            verbose = true;
        else
            how.family = arguments.value;
    }
    if (next == CLI_NEXT_WRONG) {
        result = CLI_USAGE;
    } else if (count == 0) {
        result = cli_usage_error(command, "which file?");
    } else {
        struct progress progress = progress_begin("reading");

        how.progress = progress_show;
        how.user = &progress;
        result = config_files_read(&files, paths, count, &how);
        progress_end(&progress);
        if (result == HF_ERROR_UNKNOWN)
            result = cli_usage_error(command, "there is no family '%s'", how.family);
        else
            result =
                result != 0 ? cli_failure("%s", hf_error_text(result)) : report(&files, verbose);
    }
    config_files_release(&files);
    free(paths);
    return result;
}

const struct cli_command cli_check = {
    .name = "check",
    .operands = "FILE…",
    .summary = "Read provisioning files and say what is wrong with them",
    .details = "Reads files, or all files of folders, as 'run' would, and prints every error and\n"
               "warning with its file and line, and then the accounts. An account with an error\n"
               "is not used; the others are.\n\n"
               "Exits 1 if there is an error.",
    .options = options,
    .run = run,
};
