/* Requests from outside (RFC 3261 section 8.2): keep-alives are answered, everything that needs a
 * call or a subscription is refused with the code that says so, and nothing is answered that
 * could be used against a third party. */
#include "agent/internal.h"
#include "sip/response.h"
#include "sip/validate.h"
#include "sip/via.h"

static const struct hf_slice allowed_methods = {"OPTIONS, NOTIFY", 15};

/* We take no body but SDP, and that only once there are calls. */
static bool has_strange_body(const struct sip_message *request) {
    struct hf_slice type = sip_value(request, SIP_HEADER_CONTENT_TYPE);

    return request->body.len > 0 && !slice_starts_with_nocase(type, SLICE("application/sdp")) &&
           !slice_starts_with_nocase(type, SLICE("multipart/"));
}

static unsigned status_for(const struct sip_message *request, enum sip_parse_result result) {
    unsigned fault = sip_request_fault(request, result);

    if (fault != 0)
        return fault;
    if (sip_field(request, SIP_HEADER_REQUIRE))
        return 420;
    switch (request->method) {
    case SIP_METHOD_OPTIONS:
    case SIP_METHOD_NOTIFY: /* keep-alives of servers; there are no subscriptions to match */
        return 200;
    case SIP_METHOD_INVITE:
        return has_strange_body(request) ? 415 : 480;
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

static struct hf_slice write_response(struct hf_agent *agent, const struct sip_message *request,
                                      unsigned status, const struct hf_address *from, char *buffer,
                                      size_t size) {
    struct writer w = writer_of(buffer, size);
    struct hf_slice call_id = sip_value(request, SIP_HEADER_CALL_ID);
    char tag[16];
    struct writer wt = writer_of(tag, sizeof tag);

    /* The same tag for every retransmission, without remembering it (section 8.2.7). */
    writer_put_hex(&wt, hash_bytes(&agent->servers.key, call_id.ptr, call_id.len), sizeof tag);
    response_begin(&w, request, status, SLICE_NONE, writer_slice(&wt), from);
    if (status == 405 || request->method == SIP_METHOD_OPTIONS)
        header_write(&w, SIP_HEADER_ALLOW, allowed_methods);
    if (status == 415)
        header_write(&w, SIP_HEADER_ACCEPT, SLICE("application/sdp"));
    if (status == 420)
        header_write(&w, SIP_HEADER_UNSUPPORTED, sip_value(request, SIP_HEADER_REQUIRE));
    response_end(&w, SLICE_NONE);
    return writer_slice(&w);
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
    unsigned status = status_for(request, result);
    struct hf_slice response = write_response(agent, request, status, from, buffer, sizeof buffer);

    if (response.len == 0)
        return;
    if (request->method == SIP_METHOD_INVITE) {
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
