/* "Did you mean …": names that look like one that does not exist. */
#ifndef DAEMON_NEAR_NAME_H
#define DAEMON_NEAR_NAME_H

#include "base/slice.h"

enum {
    NEAR_NAMES_MAX = 3,
    NEAR_NAME_BYTES_MAX = 64, /* longer names are not compared */
    NEAR_NAME_DISTANCE_FAR = 1000,
};

/* The best names seen so far, nearest first; on a tie the earlier one stays ahead. Borrowed. */
struct near_names {
    struct hf_slice wanted;
    struct hf_slice names[NEAR_NAMES_MAX];
    unsigned distances[NEAR_NAMES_MAX];
    unsigned count;
};

/* Edits (Levenshtein, ASCII case folded) that make one name the other; a name that begins with
 * the wanted one, or is its last part after a '/', counts as 1 away. NEAR_NAME_DISTANCE_FAR when
 * nobody would take them for the same. */
unsigned near_name_distance(struct hf_slice wanted, struct hf_slice name);

void near_names_init(struct near_names *near, struct hf_slice wanted);
void near_names_offer(struct near_names *near, struct hf_slice name);

#endif
