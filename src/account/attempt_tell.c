/* What an attempt lets its account, the owner and whoever asks for an explanation know. */
#include "account/attempt_tell.h"

#include "base/writer.h"

enum { NO_STATUS = 0 };

void attempt_tell_not_found(struct engine *engine, struct account *account, struct attempt *attempt,
                            hf_time now) {
    struct hf_slice detail = attempt->candidates.locating.detail;

    if (detail.len == 0)
        detail = SLICE("the name has no address");
    journal_note(&account->journal, JOURNAL_NOT_FOUND, attempt->hop, now);
    account_note_failure(account, NO_STATUS, detail);
    account_event(engine, account, HF_EVENT_DNS_FAILED, attempt->hop, NULL, NO_STATUS, detail, now);
}

void attempt_show_state(struct account *account, const struct attempt *attempt,
                        enum hf_account_state state) {
    bool shows = attempt->purpose == ATTEMPT_TO_REGISTER ||
                 (attempt->purpose == ATTEMPT_TO_CLEAR && account->attempt == attempt &&
                  account->intent == INTENT_REGISTERED);

    if (shows && !account->binding.path)
        account_set_state(account, state);
}

void attempt_announce(struct engine *engine, struct account *account, struct attempt *attempt,
                      hf_time now) {
    if (attempt->announced || attempt_tears_down(attempt) || account->binding.path)
        return;
    attempt->announced = true;
    account_event(engine, account, HF_EVENT_REGISTERING, attempt->hop, &attempt->target, NO_STATUS,
                  SLICE_NONE, now);
}

/* The removal of a binding that is given up is nobody's concern; of one that is to go before we
 * register it is told. */
void attempt_tell_failure(struct engine *engine, struct account *account,
                          const struct attempt *attempt, unsigned status, struct hf_slice reason,
                          hf_time now) {
    char text[PATH_REASON_MAX];
    struct writer w = writer_of(text, sizeof text);

    if (attempt->purpose == ATTEMPT_TO_REMOVE || account->removal == attempt)
        return;
    if (attempt->purpose == ATTEMPT_TO_CLEAR) {
        writer_put_literal(&w, "not unregistered before registering: ");
        writer_put_slice(&w, reason);
        reason = w.full ? reason : writer_slice(&w);
    }
    account_note_failure(account, status, reason);
    account_event(engine, account, HF_EVENT_REGISTRATION_FAILED, attempt->hop, &attempt->target,
                  status, reason, now);
}

/* What went wrong, and what the owner of the path says about it where that fits. */
struct hf_slice attempt_path_reason(const struct engine *engine, enum hf_path_failure failure,
                                    char text[PATH_REASON_MAX]) {
    const struct hf_slice what = slice_from(path_failure_text(failure));
    struct writer w = writer_of(text, PATH_REASON_MAX);

    writer_put_slice(&w, what);
    if (!slice_is_empty(engine->path_detail)) {
        writer_put_literal(&w, ": ");
        writer_put_slice(&w, engine->path_detail);
    }
    return w.full ? what : writer_slice(&w);
}
