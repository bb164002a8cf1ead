#include "usage/probe.h"

#include "sip/name_addr.h"
#include "sip/response.h"

static const struct hf_slice default_user_agent = {"holdfast", 8};

void probe_init(struct probe *probe, struct random *random) {
    *probe = (struct probe){
        .call_id = {random_next(random), random_next(random)},
        .tag = random_next(random),
    };
}

static enum sip_method method_of(enum setting_keep_alive kind) {
    switch (kind) {
    case KEEP_ALIVE_OPTIONS:
        return SIP_METHOD_OPTIONS;
    case KEEP_ALIVE_NOTIFY:
        return SIP_METHOD_NOTIFY;
    case KEEP_ALIVE_OFF:
    case KEEP_ALIVE_PACKET:
    case KEEP_ALIVE_EMPTY:
    case KEEP_ALIVE_STUN:
        break;
    }
    return SIP_METHOD_OTHER;
}

struct probe_policy probe_policy(const struct hf_settings *settings) {
    struct probe_policy policy = {
        .method =
            method_of((enum setting_keep_alive)settings_word(settings, SETTING_KEEP_ALIVE, 0)),
        .interval = settings_duration(settings, SETTING_KEEP_ALIVE_INTERVAL, 0),
        .max_tries = (uint32_t)settings_number(settings, SETTING_KEEP_ALIVE_MAX_TRIES, 0),
    };

    if (policy.method != SIP_METHOD_OTHER)
        return policy;
    return (struct probe_policy){
        .method =
            method_of((enum setting_keep_alive)settings_word(settings, SETTING_NAT_KEEP_ALIVE, 0)),
        .interval = settings_duration(settings, SETTING_NAT_KEEP_ALIVE_INTERVAL, 0),
    };
}

/* CSeq stays below 2^31 (RFC 3261 section 8.1.1.5); what comes after that is another series. */
uint32_t probe_next_cseq(struct probe *probe, struct random *random) {
    if (probe->cseq >= INT32_MAX)
        probe_init(probe, random);
    return ++probe->cseq;
}

/* From is the account; To is whom the Request-URI names, and has no tag: there is no dialog. */
static void write_identity(const struct probe *probe, const struct exchange_place *place,
                           struct hf_slice method, struct writer *w) {
    writer_put_literal(w, "From: ");
    write_display_name(w, settings_text(place->settings, SETTING_DISPLAY_NAME, 0));
    writer_put_char(w, '<');
    aor_write(w, place);
    writer_put_literal(w, ">;tag=");
    writer_put_hex(w, probe->tag, 16);
    writer_put_literal(w, "\r\nTo: <");
    registrar_uri_write(w, place);
    writer_put_literal(w, ">\r\nCall-ID: ");
    writer_put_hex(w, probe->call_id[0], 16);
    writer_put_hex(w, probe->call_id[1], 16);
    writer_put_literal(w, "\r\nCSeq: ");
    writer_put_number(w, probe->cseq);
    writer_put_char(w, ' ');
    writer_put_slice(w, method);
    writer_put_literal(w, "\r\n");
}

struct hf_slice probe_request(const struct probe *probe, const struct registration *registration,
                              const struct exchange_place *place, const char *branch, char *buffer,
                              size_t size) {
    char target[TARGET_URI_MAX];
    struct writer w = writer_of(buffer, size), wt = writer_of(target, sizeof target);
    enum sip_method method = probe_policy(place->settings).method;
    struct hf_slice name = method == SIP_METHOD_NOTIFY ? SLICE("NOTIFY") : SLICE("OPTIONS");
    struct hf_slice user_agent = settings_text(place->settings, SETTING_USER_AGENT, 0);

    if (method == SIP_METHOD_OTHER)
        return SLICE_NONE;
    writer_put_slice(&w, name);
    writer_put_char(&w, ' ');
    registrar_uri_write(&wt, place);
    request_uri_write(&w, place, writer_slice(&wt));
    writer_put_literal(&w, " SIP/2.0\r\n");
    routing_headers_write(&w, place, writer_slice(&wt), branch);
    write_identity(probe, place, name, &w);
    writer_put_literal(&w, "Contact: <");
    if (place->gruu.len > 0)
        writer_put_slice(&w, place->gruu);
    else
        contact_uri_write(&w, registration, place->settings, &place->contact_at, place->transport);
    writer_put_literal(&w, ">\r\n");
    if (method == SIP_METHOD_NOTIFY) {
        /* In no subscription; RFC 6665 section 8.2.1 wants both header fields all the same. */
        header_write(&w, SIP_HEADER_EVENT, SLICE("keep-alive"));
        header_write(&w, SIP_HEADER_SUBSCRIPTION_STATE, SLICE("active"));
    } else {
        header_write(&w, SIP_HEADER_ACCEPT, SLICE("application/sdp"));
    }
    header_write(&w, SIP_HEADER_USER_AGENT, user_agent.len > 0 ? user_agent : default_user_agent);
    response_end(&w, SLICE_NONE);
    return writer_slice(&w);
}
