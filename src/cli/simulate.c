/* holdfast simulate: an outage rehearsed in virtual time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "daemon/config_files.h"
#include "sim/report.h"

enum option {
    OPTION_SEED,
    OPTION_JSON,
    OPTION_CHART,
};

static const struct cli_option options[] = {
    [OPTION_SEED] = {"seed", "N", "chance begins here, instead of at the scenario's own seed", 's'},
    [OPTION_JSON] = {"json", NULL, "print one JSON object instead of a table", 'j'},
    [OPTION_CHART] = {"chart", "FILE", "also draw an SVG chart into FILE", 'c'},
    {0},
};

struct simulate {
    const char *path;
    const char *chart;
    bool json;
    bool seed_given;
    uint64_t seed;
    struct scenario scenario;
    struct scenario_messages messages;
    struct fleet fleet;
    struct rehearsal rehearsal;
};

/* "FILE:LINE: error: …"; true when there is no error among them. */
static bool print_messages(struct simulate *s) {
    bool good = s->messages.errors == 0;

    for (size_t i = 0; i < s->messages.count; i++) {
        const struct scenario_message *message = &s->messages.list[i];
        const char *severity = message->warning ? "warning" : "error";

        if (message->line > 0)
            fprintf(stderr, "%s:%u: %s: %s\n", s->path, message->line, severity, message->text);
        else
            fprintf(stderr, "%s: %s: %s\n", s->path, severity, message->text);
    }
    scenario_messages_release(&s->messages);
    return good;
}

/* Paths in a scenario begin at its folder. */
static char *beside(const char *scenario, const char *path) {
    const char *slash = strrchr(scenario, '/');
    char *joined = NULL;

    if (path[0] == '/' || !slash)
        return strdup(path);
    if (asprintf(&joined, "%.*s%s", (int)(slash - scenario + 1), scenario, path) < 0)
        return NULL;
    return joined;
}

/* The accounts of one file or folder that the scenario names. */
static int add_files(struct simulate *s, const struct scenario_accounts *group,
                     const struct scenario_path *path) {
    struct settings_read_options how = {.family = group->family};
    char *joined = beside(s->path, path->path);
    struct config_files files = {0};
    int result = HF_ERROR_MEMORY;

    if (joined)
        result = config_files_read(&files, (const char *const *)&joined, 1, &how);
    if (result == 0)
        config_files_print(stderr, &files, false);
    for (size_t i = 0; result == 0 && i < files.count; i++)
        result = fleet_add_file(&s->fleet, group, &files.list[i], &s->messages);
    if (result == 0 && files.errors > 0)
        result = scenario_report(&s->messages, false, path->line, "'%s' cannot be used as it is",
                                 path->path);
    else if (result == 0 && files.accounts == 0)
        result = scenario_report(&s->messages, false, path->line, "there are no accounts in '%s'",
                                 path->path);
    config_files_release(&files);
    free(joined);
    return result;
}

static int make_fleet(struct simulate *s) {
    uint64_t seed = s->seed_given ? s->seed : s->scenario.seed;
    int result = fleet_init(&s->fleet, &s->scenario, seed, &s->messages);

    for (size_t i = 0; i < s->scenario.accounts_count; i++) {
        const struct scenario_accounts *group = &s->scenario.accounts[i];

        for (size_t k = 0; result == 0 && k < group->file_count; k++)
            result = add_files(s, group, &group->files[k]);
    }
    if (result == 0)
        result = fleet_check(&s->fleet, &s->messages);
    return result;
}

static bool write_chart(struct simulate *s) {
    char *text = NULL;
    FILE *out;
    bool good;

    if (report_chart(&s->rehearsal, &text) != 0) {
        (void)cli_failure("out of memory");
        return false;
    }
    out = fopen(s->chart, "w");
    good = out && fputs(text, out) >= 0;
    if (out)
        good = fclose(out) == 0 && good;
    if (!good)
        (void)cli_failure("%s: cannot be written: %s", s->chart, strerror(errno));
    free(text);
    return good;
}

/* With JSON the failures would be lost on people who look. */
static void print_failures(const struct simulate *s) {
    for (size_t i = 0; i < s->scenario.expectation_count; i++) {
        const struct rehearsal_verdict *verdict = &s->rehearsal.verdicts[i];
        char subject[300], wanted[100], got[100];

        if (verdict->held)
            continue;
        report_subject(subject, sizeof subject, &s->scenario, verdict->expectation);
        report_wanted(wanted, sizeof wanted, verdict->expectation);
        report_got(got, sizeof got, verdict);
        fprintf(stderr, "%s:%u: error: %s: wanted %s, got %s\n", s->path,
                verdict->expectation->line, subject, wanted, got);
    }
}

static int report(struct simulate *s) {
    char *text = NULL;
    int result = s->json ? report_json(&s->rehearsal, &text) : report_table(&s->rehearsal, &text);

    if (result != 0)
        return cli_failure("out of memory");
    fputs(text, stdout);
    free(text);
    fflush(stdout);
    print_failures(s);
    if (s->chart && !write_chart(s))
        return CLI_FAILED;
    return rehearsal_is_good(&s->rehearsal) ? CLI_OK : CLI_FAILED;
}

static int simulate(struct simulate *s) {
    size_t length = 0;
    char *text = config_file_bytes(s->path, &length);
    int result;

    if (!text)
        return cli_failure("%s: cannot be read: %s", s->path, strerror(errno));
    result = scenario_read(&s->scenario, slice_of(text, length), &s->messages);
    free(text);
    if (result == 0 && !print_messages(s))
        return CLI_FAILED;
    if (result == 0)
        result = make_fleet(s);
    if (result == 0 && !print_messages(s))
        return CLI_FAILED;
    if (result == 0)
        result = rehearsal_init(&s->rehearsal, &s->scenario, &s->fleet,
                                s->seed_given ? s->seed : s->scenario.seed);
    if (result == 0)
        result = rehearsal_run(&s->rehearsal);
    return result == 0 ? report(s) : cli_failure("%s: %s", s->path, hf_error_text(result));
}

static int run(const struct cli_command *command, int argc, char **argv) {
    struct simulate s = {0};
    struct cli_arguments arguments;
    int next;
    int result;

    cli_arguments_init(&arguments, command, argc, argv);
    while ((next = cli_next(&arguments)) != CLI_NEXT_END) {
        if (next == CLI_NEXT_WRONG)
            return CLI_USAGE;
        if (next == OPTION_JSON)
            s.json = true;
        else if (next == OPTION_CHART)
            s.chart = arguments.value;
        else if (next == OPTION_SEED && slice_to_number(slice_from(arguments.value), &s.seed))
            s.seed_given = true;
        else if (next == OPTION_SEED)
            return cli_usage_error(command, "'%s' is no seed: a whole number", arguments.value);
        else if (s.path)
            return cli_usage_error(command, "one scenario at a time");
        else
            s.path = arguments.value;
    }
    if (!s.path)
        return cli_usage_error(command, "which scenario?");
    result = simulate(&s);
    rehearsal_release(&s.rehearsal);
    fleet_release(&s.fleet);
    scenario_messages_release(&s.messages);
    scenario_release(&s.scenario);
    return result;
}

const struct cli_command cli_simulate = {
    .name = "simulate",
    .operands = "SCENARIO.yaml",
    .summary = "Rehearse an outage in virtual time",
    .details =
        "Lets the accounts of a scenario (those of your phones' own files, or made from a\n"
        "template) live through its timeline of faults, with the same engine that 'run'\n"
        "uses, and prints how many calls would have been lost, how long it took to\n"
        "recover, and what the servers had to bear. docs/simulator.md describes the file;\n"
        "examples/rehearsals/ has some to begin with. The same seed gives the same bytes.\n\n"
        "Exits 1 if something that the scenario expects does not hold.",
    .options = options,
    .run = run,
};
