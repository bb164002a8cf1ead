/* Rows out of and into the state file. What is read may be anything. */
#include <stdio.h>

#include "base/address.h"
#include "daemon/store_internal.h"
#include "settings/host.h"

static void bind_text(sqlite3_stmt *statement, int at, const char *text) {
    (void)sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static void bind_slice(sqlite3_stmt *statement, int at, struct hf_slice text) {
    (void)sqlite3_bind_text(statement, at, text.len > 0 ? text.ptr : "", (int)text.len,
                            SQLITE_TRANSIENT);
}

static void bind_time(sqlite3_stmt *statement, int at, int64_t unix_milliseconds) {
    char text[64];
    struct writer w = writer_of(text, sizeof text);

    if (unix_milliseconds != WALL_UNKNOWN)
        wall_clock_write(&w, unix_milliseconds);
    bind_slice(statement, at, writer_slice(&w));
}

static void bind_now(sqlite3_stmt *statement, int at) {
    const struct wall_clock clock = wall_clock_at(0);

    bind_time(statement, at, wall_clock_unix(&clock, 0));
}

static struct hf_slice transport_name(uint8_t transport) {
    switch ((enum hf_transport)transport) {
    case HF_TRANSPORT_UDP:
        return SLICE("udp");
    case HF_TRANSPORT_TCP:
        return SLICE("tcp");
    case HF_TRANSPORT_TLS:
        return SLICE("tls");
    }
    return SLICE("udp");
}

static void bind_address(sqlite3_stmt *statement, int at, const struct hf_address *address,
                         struct hf_slice transport) {
    char text[ADDRESS_TEXT_MAX + 32];
    struct writer w = writer_of(text, sizeof text);

    if (address->family != HF_FAMILY_NONE)
        address_write(&w, address);
    if (transport.len > 0)
        writer_put_literal(&w, ";transport=");
    writer_put_slice(&w, transport);
    bind_slice(statement, at, writer_slice(&w));
}

/* Six columns from `at` on. */
static void bind_binding(sqlite3_stmt *statement, int at, const struct store_binding *binding) {
    bool there = binding->contact[0] != '\0';

    bind_text(statement, at, binding->contact);
    bind_text(statement, at + 1, "");
    bind_text(statement, at + 2, "");
    (void)sqlite3_bind_int64(statement, at + 3, binding->hop);
    (void)sqlite3_bind_int64(statement, at + 4, binding->endpoint);
    bind_text(statement, at + 5, "");
    if (!there)
        return;
    bind_address(statement, at + 1, &binding->target, transport_name(binding->transport));
    bind_address(statement, at + 2, &binding->local, SLICE_NONE);
    bind_time(statement, at + 5, binding->ends);
}

static enum store_problem run_for(struct store *store, enum store_statement which,
                                  const char *account) {
    bind_text(store->statements[which], 1, account);
    return store_run(store->statements[which]);
}

static enum store_problem write_memory(sqlite3_stmt *statement, const struct store_row *row) {
    bind_text(statement, 1, row->call_id);
    (void)sqlite3_bind_int64(statement, 2, row->cseq);
    bind_binding(statement, 3, &row->bindings[0]);
    bind_binding(statement, 9, &row->bindings[1]);
    bind_text(statement, 15, row->realm);
    bind_text(statement, 16, row->nonce);
    bind_text(statement, 17, row->opaque);
    bind_text(statement, 18, row->algorithm);
    bind_text(statement, 19, row->qop);
    (void)sqlite3_bind_int64(statement, 20, row->nonce_count);
    (void)sqlite3_bind_int64(statement, 21, row->nonce_server);
    bind_text(statement, 22, row->pub_gruu);
    bind_text(statement, 23, row->temp_gruu);
    bind_text(statement, 25, row->account);
    return store_run(statement);
}

static enum store_problem write_row(struct store *store, const struct store_row *row) {
    sqlite3_stmt *leg = store->statements[STATEMENT_WRITE_LEG];

    if (row->leg > 0) {
        (void)sqlite3_bind_int64(leg, 26, row->leg);
        return write_memory(leg, row);
    }
    enum store_problem problem = run_for(store, STATEMENT_DELETE_LEGS, row->account);

    if (problem != STORE_OK)
        return problem;
    return row->gone ? run_for(store, STATEMENT_DELETE, row->account)
                     : write_memory(store->statements[STATEMENT_WRITE], row);
}

static int failed(struct store *store, enum store_problem problem, struct store_report *report) {
    store_say(report, problem, store->path, sqlite3_errmsg(store->database));
    if (!sqlite3_get_autocommit(store->database))
        (void)store_run(store->statements[STATEMENT_ROLLBACK]);
    if (problem == STORE_DAMAGED)
        store_shut(store);
    return HF_ERROR_STATE;
}

static int not_open(const struct store *store, struct store_report *report) {
    store_say(report, STORE_FAILED, store->path, "it is not open");
    return HF_ERROR_STATE;
}

static int write_all(struct store *store, const struct store_batch *batch,
                     struct store_report *report) {
    if (!store->database)
        return not_open(store, report);
    enum store_problem problem = store_run(store->statements[STATEMENT_BEGIN]);

    bind_now(store->statements[STATEMENT_WRITE], 24);
    bind_now(store->statements[STATEMENT_WRITE_LEG], 24);
    for (size_t i = 0; problem == STORE_OK && i < batch->count; i++)
        problem = write_row(store, &batch->rows[i]);
    if (problem == STORE_OK)
        problem = store_run(store->statements[STATEMENT_COMMIT]);
    return problem == STORE_OK ? 0 : failed(store, problem, report);
}

int store_write(struct store *store, const struct store_batch *batch, struct store_report *report) {
    *report = (struct store_report){0};
    pthread_mutex_lock(&store->mutex);
    int result = write_all(store, batch, report);

    pthread_mutex_unlock(&store->mutex);
    return result;
}

/* Empty when the column holds something else than a text, or one with a NUL in it. */
static struct hf_slice column_text(sqlite3_stmt *statement, int at) {
    const unsigned char *text = sqlite3_column_text(statement, at);

    if (!text)
        return SLICE_NONE;
    struct hf_slice s = slice_of((const char *)text, (size_t)sqlite3_column_bytes(statement, at));

    return slice_index(s, '\0') == s.len ? s : SLICE_NONE;
}

static bool read_text(sqlite3_stmt *statement, int at, char *buffer, size_t size) {
    struct writer w = writer_of(buffer, size);

    writer_put_slice(&w, column_text(statement, at));
    return writer_terminate(&w);
}

static bool read_number(sqlite3_stmt *statement, int at, uint32_t *ret) {
    int64_t number = sqlite3_column_int64(statement, at);

    *ret = (uint32_t)number;
    return number >= 0 && number <= UINT32_MAX;
}

static bool read_address(struct hf_slice text, struct hf_address *ret, uint8_t *ret_transport) {
    struct host_text host;
    const char *reason;

    *ret = (struct hf_address){0};
    if (text.len == 0)
        return true;
    if (!host_read(text, &host, &reason) || !address_parse(host.host, ret))
        return false;
    ret->port = host.port;
    if (ret_transport)
        *ret_transport = slice_equal(host.transport, SLICE("tcp"))   ? HF_TRANSPORT_TCP
                         : slice_equal(host.transport, SLICE("tls")) ? HF_TRANSPORT_TLS
                                                                     : HF_TRANSPORT_UDP;
    return true;
}

static bool read_binding(sqlite3_stmt *statement, int at, const struct wall_clock *clock,
                         struct hf_remembered_binding *ret) {
    struct hf_slice ends = column_text(statement, at + 5);
    int64_t ends_unix = WALL_UNKNOWN;

    if (!read_text(statement, at, ret->contact, sizeof ret->contact))
        return false;
    if (ret->contact[0] == '\0')
        return true;
    if ((ends.len > 0 && !wall_clock_read(ends, &ends_unix)) ||
        !read_number(statement, at + 3, &ret->hop) ||
        !read_number(statement, at + 4, &ret->endpoint) ||
        !read_address(column_text(statement, at + 1), &ret->target, &ret->transport) ||
        !read_address(column_text(statement, at + 2), &ret->local, NULL))
        return false;
    ret->ends_at = wall_clock_instant(clock, ends_unix);
    return true;
}

static bool read_row(sqlite3_stmt *statement, const struct wall_clock *clock,
                     struct hf_remembered *ret) {
    struct hf_remembered_challenge *challenge = &ret->challenge;

    return read_text(statement, 0, ret->call_id, sizeof ret->call_id) &&
           read_number(statement, 1, &ret->cseq) &&
           read_binding(statement, 2, clock, &ret->bindings[0]) &&
           read_binding(statement, 8, clock, &ret->bindings[1]) &&
           read_text(statement, 14, challenge->realm, sizeof challenge->realm) &&
           read_text(statement, 15, challenge->nonce, sizeof challenge->nonce) &&
           read_text(statement, 16, challenge->opaque, sizeof challenge->opaque) &&
           read_text(statement, 17, challenge->algorithm, sizeof challenge->algorithm) &&
           read_text(statement, 18, challenge->qop, sizeof challenge->qop) &&
           read_number(statement, 19, &challenge->nonce_count) &&
           read_number(statement, 20, &challenge->server) &&
           read_text(statement, 21, ret->pub_gruu, sizeof ret->pub_gruu) &&
           read_text(statement, 22, ret->temp_gruu, sizeof ret->temp_gruu);
}

enum store_recalled store_recall(struct store *store, const char *account, uint32_t leg,
                                 const struct wall_clock *clock, struct hf_remembered *ret) {
    enum store_recalled result = STORE_RECALLED_NOTHING;

    *ret = (struct hf_remembered){0};
    pthread_mutex_lock(&store->mutex);
    if (store->database) {
        sqlite3_stmt *statement =
            store->statements[leg > 0 ? STATEMENT_RECALL_LEG : STATEMENT_RECALL];

        bind_text(statement, 1, account);
        if (leg > 0)
            (void)sqlite3_bind_int64(statement, 2, leg);
        if (sqlite3_step(statement) == SQLITE_ROW && column_text(statement, 0).len > 0)
            result = read_row(statement, clock, ret) ? STORE_RECALLED : STORE_RECALLED_NONSENSE;
        (void)sqlite3_reset(statement);
    }
    pthread_mutex_unlock(&store->mutex);
    return result;
}

void store_begin(struct store *store) {
    pthread_mutex_lock(&store->mutex);
    if (store->database)
        (void)store_run(store->statements[STATEMENT_BEGIN]);
}

void store_commit(struct store *store) {
    if (store->database && !sqlite3_get_autocommit(store->database) &&
        store_run(store->statements[STATEMENT_COMMIT]) != STORE_OK)
        (void)store_run(store->statements[STATEMENT_ROLLBACK]);
    pthread_mutex_unlock(&store->mutex);
}

static bool get_instance(struct store *store, const char *account, char urn[STORE_INSTANCE_BYTES]) {
    sqlite3_stmt *statement = store->statements[STATEMENT_INSTANCE_GET];
    bool found = false;

    bind_text(statement, 1, account);
    if (sqlite3_step(statement) == SQLITE_ROW)
        found = read_text(statement, 0, urn, STORE_INSTANCE_BYTES) && urn[0] != '\0';
    (void)sqlite3_reset(statement);
    return found;
}

bool store_instance(struct store *store, const char *account, const char *wanted,
                    char urn[STORE_INSTANCE_BYTES]) {
    if (store->database && get_instance(store, account, urn))
        return true;
    snprintf(urn, STORE_INSTANCE_BYTES, "%s", wanted);
    if (!store->database || sqlite3_get_autocommit(store->database))
        return false; /* no transaction could be begun */
    sqlite3_stmt *statement = store->statements[STATEMENT_INSTANCE_PUT];

    bind_text(statement, 1, account);
    bind_text(statement, 2, urn);
    bind_now(statement, 3);
    return store_run(statement) == STORE_OK;
}

/* The part stands above the DSCP, in one number. */
static void bind_port_key(sqlite3_stmt *statement, const struct hf_address *local, uint8_t dscp,
                          unsigned part) {
    struct hf_address host = *local;

    host.port = 0;
    bind_address(statement, 1, &host, SLICE_NONE);
    (void)sqlite3_bind_int(statement, 2, (int)(dscp + part * 256));
}

uint16_t store_port(struct store *store, const struct hf_address *local, uint8_t dscp,
                    unsigned part) {
    int64_t port = 0;

    pthread_mutex_lock(&store->mutex);
    if (store->database) {
        sqlite3_stmt *statement = store->statements[STATEMENT_PORT_GET];

        bind_port_key(statement, local, dscp, part);
        if (sqlite3_step(statement) == SQLITE_ROW)
            port = sqlite3_column_int64(statement, 0);
        (void)sqlite3_reset(statement);
    }
    pthread_mutex_unlock(&store->mutex);
    return port > 0 && port <= UINT16_MAX ? (uint16_t)port : 0;
}

static int put_port(struct store *store, const struct hf_address *local, uint8_t dscp,
                    unsigned part, uint16_t port, struct store_report *report) {
    if (!store->database)
        return not_open(store, report);
    sqlite3_stmt *statement = store->statements[STATEMENT_PORT_PUT];

    bind_port_key(statement, local, dscp, part);
    (void)sqlite3_bind_int(statement, 3, port);
    enum store_problem problem = store_run(statement);

    return problem == STORE_OK ? 0 : failed(store, problem, report);
}

int store_keep_port(struct store *store, const struct hf_address *local, uint8_t dscp,
                    unsigned part, uint16_t port, struct store_report *report) {
    *report = (struct store_report){0};
    pthread_mutex_lock(&store->mutex);
    int result = put_port(store, local, dscp, part, port, report);

    pthread_mutex_unlock(&store->mutex);
    return result;
}

void store_reserve(struct store *store) {
    if (!store->database || sqlite3_get_autocommit(store->database))
        return;
    for (int i = STATEMENT_RESERVE; i <= STATEMENT_RESERVE_LEGS; i++) {
        sqlite3_stmt *statement = store->statements[i];

        (void)sqlite3_bind_int(statement, 1, HF_REMEMBERED_CSEQ_SKIP);
        (void)sqlite3_bind_int(statement, 2, HF_REMEMBERED_NONCE_SKIP);
        (void)store_run(statement);
    }
}

void store_forget_older(struct store *store, int64_t unix_milliseconds) {
    pthread_mutex_lock(&store->mutex);
    if (store->database) {
        for (int i = STATEMENT_FORGET; i <= STATEMENT_FORGET_LEGS; i++) {
            bind_time(store->statements[i], 1, unix_milliseconds);
            (void)store_run(store->statements[i]);
        }
    }
    pthread_mutex_unlock(&store->mutex);
}
