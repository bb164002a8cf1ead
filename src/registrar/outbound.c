/* Flows (RFC 5626 section 6): a binding that is known by its instance and reg-id, whatever its URI.
 */
#include "registrar/internal.h"
#include "sip/name_addr.h"
#include "sip/response.h"

static bool is_asked(const struct contact *contact, const struct registrar_request *request) {
    return contact->reg_id != 0 && contact->instance.len > 0 &&
           request->fault != REGISTRAR_IGNORES_OUTBOUND &&
           sip_has_option(request->message, SIP_HEADER_SUPPORTED, SLICE("outbound"));
}

static unsigned count_values(const struct sip_message *message, enum sip_header header,
                             struct hf_slice *last) {
    struct sip_values values = sip_values(message, header);
    unsigned count = 0;

    for (struct hf_slice value; sip_values_next(&values, &value); count++)
        *last = value;
    return count;
}

/* The proxy next to the phone keeps the flow, and says so in the Path that it adds: the last, as
 * those after it add theirs before it. */
static bool has_edge(const struct sip_message *message) {
    struct hf_slice last = SLICE_NONE, value;
    struct name_addr address;
    struct sip_uri uri;

    if (count_values(message, SIP_HEADER_VIA, &value) <= 1)
        return true; /* there is none: the flow ends here */
    return count_values(message, SIP_HEADER_PATH, &last) > 0 && name_addr_parse(last, &address) &&
           uri_parse(address.uri, &uri) && uri_parameter(&uri, SLICE("ob"), &value);
}

bool contact_is_flow(const struct contact *contact, const struct registrar_request *request) {
    return is_asked(contact, request) && request->fault != REGISTRAR_LACKS_OUTBOUND &&
           has_edge(request->message);
}

/* Contacts that are to be bound. */
static unsigned count_bound(const struct sip_message *message) {
    struct sip_values values = sip_values(message, SIP_HEADER_CONTACT);
    uint32_t otherwise = 1;
    struct contact contact;
    unsigned count = 0;

    (void)sip_seconds_read(message, SIP_HEADER_EXPIRES, &otherwise);
    for (struct hf_slice value; sip_values_next(&values, &value);)
        if (contact_parse(value, &contact) &&
            (contact.has_expires ? contact.expires : otherwise) > 0)
            count++;
    return count;
}

unsigned check_flow(const struct contact *contact, const struct registrar_request *request) {
    if (!is_asked(contact, request))
        return 0;
    if (!contact_is_flow(contact, request))
        return 439;
    return count_bound(request->message) > 1 ? 400 : 0;
}

void write_outbound(const struct registrar *registrar, const struct registrar_request *request,
                    struct writer *w) {
    struct sip_values values = sip_values(request->message, SIP_HEADER_CONTACT);
    bool is_flow = false;
    struct contact contact;

    for (struct hf_slice value; !is_flow && sip_values_next(&values, &value);)
        is_flow = contact_parse(value, &contact) && contact_is_flow(&contact, request);
    if (!is_flow)
        return;
    header_write(w, SIP_HEADER_REQUIRE, SLICE("outbound"));
    if (registrar->options.flow_timer > 0)
        header_write_number(w, SIP_HEADER_FLOW_TIMER, registrar->options.flow_timer);
}
