#include "daemon/log.h"

#include <stdarg.h>
#include <stdlib.h>

#include "daemon/json_writer.h"
#include "daemon/text.h"

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static const char journal_levels[] = {'3', '4', '6', '7'};

void log_init(struct log *log) {
    *log = (struct log){
        .out = stderr,
        .level = LOG_LEVEL_INFO,
        .format = getenv("JOURNAL_STREAM") ? LOG_FORMAT_JOURNAL : LOG_FORMAT_TEXT,
    };
}

bool log_level_parse(const char *word, enum log_level *ret) {
    for (int i = LOG_LEVEL_ERROR; i <= LOG_LEVEL_DEBUG; i++) {
        if (strcmp(word, level_names[i]) == 0) {
            *ret = (enum log_level)i;
            return true;
        }
    }
    return false;
}

enum log_level log_event_level(enum hf_event_kind kind) {
    switch (kind) {
    case HF_EVENT_REGISTERING:
    case HF_EVENT_REFRESHED:
        return LOG_LEVEL_DEBUG;
    case HF_EVENT_REGISTERED:
    case HF_EVENT_UNREGISTERED:
    case HF_EVENT_FAILBACK:
    case HF_EVENT_CONFIG_CHANGED:
        return LOG_LEVEL_INFO;
    case HF_EVENT_REGISTRATION_FAILED:
    case HF_EVENT_KEEPALIVE_LOST:
    case HF_EVENT_FAILOVER:
    case HF_EVENT_DNS_FAILED:
    case HF_EVENT_TLS_FAILED:
        return LOG_LEVEL_WARNING;
    }
    return LOG_LEVEL_WARNING;
}

/* What stands before the text of a line. */
static void begin_line(const struct log *log, enum log_level level, int64_t time,
                       struct writer *w) {
    if (log->format == LOG_FORMAT_JOURNAL) {
        writer_put_char(w, '<');
        writer_put_char(w, journal_levels[level]);
        writer_put_char(w, '>');
        return;
    }
    wall_clock_write(w, time);
    writer_put_char(w, ' ');
    writer_put_slice(w, slice_from(level_names[level]));
    writer_put_char(w, ' ');
}

/* One write for each line, so that lines of several processes do not mix. */
static void end_line(const struct log *log, struct writer *w) {
    writer_put_char(w, '\n');
    fwrite(w->start, 1, writer_length(w), log->out);
    fflush(log->out);
}

static void write_json_level(enum log_level level, struct writer *w, struct hf_slice object) {
    struct json_writer json = json_object_begin(w);

    json_put_text(&json, "level", slice_from(level_names[level]));
    writer_put_literal(w, ", ");
    writer_put_slice(w, slice_from_index(object, 1));
}

void log_event(struct log *log, enum log_level level, const struct event_view *view) {
    char line[8192], object[8000];
    struct writer w = writer_of(line, sizeof(line) - 1);
    struct writer o = writer_of(object, sizeof(object));

    if (!log_wants(log, level))
        return;
    if (log->format == LOG_FORMAT_JSON) {
        event_view_write_json(view, &o);
        write_json_level(level, &w, writer_slice(&o));
    } else {
        begin_line(log, level, view->time, &w);
        event_view_write_text(view, &w);
    }
    w.end++;
    w.full = false;
    end_line(log, &w);
}

static void write_message_json(enum log_level level, int64_t time, const char *text,
                               struct writer *w) {
    char hour[40];
    struct writer h = writer_of(hour, sizeof(hour));
    struct json_writer json = json_object_begin(w);

    wall_clock_write(&h, time);
    json_put_text(&json, "level", slice_from(level_names[level]));
    json_put_text(&json, "time", writer_slice(&h));
    json_put_text(&json, "message", slice_from(text));
    json_object_end(&json);
}

void log_message(struct log *log, enum log_level level, const char *format, ...) {
    struct wall_clock clock = wall_clock_at(0);
    int64_t time = wall_clock_unix(&clock, clock.now);
    char text[1024], line[8192];
    struct writer w = writer_of(line, sizeof(line));
    va_list list;

    if (!log_wants(log, level))
        return;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    if (log->format == LOG_FORMAT_JSON) {
        write_message_json(level, time, text, &w);
    } else {
        begin_line(log, level, time, &w);
        text_write_clean(&w, slice_from(text));
    }
    end_line(log, &w);
}
