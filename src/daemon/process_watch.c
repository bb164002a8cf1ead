/* Tells the service manager from time to time that the process works, and how its accounts are:
 * only a process whose loops all go round does so, the main one and that of each engine. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/notify.h"
#include "daemon/process.h"
#include "holdfast/agent.h"

enum {
    TELL_MILLISECONDS = 2000,
    STOP_MARGIN_SECONDS = 15, /* for what follows the servers' answers: the state file is written */
};

struct counts {
    uint64_t accounts;
    uint64_t registered;
};

static void add_counts(struct shard *shard, void *argument) {
    struct counts *counts = argument;
    struct hf_agent_counters counters;

    hf_agent_count(shard->agent, &counters);
    counts->accounts += counters.accounts;
    counts->registered += counters.registered;
}

static void on_watch(uv_timer_t *timer) {
    struct process *process = timer->data;
    struct counts counts = {0};
    char status[PROCESS_WATCH_TEXT];

    for (unsigned i = 0; i < process->shard_count; i++)
        shard_call(&process->shards[i], add_counts, &counts);
    notify_service_manager("WATCHDOG=1");
    snprintf(status, sizeof(status), "STATUS=%" PRIu64 " of %" PRIu64 " accounts have a binding",
             counts.registered, counts.accounts);
    if (strcmp(status, process->watch.told) != 0)
        notify_service_manager(strcpy(process->watch.told, status));
}

void process_watch_start(struct process *process) {
    const uint64_t watchdog = notify_watchdog_milliseconds();
    uint64_t interval = TELL_MILLISECONDS;

    if (!notify_is_wanted())
        return;
    /* half of it, as sd_watchdog_enabled(3) advises */
    if (watchdog > 0 && watchdog / 2 < interval)
        interval = watchdog / 2 + 1;
    process->watch.timer.data = process;
    uv_timer_start(&process->watch.timer, on_watch, 0, interval);
}

void process_watch_tell_stopping(const struct process *process) {
    char state[96];

    snprintf(state, sizeof(state), "STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=%" PRIu64,
             (uint64_t)(process->options->stop_seconds + STOP_MARGIN_SECONDS) * 1000000);
    notify_service_manager(state);
}
