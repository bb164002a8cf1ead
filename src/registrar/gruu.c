/* Globally routable URIs for one device of an address of record (RFC 5627 section 5.4). The public
 * one is made of both; the temporary ones are numbered, and each is a keyed hash of its number and
 * of what it stands for, so that none need be kept: they are void with the Call-ID. */
#include "base/hash.h"
#include "registrar/internal.h"
#include "sip/name_addr.h"
#include "sip/token.h"
#include "sip/uri.h"

enum { GRUUS_FOLLOWED = 1000, MARK_DIGITS = 16, MARK_TEXT_MAX = 2048 };

static const struct hf_slice temporary_prefix = {"tgruu.", 6};

/* A quoted URN in angle brackets, as the phones have it, that can stand in a URI as it is. */
static struct hf_slice urn_of(struct hf_slice instance) {
    if (instance.len < 5 || !slice_starts_with_nocase(instance, SLICE("\"<urn:")))
        return SLICE_NONE;
    const struct hf_slice urn = slice_of(instance.ptr + 2, instance.len - 4);

    for (size_t i = 0; i < urn.len; i++)
        if (urn.ptr[i] <= ' ' || urn.ptr[i] > '~' || strchr("<>\";?,%\\", urn.ptr[i]))
            return SLICE_NONE;
    return urn;
}

void gruus_give(struct bound *bound, bool wanted) {
    if (!wanted || urn_of(bound_instance(bound)).len == 0)
        bound->gruus = 0;
    else if (bound->gruus < GRUUS_FOLLOWED)
        bound->gruus++;
}

static struct hf_slice host_of(const struct bound *bound) {
    const struct hf_slice aor = slice_of(bound->record->aor, bound->record->aor_len);
    size_t at = aor.len;

    while (at > 0 && aor.ptr[at - 1] != '@')
        at--;
    return slice_from_index(aor, at);
}

static void write_public(const struct bound *bound, struct writer *w) {
    const struct hf_slice aor = slice_of(bound->record->aor, bound->record->aor_len);
    const struct hf_slice host = host_of(bound);

    writer_put_literal(w, "sip:");
    write_escaped_user(w, slice_of(aor.ptr, aor.len - host.len - 1));
    writer_put_char(w, '@');
    writer_put_slice(w, host);
    writer_put_literal(w, ";gr=");
    writer_put_slice(w, urn_of(bound_instance(bound)));
}

static uint64_t mark_of(const struct registrar *registrar, const struct bound *bound,
                        uint32_t number) {
    char text[MARK_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);

    writer_put_number(&w, number);
    writer_put_char(&w, ' ');
    writer_put_slice(&w, bound_instance(bound));
    writer_put_slice(&w, bound_call_id(bound));
    writer_put(&w, bound->record->aor, bound->record->aor_len);
    return hash_bytes(&registrar->nonce_key, text, writer_length(&w));
}

static void write_temporary(const struct registrar *registrar, const struct bound *bound,
                            uint32_t number, struct writer *w) {
    writer_put_literal(w, "sip:");
    writer_put_slice(w, temporary_prefix);
    writer_put_hex(w, mark_of(registrar, bound, number), MARK_DIGITS);
    writer_put_char(w, '@');
    writer_put_slice(w, host_of(bound));
    writer_put_literal(w, ";gr");
}

void gruus_write(const struct registrar *registrar, const struct bound *bound,
                 const struct registrar_request *request, struct writer *w) {
    if (bound->gruus == 0 || !sip_has_option(request->message, SIP_HEADER_SUPPORTED, SLICE("gruu")))
        return;
    writer_put_literal(w, ";pub-gruu=\"");
    write_public(bound, w);
    writer_put_literal(w, "\";temp-gruu=\"");
    write_temporary(registrar, bound, bound->gruus, w);
    writer_put_char(w, '"');
}

static bool is_written(struct writer *w, const struct sip_uri *wanted) {
    struct sip_uri uri;

    return !w->full && uri_parse(writer_slice(w), &uri) && uri_equal(&uri, wanted);
}

static bool stands_for(const struct registrar *registrar, const struct bound *bound,
                       const struct sip_uri *wanted) {
    const bool is_temporary = slice_starts_with_nocase(wanted->user, temporary_prefix);
    char text[MARK_TEXT_MAX];
    struct writer w = writer_of(text, sizeof text);

    if (bound->gruus > 0 && !is_temporary) {
        write_public(bound, &w);
        return is_written(&w, wanted);
    }
    for (uint32_t number = bound->gruus; number > 0; number--) {
        w = writer_of(text, sizeof text);
        write_temporary(registrar, bound, number, &w);
        if (is_written(&w, wanted))
            return true;
    }
    return false;
}

bool registrar_find_gruu(const struct registrar *registrar, struct hf_slice gruu,
                         struct hf_slice *ret_contact) {
    const struct bound *bound, *latest = NULL;
    struct sip_uri wanted;
    uint32_t cursor = 0;
    uint64_t handle;

    if (!uri_parse(gruu, &wanted))
        return false;
    while ((bound = slab_next(&registrar->bindings, &cursor, &handle)) != NULL)
        if (stands_for(registrar, bound, &wanted) && (!latest || bound->ends_at > latest->ends_at))
            latest = bound;
    if (latest)
        *ret_contact = bound_contact(latest);
    return latest != NULL;
}
