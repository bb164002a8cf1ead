/* NATs with address and port dependent mapping and filtering (RFC 4787 sections 4.1 and 5): the
 * hardest kind that phones meet; or with endpoint-independent mapping, which STUN is made for. A
 * mapping stays while packets go out through it; what comes in does not keep it (section 4.3). */
#include <stdlib.h>

#include "base/address.h"
#include "sim/internal.h"

enum { FIRST_PORT = 20000, LAST_PORT = 59999 };

static uint64_t pair_hash(const struct sim *sim, const struct hf_address *a,
                          const struct hf_address *b) {
    const struct hf_address pair[2] = {*a, *b};

    return hash_bytes(&sim->key, pair, sizeof pair);
}

static struct nat_mapping *find_inside(const struct sim *sim, uint32_t process,
                                       const struct hf_address *inside,
                                       const struct hf_address *remote) {
    uint64_t hash = pair_hash(sim, inside, remote);

    for (struct map_node *n = map_first(&sim->mappings_by_inside, hash); n; n = map_next(n)) {
        struct nat_mapping *mapping = CONTAINER_OF(n, struct nat_mapping, by_inside);

        if (mapping->process == process && address_equal(&mapping->inside, inside) &&
            address_equal(&mapping->remote, remote))
            return mapping;
    }
    return NULL;
}

static struct nat_mapping *find_outside(const struct sim *sim, const struct hf_address *outside,
                                        const struct hf_address *remote) {
    uint64_t hash = pair_hash(sim, outside, remote);

    for (struct map_node *n = map_first(&sim->mappings_by_outside, hash); n; n = map_next(n)) {
        struct nat_mapping *mapping = CONTAINER_OF(n, struct nat_mapping, by_outside);

        if (address_equal(&mapping->outside, outside) && address_equal(&mapping->remote, remote))
            return mapping;
    }
    return NULL;
}

static void forget(struct sim *sim, struct nat_mapping *mapping) {
    schedule_cancel(&sim->schedule, &mapping->scheduled);
    map_remove(&sim->mappings_by_inside, &mapping->by_inside);
    map_remove(&sim->mappings_by_outside, &mapping->by_outside);
    list_remove(&mapping->in_process);
    reach_note_local(sim, sim->processes[mapping->process], &mapping->inside);
    free(mapping);
}

/* Ports are given out in turn, so that one is not used again soon. */
static struct hf_address free_outside(struct sim *sim, const struct process *process,
                                      const struct hf_address *remote) {
    struct hf_address outside = process->nat_address;

    do {
        sim->last_nat_port = sim->last_nat_port >= FIRST_PORT && sim->last_nat_port < LAST_PORT
                                 ? (uint16_t)(sim->last_nat_port + 1)
                                 : FIRST_PORT;
        outside.port = sim->last_nat_port;
    } while (find_outside(sim, &outside, remote));
    return outside;
}

/* NULL: nothing was sent from there lately, or each peer gets a mapping of its own. */
static const struct nat_mapping *find_cone(const struct process *process,
                                           const struct hf_address *inside) {
    for (struct list_node *n = process->mappings.next;
         process->nat_is_cone && n != &process->mappings; n = n->next) {
        const struct nat_mapping *mapping = CONTAINER_OF(n, struct nat_mapping, in_process);

        if (address_equal(&mapping->inside, inside))
            return mapping;
    }
    return NULL;
}

static struct nat_mapping *make(struct sim *sim, struct process *process,
                                const struct hf_address *inside, const struct hf_address *remote) {
    const struct nat_mapping *cone = find_cone(process, inside);
    struct nat_mapping *mapping = sim_allocate(sizeof *mapping);

    mapping->scheduled.kind = SCHEDULED_MAPPING;
    mapping->process = process->index;
    mapping->inside = *inside;
    mapping->remote = *remote;
    mapping->outside = cone ? cone->outside : free_outside(sim, process, remote);
    mapping->used_at = sim->now;
    list_append(&process->mappings, &mapping->in_process);
    HF_ASSERT(
        !map_insert(&sim->mappings_by_inside, &mapping->by_inside, pair_hash(sim, inside, remote)));
    HF_ASSERT(!map_insert(&sim->mappings_by_outside, &mapping->by_outside,
                          pair_hash(sim, &mapping->outside, remote)));
    return mapping;
}

static void plan(struct sim *sim, const struct process *process, struct nat_mapping *mapping) {
    schedule_set(&sim->schedule, &mapping->scheduled,
                 process->nat_timeout > 0 ? mapping->used_at + process->nat_timeout : HF_NEVER);
}

struct hf_address nat_out(struct sim *sim, struct process *process, const struct hf_address *local,
                          const struct hf_address *remote) {
    if (!nat_hides(process, local, remote))
        return *local;
    struct nat_mapping *mapping = find_inside(sim, process->index, local, remote);

    if (!mapping) {
        mapping = make(sim, process, local, remote);
        plan(sim, process, mapping);
    }
    mapping->used_at = sim->now; /* nat_step plans anew when the first plan is due */
    return mapping->outside;
}

bool nat_holds(struct sim *sim, const struct process *process, const struct hf_address *local,
               const struct hf_address *remote, const struct hf_address *outside) {
    if (!nat_hides(process, local, remote))
        return true;
    struct nat_mapping *mapping = find_inside(sim, process->index, local, remote);

    if (!mapping || !address_equal(&mapping->outside, outside))
        return false;
    mapping->used_at = sim->now;
    return true;
}

const struct nat_mapping *nat_in(const struct sim *sim, const struct hf_address *outside,
                                 const struct hf_address *remote) {
    return sim->mappings_by_outside.count > 0 ? find_outside(sim, outside, remote) : NULL;
}

void nat_step(struct sim *sim, struct nat_mapping *mapping) {
    struct process *process = sim->processes[mapping->process];

    if (process->nat_timeout > 0 && sim->now - mapping->used_at >= process->nat_timeout)
        forget(sim, mapping);
    else
        plan(sim, process, mapping);
}

void nat_forget(struct sim *sim, struct process *process) {
    for (struct list_node *node; (node = list_first(&process->mappings)) != NULL;)
        forget(sim, CONTAINER_OF(node, struct nat_mapping, in_process));
}

void nat_set_timeout(struct sim *sim, struct process *process, hf_time timeout) {
    struct list_node *next;

    process->nat_timeout = timeout;
    for (struct list_node *node = process->mappings.next; node != &process->mappings; node = next) {
        next = node->next;
        nat_step(sim, CONTAINER_OF(node, struct nat_mapping, in_process));
    }
}
