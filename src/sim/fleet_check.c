/* What would make a rehearsal say little: accounts whose servers are not in the scenario. */
#include <stdio.h>

#include "base/address.h"
#include "settings/words.h"
#include "sim/fleet.h"

enum { SAID_MAX = 20, TEXT_MAX = 200 };

struct check {
    const struct scenario *scenario;
    struct scenario_messages *messages;
    char said[SAID_MAX][TEXT_MAX];
    size_t said_count;
    bool no_memory;
};

/* Each thing once, however many accounts it is true of. */
static void warn(struct check *check, const char *text) {
    for (size_t i = 0; i < check->said_count; i++) {
        if (strcmp(check->said[i], text) == 0)
            return;
    }
    if (check->said_count == SAID_MAX)
        return;
    snprintf(check->said[check->said_count++], TEXT_MAX, "%s", text);
    if (scenario_report(check->messages, true, 0, "%s", text) != 0)
        check->no_memory = true;
}

static bool listens(const struct scenario *scenario, const struct hf_address *address,
                    uint16_t port) {
    for (size_t i = 0; i < scenario->server_count; i++) {
        const struct sim_server_options *options = &scenario->servers[i].options;
        const struct hf_address *server = &options->address;

        if ((address_same_host(server, address) || address_same_host(&options->other, address)) &&
            (server->port ? server->port : 5060) == (port ? port : 5060))
            return true;
    }
    return false;
}

/* Whether a name leads to a server; SRV and NAPTR records are trusted to. */
static bool leads(const struct scenario_name *name, const struct scenario *scenario,
                  uint16_t port) {
    for (size_t i = 0; i < name->count; i++) {
        const struct hf_dns_record *record = &name->records[i];

        if ((record->type != HF_DNS_A && record->type != HF_DNS_AAAA) ||
            listens(scenario, &record->address, port))
            return true;
    }
    return false;
}

static void check_host(struct check *check, struct hf_slice host, uint16_t port) {
    const struct scenario *scenario = check->scenario;
    struct hf_address literal;
    char text[TEXT_MAX];
    char service[300];
    bool found = false;

    if (host.len == 0)
        return;
    if (address_parse(host, &literal) && listens(scenario, &literal, port))
        return;
    snprintf(service, sizeof service, "_sip._udp.%.*s", SLICE_ARGS(host));
    for (size_t i = 0; i < scenario->name_count; i++) {
        const struct scenario_name *name = &scenario->names[i];

        if (slice_equal_nocase(slice_from(name->name), slice_from(service)))
            return;
        if (!slice_equal_nocase(slice_from(name->name), host))
            continue;
        found = true;
        if (leads(name, scenario, port))
            return;
    }
    host.len = host.len < 100 ? host.len : 100;
    if (found || address_parse(host, &literal))
        snprintf(text, sizeof text, "accounts want '%.*s' at port %u, and no server is there",
                 SLICE_ARGS(host), port ? port : 5060);
    else
        snprintf(text, sizeof text, "accounts want '%.*s', which is in no 'servers:' or 'dns:'",
                 SLICE_ARGS(host));
    warn(check, text);
}

static void check_account(struct check *check, const struct hf_settings *settings) {
    unsigned proxies = settings_proxy_count(settings);

    if (!settings_bool(settings, SETTING_PROXY_ENABLED, 0))
        proxies = 0;
    for (unsigned i = 0; i < settings_server_count(settings); i++) {
        if (proxies == 0)
            check_host(check, settings_text(settings, SETTING_SERVER_ADDRESS, i),
                       (uint16_t)settings_number(settings, SETTING_SERVER_PORT, i));
    }
    for (unsigned i = 0; i < proxies; i++)
        check_host(check, settings_text(settings, SETTING_PROXY_ADDRESS, i),
                   (uint16_t)settings_number(settings, SETTING_PROXY_PORT, i));
}

int fleet_check(const struct fleet *fleet, struct scenario_messages *messages) {
    struct check check = {.scenario = fleet->scenario, .messages = messages};

    for (size_t i = 0; i < fleet->count && !check.no_memory; i++)
        check_account(&check, fleet->accounts[i].settings);
    return check.no_memory ? HF_ERROR_MEMORY : 0;
}
