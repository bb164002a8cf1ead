#include "sip/validate.h"

#include "base/assert.h"
#include "sip/name_addr.h"
#include "sip/token.h"
#include "sip/via.h"

static bool vias_are_right(const struct sip_message *request) {
    struct sip_values values = sip_values(request, SIP_HEADER_VIA);
    struct hf_slice value;
    struct via via;
    unsigned count = 0;

    for (; sip_values_next(&values, &value); count++)
        if (!via_parse(value, &via))
            return false;
    return count > 0;
}

static bool contacts_are_right(const struct sip_message *request) {
    struct sip_values values = sip_values(request, SIP_HEADER_CONTACT);
    struct hf_slice value;
    struct contact contact;
    struct sip_uri uri;

    while (sip_values_next(&values, &value)) {
        if (!contact_parse(value, &contact))
            return false;
        if (!contact.star && !uri_parse(contact.address.uri, &uri))
            return false;
    }
    return true;
}

/* From or To: once, a name-addr whose URI is one. */
static bool party_is_right(const struct sip_message *request, enum sip_header header) {
    const struct sip_field *field = sip_field(request, header);
    struct name_addr address;
    struct sip_uri uri;

    return field && !field->next && name_addr_parse(field->value, &address) &&
           uri_parse(address.uri, &uri);
}

static bool call_id_is_right(const struct sip_message *request) {
    const struct sip_field *field = sip_field(request, SIP_HEADER_CALL_ID);

    return field && !field->next && field->value.len > 0;
}

/* Max-Forwards may be missing (RFC 2543 had none); what is there must be a small number. */
static bool max_forwards_is_right(const struct sip_message *request) {
    const struct sip_field *field = sip_field(request, SIP_HEADER_MAX_FORWARDS);
    uint32_t hops;

    return !field || (!field->next && clamped_number(field->value, &hops) && hops <= 255);
}

static bool cseq_is_right(const struct sip_message *request) {
    struct sip_cseq cseq;

    return sip_cseq_read(request, &cseq) && slice_equal(cseq.method_name, request->method_name);
}

unsigned sip_request_fault(const struct sip_message *request, enum sip_parse_result result) {
    struct sip_uri uri;

    HF_ASSERT(request->is_request && sip_parse_is_usable(result));
    if (result == SIP_PARSE_VERSION)
        return 505;
    if (result != SIP_PARSED || !vias_are_right(request) ||
        !party_is_right(request, SIP_HEADER_FROM) || !party_is_right(request, SIP_HEADER_TO) ||
        !call_id_is_right(request) || !cseq_is_right(request) || !max_forwards_is_right(request) ||
        !contacts_are_right(request))
        return 400;
    if (!uri_parse(request->request_uri, &uri))
        return 400;
    if (uri.scheme == URI_OTHER)
        return 416;
    return uri.headers.len > 0 ? 400 : 0; /* section 19.1.1: no headers in a Request-URI */
}
