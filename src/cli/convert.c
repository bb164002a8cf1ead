/* holdfast convert: any provisioning file as native YAML. */
#include <stdlib.h>

#include "cli/command.h"
#include "cli/commands.h"
#include "daemon/config_files.h"

static const struct cli_option options[] = {
    {"family", "NAME", "take the file for one of another family of phones", 'f'},
    {0},
};

/* Accounts that cannot be used are left out: what is written can be read. */
static void drop_bad_accounts(struct settings_file *file) {
    size_t kept = 0;

    for (size_t i = 0; i < file->account_count; i++) {
        struct settings_account account = file->accounts[i];

        if (account.errors == 0)
            file->accounts[kept++] = account;
        else
            hf_settings_free(account.settings);
    }
    file->account_count = kept;
}

static int write_file(struct settings_file *file) {
    char *text = NULL;

    drop_bad_accounts(file);
    if (settings_native_write(file, &text) != 0)
        return cli_failure("out of memory");
    printf("# from a file in the format %s\n%s", settings_format_name(file->format), text);
    free(text);
    return file->errors > 0 ? CLI_FAILED : CLI_OK;
}

static int convert(const struct cli_command *command, const char *path,
                   const struct settings_read_options *how) {
    struct config_files files;
    int result = config_files_read(&files, &path, 1, how);

    config_files_print(stderr, &files, false);
    if (result == HF_ERROR_UNKNOWN)
        result = cli_usage_error(command, "there is no family '%s'", how->family);
    else if (result != 0)
        result = cli_failure("%s", hf_error_text(result));
    else if (files.count == 1 && files.list[0].format != FORMAT_UNKNOWN)
        result = write_file(&files.list[0]);
    else if (files.count == 1)
        result = CLI_FAILED; /* said already */
    else
        result = cli_failure("%s: one file at a time can be converted", path);
    config_files_release(&files);
    return result;
}

static int run(const struct cli_command *command, int argc, char **argv) {
    struct settings_read_options how = {0};
    struct cli_arguments arguments;
    const char *path = NULL;
    int next;

    cli_arguments_init(&arguments, command, argc, argv);
    while ((next = cli_next(&arguments)) != CLI_NEXT_END) {
        if (next == CLI_NEXT_WRONG)
            return CLI_USAGE;
        if (next != CLI_NEXT_OPERAND)
            how.family = arguments.value;
        else if (path)
            return cli_usage_error(command, "one file at a time");
        else
            path = arguments.value;
    }
    if (!path)
        return cli_usage_error(command, "which file?");
    return convert(command, path, &how);
}

const struct cli_command cli_convert = {
    .name = "convert",
    .operands = "FILE",
    .summary = "Write a provisioning file of any format as native YAML",
    .details = "The YAML goes to standard output, with the passwords in it. It has what differs\n"
               "from the defaults of the phone's family. Accounts with an error are left out, and\n"
               "the exit status is then 1.",
    .options = options,
    .run = run,
};
