/* A scenario: what `holdfast simulate` rehearses, as plain data. docs/simulator.md describes the
 * file. It can come from there (scenario_read), or be put together by hand, and be written again
 * (scenario_write): what is read back is the same run, byte for byte.
 *
 * All texts and lists belong to the scenario's own memory (scenario_text, scenario_list) and go
 * with it, so lists may be cut short or their elements changed at will. Servers and processes are
 * named by their index; SIM_NONE means all of them where that makes sense. Times are since the
 * start of the run. */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "sim/sim.h"

enum {
    SCENARIO_SERVERS_MAX = 64,
    SCENARIO_PROCESSES_MAX = 10000,
    SCENARIO_ACCOUNTS_MAX = 1000000,
    SCENARIO_LIST_MAX = 100000, /* elements of any other list */
    SCENARIO_STEP_TIMES_MAX = 1000000,
};

/* Virtual time is bounded so that no sum of it can overflow: ten years. */
#define SCENARIO_DURATION_MAX ((hf_time)3653 * 86400 * HF_SECOND)

/* A setting by its native name, and its value as text; in a template '%n' in the value stands for
 * the account's number, '%05n' for it with zeros, '%%' for '%'. */
struct scenario_setting {
    const char *key;
    const char *value;
    unsigned line;
};

struct scenario_user {
    const char *name;
    const char *password;
};

struct scenario_server {
    struct sim_server_options options; /* its seed is set by the run */
    hf_time delay;                     /* of each answer */
    /* The password of each account is known at every server, as the account has it; these
     * overrule it. */
    struct scenario_user *users;
    size_t user_count;
    bool strangers; /* users without an account: pw-NAME is their password */
    unsigned line;
};

struct scenario_process {
    struct sim_process_options options;
    unsigned line;
};

/* The network between a process and a server; later ones overrule earlier ones. */
struct scenario_link {
    uint32_t process; /* SIM_NONE: all */
    uint32_t server;
    struct sim_link link;
};

struct scenario_name {
    const char *name;
    struct hf_dns_record *records;
    size_t count;
    unsigned line;
};

struct scenario_path {
    const char *path;
    unsigned line;
};

/* Which families the hosts of a group have. */
enum scenario_ipv6 {
    SCENARIO_IPV6_NO,
    SCENARIO_IPV6_YES, /* beside IPv4 */
    SCENARIO_IPV6_ONLY,
};

/* Accounts: those of provisioning files with `settings` put over them, or (no files) `count` made
 * from `settings` as a template. */
struct scenario_accounts {
    const char *name; /* template: pattern of the names; NULL: the user's */
    const char *family;
    struct scenario_path *files; /* as written: relative to the scenario's folder */
    size_t file_count;
    struct scenario_setting *settings;
    size_t setting_count;
    uint32_t count;
    uint32_t first;          /* the first %n */
    uint32_t process;        /* SIM_NONE: each account is a process of its own, as a phone is */
    hf_time start;           /* when the first may start */
    hf_time spread;          /* they start evenly at random in so long; 0: all at once */
    hf_time nat_timeout;     /* each its own: its NAT's; needs `nat` */
    bool nat;                /* each its own: behind a NAT of its own (of IPv4) */
    enum scenario_ipv6 ipv6; /* each its own */
    bool nat_is_cone;        /* the same: and that is as in sim_process_options */
    bool remembers;          /* each its own: as in sim_process_options */
    unsigned line;
};

enum scenario_action {
    SCENARIO_FAULT,          /* `fault` */
    SCENARIO_DNS_RECORDS,    /* `fault.name` has `records` from now on */
    SCENARIO_ACCOUNT_CHANGE, /* `settings` over those that it has */
    SCENARIO_ACCOUNT_REMOVE,
};

/* Something that happens. The servers and processes of the fault: SIM_NONE for every one. */
struct scenario_step {
    enum scenario_action action;
    hf_time at;
    hf_time span;   /* undone so long after; 0: never */
    hf_time every;  /* again so long after its beginning … */
    uint32_t times; /* … so many times in all; 1 where `every` is 0 */
    struct sim_fault fault;
    struct hf_dns_record *records;
    size_t record_count;
    const char *account; /* its name; NULL: all */
    struct scenario_setting *settings;
    size_t setting_count;
    unsigned line;
};

/* What is measured: the words of `expect:` and of --json are in scenario_words.c. */
enum scenario_measure {
    MEASURE_AVAILABILITY,       /* of the fleet; millionths */
    MEASURE_WORST_AVAILABILITY, /* of the worst account; millionths */
    MEASURE_RECOVERY_50,        /* time to recover; microseconds */
    MEASURE_RECOVERY_95,
    MEASURE_RECOVERY_99,
    MEASURE_RECOVERY_WORST,
    MEASURE_STARTUP_50, /* from an account's start until it could be reached */
    MEASURE_STARTUP_95,
    MEASURE_STARTUP_99,
    MEASURE_STARTUP_WORST,
    MEASURE_UNRECOVERED, /* accounts that cannot be reached when it ends */
    MEASURE_PEAK,        /* REGISTERs in the worst second at `server`, or at any one */
    MEASURE_REGISTERS,   /* all of them at `server`, or together */
    MEASURE_LOST,        /* requests that an overflowing queue lost at `server`, or together */
    MEASURE_FAILOVERS,   /* events */
    MEASURE_FAILBACKS,
    MEASURE_FAILURES,
    MEASURE_REJECTED,   /* accounts in the state `rejected`, at `at` */
    MEASURE_REGISTERED, /* accounts in the state `registered`, with `server` if given, at `at` */
    MEASURE_REACHABLE,  /* accounts that a call would reach, at `at` */
    MEASURE_BINDINGS,   /* that `server`, or all of them, holds, at `at` */
    MEASURE_STATE,      /* of `account`, is `state`, at `at` */
    MEASURE_COUNT
};

enum scenario_relation {
    RELATION_AT_LEAST,
    RELATION_AT_MOST,
    RELATION_EXACTLY,
};

struct scenario_expectation {
    enum scenario_measure measure;
    enum scenario_relation relation;
    uint64_t wanted; /* in the measure's unit; a count where it is one */
    bool share;      /* `wanted` is millionths of all accounts (REGISTERED, REACHABLE, …) */
    uint32_t server; /* SIM_NONE: not given */
    hf_time at;      /* HF_NEVER: at the end */
    const char *account;
    enum hf_account_state state;
    unsigned line;
};

struct scenario_block; /* a piece of the scenario's memory */

struct scenario {
    const char *title; /* may be NULL */
    hf_time duration;
    uint64_t seed;
    struct scenario_server *servers;
    size_t server_count;
    struct scenario_process *processes;
    size_t process_count;
    struct scenario_link *links;
    size_t link_count;
    struct scenario_name *names;
    size_t name_count;
    struct scenario_accounts *accounts;
    size_t accounts_count;
    struct scenario_step *steps; /* in any order */
    size_t step_count;
    struct scenario_expectation *expectations;
    size_t expectation_count;
    struct scenario_block *memory;
};

/* The network where nothing is said about it. */
#define SCENARIO_LATENCY (10 * HF_MILLISECOND)

/* How the network between the two is when nothing happens to it; SIM_NONE: for all. */
struct sim_link scenario_link_between(const struct scenario *scenario, uint32_t process,
                                      uint32_t server);

/* Empty, with the defaults: one hour, seed 1. */
void scenario_init(struct scenario *scenario);
void scenario_release(struct scenario *scenario);

/* "no", "yes", "only"; static. */
const char *scenario_ipv6_name(enum scenario_ipv6 ipv6);
/* The address of a host that is not told which, in one of our networks (RFC 3849). */
enum { SCENARIO_NETWORK_SERVERS, SCENARIO_NETWORK_PROCESSES, SCENARIO_NETWORK_DEVICES };
struct hf_address scenario_ipv6_address(uint8_t network, size_t number);

/* A copy in the scenario's memory, terminated; NULL when there is none. */
const char *scenario_text(struct scenario *scenario, struct hf_slice text);
/* Zeroed room for `count` elements of `size` bytes; NULL when there is none. */
void *scenario_list(struct scenario *scenario, size_t count, size_t size);

/* Fills in what a server, a process, a group of accounts, a step is when nothing more is said.
 * The name is copied. HF_ERROR_MEMORY. */
int scenario_server_init(struct scenario *scenario, struct scenario_server *server,
                         const char *name);
int scenario_process_init(struct scenario *scenario, struct scenario_process *process,
                          const char *name);
void scenario_accounts_init(struct scenario_accounts *accounts);
void scenario_step_init(struct scenario_step *step);
void scenario_expectation_init(struct scenario_expectation *expectation);

/* What is wrong with a scenario, in the order of lines. */
struct scenario_message {
    unsigned line; /* 0: the whole file */
    bool warning;
    char text[240];
};

struct scenario_messages {
    struct scenario_message *list;
    size_t count;
    size_t capacity;
    size_t errors; /* all of them, also those too many to keep */
};

int scenario_report(struct scenario_messages *messages, bool warning, unsigned line,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
void scenario_messages_release(struct scenario_messages *messages);

/* Reads a file's bytes. What is wrong is in `messages`; with an error in them the scenario is not
 * to be used, but is to be released in any case. HF_ERROR_MEMORY. */
int scenario_read(struct scenario *ret, struct hf_slice bytes, struct scenario_messages *messages);

/* The scenario as a file. `*ret` is terminated and to be freed. HF_ERROR_MEMORY. */
int scenario_write(const struct scenario *scenario, char **ret);

#endif
