/* What the witness says of requests on the wire. */
#include "base/address.h"
#include "sim/witness_internal.h"
#include "sip/challenge.h"
#include "sip/name_addr.h"
#include "sip/via.h"

#include <stdio.h>

/* Timers of the engine may be as coarse as this. */
static const hf_time slack = 2 * HF_MILLISECOND;

enum { IN_A_ROW_MAX = 12, BURST_MAX = 60, RATE_PER_SECOND = 4 };

/* Over a connection that may be dead an answer is waited for so long at least; over one that ends
 * none comes. */
hf_time witness_request_dead_at(const struct seen_request *request) {
    if (request->on_stream)
        return request->first_at + request->patience - slack;
    hf_time resend_at = request->last_at + request->interval + slack;
    hf_time end_at = request->first_at + request->timer_f + slack;

    return resend_at < end_at ? resend_at : end_at;
}

static void check_cseq(struct witness *witness, uint32_t index, const struct sip_message *message,
                       hf_time now) {
    struct seen_account *account = witness_account(witness, index);
    uint64_t id = witness_hash(sip_value(message, SIP_HEADER_CALL_ID));
    struct seen_call *call = NULL;
    struct sip_cseq cseq;

    if (!sip_cseq_read(message, &cseq)) {
        witness_object(witness, WITNESS_CONTENT, index, now, "no CSeq");
        return;
    }
    for (int i = 0; i < WITNESS_CALLS; i++)
        if (account->calls[i].id == id)
            call = &account->calls[i];
    if (!call) {
        call = &account->calls[account->next_call++ % WITNESS_CALLS];
        *call = (struct seen_call){.id = id};
    } else if (cseq.number <= call->cseq) {
        witness_object(witness, WITNESS_CSEQ, index, now, "CSeq %u after %u in one Call-ID",
                       cseq.number, call->cseq);
    }
    call->cseq = cseq.number;
}

static void check_resend(struct witness *witness, uint32_t index, struct seen_request *request,
                         const struct sim_packet *packet) {
    hf_time gap = packet->at - request->last_at;
    hf_time doubled = 2 * request->interval;

    if (request->bytes != witness_hash(packet->bytes) || !address_equal(&request->to, &packet->to))
        witness_object(witness, WITNESS_RESEND_BYTES, index, packet->at,
                       "retransmission of CSeq %u differs", request->cseq);
    if (request->on_stream)
        witness_object(witness, WITNESS_RESEND_TIME, index, packet->at,
                       "CSeq %u resent over a connection", request->cseq);
    if (!request->is_register || request->on_stream)
        return;
    if (request->answered)
        witness_object(witness, WITNESS_RESEND_TIME, index, packet->at,
                       "CSeq %u resent after its answer", request->cseq);
    if (gap + slack < request->interval || gap > request->interval + slack)
        witness_object(witness, WITNESS_RESEND_TIME, index, packet->at,
                       "CSeq %u resent after %.3f s, not %.3f s", request->cseq, (double)gap / 1e6,
                       (double)request->interval / 1e6);
    if (packet->at > request->first_at + request->timer_f + slack)
        witness_object(witness, WITNESS_RESEND_TIME, index, packet->at,
                       "CSeq %u resent after Timer F", request->cseq);
    request->resends++;
    request->last_at = packet->at;
    request->interval = request->provisional || doubled > request->t2 ? request->t2 : doubled;
}

/* The next place; what may still be resent is not given up yet, unless all may. */
static struct seen_request *free_request(struct seen_account *account, bool is_register,
                                         hf_time now) {
    unsigned first = is_register ? 0 : WITNESS_REGISTERS;
    unsigned count = is_register ? WITNESS_REGISTERS : WITNESS_OTHERS;
    unsigned *next = is_register ? &account->next_register : &account->next_other;

    for (unsigned tries = 0; tries < count; tries++) {
        struct seen_request *request = &account->requests[first + (*next)++ % count];

        if (request->branch == 0 || request->answered || request->first_at + request->timer_f < now)
            return request;
    }
    return &account->requests[first + (*next)++ % count]; /* the oldest */
}

static struct seen_request *note_request(struct seen_account *account, uint64_t branch,
                                         const struct sip_message *message,
                                         const struct sim_packet *packet) {
    struct seen_request *request =
        free_request(account, message->method == SIP_METHOD_REGISTER, packet->at);
    uint32_t expires = UINT32_MAX;
    struct contact contact;
    struct sip_cseq cseq;
    struct via via;

    (void)sip_seconds_read(message, SIP_HEADER_EXPIRES, &expires);
    bool known = sip_top_via_read(message, &via);
    for (int i = 0; i < WITNESS_LEGS; i++)
        if (account->latest[i].request == request)
            account->latest[i].request = NULL;
    *request = (struct seen_request){
        .branch = branch,
        .bytes = witness_hash(packet->bytes),
        .cseq = sip_cseq_read(message, &cseq) ? cseq.number : 0,
        .to = packet->to,
        .first_at = packet->at,
        .last_at = packet->at,
        .interval = account->rules.t1,
        .t2 = account->rules.t2,
        .timer_f = account->rules.timer_f,
        .patience = account->rules.patience_min,
        .call = witness_hash(sip_value(message, SIP_HEADER_CALL_ID)),
        .on_stream = known && !slice_equal(via.transport, SLICE("UDP")),
        .is_register = message->method == SIP_METHOD_REGISTER,
        .removes = expires == 0 || sip_value(message, SIP_HEADER_CONTACT).len == 0,
        .was_bound = witness_is_bound(account, packet->at),
        .failures = account->legs[0].last.failures,
        .asked = expires,
    };
    if (contact_parse(sip_value(message, SIP_HEADER_CONTACT), &contact) && !contact.star)
        (void)snprintf(request->contact, sizeof request->contact, "%.*s",
                       SLICE_ARGS(contact.address.uri));
    return request;
}

/* The long run: whatever happens, requests to one place come in no storm. */
static void check_rate(struct witness *witness, uint32_t index, struct seen_place *place,
                       hf_time now) {
    double gone = (double)(now - place->level_at) / 1e6 * RATE_PER_SECOND;

    place->level = place->level > gone ? place->level - gone : 0;
    place->level_at = now;
    place->level += 1;
    if (place->level > BURST_MAX)
        witness_object(witness, WITNESS_STORM, index, now, "more than %d requests a second",
                       RATE_PER_SECOND);
}

/* An IPv6 address that was not known yet when the IPv4 one was asked, as the last candidate then:
 * answers for it are not waited for long (target/locate.c). */
static bool is_late_address(const struct witness *witness, const struct seen_request *before,
                            const struct sim_packet *packet) {
    return witness->ipv6_comes_late && before->to.family == HF_FAMILY_IPV4 &&
           packet->to.family == HF_FAMILY_IPV6;
}

/* The last candidate alone gets the full time: who was given more than the retry count, in vain,
 * is followed by a pause. */
static void check_resend_count(struct witness *witness, uint32_t index,
                               const struct seen_request *before, const struct sim_packet *packet) {
    const struct witness_rules *rules = &witness_account(witness, index)->rules;

    if (before && !before->answered && !before->was_bound && !before->provisional &&
        before->resends > rules->retry_counts && !address_equal(&before->to, &packet->to) &&
        !is_late_address(witness, before, packet) &&
        packet->at >= before->first_at + before->timer_f &&
        packet->at < before->first_at + before->timer_f + HF_SECOND / 2)
        witness_object(witness, WITNESS_RESEND_COUNT, index, packet->at,
                       "CSeq %u was resent %u times and was not the last one tried", before->cseq,
                       before->resends);
}

static void check_waits(struct witness *witness, uint32_t index, const struct seen_place *place,
                        hf_time now) {
    struct seen_account *account = witness_account(witness, index);
    const struct witness_rules *rules = &account->rules;
    hf_time wait = rules->wait_min;

    if (rules->rejected_wait > 0 && rules->rejected_wait < wait)
        wait = rules->rejected_wait > HF_SECOND ? rules->rejected_wait : HF_SECOND;
    const struct seen_leg *leg = &account->legs[0];

    if (leg->looked && !account->owner_acted && !rules->concurrent &&
        (leg->last.state == HF_STATE_WAITING || leg->last.state == HF_STATE_REJECTED) &&
        now < leg->last.next_attempt_at)
        witness_object(witness, WITNESS_TOO_EARLY, index, now,
                       "a REGISTER before the end of the wait that its state told of");
    if (rules->paced && place->failed_at == place->answered_at)
        return; /* it may be the answer to a challenge, at its turn */
    if (place->failed && (rules->single || !witness_is_bound(account, place->failed_at)) &&
        now + slack < place->failed_at + wait)
        witness_object(witness, WITNESS_TOO_EARLY, index, now,
                       "asked again %.3f s after a failure, the wait is at least %.3f s",
                       (double)(now - place->failed_at) / 1e6, (double)wait / 1e6);
    if (rules->single && now + slack < place->retry_after_at)
        witness_object(witness, WITNESS_RETRY_AFTER, index, now,
                       "asked again %.3f s before the end of Retry-After",
                       (double)(place->retry_after_at - now) / 1e6);
}

static void check_binding_request(struct witness *witness, uint32_t index,
                                  struct seen_request *request, const struct sim_packet *packet) {
    struct seen_account *account = witness_account(witness, index);
    struct seen_place *place = witness_place(account, &packet->to, request->call);
    hf_time now = packet->at;

    if (account->gone)
        witness_object(witness, WITNESS_GONE, index, now, "CSeq %u binds, but the account is gone",
                       request->cseq);
    else if (!account->wanted)
        witness_object(witness, WITNESS_NOT_WANTED, index, now,
                       "CSeq %u binds, but nobody wants it", request->cseq);
    if (place->answered_at == now && now > 0) {
        if (++place->in_a_row > IN_A_ROW_MAX)
            witness_object(witness, WITNESS_ENDLESS, index, now, "%u requests in one exchange",
                           place->in_a_row);
    } else {
        check_rate(witness, index, place, now);
        check_resend_count(witness, index, *witness_latest(account, request->call), packet);
        check_waits(witness, index, place, now);
        place->in_a_row = 0;
    }
    place->failed = false;
    *witness_latest(account, request->call) = request;
}

static void new_request(struct witness *witness, uint32_t index, uint64_t branch,
                        const struct sip_message *message, const struct sim_packet *packet) {
    struct seen_account *account = witness_account(witness, index);
    struct seen_request *before;

    check_cseq(witness, index, message, packet->at);
    witness_check_credentials(witness, index, message, packet);
    if (message->method != SIP_METHOD_REGISTER) {
        if (account->gone)
            witness_object(witness, WITNESS_GONE, index, packet->at, "sends %.*s, but is gone",
                           SLICE_ARGS(message->method_name));
        (void)note_request(account, branch, message, packet);
        return;
    }
    before = *witness_latest(account, witness_hash(sip_value(message, SIP_HEADER_CALL_ID)));
    /* Over a connection that was lost or dead a request goes out once more, over another. */
    bool at_once = before && packet->at < before->first_at + account->rules.wait_min;
    bool resumes = before && !before->answered && before->on_stream && !before->resumes &&
                   address_equal(&before->to, &packet->to);

    struct seen_request *request = note_request(account, branch, message, packet);

    /* Silence until the next request: the place failed when it was last heard of. What is removed
     * in the background says nothing of what is made, and a late 200 to a former request ends the
     * wait. */
    if (before && before != request && !before->answered && !resumes && !request->removes &&
        account->served_at <= before->last_at) {
        struct seen_place *place = witness_place(account, &before->to, before->call);

        place->failed = true;
        place->failed_at = before->last_at;
    }
    witness_check_flow(witness, index, message, packet->at);
    request->resumes = resumes && at_once; /* else it is another attempt, after the wait */
    if (!request->removes)
        check_binding_request(witness, index, request, packet);
}

void witness_request_sent(struct witness *witness, uint32_t index,
                          const struct sip_message *message, const struct sim_packet *packet) {
    struct seen_account *account = witness_account(witness, index);
    struct via via;

    if (!sip_top_via_read(message, &via) || via.branch.len == 0) {
        witness_object(witness, WITNESS_CONTENT, index, packet->at, "no branch");
        return;
    }
    uint64_t branch = witness_hash(via.branch);
    struct seen_request *known = witness_find_request(account, branch);

    if (known)
        check_resend(witness, index, known, packet);
    else
        new_request(witness, index, branch, message, packet);
}

/* A Call-ID that is new (after a restart, or a change of settings) goes on with the nonces that the
 * former one was given. */
static struct seen_nonce *counted_nonce(struct witness *witness, uint32_t index,
                                        struct seen_nonce *known, uint64_t hash) {
    struct seen_nonce *counted = witness_find_nonce(witness, index, hash);

    if (!counted)
        counted = witness_note_nonce(witness, index, hash, known->group);
    return counted ? counted : known;
}

static void check_credential(struct witness *witness, uint32_t index, struct hf_slice value,
                             const struct sip_message *message, const struct sim_packet *packet) {
    const struct seen_account *account = witness_account(witness, index);
    struct credentials credentials;

    if (!credentials_parse(value, &credentials)) {
        witness_object(witness, WITNESS_CONTENT, index, packet->at, "broken credentials");
        return;
    }
    struct seen_nonce *nonce = witness_find_nonce(witness, index, witness_hash(credentials.nonce));

    if (!nonce) {
        witness_object(witness, WITNESS_NONCE_UNKNOWN, index, packet->at,
                       "a nonce that nobody gave it: %.*s", SLICE_ARGS(credentials.nonce));
        return;
    }
    nonce = counted_nonce(witness, index, nonce,
                          witness_nonce_hash(account, credentials.nonce, message));
    if (credentials.nc > 0 && credentials.nc <= nonce->count)
        witness_object(witness, WITNESS_NONCE_COUNT, index, packet->at, "nc %u after %u",
                       credentials.nc, nonce->count);
    nonce->count = credentials.nc;
    if (packet->server != SIM_NONE && packet->server < witness->server_count &&
        witness->groups[packet->server] != nonce->group && !account->rules.proxied)
        witness_object(witness, WITNESS_CREDENTIALS, index, packet->at,
                       "credentials for servers of group %u sent to server %u", nonce->group,
                       packet->server);
}

void witness_check_credentials(struct witness *witness, uint32_t index,
                               const struct sip_message *message, const struct sim_packet *packet) {
    static const enum sip_header headers[] = {SIP_HEADER_AUTHORIZATION,
                                              SIP_HEADER_PROXY_AUTHORIZATION};

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        for (const struct sip_field *field = sip_field(message, headers[i]); field;
             field = sip_field_next(message, field))
            check_credential(witness, index, field->value, message, packet);
}
