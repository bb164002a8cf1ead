/* A fleet while it is read: native_fleet.c knows what stands in the YAML, native_credentials.c the
 * file of credentials. */
#ifndef SETTINGS_NATIVE_FLEET_H
#define SETTINGS_NATIVE_FLEET_H

#include "settings/key.h"
#include "settings/native.h"

enum { FLEET_NUMBER_MAX = 1000000000 };

struct fleet {
    struct native *native;
    struct draft *base;    /* counts errors of the file */
    struct draft template; /* what all accounts have */
    struct native_variables variables;
    struct hf_slice name; /* a pattern, or empty */
    unsigned line;
    uint64_t first;
    uint64_t total;
    uint64_t made;
    yaml_node_t *ranges;      /* or NULL */
    yaml_node_t *credentials; /* or NULL */
};

/* The accounts are made one after another in native->draft: begin, then values, then the checks,
 * then add, which gives it to the file; then draft_release. All: HF_ERROR_MEMORY. */
int fleet_begin(struct fleet *fleet, unsigned line);

/* Sets one value and reports what is wrong with it (unless it was refused before). */
int fleet_assign(struct fleet *fleet, struct native_variable *variable, struct hf_slice text,
                 unsigned line);

/* Sets what has the number in it. */
int fleet_fill_in(struct fleet *fleet, uint32_t number);

/* `identity`: also user and password, which nothing has checked yet. */
int fleet_check_account(struct fleet *fleet, bool identity);

/* Without a name it is FILE-STEM/USER. */
int fleet_add(struct fleet *fleet, struct hf_slice name);

/* The name as the template has it; empty when it has none. */
struct hf_slice fleet_name(const struct fleet *fleet, uint32_t number, char *buffer, size_t size);

/* An account for each row. */
int fleet_read_credentials(struct fleet *fleet);

#endif
