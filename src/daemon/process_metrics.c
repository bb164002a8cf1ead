/* Makes the metrics when somebody asks: the accounts are counted a part in each turn of the loop,
 * so that the engine is not kept waiting; who asks meanwhile gets the same count. */
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/address.h"
#include "base/assert.h"
#include "daemon/json_writer.h"
#include "daemon/process.h"
#include "daemon/process_limits.h"
#include "net/clock.h"

enum { ACCOUNTS_A_TURN = 2000 };

static hf_time cpu_time(void) {
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (hf_time)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * HF_SECOND +
           (hf_time)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* proc(5), statm: all pages and those in memory. */
static void read_memory(struct metrics_process *ret) {
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long all, resident;
    uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    if (file && fscanf(file, "%lu %lu", &all, &resident) == 2) {
        ret->virtual_bytes = all * page;
        ret->resident_bytes = resident * page;
    }
    if (file)
        fclose(file);
}

struct sums {
    struct tally *tally;
    struct hf_agent_counters *counters;
};

static void add_counts(struct shard *shard, void *argument) {
    struct sums *sums = argument;
    struct hf_agent_counters counters;

    hf_agent_count(shard->agent, &counters);
    tally_add(sums->tally, &shard->tally);
    sums->counters->accounts += counters.accounts;
    sums->counters->registered += counters.registered;
    sums->counters->requests_sent += counters.requests_sent;
    sums->counters->retransmissions_sent += counters.retransmissions_sent;
    sums->counters->responses_received += counters.responses_received;
    sums->counters->requests_received += counters.requests_received;
    sums->counters->rubbish_received += counters.rubbish_received;
    sums->counters->strays_received += counters.strays_received;
    sums->counters->outputs_waiting += counters.outputs_waiting;
    sums->counters->outputs_lost += counters.outputs_lost;
    sums->counters->turns_waiting += counters.turns_waiting;
    sums->counters->attempts += counters.attempts;
}

static void write_text(struct process *process) {
    struct process_metrics *state = &process->metrics;
    struct writer w = writer_of(state->text, sizeof(state->text));
    struct tally tally;
    struct metrics metrics = {
        .tally = &tally,
        .places = &state->places,
        .store = {.wanted = process->options->state != NULL,
                  .works = process->store.open,
                  .rows_waiting = process->store.batch.count + process->store.writing.count,
                  .errors = process->store.errors},
        .process = {.cpu_time = cpu_time(), .started = state->started},
        .reloads = process->reload.done,
        .file_errors = process->reload.errors,
    };

    tally_init(&tally);
    for (unsigned i = 0; i < process->shard_count; i++)
        shard_call(&process->shards[i], add_counts, &(struct sums){&tally, &metrics.counters});
    control_server_count(process->control, &metrics.control);
    read_memory(&metrics.process);
    metrics.process.descriptors = process_descriptors(&metrics.process.descriptors_max);
    metrics_write(&metrics, &w);
    HF_ASSERT(!w.full);
    state->text_len = writer_length(&w);
}

/* True in *argument when the shard has more accounts. */
static void count_part(struct shard *shard, void *argument) {
    struct process_metrics *state = &shard->process->metrics;
    const struct account_entry *entry = NULL;
    struct hf_account_status status;
    hf_time now = net_now();
    uint64_t tag;

    for (int i = 0; i < ACCOUNTS_A_TURN; i++) {
        entry = account_list_next(&shard->accounts, &state->cursor, &tag);
        if (!entry)
            break;
        if (hf_agent_account_brief(shard->agent, entry->id, &status, now) == 0)
            metrics_places_add(&state->places, &status);
    }
    *(bool *)argument = entry != NULL;
}

static void on_turn(uv_idle_t *idle) {
    struct process *process = idle->data;
    struct process_metrics *state = &process->metrics;
    bool more = false;

    shard_call(&process->shards[state->shard], count_part, &more);
    if (more)
        return;
    state->cursor = 0;
    if (++state->shard < process->shard_count)
        return;
    uv_idle_stop(idle);
    state->counting = false;
    state->done++;
    write_text(process);
    if (state->server)
        metrics_server_answer(state->server, slice_of(state->text, state->text_len));
    control_server_wake(process->control);
}

uint64_t process_metrics_ask(struct process *process) {
    struct process_metrics *state = &process->metrics;

    if (!state->counting) {
        state->counting = true;
        state->shard = 0;
        state->cursor = 0;
        metrics_places_init(&state->places);
        uv_idle_start(&state->idle, on_turn);
    }
    return state->done + 1;
}

static void on_wanted(void *user) {
    (void)process_metrics_ask(user);
}

bool process_metrics_start(struct process *process) {
    const struct hf_address *local = &process->options->metrics;
    const struct wall_clock clock = wall_clock_at(net_now());
    struct process_metrics *state = &process->metrics;
    char text[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(text, sizeof(text));
    int result;

    state->started = wall_clock_unix(&clock, clock.now);
    if (local->family == HF_FAMILY_NONE)
        return true;
    address_write(&w, local);
    result = metrics_server_start(&process->loop, local, on_wanted, process, &state->server);
    if (result != 0) {
        log_message(&process->log, LOG_LEVEL_ERROR, "cannot serve metrics at %.*s: %s",
                    SLICE_ARGS(writer_slice(&w)), uv_strerror(result));
        return false;
    }
    log_message(&process->log, LOG_LEVEL_INFO, "metrics are at http://%.*s/metrics",
                SLICE_ARGS(writer_slice(&w)));
    return true;
}

void process_metrics_stop(struct process *process) {
    metrics_server_stop(process->metrics.server);
    process->metrics.server = NULL;
    if (!uv_is_closing((uv_handle_t *)&process->metrics.idle))
        uv_close((uv_handle_t *)&process->metrics.idle, NULL);
}

/* The cursor is the count's number. */
enum control_progress process_metrics_answer(struct process *process, uint64_t *cursor,
                                             struct writer *w) {
    const struct process_metrics *state = &process->metrics;
    struct json_writer json;

    if (*cursor == 0)
        *cursor = process_metrics_ask(process);
    if (state->done < *cursor)
        return CONTROL_LATER;
    json = json_object_begin(w);
    json_put_text(&json, "metrics", slice_of(state->text, state->text_len));
    json_object_end(&json);
    writer_put_char(w, '\n');
    control_write_ok(w);
    return CONTROL_DONE;
}
