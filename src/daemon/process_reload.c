#include <malloc.h>

#include "daemon/json_writer.h"
#include "daemon/notify.h"
#include "daemon/process.h"
#include "net/clock.h"

/* What a reload reports at the most, so that it fits into one part of an answer. */
enum { REPORT_BYTES_MAX = CONTROL_ANSWER_BYTES - 1024, PROBLEM_BYTES_MAX = 4096 };

static const char *severity_name(enum settings_severity severity) {
    return severity == SEVERITY_ERROR ? "error" : "warning";
}

static void log_problem(struct log *log, const struct settings_file *file,
                        const struct settings_diagnostic *diagnostic) {
    enum log_level level =
        diagnostic->severity == SEVERITY_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING;
    const char *severity = severity_name(diagnostic->severity);

    if (diagnostic->line == 0)
        log_message(log, level, "%s: %s: %s", file->name, severity, diagnostic->message);
    else
        log_message(log, level, "%s:%u: %s: %s", file->name, diagnostic->line, severity,
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

    json_put_text(&json, "file", slice_from(file->name));
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

/* Hands what was read to the engine. */
static int apply(struct process *process, struct config_files *files) {
    struct store *store = process->store.store;
    /* What is added later was never before, or was removed in an orderly way. */
    const struct load_memory memory = {.store = process->state == PROCESS_STARTING ? store : NULL,
                                       .gone = store ? &process->store.batch : NULL};
    struct load_result load;
    uint64_t before = process->config_changes;
    int result = load_apply(&process->accounts, process->agent, files, &memory, &load, net_now());

    if (result != 0)
        return result;
    if (load.damaged > 0)
        log_message(&process->log, LOG_LEVEL_ERROR,
                    "the state file makes no sense for %zu accounts, which begin anew",
                    load.damaged);
    net_driver_pump(process->net);
    write_report(process, files, &load, (size_t)(process->config_changes - before));
    log_problems(&process->log, files);
    log_message(&process->log, LOG_LEVEL_INFO,
                "loaded: %zu accounts added, %zu changed, %zu removed, %zu unchanged", load.added,
                (size_t)(process->config_changes - before), load.removed,
                load.kept - (size_t)(process->config_changes - before));
    return 0;
}

bool process_load(struct process *process) {
    struct config_files files = {0};
    int result = load_read(&process->options->sources, process->store.store, &files);

    if (result == 0)
        result = apply(process, &files);
    if (result != 0)
        log_message(&process->log, LOG_LEVEL_ERROR, "cannot load: %s", hf_error_text(result));
    else if (process->accounts.entries.count == 0)
        log_message(&process->log, LOG_LEVEL_ERROR, "there is no account that can be used");
    release_files(&files);
    return result == 0 && process->accounts.entries.count > 0;
}

static void read_in_thread(uv_work_t *work) {
    struct process *process = work->data;

    process->reload.result =
        load_read(&process->options->sources, process->store.store, &process->reload.files);
}

static void begin(struct process *process);

static void finish(uv_work_t *work, int status) {
    struct process *process = work->data;
    struct reload *reload = &process->reload;

    reload->running = false;
    reload->done = reload->current;
    if (status == 0 && process->state == PROCESS_RUNNING) {
        if (reload->result == 0)
            reload->result = apply(process, &reload->files);
        if (reload->result != 0) {
            struct writer w = writer_of(reload->report, CONTROL_ANSWER_BYTES);

            control_write_error(&w, hf_error_text(reload->result));
            reload->report_len = writer_length(&w);
            log_message(&process->log, LOG_LEVEL_ERROR, "cannot reload: %s",
                        hf_error_text(reload->result));
        }
    }
    release_files(&reload->files);
    if (process->state != PROCESS_RUNNING)
        return;
    notify_service_manager("READY=1");
    if (process->control)
        control_server_wake(process->control);
    if (reload->wanted > reload->done)
        begin(process);
}

static void begin(struct process *process) {
    struct reload *reload = &process->reload;

    reload->running = true;
    reload->current = reload->wanted;
    reload->work.data = process;
    notify_service_manager("RELOADING=1");
    log_message(&process->log, LOG_LEVEL_INFO, "reloading");
    (void)uv_queue_work(&process->loop, &reload->work, read_in_thread, finish);
}

uint64_t process_reload(struct process *process) {
    struct reload *reload = &process->reload;

    reload->wanted++;
    if (!reload->running)
        begin(process);
    return reload->wanted;
}
