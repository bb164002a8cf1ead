/* One address, port and transport to which requests are sent. */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

#include <string.h>

#include "holdfast/types.h"

struct target {
    struct hf_address address;
    enum hf_transport transport;
};

static inline bool target_equal(const struct target *a, const struct target *b) {
    return a->transport == b->transport && memcmp(&a->address, &b->address, sizeof a->address) == 0;
}

#endif
