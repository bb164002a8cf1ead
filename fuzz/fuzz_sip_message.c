/* Any bytes as a message; whatever parses is read field by field, and its answer must parse. */
#include <stdlib.h>

#include "base/assert.h"
#include "sip/name_addr.h"
#include "sip/response.h"
#include "sip/via.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_fields(const struct sip_message *message) {
    struct sip_cseq cseq;
    struct hf_slice tag, value;
    struct contact contact;
    struct sip_uri uri;
    struct via via;
    uint32_t seconds;

    (void)sip_cseq_read(message, &cseq);
    (void)sip_tag_read(message, SIP_HEADER_FROM, &tag);
    (void)sip_tag_read(message, SIP_HEADER_TO, &tag);
    (void)sip_top_via_read(message, &via);
    (void)sip_seconds_read(message, SIP_HEADER_EXPIRES, &seconds);
    (void)sip_retry_after_read(message, &seconds);
    (void)sip_has_option(message, SIP_HEADER_SUPPORTED, SLICE("path"));
    struct sip_values values = sip_values(message, SIP_HEADER_CONTACT);

    while (sip_values_next(&values, &value))
        if (contact_parse(value, &contact) && uri_parse(contact.address.uri, &uri))
            HF_ASSERT(uri_equal(&uri, &uri));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char buffer[1 << 18];
    static struct sip_message message, answer;
    const struct hf_address from = {.family = HF_FAMILY_IPV4, .port = 5060, .ip = {127, 0, 0, 1}};
    struct writer w = writer_of(buffer, sizeof buffer);
    struct hf_slice bytes = slice_of((const char *)data, size);

    if (sip_message_parse(&message, bytes) != SIP_PARSED)
        return 0;
    read_fields(&message);
    if (!message.is_request)
        return 0;
    response_begin(&w, &message, 200, SLICE_NONE, SLICE("t"), &from);
    response_end(&w, SLICE_NONE);
    if (!w.full)
        HF_ASSERT(sip_message_parse(&answer, writer_slice(&w)) == SIP_PARSED);
    return 0;
}
