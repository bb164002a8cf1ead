#include "daemon/summary.h"

#include <string.h>

#include "base/assert.h"
#include "daemon/json_writer.h"
#include "daemon/view.h"

const char *summary_due_name(enum summary_due due) {
    static const char *const names[SUMMARY_DUE_COUNT] = {
        [SUMMARY_DUE_10_S] = "due_10_s",     [SUMMARY_DUE_1_MIN] = "due_1_min",
        [SUMMARY_DUE_10_MIN] = "due_10_min", [SUMMARY_DUE_1_H] = "due_1_h",
        [SUMMARY_DUE_LATER] = "due_later",
    };

    return names[due];
}

static enum summary_due due_of(int64_t milliseconds) {
    if (milliseconds <= 10 * 1000)
        return SUMMARY_DUE_10_S;
    if (milliseconds <= 60 * 1000)
        return SUMMARY_DUE_1_MIN;
    if (milliseconds <= 600 * 1000)
        return SUMMARY_DUE_10_MIN;
    return milliseconds <= 3600 * 1000 ? SUMMARY_DUE_1_H : SUMMARY_DUE_LATER;
}

static bool is_of(const struct summary_group *group, const struct hf_account_status *status,
                  struct hf_slice server) {
    return group->state == status->state && group->place == status->place &&
           group->transport == status->transport &&
           memcmp(&group->target, &status->target, sizeof(group->target)) == 0 &&
           slice_equal(slice_of(group->server, group->server_len), server);
}

static struct summary_group *group_of(struct summary *summary,
                                      const struct hf_account_status *status) {
    const struct hf_slice server = slice_of(
        status->server.ptr,
        status->server.len < SUMMARY_SERVER_BYTES ? status->server.len : SUMMARY_SERVER_BYTES);
    struct summary_group *group = summary->groups;

    for (size_t i = 0; i < summary->count; i++, group++)
        if (is_of(group, status, server))
            return group;
    HF_ASSERT(!summary_is_full(summary));
    summary->count++;
    *group = (struct summary_group){
        .state = status->state,
        .place = status->place,
        .transport = status->transport,
        .target = status->target,
        .server_len = server.len,
    };
    if (server.len > 0)
        memcpy(group->server, server.ptr, server.len);
    return group;
}

void summary_add(struct summary *summary, const struct hf_account_status *status,
                 const struct wall_clock *clock) {
    struct summary_group *group = group_of(summary, status);
    const int64_t next_in = wall_clock_until(clock, status->next_attempt_at);

    group->accounts++;
    if (status->failures > 0)
        group->failing++;
    if (next_in != WALL_UNKNOWN)
        group->due[due_of(next_in)]++;
}

static struct hf_slice place_name(enum hf_account_place place) {
    switch (place) {
    case HF_PLACE_NONE:
        return SLICE_NONE;
    case HF_PLACE_BEST:
        return SLICE("best");
    case HF_PLACE_LESSER_TARGET:
        return SLICE("lesser target");
    case HF_PLACE_LESSER_SERVER:
        return SLICE("lesser server");
    }
    return SLICE_NONE;
}

static void write_group(const struct summary_group *group, struct writer *w) {
    char text[ADDRESS_TEXT_MAX];
    struct writer t = writer_of(text, sizeof(text));
    struct json_writer json = json_object_begin(w);

    if (group->target.family != HF_FAMILY_NONE)
        address_write(&t, &group->target);
    json_put_text(&json, "state", slice_from(hf_account_state_name(group->state)));
    json_put_text_or_null(&json, "server", slice_of(group->server, group->server_len));
    json_put_text_or_null(&json, "target", writer_slice(&t));
    json_put_text_or_null(&json, "transport",
                          writer_length(&t) > 0 ? view_transport_name(group->transport)
                                                : SLICE_NONE);
    json_put_text_or_null(&json, "place", place_name(group->place));
    json_put_number(&json, "accounts", group->accounts);
    json_put_number(&json, "failing", group->failing);
    for (int i = 0; i < SUMMARY_DUE_COUNT; i++)
        json_put_number(&json, summary_due_name((enum summary_due)i), group->due[i]);
    json_object_end(&json);
    writer_put_char(w, '\n');
}

void summary_write(const struct summary *summary, struct writer *w) {
    for (size_t i = 0; i < summary->count; i++)
        write_group(&summary->groups[i], w);
}
