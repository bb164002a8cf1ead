/* What the witness learns from answers that reach an account. */
#include "base/limits.h"
#include "sim/witness_internal.h"
#include "sip/challenge.h"
#include "sip/name_addr.h"
#include "sip/via.h"

static const hf_time retry_after_max = 24 * 3600 * HF_SECOND;

/* The account knows it, and so does the registration that was told. */
static void note_nonce(struct witness *witness, uint32_t index, struct hf_slice nonce,
                       const struct sip_message *message, const struct sim_packet *packet) {
    const uint64_t counted = witness_nonce_hash(witness_account(witness, index), nonce, message);
    const uint32_t group =
        packet->server < witness->server_count ? witness->groups[packet->server] : SIM_NONE;

    (void)witness_note_nonce(witness, index, witness_hash(nonce), group);
    if (counted != witness_hash(nonce))
        (void)witness_note_nonce(witness, index, counted, group);
}

static void note_nonces(struct witness *witness, uint32_t index, const struct sip_message *message,
                        const struct sim_packet *packet) {
    static const enum sip_header headers[] = {SIP_HEADER_WWW_AUTHENTICATE,
                                              SIP_HEADER_PROXY_AUTHENTICATE};
    struct hf_slice next = sip_next_nonce(message);
    struct challenge challenge;

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct challenges challenges = sip_challenges(message, headers[i]);

        while (sip_challenges_next(&challenges, &challenge))
            note_nonce(witness, index, challenge.nonce, message, packet);
    }
    if (next.len > 0)
        note_nonce(witness, index, next, message, packet);
}

/* The longest life that an answer may be taken to give: that of our Contact if it is there, else
 * the longest that anything in it speaks of. */
static uint32_t granted_seconds(const struct seen_request *request,
                                const struct sip_message *message) {
    struct sip_values values = sip_values(message, SIP_HEADER_CONTACT);
    uint32_t otherwise = request->asked, longest = 0, own = 0;
    bool is_there = false;
    struct contact contact;
    struct hf_slice value;

    (void)sip_seconds_read(message, SIP_HEADER_EXPIRES, &otherwise);
    while (sip_values_next(&values, &value)) {
        if (!contact_parse(value, &contact) || contact.star)
            continue;
        uint32_t seconds = contact.has_expires ? contact.expires : otherwise;

        if (slice_equal(contact.address.uri, slice_from(request->contact))) {
            is_there = true;
            own = seconds > own ? seconds : own;
        }
        longest = seconds > longest ? seconds : longest;
    }
    if (is_there)
        return own;
    return longest > otherwise ? longest : otherwise;
}

static void note_grant(struct seen_account *account, struct seen_request *request, bool late,
                       const struct sip_message *message, hf_time now) {
    struct seen_place *place = witness_place(account, &request->to, request->call);
    uint32_t seconds = granted_seconds(request, message);

    if (seconds > LIMIT_GRANTED_SECONDS)
        seconds = LIMIT_GRANTED_SECONDS;
    if (late && seconds == 0) /* its failure was told before */
        return;
    hf_time end_at = now + seconds * HF_SECOND;

    /* Whoever no longer waits for this answer goes by what it had before; so does who is granted
     * nothing at all, which the server may not have meant. */
    if ((late || *witness_latest(account, request->call) != request || seconds == 0) &&
        end_at < place->granted_end_at)
        end_at = place->granted_end_at;
    place->granted_end_at = end_at;
    for (int i = 0; i < WITNESS_LEGS; i++)
        account->legs[i].granted_nothing =
            seconds == 0 || (account->rules.concurrent && account->legs[i].granted_nothing);
    for (int i = 0; i < WITNESS_PLACES; i++) {
        account->places[i].failed = false;
        account->places[i].in_a_row = 0;
    }
    place->retry_after_at = 0;
    if (seconds > 0)
        account->served_at = now;
    if (seconds == 0) {
        place->failed = true;
        place->failed_at = now;
    }
}

static bool retry_after_of(const struct sip_message *message, hf_time *ret) {
    uint32_t seconds;

    if (!sip_retry_after_read(message, &seconds))
        return false;
    *ret = seconds * HF_SECOND < retry_after_max ? seconds * HF_SECOND : retry_after_max;
    return true;
}

/* The accounts of a process may tell each other of a server's health. */
static void note_retry_after(struct witness *witness, uint32_t process,
                             const struct sip_message *message, hf_time now) {
    hf_time span;

    if (message->status < 300 || !retry_after_of(message, &span))
        return;
    for (uint32_t i = 0; i < witness->account_count; i++) {
        struct seen_account *account = witness->accounts[i];

        if (account->process == process && account->retry_after_at < now + span)
            account->retry_after_at = now + span;
    }
}

static void note_failure(struct seen_account *account, const struct seen_request *request,
                         const struct sip_message *message, hf_time now) {
    struct seen_place *place = witness_place(account, &request->to, request->call);
    hf_time span;

    place->failed = true;
    place->failed_at = place->answered_at = now;
    place->retry_after_at = retry_after_of(message, &span) ? now + span : 0;
}

/* Its attempt has failed meanwhile (ICMP, say): nobody waits for an answer any more. */
static bool is_given_up(const struct seen_account *account, const struct seen_request *request) {
    const struct seen_leg *leg = &account->legs[0];

    return !account->rules.concurrent && leg->looked && leg->last.failures > request->failures;
}

void witness_answer_arrived(struct witness *witness, uint32_t index,
                            const struct sip_message *message, const struct sim_packet *packet) {
    struct seen_account *account = witness_account(witness, index);
    struct seen_request *request = NULL;
    struct sip_cseq cseq;
    struct via via;

    note_nonces(witness, index, message, packet);
    note_retry_after(witness, packet->process, message, packet->at);
    if (sip_top_via_read(message, &via))
        request = witness_find_request(account, witness_hash(via.branch));
    if (!request || request->answered || !sip_cseq_read(message, &cseq) ||
        cseq.number != request->cseq)
        return;
    if (!request->is_register || cseq.method != SIP_METHOD_REGISTER) {
        request->answered = !request->is_register && message->status >= 200;
        return;
    }
    bool late = packet->at > witness_request_dead_at(request);

    if (message->status < 200) {
        request->provisional = request->provisional || !late;
        return;
    }
    request->answered = true;
    if (message->status < 300) {
        if (!request->removes)
            note_grant(account, request, late, message, packet->at);
    } else if (!late && !is_given_up(account, request) && !request->removes &&
               request == *witness_latest(account, request->call)) {
        note_failure(account, request, message, packet->at);
    }
}
