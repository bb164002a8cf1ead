/* The parts of a rehearsal. */
#ifndef SIM_REHEARSAL_INTERNAL_H
#define SIM_REHEARSAL_INTERNAL_H

#include "sim/rehearsal.h"

/* rehearsal_build.c: servers, names, processes and links as the scenario has them. */
int rehearsal_build(struct rehearsal *rehearsal);

/* rehearsal_apply.c: the links as they are to be now. */
void rehearsal_link(struct rehearsal *rehearsal);
/* A step of the timeline begins, or is undone. */
void rehearsal_begin(struct rehearsal *rehearsal, size_t step);
void rehearsal_undo(struct rehearsal *rehearsal, size_t step);

/* rehearsal_figures.c: what an expectation asks for, as things are now. */
void rehearsal_judge(struct rehearsal *rehearsal, size_t expectation);
int rehearsal_count_up(struct rehearsal *rehearsal);

/* An account's settings as they are now. */
const struct hf_settings *rehearsal_settings(const struct rehearsal *rehearsal, size_t member);

#endif
