/* A made-up world in virtual time. It drives agents just as net/ does with the real one, and the
 * agents cannot tell which: hosts on a network with faults, a DNS, registrars, and processes that
 * each run one agent.
 *
 *   struct sim *sim; sim_create(&options, &sim);
 *   sim_add_server(...); sim_add_process(...); sim_add_account(...); sim_dns_set(...);
 *   sim_apply(sim, &fault);       what goes wrong, or right again: fault.h
 *   sim_run(sim, until);          everything that is due by then happens
 *
 * The clock moves only in sim_run and sim_step, and jumps from one thing that is due to the next.
 * The same seed and the same calls give the same run, byte for byte. Servers, processes and
 * accounts are named by their index, in the order in which they were added. Texts handed in are
 * copied. Calls that add return HF_ERROR_MEMORY or HF_ERROR_INVALID and have changed nothing. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "holdfast/agent.h"
#include "registrar/registrar.h"
#include "sim/fault.h"

struct sim;

/* Virtual time begins here, so that nothing can hide in the first second. */
#define SIM_START_AT (1000 * HF_SECOND)
#define SIM_NONE UINT32_MAX

struct sim_options {
    uint64_t seed;
    /* An agent's invariants are checked after so many of its steps; 0: after each, or after half
     * as many as it has accounts when they are many. Fleets of thousands cannot afford that. */
    uint32_t check_interval;
};

/* HF_ERROR_MEMORY. */
int sim_create(const struct sim_options *options, struct sim **ret);
void sim_free(struct sim *sim); /* NULL is ignored */

/* A registrar on a host of its own. */
struct sim_server_options {
    const char *name;
    struct hf_address address; /* port 0: 5060 */
    struct hf_address other;   /* of the other family, at the same port; or family NONE */
    struct registrar_options registrar;
    uint32_t rate;      /* requests that it can work on a second; 0: as many as come */
    uint32_t queue_max; /* requests that wait for that, more are lost; 0: 1000 */
};

/* One program on a host of its own: an agent, its paths, its memory of what was. */
struct sim_process_options {
    const char *name;
    struct hf_address address;
    struct hf_address other; /* of the other family; or family NONE */
    /* Behind a NAT that has this address (family NONE: there is none). A mapping is made by a
     * packet going out, keyed by both ends (RFC 4787: address and port dependent), and forgotten
     * when nothing went out through it for `nat_timeout` (0: never). Its family alone is behind it.
     */
    struct hf_address nat_address;
    hf_time nat_timeout;
    bool
        nat_is_cone; /* a local end has one outer end for all whom it sends to (endpoint-independent
                        mapping); who was not sent to still does not get in */
    bool remembers;  /* a restart finds what hf_agent_remember said up to the last second */
};

/* The port of paths opened from now on whose port nobody asks for; it is 40000 at first. A process
 * that starts without its memory takes the next one. */
void sim_set_port(struct sim *sim, uint32_t process, uint16_t port);

/* From now on the server is another address of `with`: what one of them has bound the other one has
 * bound as well, as where registrars share a location database. Each is broken, slow or unreachable
 * for itself; what is told of reach goes by `with`. */
void sim_join_server(struct sim *sim, uint32_t server, uint32_t with);

int sim_add_server(struct sim *sim, const struct sim_server_options *options, uint32_t *ret);
int sim_add_process(struct sim *sim, const struct sim_process_options *options, uint32_t *ret);

/* The account starts at once if its process runs. `name` is for people. The settings are copied. */
int sim_add_account(struct sim *sim, uint32_t process, const char *name,
                    const struct hf_settings *settings, uint32_t *ret);
int sim_change_account(struct sim *sim, uint32_t account, const struct hf_settings *settings);
int sim_remove_account(struct sim *sim, uint32_t account); /* its index is not used again */

/* The records of a name (A, AAAA, SRV, NAPTR; each with its TTL, texts and all are copied); they
 * replace what it had. Names without records do not exist. */
int sim_dns_set(struct sim *sim, const char *name, const struct hf_dns_record *records,
                size_t count);

/* Does what is due next, at the latest at `until`; false when nothing is left to do by then (the
 * clock then stands at `until`). Every agent's invariants are asserted after it. */
bool sim_step(struct sim *sim, hf_time until);
void sim_run(struct sim *sim, hf_time until);

hf_time sim_now(const struct sim *sim);
uint64_t sim_steps(const struct sim *sim); /* done so far; for a cap */

/* What goes wrong or right, now. HF_ERROR_UNKNOWN: there is no such server, process or name. */
int sim_apply(struct sim *sim, const struct sim_fault *fault);

/* To be called after an hf_agent_... call on the agent of a process: does what the agent now wants
 * done. What else comes of it happens in sim_run. */
void sim_attend(struct sim *sim, uint32_t process);

/* How things are. */
uint32_t sim_server_count(const struct sim *sim);
uint32_t sim_process_count(const struct sim *sim);
uint32_t sim_account_count(const struct sim *sim); /* removed ones too */
struct registrar *sim_registrar(const struct sim *sim, uint32_t server);
struct hf_agent *sim_agent(const struct sim *sim, uint32_t process); /* NULL: it does not run */
const char *sim_server_name(const struct sim *sim, uint32_t server);
struct hf_address sim_server_address(const struct sim *sim, uint32_t server);
struct hf_address sim_server_other(const struct sim *sim, uint32_t server);
const char *sim_account_name(const struct sim *sim, uint32_t account);
uint32_t sim_account_process(const struct sim *sim, uint32_t account);
hf_account_id sim_account_id(const struct sim *sim, uint32_t account); /* 0: as below */
/* HF_ERROR_UNKNOWN: removed, or its process does not run. */
int sim_account_status(struct sim *sim, uint32_t account, struct hf_account_status *ret);
int sim_leg_status(struct sim *sim, uint32_t account, unsigned leg, struct hf_account_status *ret);

/* Whether a call to the account that comes to this server would reach the account's agent now:
 * the server works (and its fault, if it has one, lets INVITE be), holds a binding of it, and
 * packets from the server to where the binding's REGISTER came from get through the network and
 * the NAT to an open path of the running process. */
bool sim_reaches(const struct sim *sim, uint32_t account, uint32_t server);
/* Through any server. */
bool sim_is_reachable(const struct sim *sim, uint32_t account);

struct sim_server_counters {
    uint64_t received;  /* packets that came in, lost ones of an overflowing queue too */
    uint64_t registers; /* REGISTER requests among them, retransmissions too */
    uint64_t overflowed;
};

void sim_server_count_packets(const struct sim *sim, uint32_t server,
                              struct sim_server_counters *ret);

/* Who watches: traces, measures, checks. Called as things happen; must not call sim functions
 * that change anything. NULL members are not called. At most SIM_OBSERVERS_MAX. */
struct sim_packet {
    hf_time at;       /* when it was sent, or when it arrived */
    uint32_t process; /* one end; SIM_NONE: none of ours */
    uint32_t server;  /* the other end; SIM_NONE: nobody lives there */
    bool from_process;
    struct hf_address from, to; /* as the sender sees them; for sim_answer as the server does */
    struct hf_slice bytes;
};

struct sim_observer {
    void *user;
    void (*sent)(void *user, const struct sim_packet *packet); /* before the network has it */
    void (*arrived)(void *user, const struct sim_packet *packet);
    void (*event)(void *user, uint32_t process, const struct hf_event *event); /* tag: account */
    void (*applied)(void *user, const struct sim_fault *fault);
    /* Something changed that may decide whether the account can be reached; SIM_NONE: any. Told
     * at the end of the step, the clock has not moved on. */
    void (*reach)(void *user, uint32_t account);
};

enum { SIM_OBSERVERS_MAX = 4 };

/* For answers that no registrar gives: asked with each request that the server takes up; writes
 * what is to be sent to request->from into the outbox (outbox_send, path 1), or returns false: the
 * registrar answers. Without `answer` the registrar answers all. */
typedef bool sim_answer(void *user, const struct sim_packet *request, struct outbox *outbox);

void sim_answer_instead(struct sim *sim, uint32_t server, sim_answer *answer, void *user);

void sim_observe(struct sim *sim, const struct sim_observer *observer);

#endif
