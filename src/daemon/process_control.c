#include "daemon/json_writer.h"
#include "daemon/process.h"
#include "daemon/summary.h"
#include "net/clock.h"

enum {
    /* Of eight registrations with the longest names; tests/story/test_explain.c measures it. */
    EXPLANATION_BYTES_MAX = 61440,
    VERDICT_BYTES = 1024, /* for what ends an answer */
    NEAR_NAMES_LOOKED_AT = 20000,
    SUMMARY_ACCOUNTS_AT_A_TIME = 2000,
};

_Static_assert(SUMMARY_GROUPS_MAX *SUMMARY_GROUP_BYTES_MAX + 64 <= CONTROL_ANSWER_BYTES,
               "a full summary fits into a part of an answer");

struct near_search {
    struct near_names near;
    unsigned most;
};

static void offer_names(struct shard *shard, void *argument) {
    struct near_search *search = argument;
    struct account_entry *entry;
    uint32_t cursor = 0;
    uint64_t tag;

    for (; search->most > 0; search->most--) {
        entry = account_list_next(&shard->accounts, &cursor, &tag);
        if (!entry)
            return;
        near_names_offer(&search->near, slice_from(entry->name));
    }
}

static enum control_progress
unknown_account(struct process *process, const struct control_request *request, struct writer *w) {
    struct near_search search = {.most = NEAR_NAMES_LOOKED_AT};

    near_names_init(&search.near, control_request_account(request));
    for (unsigned i = 0; i < process->shard_count; i++)
        shard_call(&process->shards[i], offer_names, &search);
    control_write_unknown_account(w, &search.near);
    return CONTROL_DONE;
}

/* What is told of a registration is good until the next one is asked. */
static void put_legs(struct shard *shard, const struct account_entry *entry,
                     const struct wall_clock *clock, struct json_writer *json) {
    struct json_writer list = json_list_begin(json, "legs");
    struct hf_account_status status;

    for (unsigned leg = 0;
         hf_agent_leg_status(shard->agent, entry->id, leg, &status, clock->now) == 0; leg++) {
        struct json_writer object = json_list_object(&list);
        struct status_view view;

        status_view_init(&view, SLICE_NONE, &status, clock);
        status_view_put(&view, &object);
        json_object_end(&object);
    }
    json_list_end(&list);
}

static void write_status(struct shard *shard, const struct account_entry *entry,
                         const struct wall_clock *clock, struct writer *w) {
    char object[STATUS_VIEW_BYTES_MAX];
    struct writer o = writer_of(object, sizeof(object));
    struct hf_account_status status;
    struct status_view view;
    struct json_writer json;

    if (hf_agent_account_status(shard->agent, entry->id, &status, clock->now) != 0)
        return;
    status_view_init(&view, slice_from(entry->name), &status, clock);
    json = json_object_begin(&o);
    status_view_put(&view, &json);
    if (status.legs > 1)
        put_legs(shard, entry, clock, &json);
    json_object_end(&json);
    writer_put_char(&o, '\n');
    writer_put_slice(w, writer_slice(&o));
}

/* A part of the accounts of a shard: those after `slot`. */
struct part {
    struct writer *w;
    uint32_t slot;
    bool more;
};

/* As many as are sure to fit. */
static void write_part_of_status(struct shard *shard, void *argument) {
    struct part *part = argument;
    struct wall_clock clock = wall_clock_at(net_now());
    uint64_t tag;

    while ((size_t)(part->w->end - part->w->at) > STATUS_VIEW_BYTES_MAX + VERDICT_BYTES) {
        struct account_entry *entry = account_list_next(&shard->accounts, &part->slot, &tag);

        part->more = entry != NULL;
        if (!entry)
            return;
        write_status(shard, entry, &clock, part->w);
    }
}

/* As many as the engine can well be kept waiting for. */
static void write_part_of_summary(struct shard *shard, void *argument) {
    struct part *part = argument;
    struct wall_clock clock = wall_clock_at(net_now());
    const struct account_entry *entry = NULL;
    struct hf_account_status status;
    struct summary summary;
    uint64_t tag;

    summary_init(&summary);
    for (int i = 0; i < SUMMARY_ACCOUNTS_AT_A_TIME && !summary_is_full(&summary); i++) {
        entry = account_list_next(&shard->accounts, &part->slot, &tag);
        if (!entry)
            break;
        if (hf_agent_account_brief(shard->agent, entry->id, &status, clock.now) == 0)
            summary_add(&summary, &status, &clock);
    }
    summary_write(&summary, part->w);
    part->more = entry != NULL;
}

/* All accounts, a part at a time, one shard after the other. The cursor has the shard and the slot.
 */
static enum control_progress answer_of_all(struct process *process, shard_function *write,
                                           uint64_t *cursor, struct writer *w) {
    unsigned shard = (unsigned)(*cursor >> 32);
    struct part part = {.w = w, .slot = (uint32_t)*cursor, .more = true};

    shard_call(&process->shards[shard], write, &part);
    *cursor = part.more ? (uint64_t)shard << 32 | part.slot : (uint64_t)(shard + 1) << 32;
    if (part.more || shard + 1 < process->shard_count)
        return CONTROL_MORE;
    control_write_ok(w);
    return CONTROL_DONE;
}

/* As JSON it is longer by an escape for each newline; what does not fit the answer then is cut. */
static void write_explanation(struct shard *shard, const struct account_entry *entry,
                              struct writer *w) {
    char text[EXPLANATION_BYTES_MAX];
    const struct writer begin = *w;
    int len = hf_agent_explain(shard->agent, entry->id, text, sizeof(text), net_now());

    do {
        struct json_writer json;

        *w = begin;
        json = json_object_begin(w);
        json_put_text(&json, "account", slice_from(entry->name));
        json_put_text(&json, "explanation", slice_of(text, len > 0 ? (size_t)len : 0));
        json_object_end(&json);
        writer_put_char(w, '\n');
        len /= 2;
    } while (w->full && len > 0);
}

struct question {
    enum control_command command;
    struct writer *w;
    int result;
};

static void answer_in_shard(struct shard *shard, const struct account_entry *entry,
                            void *argument) {
    struct question *question = argument;
    struct wall_clock clock = wall_clock_at(net_now());

    if (question->command == CONTROL_STATUS)
        write_status(shard, entry, &clock, question->w);
    else if (question->command == CONTROL_EXPLAIN)
        write_explanation(shard, entry, question->w);
    else if (question->command == CONTROL_REGISTER)
        question->result = hf_agent_register(shard->agent, entry->id, clock.now);
    else
        question->result = hf_agent_unregister(shard->agent, entry->id, clock.now);
}

static enum control_progress answer_about_account(struct process *process,
                                                  const struct control_request *request,
                                                  struct writer *w) {
    struct question question = {.command = request->command, .w = w};

    if (!process_with_account(process, control_request_account(request), answer_in_shard,
                              &question))
        return unknown_account(process, request, w);
    if (question.result != 0)
        control_write_error(w, hf_error_text(question.result));
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
            return answer_of_all(process, write_part_of_status, cursor, w);
        return answer_about_account(process, request, w);
    case CONTROL_SUMMARY:
        return answer_of_all(process, write_part_of_summary, cursor, w);
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
