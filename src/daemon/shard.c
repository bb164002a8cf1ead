#include "daemon/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "daemon/process.h"
#include "daemon/trace.h"
#include "net/clock.h"

/* The queue is full when nobody takes out: the line is lost, and the readers are told. */
static void queue_event(struct shard *shard, struct hf_slice line) {
    struct shard_events *events = &shard->events;
    bool first;

    uv_mutex_lock(&events->mutex);
    first = events->length == 0;
    if (events->length + line.len > SHARD_EVENT_BYTES) {
        events->lost++;
    } else {
        memcpy(events->bytes + events->length, line.ptr, line.len);
        events->length += line.len;
    }
    uv_mutex_unlock(&events->mutex);
    if (first)
        uv_async_send(&shard->process->news);
}

unsigned shard_take_events(struct shard *shard, char *buffer,
                           void (*publish)(struct process *process, struct hf_slice line)) {
    struct shard_events *events = &shard->events;
    struct hf_slice rest;
    unsigned lost;

    if (!shard->threaded)
        return 0;
    uv_mutex_lock(&events->mutex);
    memcpy(buffer, events->bytes, events->length);
    rest = slice_of(buffer, events->length);
    lost = events->lost;
    events->length = 0;
    events->lost = 0;
    uv_mutex_unlock(&events->mutex);
    while (rest.len > 0) {
        size_t end = slice_index(rest, '\n');

        publish(shard->process, slice_of(rest.ptr, end + 1));
        rest = slice_from_index(rest, end + 1);
    }
    return lost;
}

static bool is_read(const struct shard *shard) {
    const struct process *process = shard->process;

    if (shard->threaded)
        return atomic_load_explicit(&process->read, memory_order_relaxed);
    return process->control && control_server_has_readers(process->control);
}

static void on_event(void *user, const struct hf_event *event) {
    struct shard *shard = user;
    struct process *process = shard->process;
    struct account_entry *entry = account_list_get(&shard->accounts, event->tag);
    hf_time nobodys = 0;
    enum log_level level = log_event_level(event->kind);
    struct wall_clock clock = wall_clock_at(net_now());
    bool read = is_read(shard);
    struct event_view view;
    char line[8192];
    struct writer w = writer_of(line, sizeof(line));

    tally_event(&shard->tally, entry ? &entry->failing_since_at : &nobodys, event);
    if (event->kind == HF_EVENT_CONFIG_CHANGED)
        shard->config_changes++;
    /* An account that a reload has removed has no name any more, and nobody asks for it. */
    if (!entry || (!read && !log_wants(&process->log, level)))
        return;
    event_view_init(&view, slice_from(entry->name), event, &clock);
    log_event(&process->log, level, &view);
    if (!read)
        return;
    event_view_write_json(&view, &w);
    writer_put_char(&w, '\n');
    if (shard->threaded)
        queue_event(shard, writer_slice(&w));
    else
        control_server_publish(process->control, writer_slice(&w));
}

/* Messages of several threads do not mix. */
static void on_message(void *user, bool sent, const struct hf_address *peer, const char *bytes,
                       size_t len) {
    FILE *out = ((struct shard *)user)->process->log.out;

    flockfile(out);
    trace_message(out, sent, peer, slice_of(bytes, len));
    funlockfile(out);
}

static void on_warning(void *user, const char *text) {
    struct shard *shard = user;

    log_message(&shard->process->log, LOG_LEVEL_WARNING, "%s", text);
}

bool shard_open(struct shard *shard, struct process *process, unsigned number, unsigned shards) {
    struct net_options options = {
        .dns_server = process->options->dns,
        .on_event = on_event,
        .on_message = process->options->trace ? on_message : NULL,
        .on_warning = on_warning,
        .user = shard,
    };
    struct hf_agent_options agent = {.part = number, .parts = shards};
    const char *error = NULL;
    uint64_t key[4];
    int result;

    *shard = (struct shard){.process = process, .number = number, .loop = &process->loop};
    tally_init(&shard->tally);
    if (shards > 1 && uv_loop_init(&shard->own_loop) == 0)
        shard->loop = &shard->own_loop;
    net_seed(key);
    account_list_init(&shard->accounts, key);
    net_seed(agent.seed);
    result = hf_agent_create(&agent, &shard->agent, net_now());
    if (result != 0) {
        log_message(&process->log, LOG_LEVEL_ERROR, "cannot start: %s", hf_error_text(result));
        return false;
    }
    options.ports = process_store_ports(shard);
    result = net_driver_create(shard->loop, shard->agent, &options, &shard->net, &error);
    if (result != 0) {
        shard->net = NULL;
        log_message(&process->log, LOG_LEVEL_ERROR, "cannot start the network: %s",
                    error ? error : strerror(-result));
    }
    return result == 0;
}

static void on_wake(uv_async_t *wake) {
    struct shard *shard = wake->data;
    shard_function *function = atomic_exchange(&shard->call, NULL);

    if (!function)
        return;
    function(shard, shard->argument);
    uv_sem_post(&shard->answered);
}

/* Before each wait: the process is told once the agent is done. */
static void on_prepare(uv_prepare_t *prepare) {
    struct shard *shard = prepare->data;

    memory_trim(&shard->trim, &shard->own_loop);
    if (!shard->stopping || !hf_agent_stopped(shard->agent) || atomic_load(&shard->stopped))
        return;
    atomic_store(&shard->stopped, true);
    uv_async_send(&shard->process->news);
}

static void run(void *argument) {
    struct shard *shard = argument;

    uv_run(&shard->own_loop, UV_RUN_DEFAULT);
}

bool shard_start(struct shard *shard) {
    if (shard->loop != &shard->own_loop)
        return false;
    shard->events.bytes = malloc(SHARD_EVENT_BYTES);
    if (!shard->events.bytes)
        return false;
    HF_ASSERT(uv_mutex_init(&shard->events.mutex) == 0 && uv_sem_init(&shard->answered, 0) == 0);
    uv_async_init(&shard->own_loop, &shard->wake, on_wake);
    uv_prepare_init(&shard->own_loop, &shard->prepare);
    shard->wake.data = shard->prepare.data = shard;
    uv_prepare_start(&shard->prepare, on_prepare);
    shard->threaded = true;
    if (uv_thread_create(&shard->thread, run, shard) == 0)
        return true;
    shard->threaded = false;
    uv_close((uv_handle_t *)&shard->wake, NULL);
    uv_close((uv_handle_t *)&shard->prepare, NULL);
    return false;
}

void shard_call(struct shard *shard, shard_function *function, void *argument) {
    if (!shard->threaded) {
        function(shard, argument);
        return;
    }
    shard->argument = argument;
    atomic_store(&shard->call, function);
    uv_async_send(&shard->wake);
    uv_sem_wait(&shard->answered);
}

static void stop(struct shard *shard, void *argument) {
    (void)argument;
    shard->stopping = true;
    hf_agent_stop(shard->agent, net_now());
    net_driver_pump(shard->net);
}

void shard_stop(struct shard *shard) {
    shard_call(shard, stop, NULL);
}

bool shard_is_stopped(struct shard *shard) {
    return shard->threaded ? atomic_load(&shard->stopped) : hf_agent_stopped(shard->agent);
}

static void close_all(struct shard *shard, void *argument) {
    (void)argument;
    if (shard->net)
        net_driver_close(shard->net, NULL, NULL);
    shard->net = NULL;
    if (!shard->threaded)
        return;
    uv_close((uv_handle_t *)&shard->wake, NULL);
    uv_close((uv_handle_t *)&shard->prepare, NULL);
}

void shard_close(struct shard *shard) {
    bool threaded = shard->threaded;

    shard_call(shard, close_all, NULL);
    if (threaded) {
        uv_thread_join(&shard->thread);
        shard->threaded = false;
        uv_sem_destroy(&shard->answered);
        uv_mutex_destroy(&shard->events.mutex);
    } else if (shard->loop == &shard->own_loop) {
        uv_run(&shard->own_loop, UV_RUN_DEFAULT);
    }
}

void shard_release(struct shard *shard) {
    free(shard->events.bytes);
    hf_agent_free(shard->agent);
    account_list_release(&shard->accounts);
    if (shard->loop == &shard->own_loop)
        (void)uv_loop_close(&shard->own_loop);
}
