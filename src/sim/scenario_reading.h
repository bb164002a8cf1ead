/* Reading a scenario's YAML: maps with known keys, and values with what is said when they are
 * wrong. Internal to the readers scenario_*.c. All mistakes go to the messages, so that one run
 * tells of several; where a value cannot be used, what it was to change stays as it was. */
#ifndef SIM_SCENARIO_READING_H
#define SIM_SCENARIO_READING_H

#include <yaml.h>

#include "sim/scenario.h"

struct reading {
    struct scenario *scenario;
    struct scenario_messages *messages;
    yaml_document_t *document;
    const char *key; /* what is being read, for messages */
    size_t visits;   /* aliases can make a small file large */
    size_t visits_max;
    bool no_memory;
};

/* One key that a map may have. */
struct field {
    const char *name; /* NULL ends a list */
    void (*read)(struct reading *r, void *object, yaml_node_t *value);
};

void reading_error(struct reading *r, const yaml_node_t *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void reading_warning(struct reading *r, const yaml_node_t *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
unsigned reading_line(const yaml_node_t *node);

/* Reads the fields in the order of the table, whatever their order in the file, and reports keys
 * that are not in it or stand there twice. `what` is "a server", "a step of the timeline", … */
void reading_map(struct reading *r, yaml_node_t *node, const char *what, const struct field *fields,
                 void *object);
/* The value of a key; NULL when there is none (or the node is no map). */
yaml_node_t *reading_find(struct reading *r, yaml_node_t *node, const char *name);

/* The pairs of a map. `*ret_key` is empty for a key that is no text. */
size_t reading_pairs(const yaml_node_t *node);
yaml_node_t *reading_pair(struct reading *r, yaml_node_t *node, size_t index,
                          struct hf_slice *ret_key);
/* The elements of a list; a value that is none counts as a list of one, nothing as none. */
size_t reading_items(const yaml_node_t *node);
yaml_node_t *reading_item(struct reading *r, yaml_node_t *node, size_t index);

/* Room for `count` elements; NULL when there is no memory, or after a report that `count` is more
 * than `max`. */
void *reading_list(struct reading *r, const yaml_node_t *node, size_t count, size_t size,
                   size_t max);

/* The most that a misspelt word may differ from the one that is meant (word_distance). */
unsigned reading_tolerance(struct hf_slice word);

bool reading_is_empty(const yaml_node_t *node); /* nothing written, "~" or "null" */
struct hf_slice reading_raw(const yaml_node_t *node);

/* Reports that a value is not what it should be ("a time", "yes or no"); false. */
bool reading_wrong(struct reading *r, const yaml_node_t *node, const char *permitted);

/* Each false after a report. A name of `what` ("a server"): 1 to `max` bytes without control
 * characters. */
bool reading_name(struct reading *r, const yaml_node_t *node, const char *what,
                  struct hf_slice name, size_t max);
bool reading_text(struct reading *r, yaml_node_t *node, const char **ret);
bool reading_bool(struct reading *r, yaml_node_t *node, bool *ret);
bool reading_number(struct reading *r, yaml_node_t *node, uint64_t max, uint64_t *ret);
bool reading_number32(struct reading *r, yaml_node_t *node, uint32_t max, uint32_t *ret);
bool reading_time(struct reading *r, yaml_node_t *node, hf_time *ret);
bool reading_seconds(struct reading *r, yaml_node_t *node, uint32_t *ret); /* whole ones */
bool reading_share(struct reading *r, yaml_node_t *node, uint32_t *ret);
/* An IP address, with a port where `port` is set. */
bool reading_address(struct reading *r, yaml_node_t *node, bool port, struct hf_address *ret);

/* The index of a server or process by its name; "all" is SIM_NONE. */
bool reading_server(struct reading *r, yaml_node_t *node, uint32_t *ret);
bool reading_process(struct reading *r, yaml_node_t *node, uint32_t *ret);

/* The parts of the file, each in its own scenario_*.c. */
void scenario_read_servers(struct reading *r, void *object, yaml_node_t *value);
void scenario_read_processes(struct reading *r, void *object, yaml_node_t *value);
void scenario_read_network(struct reading *r, void *object, yaml_node_t *value);
void scenario_read_links(struct reading *r, void *object, yaml_node_t *value);
void scenario_read_dns(struct reading *r, void *object, yaml_node_t *value);
void scenario_read_accounts(struct reading *r, void *object, yaml_node_t *value);
void scenario_read_timeline(struct reading *r, void *object, yaml_node_t *value);
void scenario_read_expect(struct reading *r, void *object, yaml_node_t *value);

/* Shared among them. */
struct hf_dns_record *reading_records(struct reading *r, yaml_node_t *node, uint32_t ttl,
                                      size_t *ret_count);
/* A name without the dot at its end that zone files have. */
struct hf_slice reading_without_dot(struct hf_slice name);
/* Settings by their native names; keys for which `skip` is true are somebody else's. */
struct scenario_setting *reading_settings(struct reading *r, yaml_node_t *node,
                                          bool (*skip)(struct hf_slice key), size_t *ret_count);

/* For fields that were read before the map was. */
void reading_nothing(struct reading *r, void *object, yaml_node_t *value);

/* Of a struct sim_link. */
extern const struct field scenario_link_fields[];

/* The last step: what follows from the whole (names of servers in the DNS, the duration), and
 * what does not fit together. */
void scenario_complete(struct reading *r, bool duration_given);

/* scenario_families.c: "no", "yes" or "only". */
void reading_ipv6(struct reading *r, yaml_node_t *value, enum scenario_ipv6 *ret);
/* The IPv6 address of a host beside its other one: "yes" is `otherwise`, "no" is none. */
void reading_other_address(struct reading *r, yaml_node_t *value,
                           const struct hf_address *otherwise, struct hf_address *ret);
void scenario_read_record(struct reading *r, yaml_node_t *value, enum sim_record *ret);
void scenario_read_way_of_ipv4(struct reading *r, void *object, yaml_node_t *value);
void scenario_read_way_of_ipv6(struct reading *r, void *object, yaml_node_t *value);

#endif
