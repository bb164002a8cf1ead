/* Requests from outside (RFC 3261 section 8.2): keep-alives are answered, everything that needs a
 * call or a subscription is refused with the code that says so, and nothing is answered that
 * could be used against a third party. */
#include "agent/addressee.h"
#include "agent/internal.h"
#include "sip/name_addr.h"
#include "sip/response.h"
#include "sip/validate.h"
#include "sip/via.h"

static const struct hf_slice allowed_methods = {"OPTIONS, NOTIFY", 15};

/* Those whose NOTIFY is taken outside of a subscription. */
static const struct hf_slice allowed_events = {"keep-alive, message-summary", 27};
static const struct hf_slice taken_events[] = {{"keep-alive", 10}, {"message-summary", 15}};

enum { STRANGERS_ANSWERED_MAX = 100 }; /* a second */

/* We take no body but SDP, and that only once there are calls. */
static bool has_strange_body(const struct sip_message *request) {
    struct hf_slice type = sip_value(request, SIP_HEADER_CONTENT_TYPE);

    return request->body.len > 0 && !slice_starts_with_nocase(type, SLICE("application/sdp")) &&
           !slice_starts_with_nocase(type, SLICE("multipart/"));
}

/* A NOTIFY belongs to no subscription, as we have none: servers send it to see whether we are
 * there, and some tell of voice mail unasked. Where it claims to be of a dialog, that one is over
 * (RFC 6665 section 4.1.3); other events are refused by name (section 4.1.3, 489). */
static unsigned status_for_notify(const struct sip_message *request) {
    struct hf_slice event = sip_value(request, SIP_HEADER_EVENT);
    struct hf_slice tag;

    if (sip_tag_read(request, SIP_HEADER_TO, &tag) && tag.len > 0)
        return 481;
    event = slice_trim(slice_split(&event, ';'));
    for (size_t i = 0; i < sizeof taken_events / sizeof taken_events[0]; i++)
        if (slice_equal_nocase(event, taken_events[i]))
            return 200;
    return event.len > 0 ? 489 : 200;
}

/* What the method comes to; 0: it is to be served. */
static unsigned status_for_method(const struct sip_message *request) {
    switch (request->method) {
    case SIP_METHOD_OPTIONS:
    case SIP_METHOD_NOTIFY:
    case SIP_METHOD_INVITE:
        return 0;
    case SIP_METHOD_BYE:
    case SIP_METHOD_CANCEL:
    case SIP_METHOD_PRACK:
    case SIP_METHOD_UPDATE:
    case SIP_METHOD_INFO:
        return 481;
    case SIP_METHOD_ACK:
    case SIP_METHOD_MESSAGE:
    case SIP_METHOD_PUBLISH:
    case SIP_METHOD_REFER:
    case SIP_METHOD_REGISTER:
    case SIP_METHOD_SUBSCRIBE:
        return 405;
    case SIP_METHOD_OTHER:
        break;
    }
    return 501;
}

/* In the order of RFC 3261 section 8.2: method, addressee, extensions, content. */
static unsigned status_for(const struct sip_message *request, const struct addressee *addressee) {
    unsigned status = status_for_method(request);

    if (status != 0)
        return status;
    if (addressee->is_nobody)
        return 404;
    if (sip_field(request, SIP_HEADER_REQUIRE))
        return 420;
    if (request->method == SIP_METHOD_NOTIFY)
        return status_for_notify(request);
    if (request->method == SIP_METHOD_OPTIONS)
        return 200;
    return has_strange_body(request) ? 415 : 480;
}

static struct hf_slice write_response(struct hf_agent *agent, const struct sip_message *request,
                                      unsigned status, const struct hf_address *from, char *buffer,
                                      size_t size) {
    struct writer w = writer_of(buffer, size);
    struct hf_slice call_id = sip_value(request, SIP_HEADER_CALL_ID);
    char tag[16];
    struct writer wt = writer_of(tag, sizeof tag);
    bool tells_abilities = status == 200 && request->method == SIP_METHOD_OPTIONS;

    /* The same tag for every retransmission, without remembering it (section 8.2.7). */
    writer_put_hex(&wt, hash_bytes(&agent->servers.key, call_id.ptr, call_id.len), sizeof tag);
    response_begin(&w, request, status, SLICE_NONE, writer_slice(&wt), from);
    if (status == 405 || status == 501 || tells_abilities)
        header_write(&w, SIP_HEADER_ALLOW, allowed_methods);
    if (tells_abilities) { /* section 11.2 */
        header_write(&w, SIP_HEADER_ACCEPT, SLICE("application/sdp"));
        header_write(&w, SIP_HEADER_SUPPORTED, SLICE("path"));
    }
    if (status == 489 || tells_abilities)
        header_write(&w, SIP_HEADER_ALLOW_EVENTS, allowed_events);
    if (status == 415)
        header_write(&w, SIP_HEADER_ACCEPT, SLICE("application/sdp"));
    if (status == 420)
        header_write(&w, SIP_HEADER_UNSUPPORTED, sip_value(request, SIP_HEADER_REQUIRE));
    response_end(&w, SLICE_NONE);
    return writer_slice(&w);
}

/* Whoever can forge a sender's address must not get much sent there. */
static bool may_answer_stranger(struct hf_agent *agent, hf_time now) {
    if (now >= agent->strangers_until_at) {
        agent->strangers_until_at = now + HF_SECOND;
        agent->strangers_answered = 0;
    }
    if (agent->strangers_answered >= STRANGERS_ANSWERED_MAX)
        return false;
    agent->strangers_answered++;
    return true;
}

void answer_request(struct hf_agent *agent, const struct sip_message *request,
                    enum sip_parse_result result, hf_path_id path, const struct hf_address *from,
                    bool reliable, hf_time now) {
    char buffer[LIMIT_REQUEST_BYTES];
    struct engine *engine = &agent->engine;
    uint64_t transaction = 0;
    struct via via;

    /* Without a Via an answer would have nowhere to go; that of another SIP version need not be
     * one that we can read. */
    if (request->method == SIP_METHOD_ACK ||
        (result != SIP_PARSE_VERSION && !sip_top_via_read(request, &via)))
        return;
    unsigned status = sip_request_fault(request, result);
    const struct addressee addressee = addressee_of(engine, request, path, from);

    if (addressee.is_guarded)
        status = 403;
    else if (status == 0)
        status = status_for(request, &addressee);
    if (addressee.from_stranger && !may_answer_stranger(agent, now))
        return;
    struct hf_slice response = write_response(agent, request, status, from, buffer, sizeof buffer);

    if (response.len == 0)
        return;
    if (request->method == SIP_METHOD_INVITE || addressee.from_stranger) {
        outbox_send(&engine->outbox, path, from, response);
        return;
    }
    switch (server_transactions_receive(&agent->servers, request, path, from, reliable,
                                        &engine->outbox, &transaction, now)) {
    case SERVER_NEW:
        server_transaction_respond(&agent->servers, transaction, status, response, &engine->outbox,
                                   now);
        break;
    case SERVER_REFUSED:
        outbox_send(&engine->outbox, path, from, response);
        break;
    case SERVER_RETRANSMITTED:
        break;
    }
}
