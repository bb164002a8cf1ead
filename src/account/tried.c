#include "account/tried.h"

#include <stdlib.h>

#include "base/assert.h"

bool tried_make_room(struct tried *tried) {
    if (tried->count < TRIED_FEW)
        return true;
    if (!tried->more)
        tried->more = calloc(TRIED_MAX - TRIED_FEW, sizeof *tried->more);
    return tried->more && tried->count < TRIED_MAX;
}

void tried_add(struct tried *tried, const struct target *target) {
    HF_ASSERT(tried->count < (tried->more ? TRIED_MAX : TRIED_FEW));
    if (tried->count < TRIED_FEW)
        tried->few[tried->count] = *target;
    else
        tried->more[tried->count - TRIED_FEW] = *target;
    tried->count++;
}

void tried_take_back(struct tried *tried) {
    HF_ASSERT(tried->count > 0);
    tried->count--;
}

bool tried_has(const struct tried *tried, const struct target *target) {
    for (unsigned i = 0; i < tried->count; i++) {
        const struct target *one = i < TRIED_FEW ? &tried->few[i] : &tried->more[i - TRIED_FEW];

        if (target_equal(one, target))
            return true;
    }
    return false;
}

void tried_release(struct tried *tried) {
    free(tried->more);
    *tried = (struct tried){0};
}
