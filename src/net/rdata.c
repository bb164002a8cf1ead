#include "net/rdata.h"

#include <string.h>

#include "base/reader.h"
#include "base/writer.h"

/* RFC 1035 section 2.3.4: 255 bytes on the wire, lengths and the root's label included. */
enum { NAME_TEXT_MAX = 253 };

static bool take_u8(struct reader *r, uint8_t *ret) {
    if (reader_at_end(r))
        return false;
    *ret = (uint8_t)*r->at++;
    return true;
}

static bool take_u16(struct reader *r, uint16_t *ret) {
    uint8_t high, low;

    if (!take_u8(r, &high) || !take_u8(r, &low))
        return false;
    *ret = (uint16_t)(high << 8 | low);
    return true;
}

static bool take_bytes(struct reader *r, size_t len, struct hf_slice *ret) {
    if (reader_left(r) < len)
        return false;
    *ret = slice_of(r->at, len);
    r->at += len;
    return true;
}

/* A character-string (RFC 1035 section 3.3). */
static bool take_string(struct reader *r, struct hf_slice *ret) {
    uint8_t len;

    return take_u8(r, &len) && take_bytes(r, len, ret);
}

/* An uncompressed name (the resolver has expanded it) as text; "." gives an empty text. Labels
 * with anything that a host name cannot have are refused: nobody could look them up. */
static bool take_name(struct reader *r, char *buffer, size_t size, struct hf_slice *ret) {
    struct writer w = writer_of(buffer, size);
    struct hf_slice label;
    uint8_t len;

    for (;;) {
        if (!take_u8(r, &len) || len > 63)
            return false;
        if (len == 0)
            break;
        if (!take_bytes(r, len, &label))
            return false;
        for (size_t i = 0; i < label.len; i++)
            if ((unsigned char)label.ptr[i] <= ' ' || (unsigned char)label.ptr[i] > '~' ||
                label.ptr[i] == '.')
                return false;
        if (writer_length(&w) > 0)
            writer_put_char(&w, '.');
        writer_put_slice(&w, label);
    }
    *ret = slice_of(buffer, writer_length(&w));
    return !w.full && ret->len <= NAME_TEXT_MAX;
}

static bool parse_address(struct reader *r, size_t len, uint8_t family, struct hf_address *ret) {
    struct hf_slice bytes;

    if (reader_left(r) != len || !take_bytes(r, len, &bytes))
        return false;
    *ret = (struct hf_address){.family = family};
    memcpy(ret->ip, bytes.ptr, len);
    return true;
}

static bool parse_srv(struct reader *r, struct rdata_texts *texts, struct hf_dns_record *ret) {
    return take_u16(r, &ret->srv.priority) && take_u16(r, &ret->srv.weight) &&
           take_u16(r, &ret->srv.port) &&
           take_name(r, texts->name, sizeof texts->name, &ret->srv.target) && reader_at_end(r);
}

static bool parse_naptr(struct reader *r, struct rdata_texts *texts, struct hf_dns_record *ret) {
    return take_u16(r, &ret->naptr.order) && take_u16(r, &ret->naptr.preference) &&
           take_string(r, &ret->naptr.flags) && take_string(r, &ret->naptr.service) &&
           take_string(r, &ret->naptr.regexp) &&
           take_name(r, texts->name, sizeof texts->name, &ret->naptr.replacement) &&
           reader_at_end(r);
}

bool rdata_parse(enum hf_dns_type type, struct hf_slice rdata, struct rdata_texts *texts,
                 struct hf_dns_record *ret) {
    struct reader r = reader_of(rdata);

    ret->type = type;
    switch (type) {
    case HF_DNS_A:
        return parse_address(&r, 4, HF_FAMILY_IPV4, &ret->address);
    case HF_DNS_AAAA:
        return parse_address(&r, 16, HF_FAMILY_IPV6, &ret->address);
    case HF_DNS_SRV:
        return parse_srv(&r, texts, ret);
    case HF_DNS_NAPTR:
        return parse_naptr(&r, texts, ret);
    }
    return false;
}
