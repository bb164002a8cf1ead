/* What stands around the one agent that is fuzzed: the bytes that decide everything, the paths,
 * questions and requests that the agent has sent, and the accounts it was given. */
#ifndef FUZZ_ENGINE_WORLD_H
#define FUZZ_ENGINE_WORLD_H

#include "agent/internal.h"
#include "holdfast/settings.h"

enum {
    FUZZ_ACCOUNTS = 6,
    FUZZ_PATHS = 64,
    FUZZ_QUESTIONS = 64,
    FUZZ_REQUESTS = 16,
    FUZZ_STEPS_MAX = 400, /* calls in one run */
};

/* The fuzzer's bytes; 0 when they are used up. */
struct choices {
    const uint8_t *at;
    const uint8_t *end;
};

static inline uint8_t choose(struct choices *choices) {
    return choices->at < choices->end ? *choices->at++ : 0;
}

static inline unsigned choose_below(struct choices *choices, unsigned count) {
    return choose(choices) % count;
}

/* The next `len` bytes, or as many as there are. */
static inline struct hf_slice choose_bytes(struct choices *choices, size_t len) {
    const char *start = (const char *)choices->at;

    if (len > (size_t)(choices->end - choices->at))
        len = (size_t)(choices->end - choices->at);
    choices->at += len;
    return slice_of(start, len);
}

struct fuzz_path {
    hf_path_id id; /* 0: no such path */
    bool open;
    enum hf_transport transport;
    struct hf_address local;
    struct hf_address remote;
};

struct fuzz_question {
    hf_query_id query; /* 0: free; answered ones stay, to be answered twice */
    enum hf_dns_type type;
    bool answered;
};

struct fuzz_request {
    size_t len; /* 0: free */
    hf_path_id path;
    bool answered; /* with a final status */
    char bytes[4096];
};

struct fuzz_world {
    struct hf_agent *agent;
    hf_time now;
    struct choices choices;
    hf_account_id accounts[FUZZ_ACCOUNTS]; /* 0: none */
    struct fuzz_path paths[FUZZ_PATHS];
    struct fuzz_question questions[FUZZ_QUESTIONS];
    struct fuzz_request requests[FUZZ_REQUESTS]; /* a ring */
    unsigned next_path;                          /* where the next one goes */
    unsigned next_question;
    unsigned next_request;
    struct hf_remembered remembered; /* of some account, at some time */
    bool forgetful; /* a path or a question fell out of the tables: it will never be answered */
};

/* Takes everything that the agent wants done, and checks that it is in order and not a storm. */
void fuzz_drain(struct fuzz_world *world);

/* All invariants; after every call. */
void fuzz_check(struct fuzz_world *world);

struct fuzz_path *fuzz_find_path(struct fuzz_world *world, hf_path_id id);

/* The oldest request that nobody answered yet, else the newest; NULL when there is none. */
struct fuzz_request *fuzz_oldest_request(struct fuzz_world *world);
struct fuzz_request *fuzz_some_request(struct fuzz_world *world);

/* menu.c: settings of one account out of the fuzzer's bytes. The caller frees them. */
struct hf_settings *fuzz_settings(struct choices *choices);

/* restore.c: adds an account that remembers something, true or not. */
int fuzz_restore(struct fuzz_world *world, const struct hf_settings *settings, hf_account_id *ret);

/* answers.c: what comes in from outside. Each makes one call on the agent or none. */
void fuzz_answer_request(struct fuzz_world *world);
void fuzz_grant(struct fuzz_world *world, struct fuzz_request *request);
void fuzz_send_request(struct fuzz_world *world);
void fuzz_send_bytes(struct fuzz_world *world);
void fuzz_resolve(struct fuzz_world *world);
void fuzz_resolve_well(struct fuzz_world *world, struct fuzz_question *question);
void fuzz_open_path(struct fuzz_world *world, struct fuzz_path *path);
void fuzz_fail_path(struct fuzz_world *world, struct fuzz_path *path);

#endif
