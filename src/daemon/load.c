#include "daemon/load.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/limits.h"
#include "settings/draft.h"

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
    entry->print = settings_print(&load->press, account->settings);
    result = add_to_agent(load, account, tag, &entry->id);
    if (result != 0)
        account_list_remove(load->list, tag);
    else
        load->result.added++;
    return result;
}

static void keep_account(struct load *load, struct account_entry *entry, uint32_t source) {
    entry->source = source;
    entry->generation = load->generation;
    load->result.kept++;
}

/* What was left out because it is as it was comes from the engine. */
static int change_account(struct load *load, struct account_entry *entry,
                          const struct settings_account *account, uint32_t source) {
    const struct hf_settings *running = hf_agent_settings(load->agent, entry->id);
    int result = running ? 0 : HF_ERROR_UNKNOWN;

    keep_account(load, entry, source);
    if (result == 0 && account->own_left_out)
        result = settings_adopt_own(account->settings, running);
    if (result == 0)
        result = hf_agent_change_account(load->agent, entry->id, account->settings, load->now);
    if (result == 0)
        entry->print = settings_print(&load->press, account->settings);
    return result;
}

static int apply_account(struct load *load, struct settings_file *file,
                         const struct settings_account *account, uint32_t source) {
    struct account_entry *entry = account_list_find(load->list, slice_from(account->name));
    int result = 0;

    HF_ASSERT(entry || account->settings);
    if (!account->settings)
        keep_account(load, entry, source);
    else
        result = entry ? change_account(load, entry, account, source)
                       : add_account(load, account, source);
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

/* The engine has its own copy. With a million accounts, two of each would be felt, and so would the
 * holes that they left in the end. */
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

        if (account->errors > 0 || account->part != load->part)
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
    settings_press_release(&load->press);
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
