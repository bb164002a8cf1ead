/* A scenario as a file that scenario_read reads back to the same. What is as it would be without
 * a word is left out. */
#include <stdio.h>

#include "base/address.h"
#include "sim/page.h"
#include "sim/scenario_writing.h"

static void put_server(struct page *page, const struct scenario_server *server) {
    const struct registrar_options *options = &server->options.registrar;
    struct registrar_options normal;

    registrar_options_init(&normal);
    page_put(page, SLICE("  - name: "));
    page_put_quoted(page, slice_from(server->options.name));
    page_put(page, SLICE("\n"));
    writing_address(page, "    address", &server->options.address);
    if (server->options.other.family != HF_FAMILY_NONE)
        writing_address(page, "    ipv6", &server->options.other);
    writing_number(page, "    rate", server->options.rate, 0);
    writing_number(page, "    queue", server->options.queue_max, 0);
    writing_time(page, "    delay", server->delay, 0);
    page_print(page, "    expires_min: %u s\n    expires_max: %u s\n", options->expires_min,
               options->expires_max);
    page_print(page, "    expires_default: %u s\n", options->expires_default);
    writing_text(page, "    realm", options->realm, normal.realm);
    if (options->open)
        page_put(page, SLICE("    open: yes\n"));
    for (unsigned i = 0; i < options->offer_count; i++) {
        struct hf_slice name = digest_algorithm_name(options->offers[i]);

        page_print(page, "%s%.*s%s", i == 0 ? "    offers: [" : ", ", SLICE_ARGS(name),
                   i + 1 == options->offer_count ? "]\n" : "");
    }
    writing_text(page, "    qop", registrar_qop_name(options->qop), "auth");
    writing_time(page, "    nonce_lifetime", options->nonce_lifetime * HF_SECOND,
                 normal.nonce_lifetime * HF_SECOND);
    writing_number(page, "    contacts_max", options->contacts_max, normal.contacts_max);
    writing_text(page, "    service_route", options->service_route, NULL);
    writing_time(page, "    flow_timer", options->flow_timer * HF_SECOND, 0);
    if (!server->strangers)
        page_put(page, SLICE("    strangers: no\n"));
    if (server->user_count > 0)
        page_put(page, SLICE("    users:\n"));
    for (size_t i = 0; i < server->user_count; i++) {
        page_put(page, SLICE("      "));
        page_put_quoted(page, slice_from(server->users[i].name));
        page_put(page, SLICE(": "));
        page_put_quoted(page, slice_from(server->users[i].password));
        page_put(page, SLICE("\n"));
    }
}

static void put_process(struct page *page, const struct scenario_process *process) {
    const struct sim_process_options *options = &process->options;

    page_put(page, SLICE("  - name: "));
    page_put_quoted(page, slice_from(options->name));
    page_put(page, SLICE("\n"));
    writing_address(page, "    address", &options->address);
    if (options->other.family != HF_FAMILY_NONE)
        writing_address(page, "    ipv6", &options->other);
    if (options->nat_address.family != HF_FAMILY_NONE) {
        writing_address(page, "    nat", &options->nat_address);
        writing_time(page, "    nat_timeout", options->nat_timeout, 0);
        if (options->nat_is_cone)
            page_put(page, SLICE("    nat_cone: yes\n"));
    }
    if (!options->remembers)
        page_put(page, SLICE("    remembers: no\n"));
}

static void put_links(struct page *page, const struct scenario *scenario) {
    if (scenario->link_count > 0)
        page_put(page, SLICE("\nlinks:\n"));
    for (size_t i = 0; i < scenario->link_count; i++) {
        const struct scenario_link *link = &scenario->links[i];

        page_put(page, SLICE("  - server: "));
        writing_server(page, scenario, link->server);
        page_put(page, SLICE("\n    process: "));
        writing_process(page, scenario, link->process);
        page_put(page, SLICE("\n"));
        writing_link(page, "    ", &link->link);
    }
}

static void put_names(struct page *page, const struct scenario *scenario) {
    if (scenario->name_count > 0)
        page_put(page, SLICE("\ndns:\n"));
    for (size_t i = 0; i < scenario->name_count; i++) {
        const struct scenario_name *name = &scenario->names[i];

        page_put(page, SLICE("  "));
        page_put_quoted(page, slice_from(name->name));
        page_put(page, SLICE(":"));
        writing_records(page, "    ", name->records, name->count);
    }
}

static void put_settings(struct page *page, const char *indent,
                         const struct scenario_setting *settings, size_t count) {
    for (size_t i = 0; i < count; i++) {
        page_print(page, "%s", indent);
        page_put_quoted(page, slice_from(settings[i].key));
        page_put(page, SLICE(": "));
        page_put_quoted(page, slice_from(settings[i].value));
        page_put(page, SLICE("\n"));
    }
}

static void put_source(struct page *page, const struct scenario_accounts *accounts) {
    if (accounts->file_count > 0) {
        page_put(page, SLICE("  - files:\n"));
        for (size_t i = 0; i < accounts->file_count; i++) {
            page_put(page, SLICE("      - "));
            page_put_quoted(page, slice_from(accounts->files[i].path));
            page_put(page, SLICE("\n"));
        }
        if (accounts->setting_count > 0)
            page_put(page, SLICE("    set:\n"));
    } else {
        page_print(page, "  - count: %u\n", accounts->count);
        writing_number(page, "    first", accounts->first, 1);
        writing_text(page, "    name", accounts->name, NULL);
        page_put(page, SLICE("    template:\n"));
    }
    put_settings(page, "      ", accounts->settings, accounts->setting_count);
}

static void put_accounts(struct page *page, const struct scenario *scenario) {
    page_put(page, SLICE("\naccounts:\n"));
    for (size_t i = 0; i < scenario->accounts_count; i++) {
        const struct scenario_accounts *accounts = &scenario->accounts[i];

        put_source(page, accounts);
        writing_text(page, "    family", accounts->family, NULL);
        if (accounts->process != SIM_NONE) {
            page_put(page, SLICE("    process: "));
            writing_process(page, scenario, accounts->process);
            page_put(page, SLICE("\n"));
        }
        writing_time(page, "    start", accounts->start, 0);
        writing_time(page, "    spread", accounts->spread, 0);
        writing_text(page, "    ipv6", scenario_ipv6_name(accounts->ipv6), "no");
        if (accounts->nat)
            page_put(page, SLICE("    nat: yes\n"));
        if (accounts->nat)
            writing_time(page, "    nat_timeout", accounts->nat_timeout, 0);
        if (accounts->nat && accounts->nat_is_cone)
            page_put(page, SLICE("    nat_cone: yes\n"));
        if (!accounts->remembers)
            page_put(page, SLICE("    remembers: no\n"));
    }
}

static void put_steps(struct page *page, const struct scenario *scenario) {
    if (scenario->step_count > 0)
        page_put(page, SLICE("\ntimeline:\n"));
    for (size_t i = 0; i < scenario->step_count; i++) {
        const struct scenario_step *step = &scenario->steps[i];

        writing_step(page, scenario, step);
        if (step->action == SCENARIO_ACCOUNT_CHANGE) {
            page_put(page, SLICE("    set:\n"));
            put_settings(page, "      ", step->settings, step->setting_count);
        }
    }
}

int scenario_write(const struct scenario *scenario, char **ret) {
    struct page page = {0};

    writing_text(&page, "title", scenario->title, NULL);
    writing_time(&page, "duration", scenario->duration, 0);
    page_print(&page, "seed: %llu\n\nservers:\n", (unsigned long long)scenario->seed);
    for (size_t i = 0; i < scenario->server_count; i++)
        put_server(&page, &scenario->servers[i]);
    if (scenario->process_count > 0)
        page_put(&page, SLICE("\nprocesses:\n"));
    for (size_t i = 0; i < scenario->process_count; i++)
        put_process(&page, &scenario->processes[i]);
    put_links(&page, scenario);
    put_names(&page, scenario);
    put_accounts(&page, scenario);
    put_steps(&page, scenario);
    if (scenario->expectation_count > 0)
        page_put(&page, SLICE("\nexpect:\n"));
    for (size_t i = 0; i < scenario->expectation_count; i++)
        writing_expectation(&page, scenario, &scenario->expectations[i]);
    *ret = page_take(&page);
    return *ret ? 0 : HF_ERROR_MEMORY;
}
