#include "daemon/view.h"

#include "daemon/text.h"

static struct hf_slice target_text(char buffer[ADDRESS_TEXT_MAX],
                                   const struct hf_address *address) {
    struct writer w = writer_of(buffer, ADDRESS_TEXT_MAX);

    if (address->family == HF_FAMILY_NONE)
        return SLICE_NONE;
    address_write(&w, address);
    return writer_slice(&w);
}

struct hf_slice view_transport_name(enum hf_transport transport) {
    switch (transport) {
    case HF_TRANSPORT_UDP:
        return SLICE("udp");
    case HF_TRANSPORT_TCP:
        return SLICE("tcp");
    case HF_TRANSPORT_TLS:
        return SLICE("tls");
    }
    return SLICE_NONE;
}

void status_view_init(struct status_view *view, struct hf_slice account,
                      const struct hf_account_status *status, const struct wall_clock *clock) {
    *view = (struct status_view){
        .account = account,
        .state = slice_from(hf_account_state_name(status->state)),
        .server = status->server,
        .transport = view_transport_name(status->transport),
        .contact = status->contact,
        .public_gruu = status->public_gruu,
        .temporary_gruu = status->temporary_gruu,
        .registered_since = wall_clock_unix(clock, status->registered_since_at),
        .binding_expires_in = wall_clock_until(clock, status->binding_expires_at),
        .next_attempt_in = wall_clock_until(clock, status->next_attempt_at),
        .failures = status->failures,
        .last_status = status->last_status,
        .last_reason = status->last_reason,
        .reg_id = status->reg_id,
    };
    view->target = target_text(view->target_text, &status->target);
}

static void put_status(struct json_writer *json, const char *name, unsigned status) {
    if (status == 0)
        json_put_null(json, name);
    else
        json_put_number(json, name, status);
}

void status_view_put(const struct status_view *view, struct json_writer *json) {
    if (!slice_is_empty(view->account))
        json_put_text(json, "account", view->account);
    json_put_text(json, "state", view->state);
    json_put_text_or_null(json, "server", view->server);
    json_put_text_or_null(json, "target", view->target);
    json_put_text_or_null(json, "transport", view->transport);
    json_put_text_or_null(json, "contact", view->contact);
    if (!slice_is_empty(view->public_gruu))
        json_put_text(json, "pub_gruu", view->public_gruu);
    if (!slice_is_empty(view->temporary_gruu))
        json_put_text(json, "temp_gruu", view->temporary_gruu);
    json_put_seconds(json, "registered_since", view->registered_since);
    json_put_seconds(json, "binding_expires_in", view->binding_expires_in);
    json_put_seconds(json, "next_attempt_in", view->next_attempt_in);
    json_put_number(json, "failures", view->failures);
    put_status(json, "last_status", view->last_status);
    json_put_text_or_null(json, "last_reason", view->last_reason);
    if (view->reg_id != 0)
        json_put_number(json, "reg_id", view->reg_id);
}

void status_view_write_json(const struct status_view *view, struct writer *w) {
    struct json_writer json = json_object_begin(w);

    status_view_put(view, &json);
    json_object_end(&json);
}

void event_view_init(struct event_view *view, struct hf_slice account, const struct hf_event *event,
                     const struct wall_clock *clock) {
    *view = (struct event_view){
        .time = wall_clock_unix(clock, event->at),
        .account = account,
        .event = slice_from(hf_event_name(event->kind)),
        .server = event->server,
        .status = event->status,
        .reason = event->reason,
    };
    view->target = target_text(view->target_text, &event->target);
}

void event_view_write_json(const struct event_view *view, struct writer *w) {
    struct json_writer json;
    char time[40];
    struct writer t = writer_of(time, sizeof(time));

    wall_clock_write(&t, view->time);
    json = json_object_begin(w);
    json_put_text(&json, "time", writer_slice(&t));
    json_put_text(&json, "account", view->account);
    json_put_text(&json, "event", view->event);
    json_put_text_or_null(&json, "server", view->server);
    json_put_text_or_null(&json, "target", view->target);
    put_status(&json, "status", view->status);
    json_put_text_or_null(&json, "reason", view->reason);
    json_object_end(&json);
}

/* A dash keeps the columns where nothing is known. */
static void write_word(struct writer *w, struct hf_slice word) {
    if (slice_is_empty(word))
        writer_put_char(w, '-');
    else
        text_write_clean(w, word);
}

void event_view_write_text(const struct event_view *view, struct writer *w) {
    write_word(w, view->account);
    writer_put_char(w, ' ');
    write_word(w, view->target);
    writer_put_char(w, ' ');
    write_word(w, view->event);
    if (view->status != 0 || !slice_is_empty(view->reason))
        writer_put_char(w, ':');
    if (view->status != 0) {
        writer_put_char(w, ' ');
        writer_put_number(w, view->status);
    }
    if (!slice_is_empty(view->reason)) {
        writer_put_char(w, ' ');
        text_write_clean(w, view->reason);
    }
    if (!slice_is_empty(view->server) && !slice_equal(view->server, view->target)) {
        writer_put_literal(w, " (server ");
        text_write_clean(w, view->server);
        writer_put_char(w, ')');
    }
}
