#include "daemon/status_table.h"

#include "daemon/text.h"

enum column {
    COLUMN_ACCOUNT,
    COLUMN_STATE,
    COLUMN_SERVER,
    COLUMN_TARGET,
    COLUMN_SINCE,
    COLUMN_EXPIRES,
    COLUMN_NEXT,
    COLUMN_FAILURES,
    COLUMN_LAST,
    COLUMN_COUNT,
};

static const struct text_column columns[COLUMN_COUNT] = {
    [COLUMN_ACCOUNT] = {"ACCOUNT", false, 9},  [COLUMN_STATE] = {"STATE", false, 8},
    [COLUMN_SERVER] = {"SERVER", false, 3},    [COLUMN_TARGET] = {"TARGET", false, 7},
    [COLUMN_SINCE] = {"SINCE", true, 2},       [COLUMN_EXPIRES] = {"EXPIRES", true, 4},
    [COLUMN_NEXT] = {"NEXT", true, 6},         [COLUMN_FAILURES] = {"FAILED", true, 1},
    [COLUMN_LAST] = {"LAST ANSWER", false, 5},
};

void status_table_init(struct text_table *table) {
    text_table_init(table, columns, COLUMN_COUNT);
}

static void set_span(struct text_table *table, enum column column, int64_t milliseconds,
                     const char *before, const char *after) {
    char text[64];
    struct writer w = writer_of(text, sizeof(text));

    if (milliseconds < 0)
        return;
    writer_put_slice(&w, slice_from(before));
    text_write_span(&w, (uint64_t)milliseconds);
    writer_put_slice(&w, slice_from(after));
    text_table_set(table, column, writer_slice(&w));
}

/* "registered 1/2": one of two registrations at the same time has a binding. */
static void set_state(struct text_table *table, const struct status_view *view) {
    char text[64];
    struct writer w = writer_of(text, sizeof(text));

    writer_put_slice(&w, view->state);
    if (view->legs > 1) {
        writer_put_char(&w, ' ');
        writer_put_number(&w, view->legs_bound);
        writer_put_char(&w, '/');
        writer_put_number(&w, view->legs);
    }
    text_table_set(table, COLUMN_STATE, writer_slice(&w));
}

static void set_target(struct text_table *table, const struct status_view *view) {
    char text[ADDRESS_TEXT_MAX + 8];
    struct writer w = writer_of(text, sizeof(text));

    if (slice_is_empty(view->target))
        return;
    writer_put_slice(&w, view->target);
    writer_put_char(&w, '/');
    writer_put_slice(&w, view->transport);
    text_table_set(table, COLUMN_TARGET, writer_slice(&w));
}

static void set_last(struct text_table *table, const struct status_view *view) {
    char text[128];
    struct writer w = writer_of(text, sizeof(text));

    if (view->last_status != 0) {
        writer_put_number(&w, view->last_status);
        writer_put_char(&w, ' ');
    }
    writer_put_slice(&w, slice_of(view->last_reason.ptr,
                                  view->last_reason.len < 100 ? view->last_reason.len : 100));
    text_table_set(table, COLUMN_LAST, writer_slice(&w));
}

int status_table_add(struct text_table *table, const struct status_view *view, int64_t unix_now) {
    char failures[24];
    struct writer w = writer_of(failures, sizeof(failures));
    int64_t since = view->registered_since;

    if (text_table_add_row(table) != 0)
        return HF_ERROR_MEMORY;
    text_table_set(table, COLUMN_ACCOUNT, view->account);
    set_state(table, view);
    text_table_set(table, COLUMN_SERVER, view->server);
    set_target(table, view);
    if (since != WALL_UNKNOWN)
        set_span(table, COLUMN_SINCE, since < unix_now ? unix_now - since : 0, "", " ago");
    set_span(table, COLUMN_EXPIRES, view->binding_expires_in, "in ", "");
    set_span(table, COLUMN_NEXT, view->next_attempt_in, "in ", "");
    writer_put_number(&w, view->failures);
    text_table_set(table, COLUMN_FAILURES, writer_slice(&w));
    set_last(table, view);
    return 0;
}
