#include "daemon/tally.h"

#include "base/assert.h"

void tally_init(struct tally *tally) {
    static const hf_time answers[] = {
        5 * HF_MILLISECOND,    10 * HF_MILLISECOND,  25 * HF_MILLISECOND,  50 * HF_MILLISECOND,
        100 * HF_MILLISECOND,  250 * HF_MILLISECOND, 500 * HF_MILLISECOND, HF_SECOND,
        2500 * HF_MILLISECOND, 5 * HF_SECOND,        10 * HF_SECOND,       32 * HF_SECOND,
    };
    static const hf_time failovers[] = {
        500 * HF_MILLISECOND, HF_SECOND,       2 * HF_SECOND,   4 * HF_SECOND,
        8 * HF_SECOND,        16 * HF_SECOND,  32 * HF_SECOND,  64 * HF_SECOND,
        120 * HF_SECOND,      300 * HF_SECOND, 900 * HF_SECOND, 3600 * HF_SECOND,
    };

    *tally = (struct tally){0};
    histogram_init(&tally->answers, answers, sizeof answers / sizeof answers[0]);
    histogram_init(&tally->failovers, failovers, sizeof failovers / sizeof failovers[0]);
}

const char *tally_failure_name(enum tally_failure failure) {
    static const char *const names[TALLY_FAILURE_COUNT] = {
        [TALLY_FAILURE_3XX] = "3xx",
        [TALLY_FAILURE_4XX] = "4xx",
        [TALLY_FAILURE_5XX] = "5xx",
        [TALLY_FAILURE_6XX] = "6xx",
        [TALLY_FAILURE_INVALID] = "invalid_answer",
        [TALLY_FAILURE_TIMEOUT] = "timeout",
        [TALLY_FAILURE_REFUSED] = "refused",
        [TALLY_FAILURE_UNREACHABLE] = "unreachable",
        [TALLY_FAILURE_CLOSED] = "closed",
        [TALLY_FAILURE_TLS] = "tls",
        [TALLY_FAILURE_DNS] = "dns",
        [TALLY_FAILURE_LOCAL] = "local",
    };

    return names[failure];
}

static enum tally_failure failure_of_status(unsigned status) {
    switch (status / 100) {
    case 3:
        return TALLY_FAILURE_3XX;
    case 4:
        return TALLY_FAILURE_4XX;
    case 5:
        return TALLY_FAILURE_5XX;
    case 6:
        return TALLY_FAILURE_6XX;
    default:
        return TALLY_FAILURE_INVALID;
    }
}

static enum tally_failure failure_of(const struct hf_event *event) {
    switch (event->cause) {
    case HF_CAUSE_NONE:
    case HF_CAUSE_LOCAL:
        return TALLY_FAILURE_LOCAL;
    case HF_CAUSE_ANSWER:
        return failure_of_status(event->status);
    case HF_CAUSE_TIMEOUT:
        return TALLY_FAILURE_TIMEOUT;
    case HF_CAUSE_REFUSED:
        return TALLY_FAILURE_REFUSED;
    case HF_CAUSE_UNREACHABLE:
        return TALLY_FAILURE_UNREACHABLE;
    case HF_CAUSE_CLOSED:
        return TALLY_FAILURE_CLOSED;
    case HF_CAUSE_TLS:
        return TALLY_FAILURE_TLS;
    case HF_CAUSE_DNS:
        return TALLY_FAILURE_DNS;
    }
    HF_UNREACHABLE();
}

static void failed(struct tally *tally, hf_time *failing_since_at, const struct hf_event *event) {
    tally->failures[failure_of(event)]++;
    if (event->cause == HF_CAUSE_ANSWER)
        histogram_add(&tally->answers, event->took);
    if (*failing_since_at == 0)
        *failing_since_at = event->at - event->took;
}

void tally_event(struct tally *tally, hf_time *failing_since_at, const struct hf_event *event) {
    tally->events[event->kind]++;
    switch (event->kind) {
    case HF_EVENT_REGISTRATION_FAILED:
    case HF_EVENT_DNS_FAILED:
        failed(tally, failing_since_at, event);
        return;
    case HF_EVENT_REGISTERED:
    case HF_EVENT_REFRESHED:
        histogram_add(&tally->answers, event->took);
        *failing_since_at = 0;
        return;
    case HF_EVENT_FAILOVER: /* what it brought follows: REGISTERED or REFRESHED */
        histogram_add(&tally->failovers,
                      *failing_since_at != 0 ? event->at - *failing_since_at : event->took);
        return;
    case HF_EVENT_TLS_FAILED: /* REGISTRATION_FAILED follows */
    case HF_EVENT_REGISTERING:
    case HF_EVENT_UNREGISTERED:
    case HF_EVENT_KEEPALIVE_LOST:
    case HF_EVENT_FAILBACK:
    case HF_EVENT_CONFIG_CHANGED:
        return;
    }
}

void tally_add(struct tally *tally, const struct tally *other) {
    for (int i = 0; i < TALLY_EVENTS; i++)
        tally->events[i] += other->events[i];
    for (int i = 0; i < TALLY_FAILURE_COUNT; i++)
        tally->failures[i] += other->failures[i];
    histogram_merge(&tally->answers, &other->answers);
    histogram_merge(&tally->failovers, &other->failovers);
}
