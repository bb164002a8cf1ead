/* What an attempt does at ONE target: waits for its turn there, opens the path, sends the requests
 * of its exchange, and lets go of the target when that has failed. attempt.c walks from target to
 * target.
 *
 * A bool that is returned: the attempt goes on at the target. False: the target is given up, and
 * another one is to be chosen. */
#ifndef ACCOUNT_ATTEMPT_TARGET_H
#define ACCOUNT_ATTEMPT_TARGET_H

#include "account/attempt.h"

/* Begins with the target that was chosen. */
bool attempt_try_target(struct engine *engine, struct account *account, struct attempt *attempt,
                        hf_time now);

/* The path that it waited for is there, or has failed. */
bool attempt_path_is_there(struct engine *engine, struct account *account, struct attempt *attempt,
                           hf_time now);

/* Another target's path is there instead: the caller's hold on it passes to the attempt. */
bool attempt_take_path(struct engine *engine, struct account *account, struct attempt *attempt,
                       struct path *path, hf_time now);

/* Its turn has come. */
bool attempt_is_admitted(struct engine *engine, struct account *account, struct attempt *attempt,
                         hf_time now);

/* The exchange that was begun goes on with its next request; `status` asked for it, 0: none. */
bool attempt_resume(struct engine *engine, struct account *account, struct attempt *attempt,
                    unsigned status, hf_time now);

/* No answer, or the path broke: the exchange goes on over another connection, or ends. */
bool attempt_lost_path(struct engine *engine, struct account *account, struct attempt *attempt,
                       bool silent, hf_time now);

/* Nothing at all has come over the connection since the request went out: it is not used again.
 * Else it is only this request that the server leaves alone. */
void attempt_doubt_path(struct engine *engine, struct attempt *attempt, hf_time sent_at);

/* An answer says how the target is. */
void attempt_report_answer(struct engine *engine, const struct account *account,
                           struct attempt *attempt, enum exchange_verdict verdict,
                           const struct exchange_answer *answer, hf_time now);

/* A server failed, or its name led nowhere, and asked to be left alone for so long. */
void attempt_note_wait(struct attempt *attempt, hf_time retry_after, hf_time now);

/* The target cannot serve: remembers that, and lets go of it. */
void attempt_give_target_up(struct engine *engine, struct account *account, struct attempt *attempt,
                            unsigned status, hf_time retry_after, struct hf_slice reason,
                            hf_time now);

/* It has nothing to do with the target any more. Whoever waits for word of it need not: there will
 * be none. */
void attempt_leave_target(struct engine *engine, const struct account *account,
                          struct attempt *attempt);

/* A binding at a target that does not answer need not be removed there: it ends by itself. */
void attempt_note_former(const struct account *account, struct attempt *attempt,
                         const struct target *failed);

/* The Contact that is to be removed is that of the former connection, not of the one on which that
 * is asked for. HF_ERROR_MEMORY. */
int attempt_name_contact(const struct account *account, struct attempt *attempt);

#endif
