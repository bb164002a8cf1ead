#include "daemon/load.h"

#include <stdlib.h>

#include "daemon/instance.h"
#include "settings/draft.h"

/* Splits KEY=VALUE; the key is a copy to be freed. NULL without '='. */
static char *split_set(const char *set, const char **ret_value) {
    const char *equals = strchr(set, '=');

    if (!equals || equals == set)
        return NULL;
    *ret_value = equals + 1;
    return strndup(set, (size_t)(equals - set));
}

static int apply_set(struct hf_settings *settings, const char *set,
                     struct hf_settings_error *error) {
    const char *value;
    char *key = split_set(set, &value);
    int result;

    if (!key) {
        snprintf(error->message, sizeof(error->message), "'%s' is not KEY=VALUE", set);
        return HF_ERROR_INVALID;
    }
    result = hf_settings_set(settings, key, value, error);
    free(key);
    return result;
}

bool load_check_sets(const struct load_sources *sources, struct hf_settings_error *error) {
    struct hf_settings *settings;
    int result = hf_settings_create(NULL, &settings);

    if (result != 0) {
        snprintf(error->message, sizeof(error->message), "%s", hf_error_text(result));
        return false;
    }
    for (size_t i = 0; i < sources->set_count && result == 0; i++)
        result = apply_set(settings, sources->sets[i], error);
    hf_settings_free(settings);
    return result == 0;
}

/* What --set says was checked before; what fails here fails for this account only. */
static int apply_sets(const struct load_sources *sources, struct settings_file *file,
                      struct settings_account *account) {
    struct hf_settings_error error;

    for (size_t i = 0; i < sources->set_count; i++) {
        if (apply_set(account->settings, sources->sets[i], &error) == 0)
            continue;
        account->errors++;
        if (file_report(file, SEVERITY_ERROR, account->line, "%s: %s", account->name,
                        error.message) != 0)
            return HF_ERROR_MEMORY;
    }
    return 0;
}

/* The instance that the store has wins: the machine may be another by now. */
static int supply_instance(struct store *store, struct hf_slice machine,
                           struct settings_account *account) {
    char wanted[INSTANCE_URN_MAX], urn[STORE_INSTANCE_BYTES];

    if (!store)
        return instance_supply(account->settings, machine, slice_from(account->name));
    if (!instance_is_wanted(account->settings))
        return 0;
    if (machine.len > 0)
        instance_urn(machine, slice_from(account->name), wanted);
    else
        instance_random_urn(wanted);
    /* one that is new each time would be worse than none */
    if (!store_instance(store, account->name, wanted, urn) && machine.len == 0)
        return 0;
    return hf_settings_set(account->settings, "instance", urn, NULL);
}

static int prepare_account(const struct load_sources *sources, struct store *store,
                           struct hf_slice machine, struct settings_file *file,
                           struct settings_account *account) {
    int result = 0;

    if (account->errors == 0)
        result = apply_sets(sources, file, account);
    if (account->errors == 0 && result == 0)
        result = supply_instance(store, machine, account);
    return result;
}

int load_read(const struct load_sources *sources, struct store *store, struct config_files *ret) {
    struct settings_read_options how = {0};
    char buffer[64];
    const struct hf_slice machine = instance_machine(buffer, sizeof buffer);
    int result = config_files_read(ret, sources->paths, sources->path_count, &how);

    if (store)
        store_begin(store);
    for (size_t i = 0; result == 0 && i < ret->count; i++) {
        struct settings_file *file = &ret->list[i];

        for (size_t k = 0; result == 0 && k < file->account_count; k++)
            result = prepare_account(sources, store, machine, file, &file->accounts[k]);
    }
    if (store)
        store_commit(store);
    return result;
}

struct apply {
    struct account_list *list;
    struct hf_agent *agent;
    const struct load_memory *memory;
    struct wall_clock clock;
    struct load_result *result;
    uint32_t generation;
    hf_time now;
};

/* With what it remembers, where that makes sense. */
static int add_to_agent(struct apply *apply, const struct settings_account *account, uint64_t tag,
                        hf_account_id *ret) {
    struct hf_remembered remembered;
    enum store_recalled recalled = STORE_RECALLED_NOTHING;
    int result = HF_ERROR_RANGE;

    if (apply->memory->store)
        recalled = store_recall(apply->memory->store, account->name, &apply->clock, &remembered);
    if (recalled == STORE_RECALLED)
        result = hf_agent_restore_account(apply->agent, account->settings, tag, &remembered, ret,
                                          apply->now);
    if (result != HF_ERROR_RANGE)
        return result;
    if (recalled != STORE_RECALLED_NOTHING)
        apply->result->damaged++;
    return hf_agent_add_account(apply->agent, account->settings, tag, ret, apply->now);
}

static int add_account(struct apply *apply, const struct settings_account *account,
                       uint32_t source) {
    uint64_t tag;
    struct account_entry *entry = account_list_add(apply->list, account->name, &tag);
    int result;

    if (!entry)
        return HF_ERROR_MEMORY;
    entry->source = source;
    entry->generation = apply->generation;
    result = add_to_agent(apply, account, tag, &entry->id);
    if (result != 0)
        account_list_remove(apply->list, tag);
    else
        apply->result->added++;
    return result;
}

static int change_account(struct apply *apply, struct account_entry *entry,
                          const struct settings_account *account, uint32_t source) {
    int result = hf_agent_change_account(apply->agent, entry->id, account->settings, apply->now);

    entry->source = source;
    entry->generation = apply->generation;
    apply->result->kept++;
    return result;
}

static int apply_account(struct apply *apply, struct settings_file *file,
                         const struct settings_account *account, uint32_t source) {
    struct account_entry *entry = account_list_find(apply->list, slice_from(account->name));
    int result =
        entry ? change_account(apply, entry, account, source) : add_account(apply, account, source);

    if (result == 0 || result == HF_ERROR_MEMORY)
        return result;
    apply->result->refused++;
    return file_report(file, SEVERITY_ERROR, account->line, "%s: %s", account->name,
                       result == HF_ERROR_INVALID ? "no server or no user is set"
                                                  : hf_error_text(result));
}

/* Accounts that this load does not mention, or not rightly, stay. */
static void keep_source(struct apply *apply, uint32_t source) {
    struct account_entry *entry;
    uint32_t cursor = 0;
    uint64_t tag;

    while ((entry = account_list_next(apply->list, &cursor, &tag))) {
        if (entry->source == source && entry->generation != apply->generation) {
            entry->generation = apply->generation;
            apply->result->kept++;
        }
    }
}

static void remove_missing(struct apply *apply) {
    struct account_entry *entry;
    uint32_t cursor = 0;
    uint64_t tag;

    while ((entry = account_list_next(apply->list, &cursor, &tag))) {
        if (entry->generation == apply->generation)
            continue;
        (void)hf_agent_remove_account(apply->agent, entry->id, apply->now);
        if (apply->memory->gone)
            (void)store_batch_remove(apply->memory->gone, entry->name);
        account_list_remove(apply->list, tag);
        apply->result->removed++;
    }
}

static int apply_file(struct apply *apply, struct settings_file *file) {
    uint32_t source;
    int result = account_list_source(apply->list, file->name, &source);

    for (size_t i = 0; result == 0 && i < file->account_count; i++)
        if (file->accounts[i].errors == 0)
            result = apply_account(apply, file, &file->accounts[i], source);
    return result;
}

int load_apply(struct account_list *list, struct hf_agent *agent, struct config_files *files,
               const struct load_memory *memory, struct load_result *ret, hf_time now) {
    struct apply apply = {.list = list,
                          .agent = agent,
                          .memory = memory,
                          .clock = wall_clock_at(now),
                          .result = ret,
                          .generation = ++list->generation,
                          .now = now};
    uint32_t source;
    int result = 0;

    *ret = (struct load_result){0};
    if (memory->store)
        store_begin(memory->store);
    for (size_t i = 0; result == 0 && i < files->count; i++)
        result = apply_file(&apply, &files->list[i]);
    if (memory->store) {
        store_reserve(memory->store);
        store_commit(memory->store);
    }
    /* After all are applied: an account may have moved to another file. */
    for (size_t i = 0; result == 0 && i < files->count; i++) {
        if (files->list[i].errors > 0 &&
            account_list_source(list, files->list[i].name, &source) == 0)
            keep_source(&apply, source);
    }
    if (result == 0)
        remove_missing(&apply);
    return result;
}
