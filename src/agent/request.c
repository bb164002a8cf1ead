/* Requests from outside (RFC 3261 section 8.2): keep-alives are answered, everything that needs a
 * call or a subscription is refused with the code that says so, and nothing is answered that
 * could be used against a third party. */
#include "agent/internal.h"
#include "sip/name_addr.h"
#include "sip/response.h"
#include "sip/via.h"

static const struct hf_slice allowed_methods = {"OPTIONS, NOTIFY", 15};

/* What every request must have (section 8.1.1). */
static bool is_well_formed(const struct sip_message *request) {
    struct sip_cseq cseq;
    struct hf_slice tag;
    struct via via;

    return sip_top_via_read(request, &via) && sip_cseq_read(request, &cseq) &&
           slice_equal(cseq.method_name, request->method_name) &&
           sip_value(request, SIP_HEADER_CALL_ID).len > 0 &&
           sip_tag_read(request, SIP_HEADER_FROM, &tag) &&
           sip_tag_read(request, SIP_HEADER_TO, &tag);
}

static unsigned status_for(const struct sip_message *request) {
    struct sip_uri uri;

    if (!uri_parse(request->request_uri, &uri))
        return 400;
    if (uri.scheme != URI_SIP && uri.scheme != URI_SIPS && uri.scheme != URI_TEL)
        return 416;
    if (sip_field(request, SIP_HEADER_REQUIRE))
        return 420;
    switch (request->method) {
    case SIP_METHOD_OPTIONS:
    case SIP_METHOD_NOTIFY: /* keep-alives of servers; there are no subscriptions to match */
        return 200;
    case SIP_METHOD_INVITE:
        return 480;
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
    if (status == 420)
        header_write(&w, SIP_HEADER_UNSUPPORTED, sip_value(request, SIP_HEADER_REQUIRE));
    response_end(&w, SLICE_NONE);
    return writer_slice(&w);
}

void answer_request(struct hf_agent *agent, const struct sip_message *request, hf_path_id path,
                    const struct hf_address *from, bool reliable, hf_time now) {
    char buffer[LIMIT_REQUEST_BYTES];
    struct engine *engine = &agent->engine;
    uint64_t transaction = 0;

    if (request->method == SIP_METHOD_ACK || !is_well_formed(request))
        return;
    unsigned status = status_for(request);
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
