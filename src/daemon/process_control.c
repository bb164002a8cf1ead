#include "daemon/json_writer.h"
#include "daemon/process.h"
#include "daemon/summary.h"
#include "net/clock.h"

enum {
    STATUS_BYTES_MAX = 16384,     /* one status object: its texts have limits of their own */
    EXPLANATION_BYTES_MAX = 8192, /* grows at most sixfold as JSON */
    NEAR_NAMES_LOOKED_AT = 20000,
    SUMMARY_ACCOUNTS_AT_A_TIME = 2000,
};

_Static_assert(SUMMARY_GROUPS_MAX *SUMMARY_GROUP_BYTES_MAX + 64 <= CONTROL_ANSWER_BYTES,
               "a full summary fits into a part of an answer");

static enum control_progress
unknown_account(struct process *process, const struct control_request *request, struct writer *w) {
    struct account_entry *entry;
    struct near_names near;
    uint32_t cursor = 0;
    uint64_t tag;

    near_names_init(&near, control_request_account(request));
    for (int i = 0; i < NEAR_NAMES_LOOKED_AT; i++) {
        entry = account_list_next(&process->accounts, &cursor, &tag);
        if (!entry)
            break;
        near_names_offer(&near, slice_from(entry->name));
    }
    control_write_unknown_account(w, &near);
    return CONTROL_DONE;
}

static void write_status(struct process *process, const struct account_entry *entry,
                         const struct wall_clock *clock, struct writer *w) {
    char object[STATUS_BYTES_MAX];
    struct writer o = writer_of(object, sizeof(object));
    struct hf_account_status status;
    struct status_view view;

    if (hf_agent_account_status(process->agent, entry->id, &status, clock->now) != 0)
        return;
    status_view_init(&view, slice_from(entry->name), &status, clock);
    status_view_write_json(&view, &o);
    writer_put_char(&o, '\n');
    writer_put_slice(w, writer_slice(&o));
}

/* All accounts, as many at a time as are sure to fit. */
static enum control_progress answer_status_of_all(struct process *process, uint64_t *cursor,
                                                  struct writer *w) {
    struct wall_clock clock = wall_clock_at(net_now());
    uint32_t slot = (uint32_t)*cursor;
    uint64_t tag;

    while ((size_t)(w->end - w->at) > 2 * STATUS_BYTES_MAX) {
        struct account_entry *entry = account_list_next(&process->accounts, &slot, &tag);

        if (!entry) {
            control_write_ok(w);
            return CONTROL_DONE;
        }
        write_status(process, entry, &clock, w);
    }
    *cursor = slot;
    return CONTROL_MORE;
}

/* A part of the accounts at a time: as many as the engine can well be kept waiting for. */
static enum control_progress answer_summary(struct process *process, uint64_t *cursor,
                                            struct writer *w) {
    struct wall_clock clock = wall_clock_at(net_now());
    const struct account_entry *entry = NULL;
    struct hf_account_status status;
    uint32_t slot = (uint32_t)*cursor;
    struct summary summary;
    uint64_t tag;

    summary_init(&summary);
    for (int i = 0; i < SUMMARY_ACCOUNTS_AT_A_TIME && !summary_is_full(&summary); i++) {
        entry = account_list_next(&process->accounts, &slot, &tag);
        if (!entry)
            break;
        if (hf_agent_account_status(process->agent, entry->id, &status, clock.now) == 0)
            summary_add(&summary, &status, &clock);
    }
    summary_write(&summary, w);
    *cursor = slot;
    if (entry)
        return CONTROL_MORE;
    control_write_ok(w);
    return CONTROL_DONE;
}

static void write_explanation(struct process *process, const struct account_entry *entry,
                              struct writer *w) {
    char text[EXPLANATION_BYTES_MAX];
    int len = hf_agent_explain(process->agent, entry->id, text, sizeof(text), net_now());
    struct json_writer json = json_object_begin(w);

    json_put_text(&json, "account", slice_from(entry->name));
    json_put_text(&json, "explanation", slice_of(text, len > 0 ? (size_t)len : 0));
    json_object_end(&json);
    writer_put_char(w, '\n');
}

static enum control_progress answer_about_account(struct process *process,
                                                  const struct control_request *request,
                                                  struct writer *w) {
    struct account_entry *entry =
        account_list_find(&process->accounts, control_request_account(request));
    struct wall_clock clock = wall_clock_at(net_now());
    int result = 0;

    if (!entry)
        return unknown_account(process, request, w);
    if (request->command == CONTROL_STATUS)
        write_status(process, entry, &clock, w);
    else if (request->command == CONTROL_EXPLAIN)
        write_explanation(process, entry, w);
    else if (request->command == CONTROL_REGISTER)
        result = hf_agent_register(process->agent, entry->id, clock.now);
    else
        result = hf_agent_unregister(process->agent, entry->id, clock.now);
    net_driver_pump(process->net);
    if (result != 0)
        control_write_error(w, hf_error_text(result));
    else
        control_write_ok(w);
    return CONTROL_DONE;
}

/* The cursor is the reload's number. */
static enum control_progress answer_reload(struct process *process, uint64_t *cursor,
                                           struct writer *w) {
    if (*cursor == 0)
        *cursor = process_reload(process);
    if (process->reload.done < *cursor)
        return CONTROL_LATER;
    writer_put(w, process->reload.report, process->reload.report_len);
    return CONTROL_DONE;
}

enum control_progress process_answer(void *context, const struct control_request *request,
                                     uint64_t *cursor, struct writer *w) {
    struct process *process = context;

    if (process->state != PROCESS_RUNNING && request->command != CONTROL_STATUS &&
        request->command != CONTROL_SUMMARY) {
        control_write_error(w, "holdfast is stopping");
        return CONTROL_DONE;
    }
    switch (request->command) {
    case CONTROL_STATUS:
        if (request->account_len == 0)
            return answer_status_of_all(process, cursor, w);
        return answer_about_account(process, request, w);
    case CONTROL_SUMMARY:
        return answer_summary(process, cursor, w);
    case CONTROL_EXPLAIN:
    case CONTROL_REGISTER:
    case CONTROL_UNREGISTER:
        return answer_about_account(process, request, w);
    case CONTROL_RELOAD:
        return answer_reload(process, cursor, w);
    case CONTROL_METRICS:
        return process_metrics_answer(process, cursor, w);
    case CONTROL_EVENTS:
        break;
    }
    control_write_error(w, "this cannot be answered");
    return CONTROL_DONE;
}
