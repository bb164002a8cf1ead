/* The made-up world itself; shared by the files of this room. */
#ifndef SIM_INTERNAL_H
#define SIM_INTERNAL_H

#include "base/assert.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/list.h"
#include "base/map.h"
#include "base/outbox.h"
#include "base/random.h"
#include "sim/schedule.h"
#include "sim/sim.h"

/* network.c: a packet on its way, or waiting in a server's queue. */
enum packet_stage {
    PACKET_DEPARTS, /* a slow server has not sent it yet */
    PACKET_TRAVELS,
    PACKET_WAITS, /* in a queue */
};

struct packet {
    struct scheduled scheduled;
    struct list_node in_queue;
    enum packet_stage stage;
    bool is_refusal; /* ICMP port unreachable about a packet of a process; without bytes */
    bool from_process;
    uint32_t process;        /* that it comes from; of a server's, SIM_NONE until it arrives */
    uint32_t server;         /* that it comes from or goes to; SIM_NONE: nobody */
    uint32_t life;           /* of the server when a departing answer was made */
    uint32_t stream;         /* that it travels on; 0: a datagram */
    hf_time ready_at;        /* on a stream: when it arrives at the earliest */
    struct hf_address from;  /* as the receiver sees it */
    struct hf_address to;    /* as the sender wrote it */
    struct hf_address local; /* of a process's packet: before its NAT */
    size_t len;
    size_t capacity;
    char bytes[];
};

/* nat.c: who may come in, and to whom. */
struct nat_mapping {
    struct scheduled scheduled;
    struct list_node in_process;
    struct map_node by_inside;
    struct map_node by_outside;
    uint32_t process;
    struct hf_address inside; /* the process's */
    struct hf_address outside;
    struct hf_address remote;
    hf_time used_at; /* a packet went out last */
};

/* server.c */
enum server_condition {
    SERVER_WORKS,
    SERVER_STOPPED, /* its host refuses */
    SERVER_OFF,     /* silence */
    SERVER_FROZEN,
};

struct server {
    struct scheduled expire; /* SCHEDULED_REGISTRAR */
    struct scheduled work;   /* SCHEDULED_WORK */
    uint32_t index;
    char *name;
    struct hf_address address, other;
    struct map_node by_address, by_other;
    struct registrar *registrar;
    struct server *joined; /* whose registrar does the work, or NULL */
    enum server_condition condition;
    uint32_t life; /* counts its starts and stops */
    hf_time delay;
    uint32_t rate;
    hf_time free_at; /* when it has done what it is working on */
    struct list_node queue;
    uint32_t queue_length;
    uint32_t queue_max;
    struct sim_link link; /* to processes that have none of their own */
    enum sim_tls_fault tls_fault;
    uint32_t piece;     /* bytes at a time that come over its connections; 0: as it sent them */
    hf_time piece_span; /* between two of them */
    struct sim_server_counters counters;
    sim_answer *answer;
    void *answer_user;
};

/* process.c, paths.c */
enum process_condition {
    PROCESS_RUNS,
    PROCESS_STOPS, /* removes its bindings */
    PROCESS_GONE,
};

struct sim_stream;

struct sim_path {
    hf_path_id id;
    struct sim_stream *stream; /* NULL: UDP */
    struct map_node by_id;
    struct map_node by_local;
    struct hf_address local;
    struct hf_address remote;
};

struct process {
    struct scheduled expire; /* SCHEDULED_AGENT */
    struct scheduled memory; /* SCHEDULED_MEMORY */
    uint32_t index;
    char *name;
    struct hf_address address, other;
    struct map_node by_address, by_other;
    struct hf_address nat_address;
    hf_time nat_timeout;
    bool nat_is_cone;
    struct list_node mappings;
    bool remembers;
    enum process_condition condition;
    uint32_t life;     /* counts its starts */
    hf_time asleep_to; /* what is past: it is awake */
    struct hf_agent *agent;
    uint32_t unchecked; /* steps of the agent since its invariants were checked */
    struct map paths_by_id;
    struct map paths_by_local;
    uint16_t stream_port;   /* the last that a connection left from */
    uint16_t shared_port;   /* of paths whose port nobody asked for */
    struct sim_link *links; /* to each of `link_count` servers; NULL: the servers' own */
    uint32_t link_count;
    uint32_t *accounts;
    uint32_t account_count;
    uint32_t account_capacity;
};

/* accounts.c */
struct sim_account {
    hf_account_id id; /* of the running agent, else 0 */
    uint32_t index;
    uint32_t process;
    bool removed;
    bool is_noted; /* reach.c */
    char *name;
    struct hf_settings *settings;
    struct hf_remembered *remembered; /* memory.c; one for each leg; NULL: nothing */
    unsigned remembered_count;
    struct sim_aor *aors;   /* reach.c: what registrars know it by */
    struct hf_address home; /* where its last binding leads; family NONE: unknown, or not indexed */
    struct map_node by_home;
};

/* dns.c */
struct sim_name;

struct dns_condition {
    enum sim_fault_kind kind; /* SIM_DNS_ANSWERS, _FAILS or _SILENT */
    enum hf_dns_result result;
    enum sim_record record; /* that it fails or is silent for */
    hf_time delay;
    enum sim_record delayed;
};

struct dns {
    struct map names;
    struct dns_condition condition; /* of all names */
    struct list_node questions;     /* that wait for their answer */
};

/* reach.c: whose reachability may have changed. */
struct sim_aor;

struct reach {
    struct map accounts_by_aor;
    struct map accounts_by_home;
    bool watched;    /* somebody wants to know */
    bool all_noted;  /* it may be anybody */
    uint32_t *noted; /* accounts, until reach_tell */
    uint32_t noted_count;
    uint32_t noted_capacity;
};

struct sim {
    hf_time now;
    uint64_t steps;
    uint32_t check_interval;
    struct schedule schedule;
    struct random random; /* of everything that is made once */
    struct random chance; /* of the network */
    struct hash_key key;
    struct server **servers;
    uint32_t server_count;
    struct map servers_by_address, servers_by_other;
    struct process **processes;
    uint32_t process_count;
    struct map processes_by_address, processes_by_other;
    struct sim_account **accounts;
    uint32_t account_count;
    uint32_t account_capacity;
    struct sim_link link; /* of servers added from now on */
    struct map mappings_by_inside;
    struct map mappings_by_outside;
    uint16_t last_nat_port;
    struct dns dns;
    struct map streams;            /* by number */
    uint32_t stream_count;         /* ever made */
    struct outbox outbox;          /* of the registrar at work */
    struct list_node idle_packets; /* to be used again */
    struct sim_observer observers[SIM_OBSERVERS_MAX];
    unsigned observer_count;
    struct reach reach;
};

/* Memory that must be there: zeroed; running out is an assertion. */
void *sim_allocate(size_t size);

static inline uint64_t address_hash(const struct sim *sim, const struct hf_address *address) {
    return hash_bytes(&sim->key, address, sizeof *address);
}

/* Of the two that a host may have, the address of this one's family; its port is kept. */
static inline struct hf_address address_beside(const struct hf_address *one,
                                               const struct hf_address *other,
                                               const struct hf_address *of_family) {
    return other->family == of_family->family ? *other : *one;
}

/* 64:ff9b::/96 (RFC 6052 section 2.1): an address of IPv4, as hosts of IPv6 write it. */
static inline bool is_by_nat64(const struct hf_address *address) {
    static const uint8_t prefix[12] = {0x00, 0x64, 0xff, 0x9b};

    return address->family == HF_FAMILY_IPV6 && memcmp(address->ip, prefix, sizeof prefix) == 0;
}

/* Whether the process's NAT is between this address of it and the remote one. */
static inline bool nat_hides(const struct process *process, const struct hf_address *address,
                             const struct hf_address *remote) {
    return process->nat_address.family != HF_FAMILY_NONE &&
           (process->nat_address.family == address->family ||
            (process->nat_address.family == HF_FAMILY_IPV4 && is_by_nat64(remote)));
}

/* Whether packets of this family go through the link. */
static inline enum sim_way link_way(const struct sim_link *link, const struct hf_address *address) {
    if (link->down)
        return SIM_WAY_DOWN;
    return address->family == HF_FAMILY_IPV6 ? link->ipv6 : link->ipv4;
}

/* network.c */
void network_send_from_process(struct sim *sim, struct process *process,
                               const struct hf_address *local, const struct hf_address *to,
                               struct hf_slice bytes);
void network_send_from_server(struct sim *sim, struct server *server,
                              const struct hf_address *local, const struct hf_address *to,
                              struct hf_slice bytes);
struct packet *packet_take(struct sim *sim, struct hf_slice bytes);
/* A million is certain. */
bool network_happens(struct sim *sim, uint32_t chance);
hf_time network_travel_time(struct sim *sim, const struct sim_link *link);
void network_tell_sent(const struct sim *sim, const struct packet *packet);
void network_tell_arrived(const struct sim *sim, const struct packet *packet);
/* Tells the sender of a packet that its port is not open. */
void network_refuse(struct sim *sim, struct packet *packet);
/* A packet is due. */
void network_step(struct sim *sim, struct packet *packet);
void packet_give(struct sim *sim, struct packet *packet);
void network_release(struct sim *sim);
const struct sim_link *link_between(const struct sim *sim, const struct process *process,
                                    const struct server *server);

/* nat.c: the source address that the world sees; a mapping is made where there is none. */
struct hf_address nat_out(struct sim *sim, struct process *process, const struct hf_address *local,
                          const struct hf_address *remote);
/* Whether packets of a connection get through: its mapping is the one that it began with. */
bool nat_holds(struct sim *sim, const struct process *process, const struct hf_address *local,
               const struct hf_address *remote, const struct hf_address *outside);
/* Who gets a packet to this address; NULL: nobody. */
const struct nat_mapping *nat_in(const struct sim *sim, const struct hf_address *outside,
                                 const struct hf_address *remote);
void nat_forget(struct sim *sim, struct process *process);
void nat_set_timeout(struct sim *sim, struct process *process, hf_time timeout);
void nat_step(struct sim *sim, struct nat_mapping *mapping);

/* server.c */
struct server *server_find(const struct sim *sim, const struct hf_address *address);
void server_receive(struct sim *sim, struct server *server, struct packet *packet);
/* Counts what came in. */
void server_note_packet(struct server *server, const struct packet *packet);
void server_step_work(struct sim *sim, struct server *server);
void server_step_expire(struct sim *sim, struct server *server);
void server_apply(struct sim *sim, struct server *server, const struct sim_fault *fault);
void server_free(struct sim *sim, struct server *server);

/* process.c */
struct process *process_find(const struct sim *sim, const struct hf_address *address);
void process_start(struct sim *sim, struct process *process, bool forget);
void process_stop(struct sim *sim, struct process *process);
void process_sleep(struct sim *sim, struct process *process, hf_time span);
static inline bool process_is_awake(const struct sim *sim, const struct process *process) {
    return process->agent && sim->now >= process->asleep_to;
}
void process_kill(struct sim *sim, struct process *process);
void process_receive(struct sim *sim, struct process *process, const struct hf_address *local,
                     const struct packet *packet);
void process_step_expire(struct sim *sim, struct process *process);
/* Does what the agent wants done. */
void process_attend(struct sim *sim, struct process *process);
void process_free(struct sim *sim, struct process *process);

/* memory.c */
void memory_plan(struct sim *sim, struct process *process); /* something may have changed */
void memory_begin(struct sim *sim, struct process *process);
void memory_write(struct sim *sim, struct process *process);
void memory_step(struct sim *sim, struct process *process);
void memory_forget(struct sim *sim, struct process *process);

/* paths.c */
void paths_open(struct sim *sim, struct process *process, const struct hf_output_open *open);
void paths_close(struct sim *sim, struct process *process, struct sim_path *path);
void paths_close_all(struct sim *sim, struct process *process);
struct sim_path *paths_by_number(const struct process *process, hf_path_id id);
/* The path with this peer, else any that has this local address, of streams or of datagrams; NULL:
 * nobody listens. */
struct sim_path *paths_to(const struct sim *sim, const struct process *process,
                          const struct hf_address *local, const struct hf_address *remote,
                          bool stream);

/* accounts.c: hands an account to the running agent. */
int account_start(struct sim *sim, uint32_t account);
void accounts_release(struct sim *sim);

/* dns.c */
void dns_ask(struct sim *sim, struct process *process, const struct hf_output_resolve *question);
void dns_step(struct sim *sim, struct scheduled *scheduled);
int dns_apply(struct sim *sim, const struct sim_fault *fault);
void dns_release(struct sim *sim);

/* reach.c */
int reach_name(struct sim *sim, struct sim_account *account); /* HF_ERROR_MEMORY */
void reach_unname(struct sim *sim, struct sim_account *account);
void reach_watch(struct sim *sim);
void reach_note(struct sim *sim, struct sim_account *account);
void reach_note_all(struct sim *sim);
void reach_note_process(struct sim *sim, const struct process *process);
/* A socket, or a NAT's mapping for one, has come or gone. */
void reach_note_local(struct sim *sim, const struct process *process,
                      const struct hf_address *local);
/* The server's registrar has done something. */
void reach_note_server(struct sim *sim, struct server *server);
void reach_tell(struct sim *sim);
void reach_release(struct sim *sim);

/* observe.c */
void tell_sent(const struct sim *sim, const struct sim_packet *packet);
void tell_arrived(const struct sim *sim, const struct sim_packet *packet);
void tell_event(const struct sim *sim, uint32_t process, const struct hf_event *event);
void tell_reach(const struct sim *sim, uint32_t account);
void tell_applied(const struct sim *sim, const struct sim_fault *fault);

#endif
