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

hf_time wall_clock_instant(const struct wall_clock *clock, int64_t unix_milliseconds) {
    int64_t until;
    hf_time at;

    if (unix_milliseconds == WALL_UNKNOWN)
        return HF_NEVER;
    if (__builtin_mul_overflow(unix_milliseconds, 1000, &until) ||
        __builtin_sub_overflow(until, clock->unix_at_now, &until))
        return unix_milliseconds > 0 ? HF_NEVER - 1 : 0;
    if (until < 0)
        return clock->now > (uint64_t)-until ? clock->now - (uint64_t)-until : 0;
    return __builtin_add_overflow(clock->now, (uint64_t)until, &at) ? HF_NEVER - 1 : at;
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

bool wall_clock_read(struct hf_slice text, int64_t *ret) {
    enum { LENGTH = sizeof "2026-11-21T04:46:24.123Z" - 1 };
    char copy[LENGTH + 1] = "", again[LENGTH + 8];
    struct writer w = writer_of(again, sizeof again);
    struct tm tm = {0};
    int milliseconds;

    if (text.len != LENGTH)
        return false;
    memcpy(copy, text.ptr, LENGTH);
    if (sscanf(copy, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
               &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &milliseconds) != 7 ||
        tm.tm_year < 1970)
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    int64_t result = (int64_t)timegm(&tm) * 1000 + milliseconds;

    /* what is not a date, such as 31 February, comes out as another */
    wall_clock_write(&w, result);
    if (!slice_equal(writer_slice(&w), text))
        return false;
    *ret = result;
    return true;
}
