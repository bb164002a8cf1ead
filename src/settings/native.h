/* The two halves of the reader of native YAML: native.c knows the shape of the file,
 * native_settings.c its settings. */
#ifndef SETTINGS_NATIVE_H
#define SETTINGS_NATIVE_H

#include <yaml.h>

#include "settings/draft.h"

/* A value of a fleet's template that is another for each account. */
struct native_variable {
    struct setting_place place;
    const struct setting_key *key; /* of the FLX page, or NULL */
    struct hf_slice pattern;
    unsigned line;
    bool refused; /* for an account before: said once */
};

enum { NATIVE_VARIABLES_MAX = 64 };

struct native_variables {
    size_t count;
    struct native_variable list[NATIVE_VARIABLES_MAX];
};

struct native {
    struct settings_file *file;
    const struct settings_read_options *options;
    yaml_document_t *document;
    bool family_given; /* by the caller: the file's own does not count */
    size_t visits;     /* of pairs; aliases can make them many more than the file has bytes */
    size_t visits_max;
    uint64_t fleet_accounts; /* so far */
    uint64_t fleet_max;
    struct native_variables *variables; /* of the template that is being read; or NULL */
    struct draft draft;                 /* the account in hand */
};

/* A walk over the pairs of a map. */
struct native_map {
    struct native *native;
    yaml_node_t *node;
    size_t at;
};

struct native_map native_map_of(struct native *native, yaml_node_t *node);

/* The next pair; a key that is no text is empty. */
bool native_next(struct native_map *map, struct hf_slice *ret_key, yaml_node_t **ret_value);

/* The value of a key in a map, the last one if there are several; NULL if there is none. */
yaml_node_t *native_find(struct native *native, yaml_node_t *node, struct hf_slice name);

unsigned native_line(const yaml_node_t *node);

/* A scalar's text; empty for a plain "null" or "~". */
struct hf_slice native_text(const yaml_node_t *node);

/* Reports an error of the account; the format has one "%.*s" for the text. */
int native_error(struct native *native, struct draft *draft, const yaml_node_t *node,
                 const char *format, struct hf_slice text) __attribute__((format(printf, 4, 0)));

/* Keys that are no settings. */
bool native_is_structure(struct hf_slice key);

/* Reads the settings in a map, those of another that "<<" puts into it first. */
int native_read_merged(struct native *native, struct draft *draft, yaml_node_t *node);

/* native_fleet.c: `fleet:`, one or a list; `base` has what holds for all accounts. */
int native_read_fleets(struct native *native, struct draft *base, yaml_node_t *node);

/* Reads the settings in a map; keys for which `skip` is true are somebody else's. */
int native_read_settings(struct native *native, struct draft *draft, yaml_node_t *node,
                         bool (*skip)(struct hf_slice key));

#endif
