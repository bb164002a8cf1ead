/* The daemon's log on standard error: one line for each event of an account, and one for each
 * thing that happens to the daemon itself. Nothing that is logged can hold a secret: events do
 * not have any. */
#ifndef DAEMON_LOG_H
#define DAEMON_LOG_H

#include <stdio.h>

#include "daemon/view.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_format {
    LOG_FORMAT_TEXT,    /* "2026-11-21T04:46:24.123Z info office/1 …" */
    LOG_FORMAT_JOURNAL, /* the journal has its own time: "<6>office/1 …" (sd-daemon(3)) */
    LOG_FORMAT_JSON,
};

struct log {
    FILE *out;
    enum log_level level; /* what is graver, or this, is written */
    enum log_format format;
};

/* To standard error, from `info` on; for the journal when standard error goes there. */
void log_init(struct log *log);

/* "error", "warning", "info", "debug". False (and *ret untouched) for any other word. */
bool log_level_parse(const char *word, enum log_level *ret);

enum log_level log_event_level(enum hf_event_kind kind);

static inline bool log_wants(const struct log *log, enum log_level level) {
    return level <= log->level;
}

void log_event(struct log *log, enum log_level level, const struct event_view *view);
void log_message(struct log *log, enum log_level level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
