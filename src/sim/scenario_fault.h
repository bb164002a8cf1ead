/* The words of a timeline and what belongs to each. */
#ifndef SIM_SCENARIO_FAULT_H
#define SIM_SCENARIO_FAULT_H

#include "sim/scenario_reading.h"

/* The words one after the other; NULL after the last. */
const char *scenario_word(unsigned index);
/* What a word does is written into the step. */
bool scenario_find_word(struct hf_slice word, struct scenario_step *step);
const char *scenario_step_name(const struct scenario_step *step);

/* Whether `for:` has a meaning: there is something that undoes it. */
bool scenario_step_can_end(const struct scenario_step *step);

/* Before the step's map is read: the fields that its word has besides the common ones. */
const struct field *scenario_step_begin(struct reading *r, yaml_node_t *item,
                                        struct scenario_step *step);
/* After it: what is missing. */
void scenario_step_check(struct reading *r, yaml_node_t *item, const struct scenario_step *step);

/* Words that describe what a registrar does wrong: "silent", "answers", …; NULL for others. */
const char *registrar_fault_name(enum registrar_fault_kind kind);
bool registrar_fault_find(struct hf_slice name, enum registrar_fault_kind *ret);

/* "failed", "no-name", "no-record". */
const char *dns_result_name(enum hf_dns_result result);

#endif
