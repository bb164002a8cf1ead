/* What every client of bench/run says of itself: a line of JSON for each phase, with the CPU that
 * this process took, the kernel's work for it included, and what its memory grew by. Each is called
 * as PROGRAM PORT ACCOUNTS, with the responder at 127.0.0.1:PORT, and keeps BENCH_WINDOW accounts
 * under way: as many as fit into the socket buffer that a process gets without asking. */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { BENCH_WINDOW = 100 };

struct measure {
    double cpu_us;
    double wall_us;
    long resident; /* bytes */
};

static inline struct measure measure_now(void) {
    struct measure now = {0};
    struct rusage usage;
    struct timespec wall;
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file && fscanf(file, "%*d %ld", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    getrusage(RUSAGE_SELF, &usage);
    clock_gettime(CLOCK_MONOTONIC, &wall);
    now.cpu_us = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    now.wall_us = (double)wall.tv_sec * 1e6 + (double)wall.tv_nsec / 1e3;
    now.resident = pages * sysconf(_SC_PAGESIZE);
    return now;
}

/* Memory counts from `start`, before the first account; time from the phase's `begin`. */
static inline void measure_tell(const char *phase, long done, long failed,
                                const struct measure *start, const struct measure *begin) {
    struct measure now = measure_now();

    printf("{\"phase\": \"%s\", \"done\": %ld, \"failed\": %ld, \"cpu_us\": %.0f, "
           "\"wall_us\": %.0f, \"bytes\": %ld}\n",
           phase, done, failed, now.cpu_us - begin->cpu_us, now.wall_us - begin->wall_us,
           now.resident - start->resident);
    fflush(stdout);
}

#endif
