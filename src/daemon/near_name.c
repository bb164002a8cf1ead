#include "daemon/near_name.h"

static unsigned smallest(unsigned a, unsigned b, unsigned c) {
    unsigned least = a < b ? a : b;

    return least < c ? least : c;
}

/* One row of the table at a time. */
static unsigned edits(struct hf_slice a, struct hf_slice b) {
    unsigned row[NEAR_NAME_BYTES_MAX + 1];

    for (unsigned j = 0; j <= b.len; j++)
        row[j] = j;
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned diagonal = row[0];

        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned change =
                diagonal + (ascii_lower(a.ptr[i - 1]) != ascii_lower(b.ptr[j - 1]) ? 1 : 0);

            diagonal = row[j];
            row[j] = smallest(change, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[b.len];
}

static bool is_last_part(struct hf_slice wanted, struct hf_slice name) {
    size_t start = name.len - wanted.len;

    return name.len > wanted.len && name.ptr[start - 1] == '/' &&
           slice_equal_nocase(wanted, slice_from_index(name, start));
}

unsigned near_name_distance(struct hf_slice wanted, struct hf_slice name) {
    size_t longer = wanted.len > name.len ? wanted.len : name.len;
    size_t shorter = wanted.len + name.len - longer;
    unsigned permitted, distance;

    if (wanted.len == 0 || longer > NEAR_NAME_BYTES_MAX)
        return NEAR_NAME_DISTANCE_FAR;
    if (slice_equal(wanted, name))
        return 0;
    if ((name.len > wanted.len && slice_starts_with_nocase(name, wanted)) ||
        is_last_part(wanted, name))
        return 1;
    permitted = longer < 6 ? 1 : longer < 12 ? 2 : 3;
    if (longer - shorter > permitted)
        return NEAR_NAME_DISTANCE_FAR;
    distance = edits(wanted, name);
    return distance <= permitted ? distance : NEAR_NAME_DISTANCE_FAR;
}

void near_names_init(struct near_names *near, struct hf_slice wanted) {
    *near = (struct near_names){.wanted = wanted};
}

void near_names_offer(struct near_names *near, struct hf_slice name) {
    unsigned distance = near_name_distance(near->wanted, name);
    unsigned at = near->count;

    if (distance == NEAR_NAME_DISTANCE_FAR)
        return;
    while (at > 0 && near->distances[at - 1] > distance)
        at--;
    if (at == NEAR_NAMES_MAX)
        return;
    if (near->count < NEAR_NAMES_MAX)
        near->count++;
    for (unsigned i = near->count - 1; i > at; i--) {
        near->names[i] = near->names[i - 1];
        near->distances[i] = near->distances[i - 1];
    }
    near->names[at] = name;
    near->distances[at] = distance;
}
