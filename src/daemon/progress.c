#include "daemon/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/clock.h"

enum { WIDTH = 30 };

static const hf_time first_after = 500 * HF_MILLISECOND;
static const hf_time every = 100 * HF_MILLISECOND;

struct progress progress_begin(const char *what) {
    const char *terminal = getenv("TERM");

    return (struct progress){
        .what = what,
        .wanted = isatty(STDERR_FILENO) && !(terminal && strcmp(terminal, "dumb") == 0),
        .next_at = net_now() + first_after,
    };
}

void progress_show(void *user, size_t done, size_t total) {
    struct progress *progress = user;
    hf_time now = progress->wanted ? net_now() : 0;
    size_t filled;

    if (!progress->wanted || now < progress->next_at || total == 0)
        return;
    progress->next_at = now + every;
    progress->drawn = true;
    done = done < total ? done : total;
    filled = done * WIDTH / total;
    fprintf(stderr, "\r%s [%.*s%*s] %zu of %zu ", progress->what, (int)filled,
            "##############################", (int)(WIDTH - filled), "", done, total);
    fflush(stderr);
}

void progress_end(struct progress *progress) {
    if (progress->drawn)
        fputs("\r\033[K", stderr);
    progress->drawn = false;
}
