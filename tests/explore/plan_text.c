/* Plans as text, to be kept and to be edited by hand. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "plan.h"

static const char *const actions[PLAN_ACTIONS] = {
    [PLAN_FAULT] = "fault",   [PLAN_ADD] = "add",           [PLAN_CHANGE] = "change",
    [PLAN_REMOVE] = "remove", [PLAN_REGISTER] = "register", [PLAN_UNREGISTER] = "unregister",
};

static void put_address(FILE *file, const char *key, const struct hf_address *address) {
    char text[ADDRESS_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);

    if (address->family == HF_FAMILY_NONE)
        return;
    address_write_host(&w, address, false);
    (void)fprintf(file, " %s=%.*s", key, SLICE_ARGS(writer_slice(&w)));
}

static void put_number(FILE *file, const char *key, uint64_t number) {
    if (number != 0)
        (void)fprintf(file, " %s=%" PRIu64, key, number);
}

/* To the end of the line: line ends become "|". */
static void put_lines(FILE *file, const char *key, const char *text) {
    if (text[0] == '\0')
        return;
    (void)fprintf(file, " %s=", key);
    for (; *text; text++)
        (void)fputc(*text == '\n' ? '|' : *text, file);
}

static void put_link(FILE *file, const struct sim_link *link) {
    put_number(file, "latency", link->latency);
    put_number(file, "jitter", link->jitter);
    put_number(file, "loss", link->loss);
    put_number(file, "duplicate", link->duplicate);
    put_number(file, "reorder", link->reorder);
    put_number(file, "down", link->down);
    put_number(file, "ipv4", link->ipv4);
    put_number(file, "ipv6", link->ipv6);
}

static void put_server(FILE *file, const struct plan_server *server) {
    (void)fputs("server", file);
    put_address(file, "address", &server->address);
    put_address(file, "other", &server->other);
    put_number(file, "flow_timer", server->flow_timer);
    put_number(file, "shares", server->shares);
    put_number(file, "group", server->group);
    put_number(file, "open", server->open);
    for (unsigned i = 0; i < server->offer_count; i++)
        (void)fprintf(file, " offer=%u", server->offers[i]);
    put_number(file, "qop", server->qop);
    put_number(file, "nonce_lifetime", server->nonce_lifetime);
    put_number(file, "expires_min", server->expires_min);
    put_number(file, "expires_max", server->expires_max);
    put_number(file, "rate", server->rate);
    put_number(file, "queue_max", server->queue_max);
    (void)fputc('\n', file);
}

static void put_name(FILE *file, const struct plan_name *name) {
    (void)fprintf(file, "name name=%s ttl=%" PRIu32, name->name, name->ttl);
    put_number(file, "srv", name->srv);
    for (uint32_t i = 0; i < name->count; i++)
        (void)fprintf(file, " leads_to=%" PRIu32, name->servers[i]);
    (void)fputc('\n', file);
}

static void put_process(FILE *file, const struct plan_process *process) {
    (void)fputs("process", file);
    put_address(file, "address", &process->address);
    put_address(file, "other", &process->other);
    put_address(file, "nat", &process->nat_address);
    put_number(file, "nat_timeout", process->nat_timeout);
    put_number(file, "remembers", process->remembers);
    (void)fputc('\n', file);
}

static void put_account(FILE *file, const struct plan_account *account) {
    (void)fprintf(file, "account process=%" PRIu32 " family=%s", account->process, account->family);
    put_number(file, "late", account->late);
    put_lines(file, "settings", account->settings);
    (void)fputc('\n', file);
}

static void put_index(FILE *file, const char *key, uint32_t index) {
    if (index != SIM_NONE)
        (void)fprintf(file, " %s=%" PRIu32, key, index);
}

static void put_fault(FILE *file, const struct plan_step *step) {
    const struct sim_fault *fault = &step->fault;

    (void)fprintf(file, " kind=%s", sim_fault_name(fault->kind));
    put_index(file, "server", fault->server);
    put_index(file, "process", fault->process);
    put_number(file, "span", fault->span);
    put_number(file, "number", fault->number);
    put_number(file, "number_max", fault->number_max);
    put_number(file, "forget", fault->forget);
    put_link(file, &fault->link);
    put_number(file, "wrong", fault->registrar.kind);
    put_number(file, "count", fault->registrar.count);
    put_number(file, "status", fault->registrar.status);
    put_number(file, "tls", fault->tls);
    put_number(file, "dns", (uint64_t)fault->dns_result);
    put_number(file, "record", fault->record);
    put_address(file, "address", &fault->address);
    if (step->name[0] != '\0')
        (void)fprintf(file, " name=%s", step->name);
    if (step->method[0] != '\0')
        (void)fprintf(file, " method=%s", step->method);
    put_lines(file, "headers", step->headers);
}

static void put_step(FILE *file, const struct plan_step *step) {
    (void)fprintf(file, "at time=%" PRIu64 " do=%s", step->at, actions[step->action]);
    if (step->action == PLAN_FAULT)
        put_fault(file, step);
    else
        (void)fprintf(file, " account=%" PRIu32, step->account);
    put_lines(file, "settings", step->settings);
    (void)fputc('\n', file);
}

void plan_write(const struct plan *plan, FILE *file) {
    (void)fprintf(file, "world seed=%" PRIu64 " healed=%" PRIu64, plan->seed, plan->healed_at);
    put_link(file, &plan->link);
    (void)fputc('\n', file);
    for (uint32_t i = 0; i < plan->server_count; i++)
        put_server(file, &plan->servers[i]);
    for (uint32_t i = 0; i < plan->name_count; i++)
        put_name(file, &plan->names[i]);
    for (uint32_t i = 0; i < plan->process_count; i++)
        put_process(file, &plan->processes[i]);
    for (uint32_t i = 0; i < plan->account_count; i++)
        put_account(file, &plan->accounts[i]);
    for (uint32_t i = 0; i < plan->step_count; i++)
        put_step(file, &plan->steps[i]);
}

/* One "key=value" of a line; `settings` and `headers` take the rest of it. */
struct pair {
    struct hf_slice key;
    struct hf_slice value;
    uint64_t number;
};

static bool take_pair(struct hf_slice *line, struct pair *ret) {
    *line = slice_trim(*line);
    if (line->len == 0)
        return false;
    ret->key = slice_split(line, '=');
    if (slice_equal(ret->key, SLICE("settings")) || slice_equal(ret->key, SLICE("headers"))) {
        ret->value = *line;
        *line = SLICE_NONE;
    } else {
        ret->value = slice_split(line, ' ');
    }
    ret->number = 0;
    (void)slice_to_number(ret->value, &ret->number);
    return true;
}

static bool copy(char *text, size_t size, struct hf_slice value, bool lines) {
    if (value.len >= size)
        return false;
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    for (; lines && *text; text++)
        *text = *text == '|' ? '\n' : *text;
    return true;
}

static bool is(const struct pair *pair, const char *key) {
    return slice_equal(pair->key, slice_from(key));
}

#define NUMBER(key, member)                                                                        \
    if (is(pair, key)) {                                                                           \
        (member) = (__typeof__(member))pair->number;                                               \
        return true;                                                                               \
    }

static bool read_link(struct sim_link *link, const struct pair *pair) {
    NUMBER("latency", link->latency)
    NUMBER("jitter", link->jitter)
    NUMBER("loss", link->loss)
    NUMBER("duplicate", link->duplicate)
    NUMBER("reorder", link->reorder)
    NUMBER("down", link->down)
    NUMBER("ipv4", link->ipv4)
    NUMBER("ipv6", link->ipv6)
    return false;
}

static bool read_world(struct plan *plan, const struct pair *pair) {
    NUMBER("seed", plan->seed)
    NUMBER("healed", plan->healed_at)
    return read_link(&plan->link, pair);
}

static bool read_server(struct plan_server *server, const struct pair *pair) {
    if (is(pair, "offer") && server->offer_count < REGISTRAR_OFFERS_MAX) {
        server->offers[server->offer_count++] = (unsigned)pair->number;
        return true;
    }
    if (is(pair, "address")) {
        bool read = address_parse(pair->value, &server->address);

        server->address.port = 5060;
        return read;
    }
    if (is(pair, "other")) {
        bool read = address_parse(pair->value, &server->other);

        server->other.port = 5060;
        return read;
    }
    NUMBER("flow_timer", server->flow_timer)
    NUMBER("shares", server->shares)
    NUMBER("group", server->group)
    NUMBER("open", server->open)
    NUMBER("qop", server->qop)
    NUMBER("nonce_lifetime", server->nonce_lifetime)
    NUMBER("expires_min", server->expires_min)
    NUMBER("expires_max", server->expires_max)
    NUMBER("rate", server->rate)
    NUMBER("queue_max", server->queue_max)
    return false;
}

static bool read_name(struct plan_name *name, const struct pair *pair) {
    if (is(pair, "leads_to") && name->count < PLAN_RECORDS_MAX) {
        name->servers[name->count++] = (uint32_t)pair->number;
        return true;
    }
    if (is(pair, "name"))
        return copy(name->name, sizeof name->name, pair->value, false);
    NUMBER("ttl", name->ttl)
    NUMBER("srv", name->srv)
    return false;
}

static bool read_process(struct plan_process *process, const struct pair *pair) {
    if (is(pair, "address"))
        return address_parse(pair->value, &process->address);
    if (is(pair, "other"))
        return address_parse(pair->value, &process->other);
    if (is(pair, "nat"))
        return address_parse(pair->value, &process->nat_address);
    NUMBER("nat_timeout", process->nat_timeout)
    NUMBER("remembers", process->remembers)
    return false;
}

static bool read_account(struct plan_account *account, const struct pair *pair) {
    if (is(pair, "family"))
        return copy(account->family, sizeof account->family, pair->value, false);
    if (is(pair, "settings"))
        return copy(account->settings, sizeof account->settings, pair->value, true);
    NUMBER("process", account->process)
    NUMBER("late", account->late)
    return false;
}

static bool read_action(struct plan_step *step, struct hf_slice word) {
    for (int i = 0; i < PLAN_ACTIONS; i++)
        if (slice_equal(word, slice_from(actions[i]))) {
            step->action = (enum plan_action)i;
            return true;
        }
    return false;
}

static bool read_step(struct plan_step *step, const struct pair *pair) {
    struct sim_fault *fault = &step->fault;

    if (is(pair, "do"))
        return read_action(step, pair->value);
    if (is(pair, "kind"))
        return sim_fault_find(pair->value, &fault->kind);
    if (is(pair, "address"))
        return address_parse(pair->value, &fault->address);
    if (is(pair, "name"))
        return copy(step->name, sizeof step->name, pair->value, false);
    if (is(pair, "method"))
        return copy(step->method, sizeof step->method, pair->value, false);
    if (is(pair, "headers"))
        return copy(step->headers, sizeof step->headers, pair->value, false);
    if (is(pair, "settings"))
        return copy(step->settings, sizeof step->settings, pair->value, true);
    NUMBER("time", step->at)
    NUMBER("account", step->account)
    NUMBER("server", fault->server)
    NUMBER("process", fault->process)
    NUMBER("span", fault->span)
    NUMBER("number", fault->number)
    NUMBER("number_max", fault->number_max)
    NUMBER("forget", fault->forget)
    NUMBER("wrong", fault->registrar.kind)
    NUMBER("count", fault->registrar.count)
    NUMBER("status", fault->registrar.status)
    NUMBER("tls", fault->tls)
    NUMBER("dns", fault->dns_result)
    NUMBER("record", fault->record)
    return read_link(&fault->link, pair);
}

/* An item of a list, if there is room for another one. */
#define ITEM(word, list, count, max, reader, ...)                                                  \
    if (slice_equal(kind, SLICE(word))) {                                                          \
        if ((count) == (max))                                                                      \
            return false;                                                                          \
        (list)[count] = (__typeof__((list)[0])){__VA_ARGS__};                                      \
        while (take_pair(&line, &pair))                                                            \
            if (!reader(&(list)[count], &pair))                                                    \
                return false;                                                                      \
        (count)++;                                                                                 \
        return true;                                                                               \
    }

static bool read_line(struct plan *plan, struct hf_slice line) {
    struct hf_slice kind = slice_split(&line, ' ');
    struct pair pair;

    if (slice_equal(kind, SLICE("world"))) {
        while (take_pair(&line, &pair))
            if (!read_world(plan, &pair))
                return false;
        return true;
    }
    ITEM("server", plan->servers, plan->server_count, PLAN_SERVERS_MAX, read_server, 0)
    ITEM("name", plan->names, plan->name_count, PLAN_NAMES_MAX, read_name, 0)
    ITEM("process", plan->processes, plan->process_count, PLAN_PROCESSES_MAX, read_process, 0)
    ITEM("account", plan->accounts, plan->account_count, PLAN_ACCOUNTS_MAX, read_account, 0)
    ITEM("at", plan->steps, plan->step_count, PLAN_STEPS_MAX, read_step,
         .fault = {.server = SIM_NONE, .process = SIM_NONE})
    return false;
}

bool plan_read(struct plan *plan, FILE *file, char *error, size_t error_size) {
    char *buffer = NULL;
    size_t size = 0;
    unsigned number = 0;
    bool good = true;

    *plan = (struct plan){0};
    while (good && getline(&buffer, &size, file) >= 0) {
        struct hf_slice line = slice_trim(slice_from(buffer));

        number++;
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        good = read_line(plan, line);
        if (!good)
            (void)snprintf(error, error_size, "line %u is wrong", number);
    }
    free(buffer);
    if (good && (plan->server_count == 0 || plan->process_count == 0)) {
        (void)snprintf(error, error_size, "there is no server, or no process");
        good = false;
    }
    return good;
}
