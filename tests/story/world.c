#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../unit/cmocka_all.h"
#include "agent/internal.h"
#include "base/address.h"
#include "base/outbox.h"

static struct hf_address server_address(unsigned index) {
    return (struct hf_address){
        .family = HF_FAMILY_IPV4, .port = 5060, .ip = {192, 0, 2, (uint8_t)(index + 1)}};
}

void world_init(struct world *world) {
    const struct hf_agent_options options = {.seed = {7}};

    memset(world, 0, sizeof *world);
    world->now = 1000 * HF_SECOND;
    world->local_port = 40000;
    assert_int_equal(hf_agent_create(&options, &world->agent, world->now), 0);
    for (unsigned i = 0; i < WORLD_SERVERS; i++) {
        struct registrar_options registrar;

        registrar_options_init(&registrar);
        registrar.seed[0] = i + 1;
        registrar.expires_min = 1;
        assert_int_equal(registrar_create(&registrar, &world->servers[i].registrar, world->now), 0);
    }
}

void world_release(struct world *world) {
    hf_agent_free(world->agent);
    for (unsigned i = 0; i < WORLD_SERVERS; i++)
        registrar_free(world->servers[i].registrar);
}

static void set(struct hf_settings *settings, const char *key, const char *value) {
    struct hf_settings_error error;

    if (hf_settings_set(settings, key, value, &error))
        fail_msg("%s=%s: %s", key, value, error.message);
}

struct hf_settings *world_settings(const char *family, ...) {
    struct hf_settings *settings;
    const char *pair;
    va_list pairs;

    assert_int_equal(hf_settings_create(family, &settings), 0);
    set(settings, "user", "alice");
    set(settings, "password", "pw-alice");
    set(settings, "servers[1].address", "192.0.2.1");
    va_start(pairs, family);
    while ((pair = va_arg(pairs, const char *)) != NULL) {
        char key[128];
        const char *equals = strchr(pair, '=');

        assert_non_null(equals);
        snprintf(key, sizeof key, "%.*s", (int)(equals - pair), pair);
        set(settings, key, equals + 1);
    }
    va_end(pairs);
    return settings;
}

static void pump(struct world *world);

hf_account_id world_add(struct world *world, struct hf_settings *settings) {
    hf_account_id id;

    assert_int_equal(hf_agent_add_account(world->agent, settings, 1, &id, world->now), 0);
    hf_settings_free(settings);
    pump(world);
    return id;
}

void world_restart(struct world *world) {
    const struct hf_agent_options options = {.seed = {8, world->now}};

    hf_agent_free(world->agent);
    memset(world->paths, 0, sizeof world->paths);
    assert_int_equal(hf_agent_create(&options, &world->agent, world->now), 0);
}

hf_account_id world_restore(struct world *world, struct hf_settings *settings,
                            const struct hf_remembered *remembered) {
    hf_account_id id;

    assert_int_equal(
        hf_agent_restore_account(world->agent, settings, 1, remembered, &id, world->now), 0);
    hf_settings_free(settings);
    pump(world);
    return id;
}

struct hf_remembered world_remember(const struct world *world, hf_account_id account) {
    struct hf_remembered remembered;

    assert_int_equal(hf_agent_remember(world->agent, account, &remembered), 0);
    return remembered;
}

static struct world_path *find_path(struct world *world, hf_path_id id) {
    for (unsigned i = 0; i < WORLD_PATHS; i++)
        if (world->paths[i].id == id)
            return &world->paths[i];
    return NULL;
}

static void open_path(struct world *world, const struct hf_output_open *open) {
    struct world_path *path = find_path(world, 0);

    assert_non_null(path);
    *path = (struct world_path){.id = open->path, .remote = open->remote};
    path->local = (struct hf_address){
        .family = HF_FAMILY_IPV4, .port = open->local.port, .ip = {198, 51, 100, 1}};
    if (path->local.port == 0)
        path->local.port = world->local_port;
    hf_agent_path_opened(world->agent, open->path, &path->local, world->now);
}

/* What the answer is when a story wants one of its own: "%s" stands for Via to CSeq. */
static bool give_injected(struct world *world, struct world_path *path, struct hf_slice request) {
    struct sip_message message;
    char head[4096], answer[12288];
    struct writer w = writer_of(head, sizeof head);

    if (world->inject[0] == '\0')
        return false;
    assert_int_equal(sip_message_parse(&message, request), SIP_PARSED);
    for (unsigned i = 0; i < message.field_count; i++) {
        const struct sip_field *field = &message.fields[i];

        if (field->header != SIP_HEADER_VIA && field->header != SIP_HEADER_FROM &&
            field->header != SIP_HEADER_TO && field->header != SIP_HEADER_CALL_ID &&
            field->header != SIP_HEADER_CSEQ)
            continue;
        writer_put_slice(&w, field->name);
        writer_put_literal(&w, ": ");
        writer_put_slice(&w, field->value);
        writer_put_literal(&w, "\r\n");
    }
    assert_true(writer_terminate(&w));
    char *mark = strstr(world->inject, "%s");

    assert_non_null(mark);
    int len = snprintf(answer, sizeof answer, "%.*s%s%s", (int)(mark - world->inject),
                       world->inject, head, mark + 2);
    if (world->inject_count > 0 && --world->inject_count == 0)
        world->inject[0] = '\0';
    hf_agent_receive(world->agent, path->id, &path->remote, answer, (size_t)len, world->now);
    return true;
}

static void deliver(struct world *world, const struct hf_output_send *send) {
    struct world_path *path = find_path(world, send->path);
    struct outbox outbox;
    struct hf_output output;

    assert_non_null(path);
    for (unsigned i = 0; i < WORLD_SERVERS; i++) {
        struct world_server *server = &world->servers[i];
        struct hf_address address = server_address(i);

        if (!address_equal(&address, &send->to))
            continue;
        server->received++;
        if (send->bytes.len > 8 && memcmp(send->bytes.ptr, "REGISTER", 8) == 0)
            server->registers++;
        snprintf(world->last_request, sizeof world->last_request, "%.*s", (int)send->bytes.len,
                 send->bytes.ptr);
        if (server->refuses) {
            hf_path_id id = path->id;

            path->id = 0;
            hf_agent_path_failed(world->agent, id, HF_PATH_REFUSED, "test", world->now);
            return;
        }
        if (server->silent || give_injected(world, path, slice_from(world->last_request)))
            return;
        outbox_init(&outbox);
        registrar_receive(server->registrar, path->id, &path->local, false, send->bytes, &outbox,
                          world->now);
        while (outbox_next(&outbox, &output)) {
            assert_int_equal(output.kind, HF_OUTPUT_SEND);
            hf_agent_receive(world->agent, path->id, &path->remote, output.send.bytes.ptr,
                             output.send.bytes.len, world->now);
        }
        outbox_release(&outbox);
        return;
    }
}

static void resolve(struct world *world, const struct hf_output_resolve *question) {
    struct hf_dns_record record = {.type = HF_DNS_A};
    struct hf_dns_answer answer = {.result = HF_DNS_NO_NAME, .negative_ttl = 60};

    for (unsigned i = 0; i < WORLD_NAMES; i++) {
        const struct world_name *name = &world->names[i];

        if (!name->name || !slice_equal(slice_from(name->name), question->name))
            continue;
        if (name->silent)
            return;
        record.address = name->address;
        record.ttl = name->ttl;
        answer.result = name->failure;
        if (answer.result == HF_DNS_OK && question->type != HF_DNS_A)
            answer.result = HF_DNS_NO_RECORD;
        else if (answer.result == HF_DNS_OK)
            answer = (struct hf_dns_answer){.records = &record, .count = 1};
    }
    hf_agent_resolved(world->agent, question->query, &answer, world->now);
}

static void note(struct world *world, const struct hf_event *event) {
    assert_true(world->event_count < WORLD_LOG);
    world->events[world->event_count++] = (struct world_event){.kind = event->kind,
                                                               .account = event->account,
                                                               .status = event->status,
                                                               .target = event->target,
                                                               .at = world->now};
}

/* The output must be copied before the agent is called again. */
static void pump(struct world *world) {
    char bytes[8192];
    struct hf_output output;

    while (hf_agent_next_output(world->agent, &output)) {
        switch (output.kind) {
        case HF_OUTPUT_SEND:
            assert_true(output.send.bytes.len < sizeof bytes);
            memcpy(bytes, output.send.bytes.ptr, output.send.bytes.len);
            output.send.bytes.ptr = bytes;
            deliver(world, &output.send);
            break;
        case HF_OUTPUT_OPEN:
            open_path(world, &output.open);
            break;
        case HF_OUTPUT_CLOSE:
            if (find_path(world, output.close))
                find_path(world, output.close)->id = 0;
            break;
        case HF_OUTPUT_RESOLVE:
            memcpy(bytes, output.resolve.name.ptr, output.resolve.name.len);
            output.resolve.name.ptr = bytes;
            resolve(world, &output.resolve);
            break;
        case HF_OUTPUT_EVENT:
            note(world, &output.event);
            break;
        }
    }
}

void run_for(struct world *world, hf_time span) {
    hf_time end = world->now + span;

    pump(world);
    for (unsigned steps = 0;; steps++) {
        hf_time next = hf_agent_deadline(world->agent);

        if (steps > 1000000)
            fail_msg("the agent does not come to rest");
        for (unsigned i = 0; i < WORLD_SERVERS; i++) {
            hf_time at = registrar_deadline(world->servers[i].registrar);

            next = at < next ? at : next;
        }
        if (next > end)
            break;
        if (next > world->now)
            world->now = next;
        for (unsigned i = 0; i < WORLD_SERVERS; i++)
            registrar_expire(world->servers[i].registrar, world->now);
        hf_agent_expire(world->agent, world->now);
        assert_true(hf_agent_deadline(world->agent) > world->now);
        pump(world);
        agent_check(world->agent);
    }
    world->now = end;
    hf_agent_expire(world->agent, world->now);
    pump(world);
    agent_check(world->agent);
}

void server_down(struct world *world, unsigned server) {
    world->servers[server].silent = true;
}

void server_refuses(struct world *world, unsigned server) {
    world->servers[server].refuses = true;
}

void server_up(struct world *world, unsigned server) {
    world->servers[server].silent = world->servers[server].refuses = false;
}

struct hf_account_status status_of(struct world *world, hf_account_id account) {
    struct hf_account_status status;

    assert_int_equal(hf_agent_account_status(world->agent, account, &status, world->now), 0);
    return status;
}

enum hf_account_state state_of(struct world *world, hf_account_id account) {
    return status_of(world, account).state;
}

unsigned bindings_at(const struct world *world, unsigned server) {
    struct registrar_counters counters;

    registrar_count(world->servers[server].registrar, &counters);
    return (unsigned)counters.bindings;
}

unsigned count_events(const struct world *world, enum hf_event_kind kind) {
    unsigned count = 0;

    for (unsigned i = 0; i < world->event_count; i++)
        if (world->events[i].kind == kind)
            count++;
    return count;
}
