/* The paths of a process: UDP sockets shared as net/ shares them, and connections. A socket whose
 * port nobody asked for is one for all paths, and keeps its port. */
#include <stdlib.h>

#include "base/address.h"
#include "sim/internal.h"
#include "sim/streams.h"

enum { FIRST_OTHER_PORT = 1024 };

static uint64_t id_hash(hf_path_id id) {
    return id * 0x9e3779b97f4a7c15u >> 32;
}

struct sim_path *paths_by_number(const struct process *process, hf_path_id id) {
    for (struct map_node *n = map_first(&process->paths_by_id, id_hash(id)); n; n = map_next(n)) {
        struct sim_path *path = CONTAINER_OF(n, struct sim_path, by_id);

        if (path->id == id)
            return path;
    }
    return NULL;
}

struct sim_path *paths_to(const struct sim *sim, const struct process *process,
                          const struct hf_address *local, const struct hf_address *remote,
                          bool stream) {
    uint64_t hash = address_hash(sim, local);
    struct sim_path *any = NULL;

    for (struct map_node *n = map_first(&process->paths_by_local, hash); n; n = map_next(n)) {
        struct sim_path *path = CONTAINER_OF(n, struct sim_path, by_local);

        if (!address_equal(&path->local, local) || (path->stream != NULL) != stream)
            continue;
        if (address_equal(&path->remote, remote))
            return path;
        any = path;
    }
    return any;
}

static bool is_any_host(const struct hf_address *address) {
    static const uint8_t zero[16];

    return address->family == HF_FAMILY_NONE || memcmp(address->ip, zero, sizeof zero) == 0;
}

/* Two connections cannot have both ends in common: as in net/, the second has another port. */
static bool is_taken(const struct sim *sim, const struct process *process,
                     const struct hf_address *local, const struct hf_address *remote) {
    const struct sim_path *path = paths_to(sim, process, local, remote, true);

    return path && address_equal(&path->remote, remote);
}

/* The local address that a path gets; false: what is wrong with it. */
static bool choose_local(const struct sim *sim, const struct process *process,
                         const struct hf_output_open *open, struct hf_address *ret,
                         enum hf_path_failure *ret_failure) {
    *ret = address_beside(&process->address, &process->other, &open->remote);
    ret->port = open->local.port > 0 ? open->local.port : process->shared_port;
    *ret_failure = HF_PATH_UNREACHABLE;
    if (open->remote.family != ret->family)
        return false;
    *ret_failure = HF_PATH_LOCAL_PORT;
    while (open->transport != HF_TRANSPORT_UDP && is_taken(sim, process, ret, &open->remote))
        ret->port = ret->port < UINT16_MAX ? (uint16_t)(ret->port + 1) : FIRST_OTHER_PORT;
    return is_any_host(&open->local) || address_same_host(&open->local, ret);
}

void paths_open(struct sim *sim, struct process *process, const struct hf_output_open *open) {
    enum hf_path_failure failure;
    struct hf_address local;

    if (!choose_local(sim, process, open, &local, &failure)) {
        hf_agent_path_failed(process->agent, open->path, failure, "as if there were none",
                             sim->now);
        return;
    }
    struct sim_path *path = sim_allocate(sizeof *path);

    bool is_stream = open->transport != HF_TRANSPORT_UDP;

    if (is_stream)
        path->stream = stream_open(sim, process, open, &local);
    else if (!paths_to(sim, process, &local, &open->remote, false))
        reach_note_local(sim, process, &local);
    path->id = open->path;
    path->local = local;
    path->remote = open->remote;
    HF_ASSERT(!map_insert(&process->paths_by_id, &path->by_id, id_hash(path->id)));
    HF_ASSERT(!map_insert(&process->paths_by_local, &path->by_local, address_hash(sim, &local)));
    if (is_stream)
        return;
    int error = hf_agent_path_opened(process->agent, path->id, &path->local, sim->now);

    HF_ASSERT(!error || error == HF_ERROR_UNKNOWN); /* not wanted any more: its close follows */
}

void paths_close(struct sim *sim, struct process *process, struct sim_path *path) {
    map_remove(&process->paths_by_id, &path->by_id);
    map_remove(&process->paths_by_local, &path->by_local);
    bool is_stream = path->stream != NULL;

    if (is_stream)
        stream_close(sim, path->stream);
    if (!paths_to(sim, process, &path->local, &path->remote, is_stream))
        reach_note_local(sim, process, &path->local);
    free(path);
}

void paths_close_all(struct sim *sim, struct process *process) {
    struct map *paths = &process->paths_by_id;

    for (size_t i = 0; i < paths->bucket_count; i++)
        while (paths->buckets[i])
            paths_close(sim, process, CONTAINER_OF(paths->buckets[i], struct sim_path, by_id));
}
