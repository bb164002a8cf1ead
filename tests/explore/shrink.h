/* Makes a failing plan smaller while it fails in the same way (delta debugging, Zeller and
 * Hildebrandt 2002): fewer steps, accounts, servers, settings, a shorter run. */
#ifndef EXPLORE_SHRINK_H
#define EXPLORE_SHRINK_H

#include "plan.h"

/* `what` is the rule that it breaks. Returns the number of runs that it took. */
unsigned plan_shrink(struct plan *plan, const char *what, unsigned runs_max);

#endif
