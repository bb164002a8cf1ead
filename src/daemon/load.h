/* From files to the engine: what is new is added, what changed is changed, what is gone is
 * removed, and all else is not touched. */
#ifndef DAEMON_LOAD_H
#define DAEMON_LOAD_H

#include "daemon/account_list.h"
#include "daemon/config_files.h"
#include "daemon/progress.h"
#include "daemon/store.h"
#include "holdfast/agent.h"

/* Where the accounts come from; borrowed. */
struct load_sources {
    const char *const *paths;
    size_t path_count;
    const char *const *sets; /* "KEY=VALUE", over all accounts */
    size_t set_count;
    struct progress *progress; /* NULL: nobody watches */
};

/* Checks what --set says without any account. False: `error` says why. */
bool load_check_sets(const struct load_sources *sources, struct hf_settings_error *error);

/* Who runs already, in how many parts (load_part_of). Nobody changes the lists while files are
 * read: only a load does, and there is one at a time. */
struct load_known {
    const struct account_list *const *lists; /* one of each part; borrowed */
    unsigned parts;
};

/* Reads the files, and sets on each account what is to be set on all, and the instance of those
 * that want one and name none: the one that the store has (it may be NULL), else one of this
 * machine's. Of an account that runs with the same settings none are kept, and of one that runs
 * with the same user, password and so on only the others: a million accounts that are as they were
 * are read into a tenth of what they would take. Nothing is applied yet, whatever the files say.
 * Calls nothing of the engine: another thread may do it. Errors as config_files_read. */
int load_read(const struct load_sources *sources, struct store *store,
              const struct load_known *known, struct config_files *ret);

struct load_result {
    size_t added;
    size_t kept; /* changed or not: an account that changed has an event `config_changed` */
    size_t removed;
    size_t refused; /* by the engine: no server, no user, too many */
    size_t damaged; /* accounts whose memory makes no sense: they begin anew */
};

void load_result_add(struct load_result *total, const struct load_result *result);

/* What is remembered of accounts. */
struct load_memory {
    struct store *store;      /* new accounts go on with what is there; NULL: they begin anew */
    struct store_batch *gone; /* gets the names of those that are removed; NULL: nobody's */
};

/* Hands the accounts to the engine, so many at a time that nobody waits for long. An account with
 * an error in its file goes on as it was, and accounts that are missing are removed only if the
 * file that they came from is without errors: a slip in a file must not take phones off the air. */
struct load {
    struct account_list *list;
    struct hf_agent *agent;
    struct config_files *files;
    struct load_memory memory;
    unsigned part; /* which accounts: load_part_of */
    struct load_result result;
    struct settings_press press;
    struct wall_clock clock;
    hf_time now;
    uint32_t generation;
    bool removing;   /* all are handed over; what is missing goes */
    size_t file;     /* the next one to be handed over, */
    size_t account;  /* and the next one in it */
    uint32_t cursor; /* in the list, while removing */
    bool *keeps;     /* for each source: whether its file has errors */
    size_t keeps_count;
};

/* Which of so many parts an account belongs to, the same for ever: by its name, or by its own local
 * port, as one socket serves all accounts of that port, unless another port will do as well. */
unsigned load_part_of(const struct settings_account *account, unsigned parts);

/* That of a local port. */
unsigned load_part_of_port(uint16_t port, unsigned parts);

/* Lists, agent and files are borrowed; settings and names that have been handed over are freed.
 * Calls of a store stand between store_begin and store_commit. */
void load_begin(struct load *load, struct account_list *list, struct hf_agent *agent,
                struct config_files *files, const struct load_memory *memory);

/* Goes on with at most so many accounts. True in *ret_more when there are more. HF_ERROR_MEMORY. */
int load_step(struct load *load, size_t most, bool *ret_more, hf_time now);

void load_end(struct load *load);

/* All of it at once. HF_ERROR_MEMORY. */
int load_apply(struct load *load, hf_time now);

#endif
