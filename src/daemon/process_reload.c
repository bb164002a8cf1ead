#include <malloc.h>

#include "daemon/json_writer.h"
#include "daemon/notify.h"
#include "daemon/process.h"
#include "net/clock.h"

/* What a reload reports at the most, so that it fits into one part of an answer. */
enum { REPORT_BYTES_MAX = CONTROL_ANSWER_BYTES - 1024, PROBLEM_BYTES_MAX = 4096 };

/* So many are compared in a millisecond or two. */
enum { ACCOUNTS_A_TURN = 2000 };

static const char *severity_name(enum settings_severity severity) {
    return severity == SEVERITY_ERROR ? "error" : "warning";
}

static void log_problem(struct log *log, const struct settings_file *file,
                        const struct settings_diagnostic *diagnostic) {
    enum log_level level =
        diagnostic->severity == SEVERITY_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;
    const char *severity = severity_name(diagnostic->severity);
    const char *name = settings_source_name(file, diagnostic->source);

    if (diagnostic->line == 0)
        log_message(log, level, "%s: %s: %s", name, severity, diagnostic->message);
    else
        log_message(log, level, "%s:%u: %s: %s", name, diagnostic->line, severity,
                    diagnostic->message);
}

static void log_problems(struct log *log, const struct config_files *files) {
    for (size_t i = 0; i < files->count; i++) {
        const struct settings_file *file = &files->list[i];

        for (size_t k = 0; k < file->diagnostic_count; k++) {
            if (file->diagnostics[k].severity != SEVERITY_NOTE)
                log_problem(log, file, &file->diagnostics[k]);
        }
    }
}

/* False when the report has no room for it any more. */
static bool write_problem(struct writer *w, const struct settings_file *file,
                          const struct settings_diagnostic *diagnostic) {
    char object[PROBLEM_BYTES_MAX];
    struct writer o = writer_of(object, sizeof(object));
    struct json_writer json = json_object_begin(&o);

    json_put_text(&json, "file", slice_from(settings_source_name(file, diagnostic->source)));
    json_put_number(&json, "line", diagnostic->line);
    json_put_text(&json, "severity", slice_from(severity_name(diagnostic->severity)));
    json_put_text(&json, "message", slice_from(diagnostic->message));
    json_object_end(&json);
    writer_put_char(&o, '\n');
    if ((size_t)(w->end - w->at) < writer_length(&o))
        return false;
    writer_put_slice(w, writer_slice(&o));
    return true;
}

/* Returns how many errors there are, told or not. */
static size_t write_problems(struct writer *w, const struct config_files *files) {
    size_t errors = 0;
    bool room = true;

    for (size_t i = 0; i < files->count; i++) {
        const struct settings_file *file = &files->list[i];

        errors += file->errors;
        for (size_t k = 0; room && k < file->diagnostic_count; k++) {
            if (file->diagnostics[k].severity != SEVERITY_NOTE)
                room = write_problem(w, file, &file->diagnostics[k]);
        }
    }
    return errors;
}

static void write_result(struct writer *w, const struct load_result *load, size_t errors,
                         size_t changed) {
    struct json_writer json = json_object_begin(w);

    json_put_text(&json, "result", errors > 0 ? SLICE("error") : SLICE("ok"));
    if (errors > 0)
        json_put_text(&json, "message",
                      SLICE("the files have errors; what they concern goes on "
                            "as it was"));
    json_put_number(&json, "added", load->added);
    json_put_number(&json, "changed", changed);
    json_put_number(&json, "removed", load->removed);
    json_put_number(&json, "unchanged", load->kept > changed ? load->kept - changed : 0);
    json_put_number(&json, "errors", errors);
    json_object_end(&json);
    writer_put_char(w, '\n');
}

static void write_report(struct process *process, const struct config_files *files,
                         const struct load_result *load, size_t changed) {
    struct reload *reload = &process->reload;
    struct writer w = writer_of(reload->report, REPORT_BYTES_MAX);
    size_t errors = write_problems(&w, files);

    reload->errors = errors;
    w.end = reload->report + CONTROL_ANSWER_BYTES;
    write_result(&w, load, errors, changed);
    reload->report_len = writer_length(&w);
}

/* What a load leaves behind is large for a fleet: the engine keeps a fraction of it. */
static void release_files(struct config_files *files) {
    config_files_release(files);
    *files = (struct config_files){0};
    malloc_trim(0);
}

/* What is added later was never before, or was removed in an orderly way. */
static struct load_memory memory_of(struct process *process) {
    struct store *store = process->store.store;

    return (struct load_memory){
        .store = process->state == PROCESS_STARTING ? store : NULL,
        .gone = store ? &process->store.batch : NULL,
    };
}

static void tell_loaded(struct process *process, const struct config_files *files,
                        const struct load_result *load) {
    size_t changed = (size_t)(process_config_changes(process) - process->reload.changes_before);
    char aside[512];

    if (load->damaged > 0)
        log_message(&process->log, LOG_LEVEL_ERROR,
                    "the state file makes no sense for %zu accounts, which begin anew",
                    load->damaged);
    write_report(process, files, load, changed);
    log_problems(&process->log, files);
    if (config_files_aside_text(files, aside, sizeof aside))
        log_message(&process->log, LOG_LEVEL_INFO, "%s", aside);
    log_message(&process->log, LOG_LEVEL_INFO,
                "loaded: %zu accounts added, %zu changed, %zu removed, %zu unchanged", load->added,
                changed, load->removed, load->kept - changed);
}

/* A part of the accounts, and what they have to tell already: restored ones have an event each, of
 * which a million would be hundreds of MiB. */
static int load_part(struct shard *shard, struct store *store, bool *more) {
    int result;

    if (store)
        store_begin(store);
    result = load_step(&shard->load, ACCOUNTS_A_TURN, more, net_now());
    if (store)
        store_commit(store);
    net_driver_pump(shard->net);
    return result;
}

static int load_shard(struct shard *shard, struct config_files *files,
                      const struct load_memory *memory) {
    bool more = true;
    int result = 0;

    load_begin(&shard->load, &shard->accounts, shard->agent, files, memory);
    shard->load.part = shard->number;
    while (result == 0 && more)
        result = load_part(shard, memory->store, &more);
    load_end(&shard->load);
    return result;
}

/* No shard has a thread yet. The first REGISTER may go out before all accounts are handed over. */
static int load_first(struct process *process, struct config_files *files) {
    const struct load_memory memory = memory_of(process);
    struct load_result total = {0};
    int result = 0;

    if (memory.store) {
        store_begin(memory.store);
        store_reserve(memory.store);
        store_commit(memory.store);
    }
    for (unsigned i = 0; result == 0 && i < process->shard_count; i++) {
        result = load_shard(&process->shards[i], files, &memory);
        load_result_add(&total, &process->shards[i].load.result);
    }
    if (result == 0)
        tell_loaded(process, files, &total);
    return result;
}

static void note_known(struct process *process) {
    struct reload *reload = &process->reload;

    for (unsigned i = 0; i < process->shard_count; i++)
        reload->lists[i] = &process->shards[i].accounts;
    reload->known = (struct load_known){.lists = reload->lists, .parts = process->shard_count};
}

bool process_load(struct process *process) {
    struct progress progress = progress_begin("reading");
    struct load_sources sources = process->options->sources;
    struct config_files files = {0};
    int result;

    sources.progress = &progress;
    note_known(process);
    result = load_read(&sources, process->store.store, &process->reload.known, &files);
    progress_end(&progress);
    if (result == 0)
        result = load_first(process, &files);
    if (result != 0)
        log_message(&process->log, LOG_LEVEL_ERROR, "cannot load: %s", hf_error_text(result));
    else if (process_account_count(process) == 0)
        log_message(&process->log, LOG_LEVEL_ERROR, "there is no account that can be used");
    release_files(&files);
    return result == 0 && process_account_count(process) > 0;
}

static void read_in_thread(uv_work_t *work) {
    struct process *process = work->data;

    process->reload.result = load_read(&process->options->sources, process->store.store,
                                       &process->reload.known, &process->reload.files);
}

static void begin(struct process *process);

static void report_failure(struct process *process) {
    struct reload *reload = &process->reload;
    struct writer w = writer_of(reload->report, CONTROL_ANSWER_BYTES);

    control_write_error(&w, hf_error_text(reload->result));
    reload->report_len = writer_length(&w);
    log_message(&process->log, LOG_LEVEL_ERROR, "cannot reload: %s", hf_error_text(reload->result));
}

static void finish(struct process *process) {
    struct reload *reload = &process->reload;

    if (reload->result == 0)
        tell_loaded(process, &reload->files, &reload->total);
    else
        report_failure(process);
    release_files(&reload->files);
    reload->running = false;
    reload->done = reload->current;
    notify_service_manager("READY=1");
    if (process->control)
        control_server_wake(process->control);
    if (reload->wanted > reload->done)
        begin(process);
}

struct step {
    int result;
    bool more;
};

static void step_in_shard(struct shard *shard, void *argument) {
    struct step *step = argument;

    step->result = load_step(&shard->load, ACCOUNTS_A_TURN, &step->more, net_now());
    net_driver_pump(shard->net);
}

static void begin_in_shard(struct shard *shard, void *argument) {
    struct process *process = shard->process;
    const struct load_memory memory = memory_of(process);

    (void)argument;
    load_begin(&shard->load, &shard->accounts, shard->agent, &process->reload.files, &memory);
    shard->load.part = shard->number;
}

static void end_in_shard(struct shard *shard, void *argument) {
    load_result_add(argument, &shard->load.result);
    load_end(&shard->load);
}

/* In each turn of the loop a part, so that the engine is not kept waiting; one shard after the
 * other. */
static void on_step(uv_timer_t *timer) {
    struct process *process = timer->data;
    struct reload *reload = &process->reload;
    struct step step = {.more = true};

    if (!reload->loading)
        shard_call(&process->shards[reload->shard], begin_in_shard, NULL);
    reload->loading = true;
    shard_call(&process->shards[reload->shard], step_in_shard, &step);
    reload->result = step.result;
    if (step.result == 0 && step.more) {
        uv_timer_start(timer, on_step, 0, 0);
        return;
    }
    shard_call(&process->shards[reload->shard], end_in_shard, &reload->total);
    reload->loading = false;
    if (step.result == 0 && ++reload->shard < process->shard_count)
        uv_timer_start(timer, on_step, 0, 0);
    else
        finish(process);
}

static void was_read(uv_work_t *work, int status) {
    struct process *process = work->data;
    struct reload *reload = &process->reload;

    if (status != 0 || process->state != PROCESS_RUNNING) {
        reload->running = false;
        release_files(&reload->files);
        return;
    }
    if (reload->result != 0) {
        finish(process);
        return;
    }
    reload->changes_before = process_config_changes(process);
    reload->shard = 0;
    reload->total = (struct load_result){0};
    on_step(&reload->step);
}

static void begin(struct process *process) {
    struct reload *reload = &process->reload;

    reload->running = true;
    reload->current = reload->wanted;
    reload->work.data = process;
    notify_reloading();
    log_message(&process->log, LOG_LEVEL_INFO, "reloading");
    (void)uv_queue_work(&process->loop, &reload->work, read_in_thread, was_read);
}

uint64_t process_reload(struct process *process) {
    struct reload *reload = &process->reload;

    reload->wanted++;
    if (!reload->running)
        begin(process);
    return reload->wanted;
}

void process_reload_init(struct process *process) {
    (void)uv_timer_init(&process->loop, &process->reload.step);
    process->reload.step.data = process;
}

void process_reload_close(struct process *process) {
    struct reload *reload = &process->reload;

    bool handing_over = uv_is_active((uv_handle_t *)&reload->step) || reload->loading;

    uv_close((uv_handle_t *)&reload->step, NULL);
    if (!handing_over)
        return;
    if (reload->loading)
        load_end(&process->shards[reload->shard].load);
    reload->loading = reload->running = false;
    release_files(&reload->files);
}
