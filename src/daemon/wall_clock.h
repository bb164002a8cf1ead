/* The engine knows only monotonic time; people want the hour. A pair of both clocks, read at the
 * same moment, turns one into the other. */
#ifndef DAEMON_WALL_CLOCK_H
#define DAEMON_WALL_CLOCK_H

#include "base/writer.h"

#define WALL_UNKNOWN ((int64_t)-1)

struct wall_clock {
    hf_time now;         /* monotonic microseconds */
    int64_t unix_at_now; /* microseconds since 1970 */
};

/* Reads the wall clock; `now` is what the network's clock says (net/clock.h). */
struct wall_clock wall_clock_at(hf_time now);

/* Milliseconds since 1970 at an instant before or after now; WALL_UNKNOWN for HF_NEVER. */
int64_t wall_clock_unix(const struct wall_clock *clock, hf_time at);

/* The other way round: the monotonic instant of a number of milliseconds since 1970; 0 for any
 * that was before the monotonic clock began, HF_NEVER for WALL_UNKNOWN. */
hf_time wall_clock_instant(const struct wall_clock *clock, int64_t unix_milliseconds);

/* Milliseconds from now until an instant, 0 if it is over; WALL_UNKNOWN for HF_NEVER. */
int64_t wall_clock_until(const struct wall_clock *clock, hf_time at);

/* "2026-11-21T04:46:24.123Z" (RFC 3339) */
void wall_clock_write(struct writer *w, int64_t unix_milliseconds);

/* Reads exactly that form. False (and *ret untouched) for any other. */
bool wall_clock_read(struct hf_slice text, int64_t *ret);

#endif
