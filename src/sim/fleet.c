#include "sim/fleet.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/address.h"
#include "base/random.h"
#include "settings/pattern.h"
#include "sim/scenario_settings.h"

enum { NAME_MAX_BYTES = 300 };

static void *grow(void *list, size_t count, size_t *capacity, size_t size) {
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *grown;

    if (count < *capacity)
        return list;
    grown = realloc(list, wanted * size);
    if (grown)
        *capacity = wanted;
    return grown;
}

/* A phone of its own: 10.0.0.1 and so on, its NAT 100.64.0.1 and so on (RFC 6598). */
static int add_process(struct fleet *fleet, const struct scenario_accounts *group, const char *name,
                       uint32_t *ret) {
    size_t number = fleet->process_count + 1;
    struct sim_process_options *grown =
        grow(fleet->processes, fleet->process_count, &fleet->process_capacity, sizeof *grown);
    struct sim_process_options *process;

    if (!grown)
        return HF_ERROR_MEMORY;
    fleet->processes = grown;
    process = &fleet->processes[fleet->process_count];
    *process = (struct sim_process_options){
        .name = strdup(name),
        .address = {.family = HF_FAMILY_IPV4,
                    .ip = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number}},
        .nat_timeout = group->nat_timeout,
        .nat_is_cone = group->nat_is_cone,
        .remembers = group->remembers};
    if (group->ipv6 == SCENARIO_IPV6_ONLY)
        process->address = scenario_ipv6_address(SCENARIO_NETWORK_DEVICES, number);
    else if (group->ipv6 == SCENARIO_IPV6_YES)
        process->other = scenario_ipv6_address(SCENARIO_NETWORK_DEVICES, number);
    if (group->nat)
        process->nat_address = (struct hf_address){
            .family = HF_FAMILY_IPV4,
            .ip = {100, (uint8_t)(64 + (number >> 16)), (uint8_t)(number >> 8), (uint8_t)number}};
    if (!process->name)
        return HF_ERROR_MEMORY;
    *ret = (uint32_t)(fleet->scenario->process_count + fleet->process_count++);
    return 0;
}

/* Takes the settings over, also when it fails. */
static int add_account(struct fleet *fleet, const struct scenario_accounts *group, const char *name,
                       struct hf_settings *settings, uint32_t process) {
    struct fleet_account *grown =
        grow(fleet->accounts, fleet->count, &fleet->capacity, sizeof *grown);
    char urn[64];
    char *copy;

    if (grown)
        fleet->accounts = grown;
    copy = grown ? strdup(name) : NULL;
    /* every phone has an instance of its own (RFC 5626 section 4.1) */
    snprintf(urn, sizeof urn, "urn:uuid:00000000-0000-4000-8000-%012zx", fleet->count + 1);
    if (!copy || fleet->count == SCENARIO_ACCOUNTS_MAX ||
        (settings_text(settings, SETTING_INSTANCE, 0).len == 0 &&
         hf_settings_set(settings, "instance", urn, NULL) != 0)) {
        hf_settings_free(settings);
        free(copy);
        return fleet->count == SCENARIO_ACCOUNTS_MAX ? HF_ERROR_LIMIT : HF_ERROR_MEMORY;
    }
    fleet->accounts[fleet->count++] = (struct fleet_account){
        .name = copy,
        .settings = settings,
        .process = process,
        .start_at = group->start + random_below(&fleet->random, group->spread)};
    return 0;
}

static bool is_pattern(const struct scenario_setting *setting) {
    return strchr(setting->value, '%') != NULL;
}

/* What cannot be set is reported, and left as it is. */
static int set(struct hf_settings *settings, const struct scenario_setting *setting, bool template,
               uint32_t number, struct scenario_messages *messages) {
    struct hf_settings_error error = {0};
    int result = scenario_set(settings, setting, template, number, &error);

    if (result == 0 || result == HF_ERROR_MEMORY)
        return result;
    return scenario_report(messages, false, setting->line, "%s", error.message);
}

/* The settings that all accounts of a template share. */
static int make_base(const struct scenario_accounts *group, struct hf_settings **ret,
                     struct scenario_messages *messages) {
    int result = hf_settings_create(group->family, ret);

    for (size_t i = 0; result == 0 && i < group->setting_count; i++) {
        if (!is_pattern(&group->settings[i]))
            result = set(*ret, &group->settings[i], true, 0, messages);
    }
    return result;
}

static int fill_in(struct fleet *fleet, const struct scenario_accounts *group,
                   const struct hf_settings *base, uint32_t number,
                   struct scenario_messages *messages) {
    struct hf_settings *settings;
    char name[NAME_MAX_BYTES];
    struct writer w = writer_of(name, sizeof name);
    uint32_t process = group->process;
    int result = hf_settings_copy(base, &settings);

    for (size_t i = 0; result == 0 && i < group->setting_count; i++) {
        if (is_pattern(&group->settings[i]))
            result = set(settings, &group->settings[i], true, number, messages);
    }
    if (result != 0) {
        hf_settings_free(settings);
        return result;
    }
    if (group->name)
        pattern_write(&w, slice_from(group->name), number);
    else
        writer_put_slice(&w, settings_text(settings, SETTING_USER, 0));
    if (!writer_terminate(&w))
        name[sizeof name - 1] = '\0';
    if (process == SIM_NONE)
        result = add_process(fleet, group, name, &process);
    if (result == 0)
        return add_account(fleet, group, name, settings, process);
    hf_settings_free(settings);
    return result;
}

static int add_template(struct fleet *fleet, const struct scenario_accounts *group,
                        struct scenario_messages *messages) {
    struct hf_settings *base = NULL;
    int result = make_base(group, &base, messages);

    for (uint32_t i = 0; result == 0 && i < group->count; i++)
        result = fill_in(fleet, group, base, group->first + i, messages);
    hf_settings_free(base);
    return result;
}

int fleet_init(struct fleet *fleet, const struct scenario *scenario, uint64_t seed,
               struct scenario_messages *messages) {
    int result = 0;

    *fleet = (struct fleet){.scenario = scenario};
    random_init(&fleet->random, (const uint64_t[4]){seed, 0x666c656574, 0, 0});
    for (size_t i = 0; result == 0 && i < scenario->accounts_count; i++) {
        if (scenario->accounts[i].file_count == 0)
            result = add_template(fleet, &scenario->accounts[i], messages);
    }
    return result;
}

int fleet_add_file(struct fleet *fleet, const struct scenario_accounts *group,
                   const struct settings_file *file, struct scenario_messages *messages) {
    uint32_t process = group->process;
    int result = 0;

    if (process == SIM_NONE)
        result = add_process(fleet, group, file->name, &process);
    for (size_t i = 0; result == 0 && i < file->account_count; i++) {
        const struct settings_account *account = &file->accounts[i];
        struct hf_settings *settings;

        if (account->errors > 0)
            continue;
        result = hf_settings_copy(account->settings, &settings);
        for (size_t k = 0; result == 0 && k < group->setting_count; k++)
            result = set(settings, &group->settings[k], false, 0, messages);
        if (result == 0)
            result = add_account(fleet, group, account->name, settings, process);
    }
    return result;
}

void fleet_release(struct fleet *fleet) {
    for (size_t i = 0; i < fleet->count; i++) {
        free(fleet->accounts[i].name);
        hf_settings_free(fleet->accounts[i].settings);
    }
    for (size_t i = 0; i < fleet->process_count; i++)
        free((char *)fleet->processes[i].name);
    free(fleet->accounts);
    free(fleet->processes);
    *fleet = (struct fleet){0};
}
