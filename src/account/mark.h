/* What an account learns about a target goes into the health that all, or only it, will mind. */
#ifndef ACCOUNT_MARK_H
#define ACCOUNT_MARK_H

#include "account/account.h"

/* Whose knowledge of targets counts for the account (setting `health`). */
uint64_t mark_scope(const struct account *account);

/* It answered, whatever it said. */
void mark_served(struct engine *engine, const struct account *account, const struct target *target,
                 hf_time now);

/* It gave no answer to a request that was first sent at `since_at`, or refused it on the way. */
void mark_silent(struct engine *engine, const struct account *account, const struct target *target,
                 hf_time since_at, hf_time now);

/* It answered that it cannot serve; `retry_after` is what it asked for, 0: nothing. */
void mark_refused(struct engine *engine, const struct account *account, const struct target *target,
                  unsigned status, hf_time retry_after, hf_time since_at, hf_time now);

#endif
