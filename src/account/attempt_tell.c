/* What an attempt lets its account, the owner and whoever asks for an explanation know. */
#include "account/attempt_tell.h"

#include "base/assert.h"
#include "base/writer.h"

enum { NO_STATUS = 0 };

void attempt_tell_not_found(struct engine *engine, struct account *account, struct attempt *attempt,
                            hf_time now) {
    struct hf_slice detail = attempt->candidates.locating.detail;

    if (detail.len == 0)
        detail = SLICE("the name has no address");
    journal_note(&account->journal, JOURNAL_NOT_FOUND, attempt->hop, now);
    account_note_failure(account, NO_STATUS, detail);
    account_tell(
        engine, account, attempt->hop, NULL,
        (struct hf_event){.kind = HF_EVENT_DNS_FAILED, .reason = detail, .cause = HF_CAUSE_DNS},
        now);
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

static enum hf_failure_cause cause_of_path(enum hf_path_failure failure) {
    switch (failure) {
    case HF_PATH_REFUSED:
        return HF_CAUSE_REFUSED;
    case HF_PATH_UNREACHABLE:
        return HF_CAUSE_UNREACHABLE;
    case HF_PATH_TIMEOUT:
        return HF_CAUSE_TIMEOUT;
    case HF_PATH_CLOSED:
        return HF_CAUSE_CLOSED;
    case HF_PATH_LOCAL_PORT:
    case HF_PATH_UNSUPPORTED:
    case HF_PATH_LOCAL_ADDRESS:
        return HF_CAUSE_LOCAL;
    case HF_PATH_TLS_HANDSHAKE:
    case HF_PATH_TLS_CERTIFICATE:
        return HF_CAUSE_TLS;
    }
    HF_UNREACHABLE();
}

/* Without a path it was not even asked. */
static enum hf_failure_cause cause_of(const struct attempt *attempt, unsigned status) {
    if (status != 0)
        return HF_CAUSE_ANSWER;
    if (!attempt->path)
        return HF_CAUSE_LOCAL;
    if (attempt->path->state == PATH_FAILED)
        return cause_of_path(attempt->path->failure);
    return HF_CAUSE_TIMEOUT;
}

static void tell_asked(struct engine *engine, const struct account *account,
                       const struct attempt *attempt, enum hf_event_kind kind, unsigned status,
                       struct hf_slice reason, hf_time now) {
    account_tell(engine, account, attempt->hop, &attempt->target,
                 (struct hf_event){.kind = kind,
                                   .status = status,
                                   .reason = reason,
                                   .took = now - attempt->asked_at,
                                   .cause = cause_of(attempt, status)},
                 now);
}

void attempt_tell_answer(struct engine *engine, struct account *account,
                         const struct attempt *attempt, unsigned status, struct hf_slice reason,
                         hf_time now) {
    account_note_failure(account, status, reason);
    tell_asked(engine, account, attempt, HF_EVENT_REGISTRATION_FAILED, status, reason, now);
}

void attempt_tell_tls_failed(struct engine *engine, const struct account *account,
                             const struct attempt *attempt, struct hf_slice reason, hf_time now) {
    tell_asked(engine, account, attempt, HF_EVENT_TLS_FAILED, NO_STATUS, reason, now);
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
    tell_asked(engine, account, attempt, HF_EVENT_REGISTRATION_FAILED, status, reason, now);
}

/* What went wrong, and what the owner of the path says about it where that fits. What he says of a
 * certificate, which may be our own, needs no words before it. */
struct hf_slice attempt_path_reason(const struct engine *engine, enum hf_path_failure failure,
                                    char text[PATH_REASON_MAX]) {
    const struct hf_slice what = slice_from(path_failure_text(failure));
    struct writer w = writer_of(text, PATH_REASON_MAX);

    if (failure != HF_PATH_TLS_CERTIFICATE || slice_is_empty(engine->path_detail))
        writer_put_slice(&w, what);
    if (writer_length(&w) > 0 && !slice_is_empty(engine->path_detail))
        writer_put_literal(&w, ": ");
    writer_put_slice(&w, engine->path_detail);
    return w.full ? what : writer_slice(&w);
}
