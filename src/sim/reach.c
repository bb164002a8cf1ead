/* Whether calls would arrive, and whose reachability may have changed. A change is noted at once
 * for whom it may concern, and told when the step is over, once for each account. */
#include <stdlib.h>

#include "account/hops.h"
#include "base/address.h"
#include "base/slice.h"
#include "sim/internal.h"
#include "sim/streams.h"
#include "sip/uri.h"
#include "usage/place.h"

enum { AOR_MAX = 512, MILLION = 1000000 };

/* An account has one for each domain that its REGISTERs are for. */
struct sim_aor {
    struct map_node by_text;
    struct sim_aor *next;
    struct sim_account *account;
    size_t len;
    char text[];
};

static uint64_t text_hash(const struct sim *sim, struct hf_slice text) {
    return hash_bytes(&sim->key, text.ptr, text.len);
}

/* As a registrar writes it: without escapes, the domain in lower case. */
static struct hf_slice write_aor(const struct sim_account *account, const struct hop *hop,
                                 char *buffer, size_t size) {
    const struct exchange_place place = {
        .settings = account->settings, .server = hop->server, .server_host = hop->server_host};
    char uri_text[AOR_MAX];
    struct writer w_uri = writer_of(uri_text, sizeof uri_text), w = writer_of(buffer, size);
    struct sip_uri uri;

    aor_write(&w_uri, &place);
    if (!uri_parse(writer_slice(&w_uri), &uri))
        return SLICE_NONE;
    write_unescaped(&w, uri.user);
    writer_put_char(&w, '@');
    for (size_t i = 0; i < uri.host.len; i++)
        writer_put_char(&w, ascii_lower(uri.host.ptr[i]));
    return writer_slice(&w);
}

static bool has_aor(const struct sim_account *account, struct hf_slice text) {
    for (const struct sim_aor *aor = account->aors; aor; aor = aor->next)
        if (slice_equal(slice_of(aor->text, aor->len), text))
            return true;
    return false;
}

static int add_aor(struct sim *sim, struct sim_account *account, struct hf_slice text) {
    struct sim_aor *aor = malloc(sizeof *aor + text.len);

    if (!aor)
        return HF_ERROR_MEMORY;
    *aor = (struct sim_aor){.account = account, .len = text.len, .next = account->aors};
    memcpy(aor->text, text.ptr, text.len);
    if (map_insert(&sim->reach.accounts_by_aor, &aor->by_text, text_hash(sim, text))) {
        free(aor);
        return HF_ERROR_MEMORY;
    }
    account->aors = aor;
    return 0;
}

int reach_name(struct sim *sim, struct sim_account *account) {
    char buffer[AOR_MAX];
    struct hop hop;

    for (unsigned i = 0; hop_get(account->settings, i, &hop); i++) {
        struct hf_slice text = write_aor(account, &hop, buffer, sizeof buffer);

        if (text.len > 0 && !has_aor(account, text) && add_aor(sim, account, text)) {
            reach_unname(sim, account);
            return HF_ERROR_MEMORY;
        }
    }
    return 0;
}

static void set_home(struct sim *sim, struct sim_account *account, const struct hf_address *home) {
    if (address_equal(&account->home, home))
        return;
    if (account->home.family != HF_FAMILY_NONE)
        map_remove(&sim->reach.accounts_by_home, &account->by_home);
    account->home = *home;
    if (home->family != HF_FAMILY_NONE)
        HF_ASSERT(
            !map_insert(&sim->reach.accounts_by_home, &account->by_home, address_hash(sim, home)));
}

void reach_unname(struct sim *sim, struct sim_account *account) {
    static const struct hf_address nowhere;

    set_home(sim, account, &nowhere);
    for (struct sim_aor *aor; (aor = account->aors) != NULL;) {
        account->aors = aor->next;
        map_remove(&sim->reach.accounts_by_aor, &aor->by_text);
        free(aor);
    }
}

/* What it sends to that address from. Behind NAT64 we know it by the address that DNS64 made. */
static struct hf_address server_address_towards(const struct server *server,
                                                const struct hf_address *address) {
    return is_by_nat64(&server->other) ? server->other
                                       : address_beside(&server->address, &server->other, address);
}

/* The process that packets of the server to this address come to, and its own address. */
static struct process *process_at(const struct sim *sim, const struct server *server,
                                  const struct hf_address *address, struct hf_address *ret_local) {
    struct hf_address own = server_address_towards(server, address), tls = own;
    const struct nat_mapping *mapping = nat_in(sim, address, &own);

    tls.port++; /* streams.c */
    if (!mapping)
        mapping = nat_in(sim, address, &tls);
    *ret_local = mapping ? mapping->inside : *address;
    if (mapping)
        return sim->processes[mapping->process];
    struct process *process = process_find(sim, address);

    return process && !nat_hides(process, address, &own) ? process : NULL;
}

static bool leads_to(const struct sim *sim, struct server *server,
                     const struct registrar_binding *binding, const struct process *wanted) {
    struct hf_address local;
    const struct process *process = process_at(sim, server, &binding->received, &local);

    if (process != wanted)
        return false;
    const struct sim_link *link = link_between(sim, process, server);

    bool stream = memmem(binding->contact.ptr, binding->contact.len, ";transport=t", 12) != NULL;
    struct hf_address own = server_address_towards(server, &binding->received);
    const struct sim_path *path = paths_to(sim, process, &local, &own, stream);

    const enum sim_way way = link_way(link, &own);

    return (way == SIM_WAY_OPEN || (stream && way == SIM_WAY_REFUSED)) && link->loss < MILLION &&
           path && (!path->stream || stream_leads_home(path->stream));
}

bool sim_reaches(const struct sim *sim, uint32_t index, uint32_t server_index) {
    const struct sim_account *account = sim->accounts[index];
    const struct process *process = sim->processes[account->process];
    struct server *server = sim->servers[server_index];
    struct registrar_binding binding;

    if (server->condition != SERVER_WORKS || !process_is_awake(sim, process) || account->id == 0 ||
        !registrar_serves(server->registrar, SLICE("INVITE")))
        return false;
    for (const struct sim_aor *aor = account->aors; aor; aor = aor->next) {
        struct hf_slice text = slice_of(aor->text, aor->len);

        for (unsigned i = 0; registrar_binding_of(server->registrar, text, i, &binding); i++)
            if (leads_to(sim, server, &binding, process))
                return true;
    }
    return false;
}

bool sim_is_reachable(const struct sim *sim, uint32_t account) {
    for (uint32_t server = 0; server < sim->server_count; server++)
        if (sim_reaches(sim, account, server))
            return true;
    return false;
}

void reach_note_all(struct sim *sim) {
    sim->reach.all_noted = sim->reach.watched;
}

void reach_note(struct sim *sim, struct sim_account *account) {
    struct reach *reach = &sim->reach;

    if (!reach->watched || reach->all_noted || account->is_noted)
        return;
    if (reach->noted_count == reach->noted_capacity) {
        uint32_t capacity = reach->noted_capacity == 0 ? 16 : reach->noted_capacity * 2;
        uint32_t *noted = realloc(reach->noted, capacity * sizeof *noted);

        HF_ASSERT(noted);
        reach->noted = noted;
        reach->noted_capacity = capacity;
    }
    account->is_noted = true;
    reach->noted[reach->noted_count++] = account->index;
}

void reach_note_process(struct sim *sim, const struct process *process) {
    for (uint32_t i = 0; sim->reach.watched && i < process->account_count; i++)
        reach_note(sim, sim->accounts[process->accounts[i]]);
}

void reach_note_local(struct sim *sim, const struct process *process,
                      const struct hf_address *local) {
    if (!sim->reach.watched)
        return;
    if (local->port == process->shared_port) {
        reach_note_process(sim, process);
        return;
    }
    uint64_t hash = address_hash(sim, local);

    for (struct map_node *n = map_first(&sim->reach.accounts_by_home, hash); n; n = map_next(n)) {
        struct sim_account *account = CONTAINER_OF(n, struct sim_account, by_home);

        if (address_equal(&account->home, local) && account->process == process->index)
            reach_note(sim, account);
    }
}

/* A binding of this address of record came, went or moved. Those at the shared port of a process
 * have no home of their own: there may be very many. */
static void note_binding(struct sim *sim, const struct server *server, struct hf_slice text,
                         struct sim_account *account) {
    struct registrar_binding binding;
    struct hf_address local;

    reach_note(sim, account);
    for (unsigned i = 0; registrar_binding_of(server->registrar, text, i, &binding); i++) {
        const struct process *process = process_at(sim, server, &binding.received, &local);

        if (process && process->index == account->process && local.port != process->shared_port)
            set_home(sim, account, &local);
    }
}

static void note_aor(struct sim *sim, const struct server *server, struct hf_slice text) {
    for (struct map_node *n = map_first(&sim->reach.accounts_by_aor, text_hash(sim, text)); n;
         n = map_next(n)) {
        struct sim_aor *aor = CONTAINER_OF(n, struct sim_aor, by_text);

        if (slice_equal(slice_of(aor->text, aor->len), text))
            note_binding(sim, server, text, aor->account);
    }
}

void reach_note_server(struct sim *sim, struct server *server) {
    struct hf_slice text;

    while (sim->reach.watched && registrar_next_change(server->registrar, &text)) {
        if (text.len > 0)
            note_aor(sim, server, text);
        else
            reach_note_all(sim);
    }
}

/* Accounts that are registered already get their homes. */
void reach_watch(struct sim *sim) {
    if (sim->reach.watched)
        return;
    sim->reach.watched = true;
    for (uint32_t i = 0; i < sim->server_count; i++) {
        struct registrar_binding binding;
        uint32_t cursor = 0;

        registrar_follow_changes(sim->servers[i]->registrar);
        while (registrar_next_binding(sim->servers[i]->registrar, &cursor, &binding))
            note_aor(sim, sim->servers[i], binding.aor);
    }
}

void reach_tell(struct sim *sim) {
    struct reach *reach = &sim->reach;

    if (reach->all_noted)
        tell_reach(sim, SIM_NONE);
    for (uint32_t i = 0; i < reach->noted_count; i++) {
        sim->accounts[reach->noted[i]]->is_noted = false;
        if (!reach->all_noted)
            tell_reach(sim, reach->noted[i]);
    }
    reach->noted_count = 0;
    reach->all_noted = false;
}

void reach_release(struct sim *sim) {
    map_release(&sim->reach.accounts_by_aor);
    map_release(&sim->reach.accounts_by_home);
    free(sim->reach.noted);
}
