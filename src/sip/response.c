#include "sip/response.h"

#include "sip/name_addr.h"
#include "sip/via.h"

struct reason {
    unsigned status;
    struct hf_slice text;
};

#define REASON(code, phrase)                                                                       \
    {                                                                                              \
        code, {                                                                                    \
            phrase, sizeof(phrase) - 1                                                             \
        }                                                                                          \
    }

static const struct reason reasons[] = {
    REASON(100, "Trying"),
    REASON(180, "Ringing"),
    REASON(200, "OK"),
    REASON(202, "Accepted"),
    REASON(300, "Multiple Choices"),
    REASON(301, "Moved Permanently"),
    REASON(302, "Moved Temporarily"),
    REASON(305, "Use Proxy"),
    REASON(380, "Alternative Service"),
    REASON(400, "Bad Request"),
    REASON(401, "Unauthorized"),
    REASON(402, "Payment Required"),
    REASON(403, "Forbidden"),
    REASON(404, "Not Found"),
    REASON(405, "Method Not Allowed"),
    REASON(406, "Not Acceptable"),
    REASON(407, "Proxy Authentication Required"),
    REASON(408, "Request Timeout"),
    REASON(410, "Gone"),
    REASON(412, "Conditional Request Failed"),
    REASON(413, "Request Entity Too Large"),
    REASON(414, "Request-URI Too Long"),
    REASON(415, "Unsupported Media Type"),
    REASON(416, "Unsupported URI Scheme"),
    REASON(420, "Bad Extension"),
    REASON(421, "Extension Required"),
    REASON(423, "Interval Too Brief"),
    REASON(430, "Flow Failed"),
    REASON(437, "Unsupported Certificate"),
    REASON(439, "First Hop Lacks Outbound Support"),
    REASON(480, "Temporarily Unavailable"),
    REASON(481, "Call/Transaction Does Not Exist"),
    REASON(482, "Loop Detected"),
    REASON(483, "Too Many Hops"),
    REASON(484, "Address Incomplete"),
    REASON(486, "Busy Here"),
    REASON(487, "Request Terminated"),
    REASON(488, "Not Acceptable Here"),
    REASON(489, "Bad Event"),
    REASON(491, "Request Pending"),
    REASON(494, "Security Agreement Required"),
    REASON(500, "Server Internal Error"),
    REASON(501, "Not Implemented"),
    REASON(502, "Bad Gateway"),
    REASON(503, "Service Unavailable"),
    REASON(504, "Server Time-out"),
    REASON(505, "Version Not Supported"),
    REASON(513, "Message Too Large"),
    REASON(580, "Precondition Failure"),
    REASON(600, "Busy Everywhere"),
    REASON(603, "Decline"),
    REASON(604, "Does Not Exist Anywhere"),
    REASON(606, "Not Acceptable"),
};

struct hf_slice sip_reason(unsigned status) {
    static const struct hf_slice by_class[] = {
        {"Unknown", 7},       {"Progress", 8},      {"Success", 7},        {"Redirection", 11},
        {"Client Error", 12}, {"Server Error", 12}, {"Global Failure", 14}};

    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].status == status)
            return reasons[i].text;
    return by_class[status >= 100 && status < 700 ? status / 100 : 0];
}

void header_write(struct writer *w, enum sip_header header, struct hf_slice value) {
    writer_put_slice(w, sip_header_name(header));
    writer_put_literal(w, ": ");
    writer_put_slice(w, value);
    writer_put_literal(w, "\r\n");
}

void header_write_number(struct writer *w, enum sip_header header, uint64_t value) {
    writer_put_slice(w, sip_header_name(header));
    writer_put_literal(w, ": ");
    writer_put_number(w, value);
    writer_put_literal(w, "\r\n");
}

static void write_vias(struct writer *w, const struct sip_message *request,
                       const struct hf_address *from, const uint32_t *keep) {
    struct sip_values values = sip_values(request, SIP_HEADER_VIA);
    struct hf_slice value;

    for (bool first = true; sip_values_next(&values, &value); first = false) {
        writer_put_literal(w, "Via: ");
        if (first && keep)
            via_write_keeping(w, value, from, *keep);
        else if (first)
            via_write_received(w, value, from);
        else
            writer_put_slice(w, value);
        writer_put_literal(w, "\r\n");
    }
}

static void write_to(struct writer *w, const struct sip_message *request, struct hf_slice to_tag) {
    struct hf_slice tag;

    if (!sip_field(request, SIP_HEADER_TO))
        return;
    writer_put_literal(w, "To: ");
    writer_put_slice(w, sip_value(request, SIP_HEADER_TO));
    if (to_tag.len > 0 && sip_tag_read(request, SIP_HEADER_TO, &tag) && tag.len == 0) {
        writer_put_literal(w, ";tag=");
        writer_put_slice(w, to_tag);
    }
    writer_put_literal(w, "\r\n");
}

/* A bad request may lack it. */
static void copy_field(struct writer *w, const struct sip_message *request,
                       enum sip_header header) {
    if (sip_field(request, header))
        header_write(w, header, sip_value(request, header));
}

void response_begin_keeping(struct writer *w, const struct sip_message *request, unsigned status,
                            struct hf_slice reason, struct hf_slice to_tag,
                            const struct hf_address *from, const uint32_t *keep) {
    writer_put_literal(w, "SIP/2.0 ");
    writer_put_number(w, status);
    writer_put_char(w, ' ');
    writer_put_slice(w, reason.len > 0 ? reason : sip_reason(status));
    writer_put_literal(w, "\r\n");
    write_vias(w, request, from, keep);
    copy_field(w, request, SIP_HEADER_FROM);
    write_to(w, request, to_tag);
    copy_field(w, request, SIP_HEADER_CALL_ID);
    copy_field(w, request, SIP_HEADER_CSEQ);
}

void response_begin(struct writer *w, const struct sip_message *request, unsigned status,
                    struct hf_slice reason, struct hf_slice to_tag, const struct hf_address *from) {
    response_begin_keeping(w, request, status, reason, to_tag, from, NULL);
}

void response_end(struct writer *w, struct hf_slice body) {
    header_write_number(w, SIP_HEADER_CONTENT_LENGTH, body.len);
    writer_put_literal(w, "\r\n");
    writer_put_slice(w, body);
}
