#include "sim/streams.h"

#include <stdlib.h>

#include "base/address.h"

enum { FIRST_PORT = 49152, FIRST_NUMBER = 2, TRIES_MAX = 15, LONGEST_PIECE = 64 };

static const hf_time first_again = 200 * HF_MILLISECOND;
static const hf_time longest_again = 64 * HF_SECOND;
static const hf_time syn_again = HF_SECOND;

static uint64_t number_hash(uint32_t number) {
    return number * 0x9e3779b97f4a7c15u >> 32;
}

static struct sim_stream *find(const struct sim *sim, uint32_t number) {
    uint64_t hash = number_hash(number);

    for (struct map_node *n = map_first(&sim->streams, hash); n; n = map_next(n)) {
        struct sim_stream *stream = CONTAINER_OF(n, struct sim_stream, by_number);

        if (stream->number == number)
            return stream;
    }
    return NULL;
}

static struct server *server_of(const struct sim *sim, const struct sim_stream *stream) {
    return stream->server == SIM_NONE ? NULL : sim->servers[stream->server];
}

static struct process *process_of(const struct sim *sim, const struct sim_stream *stream) {
    return sim->processes[stream->process];
}

static const struct sim_link *link_of(const struct sim *sim, const struct sim_stream *stream) {
    return link_between(sim, process_of(sim, stream), server_of(sim, stream));
}

static void note_reach(struct sim *sim, const struct sim_stream *stream) {
    reach_note_local(sim, process_of(sim, stream), &stream->local);
}

static void way_init(struct stream_way *way, enum scheduled_kind kind) {
    way->scheduled.kind = kind;
    way->again = first_again;
    list_init(&way->queue);
}

static void way_drop(struct sim *sim, struct stream_way *way) {
    for (struct list_node *node; (node = list_take_first(&way->queue)) != NULL;)
        packet_give(sim, CONTAINER_OF(node, struct packet, in_queue));
    schedule_cancel(&sim->schedule, &way->scheduled);
}

static void stream_free(struct sim *sim, struct sim_stream *stream) {
    way_drop(sim, &stream->up);
    way_drop(sim, &stream->down);
    map_remove(&sim->streams, &stream->by_number);
    free(stream);
}

void streams_release(struct sim *sim) {
    for (size_t i = 0; i < sim->streams.bucket_count; i++)
        while (sim->streams.buckets[i])
            stream_free(sim, CONTAINER_OF(sim->streams.buckets[i], struct sim_stream, by_number));
    map_release(&sim->streams);
}

/* A server serves TLS at the port behind its own, as 5061 is behind 5060, and at its own. */
static const struct server *server_at(const struct sim *sim, const struct hf_output_open *open) {
    const struct server *server = server_find(sim, &open->remote);
    struct hf_address plain = open->remote;

    plain.port--;
    return server || open->transport != HF_TRANSPORT_TLS ? server : server_find(sim, &plain);
}

struct sim_stream *stream_open(struct sim *sim, struct process *process,
                               const struct hf_output_open *open, struct hf_address *local) {
    const struct server *server = server_at(sim, open);
    struct sim_stream *stream = sim_allocate(sizeof *stream);
    unsigned trips = open->transport == HF_TRANSPORT_TLS ? 2 : 1;

    for (bool taken = open->local.port == 0; taken;
         taken = paths_to(sim, process, local, &open->remote, true)) {
        process->stream_port =
            process->stream_port < FIRST_PORT || process->stream_port == UINT16_MAX
                ? FIRST_PORT
                : (uint16_t)(process->stream_port + 1);
        local->port = process->stream_port;
    }
    stream->path = open->path;
    stream->number = FIRST_NUMBER + sim->stream_count++;
    stream->transport = open->transport;
    stream->process = process->index;
    stream->server = server ? server->index : SIM_NONE;
    stream->local = *local;
    stream->remote = open->remote;
    stream->connect_until = sim->now + open->connect_timeout;
    way_init(&stream->up, SCHEDULED_UP);
    way_init(&stream->down, SCHEDULED_DOWN);
    HF_ASSERT(!map_insert(&sim->streams, &stream->by_number, number_hash(stream->number)));
    hf_time at = sim->now + 2 * trips * link_of(sim, stream)->latency;

    schedule_set(&sim->schedule, &stream->up.scheduled,
                 at < stream->connect_until ? at : stream->connect_until);
    return stream;
}

void stream_close(struct sim *sim, struct sim_stream *stream) {
    stream->path = 0;
    if (stream->phase != STREAM_IS_OPEN || list_is_empty(&stream->up.queue)) {
        stream_free(sim, stream);
        return;
    }
    stream->phase = STREAM_DRAINS;
    way_drop(sim, &stream->down);
}

/* The process hears that there is no connection (any more). */
static void fail(struct sim *sim, struct sim_stream *stream, enum hf_path_failure failure,
                 const char *detail) {
    struct process *process = process_of(sim, stream);
    hf_path_id id = stream->path;

    way_drop(sim, &stream->up);
    if (id == 0) {
        stream_free(sim, stream);
        return;
    }
    paths_close(sim, process, paths_by_number(process, id)); /* frees the stream */
    hf_agent_path_failed(process->agent, id, failure, detail, sim->now);
    process_attend(sim, process);
}

/* What the network lets through; a mapping that was forgotten is not made again by what belongs to
 * a connection. */
static bool passes(struct sim *sim, const struct sim_stream *stream) {
    const struct sim_link *link = link_of(sim, stream);

    return link_way(link, &stream->remote) != SIM_WAY_DOWN && !network_happens(sim, link->loss) &&
           nat_holds(sim, process_of(sim, stream), &stream->local, &stream->remote,
                     &stream->outside);
}

/* Later, and later still. False: for too long, the connection is given up. */
static bool try_again(struct sim *sim, struct stream_way *way) {
    if (++way->tries > TRIES_MAX)
        return false;
    schedule_set(&sim->schedule, &way->scheduled, sim->now + way->again);
    way->again = way->again * 2 < longest_again ? way->again * 2 : longest_again;
    return true;
}

static void plan_first(struct sim *sim, struct stream_way *way) {
    struct list_node *node = list_first(&way->queue);

    way->tries = 0;
    way->again = first_again;
    if (!node) {
        schedule_cancel(&sim->schedule, &way->scheduled);
        return;
    }
    hf_time at = CONTAINER_OF(node, struct packet, in_queue)->ready_at;

    schedule_set(&sim->schedule, &way->scheduled, at > sim->now ? at : sim->now);
}

static void enqueue(struct sim *sim, struct sim_stream *stream, struct stream_way *way,
                    struct packet *packet, hf_time delay) {
    bool first = list_is_empty(&way->queue);
    hf_time at = sim->now + delay + network_travel_time(sim, link_of(sim, stream));

    way->last_at = packet->ready_at = at > way->last_at ? at : way->last_at;
    list_append(&way->queue, &packet->in_queue);
    if (first)
        plan_first(sim, way);
}

static struct packet *make_packet(struct sim *sim, const struct sim_stream *stream,
                                  struct hf_slice bytes, bool from_process) {
    struct packet *packet = packet_take(sim, bytes);

    packet->from_process = from_process;
    packet->process = stream->process;
    packet->server = stream->server;
    packet->stream = stream->number;
    packet->local = from_process ? stream->local : stream->remote;
    packet->from = from_process ? stream->outside : stream->remote;
    packet->to = from_process ? stream->remote : stream->outside;
    return packet;
}

static bool is_message(const struct packet *packet) {
    return packet->len > 4;
}

void stream_send_from_process(struct sim *sim, struct sim_stream *stream, struct hf_slice bytes) {
    if (stream->phase != STREAM_IS_OPEN)
        return;
    struct packet *packet = make_packet(sim, stream, bytes, true);

    if (is_message(packet))
        network_tell_sent(sim, packet);
    enqueue(sim, stream, &stream->up, packet, 0);
}

void stream_send_from_server(struct sim *sim, uint32_t number, struct hf_slice bytes) {
    struct sim_stream *stream = find(sim, number);

    if (!stream || stream->phase != STREAM_IS_OPEN || !stream->served || stream->ended)
        return;
    struct packet *packet = make_packet(sim, stream, bytes, false);

    if (is_message(packet))
        network_tell_sent(sim, packet);
    enqueue(sim, stream, &stream->down, packet, sim->servers[stream->server]->delay);
}

/* The end travels behind what was sent before it. */
static void send_end(struct sim *sim, struct sim_stream *stream) {
    if (stream->ended)
        return;
    stream->ended = true;
    if (stream->phase == STREAM_IS_OPEN)
        enqueue(sim, stream, &stream->down, make_packet(sim, stream, SLICE_NONE, false), 0);
}

void streams_end(struct sim *sim, const struct server *server, bool told) {
    for (size_t i = 0; i < sim->streams.bucket_count; i++)
        for (struct map_node *n = sim->streams.buckets[i]; n; n = n->next) {
            struct sim_stream *stream = CONTAINER_OF(n, struct sim_stream, by_number);

            if (stream->server != server->index || !stream->served)
                continue;
            stream->served = false;
            note_reach(sim, stream);
            if (told)
                send_end(sim, stream);
        }
}

void streams_deafen(struct sim *sim, const struct server *server) {
    for (size_t i = 0; i < sim->streams.bucket_count; i++)
        for (struct map_node *n = sim->streams.buckets[i]; n; n = n->next) {
            struct sim_stream *stream = CONTAINER_OF(n, struct sim_stream, by_number);

            if (stream->server != server->index)
                continue;
            stream->deaf = true;
            note_reach(sim, stream);
        }
}

bool stream_leads_home(const struct sim_stream *stream) {
    return stream->phase == STREAM_IS_OPEN && stream->served && !stream->deaf && !stream->ended;
}

static void connected(struct sim *sim, struct sim_stream *stream) {
    struct process *process = process_of(sim, stream);

    stream->phase = STREAM_IS_OPEN;
    stream->served = true;
    stream->outside = nat_out(sim, process, &stream->local, &stream->remote);
    note_reach(sim, stream);
    int error = hf_agent_path_opened(process->agent, stream->path, &stream->local, sim->now);

    HF_ASSERT(!error || error == HF_ERROR_UNKNOWN);
    process_attend(sim, process);
}

/* Whether nothing at all comes back: the network, or a host that is gone, or for TLS one whose
 * program does nothing. */
static bool is_unanswered(struct sim *sim, const struct sim_stream *stream) {
    const struct server *server = server_of(sim, stream);
    const struct sim_link *link = link_of(sim, stream);

    return !server || server->condition == SERVER_OFF ||
           link_way(link, &stream->remote) == SIM_WAY_DOWN || network_happens(sim, link->loss) ||
           (server->condition == SERVER_FROZEN && stream->transport == HF_TRANSPORT_TLS);
}

/* Its host says so, or the network. */
static bool is_refused(const struct sim *sim, const struct sim_stream *stream) {
    const struct server *server = server_of(sim, stream);

    return server->condition == SERVER_STOPPED || server->tls_fault == SIM_TLS_REFUSED ||
           link_way(link_of(sim, stream), &stream->remote) == SIM_WAY_REFUSED;
}

/* A host that refuses hears that somebody wants a connection. */
static void note_wish(struct sim *sim, struct sim_stream *stream) {
    struct server *server = server_of(sim, stream);

    if (server && link_way(link_of(sim, stream), &stream->remote) == SIM_WAY_OPEN &&
        server->condition == SERVER_STOPPED)
        server->counters.received++;
}

static void connect_step(struct sim *sim, struct sim_stream *stream) {
    const struct process *process = process_of(sim, stream);
    hf_time again = sim->now + syn_again;

    if (process_is_awake(sim, process))
        note_wish(sim, stream);
    if (!process_is_awake(sim, process)) {
        schedule_set(&sim->schedule, &stream->up.scheduled, process->asleep_to);
    } else if (is_unanswered(sim, stream)) {
        if (sim->now >= stream->connect_until)
            fail(sim, stream, HF_PATH_TIMEOUT, NULL);
        else
            schedule_set(&sim->schedule, &stream->up.scheduled,
                         again < stream->connect_until ? again : stream->connect_until);
    } else if (is_refused(sim, stream)) {
        fail(sim, stream, HF_PATH_REFUSED, "Connection refused");
    } else if (stream->transport == HF_TRANSPORT_TLS &&
               sim->servers[stream->server]->tls_fault == SIM_TLS_HANDSHAKE) {
        fail(sim, stream, HF_PATH_TLS_HANDSHAKE, "wrong version number");
    } else if (stream->transport == HF_TRANSPORT_TLS &&
               sim->servers[stream->server]->tls_fault == SIM_TLS_CERTIFICATE) {
        fail(sim, stream, HF_PATH_TLS_CERTIFICATE, "certificate has expired");
    } else {
        connected(sim, stream);
    }
}

/* The packet is the server's now; a ping is answered by its host's program as well. */
static void arrive_at_server(struct sim *sim, struct sim_stream *stream, struct packet *packet) {
    struct server *server = sim->servers[stream->server];
    bool works = server->condition == SERVER_WORKS && !stream->deaf;
    bool is_ping = slice_equal(slice_of(packet->bytes, packet->len), SLICE("\r\n\r\n"));

    packet->from = stream->outside;
    if (is_message(packet) && !stream->deaf) {
        network_tell_arrived(sim, packet);
        server_receive(sim, server, packet);
        return;
    }
    if (is_ping)
        server_note_packet(server, packet);
    packet_give(sim, packet);
    if (is_ping && works)
        stream_send_from_server(sim, stream->number, SLICE("\r\n"));
}

void stream_step_up(struct sim *sim, struct scheduled *scheduled) {
    struct sim_stream *stream = CONTAINER_OF(scheduled, struct sim_stream, up.scheduled);
    struct server *server = server_of(sim, stream);
    uint32_t number = stream->number;

    if (stream->phase == STREAM_CONNECTS) {
        connect_step(sim, stream);
        return;
    }
    if (server->condition == SERVER_OFF && stream->up.tries == 0 && !link_of(sim, stream)->down)
        server_note_packet(server,
                           CONTAINER_OF(list_first(&stream->up.queue), struct packet, in_queue));
    if (server->condition == SERVER_OFF || !passes(sim, stream)) {
        if (!try_again(sim, &stream->up))
            fail(sim, stream, HF_PATH_CLOSED, "Connection timed out");
        return;
    }
    if (!stream->served) { /* a reset */
        way_drop(sim, &stream->up);
        send_end(sim, stream);
    } else {
        struct list_node *node = list_take_first(&stream->up.queue);

        arrive_at_server(sim, stream, CONTAINER_OF(node, struct packet, in_queue));
    }
    stream = find(sim, number);
    if (!stream)
        return;
    plan_first(sim, &stream->up);
    if (stream->phase == STREAM_DRAINS && list_is_empty(&stream->up.queue))
        stream_free(sim, stream);
}

/* How many of the bytes that are left come now. */
static size_t piece_of(struct sim *sim, const struct server *server, size_t left) {
    size_t piece = server->piece == SIM_PIECES_RANDOM
                       ? 1 + random_below(&sim->chance, LONGEST_PIECE)
                       : server->piece;

    return piece == 0 || piece > left ? left : piece;
}

/* False: more of the packet is to come, later. */
static bool give_pieces(struct sim *sim, struct sim_stream *stream, const struct packet *packet) {
    const struct server *server = sim->servers[stream->server];
    struct process *process = process_of(sim, stream);

    while (stream->given < packet->len) {
        size_t piece = piece_of(sim, server, packet->len - stream->given);

        if (piece == packet->len - stream->given && is_message(packet))
            network_tell_arrived(sim, packet);
        (void)hf_agent_receive(process->agent, stream->path, &stream->remote,
                               packet->bytes + stream->given, piece, sim->now);
        stream->given += piece;
        if (server->piece_span > 0 && stream->given < packet->len)
            return false;
    }
    return true;
}

static void arrive_at_process(struct sim *sim, struct sim_stream *stream) {
    struct list_node *node = list_first(&stream->down.queue);
    struct packet *packet = CONTAINER_OF(node, struct packet, in_queue);
    struct process *process = process_of(sim, stream);
    uint32_t number = stream->number;

    if (packet->len == 0) {
        fail(sim, stream, HF_PATH_CLOSED, NULL);
        return;
    }
    bool whole = give_pieces(sim, stream, packet);

    if (whole) {
        stream->given = 0;
        list_remove(node);
        packet_give(sim, packet);
    }
    process_attend(sim, process);
    stream = find(sim, number);
    if (!stream || stream->phase != STREAM_IS_OPEN)
        return;
    plan_first(sim, &stream->down);
    if (!whole)
        schedule_set(&sim->schedule, &stream->down.scheduled,
                     sim->now + sim->servers[stream->server]->piece_span);
}

void stream_step_down(struct sim *sim, struct scheduled *scheduled) {
    struct sim_stream *stream = CONTAINER_OF(scheduled, struct sim_stream, down.scheduled);
    const struct process *process = process_of(sim, stream);

    if (!process_is_awake(sim, process))
        schedule_set(&sim->schedule, &stream->down.scheduled, process->asleep_to);
    else if (passes(sim, stream))
        arrive_at_process(sim, stream);
    else if (!try_again(sim, &stream->down)) /* the server gives up; nobody tells us */
        way_drop(sim, &stream->down);
}
