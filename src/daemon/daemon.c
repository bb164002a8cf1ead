#include "daemon/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/assert.h"
#include "daemon/control_socket.h"
#include "daemon/notify.h"
#include "daemon/process.h"
#include "daemon/process_limits.h"
#include "net/clock.h"

void daemon_options_init(struct daemon_options *options) {
    *options = (struct daemon_options){
        .control_mode = 0600, .stop_seconds = DAEMON_STOP_SECONDS, .threads = 1};
    log_init(&options->log);
}

static void set_state(struct process *process, enum process_state state) {
    HF_ASSERT(state > process->state);
    process->state = state;
}

static void close_handle(uv_handle_t *handle) {
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Lets the loop end: everything that keeps it alive is closed. */
static void end(struct process *process) {
    if (process->state == PROCESS_ENDED)
        return;
    set_state(process, PROCESS_ENDED);
    process_metrics_stop(process);
    control_server_stop(process->control);
    process->control = NULL;
    process_shards_close(process);
    for (size_t i = 0; i < sizeof(process->signals) / sizeof(process->signals[0]); i++)
        close_handle((uv_handle_t *)&process->signals[i]);
    close_handle((uv_handle_t *)&process->stop_timer);
    close_handle((uv_handle_t *)&process->store.timer);
    process_reload_close(process);
    close_handle((uv_handle_t *)&process->news);
    close_handle((uv_handle_t *)&process->prepare);
    close_handle((uv_handle_t *)&process->watch.timer);
    /* The thread of a reload cannot be stopped, and may wait for a file for ever. */
    if (process->reload.running) {
        process_store_finish(process);
        _exit(0);
    }
}

static void on_stop_timer(uv_timer_t *timer) {
    struct process *process = timer->data;

    log_message(&process->log, LOG_LEVEL_WARNING,
                "stopping without the answers of all servers after %u s",
                process->options->stop_seconds);
    end(process);
}

/* Runs before each wait: are the agents done? */
static void on_prepare(uv_prepare_t *prepare) {
    struct process *process = prepare->data;

    if (process->shard_count > 1)
        atomic_store_explicit(&process->read,
                              process->control && control_server_has_readers(process->control),
                              memory_order_relaxed);
    memory_trim(&process->trim, &process->loop);
    if (process->state == PROCESS_STOPPING && process_shards_are_stopped(process))
        end(process);
}

static void begin_stop(struct process *process) {
    set_state(process, PROCESS_STOPPING);
    log_message(&process->log, LOG_LEVEL_INFO, "stopping");
    process_watch_tell_stopping(process);
    uv_timer_start(&process->stop_timer, on_stop_timer, process->options->stop_seconds * 1000ULL,
                   0);
    process_shards_stop(process);
    if (process_shards_are_stopped(process))
        end(process);
}

static void on_signal(uv_signal_t *signal, int number) {
    struct process *process = signal->data;

    if (number == SIGHUP) {
        if (process->state == PROCESS_RUNNING)
            (void)process_reload(process);
    } else if (process->state == PROCESS_RUNNING) {
        begin_stop(process);
    } else {
        log_message(&process->log, LOG_LEVEL_WARNING, "stopping at once");
        end(process);
    }
}

static bool start_control(struct process *process) {
    const struct control_handler handler = {process_answer, process};
    char usual[CONTROL_PATH_MAX];
    const char *path = process->options->control;
    int result;

    if (!path && control_socket_default(usual) == 0)
        path = usual;
    if (!path || strlen(path) >= CONTROL_PATH_MAX) {
        log_message(&process->log, LOG_LEVEL_ERROR, "the control socket's path is too long");
        return false;
    }
    switch (control_socket_claim(path)) {
    case CONTROL_SOCKET_ANSWERED:
        log_message(&process->log, LOG_LEVEL_ERROR,
                    "another holdfast runs already and answers at %s (see --control)", path);
        return false;
    case CONTROL_SOCKET_BLOCKED:
        log_message(&process->log, LOG_LEVEL_ERROR, "cannot use the control socket %s: %s", path,
                    strerror(errno));
        return false;
    case CONTROL_SOCKET_FREE:
        break;
    }
    result = control_server_start(&process->loop, path, process->options->control_mode, &handler,
                                  &process->control);
    if (result != 0)
        log_message(&process->log, LOG_LEVEL_ERROR,
                    "cannot listen on the control socket %s: %s (see --control)", path,
                    uv_strerror(result));
    return result == 0;
}

static void publish(struct process *process, struct hf_slice line) {
    if (process->control)
        control_server_publish(process->control, line);
}

static void on_news(uv_async_t *news) {
    struct process *process = news->data;

    for (unsigned i = 0; i < process->shard_count; i++) {
        unsigned lost = shard_take_events(&process->shards[i], process->event_buffer, publish);

        if (lost > 0 && process->control)
            control_server_lost(process->control, lost);
    }
}

static void start_handles(struct process *process) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        uv_signal_init(&process->loop, &process->signals[i]);
        process->signals[i].data = process;
        uv_signal_start(&process->signals[i], on_signal, numbers[i]);
    }
    uv_timer_init(&process->loop, &process->stop_timer);
    uv_prepare_init(&process->loop, &process->prepare);
    process_reload_init(process);
    uv_idle_init(&process->loop, &process->metrics.idle);
    uv_timer_init(&process->loop, &process->watch.timer);
    uv_async_init(&process->loop, &process->news, on_news);
    process->news.data = process;
    process->stop_timer.data = process->prepare.data = process->metrics.idle.data = process;
    uv_prepare_start(&process->prepare, on_prepare);
}

int daemon_run(const struct daemon_options *options) {
    struct process *process = calloc(1, sizeof(*process));
    bool failed = true;

    if (!process || uv_loop_init(&process->loop) != 0) {
        free(process);
        return 1;
    }
    process->options = options;
    process->log = options->log;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of its write */
    process_allow_many_descriptors();
    memory_limit_heaps(options->threads);
    start_handles(process);
    if (process_store_start(process) && process_shards_open(process) && start_control(process) &&
        process_metrics_start(process) && process_load(process) && process_shards_start(process)) {
        set_state(process, PROCESS_RUNNING);
        failed = false;
        notify_service_manager("READY=1");
        process_watch_start(process);
    } else {
        end(process);
    }
    uv_run(&process->loop, UV_RUN_DEFAULT);
    if (!failed)
        process_store_finish(process);
    process_store_release(process);
    process_shards_release(process);
    if (uv_loop_close(&process->loop) == 0)
        free(process);
    return failed ? 1 : 0;
}
