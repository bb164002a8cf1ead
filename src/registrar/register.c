/* REGISTER, step by step as RFC 3261 section 10.3 numbers them. */
#include "registrar/internal.h"
#include "sip/name_addr.h"
#include "sip/response.h"

enum { AOR_MAX = 512, USER_MAX = 256, ANSWER_MAX = 8192 };

/* Step 5: the address of record from To, without escapes. */
static bool read_aor(const struct sip_message *message, struct writer *aor, struct writer *user) {
    struct name_addr to;
    struct sip_uri uri;

    if (!name_addr_parse(sip_value(message, SIP_HEADER_TO), &to) || !uri_parse(to.uri, &uri) ||
        (uri.scheme != URI_SIP && uri.scheme != URI_SIPS) || uri.user.len == 0)
        return false;
    write_unescaped(user, uri.user);
    writer_put_slice(aor, writer_slice(user));
    writer_put_char(aor, '@');
    for (size_t i = 0; i < uri.host.len; i++)
        writer_put_char(aor, ascii_lower(uri.host.ptr[i]));
    return !aor->full && !user->full;
}

/* Step 2: extensions that are required of us. */
static bool requires_unknown(const struct sip_message *message, struct writer *unsupported) {
    struct sip_values values = sip_values(message, SIP_HEADER_REQUIRE);
    struct hf_slice value;

    while (sip_values_next(&values, &value)) {
        if (slice_equal_nocase(value, SLICE("path")) ||
            slice_equal_nocase(value, SLICE("outbound")) ||
            slice_equal_nocase(value, SLICE("gruu")))
            continue;
        if (writer_length(unsupported) == 0)
            writer_put_literal(unsupported, "Unsupported: ");
        else
            writer_put_literal(unsupported, ", ");
        writer_put_slice(unsupported, value);
    }
    if (writer_length(unsupported) == 0)
        return false;
    writer_put_literal(unsupported, "\r\n");
    return true;
}

static uint32_t asked_lifetime(const struct registrar *registrar, const struct sip_message *message,
                               const struct contact *contact) {
    uint32_t seconds = registrar->options.expires_default;

    if (contact->has_expires)
        return contact->expires;
    (void)sip_seconds_read(message, SIP_HEADER_EXPIRES, &seconds);
    return seconds;
}

/* The Path that this request came by goes back to those who know it (RFC 3327 section 5.3). */
static void write_routes(const struct registrar *registrar, const struct sip_message *message,
                         struct writer *w) {
    char buffer[PATH_TEXT_MAX];
    struct hf_slice path;

    if (sip_has_option(message, SIP_HEADER_SUPPORTED, SLICE("path")) &&
        read_path(message, buffer, &path) && path.len > 0)
        header_write(w, SIP_HEADER_PATH, path);
    if (registrar->service_route)
        header_write(w, SIP_HEADER_SERVICE_ROUTE, slice_from(registrar->service_route));
}

static bool is_out_of_order(const struct bound *bound, const struct registrar_request *request,
                            uint32_t cseq) {
    return slice_equal(bound_call_id(bound), sip_value(request->message, SIP_HEADER_CALL_ID)) &&
           cseq <= bound->cseq;
}

/* Step 6: "*" must stand alone, with Expires 0; all go or none. */
static unsigned remove_all(struct registrar *registrar, struct record *record,
                           const struct registrar_request *request, unsigned contacts,
                           uint32_t cseq) {
    uint32_t expires = 1;

    if (contacts != 1 || !sip_seconds_read(request->message, SIP_HEADER_EXPIRES, &expires) ||
        expires != 0)
        return 400;
    for (struct list_node *node = record->bindings.next; node != &record->bindings;
         node = node->next)
        if (is_out_of_order(CONTAINER_OF(node, struct bound, in_record), request, cseq))
            return 500;
    while (!list_is_empty(&record->bindings))
        bound_remove(registrar,
                     CONTAINER_OF(list_first(&record->bindings), struct bound, in_record));
    return 200;
}

/* Step 7, for one Contact; 0 = go on. *added counts those of this request that are new. */
static unsigned check_contact(const struct registrar *registrar, const struct record *record,
                              const struct registrar_request *request,
                              const struct contact *contact, uint32_t cseq, unsigned *added) {
    uint32_t seconds = asked_lifetime(registrar, request->message, contact);
    const struct bound *bound = record_match(record, contact, request);
    const unsigned lacking = check_flow(contact, request);
    struct sip_uri uri;

    if (!uri_parse(contact->address.uri, &uri))
        return 400;
    if (lacking != 0)
        return lacking;
    if (seconds > 0 &&
        (seconds < registrar->options.expires_min || request->fault == REGISTRAR_TOO_BRIEF))
        return 423;
    if (!bound && seconds > 0 && record->count + (*added)++ >= registrar->options.contacts_max)
        return 403;
    return bound && is_out_of_order(bound, request, cseq) ? 500 : 0;
}

static unsigned store_contact(struct registrar *registrar, struct record *record,
                              const struct registrar_request *request,
                              const struct contact *contact, uint32_t cseq) {
    uint32_t seconds = asked_lifetime(registrar, request->message, contact);
    struct bound *bound = record_match(record, contact, request);

    if (seconds > registrar->options.expires_max)
        seconds = registrar->options.expires_max;
    if (seconds > 1 && request->fault == REGISTRAR_GRANTS_LESS)
        seconds--;
    if (seconds == 0) {
        if (bound)
            bound_remove(registrar, bound);
        return 0;
    }
    return bound_store(registrar, record, bound, contact, request, cseq, seconds) ? 500 : 0;
}

/* All Contacts are checked before the first is stored: the request succeeds or fails whole. */
static unsigned update(struct registrar *registrar, struct record *record,
                       const struct registrar_request *request, uint32_t cseq) {
    struct hf_slice value;
    struct contact contact;
    unsigned count = 0, added = 0, status = 0;
    char path_buffer[PATH_TEXT_MAX];
    struct hf_slice path;
    bool star = false;

    if (!read_path(request->message, path_buffer, &path))
        return 400;
    for (int round = 0; round < 2; round++) {
        struct sip_values values = sip_values(request->message, SIP_HEADER_CONTACT);

        while (sip_values_next(&values, &value)) {
            if (!contact_parse(value, &contact))
                return 400;
            if (round == 0) {
                count++;
                star |= contact.star;
                if (!contact.star)
                    status = check_contact(registrar, record, request, &contact, cseq, &added);
            } else {
                status = store_contact(registrar, record, request, &contact, cseq);
            }
            if (status != 0)
                return status;
        }
        if (star)
            return remove_all(registrar, record, request, count, cseq);
    }
    return 200;
}

static uint32_t least_lifetime(const struct registrar *registrar,
                               const struct registrar_request *request) {
    uint32_t seconds = registrar->options.expires_default;

    if (request->fault != REGISTRAR_TOO_BRIEF)
        return registrar->options.expires_min;
    (void)sip_seconds_read(request->message, SIP_HEADER_EXPIRES, &seconds);
    return seconds < UINT32_MAX ? seconds + 1 : seconds;
}

static void answer_updated(struct registrar *registrar, const struct registrar_request *request,
                           const struct record *record, unsigned status) {
    char extra[ANSWER_MAX];
    struct writer w = writer_of(extra, sizeof extra);

    if (status == 423) {
        header_write_number(&w, SIP_HEADER_MIN_EXPIRES, least_lifetime(registrar, request));
    } else if (status == 200) {
        list_contacts(registrar, record, request, &w);
        write_routes(registrar, request->message, &w);
        write_outbound(registrar, request, &w);
        if (w.full)
            status = 500;
        else
            registrar->counters.accepted++;
    }
    registrar_answer(registrar, request, status, writer_slice(&w));
}

static void answer_challenge(struct registrar *registrar, const struct registrar_request *request,
                             bool stale) {
    char extra[2048];
    struct writer w = writer_of(extra, sizeof extra);

    registrar->counters.challenges++;
    registrar_write_challenges(registrar, request, &w, stale);
    registrar_answer(registrar, request, 401, writer_slice(&w));
}

void answer_register(struct registrar *registrar, const struct registrar_request *request) {
    char aor_text[AOR_MAX], user_text[USER_MAX], extra[1024];
    struct writer aor = writer_of(aor_text, sizeof aor_text);
    struct writer user = writer_of(user_text, sizeof user_text);
    struct writer unsupported = writer_of(extra, sizeof extra);
    struct sip_cseq cseq;

    registrar->counters.registers++;
    if (!sip_cseq_read(request->message, &cseq) || !read_aor(request->message, &aor, &user)) {
        registrar_answer(registrar, request, 400, SLICE_NONE);
        return;
    }
    if (requires_unknown(request->message, &unsupported)) {
        registrar_answer(registrar, request, 420, writer_slice(&unsupported));
        return;
    }
    struct record *record = record_take(registrar, writer_slice(&aor));

    if (!record) {
        registrar_answer(registrar, request, 500, SLICE_NONE);
        return;
    }
    enum authenticity whose =
        request->fault == REGISTRAR_STALE
            ? CHALLENGE_STALE
            : registrar_authenticate(registrar, request, writer_slice(&user), record);

    if (whose == CHALLENGE || whose == CHALLENGE_STALE)
        answer_challenge(registrar, request, whose == CHALLENGE_STALE);
    else if (whose == FORBIDDEN)
        registrar_answer(registrar, request, 403, SLICE_NONE);
    else
        answer_updated(registrar, request, record, update(registrar, record, request, cseq.number));
    record_free_if_empty(registrar, record, request->now);
}
