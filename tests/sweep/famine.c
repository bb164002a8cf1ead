#include "famine.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FAMINE_LENGTH = 40, RANDOM_SPAN = 2000, RANDOM_ONE_IN = 12, SWEEP_MAX = 20000 };

static struct {
    enum famine_mode mode;
    uint32_t n;
    uint32_t count; /* allocations so far, while armed */
    uint32_t failures;
    bool armed;
    bool over;
    uint64_t random;
} memory;

void famine_plan(enum famine_mode mode, uint32_t n) {
    memset(&memory, 0, sizeof memory);
    memory.mode = mode;
    memory.n = n;
    memory.random = n * 0x9e3779b97f4a7c15u + 1;
}

void famine_restore(void) {
    memory.over = true;
}

void famine_resume(void) {
    memory.over = false;
}

void famine_arm(void) {
    memory.armed = true;
}

void famine_disarm(void) {
    memory.armed = false;
}

uint32_t famine_failures(void) {
    return memory.failures;
}

const char *famine_mode_name(enum famine_mode mode) {
    static const char *const names[] = {"one", "famine", "random"};

    return names[mode];
}

static bool chosen(void) {
    switch (memory.mode) {
    case FAMINE_ONE:
        return memory.count == memory.n;
    case FAMINE_LONG:
        return memory.count >= memory.n && memory.count < memory.n + FAMINE_LENGTH;
    case FAMINE_RANDOM:
        memory.random = memory.random * 6364136223846793005u + 1442695040888963407u;
        return memory.count < RANDOM_SPAN && memory.random >> 33 & 1
                   ? (memory.random >> 40) % RANDOM_ONE_IN < 2
                   : false;
    }
    return false;
}

static bool fails(void) {
    if (!memory.armed || memory.over)
        return false;
    memory.count++;
    if (!chosen())
        return false;
    memory.failures++;
    return true;
}

/* Our own objects come here by the linker's --wrap, which works under sanitizers too. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t max);

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_FAILS() fails()
#else
/* Without sanitizers the libraries' allocations fail as well: ours is the first `malloc` that the
 * dynamic linker finds, and __libc_malloc is glibc's. */
#define OWN_FAILS() false
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

__attribute__((visibility("default"))) void *malloc(size_t size) {
    return fails() ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size) {
    return fails() ? NULL : __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *old, size_t size) {
    return fails() ? NULL : __libc_realloc(old, size);
}
#endif

void *__wrap_malloc(size_t size) {
    return OWN_FAILS() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return OWN_FAILS() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return OWN_FAILS() ? NULL : __real_realloc(old, size);
}

char *__wrap_strndup(const char *text, size_t max) {
    size_t len = strnlen(text, max);
    char *copy = __wrap_malloc(len + 1);

    if (copy) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

char *__wrap_strdup(const char *text) {
    return __wrap_strndup(text, strlen(text));
}

static void say_where(int signal_number) {
    char text[100];
    int len = snprintf(text, sizeof text, "died with allocation failures: %s %u\n",
                       famine_mode_name(memory.mode), memory.n);

    if (write(STDERR_FILENO, text, (size_t)len) < 0 || signal(signal_number, SIG_DFL) == SIG_ERR)
        _exit(1);
    raise(signal_number);
}

int famine_say(void **state) {
    (void)state;
    if (memory.n > 0)
        printf("last run: %s %u, %u failures\n", famine_mode_name(memory.mode), memory.n,
               memory.failures);
    return 0;
}

static void run(void (*life)(void), enum famine_mode mode, uint32_t n) {
    famine_plan(mode, n);
    life();
    famine_disarm();
}

void famine_sweep(void (*life)(void), uint32_t stride, uint32_t seeds) {
    const char *only = getenv("SWEEP"); /* "famine 17": this run alone */
    uint32_t count = 0;

    signal(SIGABRT, say_where);
    signal(SIGSEGV, say_where);
    signal(SIGTERM, say_where);
    for (enum famine_mode mode = FAMINE_ONE; only && mode <= FAMINE_RANDOM; mode++) {
        size_t len = strlen(famine_mode_name(mode));

        if (strncmp(only, famine_mode_name(mode), len) == 0)
            run(life, mode, (uint32_t)strtoul(only + len, NULL, 10));
    }
    if (only)
        return;
    do {
        run(life, FAMINE_ONE, ++count);
    } while (famine_failures() > 0 && count < SWEEP_MAX);
    for (uint32_t n = 1; n <= count; n += stride)
        run(life, FAMINE_LONG, n);
    for (uint32_t seed = 1; seed <= seeds; seed++)
        run(life, FAMINE_RANDOM, seed);
    printf("%u allocations failed one by one\n", count - 1);
    memory.n = 0;
}
