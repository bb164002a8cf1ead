#include "sip/via.h"

#include "base/address.h"
#include "sip/token.h"

/* "SIP/2.0/" as everybody writes it, or with blanks around the slashes. */
static bool take_sip_2(struct reader *r) {
    struct hf_slice name, version;

    if (reader_left(r) > 8 && bytes_equal(r->at, "SIP/2.0/", 8)) {
        r->at += 8;
        return true;
    }
    name = take_token(r);
    take_lws(r);
    if (!slice_equal_nocase(name, SLICE("SIP")) || !reader_take_char(r, '/'))
        return false;
    take_lws(r);
    version = take_token(r);
    take_lws(r);
    return slice_equal(version, SLICE("2.0")) && reader_take_char(r, '/');
}

static bool take_protocol(struct reader *r, struct hf_slice *ret_transport) {
    if (!take_sip_2(r))
        return false;
    take_lws(r);
    *ret_transport = take_token(r);
    if (ret_transport->len == 0 || reader_at_end(r) || !ascii_is_blank(*r->at))
        return false;
    take_lws(r);
    return true;
}

static bool take_host(struct reader *r, struct hf_slice *ret) {
    if (reader_peek(r) != '[') {
        *ret = reader_take_class(r, sip_host_chars);
        return ret->len > 0;
    }
    struct hf_slice rest = slice_of(r->at, reader_left(r));
    struct hf_address ignored;
    size_t end = slice_index(rest, ']');

    if (end == rest.len)
        return false;
    *ret = slice_of(rest.ptr, end + 1);
    r->at += end + 1;
    return address_parse(*ret, &ignored);
}

static bool take_port(struct reader *r, uint16_t *ret) {
    uint64_t port;

    take_lws(r);
    if (!reader_take_char(r, ':'))
        return true;
    take_lws(r);
    if (!slice_to_number(reader_take_class(r, sip_host_chars), &port) || port > UINT16_MAX)
        return false;
    *ret = (uint16_t)port;
    take_lws(r);
    return true;
}

static bool note_parameter(struct via *via, const struct sip_parameter *p) {
    if (slice_equal_nocase(p->name, SLICE("branch"))) {
        via->branch = p->value;
    } else if (slice_equal_nocase(p->name, SLICE("received"))) {
        via->received = p->value;
    } else if (slice_equal_nocase(p->name, SLICE("maddr"))) {
        via->maddr = p->value;
    } else if (slice_equal_nocase(p->name, SLICE("rport"))) {
        uint64_t port = 0;

        via->has_rport = true;
        if (p->value.len > 0 && (!slice_to_number(p->value, &port) || port > UINT16_MAX))
            return false;
        via->rport = (uint16_t)port;
    } else if (slice_equal_nocase(p->name, SLICE("keep"))) {
        uint64_t seconds = 0;

        via->has_keep = true;
        via->keep_told = slice_to_number(p->value, &seconds);
        via->keep = seconds < UINT32_MAX ? (uint32_t)seconds : UINT32_MAX;
    }
    return true;
}

bool via_parse(struct hf_slice value, struct via *ret) {
    struct reader r = reader_of(trim_lws(value));
    struct sip_parameter parameter;
    unsigned count = 0;
    bool bad;

    *ret = (struct via){0};
    if (!take_protocol(&r, &ret->transport) || !take_host(&r, &ret->host) ||
        !take_port(&r, &ret->port))
        return false;
    ret->parameters = slice_of(r.at, reader_left(&r));
    while (take_parameter(&r, &parameter, &bad))
        if (++count > LIMIT_PARAMETERS || !note_parameter(ret, &parameter))
            return false;
    return !bad;
}

bool sip_top_via_read(const struct sip_message *message, struct via *ret) {
    struct sip_values values = sip_values(message, SIP_HEADER_VIA);
    struct hf_slice value;

    return sip_values_next(&values, &value) && via_parse(value, ret);
}

bool is_rfc3261_branch(struct hf_slice branch) {
    return branch.len > 7 && slice_starts_with_nocase(branch, SLICE("z9hG4bK"));
}

static void write_parameter(struct writer *w, const struct sip_parameter *p) {
    writer_put_char(w, ';');
    writer_put_slice(w, p->name);
    if (p->value.ptr) {
        writer_put_char(w, '=');
        writer_put_slice(w, p->value);
    }
}

/* `seconds` NULL: `keep` stays as it is. */
static void write_answer(struct writer *w, struct hf_slice value, const struct hf_address *from,
                         const uint32_t *seconds) {
    struct via via;
    struct hf_address sent_by;
    struct sip_parameter p;
    bool bad;

    if (!via_parse(value, &via)) {
        writer_put_slice(w, value);
        return;
    }
    bool same = address_parse(via.host, &sent_by) && address_same_host(&sent_by, from);
    struct reader r = reader_of(via.parameters);

    writer_put(w, value.ptr, (size_t)(via.parameters.ptr - value.ptr));
    while (take_parameter(&r, &p, &bad)) {
        if (slice_equal_nocase(p.name, SLICE("rport"))) {
            writer_put_literal(w, ";rport=");
            writer_put_number(w, from->port);
        } else if (seconds && slice_equal_nocase(p.name, SLICE("keep"))) {
            writer_put_literal(w, ";keep=");
            writer_put_number(w, *seconds);
        } else if (!slice_equal_nocase(p.name, SLICE("received"))) {
            write_parameter(w, &p);
        }
    }
    if (!same || via.has_rport) {
        writer_put_literal(w, ";received=");
        address_write_host(w, from, false);
    }
}

void via_write_received(struct writer *w, struct hf_slice value, const struct hf_address *from) {
    write_answer(w, value, from, NULL);
}

void via_write_keeping(struct writer *w, struct hf_slice value, const struct hf_address *from,
                       uint32_t seconds) {
    write_answer(w, value, from, &seconds);
}
