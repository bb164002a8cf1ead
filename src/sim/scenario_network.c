/* `processes:`, `network:` and `links:`. */
#include <stdio.h>

#include "base/limits.h"
#include "sim/scenario_reading.h"

static void read_process_name(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_text(r, value, &((struct scenario_process *)object)->options.name);
}

static void read_process_address(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_process *process = object;

    (void)reading_address(r, value, false, &process->options.address);
}

static void read_ipv6(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_process *process = object;
    size_t number = (size_t)(process - r->scenario->processes) + 1;
    struct hf_address own = scenario_ipv6_address(SCENARIO_NETWORK_PROCESSES, number);

    reading_other_address(r, value, &own, &process->options.other);
}

/* "yes", or the address that the NAT has. */
static void read_nat(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_process *process = object;
    size_t index = (size_t)(process - r->scenario->processes);

    if (slice_equal_nocase(reading_raw(value), SLICE("yes")))
        process->options.nat_address = (struct hf_address){
            .family = HF_FAMILY_IPV4,
            .ip = {203, 0, (uint8_t)(113 + index / 250), (uint8_t)(1 + index % 250)}};
    else if (!slice_equal_nocase(reading_raw(value), SLICE("no")))
        (void)reading_address(r, value, false, &process->options.nat_address);
}

static void read_nat_timeout(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_process *process = object;

    (void)reading_time(r, value, &process->options.nat_timeout);
    if (process->options.nat_address.family == HF_FAMILY_NONE)
        reading_error(r, value, "nat_timeout: there is no NAT; say 'nat: yes' too");
}

static void read_nat_cone(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario_process *process = object;

    if (reading_bool(r, value, &process->options.nat_is_cone) &&
        process->options.nat_address.family == HF_FAMILY_NONE)
        reading_error(r, value, "nat_cone: there is no NAT; say 'nat: yes' too");
}

static void read_remembers(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_bool(r, value, &((struct scenario_process *)object)->options.remembers);
}

static const struct field process_fields[] = {
    {"name", read_process_name},
    {"address", read_process_address},
    {"ipv6", read_ipv6},
    {"nat", read_nat},
    {"nat_timeout", read_nat_timeout},
    {"nat_cone", read_nat_cone},
    {"remembers", read_remembers},
    {0},
};

/* Processes without an address get one of 198.51.100.0/24 (RFC 5737), and what is after it. */
static struct hf_address next_address(size_t index) {
    return (struct hf_address){
        .family = HF_FAMILY_IPV4,
        .ip = {198, 51, (uint8_t)(100 + index / 250), (uint8_t)(1 + index % 250)}};
}

static void read_process(struct reading *r, yaml_node_t *value, struct hf_slice name) {
    struct scenario *scenario = r->scenario;
    struct scenario_process *process = &scenario->processes[scenario->process_count];
    char buffer[LIMIT_NAME_BYTES + 1];
    bool wrong = name.len > 0 && !reading_name(r, value, "a process", name, LIMIT_NAME_BYTES);

    snprintf(buffer, sizeof buffer, "%.*s", SLICE_ARGS(name));
    if (scenario_process_init(scenario, process, buffer) != 0) {
        r->no_memory = true;
        return;
    }
    process->line = reading_line(value);
    process->options.address = next_address(scenario->process_count);
    if (value->type == YAML_MAPPING_NODE)
        reading_map(r, value, "a process", process_fields, process);
    if (process->options.other.family == process->options.address.family)
        reading_error(r, value, "ipv6: its 'address:' is of IPv6 already");
    name = slice_from(process->options.name);
    if (!wrong)
        (void)reading_name(r, value, "a process", name, LIMIT_NAME_BYTES);
    if (slice_equal(name, SLICE("all")) || slice_equal(name, SLICE("each")))
        reading_error(r, value, "no process may be called '%s'", name.ptr);
    for (size_t i = 0; i < scenario->process_count; i++) {
        if (slice_equal(name, slice_from(scenario->processes[i].options.name)))
            reading_error(r, value, "a second process '%s'", name.ptr);
    }
    scenario->process_count++;
}

/* A list of names or of maps, or a map of names. */
void scenario_read_processes(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario *scenario = r->scenario;
    bool map = value->type == YAML_MAPPING_NODE;
    size_t count = map ? reading_pairs(value) : reading_items(value);

    (void)object;
    scenario->processes =
        reading_list(r, value, count, sizeof *scenario->processes, SCENARIO_PROCESSES_MAX);
    for (size_t i = 0; scenario->processes && i < count && !r->no_memory; i++) {
        struct hf_slice name = SLICE_NONE;
        yaml_node_t *item = map ? reading_pair(r, value, i, &name) : reading_item(r, value, i);

        if (!map && item->type == YAML_SCALAR_NODE)
            name = reading_raw(item);
        read_process(r, item, name);
    }
}

static void read_latency(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_time(r, value, &((struct sim_link *)object)->latency);
}

static void read_jitter(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_time(r, value, &((struct sim_link *)object)->jitter);
}

static void read_loss(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_share(r, value, &((struct sim_link *)object)->loss);
}

static void read_duplicate(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_share(r, value, &((struct sim_link *)object)->duplicate);
}

static void read_reorder(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_share(r, value, &((struct sim_link *)object)->reorder);
}

static void read_down(struct reading *r, void *object, yaml_node_t *value) {
    (void)reading_bool(r, value, &((struct sim_link *)object)->down);
}

const struct field scenario_link_fields[] = {
    {"latency", read_latency},
    {"jitter", read_jitter},
    {"loss", read_loss},
    {"duplicate", read_duplicate},
    {"reorder", read_reorder},
    {"down", read_down},
    {"ipv4", scenario_read_way_of_ipv4},
    {"ipv6", scenario_read_way_of_ipv6},
    {0},
};

struct sim_link scenario_link_between(const struct scenario *scenario, uint32_t process,
                                      uint32_t server) {
    struct sim_link link = {.latency = SCENARIO_LATENCY};

    for (size_t i = 0; i < scenario->link_count; i++) {
        const struct scenario_link *l = &scenario->links[i];

        if ((l->process == SIM_NONE || l->process == process) &&
            (l->server == SIM_NONE || l->server == server))
            link = l->link;
    }
    return link;
}

static struct scenario_link *add_link(struct reading *r, yaml_node_t *value, size_t more) {
    struct scenario *scenario = r->scenario;
    struct scenario_link *list =
        reading_list(r, value, scenario->link_count + more, sizeof *list, SCENARIO_LIST_MAX);

    if (list && scenario->link_count > 0)
        memcpy(list, scenario->links, scenario->link_count * sizeof *list);
    if (list)
        scenario->links = list;
    return list;
}

void scenario_read_network(struct reading *r, void *object, yaml_node_t *value) {
    struct scenario *scenario = r->scenario;
    struct sim_link link = scenario_link_between(scenario, SIM_NONE, SIM_NONE);

    (void)object;
    reading_map(r, value, "the network", scenario_link_fields, &link);
    if (add_link(r, value, 1))
        scenario->links[scenario->link_count++] =
            (struct scenario_link){.process = SIM_NONE, .server = SIM_NONE, .link = link};
}

/* The ends of a link, which decide what it is before its own fields change that. */
static void read_link(struct reading *r, yaml_node_t *item) {
    struct scenario *scenario = r->scenario;
    struct scenario_link *link = &scenario->links[scenario->link_count];
    yaml_node_t *server = reading_find(r, item, "server");
    yaml_node_t *process = reading_find(r, item, "process");
    struct field fields[16] = {{"server", reading_nothing}, {"process", reading_nothing}};
    size_t count = 2;

    *link = (struct scenario_link){.process = SIM_NONE, .server = SIM_NONE};
    r->key = "links";
    if ((server && !reading_server(r, server, &link->server)) ||
        (process && !reading_process(r, process, &link->process)))
        return;
    link->link = scenario_link_between(scenario, link->process, link->server);
    for (const struct field *field = scenario_link_fields; field->name; field++)
        fields[count++] = *field;
    reading_map(r, item, "a link", fields, &link->link);
    scenario->link_count++;
}

void scenario_read_links(struct reading *r, void *object, yaml_node_t *value) {
    size_t count = reading_items(value);

    (void)object;
    if (!add_link(r, value, count))
        return;
    for (size_t i = 0; i < count; i++)
        read_link(r, reading_item(r, value, i));
}

void reading_nothing(struct reading *r, void *object, yaml_node_t *value) {
    (void)r;
    (void)object;
    (void)value;
}
