#include "child.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"

enum { SECONDS_MAX = 60 };

static void run_once_or_twice(const struct plan *plan, bool twice, struct run_result *result) {
    static struct run_result again;

    run_plan(plan, NULL, result);
    if (!twice || result->failed)
        return;
    run_plan(plan, NULL, &again);
    if (again.trace == result->trace && again.steps == result->steps)
        return;
    result->failed = true;
    (void)snprintf(result->what, sizeof result->what, "differs");
    (void)snprintf(result->text, sizeof result->text, "two runs of one plan are not the same");
}

static _Noreturn void be_child(const struct plan *plan, bool twice, int result_fd, FILE *said) {
    static struct run_result result;

    (void)dup2(fileno(said), STDERR_FILENO);
    (void)alarm(SECONDS_MAX);
    run_once_or_twice(plan, twice, &result);
    ssize_t written = write(result_fd, &result, sizeof result);

    _exit(written == (ssize_t)sizeof result ? 0 : 1);
}

static bool read_result(int fd, struct run_result *ret) {
    size_t have = 0;
    ssize_t more;

    while (have < sizeof *ret && (more = read(fd, (char *)ret + have, sizeof *ret - have)) > 0)
        have += (size_t)more;
    return have == sizeof *ret;
}

/* What it said tells one crash from another: the text of an assertion, or a sanitizer's. */
static void note_crash(struct run_result *ret, int status, FILE *said) {
    char *end = ret->text + sizeof ret->text - 1;

    *ret = (struct run_result){.failed = true};
    rewind(said);
    size_t length = fread(ret->text, 1, (size_t)(end - ret->text), said);

    ret->text[length] = '\0';
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        (void)snprintf(ret->what, sizeof ret->what, "hang");
    else
        (void)snprintf(ret->what, sizeof ret->what, "crash %.24s",
                       ret->text + (length > 24 ? strcspn(ret->text, ":") : 0));
    for (char *at = ret->what; *at; at++)
        *at = *at == '\n' ? ' ' : *at;
}

void child_run(const struct plan *plan, bool twice, struct run_result *ret) {
    FILE *said = tmpfile();
    int fds[2], status;

    HF_ASSERT(said && pipe(fds) == 0);
    (void)fflush(NULL);
    pid_t pid = fork();

    HF_ASSERT(pid >= 0);
    if (pid == 0)
        be_child(plan, twice, fds[1], said);
    (void)close(fds[1]);
    bool good = read_result(fds[0], ret);

    (void)close(fds[0]);
    HF_ASSERT(waitpid(pid, &status, 0) == pid);
    if (!good)
        note_crash(ret, status, said);
    (void)fclose(said);
}
