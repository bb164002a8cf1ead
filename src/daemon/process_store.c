/* Keeps the state file up to date: once a second what has changed is collected, a part in each turn
 * of the loop so that the engine is not kept waiting, and written by a thread in one transaction.
 */
#include "daemon/process.h"
#include "net/clock.h"

enum {
    WRITE_EVERY_MS = 1000,
    OPEN_AGAIN_MS = 3000,
    ACCOUNTS_A_TURN = 500,
    ROWS_A_TRANSACTION = 50000,
    KEPT_DAYS = 30, /* rows of accounts that are in no file any more */
};

/* Each problem once, until there is another or it is over. */
static void tell(struct process *process, const struct store_report *report) {
    struct process_store *state = &process->store;
    bool again = report->problem == state->told;

    if (report->problem != STORE_OK)
        state->errors++;
    if (report->problem == STORE_OK && report->text[0] != '\0')
        log_message(&process->log, LOG_LEVEL_ERROR, "%s", report->text);
    else if (report->problem != STORE_OK && !again)
        log_message(&process->log, LOG_LEVEL_ERROR,
                    "%s; accounts go on, and remember nothing over a restart", report->text);
    else if (report->problem == STORE_OK && !again)
        log_message(&process->log, LOG_LEVEL_INFO, "the state file %s works again",
                    process->options->state);
    state->told = report->problem;
}

/* What one shard adds to the batch, and how many accounts it may look at. */
struct collection {
    unsigned left;
    bool all; /* nothing is left in this shard */
};

/* Without memory for it, it will be written when it changes again. */
static void collect_legs(struct shard *shard, const struct account_entry *entry,
                         const struct wall_clock *clock) {
    struct store_batch *batch = &shard->process->store.batch;
    struct hf_remembered remembered;

    for (uint32_t leg = 0; hf_agent_remember_leg(shard->agent, entry->id, leg, &remembered) == 0;
         leg++)
        if (store_batch_add(batch, entry->name, leg, &remembered, clock) != 0)
            return;
}

/* Adds the next account to the batch; false when there is none. */
static bool collect_one(struct shard *shard, const struct wall_clock *clock) {
    struct process_store *state = &shard->process->store;
    const struct account_entry *entry = NULL;
    hf_account_id id;
    uint64_t tag;

    if (state->all) {
        entry = account_list_next(&shard->accounts, &state->cursor, &tag);
        if (!entry)
            return false;
    }
    if (!entry && !hf_agent_next_changed(shard->agent, &id, &tag))
        return false;
    if (!entry)
        entry = account_list_get(&shard->accounts, tag);
    if (entry)
        collect_legs(shard, entry, clock);
    return true;
}

static void collect_in_shard(struct shard *shard, void *argument) {
    struct collection *collection = argument;
    const struct wall_clock clock = wall_clock_at(net_now());

    for (; collection->left > 0; collection->left--) {
        if (shard->process->store.batch.count >= ROWS_A_TRANSACTION)
            return;
        collection->all = !collect_one(shard, &clock);
        if (collection->all)
            return;
    }
}

/* True when all that has changed is in the batch, or it is full. After a walk through all accounts
 * comes what has changed meanwhile. */
static bool collect(struct process *process, unsigned accounts_max) {
    struct process_store *state = &process->store;
    struct collection collection = {.left = accounts_max};

    while (state->batch.count < ROWS_A_TRANSACTION) {
        if (state->shard == process->shard_count) {
            bool again = state->all;

            state->shard = 0;
            state->all = false;
            if (!again)
                return true;
        }
        collection.all = false;
        shard_call(&process->shards[state->shard], collect_in_shard, &collection);
        if (!collection.all)
            return state->batch.count >= ROWS_A_TRANSACTION;
        state->shard++;
        state->cursor = 0;
    }
    return true;
}

static void write_everything_again(struct process_store *state) {
    state->all = true;
    state->shard = 0;
    state->cursor = 0;
}

static int write_now(struct process_store *state, const struct store_batch *batch,
                     struct store_report *report) {
    const struct wall_clock clock = wall_clock_at(0);
    int result = store_write(state->store, batch, report);

    if (result == 0 && state->forgets_now)
        store_forget_older(state->store,
                           wall_clock_unix(&clock, 0) - KEPT_DAYS * (int64_t)86400000);
    return result;
}

static void work(uv_work_t *work) {
    struct process_store *state = &((struct process *)work->data)->store;

    if (!state->open)
        state->result = store_open(state->store, &state->report);
    else
        state->result = write_now(state, &state->writing, &state->report);
}

static void on_timer(uv_timer_t *timer);

static void again_after(struct process *process, uint64_t milliseconds) {
    if (process->state < PROCESS_ENDED)
        uv_timer_start(&process->store.timer, on_timer, milliseconds, 0);
}

/* Those that could not be written when they were bound. */
static void keep_ports_of_shard(struct shard *shard, void *argument) {
    struct store *store = argument;
    struct store_report report;

    while (shard->port_count > 0) {
        const struct shard_port *port = &shard->ports[shard->port_count - 1];

        if (store_keep_port(store, &port->local, port->dscp, shard->number, port->port, &report) !=
            0)
            return;
        shard->port_count--;
    }
}

static void keep_ports(struct process *process) {
    for (unsigned i = 0; process->store.open && i < process->shard_count; i++)
        shard_call(&process->shards[i], keep_ports_of_shard, process->store.store);
}

static void worked(uv_work_t *work, int status) {
    struct process *process = work->data;
    struct process_store *state = &process->store;
    bool was_open = state->open;

    (void)status;
    state->working = false;
    tell(process, &state->report);
    if (!was_open) {
        state->open = state->result == 0;
        write_everything_again(state);
        keep_ports(process);
    } else if (state->result == 0) {
        state->forgets = state->forgets && !state->forgets_now;
    } else {
        state->open = state->report.problem != STORE_DAMAGED;
        write_everything_again(state);
    }
    store_batch_release(&state->writing);
    if (state->result == 0)
        again_after(process, WRITE_EVERY_MS);
    else if (state->result == HF_ERROR_STATE)
        again_after(process, was_open && !state->open ? WRITE_EVERY_MS : OPEN_AGAIN_MS);
}

static void begin_work(struct process *process) {
    struct process_store *state = &process->store;

    state->working = true;
    state->forgets_now = state->open && state->forgets && !state->all;
    state->writing = state->batch;
    state->batch = (struct store_batch){0};
    state->work.data = process;
    (void)uv_queue_work(&process->loop, &state->work, work, worked);
}

static void on_timer(uv_timer_t *timer) {
    struct process *process = timer->data;
    struct process_store *state = &process->store;

    if (state->working)
        return;
    if (state->open && !collect(process, ACCOUNTS_A_TURN))
        again_after(process, 0); /* the rest in the next turn */
    else if (!state->open || state->batch.count > 0)
        begin_work(process);
    else
        again_after(process, WRITE_EVERY_MS);
}

bool process_store_start(struct process *process) {
    struct process_store *state = &process->store;

    uv_timer_init(&process->loop, &state->timer);
    state->timer.data = process;
    if (!process->options->state)
        return true;
    state->store = store_create(process->options->state);
    if (!state->store) {
        log_message(&process->log, LOG_LEVEL_ERROR, "cannot start: out of memory");
        return false;
    }
    state->result = store_open(state->store, &state->report);
    state->open = state->result == 0;
    state->forgets = true;
    tell(process, &state->report);
    write_everything_again(state);
    if (state->open)
        again_after(process, WRITE_EVERY_MS);
    else if (state->result == HF_ERROR_STATE)
        again_after(process, OPEN_AGAIN_MS);
    return true;
}

void process_store_finish(struct process *process) {
    struct process_store *state = &process->store;
    bool all = false;

    while (state->open && !all) {
        all = collect(process, UINT32_MAX) && state->batch.count < ROWS_A_TRANSACTION;
        state->forgets_now = false;
        if (state->batch.count > 0 && write_now(state, &state->batch, &state->report) != 0) {
            tell(process, &state->report);
            state->open = false;
        }
        store_batch_release(&state->batch);
    }
}

void process_store_release(struct process *process) {
    store_batch_release(&process->store.batch);
    store_batch_release(&process->store.writing);
    store_free(process->store.store);
}

static uint16_t port_wanted(void *user, const struct hf_address *local, uint8_t dscp) {
    struct shard *shard = user;

    return store_port(shard->process->store.store, local, dscp, shard->number);
}

/* Written before the first REGISTER goes out: whatever happens then, the next run has the same
 * Contact. */
static void port_bound(void *user, const struct hf_address *local, uint8_t dscp, uint16_t wanted,
                       uint16_t port) {
    struct shard *shard = user;
    struct process *process = shard->process;
    struct store_report report;

    if (wanted == port)
        return;
    if (wanted != 0)
        log_message(&process->log, LOG_LEVEL_WARNING,
                    "UDP port %u, which was used before, is taken: using %u; Contacts change",
                    wanted, port);
    if (store_keep_port(process->store.store, local, dscp, shard->number, port, &report) == 0)
        return;
    /* A shard with a thread leaves it to the next writing to say so. */
    if (!shard->threaded && process->store.open)
        tell(process, &report);
    if (shard->port_count < SHARD_PORTS_MAX)
        shard->ports[shard->port_count++] = (struct shard_port){*local, port, dscp};
}

/* Accounts that insist on a port are all in one shard, which then has it for the others too. */
static bool port_is_ours(void *user, uint16_t port) {
    const struct shard *shard = user;

    return load_part_of_port(port, shard->process->shard_count) == shard->number;
}

struct net_ports process_store_ports(struct shard *shard) {
    if (!shard->process->store.store)
        return (struct net_ports){.may_take = port_is_ours, .user = shard};
    return (struct net_ports){
        .wanted = port_wanted, .bound = port_bound, .may_take = port_is_ours, .user = shard};
}
