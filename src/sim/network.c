/* Packets on their way: what the network loses, delays, doubles, and to whom it brings the rest. */
#include <stdlib.h>

#include "base/address.h"
#include "sim/internal.h"

enum { PACKET_BYTES = 1500, MILLION = 1000000, IDLE_PACKETS_BYTES = 4096 };

/* What a packet that is held back waits for at least: links without latency reorder as well. */
static const hf_time reorder_min = 10 * HF_MILLISECOND;

struct packet *packet_take(struct sim *sim, struct hf_slice bytes) {
    struct list_node *idle = bytes.len <= PACKET_BYTES ? list_take_first(&sim->idle_packets) : NULL;
    struct packet *packet = idle ? CONTAINER_OF(idle, struct packet, in_queue) : NULL;

    if (!packet) {
        size_t capacity = bytes.len > PACKET_BYTES ? bytes.len : PACKET_BYTES;

        packet = malloc(sizeof *packet + capacity);
        HF_ASSERT(packet);
        *packet = (struct packet){.scheduled = {.kind = SCHEDULED_PACKET}, .capacity = capacity};
        list_init(&packet->in_queue);
    }
    packet->is_refusal = false;
    packet->stream = 0;
    packet->len = bytes.len;
    if (bytes.len > 0)
        memcpy(packet->bytes, bytes.ptr, bytes.len);
    return packet;
}

void packet_give(struct sim *sim, struct packet *packet) {
    HF_ASSERT(packet->scheduled.place == 0);
    if (packet->capacity <= IDLE_PACKETS_BYTES) /* to the front: it is in the cache */
        list_append(sim->idle_packets.next, &packet->in_queue);
    else
        free(packet);
}

void network_release(struct sim *sim) {
    for (struct list_node *node; (node = list_take_first(&sim->idle_packets)) != NULL;)
        free(CONTAINER_OF(node, struct packet, in_queue));
}

const struct sim_link *link_between(const struct sim *sim, const struct process *process,
                                    const struct server *server) {
    if (!server)
        return &sim->link;
    return process->links && server->index < process->link_count ? &process->links[server->index]
                                                                 : &server->link;
}

/* Nothing is drawn for what cannot happen. */
bool network_happens(struct sim *sim, uint32_t chance) {
    return chance > 0 && random_below(&sim->chance, MILLION) < chance;
}

hf_time network_travel_time(struct sim *sim, const struct sim_link *link) {
    hf_time span = link->latency;

    if (link->jitter > 0)
        span += random_below(&sim->chance, link->jitter + 1);
    if (network_happens(sim, link->reorder))
        span += 10 * link->latency > reorder_min ? 10 * link->latency : reorder_min;
    return span;
}

static struct packet *packet_double(struct sim *sim, const struct packet *packet) {
    struct packet *other = packet_take(sim, slice_of(packet->bytes, packet->len));

    other->is_refusal = packet->is_refusal;
    other->from_process = packet->from_process;
    other->process = packet->process;
    other->server = packet->server;
    other->life = packet->life;
    other->from = packet->from;
    other->to = packet->to;
    other->local = packet->local;
    return other;
}

static void set_out(struct sim *sim, const struct sim_link *link, struct packet *packet) {
    packet->stage = PACKET_TRAVELS;
    schedule_set(&sim->schedule, &packet->scheduled, sim->now + network_travel_time(sim, link));
}

static void travel(struct sim *sim, const struct sim_link *link, struct packet *packet) {
    enum sim_way way = link_way(link, &packet->to);

    if (way == SIM_WAY_REFUSED && packet->from_process) {
        network_refuse(sim, packet);
        return;
    }
    if ((way != SIM_WAY_OPEN && !packet->is_refusal) || link->down ||
        network_happens(sim, link->loss)) {
        packet_give(sim, packet);
        return;
    }
    if (network_happens(sim, link->duplicate))
        set_out(sim, link, packet_double(sim, packet));
    set_out(sim, link, packet);
}

/* As its sender sees it. */
static struct sim_packet seen(const struct sim *sim, const struct packet *packet) {
    return (struct sim_packet){.at = sim->now,
                               .process = packet->process,
                               .server = packet->server,
                               .from_process = packet->from_process,
                               .from = packet->local,
                               .to = packet->to,
                               .bytes = slice_of(packet->bytes, packet->len)};
}

static void tell(const struct sim *sim, const struct packet *packet,
                 void (*teller)(const struct sim *sim, const struct sim_packet *packet)) {
    if (sim->observer_count == 0 || packet->is_refusal)
        return;
    const struct sim_packet what = seen(sim, packet);

    teller(sim, &what);
}

void network_tell_sent(const struct sim *sim, const struct packet *packet) {
    tell(sim, packet, tell_sent);
}

void network_tell_arrived(const struct sim *sim, const struct packet *packet) {
    tell(sim, packet, tell_arrived);
}

void network_send_from_process(struct sim *sim, struct process *process,
                               const struct hf_address *local, const struct hf_address *to,
                               struct hf_slice bytes) {
    struct server *server = server_find(sim, to);
    struct packet *packet = packet_take(sim, bytes);

    packet->from_process = true;
    packet->process = process->index;
    packet->server = server ? server->index : SIM_NONE;
    packet->local = *local;
    packet->to = *to;
    tell(sim, packet, tell_sent);
    packet->from = nat_out(sim, process, local, to);
    travel(sim, link_between(sim, process, server), packet);
}

/* The process at an address that a server sends to, now; *ret_local is its own address. */
static struct process *receiver_of(const struct sim *sim, const struct packet *packet,
                                   struct hf_address *ret_local) {
    const struct nat_mapping *mapping = nat_in(sim, &packet->to, &packet->local);

    *ret_local = mapping ? mapping->inside : packet->to;
    if (mapping)
        return sim->processes[mapping->process];
    struct process *process = process_find(sim, &packet->to);

    /* Nobody outside can send to an address behind a NAT. */
    return process && !nat_hides(process, &packet->to, &packet->local) ? process : NULL;
}

static void depart(struct sim *sim, struct packet *packet) {
    struct hf_address local;
    struct process *process = receiver_of(sim, packet, &local);

    packet->process = process ? process->index : SIM_NONE;
    tell(sim, packet, tell_sent);
    if (process)
        travel(sim, link_between(sim, process, sim->servers[packet->server]), packet);
    else
        packet_give(sim, packet);
}

void network_send_from_server(struct sim *sim, struct server *server,
                              const struct hf_address *local, const struct hf_address *to,
                              struct hf_slice bytes) {
    struct packet *packet = packet_take(sim, bytes);

    packet->from_process = false;
    packet->server = server->index;
    packet->life = server->life;
    packet->local = packet->from = *local;
    packet->to = *to;
    if (server->delay == 0) {
        depart(sim, packet);
        return;
    }
    packet->stage = PACKET_DEPARTS;
    schedule_set(&sim->schedule, &packet->scheduled, sim->now + server->delay);
}

/* The packet becomes the ICMP message. */
void network_refuse(struct sim *sim, struct packet *packet) {
    struct server *server = packet->server == SIM_NONE ? NULL : sim->servers[packet->server];

    packet->is_refusal = true;
    packet->from_process = false;
    packet->len = 0;
    packet->local = packet->to;
    packet->to = packet->from;
    packet->from = packet->local;
    travel(sim, link_between(sim, sim->processes[packet->process], server), packet);
}

static void arrive_at_server(struct sim *sim, struct packet *packet) {
    if (packet->server == SIM_NONE) {
        packet_give(sim, packet);
        return;
    }
    tell(sim, packet, tell_arrived);
    server_receive(sim, sim->servers[packet->server], packet);
}

static void arrive_at_process(struct sim *sim, struct packet *packet) {
    struct hf_address local;
    struct process *process = receiver_of(sim, packet, &local);

    packet->process = process ? process->index : SIM_NONE;
    if (process) {
        tell(sim, packet, tell_arrived);
        process_receive(sim, process, &local, packet);
    }
    packet_give(sim, packet);
}

void network_step(struct sim *sim, struct packet *packet) {
    switch (packet->stage) {
    case PACKET_DEPARTS:
        if (packet->life == sim->servers[packet->server]->life)
            depart(sim, packet);
        else
            packet_give(sim, packet);
        break;
    case PACKET_TRAVELS:
        if (packet->from_process)
            arrive_at_server(sim, packet);
        else
            arrive_at_process(sim, packet);
        break;
    case PACKET_WAITS:
        HF_UNREACHABLE();
    }
}
