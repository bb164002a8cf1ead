#include <stdlib.h>

#include "base/hash.h"
#include "daemon/instance.h"
#include "daemon/load.h"
#include "settings/draft.h"
#include "settings/press.h"

enum { ACCOUNTS_A_TRANSACTION = 2000 };

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

/* Reading in progress. */
struct reader {
    const struct load_sources *sources;
    struct store *store;
    const struct load_known *known;
    struct hf_slice machine;
    struct settings_press press;
    size_t count;
};

static int prepare_account(const struct reader *reader, struct settings_file *file,
                           struct settings_account *account) {
    int result = 0;

    if (account->errors == 0)
        result = apply_sets(reader->sources, file, account);
    if (account->errors == 0 && result == 0)
        result = supply_instance(reader->store, reader->machine, account);
    return result;
}

static void forget_settings(struct settings_account *account) {
    hf_settings_free(account->settings);
    account->settings = NULL;
}

/* Keeps of the settings what the running account does not have. */
static int compare(struct reader *reader, struct settings_account *account) {
    const struct settings_print print = settings_print(&reader->press, account->settings);
    const struct account_entry *entry;

    account->part = (uint8_t)load_part_of(account, reader->known->parts);
    entry = account_list_find(reader->known->lists[account->part], slice_from(account->name));
    if (!entry || entry->print.own != print.own)
        return settings_pack_in_place(&account->settings);
    if (entry->print.rest == print.rest) {
        forget_settings(account);
    } else {
        settings_drop_own(account->settings);
        account->own_left_out = true;
    }
    return 0;
}

/* Others may want the store too. */
static void let_others_in(struct reader *reader) {
    if (!reader->store || ++reader->count % ACCOUNTS_A_TRANSACTION != 0)
        return;
    store_commit(reader->store);
    store_begin(reader->store);
}

static int take_account(void *taker, struct settings_file *file, struct settings_account *account) {
    struct reader *reader = taker;
    int result = prepare_account(reader, file, account);

    let_others_in(reader);
    if (result == 0 && account->errors > 0)
        forget_settings(account);
    else if (result == 0)
        result = compare(reader, account);
    return result;
}

int load_read(const struct load_sources *sources, struct store *store,
              const struct load_known *known, struct config_files *ret) {
    char buffer[64];
    struct reader reader = {
        .sources = sources,
        .store = store,
        .known = known,
        .machine = instance_machine(buffer, sizeof buffer),
    };
    const struct settings_read_options how = {
        .without_notes = true,
        .take = take_account,
        .taker = &reader,
        .progress = sources->progress ? progress_show : NULL,
        .user = sources->progress,
    };
    int result;

    if (store)
        store_begin(store);
    result = config_files_read(ret, sources->paths, sources->path_count, &how);
    if (store)
        store_commit(store);
    settings_press_release(&reader.press);
    return result;
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
