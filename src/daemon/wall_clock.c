#include "daemon/wall_clock.h"

#include <stdio.h>
#include <time.h>

struct wall_clock wall_clock_at(hf_time now) {
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (struct wall_clock){
        .now = now,
        .unix_at_now = (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000,
    };
}

int64_t wall_clock_unix(const struct wall_clock *clock, hf_time at) {
    if (at == HF_NEVER)
        return WALL_UNKNOWN;
    return (clock->unix_at_now + (int64_t)(at - clock->now)) / 1000;
}

int64_t wall_clock_until(const struct wall_clock *clock, hf_time at) {
    if (at == HF_NEVER)
        return WALL_UNKNOWN;
    return at > clock->now ? (int64_t)((at - clock->now) / 1000) : 0;
}

void wall_clock_write(struct writer *w, int64_t unix_milliseconds) {
    time_t seconds = (time_t)(unix_milliseconds / 1000);
    struct tm tm;
    char text[64];
    size_t len;

    gmtime_r(&seconds, &tm);
    len = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
    writer_put(w, text, len);
    snprintf(text, sizeof(text), ".%03dZ", (int)(unix_milliseconds % 1000));
    writer_put_slice(w, slice_from(text));
}
