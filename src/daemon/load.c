#include "daemon/load.h"

#include <stdlib.h>

#include "base/limits.h"
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
    const struct settings_read_options how = {
        .progress = sources->progress ? progress_show : NULL,
        .user = sources->progress,
    };
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

/* What the registrations of an account remember, up to the first that nothing is known of. */
static size_t recall_legs(const struct load *load, const char *account,
                          struct hf_remembered remembered[LIMIT_SERVERS],
                          enum store_recalled *ret_last) {
    size_t count = 0;

    *ret_last = STORE_RECALLED_NOTHING;
    while (load->memory.store && count < LIMIT_SERVERS) {
        *ret_last = store_recall(load->memory.store, account, (uint32_t)count, &load->clock,
                                 &remembered[count]);
        if (*ret_last != STORE_RECALLED)
            break;
        count++;
    }
    return count;
}

/* With what it remembers, where that makes sense. */
static int add_to_agent(struct load *load, const struct settings_account *account, uint64_t tag,
                        hf_account_id *ret) {
    struct hf_remembered remembered[LIMIT_SERVERS];
    enum store_recalled last;
    size_t count = recall_legs(load, account->name, remembered, &last);
    int result = HF_ERROR_RANGE;

    if (count > 0)
        result = hf_agent_restore_legs(load->agent, account->settings, tag, remembered, count, ret,
                                       load->now);
    if (last == STORE_RECALLED_NONSENSE || (count > 0 && result == HF_ERROR_RANGE))
        load->result.damaged++;
    if (result != HF_ERROR_RANGE)
        return result;
    return hf_agent_add_account(load->agent, account->settings, tag, ret, load->now);
}

static int add_account(struct load *load, const struct settings_account *account, uint32_t source) {
    uint64_t tag;
    struct account_entry *entry = account_list_add(load->list, account->name, &tag);
    int result;

    if (!entry)
        return HF_ERROR_MEMORY;
    entry->source = source;
    entry->generation = load->generation;
    result = add_to_agent(load, account, tag, &entry->id);
    if (result != 0)
        account_list_remove(load->list, tag);
    else
        load->result.added++;
    return result;
}

static int change_account(struct load *load, struct account_entry *entry,
                          const struct settings_account *account, uint32_t source) {
    int result = hf_agent_change_account(load->agent, entry->id, account->settings, load->now);

    entry->source = source;
    entry->generation = load->generation;
    load->result.kept++;
    return result;
}

static int apply_account(struct load *load, struct settings_file *file,
                         const struct settings_account *account, uint32_t source) {
    struct account_entry *entry = account_list_find(load->list, slice_from(account->name));
    int result =
        entry ? change_account(load, entry, account, source) : add_account(load, account, source);

    if (result == 0 || result == HF_ERROR_MEMORY)
        return result;
    load->result.refused++;
    return file_report(file, SEVERITY_ERROR, account->line, "%s: %s", account->name,
                       result == HF_ERROR_INVALID ? "no server or no user is set"
                                                  : hf_error_text(result));
}

/* Accounts of a file with errors that this load does not mention, or not rightly, stay. */
static int note_files_with_errors(struct load *load) {
    uint32_t source;
    int result = 0;

    load->keeps_count = load->list->source_count;
    load->keeps = calloc(load->keeps_count + 1, sizeof *load->keeps);
    if (!load->keeps)
        return HF_ERROR_MEMORY;
    for (size_t i = 0; result == 0 && i < load->files->count; i++) {
        if (load->files->list[i].errors == 0)
            continue;
        result = account_list_source(load->list, load->files->list[i].name, &source);
        if (result == 0 && source < load->keeps_count)
            load->keeps[source] = true;
    }
    return result;
}

static void remove_account(struct load *load, struct account_entry *entry, uint64_t tag) {
    (void)hf_agent_remove_account(load->agent, entry->id, load->now);
    if (load->memory.gone)
        (void)store_batch_remove(load->memory.gone, entry->name);
    account_list_remove(load->list, tag);
    load->result.removed++;
}

/* After all are handed over: an account may have moved to another file. */
static void remove_missing(struct load *load, size_t most, bool *ret_more) {
    struct account_entry *entry;
    uint64_t tag;

    for (size_t i = 0; i < most; i++) {
        entry = account_list_next(load->list, &load->cursor, &tag);
        if (!entry) {
            *ret_more = false;
            return;
        }
        if (entry->generation == load->generation)
            continue;
        if (entry->source < load->keeps_count && load->keeps[entry->source])
            load->result.kept++;
        else
            remove_account(load, entry, tag);
    }
}

static const struct hash_key part_key = {{0x686f6c6466617374, 0x7061727473206f66}};

unsigned load_part_of_port(uint16_t port, unsigned parts) {
    const int64_t number = port;

    return (unsigned)(hash_bytes(&part_key, &number, sizeof number) % parts);
}

/* 0: on none. */
static uint16_t port_insisted_on(const struct hf_settings *settings) {
    if (settings_bool(settings, SETTING_RANDOM_PORT, 0) ||
        settings_word(settings, SETTING_LOCAL_PORT_IF_TAKEN, 0) == IF_TAKEN_ANY)
        return 0;
    return (uint16_t)settings_number(settings, SETTING_LOCAL_PORT, 0);
}

unsigned load_part_of(const struct settings_account *account, unsigned parts) {
    if (parts <= 1)
        return 0;
    uint16_t port = port_insisted_on(account->settings);

    if (port != 0)
        return load_part_of_port(port, parts);
    return (unsigned)(hash_bytes(&part_key, account->name, strlen(account->name)) % parts);
}

/* Engine and list have their own copies. With a million accounts, two of each would be felt, and so
 * would the holes that they left in the end. */
static void forget(struct settings_account *account) {
    hf_settings_free(account->settings);
    account->settings = NULL;
}

/* Hands over the next ones of the file in hand. */
static int apply_file(struct load *load, size_t *most) {
    struct settings_file *file = &load->files->list[load->file];
    uint32_t source;
    int result = account_list_source(load->list, file->name, &source);

    for (; result == 0 && *most > 0 && load->account < file->account_count; (*most)--) {
        struct settings_account *account = &file->accounts[load->account++];

        if (account->errors > 0 || !account->settings ||
            load_part_of(account, load->parts) != load->part)
            continue;
        result = apply_account(load, file, account, source);
        forget(account);
    }
    if (load->account == file->account_count) {
        load->account = 0;
        load->file++;
        *most -= *most > 0;
    }
    return result;
}

void load_begin(struct load *load, struct account_list *list, struct hf_agent *agent,
                struct config_files *files, const struct load_memory *memory) {
    *load = (struct load){.list = list,
                          .agent = agent,
                          .files = files,
                          .memory = *memory,
                          .parts = 1,
                          .generation = ++list->generation};
}

int load_step(struct load *load, size_t most, bool *ret_more, hf_time now) {
    int result = 0;

    load->now = now;
    load->clock = wall_clock_at(now);
    *ret_more = true;
    if (load->removing) {
        remove_missing(load, most, ret_more);
        return 0;
    }
    while (result == 0 && most > 0 && load->file < load->files->count)
        result = apply_file(load, &most);
    if (result == 0 && load->file == load->files->count) {
        load->removing = true;
        result = note_files_with_errors(load);
    }
    return result;
}

void load_end(struct load *load) {
    free(load->keeps);
    load->keeps = NULL;
}

int load_apply(struct load *load, hf_time now) {
    bool more = true;
    int result = 0;

    while (result == 0 && more)
        result = load_step(load, SIZE_MAX, &more, now);
    load_end(load);
    return result;
}

void load_result_add(struct load_result *total, const struct load_result *result) {
    total->added += result->added;
    total->kept += result->kept;
    total->removed += result->removed;
    total->refused += result->refused;
    total->damaged += result->damaged;
}
