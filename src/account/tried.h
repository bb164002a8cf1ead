/* The targets that an attempt has tried. It seldom gets beyond the first two, and many attempts may
 * be under way at the same time: only a long walk has room for all. */
#ifndef ACCOUNT_TRIED_H
#define ACCOUNT_TRIED_H

#include "target/target.h"

enum { TRIED_MAX = 32, TRIED_FEW = 3 };

/* All zero: none yet. */
struct tried {
    struct target few[TRIED_FEW];
    struct target *more; /* those after them; NULL while there are none */
    uint8_t count;
};

/* Room for one more; false: there are too many, or there is no memory. */
bool tried_make_room(struct tried *tried);

/* There must be room. */
void tried_add(struct tried *tried, const struct target *target);

/* Takes the last one back. */
void tried_take_back(struct tried *tried);

bool tried_has(const struct tried *tried, const struct target *target);

/* Harmless twice. */
void tried_release(struct tried *tried);

#endif
