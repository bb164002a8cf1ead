/* Runs of plans in processes of their own, so that a failed assertion or an endless loop ends only
 * them. */
#ifndef EXPLORE_CHILD_H
#define EXPLORE_CHILD_H

#include "run.h"

/* `twice`: once more, and the traces must be equal. A crash or a hang is a failure of the run,
 * with what the process said last as its text. */
void child_run(const struct plan *plan, bool twice, struct run_result *ret);

#endif
