/* A storm is paced: with `rate.agent` no more REGISTERs a second go out than that, and accounts
 * whose attempt is due wait for their turn, those first whose binding ends first, then those that
 * have none, in the order in which they were due. What belongs to an attempt that has begun (the
 * answer to a challenge, the next candidate), a removal, and what somebody asks for wait for
 * nobody; those who come after make up for them. */
#ifndef ACCOUNT_TURNS_H
#define ACCOUNT_TURNS_H

#include "account/account.h"

/* Who goes first: when the registrar forgets the account, HF_NEVER where it knows nothing of it. */
hf_time turns_urgency(const struct account *account);

void turns_init(struct turns *turns);
void turns_release(struct turns *turns);

/* Begins what is due of the account, now or when its turn comes; asking again changes nothing but
 * the place in the queue. */
void account_await_turn(struct engine *engine, struct account *account, hf_time now);

static inline bool account_awaits_turn(const struct account *account) {
    return account->turn != NULL;
}

/* Harmless for an account that does not wait. */
void account_leave_turns(struct engine *engine, struct account *account);

/* Lets an account wait in a queue of another's for what has come already: it has paid. It is due.
 * It must not wait for a turn. False: no memory. */
bool account_park(struct engine *engine, struct account *account, struct heap *queue, hf_time now);

/* The first one of such a queue goes on. */
void turns_call_first(struct engine *engine, struct heap *queue, hf_time now);

/* How many wait with it, and whether that is where all wait for `rate.agent`. */
size_t turns_waiting_with(const struct engine *engine, const struct account *account,
                          bool *ret_at_gate);

/* A REGISTER went out. */
void account_note_sent(struct engine *engine, struct account *account, hf_time now);

/* The next turn has come. */
void turns_expire(struct engine *engine, hf_time now);

#endif
