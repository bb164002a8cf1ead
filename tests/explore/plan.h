/* A run of the explorer as plain data: the world, its accounts, and what happens when. It is made
 * from a seed, written and read as text, run, and cut down when it fails. */
#ifndef EXPLORE_PLAN_H
#define EXPLORE_PLAN_H

#include <stdio.h>

#include "sim/sim.h"

enum {
    PLAN_SERVERS_MAX = 5,
    PLAN_NAMES_MAX = 6,
    PLAN_RECORDS_MAX = 4,
    PLAN_PROCESSES_MAX = 2,
    PLAN_ACCOUNTS_MAX = 12,
    PLAN_STEPS_MAX = 96,
    PLAN_SETTINGS_MAX = 1024,
    PLAN_TEXT_MAX = 64,
    PLAN_HEADERS_MAX = 128,
};

struct plan_server {
    struct hf_address address;
    struct hf_address other; /* of the other family; or family NONE */
    uint32_t flow_timer;
    bool shares;    /* what it binds is bound at the first server of its group as well */
    uint32_t group; /* servers of one configured name share it, and a realm */
    bool open;
    unsigned offers[REGISTRAR_OFFERS_MAX]; /* enum digest_algorithm */
    unsigned offer_count;
    unsigned qop; /* enum registrar_qop */
    uint32_t nonce_lifetime;
    uint32_t expires_min, expires_max;
    uint32_t rate, queue_max;
};

/* A name and the servers that its A and AAAA records lead to, or its SRV records (for UDP) in this
 * order of priority. */
struct plan_name {
    char name[PLAN_TEXT_MAX];
    uint32_t ttl;
    bool srv;
    uint32_t servers[PLAN_RECORDS_MAX];
    uint32_t count;
};

struct plan_process {
    struct hf_address address;
    struct hf_address other; /* of the other family; or family NONE */
    struct hf_address nat_address;
    hf_time nat_timeout;
    bool remembers;
};

struct plan_account {
    uint32_t process;
    char family[24];
    char settings[PLAN_SETTINGS_MAX]; /* lines "key=value" */
    bool late;                        /* added by a step, not at the start */
};

enum plan_action {
    PLAN_FAULT,
    PLAN_ADD,    /* `account`, which is late */
    PLAN_CHANGE, /* `settings` are set on top of those that it has now */
    PLAN_REMOVE,
    PLAN_REGISTER,
    PLAN_UNREGISTER,
    PLAN_ACTIONS
};

struct plan_step {
    hf_time at; /* after the start */
    enum plan_action action;
    uint32_t account;
    char settings[PLAN_SETTINGS_MAX / 4];
    struct sim_fault fault; /* its slices point into the texts below when it is applied */
    char name[PLAN_TEXT_MAX];
    char method[16];
    char headers[PLAN_HEADERS_MAX]; /* lines ended by "|" */
};

struct plan {
    uint64_t seed;
    struct sim_link link; /* of everybody, from the start and after the healing */
    struct plan_server servers[PLAN_SERVERS_MAX];
    uint32_t server_count;
    struct plan_name names[PLAN_NAMES_MAX];
    uint32_t name_count;
    struct plan_process processes[PLAN_PROCESSES_MAX];
    uint32_t process_count;
    struct plan_account accounts[PLAN_ACCOUNTS_MAX];
    uint32_t account_count;
    struct plan_step steps[PLAN_STEPS_MAX]; /* in the order of time */
    uint32_t step_count;
    hf_time healed_at; /* after the start: everything is put right, nothing breaks any more */
};

/* Made from the seed alone. */
void plan_generate(struct plan *plan, uint64_t seed);

/* As text: one line an item, `#` begins a comment line. Reading says what is wrong in `error`. */
void plan_write(const struct plan *plan, FILE *file);
bool plan_read(struct plan *plan, FILE *file, char *error, size_t error_size);

/* Without one of its parts: what follows is numbered anew, and what was about it goes too. False
 * (and nothing done) when the plan would not make sense without it. */
bool plan_drop_step(struct plan *plan, uint32_t step);
bool plan_drop_account(struct plan *plan, uint32_t account);
bool plan_drop_server(struct plan *plan, uint32_t server);
/* Line `line` of an account's settings; not who it is and where it registers. */
bool plan_drop_setting(struct plan *plan, uint32_t account, uint32_t line);

#endif
