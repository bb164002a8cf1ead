#include "daemon/metrics_text.h"

#include "base/address.h"
#include "daemon/view.h"

_Static_assert(METRICS_PLACES_MAX *(METRICS_SERVER_BYTES + ADDRESS_TEXT_MAX + 128) +
                       METRICS_SERVERS_MAX * (METRICS_SERVER_BYTES + 64) + 20480 <=
                   METRICS_TEXT_BYTES,
               "the text of all places fits, and the rest");

static void write_head(struct writer *w, const char *name, const char *type, const char *help) {
    writer_put_literal(w, "# HELP ");
    writer_put_slice(w, slice_from(name));
    writer_put_char(w, ' ');
    writer_put_slice(w, slice_from(help));
    writer_put_literal(w, "\n# TYPE ");
    writer_put_slice(w, slice_from(name));
    writer_put_char(w, ' ');
    writer_put_slice(w, slice_from(type));
    writer_put_char(w, '\n');
}

static void write_plain(struct writer *w, const char *name, const char *type, const char *help,
                        uint64_t value) {
    write_head(w, name, type, help);
    writer_put_slice(w, slice_from(name));
    writer_put_char(w, ' ');
    writer_put_number(w, value);
    writer_put_char(w, '\n');
}

/* name{label="value"} number */
static void write_labelled(struct writer *w, const char *name, const char *label, const char *value,
                           uint64_t number) {
    writer_put_slice(w, slice_from(name));
    writer_put_char(w, '{');
    writer_put_slice(w, slice_from(label));
    writer_put_literal(w, "=\"");
    writer_put_slice(w, slice_from(value));
    writer_put_literal(w, "\"} ");
    writer_put_number(w, number);
    writer_put_char(w, '\n');
}

/* As few decimals as it takes. */
static void write_seconds(struct writer *w, hf_time time) {
    uint64_t rest = (uint64_t)time % (uint64_t)HF_SECOND;

    writer_put_number(w, (uint64_t)time / (uint64_t)HF_SECOND);
    if (rest == 0)
        return;
    writer_put_char(w, '.');
    for (uint64_t unit = (uint64_t)HF_SECOND / 10; rest > 0; unit /= 10) {
        writer_put_char(w, (char)('0' + rest / unit));
        rest %= unit;
    }
}

static void write_time(struct writer *w, const char *name, const char *type, const char *help,
                       hf_time value) {
    write_head(w, name, type, help);
    writer_put_slice(w, slice_from(name));
    writer_put_char(w, ' ');
    write_seconds(w, value);
    writer_put_char(w, '\n');
}

static void write_bucket_head(struct writer *w, const char *name) {
    writer_put_slice(w, slice_from(name));
    writer_put_literal(w, "_bucket{le=\"");
}

static void write_histogram(struct writer *w, const char *name, const char *help,
                            const struct histogram *histogram) {
    uint64_t count = 0;

    write_head(w, name, "histogram", help);
    for (unsigned i = 0; i < histogram->limit_count; i++) {
        count += histogram->counts[i];
        write_bucket_head(w, name);
        write_seconds(w, histogram->limits[i]);
        writer_put_literal(w, "\"} ");
        writer_put_number(w, count);
        writer_put_char(w, '\n');
    }
    count = histogram_count(histogram);
    write_bucket_head(w, name);
    writer_put_literal(w, "+Inf\"} ");
    writer_put_number(w, count);
    writer_put_char(w, '\n');
    writer_put_slice(w, slice_from(name));
    writer_put_literal(w, "_sum ");
    write_seconds(w, histogram->sum);
    writer_put_char(w, '\n');
    writer_put_slice(w, slice_from(name));
    writer_put_literal(w, "_count ");
    writer_put_number(w, count);
    writer_put_char(w, '\n');
}

/* A server's name comes out of a file, and may have anything in it: what is not plain becomes '?',
 * so that it cannot end the label. */
static void write_label_text(struct writer *w, struct hf_slice text) {
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];

        writer_put_char(w, c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : c);
    }
}

static struct hf_slice place_label(enum hf_account_place place) {
    switch (place) {
    case HF_PLACE_NONE:
        return SLICE("none");
    case HF_PLACE_BEST:
        return SLICE("best");
    case HF_PLACE_LESSER_TARGET:
        return SLICE("lesser_target");
    case HF_PLACE_LESSER_SERVER:
        return SLICE("lesser_server");
    }
    return SLICE("none");
}

static void write_place(struct writer *w, const struct metrics_place *place) {
    writer_put_literal(w, "holdfast_place_accounts{server=\"");
    write_label_text(w, slice_of(place->server, place->server_len));
    writer_put_literal(w, "\",target=\"");
    address_write(w, &place->target);
    writer_put_literal(w, "\",transport=\"");
    writer_put_slice(w, view_transport_name(place->transport));
    writer_put_literal(w, "\",place=\"");
    writer_put_slice(w, place_label(place->place));
    writer_put_literal(w, "\"} ");
    writer_put_number(w, place->accounts);
    writer_put_char(w, '\n');
}

static void write_unbound(struct writer *w, const struct metrics_places *places) {
    write_head(w, "holdfast_unbound_accounts", "gauge",
               "Accounts that want a binding and have none, by the server that is tried.");
    for (size_t i = 0; i < places->unbound_count; i++) {
        writer_put_literal(w, "holdfast_unbound_accounts{server=\"");
        write_label_text(w, slice_of(places->unbound[i].text, places->unbound[i].len));
        writer_put_literal(w, "\"} ");
        writer_put_number(w, places->unbound[i].accounts);
        writer_put_char(w, '\n');
    }
    write_plain(w, "holdfast_other_unbound_accounts", "gauge",
                "Accounts that want a binding and have none, at servers without a series.",
                places->unbound_elsewhere);
}

static void write_accounts(struct writer *w, const struct metrics_places *places) {
    write_head(w, "holdfast_accounts", "gauge", "Accounts by state.");
    for (int i = 0; i < METRICS_STATES; i++)
        write_labelled(w, "holdfast_accounts", "state",
                       hf_account_state_name((enum hf_account_state)i), places->states[i]);
    write_plain(w, "holdfast_failing_accounts", "gauge", "Accounts whose last attempt failed.",
                places->failing);
    write_head(w, "holdfast_place_accounts", "gauge",
               "Accounts with a binding by configured server, its address, and how good that is.");
    for (size_t i = 0; i < places->count; i++)
        write_place(w, &places->places[i]);
    write_head(w, "holdfast_other_place_accounts", "gauge",
               "Accounts with a binding at places without a series of their own.");
    for (int i = HF_PLACE_BEST; i < METRICS_PLACE_KINDS; i++) {
        writer_put_literal(w, "holdfast_other_place_accounts{place=\"");
        writer_put_slice(w, place_label((enum hf_account_place)i));
        writer_put_literal(w, "\"} ");
        writer_put_number(w, places->elsewhere[i]);
        writer_put_char(w, '\n');
    }
    write_unbound(w, places);
}

static void write_tally(struct writer *w, const struct tally *tally) {
    write_head(w, "holdfast_events_total", "counter", "Events of all accounts by kind.");
    for (int i = 0; i < TALLY_EVENTS; i++)
        write_labelled(w, "holdfast_events_total", "event", hf_event_name((enum hf_event_kind)i),
                       tally->events[i]);
    write_head(w, "holdfast_registration_failures_total", "counter",
               "Targets and names that failed to register an account, by cause.");
    for (int i = 0; i < TALLY_FAILURE_COUNT; i++)
        write_labelled(w, "holdfast_registration_failures_total", "cause",
                       tally_failure_name((enum tally_failure)i), tally->failures[i]);
    write_histogram(w, "holdfast_register_duration_seconds",
                    "From choosing a server's address to its final answer, challenge included.",
                    &tally->answers);
    write_histogram(w, "holdfast_failover_duration_seconds",
                    "From asking the address that failed to a binding at another.",
                    &tally->failovers);
}

static void write_counters(struct writer *w, const struct hf_agent_counters *c) {
    write_plain(w, "holdfast_bindings", "gauge", "Accounts with a binding.", c->registered);
    write_plain(w, "holdfast_sip_requests_sent_total", "counter",
                "Requests sent, without retransmissions.", c->requests_sent);
    write_plain(w, "holdfast_sip_retransmissions_sent_total", "counter", "Requests sent again.",
                c->retransmissions_sent);
    write_plain(w, "holdfast_sip_responses_received_total", "counter", "Responses received.",
                c->responses_received);
    write_plain(w, "holdfast_sip_requests_received_total", "counter",
                "Requests received from outside.", c->requests_received);
    write_plain(w, "holdfast_sip_rubbish_received_total", "counter",
                "Messages received that are no SIP.", c->rubbish_received);
    write_plain(w, "holdfast_sip_strays_received_total", "counter",
                "Responses received that nobody waits for.", c->strays_received);
    write_plain(w, "holdfast_attempts", "gauge", "Registrations and removals under way.",
                c->attempts);
    write_plain(w, "holdfast_turns_waiting", "gauge",
                "Accounts that wait until the configured rate lets them send.", c->turns_waiting);
    write_plain(w, "holdfast_outputs_waiting", "gauge",
                "What the engine wants done and the network has not taken.", c->outputs_waiting);
    write_plain(w, "holdfast_outputs_lost_total", "counter",
                "What the engine wanted done and was dropped for lack of memory.", c->outputs_lost);
}

static void write_daemon(struct writer *w, const struct metrics *metrics) {
    const struct control_counts *control = &metrics->control;
    const struct metrics_store *store = &metrics->store;

    write_plain(w, "holdfast_reloads_total", "counter", "Completed reloads of the configuration.",
                metrics->reloads);
    write_plain(w, "holdfast_file_errors", "gauge",
                "Errors in the files as they were read last; what they concern goes on as it was.",
                metrics->file_errors);
    write_plain(w, "holdfast_control_clients", "gauge", "Clients of the control socket.",
                control->clients);
    write_plain(w, "holdfast_control_queue_bytes", "gauge",
                "Events that their readers have not taken.", control->queued_bytes);
    write_plain(w, "holdfast_control_events_lost_total", "counter",
                "Events that were not kept for readers that are too slow.", control->events_lost);
    write_plain(w, "holdfast_store_wanted", "gauge", "1 if a state file is to be kept.",
                store->wanted);
    write_plain(w, "holdfast_store_up", "gauge", "1 if the state file is written.", store->works);
    write_plain(w, "holdfast_store_rows_waiting", "gauge",
                "Accounts collected to be written to the state file.", store->rows_waiting);
    write_plain(w, "holdfast_store_errors_total", "counter",
                "Times that the state file could not be opened or written.", store->errors);
}

static void write_process(struct writer *w, const struct metrics_process *process) {
    write_plain(w, "process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
                process->resident_bytes);
    write_plain(w, "process_virtual_memory_bytes", "gauge", "Virtual memory size in bytes.",
                process->virtual_bytes);
    if (process->descriptors > 0)
        write_plain(w, "process_open_fds", "gauge", "Number of open file descriptors.",
                    process->descriptors);
    write_plain(w, "process_max_fds", "gauge", "Maximum number of open file descriptors.",
                process->descriptors_max);
    write_time(w, "process_cpu_seconds_total", "counter",
               "Total user and system CPU time spent in seconds.", process->cpu_time);
    write_time(w, "process_start_time_seconds", "gauge",
               "Start time of the process since unix epoch in seconds.",
               (hf_time)process->started * HF_MILLISECOND);
}

void metrics_write(const struct metrics *metrics, struct writer *w) {
    write_accounts(w, metrics->places);
    write_tally(w, metrics->tally);
    write_counters(w, &metrics->counters);
    write_daemon(w, metrics);
    write_process(w, &metrics->process);
}
