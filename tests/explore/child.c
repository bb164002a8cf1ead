#include "child.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"

/* The machine may be busy with other things: what counts is the time that the run itself takes. */
enum { CPU_SECONDS_MAX = 60 };

/* There in a build with the address sanitizer. */
extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

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
    static const struct rlimit limit = {CPU_SECONDS_MAX, CPU_SECONDS_MAX + 1};
    static struct run_result result;

    (void)dup2(fileno(said), STDERR_FILENO);
    (void)setrlimit(RLIMIT_CPU, &limit);
    run_once_or_twice(plan, twice, &result);
    if (__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check())
        _exit(1);
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

/* "account.c" of "holdfast: ../src/account/account.c:230: assertion failed: ..." */
static const char *where(const char *text) {
    const char *end = strstr(text, ": assertion failed");
    const char *start = end;

    while (start && start > text && start[-1] != '/')
        start--;
    return start ? start : "";
}

static int where_length(const char *place) {
    return (int)strspn(place, "abcdefghijklmnopqrstuvwxyz_");
}

/* What it said tells one crash from another: the text of an assertion, or a sanitizer's. */
static void note_crash(struct run_result *ret, int status, FILE *said) {
    char *end = ret->text + sizeof ret->text - 1;

    *ret = (struct run_result){.failed = true};
    rewind(said);
    size_t length = fread(ret->text, 1, (size_t)(end - ret->text), said);

    ret->text[length] = '\0';
    const char *place = where(ret->text);

    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        (void)snprintf(ret->what, sizeof ret->what, "hang");
    else
        (void)snprintf(ret->what, sizeof ret->what, "crash-%.*s", where_length(place), place);
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
