/* One engine with its sockets and its part of the accounts. A process with one of them has it on
 * its own loop; with several, each has a thread and a loop, and they share nothing while they work:
 * the process asks a shard by calls that run in the shard's thread, and shards tell of events by a
 * queue that holds only so much. */
#ifndef DAEMON_SHARD_H
#define DAEMON_SHARD_H

#include <stdatomic.h>
#include <uv.h>

#include "daemon/account_list.h"
#include "daemon/load.h"
#include "daemon/memory_trim.h"
#include "daemon/tally.h"
#include "net/driver.h"

struct process;
struct shard;

typedef void shard_function(struct shard *shard, void *argument);

enum { SHARDS_MAX = 64, SHARD_PORTS_MAX = 8, SHARD_EVENT_BYTES = 1 << 20 };

/* A port that is not written yet. */
struct shard_port {
    struct hf_address local;
    uint16_t port;
    uint8_t dscp;
};

/* Lines for the readers of events, on their way to the process's thread. */
struct shard_events {
    uv_mutex_t mutex;
    char *bytes;
    size_t length;
    unsigned lost;
};

struct shard {
    struct process *process;
    unsigned number;
    uv_loop_t *loop; /* the process's, or own_loop */
    struct hf_agent *agent;
    struct net_driver *net;
    struct account_list accounts;
    struct load load;        /* while one is under way */
    struct tally tally;      /* of its events */
    uint64_t config_changes; /* events of that kind so far */
    struct shard_port ports[SHARD_PORTS_MAX];
    unsigned port_count;

    /* what follows is of a shard with a thread of its own */
    bool threaded;
    uv_loop_t own_loop;
    uv_thread_t thread;
    uv_async_t wake;
    uv_prepare_t prepare;
    struct memory_trim trim;
    uv_sem_t answered;
    _Atomic(shard_function *) call;
    void *argument;
    bool stopping;
    atomic_bool stopped;
    struct shard_events events;
};

/* Makes the agent, and the network on the process's loop (`shards` is 1) or one of its own. False
 * and logged when that cannot be. To be closed and released in any case. */
bool shard_open(struct shard *shard, struct process *process, unsigned number, unsigned shards);

/* Starts the thread; from now on the shard is reached by calls only. False when there is none. */
bool shard_start(struct shard *shard);

/* Runs the function where the shard lives, and waits for it. From the process's thread. */
void shard_call(struct shard *shard, shard_function *function, void *argument);

/* Begins to stop; then whether nothing is awaited any more. */
void shard_stop(struct shard *shard);
bool shard_is_stopped(struct shard *shard);

/* Closes the network and ends the thread; the accounts are still there. */
void shard_close(struct shard *shard);
void shard_release(struct shard *shard);

/* Hands what readers of events have not seen yet to `publish`, a line at a time. Returns how many
 * found no room in the queue. */
unsigned shard_take_events(struct shard *shard, char *buffer,
                           void (*publish)(struct process *process, struct hf_slice line));

#endif
