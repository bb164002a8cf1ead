#include <stdlib.h>

#include "daemon/process.h"

bool process_shards_open(struct process *process) {
    unsigned count = process->options->threads;

    process->shards = calloc(count, sizeof *process->shards);
    process->event_buffer = count > 1 ? malloc(SHARD_EVENT_BYTES) : NULL;
    if (!process->shards || (count > 1 && !process->event_buffer)) {
        log_message(&process->log, LOG_LEVEL_ERROR, "cannot start: out of memory");
        return false;
    }
    while (process->shard_count < count) {
        unsigned number = process->shard_count++;

        if (!shard_open(&process->shards[number], process, number, count))
            return false;
    }
    return true;
}

bool process_shards_start(struct process *process) {
    for (unsigned i = 0; process->shard_count > 1 && i < process->shard_count; i++) {
        if (!shard_start(&process->shards[i])) {
            log_message(&process->log, LOG_LEVEL_ERROR, "cannot start a thread");
            return false;
        }
    }
    return true;
}

void process_shards_stop(struct process *process) {
    for (unsigned i = 0; i < process->shard_count; i++)
        shard_stop(&process->shards[i]);
}

bool process_shards_are_stopped(struct process *process) {
    for (unsigned i = 0; i < process->shard_count; i++)
        if (!shard_is_stopped(&process->shards[i]))
            return false;
    return true;
}

void process_shards_close(struct process *process) {
    for (unsigned i = 0; i < process->shard_count; i++)
        shard_close(&process->shards[i]);
}

void process_shards_release(struct process *process) {
    for (unsigned i = 0; i < process->shard_count; i++)
        shard_release(&process->shards[i]);
    free(process->shards);
    free(process->event_buffer);
}

static void add_accounts(struct shard *shard, void *argument) {
    *(size_t *)argument += shard->accounts.entries.count;
}

size_t process_account_count(struct process *process) {
    size_t count = 0;

    for (unsigned i = 0; i < process->shard_count; i++)
        shard_call(&process->shards[i], add_accounts, &count);
    return count;
}

static void add_changes(struct shard *shard, void *argument) {
    *(uint64_t *)argument += shard->config_changes;
}

uint64_t process_config_changes(struct process *process) {
    uint64_t count = 0;

    for (unsigned i = 0; i < process->shard_count; i++)
        shard_call(&process->shards[i], add_changes, &count);
    return count;
}

struct search {
    struct hf_slice name;
    void (*function)(struct shard *shard, const struct account_entry *entry, void *argument);
    void *argument;
    bool found;
};

static void look_up(struct shard *shard, void *argument) {
    struct search *search = argument;
    const struct account_entry *entry = account_list_find(&shard->accounts, search->name);

    if (!entry)
        return;
    search->found = true;
    search->function(shard, entry, search->argument);
    net_driver_pump(shard->net);
}

bool process_with_account(struct process *process, struct hf_slice name,
                          void (*function)(struct shard *shard, const struct account_entry *entry,
                                           void *argument),
                          void *argument) {
    struct search search = {.name = name, .function = function, .argument = argument};

    for (unsigned i = 0; !search.found && i < process->shard_count; i++)
        shard_call(&process->shards[i], look_up, &search);
    return search.found;
}
