/* Each REGISTER, whatever it is for, waits for its turn at its target's gate. With `rate.target` no
 * more of them a second go there than that, and with `rate.window` no more are under way at a time
 * than the target bears (target/window.h). The next one of an exchange that has begun goes first,
 * then accounts by the end of their binding, then those that have none and removals. A connection
 * that is to be opened counts as a REGISTER does, and for the rate so does a retransmission.
 *
 * A gate exists while somebody waits at it or is under way, and some seconds longer. */
#ifndef ACCOUNT_GATES_H
#define ACCOUNT_GATES_H

#include "account/attempt.h"

void gates_init(struct gates *gates);
void gates_release(struct gates *gates);

/* May the attempt go on to its target? False: attempt_turn_came is called when its turn has come.
 * Without the settings nothing is looked at. */
bool gate_pass(struct engine *engine, const struct account *account, struct attempt *attempt,
               hf_time now);

/* A crowd waits at its target's gate already: an account without a binding, which would be the last
 * one, waits as it is, a tenth of the size of an attempt. True: the attempt is over. */
bool gate_puts_off(struct engine *engine, struct account *account, struct attempt *attempt,
                   hf_time now);

/* Whether somebody may go to that target just now, without waiting; his turn is taken. */
bool gate_try(struct engine *engine, const struct account *account, const struct target *target,
              hf_time now);

static inline bool attempt_awaits_turn(const struct attempt *attempt) {
    return heap_is_queued(&attempt->turn);
}

/* Its request was sent again: no answer came. Those who wait make up for it, so that a server that
 * cannot keep up is asked less, not more. */
void gate_resent(struct engine *engine, const struct account *account, struct attempt *attempt,
                 hf_time now);

/* An answer came to what it sent first at `sent_at`. It stays under way: its exchange may go on. */
void gate_answered(struct engine *engine, const struct account *account,
                   const struct attempt *attempt, hf_time sent_at, hf_time now);

/* It does not wait any more, nor is it under way to that target. */
void gate_leave(struct engine *engine, struct attempt *attempt);

/* Its account's binding has ended: those that can be saved go first. */
void gate_binding_ended(struct engine *engine, struct attempt *attempt);

/* How many wait for their turn where this one does. */
size_t gate_waiting(const struct engine *engine, const struct attempt *attempt);

/* The next turn has come at a gate. Who finds his target dead meanwhile goes on at once. */
void gates_expire(struct engine *engine, struct timer *timer, hf_time now);

#endif
