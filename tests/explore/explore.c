/* explore --seeds FROM-TO [--jobs N] [--twice] [--first] [--out FOLDER]
 * explore --seed N            one seed, with everything that happens
 * explore --case FILE...      cases that were kept; with --trace everything that happens
 * explore --show N            the plan that a seed makes, as text
 * explore --rewrite FILE      a plan as it was read
 * explore --shrink FILE       a plan that fails, made smaller
 *
 * Exit status: 0 nothing found, 1 something found, 2 wrong usage. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "shrink.h"

enum { SHRINK_RUNS = 400 };

struct options {
    uint64_t from, to;
    unsigned jobs;
    bool twice;
    bool first; /* stop at the first failure */
    bool trace;
    bool keep; /* failing plans as they are */
    const char *out;
};

static struct plan plan;
static struct run_result result;

static void report(const struct options *options, const char *name) {
    const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
    char path[512];

    (void)printf("%s: %s\n  %s\n", name, result.what, result.text);
    if (options->keep)
        return;
    char what[sizeof result.what];

    (void)snprintf(what, sizeof what, "%s", result.what);
    unsigned runs = plan_shrink(&plan, what, SHRINK_RUNS);

    child_run(&plan, false, &result);
    (void)printf("  smaller, after %u runs: %s\n", runs, result.text);
    (void)snprintf(path, sizeof path, "%s/%s-%.*s.case", options->out, what,
                   (int)strcspn(base, "."), base);
    for (char *at = path; *at; at++)
        *at = *at == ' ' ? '-' : *at;
    FILE *file = fopen(path, "w");

    if (!file) {
        perror(path);
        return;
    }
    (void)fprintf(file, "# %s\n", result.text);
    plan_write(&plan, file);
    (void)fclose(file);
    (void)printf("  repeat it with: explore --case %s --trace\n", path);
    (void)fflush(stdout);
}

struct tally {
    uint64_t runs, capped, failed, steps;
    double hours; /* of virtual time */
};

static void run_share(const struct options *options, unsigned job, struct tally *tally) {
    for (uint64_t seed = options->from + job; seed <= options->to; seed += options->jobs) {
        char name[32];

        plan_generate(&plan, seed);
        child_run(&plan, options->twice, &result);
        tally->runs++;
        tally->capped += result.capped;
        tally->steps += result.steps;
        if (!result.failed) {
            tally->hours += (double)(result.end_at - SIM_START_AT) / 3.6e9;
            continue;
        }
        tally->failed++;
        (void)snprintf(name, sizeof name, "seed-%" PRIu64, seed);
        report(options, name);
        if (options->first)
            return;
    }
}

static int run_seeds(const struct options *options) {
    struct tally total = {0}, tally = {0};
    int fds[2];

    if (pipe(fds)) {
        perror("explore");
        return 1;
    }
    for (unsigned job = 0; job < options->jobs; job++) {
        (void)fflush(NULL);
        if (fork() == 0) {
            run_share(options, job, &tally);
            (void)fflush(stdout);
            ssize_t written = write(fds[1], &tally, sizeof tally);

            _exit(written == (ssize_t)sizeof tally ? 0 : 1);
        }
    }
    (void)close(fds[1]);
    while (read(fds[0], &tally, sizeof tally) == (ssize_t)sizeof tally) {
        total.runs += tally.runs;
        total.capped += tally.capped;
        total.failed += tally.failed;
        total.steps += tally.steps;
        total.hours += tally.hours;
    }
    bool crashed = false;

    for (int status; wait(&status) > 0;)
        crashed |= status != 0;
    (void)printf("%" PRIu64 " runs, %" PRIu64 " failed, %" PRIu64 " cut short, %" PRIu64
                 " steps, %.0f hours\n",
                 total.runs, total.failed, total.capped, total.steps, total.hours);
    return total.failed > 0 || crashed ? 1 : 0;
}

static int run_one(const char *name, const struct options *options) {
    if (options->trace)
        run_plan(&plan, stdout, &result);
    else
        child_run(&plan, true, &result);
    (void)printf("%s: %s %s\n", name, result.failed ? result.what : "nothing wrong", result.text);
    return result.failed ? 1 : 0;
}

static bool load(const char *path) {
    FILE *file = fopen(path, "r");
    char error[64];

    if (!file) {
        perror(path);
        return false;
    }
    bool good = plan_read(&plan, file, error, sizeof error);

    (void)fclose(file);
    if (!good)
        (void)fprintf(stderr, "%s: %s\n", path, error);
    return good;
}

static int run_case(const char *path, const struct options *options) {
    return load(path) ? run_one(path, options) : 2;
}

static int shrink_case(const char *path, const struct options *options) {
    if (!load(path))
        return 2;
    child_run(&plan, true, &result);
    if (!result.failed)
        return 0;
    report(options, path);
    return 1;
}

static int show(const char *path) {
    if (path && !load(path))
        return 2;
    plan_write(&plan, stdout);
    return 0;
}

static int usage(void) {
    (void)fputs("usage: explore --seeds FROM-TO [--jobs N] [--twice] [--first]"
                " [--keep] [--out FOLDER]\n"
                "       explore --seed N | --show N | --rewrite FILE | --shrink FILE\n"
                "       explore [--trace] --case FILE...\n",
                stderr);
    return 2;
}

static uint64_t number_of(const char *text) {
    return text ? strtoull(text, NULL, 10) : 0;
}

static int run_cases(char **paths, const struct options *options) {
    int worst = 0;

    for (; *paths; paths++) {
        int status = run_case(*paths, options);

        worst = status > worst ? status : worst;
    }
    return worst;
}

/* Words that change how the others work; the number of arguments taken, 0: none of these. */
static int take_option(char **words, struct options *options) {
    const char *word = words[0], *next = words[1];

    if (strcmp(word, "--seeds") == 0 && next && strchr(next, '-')) {
        options->from = number_of(next);
        options->to = number_of(strchr(next, '-') + 1);
        return 2;
    }
    if (strcmp(word, "--jobs") == 0 && number_of(next) > 0) {
        options->jobs = (unsigned)number_of(next);
        return 2;
    }
    if (strcmp(word, "--out") == 0 && next) {
        options->out = next;
        return 2;
    }
    options->twice |= strcmp(word, "--twice") == 0;
    options->first |= strcmp(word, "--first") == 0;
    options->keep |= strcmp(word, "--keep") == 0;
    options->trace |= strcmp(word, "--trace") == 0;
    return strcmp(word, "--twice") == 0 || strcmp(word, "--first") == 0 ||
           strcmp(word, "--keep") == 0 || strcmp(word, "--trace") == 0;
}

int main(int argc, char **argv) {
    struct options options = {.jobs = 1, .out = "."};
    char **words = argv + 1;

    for (int taken = 1; *words && taken > 0; words += taken)
        taken = take_option(words, &options);
    (void)argc;
    if (!*words)
        return options.to >= options.from && options.from > 0 ? run_seeds(&options) : usage();
    const char *word = words[0], *next = words[1];

    if (!next)
        return usage();
    if (strcmp(word, "--case") == 0)
        return run_cases(words + 1, &options);
    if (strcmp(word, "--rewrite") == 0)
        return show(next);
    if (strcmp(word, "--shrink") == 0)
        return shrink_case(next, &options);
    plan_generate(&plan, number_of(next));
    if (strcmp(word, "--show") == 0)
        return show(NULL);
    options.trace = true;
    return strcmp(word, "--seed") == 0 ? run_one(next, &options) : usage();
}
