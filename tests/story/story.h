/* The small vocabulary of stories, over src/sim: one agent, a few registrars, a DNS of a few names.
 * Packets take no time and are lost only when a story says so; whoever wants more than these words
 * has `sim`. */
#ifndef STORY_STORY_H
#define STORY_STORY_H

#include "holdfast/agent.h"
#include "holdfast/settings.h"
#include "sim/sim.h"

enum { WORLD_SERVERS = 3, WORLD_NAMES = 8, WORLD_LOG = 4096 };

/* A server stands at 192.0.2.<index + 1>:5060. */
struct world_server {
    struct registrar *registrar;
    unsigned received; /* packets, until run_for or world_add returned last */
    unsigned registers;
};

struct world_name {
    const char *name;
    struct hf_address address; /* family NONE: no such name */
    uint32_t ttl;
    enum hf_dns_result failure; /* HF_DNS_OK: answers */
    bool silent;
};

struct world_event {
    enum hf_event_kind kind;
    hf_account_id account;
    unsigned status;
    struct hf_address target;
    hf_time at;
    hf_time took;
    enum hf_failure_cause cause;
};

struct world {
    struct sim *sim;
    uint32_t process; /* at 198.51.100.1 */
    struct hf_agent *agent;
    struct world_server servers[WORLD_SERVERS];
    struct world_name names[WORLD_NAMES];
    struct world_event events[WORLD_LOG];
    unsigned event_count;
    hf_time now;             /* set it on: the machine was suspended so long */
    uint16_t local_port;     /* of paths that ask for none */
    char last_request[8192]; /* the last request that any server was sent */
    char inject[8192];       /* an answer to give instead of the registrar's; "" = none */
    unsigned inject_count;   /* so many times; 0 = always */
};

/* Whether stories are told over TCP or TLS (HOLDFAST_TRANSPORT): nothing is resent there. */
bool world_has_streams(void);

/* Whether they are told over IPv6 (HOLDFAST_FAMILY=6). What a story says in IPv4 is translated
 * there: an address, a text for the engine, and, in place, a text of the engine's. */
bool world_has_ipv6(void);
struct hf_address world_address(struct hf_address address);
void world_text_in(char *to, size_t size, const char *from);
void world_text_out(char *text, size_t size);
bool world_said(struct hf_slice text, const char *expected); /* it is that, translated back */
/* As sim_dns_set, with its A records as AAAA records. */
int world_dns_set(struct sim *sim, const char *name, const struct hf_dns_record *records,
                  size_t count);

/* Where the SRV records of "example" are, and the port where servers serve, over that transport. */
const char *world_service(void);
uint16_t world_port(void);

/* Whether the story holds over that transport, too; stories_of_udp.c says why not. */
bool story_holds(const char *name);
void story_is_skipped(void **state);

void world_init(struct world *world);
/* The account's host is behind a NAT at 203.0.113.1, which forgets a mapping that nothing goes out
 * through for `timeout` (0: never). */
void world_init_behind_nat(struct world *world, hf_time timeout);
/* The same with one outer end for each local one (endpoint-independent mapping). */
void world_init_behind_cone(struct world *world);
void world_release(struct world *world);

/* Settings of a family with user alice and her password, server 1 at 192.0.2.1, and the given
 * "key=value" pairs, ended by NULL. The caller frees them. */
struct hf_settings *world_settings(const char *family, ...);

/* Takes the settings over. Everything that is due at once has happened when it returns. */
hf_account_id world_add(struct world *world, struct hf_settings *settings);

/* The program ends without a word and is started again, without accounts; servers and time stay as
 * they are. */
void world_restart(struct world *world);

/* Adds an account that remembers something. */
hf_account_id world_restore(struct world *world, struct hf_settings *settings,
                            const struct hf_remembered *remembered);

/* What an account would remember. */
struct hf_remembered world_remember(const struct world *world, hf_account_id account);

/* Lets time pass; everything that is due happens. */
void run_for(struct world *world, hf_time span);

void server_down(struct world *world, unsigned server);    /* silent */
void server_refuses(struct world *world, unsigned server); /* ICMP */
void server_up(struct world *world, unsigned server);

enum hf_account_state state_of(struct world *world, hf_account_id account);
struct hf_account_status status_of(struct world *world, hf_account_id account);

/* How many bindings the server holds. */
unsigned bindings_at(const struct world *world, unsigned server);

/* The account is registered and works through this server. */
void expect_registered_at(struct world *world, hf_account_id account, unsigned server);

/* How many events of a kind there were. */
unsigned count_events(const struct world *world, enum hf_event_kind kind);

#endif
