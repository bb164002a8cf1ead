/* The running daemon's parts, as its own files share them. */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include <uv.h>

#include "daemon/control_server.h"
#include "daemon/daemon.h"
#include "daemon/load.h"
#include "daemon/memory_trim.h"
#include "daemon/metrics_server.h"
#include "daemon/metrics_text.h"
#include "daemon/shard.h"
#include "daemon/store.h"

/* Reads files in a thread of its own, so that the engine goes on meanwhile. Whoever asks for a
 * reload gets a number; the reload with this number, or a later one, has seen the files as they
 * were then. */
struct reload {
    uv_work_t work;
    bool running;
    uint64_t wanted; /* number of the last reload that was asked for */
    uint64_t done;   /* number of the last one that is complete */
    uint64_t current;
    int result; /* of load_read, and of handing it over */
    struct config_files files;
    const struct account_list *lists[SHARDS_MAX]; /* of `known` */
    struct load_known known;
    uv_timer_t step; /* a part is handed over in each turn of the loop */
    unsigned shard;  /* whose part is being handed over */
    bool loading;    /* between load_begin and load_end */
    struct load_result total;
    size_t errors;           /* that the files had at the last one */
    uint64_t changes_before; /* config_changes */
    size_t report_len;
    char report[CONTROL_ANSWER_BYTES]; /* lines of JSON about the last one, ended by "result" */
};

/* The state file, if there is one. `batch` is being collected, `writing` is with the thread. */
struct process_store {
    struct store *store; /* NULL: none is wanted */
    uv_timer_t timer;
    uv_work_t work;
    bool working;
    bool open;
    bool forgets; /* once all are written, rows of accounts that nobody has any more */
    bool forgets_now;
    bool all;       /* every account is to be written, from `cursor` on */
    unsigned shard; /* in which `cursor` is, and which is asked next for what has changed */
    uint32_t cursor;
    int result; /* of the work */
    struct store_report report;
    enum store_problem told;
    uint64_t errors;
    struct store_batch batch;
    struct store_batch writing;
};

/* Metrics are made one text at a time. */
struct process_metrics {
    struct metrics_server *server; /* NULL: not served by HTTP */
    uv_idle_t idle;
    bool counting;
    uint64_t done;   /* counts that are complete */
    unsigned shard;  /* that is being counted */
    uint32_t cursor; /* in its list of accounts */
    struct metrics_places places;
    int64_t started; /* the process, ms since 1970 */
    size_t text_len; /* of the last complete count */
    char text[METRICS_TEXT_BYTES];
};

enum { PROCESS_WATCH_TEXT = 96 };

/* What the service manager is told. */
struct process_watch {
    uv_timer_t timer;
    char told[PROCESS_WATCH_TEXT]; /* the last status */
};

enum process_state {
    PROCESS_STARTING,
    PROCESS_RUNNING,
    PROCESS_STOPPING, /* bindings are being removed */
    PROCESS_ENDED,
};

struct process {
    const struct daemon_options *options;
    enum process_state state;
    bool failed;
    struct log log;
    uv_loop_t loop;
    uv_signal_t signals[3];
    uv_timer_t stop_timer;
    uv_prepare_t prepare;
    struct memory_trim trim;
    struct shard *shards; /* process->shard_count */
    unsigned shard_count;
    uv_async_t news;  /* from shards with a thread */
    atomic_bool read; /* somebody reads events; for them */
    char *event_buffer;
    struct control_server *control;
    struct reload reload;
    struct process_store store;
    struct process_metrics metrics;
    struct process_watch watch;
};

/* process_shards.c: all shards together */
bool process_shards_open(struct process *process);
/* Gives those their threads that are to have one; after the first load. */
bool process_shards_start(struct process *process);
void process_shards_stop(struct process *process);
bool process_shards_are_stopped(struct process *process);
void process_shards_close(struct process *process);
void process_shards_release(struct process *process);
size_t process_account_count(struct process *process);
uint64_t process_config_changes(struct process *process);
/* Looks the account up in each shard. Where it is, `function` is called there with the entry; false
 * when there is none. */
bool process_with_account(struct process *process, struct hf_slice name,
                          void (*function)(struct shard *shard, const struct account_entry *entry,
                                           void *argument),
                          void *argument);

/* process_control.c: answers requests. `context` is the process. */
enum control_progress process_answer(void *context, const struct control_request *request,
                                     uint64_t *cursor, struct writer *w);

/* process_store.c */
/* Opens the state file, if one is wanted; false only without memory. What is wrong with the file is
 * logged, and the accounts do without. */
bool process_store_start(struct process *process);
/* Writes what has changed, at the orderly end. */
void process_store_finish(struct process *process);
void process_store_release(struct process *process);
/* Remembers the ports of sockets. */
struct net_ports process_store_ports(struct shard *shard);

/* process_metrics.c */
/* False when the address cannot be had, which is logged. */
bool process_metrics_start(struct process *process);
void process_metrics_stop(struct process *process);
/* Begins a count, or joins the one that runs; it is complete when `done` is what is returned. */
uint64_t process_metrics_ask(struct process *process);
enum control_progress process_metrics_answer(struct process *process, uint64_t *cursor,
                                             struct writer *w);

/* process_watch.c: what the service manager is told, if one asks */
void process_watch_start(struct process *process);
/* The end begins, and may last for as long as servers are given for their answers. */
void process_watch_tell_stopping(const struct process *process);

/* process_reload.c */
void process_reload_init(struct process *process);
/* Gives up what is being handed over, and closes what the loop waits for. */
void process_reload_close(struct process *process);
/* The first load, before the loop runs. False when no account can be used. */
bool process_load(struct process *process);
/* Begins a reload now or when the one that runs is done; returns its number. */
uint64_t process_reload(struct process *process);

#endif
