#include "usage/lifetime.h"

static const hf_time refresh_min = HF_SECOND;

hf_time refresh_after(uint32_t granted_seconds, hf_time before, hf_time t1, struct random *random) {
    hf_time lifetime = granted_seconds * HF_SECOND;
    hf_time after;

    if (before > 0 && before < lifetime) {
        after = lifetime - before;
    } else {
        hf_time margin = 2 * 64 * t1 < lifetime / 2 ? 2 * 64 * t1 : lifetime / 2;

        if (before >= lifetime)
            margin = lifetime / 2;
        after = lifetime - margin;
        after -= random_below(random, after / 10 + 1);
    }
    return after > refresh_min ? after : refresh_min;
}
