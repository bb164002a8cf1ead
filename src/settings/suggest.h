/* "Did you mean": the distance of two words. */
#ifndef SETTINGS_SUGGEST_H
#define SETTINGS_SUGGEST_H

#include "base/slice.h"

/* How many letters must be changed, added, left out or swapped with their neighbour to come from
 * one to the other; more than `most` gives most + 1. */
unsigned word_distance(struct hf_slice a, struct hf_slice b, unsigned most);

#endif
