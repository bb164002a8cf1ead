#include "account/journal.h"

#include "account/paths.h"

uint32_t journal_milliseconds(hf_time span) {
    return span / HF_MILLISECOND < UINT32_MAX ? (uint32_t)(span / HF_MILLISECOND) : UINT32_MAX;
}

void journal_note(struct journal *journal, enum journal_what what, uint32_t value, hf_time now) {
    const hf_time at = now - now % HF_MILLISECOND;

    memmove(journal->what + 1, journal->what, sizeof journal->what - sizeof *journal->what);
    memmove(journal->since_former + 1, journal->since_former,
            sizeof journal->since_former - sizeof *journal->since_former);
    memmove(journal->value + 1, journal->value, sizeof journal->value - sizeof *journal->value);
    journal->what[0] = (uint8_t)what;
    journal->since_former[0] = journal_milliseconds(at - journal->newest_at);
    journal->value[0] = value;
    journal->newest_at = at;
}

bool journal_entry(const struct journal *journal, unsigned age, struct journal_entry *ret) {
    if (age >= JOURNAL_ENTRIES || journal->what[age] == JOURNAL_NOTHING)
        return false;
    ret->at = journal->newest_at;
    for (unsigned i = 0; i < age; i++)
        ret->at -= journal->since_former[i] * HF_MILLISECOND;
    ret->what = (enum journal_what)journal->what[age];
    ret->value = journal->value[age];
    return true;
}

static void put(struct writer *w, const char *text) {
    writer_put_slice(w, slice_from(text));
}

static void put_pair(struct writer *w, uint64_t big, const char *big_unit, uint64_t small,
                     const char *small_unit) {
    writer_put_number(w, big);
    put(w, big_unit);
    if (small > 0) {
        writer_put_char(w, ' ');
        writer_put_number(w, small);
        put(w, small_unit);
    }
}

void write_span(struct writer *w, hf_time span) {
    uint64_t seconds = span / HF_SECOND;

    if (seconds < 60) {
        writer_put_number(w, seconds);
        writer_put_char(w, '.');
        writer_put_number(w, span % HF_SECOND / (HF_SECOND / 10));
        put(w, " s");
    } else if (seconds < 3600) {
        put_pair(w, seconds / 60, " min", seconds % 60, " s");
    } else if (seconds < 86400) {
        put_pair(w, seconds / 3600, " h", seconds % 3600 / 60, " min");
    } else {
        put_pair(w, seconds / 86400, " d", seconds % 86400 / 3600, " h");
    }
}

/* How an entry reads: text before the value, what the value is, text after it. */
enum value_kind { VALUE_NONE, VALUE_HOP, VALUE_NUMBER, VALUE_SECONDS, VALUE_MS, VALUE_PATH };

struct phrase {
    const char *before;
    enum value_kind kind;
    const char *after;
};

static const struct phrase phrases[] = {
    [JOURNAL_NOTHING] = {"", VALUE_NONE, ""},
    [JOURNAL_SENT] = {"sent REGISTER to ", VALUE_HOP, ""},
    [JOURNAL_CHALLENGED] = {"challenged with ", VALUE_NUMBER, ", sent the credentials"},
    [JOURNAL_TOO_BRIEF] = {"the server wants a longer lifetime (423), asked for ", VALUE_SECONDS,
                           ""},
    [JOURNAL_ASKED_OTHERWISE] = {"the server answered ", VALUE_NUMBER,
                                 ", asked without what it may not take"},
    [JOURNAL_REGISTERED] = {"registered, granted ", VALUE_SECONDS, ""},
    [JOURNAL_REFRESHED] = {"refreshed, granted ", VALUE_SECONDS, ""},
    [JOURNAL_NO_ANSWER] = {"no answer from ", VALUE_HOP, ": it counts as failed"},
    [JOURNAL_TARGET_FAILED] = {"the server answered ", VALUE_NUMBER, ": it counts as failed"},
    [JOURNAL_PASSED_OVER] = {"passed over ", VALUE_HOP, ": it failed lately"},
    [JOURNAL_PATH_FAILED] = {"the way to the server failed: ", VALUE_PATH, ""},
    [JOURNAL_NOT_FOUND] = {"no address for ", VALUE_HOP, ""},
    [JOURNAL_ANSWERED] = {"the server answered ", VALUE_NUMBER, ": no other server is tried"},
    [JOURNAL_REJECTED] = {"rejected with ", VALUE_NUMBER, ": no other server is tried"},
    [JOURNAL_FAILOVER] = {"moved to ", VALUE_HOP, ", as others failed"},
    [JOURNAL_FAILBACK] = {"moved back to ", VALUE_HOP, ""},
    [JOURNAL_FAILBACK_FAILED] = {"could not move back to ", VALUE_HOP, ", stays where it is"},
    [JOURNAL_WAIT_RETRY] = {"waits before the next try, as configured: ", VALUE_MS, ""},
    [JOURNAL_WAIT_SERVER] = {"waits as the server asked (Retry-After): ", VALUE_MS, ""},
    [JOURNAL_WAIT_START] = {"waits for its turn after the start (start.spread): ", VALUE_MS, ""},
    [JOURNAL_WAIT_TURN] = {"waits for its turn among ", VALUE_NUMBER, " others (rate.agent)"},
    [JOURNAL_WAIT_GATE] = {"waits for its turn at the target among ", VALUE_NUMBER,
                           " others (rate.target)"},
    [JOURNAL_WAIT_REJECTED] = {"waits after the rejection: ", VALUE_MS, ""},
    [JOURNAL_BINDING_ENDED] = {"the binding's time ended without a refresh", VALUE_NONE, ""},
    [JOURNAL_ASKED] = {"a registration was asked for", VALUE_NONE, ""},
    [JOURNAL_UNREGISTERED] = {"the binding is removed", VALUE_NONE, ""},
    [JOURNAL_LOOKING] = {"asked ", VALUE_HOP, " whether the former binding is there still"},
    [JOURNAL_LEFT_BOUND] = {"removes nothing at ", VALUE_HOP,
                            ": the former binding is not what is there now"},
    [JOURNAL_REMOVING] = {"sent the removal of the binding to ", VALUE_HOP, ""},
    [JOURNAL_ANSWERED_LATE] = {"", VALUE_HOP, " answered after all, when it had been given up"},
    [JOURNAL_CHANGED] = {"the settings were changed", VALUE_NONE, ""},
    [JOURNAL_GIVEN_UP] = {"gave the binding up; the server did not confirm it", VALUE_NONE, ""},
    [JOURNAL_WAIT_KEPT] = {"the wait after the last failure goes on", VALUE_NONE, ""},
    [JOURNAL_RACES] = {"no connection yet: tries the server's IPv", VALUE_NUMBER,
                       " address beside it"},
    [JOURNAL_RACE_WON] = {"the server's IPv", VALUE_NUMBER, " address was faster"},
    [JOURNAL_CONNECTS_AGAIN] = {"connects to the same server again: ", VALUE_PATH, ""},
    [JOURNAL_STANDS_BY] = {"there are no flows to be had here, and another registration serves: "
                           "stands by",
                           VALUE_NONE, ""},
    [JOURNAL_FLOW_LOST] = {"the connection of the registration is lost: ", VALUE_PATH, ""},
    [JOURNAL_FLOW_SILENT] =
        {"the server answers no more to what keeps the way open: registers again", VALUE_NONE, ""},
    [JOURNAL_NETWORK_CHANGED] = {"the network of this machine has changed: tries again soon",
                                 VALUE_NONE, ""},
    [JOURNAL_MAPPING_CHANGED] = {"the server sees us at another address: registers again",
                                 VALUE_NONE, ""},
    [JOURNAL_KEEP_ALIVE_LOST] = {"no answer to ", VALUE_NUMBER, " keep-alives in a row"},
};

static void write_value(struct writer *w, enum value_kind kind, uint32_t value,
                        journal_hop_name hop_name, const void *context) {
    switch (kind) {
    case VALUE_NONE:
        break;
    case VALUE_HOP:
        hop_name(w, value, context);
        break;
    case VALUE_NUMBER:
        writer_put_number(w, value);
        break;
    case VALUE_SECONDS:
        write_span(w, value * HF_SECOND);
        break;
    case VALUE_MS:
        if (value == 0)
            put(w, "until the settings change");
        else
            write_span(w, value * HF_MILLISECOND);
        if (value == UINT32_MAX) /* 49 days: what the value can hold */
            put(w, " or more");
        break;
    case VALUE_PATH:
        put(w, path_failure_text((enum hf_path_failure)value));
        break;
    }
}

void journal_write(const struct journal *journal, struct writer *w, journal_hop_name hop_name,
                   const void *context, hf_time now) {
    for (unsigned age = JOURNAL_ENTRIES; age-- > 0;) {
        struct journal_entry entry;

        if (!journal_entry(journal, age, &entry))
            continue;
        const struct phrase *phrase = &phrases[entry.what];

        write_span(w, now - entry.at);
        put(w, " ago: ");
        put(w, phrase->before);
        write_value(w, phrase->kind, entry.value, hop_name, context);
        put(w, phrase->after);
        writer_put_char(w, '\n');
    }
}
