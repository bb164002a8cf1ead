/* A registrar on its host: what it does with what comes in, and when. */
#include <stdlib.h>

#include "base/address.h"
#include "sim/internal.h"
#include "sim/streams.h"

enum { SIP_PORT = 5060, QUEUE_MAX = 1000 };

static struct server *find_other(const struct sim *sim, const struct hf_address *address,
                                 uint64_t hash) {
    for (struct map_node *n = map_first(&sim->servers_by_other, hash); n; n = map_next(n)) {
        struct server *server = CONTAINER_OF(n, struct server, by_other);

        if (address_equal(&server->other, address))
            return server;
    }
    return NULL;
}

struct server *server_find(const struct sim *sim, const struct hf_address *address) {
    uint64_t hash = address_hash(sim, address);

    for (struct map_node *n = map_first(&sim->servers_by_address, hash); n; n = map_next(n)) {
        struct server *server = CONTAINER_OF(n, struct server, by_address);

        if (address_equal(&server->address, address))
            return server;
    }
    return find_other(sim, address, hash);
}

static int make_registrar(struct sim *sim, struct server *server,
                          const struct sim_server_options *options) {
    struct registrar_options registrar = options->registrar;

    for (unsigned i = 0; i < 4; i++)
        registrar.seed[i] = random_next(&sim->random);
    int error = registrar_create(&registrar, &server->registrar, sim->now);

    if (!error && sim->reach.watched)
        registrar_follow_changes(server->registrar);
    return error;
}

static struct server *make(struct sim *sim, const struct sim_server_options *options) {
    struct server *server = calloc(1, sizeof *server);

    if (!server)
        return NULL;
    *server = (struct server){.expire.kind = SCHEDULED_REGISTRAR,
                              .work.kind = SCHEDULED_WORK,
                              .index = sim->server_count,
                              .name = strdup(options->name),
                              .address = options->address,
                              .other = options->other,
                              .rate = options->rate,
                              .queue_max = options->queue_max > 0 ? options->queue_max : QUEUE_MAX,
                              .link = sim->link};
    if (server->address.port == 0)
        server->address.port = SIP_PORT;
    server->other.port = server->other.family == HF_FAMILY_NONE ? 0 : server->address.port;
    list_init(&server->queue);
    if (!server->name || make_registrar(sim, server, options) ||
        map_insert(&sim->servers_by_address, &server->by_address,
                   address_hash(sim, &server->address)) ||
        (server->other.family != HF_FAMILY_NONE &&
         map_insert(&sim->servers_by_other, &server->by_other,
                    address_hash(sim, &server->other)))) {
        server_free(sim, server);
        return NULL;
    }
    return server;
}

int sim_add_server(struct sim *sim, const struct sim_server_options *options, uint32_t *ret) {
    struct hf_address address = options->address, other = options->other;

    if (address.port == 0)
        address.port = SIP_PORT;
    other.port = address.port;
    if (address.family == HF_FAMILY_NONE || server_find(sim, &address) ||
        other.family == address.family ||
        (other.family != HF_FAMILY_NONE && server_find(sim, &other)))
        return HF_ERROR_INVALID;
    struct server **servers = realloc(sim->servers, (sim->server_count + 1) * sizeof *sim->servers);

    if (!servers)
        return HF_ERROR_MEMORY;
    sim->servers = servers;
    struct server *server = make(sim, options);

    if (!server)
        return HF_ERROR_MEMORY;
    sim->servers[sim->server_count] = server;
    *ret = sim->server_count++;
    return 0;
}

static void drop_queue(struct sim *sim, struct server *server) {
    for (struct list_node *node; (node = list_take_first(&server->queue)) != NULL;)
        packet_give(sim, CONTAINER_OF(node, struct packet, in_queue));
    server->queue_length = 0;
    schedule_cancel(&sim->schedule, &server->work);
}

void server_free(struct sim *sim, struct server *server) {
    if (!server)
        return;
    drop_queue(sim, server);
    registrar_free(server->registrar);
    free(server->name);
    free(server);
}

/* After each call on it. */
static void look_at_registrar(struct sim *sim, struct server *server) {
    hf_time at = registrar_deadline(server->registrar);

    reach_note_server(sim, server);
    schedule_set(&sim->schedule, &server->expire, at < sim->now ? sim->now : at);
}

static bool answered_instead(struct sim *sim, struct server *server, const struct packet *packet) {
    if (!server->answer)
        return false;
    const struct sim_packet request = {.at = sim->now,
                                       .process = packet->process,
                                       .server = server->index,
                                       .from_process = true,
                                       .from = packet->from,
                                       .to = packet->to,
                                       .bytes = slice_of(packet->bytes, packet->len)};

    return server->answer(server->answer_user, &request, &sim->outbox);
}

void sim_join_server(struct sim *sim, uint32_t server, uint32_t with) {
    HF_ASSERT(!sim->servers[with]->joined);
    sim->servers[server]->joined = sim->servers[with];
}

/* Takes the packet over. */
static void work_on(struct sim *sim, struct server *server, struct packet *packet) {
    struct server *worker = server->joined ? server->joined : server;
    struct hf_output output;

    if (!answered_instead(sim, server, packet))
        registrar_receive(worker->registrar, packet->stream ? packet->stream : 1, &packet->from,
                          packet->stream > 0, slice_of(packet->bytes, packet->len), &sim->outbox,
                          sim->now);
    while (outbox_next(&sim->outbox, &output)) {
        HF_ASSERT(output.kind == HF_OUTPUT_SEND);
        if (packet->stream > 0)
            stream_send_from_server(sim, packet->stream, output.send.bytes);
        else
            network_send_from_server(sim, server, &packet->to, &output.send.to, output.send.bytes);
    }
    packet_give(sim, packet);
    look_at_registrar(sim, worker);
}

static void plan_work(struct sim *sim, struct server *server) {
    if (server->condition == SERVER_WORKS && server->queue_length > 0)
        schedule_set(&sim->schedule, &server->work,
                     server->free_at > sim->now ? server->free_at : sim->now);
    else
        schedule_cancel(&sim->schedule, &server->work);
}

void server_step_work(struct sim *sim, struct server *server) {
    struct packet *packet = CONTAINER_OF(list_take_first(&server->queue), struct packet, in_queue);

    server->queue_length--;
    if (server->rate > 0)
        server->free_at = sim->now + HF_SECOND / server->rate;
    work_on(sim, server, packet);
    plan_work(sim, server);
}

static void queue(struct sim *sim, struct server *server, struct packet *packet) {
    if (server->queue_length >= server->queue_max) {
        server->counters.overflowed++;
        packet_give(sim, packet);
        return;
    }
    packet->stage = PACKET_WAITS;
    list_append(&server->queue, &packet->in_queue);
    server->queue_length++;
    plan_work(sim, server);
}

void server_note_packet(struct server *server, const struct packet *packet) {
    server->counters.received++;
    if (packet->len > 8 && memcmp(packet->bytes, "REGISTER", 8) == 0)
        server->counters.registers++;
}

void server_receive(struct sim *sim, struct server *server, struct packet *packet) {
    switch (server->condition) {
    case SERVER_WORKS:
        server_note_packet(server, packet);
        if (server->rate > 0 || server->queue_length > 0)
            queue(sim, server, packet);
        else
            work_on(sim, server, packet);
        break;
    case SERVER_FROZEN:
        server_note_packet(server, packet);
        queue(sim, server, packet);
        break;
    case SERVER_STOPPED:
        server_note_packet(server, packet);
        network_refuse(sim, packet);
        break;
    case SERVER_OFF:
        server_note_packet(server, packet);
        packet_give(sim, packet);
        break;
    }
}

void server_step_expire(struct sim *sim, struct server *server) {
    registrar_expire(server->registrar, sim->now);
    look_at_registrar(sim, server);
}

static void start(struct sim *sim, struct server *server, bool forget) {
    bool was_frozen = server->condition == SERVER_FROZEN;

    if (!was_frozen || forget) {
        drop_queue(sim, server);
        streams_end(sim, server, true);
        server->life++;
        server->free_at = 0;
        registrar_restart(server->registrar, forget);
    }
    server->condition = SERVER_WORKS;
    plan_work(sim, server);
}

static void end(struct sim *sim, struct server *server, enum server_condition condition) {
    server->condition = condition;
    server->life++;
    streams_end(sim, server, condition == SERVER_STOPPED);
    drop_queue(sim, server);
}

static void freeze(struct sim *sim, struct server *server) {
    if (server->condition == SERVER_WORKS)
        server->condition = SERVER_FROZEN;
    plan_work(sim, server);
}

static void apply_to_streams(struct sim *sim, struct server *server,
                             const struct sim_fault *fault) {
    if (fault->kind == SIM_STREAMS_CLOSE) {
        streams_end(sim, server, true);
    } else if (fault->kind == SIM_STREAMS_DEAFEN) {
        streams_deafen(sim, server);
    } else if (fault->kind == SIM_STREAMS_CUT) {
        server->piece = fault->number;
        server->piece_span = fault->span;
    }
}

void server_apply(struct sim *sim, struct server *server, const struct sim_fault *fault) {
    if (fault->kind == SIM_SERVER_START)
        start(sim, server, fault->forget);
    else if (fault->kind == SIM_SERVER_STOP)
        end(sim, server, SERVER_STOPPED);
    else if (fault->kind == SIM_SERVER_OFF)
        end(sim, server, SERVER_OFF);
    else if (fault->kind == SIM_SERVER_FREEZE)
        freeze(sim, server);
    else if (fault->kind == SIM_SERVER_FAULT)
        registrar_set_fault(server->registrar, &fault->registrar);
    else if (fault->kind == SIM_SERVER_DELAY)
        server->delay = fault->span;
    else if (fault->kind == SIM_SERVER_RATE)
        server->rate = fault->number;
    else if (fault->kind == SIM_SERVER_LIMITS)
        registrar_set_limits(server->registrar, fault->number, fault->number_max);
    else if (fault->kind == SIM_SERVER_REALM)
        HF_ASSERT(!registrar_set_realm(server->registrar, fault->name));
    else if (fault->kind == SIM_SERVER_NONCES)
        registrar_forget_nonces(server->registrar);
    else if (fault->kind == SIM_SERVER_TLS)
        server->tls_fault = fault->tls;
    else
        apply_to_streams(sim, server, fault);
    look_at_registrar(sim, server);
    plan_work(sim, server);
    reach_note_all(sim);
}
