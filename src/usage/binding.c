#include "usage/binding.h"

#include "sip/token.h"

/* How surely a Contact is ours; higher is surer. */
enum match { MATCH_NONE, MATCH_LINE, MATCH_INSTANCE, MATCH_URI };

static bool has_line(const struct sip_uri *uri, uint32_t line) {
    char text[8];
    struct writer w = writer_of(text, sizeof text);
    struct hf_slice value;

    writer_put_hex(&w, line, sizeof text);
    return uri_parameter(uri, SLICE("line"), &value) && slice_equal(value, writer_slice(&w));
}

static enum match match_contact(const struct contact *contact, const struct own_contact *own) {
    struct sip_uri theirs, ours;

    if (contact->star)
        return MATCH_NONE;
    if (slice_equal(contact->address.uri, own->uri))
        return MATCH_URI;
    bool parsed = uri_parse(contact->address.uri, &theirs);

    if (parsed && uri_parse(own->uri, &ours) && uri_equal(&theirs, &ours))
        return MATCH_URI;
    if (own->instance.len > 0 && slice_equal_nocase(contact->instance, own->instance) &&
        contact->reg_id == own->reg_id)
        return MATCH_INSTANCE;
    return parsed && has_line(&theirs, own->line) ? MATCH_LINE : MATCH_NONE;
}

/* The only Contact of the answer, with our user: most likely ours, rewritten on the way. */
static bool may_be_ours(const struct contact *contact, const struct own_contact *own) {
    struct sip_uri theirs, ours;

    return !contact->star && uri_parse(contact->address.uri, &theirs) &&
           uri_parse(own->uri, &ours) && slice_equal(theirs.user, ours.user);
}

static uint32_t bounded(uint32_t seconds) {
    return seconds < LIMIT_GRANTED_SECONDS ? seconds : LIMIT_GRANTED_SECONDS;
}

struct grant binding_grant(const struct sip_message *response, const struct own_contact *own,
                           uint32_t asked_seconds) {
    struct sip_values values = sip_values(response, SIP_HEADER_CONTACT);
    enum match best = MATCH_NONE;
    uint32_t seconds = asked_seconds;
    uint32_t contacts = 0, theirs = 0; /* of one that may be ours */
    struct contact contact;
    struct hf_slice value;

    (void)sip_seconds_read(response, SIP_HEADER_EXPIRES, &seconds);
    const uint32_t otherwise = seconds;

    while (sip_values_next(&values, &value)) {
        contacts++;
        if (!contact_parse(value, &contact))
            continue;
        enum match match = match_contact(&contact, own);
        uint32_t given = contact.has_expires ? contact.expires : otherwise;

        if (match == MATCH_NONE && may_be_ours(&contact, own))
            theirs = given;

        /* An old binding of ours (another port, the same instance) may stand beside the new one
         * with expires=0; among equals the longer life is the live one. */
        if (match > best || (match == best && match != MATCH_NONE && given > seconds)) {
            best = match;
            seconds = given;
        }
    }
    /* Too early a refresh harms nobody, too late a one loses the binding. */
    if (best == MATCH_NONE && contacts == 1 && theirs > 0 && theirs < seconds)
        seconds = theirs;
    if (seconds == 0)
        return (struct grant){.kind = GRANT_NONE};
    return (struct grant){.kind = best == MATCH_NONE ? GRANT_ASSUMED : GRANT_OWN,
                          .contacts = contacts,
                          .seconds = bounded(seconds)};
}

bool binding_contact(const struct sip_message *response, const struct own_contact *own,
                     struct contact *ret) {
    struct sip_values values = sip_values(response, SIP_HEADER_CONTACT);
    enum match best = MATCH_NONE;
    struct contact contact;
    struct hf_slice value;

    while (sip_values_next(&values, &value)) {
        if (!contact_parse(value, &contact) || (contact.has_expires && contact.expires == 0))
            continue;
        const enum match match = match_contact(&contact, own);

        if (match > best) {
            best = match;
            *ret = contact;
        }
    }
    return best != MATCH_NONE;
}

struct strays binding_strays(const struct sip_message *response, const struct own_contact *own) {
    struct sip_values values = sip_values(response, SIP_HEADER_CONTACT);
    struct strays strays = {0};
    struct hf_slice value;
    bool is_ours_there = false;
    struct contact contact;
    struct sip_uri uri;

    while (sip_values_next(&values, &value)) {
        if (!contact_parse(value, &contact))
            continue;
        if (match_contact(&contact, own) == MATCH_URI)
            is_ours_there = true;
        else if (!contact.star && (own->reg_id == 0 || contact.reg_id == 0) &&
                 (!contact.has_expires || contact.expires > 0) &&
                 uri_parse(contact.address.uri, &uri) && has_line(&uri, own->line)) {
            if (strays.count++ == 0)
                strays.first = contact.address.uri;
        }
    }
    return is_ours_there ? strays : (struct strays){0};
}
