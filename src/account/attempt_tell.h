/* What an attempt lets its account, the owner and whoever asks for an explanation know. */
#ifndef ACCOUNT_ATTEMPT_TELL_H
#define ACCOUNT_ATTEMPT_TELL_H

#include "account/attempt.h"

enum { PATH_REASON_MAX = 400 };

/* The name of the hop at hand leads nowhere. */
void attempt_tell_not_found(struct engine *engine, struct account *account, struct attempt *attempt,
                            hf_time now);

/* What the account is meanwhile, where that is the attempt's to say. */
void attempt_show_state(struct account *account, const struct attempt *attempt,
                        enum hf_account_state state);

/* The event `registering`, once. */
void attempt_announce(struct engine *engine, struct account *account, struct attempt *attempt,
                      hf_time now);

/* Its target failed. */
void attempt_tell_failure(struct engine *engine, struct account *account,
                          const struct attempt *attempt, unsigned status, struct hf_slice reason,
                          hf_time now);

/* It gave a final answer that is no success. */
void attempt_tell_answer(struct engine *engine, struct account *account,
                         const struct attempt *attempt, unsigned status, struct hf_slice reason,
                         hf_time now);

/* Its path, which has failed, could not be made safe. */
void attempt_tell_tls_failed(struct engine *engine, const struct account *account,
                             const struct attempt *attempt, struct hf_slice reason, hf_time now);

/* What went wrong with a path; good as long as `text` and the engine's path_detail. */
struct hf_slice attempt_path_reason(const struct engine *engine, enum hf_path_failure failure,
                                    char text[PATH_REASON_MAX]);

#endif
